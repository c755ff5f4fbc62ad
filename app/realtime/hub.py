"""The sockets: who may open one, what they may ask, and how a batch of changes reaches them."""

from __future__ import annotations

import functools
import threading
import time
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qs
from uuid import UUID

import structlog
from flask import Flask, request
from flask_socketio import ConnectionRefusedError, SocketIO

from app import identity
from app.config import Settings
from app.core import access, db, grants, listing
from app.core.actor import Actor
from app.core.entity import named
from app.core.errors import AppError, BadRequest, CursorExpired, NotFound
from app.realtime import presence_words, pump
from app.realtime.async_mode import Mode
from app.realtime.listener import ENOUGH, FEED, Line, Listener
from app.realtime.presence import Presence
from app.realtime.pump import Composer, Letter, RenderCells
from app.realtime.reader import SYSTEM, DatabaseReader
from app.realtime.rooms import House, Watcher
from app.services.access import sessions
from app.services.feed import changes, cursors

MOST_TO_CATCH_UP = 2_000
"""A page that missed more than this looks again instead."""

MOST_WAITING = 100
"""Messages waiting for one client; one that reads more slowly is taken out of its rooms until it has caught up."""

TRIES = 3
"""Times that the same changes are tried to be told."""

TOO_SILENT = 10.0
"""Seconds without reading the feed, after which this process is not ready to serve."""

CURSOR_EVERY = 30.0
ASK_AGAIN_EVERY = 60.0
LOOK_AT_QUEUES_EVERY = 1.0

MOST_ASKED = 60
"""Questions a socket may ask within ten seconds."""

EVERYWHERE = "*"
"""The room of all whose queues are not overflowing."""

log = structlog.get_logger("backroom.live")


