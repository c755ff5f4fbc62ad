"""Who else is at a record, looking or typing: advice for people, which never holds up a page and is soon forgotten.

Each process knows the people at its own sockets and tells the others by NOTIFY who they are; nothing is stored. Whoever
is not heard of for a while is gone: a page answers each beat, a process repeats what it knows.
"""

from __future__ import annotations

import json
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
from app.realtime.async_mode import Mode
from app.realtime.reader import SYSTEM
from app.realtime.rooms import House, Watcher
from app.services.feed.changes import Change

CHANNEL: Final = "backroom_presence"

BEAT: Final = 7.0
"""Seconds between two beats, each answered by every page that is still there."""

GONE_AFTER: Final = 22.0
"""Seconds of silence after which a page, or what another process said, counts no more: with a beat, less than thirty."""

SURE_FOR: Final = 20.0
"""Seconds for which a look at whether the record is the person's to see is good; a change of theirs is seen at once."""

TOLD_EVERY: Final = 0.2
"""Seconds in which what the other processes are told is gathered."""

MOST_AT_ONE: Final = 30
"""People told of at one record."""

MOST_TOLD: Final = 500
"""Records told of in one go."""

log = structlog.get_logger("backroom.live")

Key = tuple[str, UUID]
"""A record: the name of its entity, and its id."""

Emit = Callable[..., Any]


@dataclass(frozen=True)
class Person:
    """Somebody at a record."""

    id: str
    name: str
    editing: bool


@dataclass
class Stand:
    """Where one socket is. heard, sure: when it last answered, and when it was last asked whether it may be there."""

    sid: str
    key: Key
    editing: bool
    heard: float
    sure: float


@dataclass(frozen=True)
class Word:
    """What another process said of a record."""

    people: tuple[Person, ...]
    until: float


