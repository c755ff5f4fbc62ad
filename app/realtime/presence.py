"""Who else is at a record, looking or typing: advice for people, which never holds up a page and is soon forgotten.

Each process knows the people at its own sockets and tells the others by NOTIFY who they are; nothing is stored. Whoever
is not heard of for a while is gone: a page answers each beat, a process repeats what it knows.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import Any, Final
from uuid import UUID, uuid4

import sqlalchemy as sa
import structlog
from sqlalchemy.exc import SQLAlchemyError

from app.core import access, db
from app.core.entity import named
from app.core.errors import AppError
from app.realtime import presence_words
from app.realtime.async_mode import Mode
from app.realtime.presence_words import Hearsay, Key, Person, Word
from app.realtime.reader import SYSTEM
from app.realtime.rooms import House, Watcher
from app.services.feed.changes import Change

BEAT: Final = 7.0
"""Seconds between two beats, each answered by every page that is still there."""

GONE_AFTER: Final = 22.0
"""Seconds of silence after which a page, or what another process said, counts no more: three beats and a little."""

LOOK_EVERY: Final = 1.0
"""Seconds between two looks at who is silent: with what telling takes, somebody who is cut off is gone within thirty."""

SURE_FOR: Final = 20.0
"""Seconds for which a look at whether the record is the person's to see is good; a change of theirs is seen at once."""

TOLD_EVERY: Final = 0.2
"""Seconds in which what pages and other processes are told is gathered: of a hundred who come at once, each hears once."""

MOST_AT_ONE: Final = 30
"""People told of at one record."""

MOST_TOLD: Final = 500
"""Records told of in one go."""

MOST_LETTERS: Final = 80
"""Of a name."""

log = structlog.get_logger("backroom.live")

Emit = Callable[..., Any]


@dataclass
class Stand:
    """Where one page is.

    heard, sure   when it last answered, and when it was last asked whether it may be there
    polling       it has no socket: it says by itself where it is, and hears in return who else is there
    """

    watcher: Watcher
    key: Key
    editing: bool
    heard: float
    sure: float
    polling: bool = False


