"""What every part of the Northwind shop is loaded with: ids that follow from its keys, and the tally."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID, uuid5

import sqlalchemy as sa
from sqlalchemy.orm import Session

from app.core.actor import Actor
from app.core.entity import Entity
from app.services import documents, records
from app.services.northwind.report import Outcome, Report
from app.services.northwind.shop_file import Shop, Values, row_of
from app.services.records import Line

NAMESPACE = UUID("0c7f5a4e-9f1b-5f0e-8c50-3f7f2d4f9a11")
AT_ONCE = 500

Grids = Mapping[str, Sequence[Line]]
Told = Callable[[str, int, int], None]


def fixed(kind: str, *key: object) -> UUID:
    """The id that a row of the file has here, by its key there."""
    return uuid5(NAMESPACE, "/".join([kind, *map(str, key)]))


@dataclass(frozen=True)
class Record:
    """One row as it is to be made here: its key there, its values and lines here, and a document's state."""

    key: object
    values: Mapping[str, Any]
    children: Grids = field(default_factory=dict)
    state: str | None = None


@dataclass(frozen=True)
class Ground:
    """Where the shop is loaded: the open transaction, who loads it, what is in the file, and the tally so far."""

    actor: Actor
    session: Session
    shop: Shop
    report: Report
    told: Told

    def load(self, table: str, entity: type[Entity], wanted: Iterable[Record], *, kind: str | None = None) -> set[UUID]:
        """Make the records that aren't there yet; returns the ids of those made now."""
        rows, name = list(wanted), kind or entity.entity
        outcome = self.report.of(table, entity.__tablename__.replace("_", " "))
        known = self.known(entity, [fixed(name, row.key) for row in rows])
        made: set[UUID] = set()
        for done, row in enumerate(rows, 1):
            id = fixed(name, row.key)
            if id not in known:
                self._make(table, entity, id, row)
                made.add(id)
            self.told(table, done, len(rows))
        outcome.placed += len(made)
        outcome.already += len(rows) - len(made)
        return made

    def _make(self, table: str, entity: type[Entity], id: UUID, row: Record) -> None:
        with row_of(table, row.key):
            record = records.create(self.actor, entity, row.values, id=id, children=row.children)
            if row.state:
                documents.came_as(self.actor, record, row.state)
        # Nobody needs it again: a session that held thousands of records would slow down.
        self.session.expunge_all()

    def known(self, entity: type[Entity], ids: Sequence[UUID]) -> set[UUID]:
        """Those of the ids that exist."""
        table = entity.__table__
        found: set[UUID] = set()
        for start in range(0, len(ids), AT_ONCE):
            found |= set(
                self.session.scalars(sa.select(table.c.id).where(table.c.id.in_(ids[start : start + AT_ONCE])))
            )
        return found

    def keys(self, table: str, column: str) -> frozenset[Any]:
        """The keys of a table of the file."""
        return frozenset(row[column] for row in self.shop[table])

    def outcome(self, table: str, went_to: str) -> Outcome:
        """The tally of a kind of row."""
        return self.report.of(table, went_to)

    def count(self, table: str, column: str) -> int:
        """In how many rows of the file a column is filled in."""
        return sum(row[column] is not None for row in self.shop[table])


def filled(**values: Any) -> dict[str, Any]:
    """The values that there are: a field without one keeps its default."""
    return {name: value for name, value in values.items() if value is not None}


def lines(*parts: str | None) -> str | None:
    """Remarks under each other; nothing when there are none."""
    return "\n".join(part for part in parts if part) or None


def labelled(row: Values, **labels: str) -> str | None:
    """`Fax: …` and the like, for what has no field of its own."""
    return lines(*(f"{label}: {row[name]}" for name, label in labels.items() if row[name] is not None))
