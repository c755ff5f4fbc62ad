"""Paging without OFFSET: a page begins where another ended, so the last page of a million costs what the first does.

Rows are ordered by a sort value and, among equals, by id; empty values come last in both directions. A place in
that order is written as a cursor. Rows without a value are walked in a step of their own: in one comparison
with the rest they would be lost, for NULL is neither before nor after anything.
"""

from __future__ import annotations

import base64
import binascii
import datetime as dt
import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.sql.elements import ColumnElement
from sqlalchemy.sql.selectable import FromClause

from app.core import titles
from app.core.columns import Column
from app.core.entity import Entity, class_named, columns_of
from app.core.errors import BadRequest
from app.core.titles import Join, Sees

LONGEST_CURSOR = 4_000


class BadCursor(BadRequest):
    """This page address is not valid any more. Start again from the first page."""


# --- what a list is sorted by --------------------------------------------------------------------------------------------

FOLDED = frozenset({"text", "long_text"})
"""Sorted without regard to case; a database's own order would put Zebra before apple."""

SORTABLE: Mapping[str, Any] = {
    **dict.fromkeys(
        ("text", "long_text", "code", "email", "phone", "url", "colour", "entity", "choice", "link"), sa.Text()
    ),
    **dict.fromkeys(("money", "cost", "quantity", "percent"), sa.Numeric()),
    "whole": sa.BigInteger(),
    "flag": sa.Boolean(),
    "date": sa.Date(),
    "moment": sa.DateTime(timezone=True),
    "time": sa.Time(),
    "id": sa.Uuid(),
}
"""The kinds of columns that a list can be sorted by, with the SQL type of the sort value."""


@dataclass(frozen=True)
class Sort:
    """A column, and whether the largest comes first. Written `name` or `-name`."""

    column: str
    descending: bool = False

    def __str__(self) -> str:
        return f"-{self.column}" if self.descending else self.column


@dataclass(frozen=True)
class Key:
    """The sort value in SQL.

    value     the expression, on a source and its joins
    type      its SQL type
    nullable  rows without a value exist, or may
    missing   says that a row has none
    joins     what must be joined for `value`
    certain   a row that has the link always finds its record, so the join need not keep rows without
    alone     the value is the id itself and needs no tiebreak
    """

    value: ColumnElement[Any]
    type: Any
    nullable: bool
    missing: ColumnElement[bool]
    joins: tuple[Join, ...] = ()
    certain: bool = False
    alone: bool = False


def key(entity: type[Entity], source: FromClause, sort: Sort, sees: Sees, *, scoped: bool) -> Key:
    """The sort value of the rows of `source`. `scoped`: linked records may be out of the person's sight."""
    column = columns_of(entity)[sort.column]
    described: Column = column.info["column"]
    here = source.c[sort.column]
    if described.kind == "id":
        return Key(here, SORTABLE["id"], False, sa.false(), alone=True)
    if described.kind == "link":
        return _linked(entity, source, sort.column, sees, scoped=scoped, nullable=bool(column.nullable))
    value: ColumnElement[Any] = sa.func.lower(here, type_=sa.Text()) if described.kind in FOLDED else here
    return Key(value, SORTABLE[described.kind], bool(column.nullable), value.is_(None))


def _linked(entity: type[Entity], source: FromClause, name: str, sees: Sees, *, scoped: bool, nullable: bool) -> Key:
    target = class_named(columns_of(entity)[name].info["column"].target)
    table = titles.source_of(target, f"sort_{name}"[:60])
    called = titles.title(target, table, sees, path=f"sort_{name}"[:50], depth=1)
    joins = (Join(table, table.c.id == source.c[name]), *called.joins)
    certain = titles.public(target) is not None or not scoped or target.scope.kind == "shared"
    value = sa.func.lower(called.text, type_=sa.Text())
    if certain:
        return Key(value, sa.Text(), nullable, source.c[name].is_(None), joins, certain=True)
    return Key(sa.case((table.c.id.is_not(None), value)), sa.Text(), True, table.c.id.is_(None), joins)


def sortable(entity: type[Entity], name: str, sees: Sees) -> bool:
    """Can whoever asks sort by this column? Sorting by a link needs its records' names to be theirs to see."""
    column: Column = columns_of(entity)[name].info["column"]
    if column.secret or name not in sees(entity) or column.kind not in SORTABLE:
        return False
    if column.kind != "link":
        return True
    target = class_named(column.target or "")
    return titles.public(target) is not None or bool(sees(target))


# --- places in that order ------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Cursor:
    """A place: the sort value of a row, `None` for none, and its id."""

    value: Any
    id: UUID

    def token(self, entity: type[Entity], sort: Sort) -> str:
        """The cursor as it stands in a URL; it says what it was made for."""
        value = (
            str(self.value)
            if isinstance(self.value, Decimal | UUID)
            else self.value.isoformat()
            if isinstance(self.value, dt.date | dt.time)
            else self.value
        )
        facts = json.dumps([entity.entity, str(sort), value, str(self.id)], ensure_ascii=False, separators=(",", ":"))
        return base64.urlsafe_b64encode(facts.encode()).decode().rstrip("=")