@dataclass
class Presence:
    """The people at the records of this process' sockets, and those of whom others have told.

    emit   sends one event to one socket
    """

    emit: Emit
    house: House
    way: Mode
    me: str = field(default_factory=lambda: uuid4().hex[:12])
    _stands: dict[str, Stand] = field(default_factory=dict)
    _at: dict[Key, set[str]] = field(default_factory=dict)
    _elsewhere: dict[Key, dict[str, Word]] = field(default_factory=dict)
    _to_tell: dict[Key, bool] = field(default_factory=dict)
    _lock: Any = field(default_factory=threading.RLock)
    _stopping: bool = False

    # --- what a page says --------------------------------------------------------------------------------------------

    def here(self, watcher: Watcher, entity: str, id: UUID, *, editing: bool) -> list[dict[str, Any]]:
        """A socket is at a record from now on, and nowhere else; returns who else is there.

        Raises `NotFound` when the record is not the person's to see: they are told of nobody, and nobody of them.
        """
        key, now = (entity, id), time.monotonic()
        before = self._stands.get(watcher.sid)
        sure = before.sure if before is not None and before.key == key else 0.0
        if now - sure > SURE_FOR:
            try:
                access.require_seen(watcher.actor, named(entity), id)
            except AppError:
                self.leave(watcher.sid)
                raise
            sure = now
        with self._lock:
            same = before is not None and before.key == key
            if before is not None and not same:
                self._remove(before)
            news = not (same and before is not None and before.editing == editing)
            self._stands[watcher.sid] = Stand(watcher.sid, key, editing, now, sure)
            self._at.setdefault(key, set()).add(watcher.sid)
            # It may have gone while the database was asked.
            if self.house.watcher(watcher.sid) is None:
                self._remove(self._stands[watcher.sid])
            if news:
                self._changed(key, asking=not same)
            return self._seen_by(watcher, key)

    def leave(self, sid: str) -> None:
        """The socket closed, or is at no record any more."""
        with self._lock:
            stand = self._stands.get(sid)
            if stand is not None:
                self._remove(stand)

    def _remove(self, stand: Stand) -> None:
        self._stands.pop(stand.sid, None)
        people = self._at.get(stand.key, set())
        people.discard(stand.sid)
        if not people:
            self._at.pop(stand.key, None)
            self._elsewhere.pop(stand.key, None)
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
        watcher = self.house.watcher(stand.sid)
        try:
            if watcher is not None:
                access.require_seen(watcher.actor, named(stand.key[0]), stand.key[1])
                stand.sure = time.monotonic()
                return
        except AppError:
            self.emit("presence", _message(stand.key, []), to=stand.sid)
        except SQLAlchemyError as error:
            log.warning("presence_unsure", reason=type(error).__name__)
        finally:
            db.release()
        self.leave(stand.sid)

    # --- who is told of whom -----------------------------------------------------------------------------------------

    def _changed(self, key: Key, *, asking: bool = False) -> None:
        """Tell this process' sockets now and the other processes soon; with `asking`, they answer."""
        self._to_tell[key] = asking or self._to_tell.get(key, False)
        self._tell_here(key)

    def _tell_here(self, key: Key, *, beat: bool = False) -> None:
        for sid in list(self._at.get(key, ())):
            watcher = self.house.watcher(sid)
            if watcher is not None:
                self.emit("presence", _message(key, self._seen_by(watcher, key), beat=beat), to=sid)

    def _seen_by(self, watcher: Watcher, key: Key) -> list[dict[str, Any]]:
        people = [*self._mine(key)]
        for word in self._elsewhere.get(key, {}).values():
            people += word.people
        return [
            {"id": one.id, "name": one.name, "editing": one.editing}
            for one in _one_each(people)
            if one.id != str(watcher.actor.id)
        ]

    def _mine(self, key: Key) -> list[Person]:
        found = []
        for sid in self._at.get(key, ()):
            watcher = self.house.watcher(sid)
            if watcher is not None and watcher.actor.id is not None:
                found.append(Person(str(watcher.actor.id), watcher.actor.name[:80], self._stands[sid].editing))
        return _one_each(found)

    # --- between processes -------------------------------------------------------------------------------------------

    def hear(self, payload: str) -> None:
        """What another process says; garbage is passed over."""
        if payload.startswith(self.me):
            return
        try:
            process, _, text = payload.partition(" ")
            said = json.loads(text)
            key = (str(said["entity"]), UUID(said["id"]))
            people = tuple(Person(str(id), str(name), bool(editing)) for id, name, editing in said["people"])
        except (ValueError, TypeError, KeyError, AttributeError):
            return
        with self._lock:
            if key not in self._at:
                return
            known = self._elsewhere.setdefault(key, {})
            before = known.pop(process, None)
            if people:
                known[process] = Word(people, time.monotonic() + GONE_AFTER)
            if said.get("asking"):
                self._to_tell.setdefault(key, False)
            if (before.people if before else ()) != people:
                self._tell_here(key)

    def start(self) -> None:
        """Begin to tell the others, and to forget who is silent."""
        self.way.spawn(self._run)

    def stop(self) -> None:
        """End, and let the silence tell the others."""
        self._stopping = True

    def _run(self) -> None:
        beat = time.monotonic() + BEAT
        while not self._stopping:
            self.way.sleep(TOLD_EVERY)
            try:
                if time.monotonic() >= beat:
                    beat = time.monotonic() + BEAT
                    self._beat()
                self._publish()
            except Exception as error:  # whatever it was, the next beat sets it right
                known = isinstance(error, SQLAlchemyError | AppError | OSError)
                log.warning("presence_interrupted", reason=type(error).__name__, exc_info=None if known else error)
            finally:
                db.release()

    def _beat(self) -> None:
        """Ask every page whether it is still there, forget the silent ones, and repeat what this process knows."""
        now = time.monotonic()
        with self._lock:
            for stand in list(self._stands.values()):
                if now - stand.heard > GONE_AFTER:
                    self._remove(stand)
            for key in list(self._at):
                known = self._elsewhere.get(key, {})
                for process in [process for process, word in known.items() if word.until < now]:
                    del known[process]
                self._to_tell.setdefault(key, False)
                self._tell_here(key, beat=True)

    def _publish(self) -> None:
        with self._lock:
            keys = list(self._to_tell)[:MOST_TOLD]
            words = [self._word(key, asking=self._to_tell.pop(key)) for key in keys]
        if words:
            with db.transaction(SYSTEM) as session:
                session.execute(_NOTIFY, {"channel": CHANNEL, "words": words})

    def _word(self, key: Key, *, asking: bool) -> str:
        people = [(one.id, one.name, one.editing) for one in self._mine(key)]
        said = {"entity": key[0], "id": str(key[1]), "people": people, "asking": asking}
        return f"{self.me} {json.dumps(said)}"


_NOTIFY = sa.text("SELECT pg_notify(:channel, word) FROM unnest(CAST(:words AS text[])) word")


def _message(key: Key, people: list[dict[str, Any]], *, beat: bool = False) -> dict[str, Any]:
    return {"entity": key[0], "id": str(key[1]), "people": people, "beat": beat}


def _one_each(people: Iterable[Person]) -> list[Person]:
    """Two tabs of one person are one person, who edits if one of them does; those who edit come first."""
    found: dict[str, Person] = {}
    for one in people:
        if one.id not in found or one.editing:
            found[one.id] = one
    return sorted(found.values(), key=lambda one: (not one.editing, one.name, one.id))[:MOST_AT_ONE]
