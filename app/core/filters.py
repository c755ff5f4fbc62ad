"""What a list can be narrowed by: each kind of column has its operators, and each operator is a row of a table."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Literal

from sqlalchemy.sql.elements import ColumnElement

from app.core import comparing, values
from app.core.columns import Column
from app.core.comparing import PERIODS
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


# --- the table ---------------------------------------------------------------------------------------------------------

_TEXT = (
    Operator("contains", "contains", "one", comparing.contains, "text"),
    Operator("starts", "starts with", "one", comparing.starts, "text"),
    Operator("is", "is", "one", comparing.is_text, "text"),
    Operator("empty", "is empty", "nothing", comparing.no_text),
    Operator("filled", "is not empty", "nothing", comparing.some_text),
)
_EMPTY = (
    Operator("empty", "is empty", "nothing", comparing.empty),
    Operator("filled", "is not empty", "nothing", comparing.filled),
)
_NUMBER = (
    Operator("eq", "=", "one", comparing.equal),
    Operator("ne", "≠", "one", comparing.different),
    Operator("lt", "<", "one", comparing.less),
    Operator("gt", ">", "one", comparing.more),
    Operator("between", "is between", "two", comparing.between),
    *_EMPTY,
)
_DAY = (
    Operator("on", "is on", "one", comparing.on, "day"),
    Operator("before", "is before", "one", comparing.before, "day"),
    Operator("after", "is after", "one", comparing.after, "day"),
    Operator("between", "is between", "two", comparing.between_days, "day"),
    Operator("within", "is within", "one", comparing.within, "period"),
    *_EMPTY,
)
_TIME = (
    Operator("eq", "is at", "one", comparing.equal),
    Operator("lt", "is before", "one", comparing.less),
    Operator("gt", "is after", "one", comparing.more),
    *_EMPTY,
)
_FLAG = (Operator("yes", "is yes", "nothing", comparing.yes), Operator("no", "is no", "nothing", comparing.no))
_SET = (
    Operator("any", "is any of", "many", comparing.any_of),
    Operator("none", "is none of", "many", comparing.none_of),
    *_EMPTY,
)
_STORED = (
    Operator("empty", "is empty", "nothing", comparing.no_text),
    Operator("filled", "is not empty", "nothing", comparing.some_text),
)
_WORDS = (
    Operator("has", "has the word", "one", comparing.has_word, "text"),
    Operator("empty", "is empty", "nothing", comparing.no_words),
    Operator("filled", "is not empty", "nothing", comparing.some_words),
)

OPERATORS: Mapping[str, tuple[Operator, ...]] = {
    **dict.fromkeys(("text", "long_text", "code", "email", "phone", "url", "colour"), _TEXT),
    **dict.fromkeys(("money", "cost", "quantity", "percent", "whole"), _NUMBER),
    **dict.fromkeys(("date", "moment"), _DAY),
    **dict.fromkeys(("choice", "link", "record", "entity"), _SET),
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