def read(token: str, entity: type[Entity], sort: Sort) -> Cursor:
    """The place that a URL names. Raises BadCursor for garbage and for another list's or another order's."""
    if len(token) > LONGEST_CURSOR:
        raise BadCursor()
    try:
        facts = json.loads(base64.b64decode(token.encode() + b"=" * (-len(token) % 4), altchars=b"-_", validate=True))
        made_for, order, value, id = facts
        if (made_for, order) != (entity.entity, str(sort)) or not isinstance(id, str):
            raise BadCursor()
        return Cursor(_value(columns_of(entity)[sort.column].info["column"].kind, value), UUID(id))
    except (ValueError, TypeError, KeyError, binascii.Error, InvalidOperation, RecursionError, OverflowError):
        raise BadCursor() from None


def _value(kind: str, value: Any) -> Any:
    reads: Callable[[Any], Any] = _READ.get(kind, _text)
    return None if value is None else reads(value)


def _text(value: Any) -> str:
    if not isinstance(value, str) or "\x00" in value:
        raise ValueError
    value.encode()
    return value


def _number(value: Any) -> Decimal:
    number = Decimal(_text(value))
    if not number.is_finite() or abs(number.adjusted()) > 30:
        raise ValueError
    return number


def _whole(value: Any) -> int:
    if isinstance(value, bool) or not isinstance(value, int) or abs(value) >= 2**63:
        raise ValueError
    return value


def _flag(value: Any) -> bool:
    if not isinstance(value, bool):
        raise ValueError
    return value


def _moment(value: Any) -> dt.datetime:
    moment = dt.datetime.fromisoformat(_text(value))
    if moment.tzinfo is None:
        raise ValueError
    return moment.astimezone(dt.UTC)


_READ: Mapping[str, Callable[[Any], Any]] = {
    **dict.fromkeys(("money", "cost", "quantity", "percent"), _number),
    "whole": _whole,
    "flag": _flag,
    "date": lambda value: dt.date.fromisoformat(_text(value)),
    "moment": _moment,
    "time": lambda value: dt.time.fromisoformat(_text(value)),
    "id": lambda value: UUID(_text(value)),
}


# --- the way from a place ------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Step:
    """A part of the way through a list: rows with a value, or those without, that satisfy `bound`, up or down."""

    empty: bool
    bound: ColumnElement[bool] | None
    down: bool

    def order(
        self, value: ColumnElement[Any], id: ColumnElement[Any], *, alone: bool = False
    ) -> list[ColumnElement[Any]]:
        """The order of the step. Among rows without a value it still names the value: that is the index's order."""
        by = [id] if alone else [value, id]
        return [column.desc() for column in by] if self.down else [column.asc() for column in by]


def steps(sort: Sort, key: Key, id: ColumnElement[Any], start: Cursor | None, *, back: bool) -> list[Step]:
    """The steps from `start` (the beginning, or with `back` the end) in the order they are taken."""
    down = sort.descending != back
    plain, empty = Step(False, None, down), Step(True, None, down)
    if not key.nullable:
        return [Step(False, _beyond(key, id, start, down) if start else None, down)]
    if start is None:
        return [empty, plain] if back else [plain, empty]
    if start.value is None:
        inside = Step(True, id < start.id if down else id > start.id, down)
        return [inside, plain] if back else [inside]
    inside = Step(False, _beyond(key, id, start, down), down)
    return [inside] if back else [inside, empty]


def _beyond(key: Key, id: ColumnElement[Any], start: Cursor, down: bool) -> ColumnElement[bool]:
    if start.value is None:
        raise BadCursor()
    value = sa.cast(sa.literal(start.value, key.type), key.type)
    if key.alone:
        return key.value < value if down else key.value > value
    here, there = sa.tuple_(key.value, id), sa.tuple_(value, sa.literal(start.id, sa.Uuid()))
    return here < there if down else here > there


def is_before(sort: Sort, key: Key, id: ColumnElement[Any], place: Cursor) -> ColumnElement[bool]:
    """Does a row come before the place?"""
    return _any_step(steps(sort, key, id, place, back=True), key)


def is_after(sort: Sort, key: Key, id: ColumnElement[Any], place: Cursor) -> ColumnElement[bool]:
    """Does a row come after the place?"""
    return _any_step(steps(sort, key, id, place, back=False), key)


def _any_step(taken: list[Step], key: Key) -> ColumnElement[bool]:
    return sa.or_(*(sa.and_(sa.true(), *conditions(step, key)) for step in taken))


def conditions(step: Step, key: Key) -> list[ColumnElement[bool]]:
    """Which rows a step goes over."""
    found = [] if step.bound is None else [step.bound]
    if key.nullable:
        found.append(key.missing if step.empty else sa.not_(key.missing))
    return found
