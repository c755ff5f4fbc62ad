"""Makes a valid record of any entity at a given shop, from its declaration alone: a new entity is tested unasked."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from decimal import Decimal
from itertools import count
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.orm import Session

from app.core.columns import Column
from app.core.entity import Entity, class_named, columns_of
from app.core.ids import uuid7
from app.core.scope import AsRecord, Between
from tests.databases import Database

_turn = count(1)

# What a declaration can't say: values that only make sense together.
TOGETHER: dict[str, Callable[[int], dict[str, Any]]] = {
    "staff_hours": lambda turn: {"starts_at": dt.time(9), "ends_at": dt.time(17)},
    "sale_line": lambda turn: {"service_id": None},
    "stock_account": lambda turn: {"kind": "transit"},
    "stock_level": lambda turn: {"kind": "transit"},  # as its account
    "appointment": lambda turn: {
        "starts_at": dt.datetime(2030, 1, 1, tzinfo=dt.UTC) + dt.timedelta(hours=turn),
        "minutes": 30,
    },
    "leave": lambda turn: {"starts_on": dt.date(2030, 1, 1), "ends_on": dt.date(2030, 1, 5)},
    "permission": lambda turn: {"entity": f"thing_{turn}", "verb": "see", "field": None, "level": None},
}

_VALUES: dict[str, Callable[[Column, int], Any]] = {
    "code": lambda column, turn: f"C{turn}"[: column.longest],
    "email": lambda column, turn: f"someone{turn}@example.com",
    "phone": lambda column, turn: f"+49 30 {turn:06d}",
    "url": lambda column, turn: f"https://example.com/{turn}",
    "money": lambda column, turn: Decimal(10),
    "cost": lambda column, turn: Decimal(5),
    "quantity": lambda column, turn: Decimal(3),
    "percent": lambda column, turn: Decimal(10),
    "whole": lambda column, turn: max(1, int(column.least or 0)),
    "flag": lambda column, turn: False,
    "choice": lambda column, turn: column.choices[0].value,
    "date": lambda column, turn: dt.date(2026, 1, 1) + dt.timedelta(days=turn % 300),
    "moment": lambda column, turn: dt.datetime(2026, 1, 1, tzinfo=dt.UTC) + dt.timedelta(minutes=turn),
    "time": lambda column, turn: dt.time(9 + turn % 8),
    "colour": lambda column, turn: "#2f6fed",
    "structure": lambda column, turn: {},
    "tags": lambda column, turn: [],
    "record": lambda column, turn: uuid7(),
    "entity": lambda column, turn: "product",
}


class Factory:
    """Makes records as the database's owner, so that nothing but constraints and triggers has a say.

    place   the shop that the records are to belong to; `other` is where two-sided ones go
    """

    def __init__(self, session: Session, place: UUID, other: UUID) -> None:
        self.session, self.place, self.other = session, place, other
        self._made: dict[type[Entity], UUID] = {}

    def make(self, entity: type[Entity], **given: Any) -> Entity:
        """One record with everything filled that is required, placed, named or searched."""
        turn = next(_turn)
        values = TOGETHER.get(entity.entity, lambda turn: {})(turn) | given
        for name, column in columns_of(entity).items():
            # A column called `entity` is mapped as `entity_`.
            if name not in values and f"{name}_" not in values and self._wanted(entity, name, column):
                values[name] = self._value(entity, name, column, turn)
        record = entity(id=uuid7(), **{name: value for name, value in values.items() if value is not None})
        self.session.add(record)
        self.session.flush()
        return record

    def _wanted(self, entity: type[Entity], name: str, column: sa.Column[Any]) -> bool:
        if name in ("id", "version", "created_at", "updated_at") or column.computed is not None:
            return False
        described: Column = column.info["column"]
        if described.secret:
            return not column.nullable
        if name in entity.scope.columns or name in entity.screen.title or name in entity.screen.search:
            return column.server_default is None or name in entity.scope.columns
        return not column.nullable and column.server_default is None

    def _value(self, entity: type[Entity], name: str, column: sa.Column[Any], turn: int) -> Any:
        described: Column = column.info["column"]
        if isinstance(entity.scope, AsRecord) and name in (entity.scope.entity, entity.scope.record):
            return "register" if name == entity.scope.entity else self._linked("Register")
        if described.kind == "link":
            return self._link(entity, name, described.target or "")
        if described.secret:
            return f"{turn:064x}"[: described.longest]
        if described.kind in _VALUES:
            return _VALUES[described.kind](described, turn)
        return f"{name.replace('_', ' ').capitalize()} {turn}"[: described.longest]

    def _link(self, entity: type[Entity], name: str, target: str) -> UUID | None:
        if target == "Location":
            if isinstance(entity.scope, Between) and name == entity.scope.second:
                return self.other
            return self.place
        if target == entity.__name__:
            return None
        unique = any(name in key for key in _unique_keys(entity)) or _is_second(entity, name, target)
        return self._fresh(target) if unique else self._linked(target)

    def _linked(self, target: str) -> UUID:
        """One record per kind serves everything that points to it."""
        cls = class_named(target)
        if cls not in self._made:
            self._made[cls] = self.make(cls).id
        return self._made[cls]

    def _fresh(self, target: str) -> UUID:
        """A record of its own, where a key of links alone would otherwise be taken."""
        return self.make(class_named(target)).id


def _is_second(entity: type[Entity], name: str, target: str) -> bool:
    """Two links to one kind mean two of it: somebody and their deputy."""
    links = [other for other, column in columns_of(entity).items() if column.info["column"].target == target]
    return links.index(name) > 0


def _unique_keys(entity: type[Entity]) -> Iterator[set[str]]:
    for found in [*entity.__table__.constraints, *entity.__table__.indexes]:  # type: ignore[attr-defined]
        if isinstance(found, sa.UniqueConstraint) or getattr(found, "unique", False):
            yield {column.name for column in found.columns}


@contextmanager
def making(database: Database, place: UUID, other: UUID) -> Iterator[Factory]:
    """A factory whose records are committed at the end."""
    engine = sa.create_engine(database.owner_url, poolclass=sa.NullPool)
    with Session(engine, expire_on_commit=False, info={"role_is_taken": True}) as session:
        yield Factory(session, place, other)
        session.commit()
