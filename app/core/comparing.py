"""How each comparison of a list's filters reads in SQL."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.sql.elements import ColumnElement

from app.core.columns import Column


def escape(term: str) -> str:
    """A text for use inside a LIKE pattern: its own wildcards mean themselves."""
    return term.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")


def contains(column: ColumnElement[Any], described: Column, given: Sequence[Any]) -> ColumnElement[bool]:
    return column.ilike(f"%{escape(given[0])}%")


def starts(column: ColumnElement[Any], described: Column, given: Sequence[Any]) -> ColumnElement[bool]:
    return column.ilike(f"{escape(given[0])}%")


def is_text(column: ColumnElement[Any], described: Column, given: Sequence[Any]) -> ColumnElement[bool]:
    term = given[0]
    if described.kind == "code":
        # A plain comparison can use the unique index; codes are written in one case throughout.
        return column.in_(list(dict.fromkeys((term, term.upper(), term.lower()))))
    return column.ilike(escape(term))


def no_text(column: ColumnElement[Any], described: Column, given: Sequence[Any]) -> ColumnElement[bool]:
    return sa.or_(column.is_(None), column == "")


def some_text(column: ColumnElement[Any], described: Column, given: Sequence[Any]) -> ColumnElement[bool]:
    return column != ""


def equal(column: ColumnElement[Any], described: Column, given: Sequence[Any]) -> ColumnElement[bool]:
    return column == bound(described, given[0])


def different(column: ColumnElement[Any], described: Column, given: Sequence[Any]) -> ColumnElement[bool]:
    # An empty field is not 5 either.
    return column.is_distinct_from(bound(described, given[0]))


def less(column: ColumnElement[Any], described: Column, given: Sequence[Any]) -> ColumnElement[bool]:
    return column < bound(described, given[0])


def more(column: ColumnElement[Any], described: Column, given: Sequence[Any]) -> ColumnElement[bool]:
    return column > bound(described, given[0])


def between(column: ColumnElement[Any], described: Column, given: Sequence[Any]) -> ColumnElement[bool]:
    first, last = (bound(described, value) for value in given)
    return sa.and_(column >= first, column <= last)


def empty(column: ColumnElement[Any], described: Column, given: Sequence[Any]) -> ColumnElement[bool]:
    return column.is_(None)


def filled(column: ColumnElement[Any], described: Column, given: Sequence[Any]) -> ColumnElement[bool]:
    return column.is_not(None)


def yes(column: ColumnElement[Any], described: Column, given: Sequence[Any]) -> ColumnElement[bool]:
    return column.is_(True)


def no(column: ColumnElement[Any], described: Column, given: Sequence[Any]) -> ColumnElement[bool]:
    return column.is_not(True)


def any_of(column: ColumnElement[Any], described: Column, given: Sequence[Any]) -> ColumnElement[bool]:
    return column.in_(given)


def none_of(column: ColumnElement[Any], described: Column, given: Sequence[Any]) -> ColumnElement[bool]:
    return sa.or_(column.is_(None), column.not_in(given))


def no_words(column: ColumnElement[Any], described: Column, given: Sequence[Any]) -> ColumnElement[bool]:
    return column == sa.literal_column("'[]'::jsonb")


def some_words(column: ColumnElement[Any], described: Column, given: Sequence[Any]) -> ColumnElement[bool]:
    return column != sa.literal_column("'[]'::jsonb")


def has_word(column: ColumnElement[Any], described: Column, given: Sequence[Any]) -> ColumnElement[bool]:
    return column.op("@>", is_comparison=True)(sa.cast([given[0]], JSONB))


def bound(described: Column, value: Any) -> ColumnElement[Any]:
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


def limit(described: Column, text: str) -> ColumnElement[Any]:
    """An SQL date as a limit for a column of days or of moments."""
    return sa.literal_column(
        f"({text})::timestamptz" if described.kind == "moment" else f"({text})::date", sa.DateTime(timezone=True)
    )


def start(described: Column, day: dt.date, *, later: int = 0) -> ColumnElement[Any]:
    # The text is made from a date object: nothing of it was typed by anyone.
    return limit(described, f"'{(day + dt.timedelta(days=later)).isoformat()}'::date")


def on(column: ColumnElement[Any], described: Column, given: Sequence[Any]) -> ColumnElement[bool]:
    return days(column, described, given[0], given[0])


def days(column: ColumnElement[Any], described: Column, first: dt.date, last: dt.date) -> ColumnElement[bool]:
    return sa.and_(column >= start(described, first), column < start(described, last, later=1))


def before(column: ColumnElement[Any], described: Column, given: Sequence[Any]) -> ColumnElement[bool]:
    return column < start(described, given[0])


def after(column: ColumnElement[Any], described: Column, given: Sequence[Any]) -> ColumnElement[bool]:
    return column >= start(described, given[0], later=1)


def between_days(column: ColumnElement[Any], described: Column, given: Sequence[Any]) -> ColumnElement[bool]:
    return days(column, described, *given)


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


def within(column: ColumnElement[Any], described: Column, given: Sequence[Any]) -> ColumnElement[bool]:
    _, first, after = PERIODS[given[0]]
    return sa.and_(column >= limit(described, first), column < limit(described, after))
