"""What every part of the demo shop is made with: fixed ids, a clock, chance that falls the same way each time.

Records go in many at once and only where they are missing, so a second run adds nothing and an interrupted one is
finished.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping, Sequence
from contextlib import nullcontext
from dataclasses import dataclass
from itertools import groupby
from random import Random
from typing import Any
from uuid import UUID, uuid5
from zoneinfo import ZoneInfo

import sqlalchemy as sa
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Session

from app.core import db, refusals
from app.core.actor import Actor
from app.core.entity import Entity
from app.core.errors import Invalid

NAMESPACE = UUID("6f1d9c1e-5d0b-5c53-9d0e-8a3f0b6f7c21")
ZONE = ZoneInfo("Europe/Dublin")
AT_ONCE = 500

Row = dict[str, Any]


def fixed(kind: str, *key: object) -> UUID:
    """The id of a demo record: the same on every installation and every run."""
    return uuid5(NAMESPACE, "/".join([kind, *map(str, key)]))


@dataclass(frozen=True)
class Ground:
    """Where a part of the shop is put: the open transaction, who puts it there, and what day it is.

    now   to the second; everything lies some days before or after it
    """

    actor: Actor
    session: Session
    now: dt.datetime

    def chance(self, name: str) -> Random:
        """Chance for one part, independent of which parts were made in this run."""
        return Random(f"demo/{name}")

    def day(self, days: int) -> dt.date:
        """The calendar day so many days from today."""
        return self.now.astimezone(ZONE).date() + dt.timedelta(days=days)

    def at(self, days: int, hour: int, minute: int = 0) -> dt.datetime:
        """A clock time in the shop, so many days from today."""
        return dt.datetime.combine(self.day(days), dt.time(hour, minute), ZONE)

    def has(self, entity: type[Entity], id: UUID) -> bool:
        """Whether a record is there already."""
        table = entity.__table__
        return bool(self.session.scalar(sa.select(sa.exists().where(table.c.id == id))))

    def add(self, entity: type[Entity], rows: Iterable[Mapping[str, Any]]) -> int:
        """Put in the rows whose id isn't there yet, in their order; returns how many that were.

        Raises `Invalid` when a row doesn't hold what its entity asks for, or collides with a record of the people.
        """
        wanted = [dict(row) for row in rows]
        present = self._present(entity, [row["id"] for row in wanted])
        fresh = [row for row in wanted if row["id"] not in present]
        for row in fresh:
            _check(entity, row)
        try:
            self._write(entity, fresh)
        except DBAPIError as error:
            raise refusals.explain(error, entity) or error from error
        return len(fresh)

    def _write(self, entity: type[Entity], fresh: Sequence[Row]) -> None:
        with db.posting(self.actor) if entity.posted else nullcontext():
            for _, alike in groupby(fresh, key=_columns):
                self.session.execute(sa.insert(entity.__table__), list(alike))  # type: ignore[arg-type]

    def _present(self, entity: type[Entity], ids: Sequence[UUID]) -> set[UUID]:
        table = entity.__table__
        found: set[UUID] = set()
        for start in range(0, len(ids), AT_ONCE):
            some = ids[start : start + AT_ONCE]
            found |= set(self.session.scalars(sa.select(table.c.id).where(table.c.id.in_(some))))
        return found


def _columns(row: Row) -> tuple[str, ...]:
    return tuple(row)


def _check(entity: type[Entity], row: Row) -> None:
    problems = entity(**row).check()
    if problems:
        raise Invalid({f"{entity.entity}.{name}": text for name, text in problems.items()})
