"""What a change means beyond its own row: new names in other cells, lines that are edited no more, what moves along."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from app.core import openness, titles
from app.core.audience import sees
from app.core.entity import Entity, children_of
from app.core.scope import AsRecord
from app.realtime import kin
from app.realtime.batch import Touched
from app.realtime.letters import STORM, Letter, stale
from app.realtime.reader import Reader
from app.realtime.rooms import Room, names_whole
from app.services.feed.changes import Change


@dataclass
class Consequences:
    """The letters that follow from a batch beside the rows themselves."""

    read: Reader
    rooms: Callable[[str], Sequence[Room]]

    def labels(self, cls: type[Entity], records: Iterable[Touched]) -> list[Letter]:
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

    def goings_on(self, cls: type[Entity], records: Iterable[Touched]) -> list[Letter]:
        """When a document goes on, its lines are edited no more, and have no change of their own that says so."""
        watched = [(child, room) for child in kin.lines_of(cls) for room in self.rooms(child.entity)]
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

    def dependants(self, cls: type[Entity], changes: Sequence[Change]) -> list[Letter]:
        """When a record moves, what is seen through it moves along without a change of its own."""
        mine = [change for change in changes if change.entity == cls.entity]
        written = []
        for child in kin.hanging_on(cls):
            moved = [change for change in mine if kin.shifts(child, change)]
            if not moved:
                continue
            audience = frozenset().union(*(change.before | change.after for change in moved))
            for below in [child, *kin.dependants(child)]:
                written += [stale(below, [room]) for room in self.rooms(below.entity) if _concerns(room, cls, audience)]
        return written


def _concerns(room: Room, parent: type[Entity], audience: frozenset[UUID]) -> bool:
    return sees(room.actor, parent, audience) or (not isinstance(room.entity.scope, AsRecord) and room.sees(audience))