@dataclass
class Presence:
    """The people at the records of this process' pages, and those of whom others have told.

    emit               sends one event to one socket
    every, gone_after  seconds between two beats, and of silence after which somebody is gone
    """

    emit: Emit
    house: House
    way: Mode
    every: float = BEAT
    gone_after: float = GONE_AFTER
    me: str = field(default_factory=lambda: uuid4().hex[:12])
    _stands: dict[str, Stand] = field(default_factory=dict)
    _at: dict[Key, set[str]] = field(default_factory=dict)
    _elsewhere: Hearsay = field(init=False)
    _to_show: set[Key] = field(default_factory=set)
    _to_tell: dict[Key, bool] = field(default_factory=dict)
    _lock: Any = field(default_factory=threading.RLock)
    _stopping: bool = False

    def __post_init__(self) -> None:
        self._elsewhere = Hearsay(self.gone_after)

    # --- what a page says --------------------------------------------------------------------------------------------

    def here(
        self, watcher: Watcher, entity: str, id: UUID, *, editing: bool, polling: bool = False
    ) -> list[dict[str, Any]]:
        """A page is at a record from now on, and nowhere else; returns who else is there.

        Raises `NotFound` when the record is not the person's to see: they are told of nobody, and nobody of them.
        """
        key, now = (entity, id), time.monotonic()
        before = self._stands.get(watcher.sid)
        same = before is not None and before.key == key
        sure = before.sure if before is not None and same else 0.0
        # Nobody tells a page without a socket that the person's access has changed: it is asked for each time.
        if polling or now - sure > SURE_FOR:
            try:
                access.require_seen(watcher.actor, named(entity), id)
            except AppError:
                self.leave(watcher.sid)
                raise
            sure = now
        with self._lock:
            if before is not None and not same:
                self._remove(before)
            news = before is None or not same or before.editing != editing
            stand = self._stands[watcher.sid] = Stand(watcher, key, editing, now, sure, polling)
            self._at.setdefault(key, set()).add(watcher.sid)
            # Its socket may have closed while the database was asked.
            if not polling and self.house.watcher(watcher.sid) is None:
                self._remove(stand)
            if news:
                self._changed(key, asking=not same)
            return self._others(watcher, self._everyone(key))

    def leave(self, sid: str) -> None:
        """The page is closed, or at no record any more."""
        with self._lock:
            stand = self._stands.get(sid)
            if stand is not None:
                self._remove(stand)

    def _remove(self, stand: Stand) -> None:
        self._stands.pop(stand.watcher.sid, None)
        pages = self._at.get(stand.key, set())
        pages.discard(stand.watcher.sid)
        if not pages:
            self._at.pop(stand.key, None)
            self._elsewhere.forget(stand.key)
        self._changed(stand.key)

    # --- access ------------------------------------------------------------------------------------------------------

    def doubt(self, watcher: Watcher) -> None:
        """What the person may see has changed: they stay where they are only if they may."""
        stand = self._stands.get(watcher.sid)
        if stand is not None:
            self._ask_about(stand)

    def touched(self, batch: Iterable[Change]) -> None:
        """Whoever no longer sees a record that was moved or deleted is not at it any more."""
        if not self._at:
            return
        for key in {(one.entity, one.record_id) for one in batch if one.op == "delete" or one.before != one.after}:
            for sid in list(self._at.get(key, ())):
                stand = self._stands.get(sid)
                if stand is not None:
                    self._ask_about(stand)

    def _ask_about(self, stand: Stand) -> None:
        try:
            access.require_seen(stand.watcher.actor, named(stand.key[0]), stand.key[1])
            stand.sure = time.monotonic()
            return
        except AppError:
            self._show_to(stand, [])
        except SQLAlchemyError as error:
            log.warning("presence_unsure", reason=type(error).__name__)
        finally:
            db.release()
        self.leave(stand.watcher.sid)

    # --- who is told of whom -----------------------------------------------------------------------------------------

    def _changed(self, key: Key, *, asking: bool = False) -> None:
        """Tell this process' pages and the other processes soon; with `asking`, those answer."""
        self._to_show.add(key)
        self._to_tell[key] = asking or self._to_tell.get(key, False)

    def _show(self) -> None:
        """Tell each page at a record where somebody came, went or began to type."""
        with self._lock:
            keys, self._to_show = self._to_show, set()
            for key in keys:
                self._show_all(key)

    def _show_all(self, key: Key, *, beat: bool = False) -> None:
        everyone = self._everyone(key)
        for sid in list(self._at.get(key, ())):
            stand = self._stands[sid]
            self._show_to(stand, self._others(stand.watcher, everyone), beat=beat)

    def _show_to(self, stand: Stand, people: list[dict[str, Any]], *, beat: bool = False) -> None:
        if not stand.polling:
            said = {"entity": stand.key[0], "id": str(stand.key[1]), "people": people, "beat": beat}
            self.emit("presence", said, to=stand.watcher.sid)

    def _others(self, watcher: Watcher, everyone: list[Person]) -> list[dict[str, Any]]:
        return [
            {"id": one.id, "name": one.name, "editing": one.editing}
            for one in everyone
            if one.id != str(watcher.actor.id)
        ]

    def _everyone(self, key: Key) -> list[Person]:
        return _one_each([*self._mine(key), *self._elsewhere.people(key)])

    def _mine(self, key: Key) -> list[Person]:
        stands = [self._stands[sid] for sid in self._at.get(key, ())]
        return _one_each(
            Person(str(stand.watcher.actor.id), stand.watcher.actor.name[:MOST_LETTERS], stand.editing)
            for stand in stands
        )

    # --- between processes -------------------------------------------------------------------------------------------

    def hear(self, payload: str) -> None:
        """What another process says; garbage is passed over."""
        if payload.startswith(self.me):
            return
        try:
            process, words = presence_words.read(payload)
        except ValueError:
            return
        with self._lock:
            for word in words:
                if word.key not in self._at:
                    continue
                if word.asking:
                    self._to_tell.setdefault(word.key, False)
                if self._elsewhere.learn(process, word):
                    self._to_show.add(word.key)

    def start(self) -> None:
        """Begin to tell pages and the others, and to forget who is silent."""
        self.way.spawn(self._run)

    def stop(self) -> None:
        """End, and let the silence tell the others."""
        self._stopping = True

    def _run(self) -> None:
        beat = look = time.monotonic()
        while not self._stopping:
            self.way.sleep(TOLD_EVERY)
            now = time.monotonic()
            try:
                if now >= look:
                    look = now + LOOK_EVERY
                    self._forget_the_silent()
                if now >= beat:
                    beat = now + self.every
                    self._beat()
                self._show()
                self._publish()
            except Exception as error:  # whatever it was, the next beat sets it right
                known = isinstance(error, SQLAlchemyError | AppError | OSError)
                log.warning("presence_interrupted", reason=type(error).__name__, exc_info=None if known else error)
            finally:
                db.release()

    def _forget_the_silent(self) -> None:
        """Pages that answered no beat for long, and what a process said that died since."""
        now = time.monotonic()
        with self._lock:
            for stand in list(self._stands.values()):
                if now - stand.heard > self.gone_after:
                    self._remove(stand)
            self._to_show.update(key for key in self._at if self._elsewhere.forget_the_silent(key))

    def _beat(self) -> None:
        """Ask every page whether it is still there, and repeat to the others what this process knows."""
        with self._lock:
            for key in list(self._at):
                self._to_show.discard(key)
                self._to_tell.setdefault(key, False)
                self._show_all(key, beat=True)

    def _publish(self) -> None:
        with self._lock:
            keys = list(self._to_tell)[:MOST_TOLD]
            words = [Word(key, tuple(self._mine(key)), self._to_tell.pop(key)) for key in keys]
        if words:
            with db.transaction(SYSTEM) as session:
                told = presence_words.payloads(self.me, words)
                session.execute(_NOTIFY, {"channel": presence_words.CHANNEL, "words": told})


_NOTIFY = sa.text("SELECT pg_notify(:channel, word) FROM unnest(CAST(:words AS text[])) word")


def _one_each(people: Iterable[Person]) -> list[Person]:
    """Two tabs of one person are one person, who edits if one of them does; those who edit come first."""
    found: dict[str, Person] = {}
    for one in people:
        if one.id not in found or one.editing:
            found[one.id] = one
    return sorted(found.values(), key=lambda one: (not one.editing, one.name, one.id))[:MOST_AT_ONE]
