"""How a batch of changes reaches the sockets of this process: access first, then what each room must hear."""

from __future__ import annotations

import time
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

import structlog
from flask_socketio import SocketIO

from app.config import Settings
from app.core import db, grants
from app.core.actor import Actor
from app.core.errors import CursorExpired
from app.realtime import doubt, presence_words
from app.realtime.async_mode import Mode
from app.realtime.doubt import Doubt
from app.realtime.letters import Letter
from app.realtime.listener import ENOUGH, FEED, Line, Listener
from app.realtime.presence import Presence
from app.realtime.pump import Composer
from app.realtime.reader import SYSTEM, DatabaseReader
from app.realtime.renderings import RenderCells
from app.realtime.rooms import House, Watcher
from app.services.access import sessions
from app.services.feed import changes

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
            doubtful = doubt.raised_by(batch.changes)
            if doubtful:
                line.reader.forget_names()
                self.ask_again(doubtful)
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
            self.ask_again(Doubt(None))
        else:
            watchers = self.house.watchers()
            open_ones = sessions.still_open(
                {watcher.actor.session_id for watcher in watchers if watcher.actor.session_id}
            )
            for watcher in watchers:
                if watcher.actor.session_id not in open_ones:
                    self._ask_about(watcher)
            if turned:
                self.ask_again(Doubt(frozenset(person for person, _, _ in turned)))
        db.release()

    # --- access ------------------------------------------------------------------------------------------------------

    def ask_again(self, doubtful: Doubt) -> None:
        """Who has lost access leaves their rooms now, before anything else is told."""
        for watcher in self.house.watchers():
            actor = watcher.actor
            if doubtful.covers(actor.id, actor.session_id, actor.access.handed_by):
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
