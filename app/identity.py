"""Who is asking: the session token in a browser's cookie becomes an actor, for each request and each socket anew."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import timedelta
from typing import Any, Final, NoReturn, TypeVar
from urllib.parse import urlsplit
from uuid import UUID

from flask import Flask, current_app, flash, g, request, session
from flask_login import LoginManager, UserMixin, current_user, login_user

from app.config import Settings
from app.core import access, db
from app.core.actor import ALL, Actor, Locations
from app.core.errors import NotFound, NotSignedIn
from app.models.location import Location
from app.services.access import sessions, sign_in_rules
from app.services.access.attempts import Visitor
from app.services.access.sign_in_rules import Rules

View = TypeVar("View", bound=Callable[..., Any])

CHOSEN: Final = "location"
"""Where the cookie keeps the location picked in the switcher."""

OPEN_ENDPOINTS: Final = {"static"}
"""What needs no sign-in besides the views marked with `open_to_all`."""


class Person(UserMixin):  # type: ignore[misc]
    """What Flask-Login keeps: the actor, known to the cookie by the session's token and nothing else."""

    def __init__(self, actor: Actor, token: str) -> None:
        self.actor = actor
        self.token = token

    def get_id(self) -> str:
        return self.token


def init(app: Flask, settings: Settings) -> None:
    """Put identity in front of every view: without a person, only views marked `open_to_all` answer."""
    sign_in_rules.set_rules(rules_of(settings))
    _set_cookie(app, settings)
    login = LoginManager(app)
    # A phone changes its address all day; the token is random, server-side and ends when it should.
    login.session_protection = None
    login.user_loader(_person)
    login.unauthorized_handler(_refuse)
    app.before_request(_arrive)
    app.teardown_request(_leave)


def rules_of(settings: Settings) -> Rules:
    """How strict this installation is."""
    return Rules(
        tries=settings.sign_in_tries,
        wait=timedelta(minutes=settings.lock_out_minutes),
        idle=timedelta(hours=settings.session_hours),
        life=max(Rules.life, timedelta(hours=settings.session_hours)),
        link=timedelta(hours=settings.link_hours),
    )


def open_to_all(view: View) -> View:
    """Mark a view that answers people who are not signed in."""
    view.open_to_all = True  # type: ignore[attr-defined]
    return view


def current_actor() -> Actor:
    """Who sent this request. Raises `NotSignedIn`."""
    actor = actor_if_any()
    if actor is None:
        raise NotSignedIn()
    return actor


def actor_if_any() -> Actor | None:
    """Who sent this request, if they are signed in."""
    return current_user.actor if current_user.is_authenticated else None


def actor_of_socket() -> Actor | None:
    """Who opened this socket, by the cookie it came with. Ask `sessions.actor_again` later, as grants may change."""
    token = session.get("_user_id")
    return sessions.actor_of(token, chosen=_chosen()) if isinstance(token, str) else None


def visitor() -> Visitor:
    """Where this request comes from."""
    return Visitor(request.remote_addr or "", request.headers.get("User-Agent", ""))


def welcome(token: str) -> None:
    """Let the browser in with a new session's token.

    Everything the browser held before goes, its former session included: a cookie planted before signing in is worth
    nothing after.
    """
    forget()
    actor = sessions.actor_of(token)
    if actor is None:
        raise NotSignedIn()
    login_user(Person(actor, token))


def forget() -> None:
    """End this browser's session and empty its cookie."""
    token = session.get("_user_id")
    if isinstance(token, str):
        sessions.end_token(token)
    session.clear()


def places(actor: Actor) -> Locations:
    """The locations among which a person may switch: those of their grants."""
    held = [grant.location for grant in actor.access.grants]
    return ALL if None in held else frozenset(place for place in held if place is not None)


def choose(actor: Actor, location: str) -> None:
    """Narrow this browser's lists to one of the person's locations; an empty word means all of them again.

    Raises `NotFound` for a location that is not theirs.
    """
    if not location:
        session.pop(CHOSEN, None)
        return
    with db.reading(actor):
        key = access.get(actor, Location, location).id
    if key not in places(actor):
        raise NotFound()
    session[CHOSEN] = str(key)


def safe_next(target: str | None) -> str:
    """Where to go after signing in: a path of this site, or home for anything else.

    Browsers read a backslash as a slash and drop tabs and line ends, so an address with any of those is not trusted,
    and neither is one whose path could be taken for a host.
    """
    if not target or len(target) > 2_000 or not target.startswith("/") or _MISLEADING.search(target):
        return "/"
    try:
        parts = urlsplit(target)
    except ValueError:
        return "/"
    if parts.scheme or parts.netloc or parts.path.rstrip("/") in ("/sign-in", "/sign-out"):
        return "/"
    return target


# Control characters, spaces and backslashes anywhere; `//` or `/./` at the start; non-ASCII that normalises to them.
_MISLEADING = re.compile(r"[^\x21-\x5b\x5d-\x7e]|^/[./]*/")


def _set_cookie(app: Flask, settings: Settings) -> None:
    app.config.update(
        # The prefix makes browsers refuse a cookie of that name set by another host or without HTTPS.
        SESSION_COOKIE_NAME="__Host-backroom" if settings.cookie_secure else "backroom",
        SESSION_COOKIE_SECURE=settings.cookie_secure,
        SESSION_COOKIE_HTTPONLY=True,
        SESSION_COOKIE_SAMESITE="Lax",
        SESSION_COOKIE_PATH="/",
        SESSION_REFRESH_EACH_REQUEST=False,
    )


def _arrive() -> None:
    g.pop("_login_user", None)
    view = current_app.view_functions.get(request.endpoint or "")
    if view is None or request.endpoint in OPEN_ENDPOINTS:
        return
    if current_user.is_authenticated:
        db.act_as(current_user.actor)
        return
    if "_user_id" in session:
        # The session ended somewhere else, by time, or with the login itself.
        session.pop("_user_id")
        flash("You were signed out. Please sign in again.", "info")
    if not getattr(view, "open_to_all", False):
        raise NotSignedIn()


def _person(token: str) -> Person | None:
    if not isinstance(token, str):
        return None
    actor = sessions.arrive(token, chosen=_chosen())
    return Person(actor, token) if actor is not None else None


def _chosen() -> UUID | None:
    try:
        return UUID(session.get(CHOSEN, ""))
    except (ValueError, AttributeError, TypeError):
        return None


def _refuse() -> NoReturn:
    raise NotSignedIn()


def _leave(error: BaseException | None) -> None:
    db.release()
