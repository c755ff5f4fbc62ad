"""From changes to messages: who hears what of a batch, each row rendered once for all who see the same columns.

Everything here is a function of its arguments; the listener feeds it and the hub sends what comes out.
"""

from __future__ import annotations

import functools
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any, Protocol
from uuid import UUID

from app.core import openness, titles
from app.core.actor import Actor
from app.core.audience import about, sees
from app.core.entity import Entity, children_of, class_named, columns_of, entities, named
from app.core.errors import NotFound
from app.core.rows import Row
from app.core.scope import AsRecord, Own, Spread, Via
from app.realtime.rooms import Room, names_whole
from app.services.feed.changes import Change

STORM = 50
"""More rows than this of one entity in one room and batch are not sent one by one: the page is told to look again."""

MOST_BYTES = 8_000
"""A row whose cells are longer is not sent either."""

RenderCells = Callable[[type[Entity], Row, Sequence[str]], dict[str, str]]


class Reader(Protocol):
    """How the pump looks things up; answers are as fresh as the database."""

    def rows(self, entity: type[Entity], ids: Collection[UUID], columns: Sequence[str]) -> Mapping[UUID, Row]:
        """The rows that exist among `ids`, each with its present audience."""

    def rows_for(
        self, actor: Actor, entity: type[Entity], ids: Collection[UUID], columns: Sequence[str]
    ) -> Mapping[UUID, Row]:
        """The rows that exist for the actor, named as the actor may know them."""

    def names(self, ids: Collection[UUID]) -> Mapping[UUID, str]:
        """Display names of users."""


@dataclass(frozen=True)
class Letter:
    """One message for the people of some rooms."""

    event: str
    rooms: tuple[str, ...]
    body: dict[str, Any]


@dataclass(frozen=True)
class Touched:
    """One record in a batch, however often it changed there.

    version   of its last change
    audience  everybody whom one of its changes concerned, before or after
    columns   what its changes touched; empty for a record that was made or removed
    moved     it concerns others than before
    about     for what hangs on another record: the name of that record's entity, if the change says so
    """

    id: UUID
    version: int
    audience: frozenset[UUID]
    columns: frozenset[str] = frozenset()
    moved: bool = False
    made: bool = False
    actor_id: UUID | None = None
    source: str = ""
    at: datetime | None = None
    about: str | None = None


def coalesce(changes: Iterable[Change]) -> dict[str, dict[UUID, Touched]]:
    """Each record once per entity: the last version wins, and nobody whom one of the changes concerned is forgotten."""
    found: dict[str, dict[UUID, Touched]] = {}
    for change in sorted(changes, key=lambda change: (change.version, change.seq)):
        records = found.setdefault(change.entity, {})
        before = records.get(change.record_id)
        records[change.record_id] = Touched(
            id=change.record_id,
            version=change.version,
            audience=change.before | change.after | (before.audience if before else frozenset()),
            columns=(frozenset(change.diff) if change.op == "update" else frozenset())
            | (before.columns if before else frozenset()),
            moved=(change.op == "update" and change.before != change.after) or bool(before and before.moved),
            made=change.op == "insert" or bool(before and before.made),
            actor_id=change.actor_id,
            source=change.source,
            at=change.at,
            about=about(change) or (before.about if before else None),
        )
    return found


