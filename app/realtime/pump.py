"""From changes to messages: who hears what of a batch, each row rendered once for all who see the same columns.

Everything here is a function of its arguments; the listener feeds it and the hub sends what comes out.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from uuid import UUID

from app.core.entity import Entity, named
from app.core.errors import NotFound
from app.core.rows import Row
from app.core.scope import AsRecord
from app.realtime import batch
from app.realtime.batch import Touched
from app.realtime.consequences import Consequences
from app.realtime.letters import STORM, Letter, put, stale, without_repeats
from app.realtime.reader import Reader
from app.realtime.renderings import RenderCells, Renderings
from app.realtime.rooms import Room
from app.services.feed.changes import Change

MOST_BYTES = 8_000
"""A row whose cells are longer is not sent either."""


@dataclass
class Composer:
    """Writes the letters of one batch; what was rendered for one room serves the next."""

    read: Reader
    render: RenderCells
    rooms: Callable[[str], Sequence[Room]]
    cursor: str
    _renderings: Renderings = field(init=False)
    _consequences: Consequences = field(init=False)

    def __post_init__(self) -> None:
        self._renderings = Renderings(self.read, self.render)
        self._consequences = Consequences(self.read, self.rooms)

    def letters(self, changes: Sequence[Change]) -> list[Letter]:
        """Everything that the people of this process must hear of these changes."""
        grouped = batch.coalesce(changes)
        written: list[Letter] = []
        for name, records in grouped.items():
            try:
                cls = named(name)
            except NotFound:  # an entity of a newer release; this process has no screen for it
                continue
            if self.rooms(name):
                written += self._of_entity(cls, list(records.values()))
            written += self._consequences.labels(cls, records.values())
            written += self._consequences.goings_on(cls, records.values())
            written += self._consequences.dependants(cls, changes)
        return without_repeats(written)

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
        self._renderings.look_up_targets([room for room, _ in share], rows)
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
            cells = self._renderings.of(room, row)
            if sum(map(len, cells.values())) > MOST_BYTES:
                return [stale(room.entity, [room], len(concerned))]
            said.append(put(room, record, row, cells, names))
        return [Letter("changes", (room.key.name,), {"rows": said, "cursor": self.cursor})]


def _union(columns: Iterable[Sequence[str]]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(name for some in columns for name in some))
