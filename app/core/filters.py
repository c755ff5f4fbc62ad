"""What a list can be narrowed by: each kind of column has its operators, and each operator is a row of a table."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Literal

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.sql.elements import ColumnElement

from app.core import values
from app.core.columns import Column
from app.core.errors import BadRequest

LONGEST = 200
"""Characters of one value."""

MOST_VALUES = 100
"""Values of one “is any of”."""

Takes = Literal["nothing", "one", "two", "many"]
Build = Callable[[ColumnElement[Any], Column, Sequence[Any]], ColumnElement[bool]]


@dataclass(frozen=True)
class Operator:
    """One way to compare.

    name   as it stands in the URL
    takes  how many values it needs
    reads  what its values are: of the column's own kind, a plain text, a day, or the name of a period
    """

    name: str
    label: str
    takes: Takes
    build: Build
    reads: Literal["value", "text", "day", "period"] = "value"


def escape(term: str) -> str:
    """A text for use inside a LIKE pattern: its own wildcards mean themselves."""
    return term.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")


# --- how each operator reads in SQL ----------------------------------------------------------------------------------


def _contains(column: ColumnElement[Any], described: Column, given: Sequence[Any]) -> ColumnElement[bool]:
    return column.ilike(f"%{escape(given[0])}%")


def _starts(column: ColumnElement[Any], described: Column, given: Sequence[Any]) -> ColumnElement[bool]:
    return column.ilike(f"{escape(given[0])}%")


def _is_text(column: ColumnElement[Any], described: Column, given: Sequence[Any]) -> ColumnElement[bool]:
    term = given[0]
    if described.kind == "code":
        # A plain comparison can use the unique index; codes are written in one case throughout.
        return column.in_(list(dict.fromkeys((term, term.upper(), term.lower()))))
    return column.ilike(escape(term))


def _no_text(column: ColumnElement[Any], described: Column, given: Sequence[Any]) -> ColumnElement[bool]:
    return sa.or_(column.is_(None), column == "")


def _some_text(column: ColumnElement[Any], described: Column, given: Sequence[Any]) -> ColumnElement[bool]:
    return column != ""


def _equal(column: ColumnElement[Any], described: Column, given: Sequence[Any]) -> ColumnElement[bool]:
    return column == _bound(described, given[0])


def _different(column: ColumnElement[Any], described: Column, given: Sequence[Any]) -> ColumnElement[bool]:
    # An empty field is not 5 either.
    return column.is_distinct_from(_bound(described, given[0]))


def _less(column: ColumnElement[Any], described: Column, given: Sequence[Any]) -> ColumnElement[bool]:
    return column < _bound(described, given[0])


def _more(column: ColumnElement[Any], described: Column, given: Sequence[Any]) -> ColumnElement[bool]:
    return column > _bound(described, given[0])


def _between(column: ColumnElement[Any], described: Column, given: Sequence[Any]) -> ColumnElement[bool]:
    first, last = (_bound(described, value) for value in given)
    return sa.and_(column >= first, column <= last)


def _empty(column: ColumnElement[Any], described: Column, given: Sequence[Any]) -> ColumnElement[bool]:
    return column.is_(None)


def _filled(column: ColumnElement[Any], described: Column, given: Sequence[Any]) -> ColumnElement[bool]:
    return column.is_not(None)


def _yes(column: ColumnElement[Any], described: Column, given: Sequence[Any]) -> ColumnElement[bool]:
    return column.is_(True)


def _no(column: ColumnElement[Any], described: Column, given: Sequence[Any]) -> ColumnElement[bool]:
    return column.is_not(True)


def _any_of(column: ColumnElement[Any], described: Column, given: Sequence[Any]) -> ColumnElement[bool]:
    return column.in_(given)


def _none_of(column: ColumnElement[Any], described: Column, given: Sequence[Any]) -> ColumnElement[bool]:
    return sa.or_(column.is_(None), column.not_in(given))


def _no_words(column: ColumnElement[Any], described: Column, given: Sequence[Any]) -> ColumnElement[bool]:
    return column == sa.literal_column("'[]'::jsonb")


def _some_words(column: ColumnElement[Any], described: Column, given: Sequence[Any]) -> ColumnElement[bool]:
    return column != sa.literal_column("'[]'::jsonb")


def _has_word(column: ColumnElement[Any], described: Column, given: Sequence[Any]) -> ColumnElement[bool]:
    return column.op("@>", is_comparison=True)(sa.cast([given[0]], JSONB))


def _bound(described: Column, value: Any) -> ColumnElement[Any]:
    """A value with its SQL type said, so that PostgreSQL has nothing to guess."""
    types: dict[type, Any] = {
        dt.datetime: sa.DateTime(timezone=True),
        dt.date: sa.Date(),
        dt.time: sa.Time(),
        int: sa.BigInteger(),
    }
    type_ = types.get(type(value), sa.Numeric())
    return sa.cast(sa.literal(value, type_), type_)


# --- days and periods: where a day begins is the database session's time zone -----------------------------------------


def _day(described: Column, text: str) -> ColumnElement[Any]:
    """An SQL date as a limit for a column of days or of moments."""
    return sa.literal_column(
        f"({text})::timestamptz" if described.kind == "moment" else f"({text})::date", sa.DateTime(timezone=True)
    )


def _start(described: Column, day: dt.date, *, later: int = 0) -> ColumnElement[Any]:
    # The text is made from a date object: nothing of it was typed by anyone.
    return _day(described, f"'{(day + dt.timedelta(days=later)).isoformat()}'::date")


def _on(column: ColumnElement[Any], described: Column, given: Sequence[Any]) -> ColumnElement[bool]:
    return _days(column, described, given[0], given[0])


def _days(column: ColumnElement[Any], described: Column, first: dt.date, last: dt.date) -> ColumnElement[bool]:
    return sa.and_(column >= _start(described, first), column < _start(described, last, later=1))


def _before(column: ColumnElement[Any], described: Column, given: Sequence[Any]) -> ColumnElement[bool]:
    return column < _start(described, given[0])


def _after(column: ColumnElement[Any], described: Column, given: Sequence[Any]) -> ColumnElement[bool]:
    return column >= _start(described, given[0], later=1)


def _between_days(column: ColumnElement[Any], described: Column, given: Sequence[Any]) -> ColumnElement[bool]:
    return _days(column, described, *given)


PERIODS: dict[str, tuple[str, str, str]] = {
    "today": ("Today", "current_date", "current_date + 1"),
    "yesterday": ("Yesterday", "current_date - 1", "current_date"),
    "tomorrow": ("Tomorrow", "current_date + 1", "current_date + 2"),
    "last-7-days": ("Last 7 days", "current_date - 6", "current_date + 1"),
    "last-30-days": ("Last 30 days", "current_date - 29", "current_date + 1"),
    "next-7-days": ("Next 7 days", "current_date", "current_date + 7"),
    "this-week": ("This week", "date_trunc('week', current_date)::date", "date_trunc('week', current_date)::date + 7"),
    "last-week": ("Last week", "date_trunc('week', current_date)::date - 7", "date_trunc('week', current_date)::date"),
    "this-month": (
        "This month",
        "date_trunc('month', current_date)",
        "date_trunc('month', current_date) + interval '1 month'",
    ),
    "last-month": (
        "Last month",
        "date_trunc('month', current_date) - interval '1 month'",
        "date_trunc('month', current_date)",
    ),
    "this-year": (
        "This year",
        "date_trunc('year', current_date)",
        "date_trunc('year', current_date) + interval '1 year'",
    ),
    "last-year": (
        "Last year",
        "date_trunc('year', current_date) - interval '1 year'",
        "date_trunc('year', current_date)",
    ),
}
"""Name in the URL → what people read, first day, day after the last."""


def _within(column: ColumnElement[Any], described: Column, given: Sequence[Any]) -> ColumnElement[bool]:
    _, first, after = PERIODS[given[0]]
    return sa.and_(column >= _day(described, first), column < _day(described, after))


# --- the table ---------------------------------------------------------------------------------------------------------

_TEXT = (
    Operator("contains", "contains", "one", _contains, "text"),
    Operator("starts", "starts with", "one", _starts, "text"),
    Operator("is", "is", "one", _is_text, "text"),
    Operator("empty", "is empty", "nothing", _no_text),
    Operator("filled", "is not empty", "nothing", _some_text),
)
_EMPTY = (Operator("empty", "is empty", "nothing", _empty), Operator("filled", "is not empty", "nothing", _filled))
_NUMBER = (
    Operator("eq", "=", "one", _equal),
    Operator("ne", "≠", "one", _different),
    Operator("lt", "<", "one", _less),
    Operator("gt", ">", "one", _more),
    Operator("between", "is between", "two", _between),
    *_EMPTY,
)
_DAY = (
    Operator("on", "is on", "one", _on, "day"),
    Operator("before", "is before", "one", _before, "day"),
    Operator("after", "is after", "one", _after, "day"),
    Operator("between", "is between", "two", _between_days, "day"),
    Operator("within", "is within", "one", _within, "period"),
    *_EMPTY,
)
_TIME = (
    Operator("eq", "is at", "one", _equal),
    Operator("lt", "is before", "one", _less),
    Operator("gt", "is after", "one", _more),
    *_EMPTY,
)
_FLAG = (Operator("yes", "is yes", "nothing", _yes), Operator("no", "is no", "nothing", _no))
_SET = (Operator("any", "is any of", "many", _any_of), Operator("none", "is none of", "many", _none_of), *_EMPTY)
_STORED = (
    Operator("empty", "is empty", "nothing", _no_text),
    Operator("filled", "is not empty", "nothing", _some_text),
)
_WORDS = (
    Operator("has", "has the word", "one", _has_word, "text"),
    Operator("empty", "is empty", "nothing", _no_words),
    Operator("filled", "is not empty", "nothing", _some_words),
)

OPERATORS: Mapping[str, tuple[Operator, ...]] = {
    **dict.fromkeys(("text", "long_text", "code", "email", "phone", "url", "colour", "entity"), _TEXT),
    **dict.fromkeys(("money", "cost", "quantity", "percent", "whole"), _NUMBER),
    **dict.fromkeys(("date", "moment"), _DAY),
    **dict.fromkeys(("choice", "link", "record"), _SET),
    **dict.fromkeys(("picture", "file"), _STORED),
    "time": _TIME,
    "flag": _FLAG,
    "tags": _WORDS,
    "id": _SET[:2],
}
"""The operators of each kind of column; a kind that is missing here can't be filtered by."""