@dataclass
class Composer:
    """Writes the letters of one batch; what was rendered for one room serves the next."""

    read: Reader
    render: RenderCells
    rooms: Callable[[str], Sequence[Room]]
    cursor: str
    _cells: dict[tuple[Any, ...], dict[str, str]] = field(default_factory=dict)
    _targets: dict[tuple[type[Entity], UUID], frozenset[UUID]] = field(default_factory=dict)

    def letters(self, changes: Sequence[Change]) -> list[Letter]:
        """Everything that the people of this process must hear of these changes."""
        grouped = coalesce(changes)
        written: list[Letter] = []
        for name, records in grouped.items():
            try:
                cls = named(name)
            except NotFound:  # an entity of a newer release; this process has no screen for it
                continue
            if self.rooms(name):
                written += self._of_entity(cls, list(records.values()))
            written += self._labels(cls, records.values())
            written += self._goings_on(cls, records.values())
            written += self._dependants(cls, changes)
        return _without_repeats(written)

    # --- rows -------------------------------------------------------------------------------------------------------

    def _of_entity(self, cls: type[Entity], records: list[Touched]) -> list[Letter]:
        written: list[Letter] = []
        records = self._told_what_they_hang_on(cls, records)
        share: list[tuple[Room, list[Touched]]] = []
        for room in self.rooms(cls.entity):
            concerned = [record for record in records if room.sees(record.audience, record.about)]
            if len(concerned) > STORM:
                written.append(stale(cls, [room], len(concerned)))
            elif concerned:
                share.append((room, concerned))
        wanted = {record.id for _, concerned in share for record in concerned}
        if not wanted:
            return written
        columns = _union(room.columns for room, _ in share)
        rows = self.read.rows(cls, wanted, columns)
        names = self.read.names({record.actor_id for record in records if record.actor_id})
        self._look_up_targets([room for room, _ in share], rows)
        for room, concerned in share:
            seen = self._as_seen(room, concerned, rows)
            written += [stale(cls, [room])] if seen is None else self._to_room(room, concerned, seen, names)
        return written

    def _as_seen(self, room: Room, concerned: list[Touched], rows: Mapping[UUID, Row]) -> Mapping[UUID, Row] | None:
        """The rows that exist for the room; `None` when that can't be said at this moment.

        A row may have moved on since its change: what counts is where it is now.
        """
        found = ((record, rows.get(record.id)) for record in concerned)
        seen = {record.id: row for record, row in found if row is not None and room.sees(row.audience, record.about)}
        if not room.reads_itself or not seen:
            return seen
        named = self.read.rows_for(room.actor, room.entity, list(seen), room.columns)
        # The person read for may just have lost a grant that the others here still have.
        return named if named.keys() == seen.keys() else None

    def _told_what_they_hang_on(self, cls: type[Entity], records: list[Touched]) -> list[Touched]:
        """What hangs on a record and doesn't say on which is looked up, or nobody could be told."""
        scope = cls.scope
        silent = {record.id for record in records if record.about is None} if isinstance(scope, AsRecord) else set()
        if not silent or not isinstance(scope, AsRecord):
            return records
        rows = self.read.rows(cls, silent, (scope.entity,))
        return [
            replace(record, about=rows[record.id].values.get(scope.entity)) if record.id in rows else record
            for record in records
        ]

    def _to_room(
        self, room: Room, concerned: list[Touched], rows: Mapping[UUID, Row], names: Mapping[UUID, str]
    ) -> list[Letter]:
        said = []
        for record in concerned:
            row = rows.get(record.id)
            if row is None:
                said.append({"entity": room.key.entity, "id": str(record.id), "v": record.version, "op": "drop"})
                continue
            cells = self._cells_of(room, row)
            if sum(map(len, cells.values())) > MOST_BYTES:
                return [stale(room.entity, [room], len(concerned))]
            said.append(put(room, record, row, cells, names))
        return [Letter("changes", (room.key.name,), {"rows": said, "cursor": self.cursor})]

    def _cells_of(self, room: Room, row: Row) -> dict[str, str]:
        """The row's visible cells as HTML; a cell that was rendered for one room serves all others."""
        if room.reads_itself:
            return self.render(room.entity, row, room.columns)
        unnamed = room.unnamed | {
            name for name, target in room.placed.items() if not self._exists(room, target, row.values.get(name))
        }
        unnamed &= row.labels.keys()
        cells = self._rendered(room, row, [name for name in room.columns if name not in unnamed])
        if unnamed:
            bare = replace(row, labels={name: text for name, text in row.labels.items() if name not in unnamed})
            cells |= self.render(room.entity, bare, [name for name in room.columns if name in unnamed])
        return cells

    def _rendered(self, room: Room, row: Row, columns: Sequence[str]) -> dict[str, str]:
        known = self._cells.setdefault((room.entity, row.id, row.version), {})
        missing = [name for name in columns if name not in known]
        if missing:
            known |= self.render(room.entity, row, missing)
        return {name: known[name] for name in columns}

    def _exists(self, room: Room, target: type[Entity], id: UUID | None) -> bool:
        found = self._targets.get((target, id)) if id else None
        return found is not None and sees(room.actor, target, found)

    def _look_up_targets(self, rooms: Iterable[Room], rows: Mapping[UUID, Row]) -> None:
        """Where the records are that these rows link to, if that decides who may know their names."""
        placed = {item for room in rooms if not room.reads_itself for item in room.placed.items()}
        for target in {target for _, target in placed}:
            ids = {row.values.get(name) for row in rows.values() for name, cls in placed if cls is target}
            missing = {id for id in ids if id and (target, id) not in self._targets}
            if missing:
                self._targets.update(
                    {(target, id): row.audience for id, row in self.read.rows(target, missing, ()).items()}
                )

    # --- what else a change means ------------------------------------------------------------------------------------

    def _labels(self, cls: type[Entity], records: Iterable[Touched]) -> list[Letter]:
        """A renamed record is renamed in every cell that names it."""
        renamed = {record.id for record in records if not record.columns.isdisjoint(titles.columns(cls))}
        if not renamed:
            return []
        watched = [
            room for child, column in children_of(cls) for room in self.rooms(child.entity) if column in room.links
        ]
        further = [stale(room.entity, [room]) for room in self._naming_through(cls)]
        if not watched or len(renamed) > STORM:
            return [stale(room.entity, [room]) for room in watched] + further
        written = []
        for row in self.read.rows(cls, renamed, ()).values():
            told = [room for room in watched if titles.public(cls) or sees(room.actor, cls, row.audience)]
            whole = sorted({room.key.name for room in told if titles.public(cls) or names_whole(room.actor, cls)})
            if whole:
                written.append(
                    Letter("labels", tuple(whole), {"entity": cls.entity, "id": str(row.id), "title": row.title})
                )
            written += [stale(room.entity, [room]) for room in told if room.key.name not in whole]
        return written + further

    def _goings_on(self, cls: type[Entity], records: Iterable[Touched]) -> list[Letter]:
        """When a document goes on, its lines are edited no more, and have no change of their own that says so."""
        watched = [(child, room) for child in lines_of(cls) for room in self.rooms(child.entity)]
        state = openness.state_of(cls).name if watched else ""
        gone_on = {record.id: record for record in records if watched and state in record.columns}
        if len(gone_on) > STORM:
            return [stale(child, [room]) for child, room in watched]
        written = []
        for row in self.read.rows(cls, gone_on, ()).values() if gone_on else ():
            for child, room in watched:
                if room.sees(row.audience):
                    said: dict[str, Any] = {"entity": child.entity, "part_of": str(row.id)}
                    if row.still is not None:
                        said["still"] = []
                    written.append(Letter("still", (room.key.name,), said))
        return written

    def _naming_through(self, cls: type[Entity], depth: int = titles.DEEPEST) -> list[Room]:
        """Rooms whose cells name a record that is itself called after one of `cls`."""
        called = [child for child, column in children_of(cls) if column in titles.columns(child)] if depth else []
        return [
            room
            for child in called
            for room in [
                *(r for above, column in children_of(child) for r in self.rooms(above.entity) if column in r.links),
                *self._naming_through(child, depth - 1),
            ]
        ]

    def _dependants(self, cls: type[Entity], changes: Sequence[Change]) -> list[Letter]:
        """When a record moves, what is seen through it moves along without a change of its own."""
        mine = [change for change in changes if change.entity == cls.entity]
        written = []
        for child in hanging_on(cls):
            moved = [change for change in mine if shifts(child, change)]
            if not moved:
                continue
            audience = frozenset().union(*(change.before | change.after for change in moved))
            for below in [child, *dependants(child)]:
                written += [stale(below, [room]) for room in self.rooms(below.entity) if _concerns(room, cls, audience)]
        return written


