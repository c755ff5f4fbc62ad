"""The sockets: who may open one, and what a page may ask over it."""

from __future__ import annotations

import functools
import threading
import time
from collections import deque
from collections.abc import Callable
from typing import Any
from urllib.parse import parse_qs
from uuid import UUID

import structlog
from flask import Flask, request
from flask_socketio import ConnectionRefusedError, SocketIO

from app import identity
from app.config import Settings
from app.core import access, db, listing
from app.core.actor import Actor
from app.core.entity import named
from app.core.errors import AppError, BadRequest, CursorExpired, NotFound
from app.realtime.async_mode import Mode
from app.realtime.hub import Hub
from app.realtime.listener import FEED
from app.realtime.renderings import RenderCells
from app.realtime.rooms import Watcher
from app.services.feed import changes, cursors

MOST_ASKED = 60
"""Questions a socket may ask within ten seconds."""

log = structlog.get_logger("backroom.live")


def attach(app: Flask, settings: Settings, way: Mode, render: RenderCells) -> Hub:
    """Give the application its sockets; nothing is told before `start`."""
    origins = [origin.strip() for origin in (settings.allowed_origins or "").split(",") if origin.strip()]
    sio = SocketIO(
        app,
        async_mode=way.name,
        client_manager=way.manager(),
        # Only websockets: with polling, several processes on one port would need sticky sessions.
        transports=["websocket"],
        # None allows the page's own origin alone.
        cors_allowed_origins=origins or None,
        manage_session=False,
        max_http_buffer_size=200_000,
        ping_interval=25,
        ping_timeout=20,
    )
    hub = Hub(sio, settings, way, render)
    sio.on_event("connect", functools.partial(_connect, hub))
    sio.on_event("disconnect", functools.partial(_disconnect, hub))
    sio.on_event("watch", _answering(hub, _watch))
    sio.on_event("match", _answering(hub, _match))
    sio.on_event("here", _answering(hub, _here))
    sio.on_error_default(_failed)

    @app.post("/api/v1/here")
    def here() -> dict[str, Any]:
        return _visit(hub, request.get_json(silent=True))

    app.extensions["live"] = hub
    return hub


def _failed(error: BaseException) -> dict[str, Any]:
    """A fault of ours: logged, and answered without a word of what it was."""
    log.error("socket_failed", exc_info=error)
    return {"error": "unexpected", "message": "Something went wrong here. It has been noted."}


def _connect(hub: Hub, auth: Any = None) -> None:
    try:
        actor = identity.actor_of_socket()
    finally:
        db.release()
    if actor is None:
        raise ConnectionRefusedError("not_signed_in")
    hub.house.enter(request.sid, actor)  # type: ignore[attr-defined]


def _disconnect(hub: Hub, reason: Any = None) -> None:
    hub.house.leave(request.sid)  # type: ignore[attr-defined]
    hub.presence.leave(request.sid)  # type: ignore[attr-defined]


Question = Callable[[Hub, Watcher, dict[str, Any]], dict[str, Any]]


def _answering(hub: Hub, question: Question) -> Callable[..., dict[str, Any]]:
    """A question whose answer is always a dict, whatever was sent: errors have `error` and `message`."""
    asked: dict[str, deque[float]] = {}
    lock = threading.Lock()

    def too_often(sid: str) -> bool:
        with lock:
            times = asked.setdefault(sid, deque(maxlen=MOST_ASKED))
            full = len(times) == MOST_ASKED and time.monotonic() - times[0] < 10
            times.append(time.monotonic())
            if len(asked) > 2 * len(hub.house.watchers()) + 100:
                for gone in [sid for sid in asked if hub.house.watcher(sid) is None]:
                    del asked[gone]
            return full

    def answer(*message: Any) -> dict[str, Any]:
        watcher = hub.house.watcher(request.sid)  # type: ignore[attr-defined]
        if watcher is None:
            return {"error": "not_signed_in", "message": "Please sign in first."}
        if too_often(watcher.sid):
            return {"error": "busy", "message": "That was asked too often."}
        try:
            if len(message) != 1 or not isinstance(message[0], dict):
                raise BadRequest("Send one object.")
            return question(hub, watcher, message[0])
        except AppError as error:
            return {"error": error.code, "message": error.message}
        finally:
            db.release()

    return answer