def operators(column: Column) -> tuple[Operator, ...]:
    """What a column can be compared with; nothing for structures and secrets."""
    return () if column.secret else OPERATORS.get(column.kind, ())


# --- reading what was asked ---------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Filter:
    """One condition of a list.

    values    as they stand in the URL
    operands  the same, understood
    """

    column: str
    operator: Operator
    values: tuple[str, ...] = ()
    operands: tuple[Any, ...] = ()

    def condition(self, column: ColumnElement[Any], described: Column) -> ColumnElement[bool]:
        """The condition on the column of a table or an alias of it."""
        return self.operator.build(column, described, self.operands)


def read(name: str, described: Column, operator: str, given: Sequence[str]) -> list[Filter]:
    """The filters that `f.<group>.<name>.<operator>=…` asks for; an empty value asks for nothing.

    Raises BadRequest with a sentence for what does not fit the column.
    """
    known = {found.name: found for found in operators(described)}
    if operator not in known:
        raise BadRequest(
            f"“{clip(name)}” can be filtered by: {', '.join(known)}."
            if known
            else f"A list can't be filtered by “{clip(name)}”."
        )
    found = known[operator]
    if found.takes == "nothing":
        return [Filter(name, found, ("1",))]
    given = [clean(value) for value in given]
    given = [value for value in given if value]
    return [_filter(name, described, found, several) for several in _grouped(name, found, given)]


