"""A row's cells as HTML: what was rendered for one room serves all others that see the same columns."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any
from uuid import UUID

from app.core.audience import sees
from app.core.entity import Entity
from app.core.rows import Row
from app.realtime.reader import Reader
from app.realtime.rooms import Room

RenderCells = Callable[[type[Entity], Row, Sequence[str]], dict[str, str]]


@dataclass
class Renderings:
    """The cells of one batch' rows."""

    read: Reader
    render: RenderCells
    _cells: dict[tuple[Any, ...], dict[str, str]] = field(default_factory=dict)
    _targets: dict[tuple[type[Entity], UUID], frozenset[UUID]] = field(default_factory=dict)

    def of(self, room: Room, row: Row) -> dict[str, str]:
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

    def look_up_targets(self, rooms: Iterable[Room], rows: Mapping[UUID, Row]) -> None:
        """Where the records are that these rows link to, if that decides who may know their names."""
        placed = {item for room in rooms if not room.reads_itself for item in room.placed.items()}
        for target in {target for _, target in placed}:
            ids = {row.values.get(name) for row in rows.values() for name, cls in placed if cls is target}
            missing = {id for id in ids if id and (target, id) not in self._targets}
            if missing:
                self._targets.update(
                    {(target, id): row.audience for id, row in self.read.rows(target, missing, ()).items()}
                )