def _watch(hub: Hub, watcher: Watcher, message: dict[str, Any]) -> dict[str, Any]:
    """`{entities, cursor}` → `{cursor, entities}`: join first, then send what was missed, so that nothing falls between."""
    wanted = _words(message, "entities", most=50)
    cursor = _word(message, "cursor", most=20_000)
    allowed = tuple(name for name in wanted if _may_watch(watcher.actor, name))
    if cursor:
        cursors.read(cursor)
    hub.settle(watcher, entities=allowed)
    if not cursor:
        with db.reading(FEED) as session:
            return {"cursor": changes.snapshot(session), "entities": list(allowed)}
    try:
        return {"cursor": hub.catch_up(watcher, cursor), "entities": list(allowed)}
    except CursorExpired:
        return {"reload": True}


def _may_watch(actor: Actor, name: str) -> bool:
    try:
        return access.may(actor, named(name), "see")
    except NotFound:
        return False


def _match(hub: Hub, watcher: Watcher, message: dict[str, Any]) -> dict[str, Any]:
    """`{entity, query, ids, shown, previous, next}` → `{rows: {id: {place, follows}}}`: where these stand in the page's list."""
    entity = _word(message, "entity", most=100)
    if entity not in watcher.entities:
        raise NotFound()
    cls, actor = named(entity), watcher.actor
    query = listing.parse(actor, cls, parse_qs(_word(message, "query", most=20_000), keep_blank_values=True))
    found = listing.match(
        actor,
        cls,
        query,
        _ids(message, "ids"),
        shown=_ids(message, "shown"),
        previous=_word(message, "previous", most=20_000) or None,
        next=_word(message, "next", most=20_000) or None,
    )
    return {
        "rows": {
            str(id): {"place": match.place, "follows": str(match.follows) if match.follows else None}
            for id, match in found.items()
        }
    }


def _here(hub: Hub, watcher: Watcher, message: dict[str, Any], *, polling: bool = False) -> dict[str, Any]:
    """`{entity, id, editing}` → `{people}`: the page is at this record, and who else is; without an entity, at none."""
    entity = _word(message, "entity", most=100)
    if not entity:
        hub.presence.leave(watcher.sid)
        return {"people": []}
    id, editing = access.as_id(_word(message, "id", most=100)), message.get("editing") is True
    return {"people": hub.presence.here(watcher, entity, id, editing=editing, polling=polling)}


def _visit(hub: Hub, message: Any) -> dict[str, Any]:
    """`here` for a page whose websocket is blocked, which says by `page` which of the person's it is, again and again."""
    if not isinstance(message, dict):
        raise BadRequest("Send one object.")
    actor = identity.current_actor()
    # No name that a socket has: theirs hold no space.
    page = f"{actor.id} {actor.session_id} {_word(message, 'page', most=40)}"
    return _here(hub, Watcher(page, actor), message, polling=True)


def _word(message: dict[str, Any], name: str, *, most: int) -> str:
    value = message.get(name) or ""
    if not isinstance(value, str) or len(value) > most or "\x00" in value:
        raise BadRequest(f"{name} is not text of a sensible length.")
    return value


def _words(message: dict[str, Any], name: str, *, most: int) -> list[str]:
    value = message.get(name)
    if (
        not isinstance(value, list)
        or len(value) > most
        or not all(isinstance(word, str) and len(word) <= 100 for word in value)
    ):
        raise BadRequest(f"{name} is not a list of at most {most} words.")
    return value


def _ids(message: dict[str, Any], name: str) -> list[UUID]:
    value = message.get(name) or []
    if not isinstance(value, list) or len(value) > listing.MOST_IDS:
        raise BadRequest(f"{name} is not a list of at most {listing.MOST_IDS} ids.")
    try:
        return [UUID(id) for id in value]
    except (ValueError, TypeError, AttributeError):
        raise BadRequest(f"{name} has something in it that is no id.") from None