def put(room: Room, record: Touched, row: Row, cells: dict[str, str], names: Mapping[UUID, str]) -> dict[str, Any]:
    """One row as its new self."""
    said: dict[str, Any] = {
        "entity": room.key.entity,
        "id": str(row.id),
        "v": row.version,
        "op": "put",
        "cells": cells,
        "title": row.title,
        "by": names.get(record.actor_id, "") if record.actor_id else "",
        "at": record.at.isoformat() if record.at else None,
        "columns": [name for name in room.columns if name in record.columns],
    }
    if row.still is not None:
        said["still"] = sorted(row.still)
    if row.part_of is not None:
        said["part_of"] = str(row.part_of)
    if record.moved:
        said["moved"] = True
    if record.made:
        said["made"] = True
    return said


def stale(cls: type[Entity], rooms: Iterable[Room], count: int | None = None) -> Letter:
    """Too much to tell, or nothing that a row could tell: look again."""
    body: dict[str, Any] = {"entity": cls.entity}
    if count is not None:
        body["count"] = count
    return Letter("stale", tuple(room.key.name for room in rooms), body)


@functools.cache
def hanging_on(parent: type[Entity]) -> tuple[type[Entity], ...]:
    """The entities whose rows are seen through rows of this one."""
    return tuple(child for child in entities() if child is not parent and _hangs_on(child, parent))


@functools.cache
def lines_of(document: type[Entity]) -> tuple[type[Entity], ...]:
    """The kinds of lines whose editing this document's state decides."""
    return tuple(
        child
        for child, _ in children_of(document)
        if openness.governed_by(child) and child.scope.parent == document.__name__
    )


