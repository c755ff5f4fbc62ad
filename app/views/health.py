"""Whether Backroom is alive, ready to serve, and how busy: for load balancers and monitoring."""

from __future__ import annotations

import hmac
import ipaddress
import time
from collections.abc import Callable
from functools import cache

import sqlalchemy as sa
import structlog
from flask import Blueprint, Flask, Response, current_app, g, jsonify, request
from flask.typing import ResponseReturnValue
from prometheus_client import CONTENT_TYPE_LATEST, Counter, Histogram, generate_latest
from sqlalchemy.exc import SQLAlchemyError

from app.config import Settings
from app.core import db, migrations
from app.core.actor import gate
from app.core.errors import NotFound
from app.identity import open_to_all
from app.views.security import limiter

log = structlog.get_logger(__name__)

blueprint = Blueprint("health", __name__)

Check = Callable[[], bool]
"""Whether one part works; it may raise instead of answering no."""

REQUESTS = Counter("backroom_requests_total", "Requests answered.", ["method", "endpoint", "status"])
SECONDS = Histogram(
    "backroom_request_seconds",
    "Time to answer.",
    ["endpoint"],
    buckets=(0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 10),
)


def init(app: Flask) -> None:
    """Register the three addresses and start counting requests."""
    settings: Settings = app.config["BACKROOM"]
    app.config["METRICS_TOKEN"] = settings.metrics_token
    app.config["TRUSTED_PROXIES"] = settings.trusted_proxies
    app.extensions.setdefault("readiness", {})
    register_check(app, "database", _database)
    register_check(app, "migrations", _migrated)
    register_check(app, "change feed", _has_tomorrow)
    app.register_blueprint(blueprint)
    app.before_request(_start)
    app.after_request(_count)


def register_check(app: Flask, name: str, check: Check) -> None:
    """Make readiness depend on one more part."""
    app.extensions.setdefault("readiness", {})[name] = check


@blueprint.get("/healthz")
@limiter.exempt
@open_to_all
def healthz() -> ResponseReturnValue:
    """This process answers; it says nothing of the database, which a restart would not mend."""
    return jsonify(status="alive")


@blueprint.get("/readyz")
@limiter.exempt
@open_to_all
def readyz() -> ResponseReturnValue:
    """Every part works: 200, else 503 naming the parts that don't."""
    found = {name: _works(name, check) for name, check in current_app.extensions["readiness"].items()}
    ready = all(found.values())
    words = {name: "ok" if works else "not ready" for name, works in found.items()}
    return jsonify(status="ready" if ready else "not ready", checks=words), 200 if ready else 503


@blueprint.get("/metrics")
@limiter.exempt
@open_to_all
def metrics() -> ResponseReturnValue:
    """Figures for Prometheus: to this machine, or to whoever brings the token."""
    if not _may_measure():
        raise NotFound()
    return Response(generate_latest(), content_type=CONTENT_TYPE_LATEST)


def _may_measure() -> bool:
    token = current_app.config["METRICS_TOKEN"]
    if token:
        return hmac.compare_digest(request.headers.get("Authorization", "").encode(), f"Bearer {token}".encode())
    # Behind a proxy that nobody told us of, everybody comes from this machine.
    if request.headers.get("X-Forwarded-For") and not current_app.config["TRUSTED_PROXIES"]:
        return False
    try:
        return ipaddress.ip_address(request.remote_addr or "").is_loopback
    except ValueError:
        return False


def _works(name: str, check: Check) -> bool:
    try:
        return bool(check())
    except (SQLAlchemyError, OSError, RuntimeError) as error:
        log.warning("not ready", part=name, reason=type(error).__name__)
        return False


def _database() -> bool:
    with db.reading(gate()) as session:
        return session.execute(sa.text("SELECT 1")).scalar() == 1


def _migrated() -> bool:
    with db.reading(gate()) as session:
        return migrations.current(session.connection()) == _newest_migration()


def _has_tomorrow() -> bool:
    # A day without a place of its own costs nothing at once, but is never cleaned up by dropping it.
    with db.reading(gate()) as session:
        return bool(session.scalar(_TOMORROW))


_TOMORROW = sa.text("SELECT to_regclass('public.changes_' || to_char(current_date + 1, 'YYYYMMDD')) IS NOT NULL")


@cache
def _newest_migration() -> str:
    return migrations.head()


def _start() -> None:
    g.started = time.perf_counter()


def _count(response: Response) -> Response:
    endpoint = request.endpoint or "none"
    # Anyone may invent methods; each would be a series of its own.
    method = (
        request.method if request.method in ("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS") else "other"
    )
    REQUESTS.labels(method, endpoint, response.status_code).inc()
    if "started" in g:
        SECONDS.labels(endpoint).observe(time.perf_counter() - g.started)
    return response
