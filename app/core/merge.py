"""Merge: what becomes of a field when two people changed it, by one rule per kind of column.

Three values decide: what the person started from (base), what they want (mine) and what is stored now (theirs).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, Literal

from app.core import text_lines, values
from app.core.columns import Column

Side = Literal["mine", "theirs", "same", "both", "conflict"]

Meant = Literal["edit", "set"]
"""What somebody does to a field: they edit the value they see, or they set many records to one value.

Who sets did not start from what stood in this record, so nothing is a difference to that: fifteen means fifteen, these
words mean these and no others. It is written where nobody changed the field since; where somebody did, it is asked.
"""


class _Unknown:
    """A base that nobody knows any more: its history is gone, or not the person's to see."""

    def __repr__(self) -> str:
        return "unknown"


UNKNOWN = _Unknown()


@dataclass(frozen=True)
class Verdict:
    """What becomes of one field.

    side    whose value it is: mine, theirs, both wanted the same, both are in it, or a person has to decide
    value   the value to store; of a conflict there is none
    """

    side: Side
    value: Any = None


CONFLICT = Verdict("conflict")

Joining = Callable[[Column, Any, Any, Any], Verdict]


@dataclass(frozen=True)
class Rule:
    """How both sides of one kind of value are joined, and what is said when they were.

    join        gets the column, base, mine and theirs, all of them different
    sentence    for {by}, who changed the {label} meanwhile
    equal       the same where {by} did just what the person does: it is one change, and they are told so
    """

    join: Joining
    sentence: str = ""
    equal: str = "{by} made the same change of {label} meanwhile."


def decide(column: Column, base: Any, mine: Any, theirs: Any, *, meant: Meant = "edit") -> Verdict:
    """Which value one field gets.

    base    what stood there at the version that the person saw, or `UNKNOWN`
    mine    what they want, as `values.parse` gives it
    theirs  what is stored now
    """
    if same(mine, theirs):
        return Verdict("same", theirs)
    if base is UNKNOWN:
        return CONFLICT
    if same(base, theirs):
        return Verdict("mine", mine)
    if meant == "set":
        return CONFLICT
    if same(base, mine):
        return Verdict("theirs", theirs)
    return RULES[column.kind].join(column, base, mine, theirs)


def same(one: Any, other: Any) -> bool:
    """Are these the same value? Nothing and an empty text are."""
    return bool((one if one != "" else None) == (other if other != "" else None))


def read(column: Column, stored: Any) -> Any:
    """A value of the history or of a form, as `values.parse` gives it; what no longer fits the column stays as it is."""
    try:
        return values.parse(column, stored)
    except ValueError:
        return stored


def began(column: Column, said: Any, theirs: Any) -> Any:
    """What somebody says they began with, as `values.parse` gives it; `UNKNOWN` where no such thing can have stood there.

    What is stored now can have, whatever the column has become since.
    """
    try:
        return values.parse(column, said)
    except ValueError:
        return said if same(said, None) or same(said, theirs) else UNKNOWN


def _whole(column: Column, base: Any, mine: Any, theirs: Any) -> Verdict:
    return CONFLICT


def _intent(column: Column, base: Any, mine: Any, theirs: Any) -> Verdict:
    """A changed quantity means “five more”, not “fifteen”: the difference goes on top of theirs."""
    if not all(isinstance(value, Decimal | int) and not isinstance(value, bool) for value in (base, mine, theirs)):
        return CONFLICT
    return _fitting(column, theirs + (mine - base))


def _members(column: Column, base: Any, mine: Any, theirs: Any) -> Verdict:
    """What either side took away goes, what either side added is in it."""
    lists = [words for words in (base, mine, theirs) if isinstance(words, list)]
    if len(lists) < 3 or not all(isinstance(word, str) for words in lists for word in words):
        return CONFLICT
    kept = [word for word in base if word in mine and word in theirs]
    added = [word for word in [*theirs, *mine] if word not in base]
    return _fitting(column, list(dict.fromkeys([*kept, *added])))


def _by_line(column: Column, base: Any, mine: Any, theirs: Any) -> Verdict:
    """Changes of different lines go together; of the same line, or new lines at the same place, they don't."""
    texts = [value or "" for value in (base, mine, theirs)]
    if not all(isinstance(text, str) for text in texts):
        return CONFLICT
    joined = text_lines.joined(*texts)
    return CONFLICT if joined is None else _fitting(column, joined)


def _fitting(column: Column, value: Any) -> Verdict:
    """The joined value, if it is one that a person could have typed."""
    try:
        return Verdict("both", values.parse(column, value))
    except ValueError:
        return CONFLICT


WHOLE = Rule(_whole)
INTENT = Rule(
    _intent,
    "{by} changed {label} from {base} to {theirs} meanwhile; with your change it is {value}.",
    "{by} set {label} to the same meanwhile: it is {value}, the two were not added up.",
)
MEMBERS = Rule(_members, "{by}'s words in {label} were kept beside yours.")
LINES = Rule(_by_line, "{by} changed other lines of {label}: both are in it now.")

RULES: dict[str, Rule] = {
    "text": WHOLE,
    "long_text": LINES,
    "code": WHOLE,
    "email": WHOLE,
    "phone": WHOLE,
    "url": WHOLE,
    "money": WHOLE,
    "cost": WHOLE,
    "quantity": INTENT,
    "percent": WHOLE,
    "whole": WHOLE,
    "flag": WHOLE,
    "choice": WHOLE,
    "date": WHOLE,
    "moment": WHOLE,
    "time": WHOLE,
    "colour": WHOLE,
    "link": WHOLE,
    "record": WHOLE,
    "entity": WHOLE,
    "picture": WHOLE,
    "file": WHOLE,
    "structure": WHOLE,
    "differences": WHOLE,
    "tags": MEMBERS,
    "secret": WHOLE,
    "id": WHOLE,
}
"""Kind of column → what happens when both sides changed it, each in another way. A quantity adds up; a price does not:
two people who set a price meant that price."""