@functools.cache
def dependants(cls: type[Entity]) -> tuple[type[Entity], ...]:
    """All entities whose rows are seen through rows of this one, near and far."""
    found: list[type[Entity]] = []
    waiting = [cls]
    while waiting:
        near = [child for child in hanging_on(waiting.pop()) if child not in found and child is not cls]
        found += near
        waiting += near
    return tuple(found)


def _hangs_on(child: type[Entity], parent: type[Entity]) -> bool:
    scope = child.scope
    if isinstance(scope, Via):
        return class_named(scope.target) is parent
    if isinstance(scope, Spread):
        return class_named(scope.through) is parent
    if isinstance(scope, Own) and scope.staff:
        return class_named(columns_of(child)[scope.staff].info["column"].target) is parent
    return isinstance(scope, AsRecord) and parent.scope.kind != "shared"


def shifts(child: type[Entity], change: Change) -> bool:
    """Does this change of a record decide anew who sees the rows of `child` that hang on it?"""
    if isinstance(child.scope, Spread):
        return True
    if change.op != "update":
        return False  # what hangs on a new or removed record comes and goes by changes of its own
    return change.before != change.after or (isinstance(child.scope, Own) and "user_id" in change.diff)


def _concerns(room: Room, parent: type[Entity], audience: frozenset[UUID]) -> bool:
    return sees(room.actor, parent, audience) or (not isinstance(room.entity.scope, AsRecord) and room.sees(audience))


def _union(columns: Iterable[Sequence[str]]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(name for some in columns for name in some))


def _without_repeats(letters: list[Letter]) -> list[Letter]:
    """One room hears of all its rows in one message, and is told to look again at most once."""
    rows: dict[str, Letter] = {}
    said: dict[tuple[str, str], Letter] = {}
    others: list[Letter] = []
    for letter in letters:
        if letter.event == "changes":
            rows[letter.rooms[0]] = letter
        elif letter.event == "stale":
            for room in letter.rooms:
                key = (room, letter.body["entity"])
                if key not in said or "count" in letter.body:
                    said[key] = Letter("stale", (room,), letter.body)
        else:
            others.append(letter)
    return [*rows.values(), *others, *said.values()]


@dataclass
class Pace:
    """How long the pump waits between two batches: the first change goes at once, the next share one message.

    The window widens while there is much to do, and shrinks again. Seconds.
    """

    shortest: float = 0.020
    longest: float = 0.050
    window: float = 0.020

    def after(self, took: float, changes: int) -> float:
        """The window to keep after a batch of so many changes that took so long."""
        busy = took > self.window / 2 or changes > STORM
        self.window = min(self.longest, self.window * 1.5) if busy else max(self.shortest, self.window / 1.25)
        return self.window


@dataclass(frozen=True)
class Doubt:
    """Whose access a batch may have changed.

    users     these; `None` for everybody: who holds a role would have to be looked up, so all are asked again
    sessions  sign-ins that changed: perhaps they ended
    """

    users: frozenset[UUID] | None = frozenset()
    sessions: frozenset[UUID] = frozenset()

    def __bool__(self) -> bool:
        return self.users is None or bool(self.users or self.sessions)

    def covers(
        self, user_id: UUID | None, session_id: UUID | None, standing_in_for: frozenset[UUID] = frozenset()
    ) -> bool:
        """Must this person's access be asked again?

        standing_in_for   people whose decisions they take at present: they hold no more of them than those do
        """
        if self.users is None or user_id in self.users or session_id in self.sessions:
            return True
        return not self.users.isdisjoint(standing_in_for)


WHOSE = {"delegation": "to_user_id"}
"""The column of a record about access that names the person it is about, where it isn't `user_id`."""


def doubt(changes: Iterable[Change]) -> Doubt:
    """Whose access must be asked again before anything else of this batch is told."""
    users: set[UUID] = set()
    sessions: set[UUID] = set()
    for change in changes:
        cls = _named(change.entity)
        if change.entity == "session":
            sessions.add(change.record_id)
        elif change.entity == "user":
            users.add(change.record_id)
        elif cls is not None and cls.rules_access:
            said = change.diff.get(WHOSE.get(change.entity, "user_id"))
            if said is None:
                return Doubt(None)
            users.update(UUID(str(id)) for id in (said if isinstance(said, list) else [said]) if id)
    return Doubt(frozenset(users), frozenset(sessions))


def _named(name: str) -> type[Entity] | None:
    try:
        return named(name)
    except NotFound:
        return None
