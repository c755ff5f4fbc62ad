"""What every answer tells the browser to refuse, and what every request must bring: headers, CSRF token, limits."""

from __future__ import annotations

import re
from typing import Final

from flask import Flask, Response, current_app, request, session
from flask_limiter import Limiter
from flask_limiter.util import get_remote_address
from flask_wtf.csrf import CSRFProtect
from werkzeug.middleware.proxy_fix import ProxyFix

from app.config import Settings

csrf = CSRFProtect()


def _asker() -> str:
    """Signed in: the browser's own session, for a whole shop may stand behind one address. Else the address."""
    token = session.get("_user_id")
    return f"session {hash(token)}" if isinstance(token, str) else get_remote_address()


limiter = Limiter(key_func=_asker, storage_uri="memory://", strategy="sliding-window-counter", headers_enabled=False)
"""Against floods from one address, counted in this process; the lock-out of logins is in the database (`attempts`)."""

SOURCES: Final[dict[str, str]] = {
    "default-src": "'self'",
    "script-src": "'self'",
    "style-src": "'self'",
    "img-src": "'self' data: blob:",
    "font-src": "'self'",
    "object-src": "'none'",
    "frame-ancestors": "'none'",
    "base-uri": "'none'",
    "form-action": "'self'",
}
"""The content security policy: everything from here, nothing inline."""

HEADERS: Final[dict[str, str]] = {
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    # Other sites learn nothing of our addresses; our own POSTs keep the referrer that the CSRF check of HTTPS wants.
    "Referrer-Policy": "same-origin",
    "Permissions-Policy": "camera=(self), geolocation=(), microphone=(), payment=(), usb=(), interest-cohort=()",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
}

_HOST = re.compile(r"[A-Za-z0-9.\-]+(:[0-9]{1,5})?|\[[0-9a-fA-F:.]+\](:[0-9]{1,5})?")


def init(app: Flask, settings: Settings) -> None:
    """Switch protection on for every route of the application."""
    app.config.update(
        # A token lives as long as its session: a form left open over lunch must still save.
        WTF_CSRF_TIME_LIMIT=None,
        WTF_CSRF_HEADERS=["X-CSRFToken"],
        MAX_CONTENT_LENGTH=settings.upload_max_mb * 1024 * 1024,
        # Text without files: a long document with its lines passes, and a text that is too long is named at its field.
        MAX_FORM_MEMORY_SIZE=4 * 1024 * 1024,
        MAX_FORM_PARTS=20_000,
        RATELIMIT_DEFAULT=f"{settings.requests_per_minute} per minute",
        SIGN_IN_LIMIT=f"{settings.sign_in_per_minute} per minute",
        SECURE=settings.cookie_secure,
    )
    if settings.trusted_proxies:
        # Lock-out counts by address: without this, everybody would come from the proxy's.
        count = settings.trusted_proxies
        app.wsgi_app = ProxyFix(app.wsgi_app, x_for=count, x_proto=count, x_host=count)  # type: ignore[method-assign]
    csrf.init_app(app)
    limiter.init_app(app)
    limiter.request_filter(lambda: request.endpoint == "static")
    app.after_request(_protect)


def content_policy(host: str) -> str:
    """The policy for pages of a host; older browsers need its websocket address spelled out."""
    live = f"'self' ws://{host} wss://{host}" if _HOST.fullmatch(host) else "'self'"
    return "; ".join(f"{name} {value}" for name, value in {**SOURCES, "connect-src": live}.items())


def sign_in_limit() -> str:
    """How often one address may try to sign in or use a link."""
    return str(current_app.config["SIGN_IN_LIMIT"])


def _protect(response: Response) -> Response:
    for name, value in HEADERS.items():
        response.headers.setdefault(name, value)
    response.headers.setdefault("Content-Security-Policy", content_policy(request.host))
    if request.is_secure:
        response.headers.setdefault("Strict-Transport-Security", "max-age=31536000; includeSubDomains")
    if request.endpoint != "static":
        # What one person saw must not come out of a cache for the next one at the same till.
        response.headers["Cache-Control"] = "no-store"
        response.headers.setdefault("Vary", "Cookie")
    return response