@dataclass
class Hub:
    """One process' sockets and what it tells them."""

    sio: SocketIO
    settings: Settings
    way: Mode
    render: RenderCells
    house: House = field(default_factory=House)
    presence: Presence = field(init=False)
    cursor: str = ""
    listener: Listener | None = None
    told: int = 0
    _epoch: int | None = None
    _standing_in: frozenset[tuple[UUID, UUID, UUID | None]] = frozenset()
    _resumed_at: str = ""
    _stuck: int = 0
    _next: dict[str, float] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.presence = Presence(self.sio.emit, self.house, self.way)

    # --- what the listener calls -------------------------------------------------------------------------------------

    def start(self, url: str) -> None:
        """Follow the feed of the database at `url`, which must not go through a transaction pooler."""
        words = {presence_words.CHANNEL: self.presence.hear}
        self.listener = Listener(url, self.way, turn=self.turn, resume=self.resume, words=words)
        self.listener.start()
        self.presence.start()

    def is_listening(self) -> bool:
        """Was the feed read to its end lately?"""
        return self.listener is not None and self.listener.silent_for < TOO_SILENT

    def stop(self) -> None:
        """Follow no more."""
        self.presence.stop()
        if self.listener:
            self.listener.stop()

    def resume(self, line: Line) -> None:
        """A line to the database is open: go on from where the last one ended, or from now."""
        stuck = self._stuck + 1 if self.cursor and self.cursor == self._resumed_at else 0
        if not self.cursor:
            self.cursor = changes.snapshot(line.feed)
        elif stuck >= TRIES:
            self._start_anew(line, "the same changes failed again and again")
        self._stuck, self._resumed_at = stuck, self.cursor

    def _start_anew(self, line: Line, reason: str) -> None:
        """Leave what can't be told behind; the pages load themselves again instead."""
        log.error("live_updates_start_anew", reason=reason)
        self.cursor = changes.snapshot(line.feed)
        self.sio.emit("reload", {})

    def turn(self, line: Line) -> int:
        """Tell what was committed since the last turn, access first; returns how many changes there were."""
        self._now_and_then()
        try:
            batch = changes.since(line.feed, self.cursor, limit=ENOUGH)
        except CursorExpired:
            self._start_anew(line, "the database was away too long, or is another one")
            return 0
        if batch.changes:
            doubt = pump.doubt(batch.changes)
            if doubt:
                line.reader.forget_names()
                self.ask_again(doubt)
            self.presence.touched(batch.changes)
            # Letters carry the cursor before this batch: everything up to it has been sent to every room.
            self._send(Composer(line.reader, self.render, self.house.rooms, self.cursor).letters(batch.changes))
            self.told += len(batch.changes)
        self.cursor = batch.cursor
        return len(batch.changes)

    def _send(self, letters: list[Letter]) -> None:
        for letter in letters:
            self.sio.emit(letter.event, letter.body, to=list(letter.rooms))

    def _now_and_then(self) -> None:
        """What is due by time, not by a change."""
        for name, every, work in (
            ("cursor", CURSOR_EVERY, self._send_cursor),
            ("queues", LOOK_AT_QUEUES_EVERY, self._look_at_queues),
            ("access", ASK_AGAIN_EVERY, self._ask_all_again),
        ):
            now = time.monotonic()
            if now >= self._next.setdefault(name, now + every):
                self._next[name] = now + every
                work()

    def _send_cursor(self) -> None:
        self.sio.emit("changes", {"rows": [], "cursor": self.cursor}, to=EVERYWHERE)

    def _look_at_queues(self) -> None:
        """A client that reads too slowly must not fill our memory: it is left out, and looks again when it can."""
        for watcher in self.house.watchers():
            waiting = self._waiting(watcher.sid)
            if not watcher.lagging and waiting > MOST_WAITING:
                log.info("client_left_out", reason="it reads too slowly", waiting=waiting)
                watcher.lagging = True
                self.settle(watcher)
            elif watcher.lagging and waiting == 0:
                watcher.lagging = False
                self.sio.emit("resync", {}, to=watcher.sid)

    def _waiting(self, sid: str) -> int:
        server = self.sio.server
        socket = server.eio.sockets.get(server.manager.eio_sid_from_sid(sid, "/"))
        return socket.queue.qsize() if socket else 0

    def _ask_all_again(self) -> None:
        """Sign-ins end by time too, and so does deciding for somebody, which no change tells.

        Access is looked at once more as well, should a word be lost.
        """
        with db.reading(sessions.GATE) as session:
            epoch, standing_in = grants.epoch(session), grants.standing_in(session)
        before, self._epoch = self._epoch, epoch
        turned, self._standing_in = self._standing_in ^ standing_in, standing_in
        if before not in (None, epoch):
            self.ask_again(pump.Doubt(None))
        else:
            watchers = self.house.watchers()
            open_ones = sessions.still_open(
                {watcher.actor.session_id for watcher in watchers if watcher.actor.session_id}
            )
            for watcher in watchers:
                if watcher.actor.session_id not in open_ones:
                    self._ask_about(watcher)
            if turned:
                self.ask_again(pump.Doubt(frozenset(person for person, _, _ in turned)))
        db.release()

    # --- access ------------------------------------------------------------------------------------------------------

    def ask_again(self, doubt: pump.Doubt) -> None:
        """Who has lost access leaves their rooms now, before anything else is told."""
        for watcher in self.house.watchers():
            actor = watcher.actor
            if doubt.covers(actor.id, actor.session_id, actor.access.handed_by):
                self._ask_about(watcher)

    def _ask_about(self, watcher: Watcher) -> None:
        fresh = sessions.actor_again(watcher.actor)
        db.release()
        if fresh is None:
            self.house.leave(watcher.sid)
            self.presence.leave(watcher.sid)
            self.sio.emit("grants", {"signed_in": False}, to=watcher.sid)
            self.sio.server.disconnect(watcher.sid)
        elif fresh.access.profile != watcher.actor.access.profile:
            self.settle(watcher, actor=fresh)
            self.presence.doubt(watcher)
            self.sio.emit("grants", {"signed_in": True}, to=watcher.sid)
        else:
            watcher.actor = fresh

    def settle(self, watcher: Watcher, *, actor: Actor | None = None, entities: tuple[str, ...] | None = None) -> None:
        """Put a socket into the rooms of what it watches, and out of all others."""
        sid, manager = watcher.sid, self.sio.server.manager
        # One lock over both lists of members: two threads must not apply their differences in the other order.
        with self.house.lock:
            joined, left = self.house.settle(sid, actor=actor, entities=entities)
            for key in left:
                manager.leave_room(sid, "/", key.name)
            if not manager.is_connected(sid, "/"):
                return
            for key in joined:
                manager.enter_room(sid, "/", key.name)
            (manager.leave_room if watcher.lagging else manager.enter_room)(sid, "/", EVERYWHERE)

    # --- what a page asks --------------------------------------------------------------------------------------------

    def catch_up(self, watcher: Watcher, cursor: str) -> str:
        """Send a page what it missed since its cursor; returns the cursor it is at then."""
        with db.reading(FEED) as session:
            now = changes.snapshot(session)
            batch = changes.since(session, cursor, limit=MOST_TO_CATCH_UP)
        if batch.more:
            for name in watcher.entities:
                self.sio.emit("stale", {"entity": name}, to=watcher.sid)
            return now
        if batch.changes:
            with db.reading(SYSTEM) as session:
                composer = Composer(
                    DatabaseReader(session), self.render, lambda name: self._room_of(watcher.sid, name), cursor
                )
                letters = composer.letters(batch.changes)
            for letter in letters:
                self.sio.emit(letter.event, letter.body, to=watcher.sid)
        return batch.cursor

    def _room_of(self, sid: str, entity: str) -> list[Any]:
        room = self.house.room_of(sid, entity)
        return [room] if room else []


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


def _here(hub: Hub, watcher: Watcher, message: dict[str, Any]) -> dict[str, Any]:
    """`{entity, id, editing}` → `{people}`: the page is at this record, and who else is; without an entity, at none."""
    entity = _word(message, "entity", most=100)
    if not entity:
        hub.presence.leave(watcher.sid)
        return {"people": []}
    id = access.as_id(_word(message, "id", most=100))
    return {"people": hub.presence.here(watcher, entity, id, editing=message.get("editing") is True)}


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