def _grouped(name: str, operator: Operator, given: list[str]) -> list[list[str]]:
    """The values of each filter: one each, all together, or pairs written `10..20` or as two values."""
    if operator.takes == "one" or not given:
        return [[value] for value in given]
    if operator.takes == "many":
        many = list(dict.fromkeys(part for value in given for part in value.split(",") if part))
        if len(many) > MOST_VALUES:
            raise BadRequest(f"“{clip(name)}” can be filtered by at most {MOST_VALUES} values.")
        return [many] if many else []
    pairs = [value.split("..") for value in given] if all(".." in value for value in given) else [given]
    if any(len(pair) != 2 or not all(pair) for pair in pairs):
        raise BadRequest(f"“{clip(name)}” needs two values to be between.")
    return pairs


def _filter(name: str, described: Column, operator: Operator, given: list[str]) -> Filter:
    operands = tuple(_operand(name, described, operator, value) for value in given)
    shown = ("..".join(given),) if operator.takes == "two" else tuple(given)
    return Filter(name, operator, shown, operands)


def _operand(name: str, described: Column, operator: Operator, value: str) -> Any:
    if operator.reads == "text":
        return value
    if operator.reads == "period":
        if value not in PERIODS:
            raise BadRequest(f"“{clip(name)}” can be within: {', '.join(PERIODS)}.")
        return value
    wanted = Column("date") if operator.reads == "day" else replace(described, least=None, most=None, required=False)
    try:
        return values.parse(wanted, value)
    except ValueError as error:
        raise BadRequest(f"“{clip(value)}” does not fit “{clip(name)}”. {error}") from None


def clean(value: str, *, longest: int = LONGEST) -> str:
    """A value from outside, trimmed. Raises BadRequest when PostgreSQL could not take it or it is too long."""
    if len(value) > longest:
        raise BadRequest(f"A value to look for has at most {longest} characters.")
    if "\x00" in value or not _encodable(value):
        raise BadRequest("A value to look for contains a character that can't be stored.")
    return value.strip()


def _encodable(value: str) -> bool:
    try:
        value.encode()
    except UnicodeEncodeError:
        return False
    return True


def clip(text: str) -> str:
    """Something a person sent, short enough to be repeated in a sentence and safe in any encoding."""
    plain = text.encode(errors="replace").decode()
    plain = "".join(letter for letter in plain if letter.isprintable())
    return plain if len(plain) <= 40 else plain[:40] + "…"
