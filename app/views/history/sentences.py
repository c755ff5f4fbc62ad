"""Sentences: a change as people say it, “changed Price from 12.00 to 13.50”, and its fields as a table."""

from __future__ import annotations

import contextlib
import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Final
from uuid import UUID

from markupsafe import Markup

from app.core import columns, entity, values
from app.core.columns import Column
from app.core.entity import Entity
from app.core.rows import Row
from app.services.history import names
from app.services.history.deeds import Deed, Difference, Told
from app.services.history.names import Names
from app.views import cells, paths, sections, words

THROUGH: Final[Mapping[str, str]] = {
    "screen": "",
    "api": "through the API",
    "import": "by an import",
    "terminal": "at a till",
    "sql": "in the database",
    "system": "",
}
"""Where a change came from, as the end of a sentence; what people do on screens goes without saying."""

NOT_SAID: Final = frozenset({"long_text", "structure", "differences", "picture", "file", "tags"})
"""Kinds whose values are too long for a sentence: they stand in the table below it."""

NOTHING: Final = Markup('<span class="cell-meant">nothing</span>')
BEGAN: Final = frozenset({"created", "restored", "came"})
ENDED: Final = frozenset({"deleted", "left"})
"""Ways before and after which there is no record for the reader."""

NAMED: Final = 3
"""Fields that a sentence names; of the rest it says how many there are."""


@dataclass(frozen=True)
class Field:
    """One field of a change, as it is shown; `label` is empty where the sentence beside it names the field."""

    label: str
    old: Markup
    new: Markup


@dataclass(frozen=True)
class Line:
    """One change as it is shown.

    words    what was done, to follow a name: “changed Price from …”
    fields   the same as a table; empty where the words say it all
    """

    words: Markup
    fields: tuple[Field, ...]
    at: dt.datetime
    url: str | None


@dataclass(frozen=True)
class Shown:
    """A deed as it is shown: who, what, when, from where, and its changes where there are several."""

    by: str
    words: Markup
    at: dt.datetime
    through: str
    icon: str
    fields: tuple[Field, ...]
    lines: tuple[Line, ...]
    more: int
    key: str


ICONS: Final[Mapping[str, str]] = {
    "created": "plus",
    "restored": "arrow-back-up",
    "changed": "pencil",
    "deleted": "trash",
    "came": "arrow-right",
    "left": "arrow-right",
}


def shown(deed: Deed, known: Names, *, about: tuple[type[Entity], UUID] | None = None) -> Shown:
    """A deed in words; `about` is the record whose page it stands on, which is not named again."""
    lines = tuple(line(one, known, about=about) for one in deed.told)
    first = deed.told[0]
    alone = deed.count == 1
    return Shown(
        by=deed.by,
        words=lines[0].words if alone else _together(deed, lines, known, about),
        at=deed.at,
        through=THROUGH.get(deed.source, ""),
        icon=ICONS[first.way] if alone else "list-details",
        fields=lines[0].fields if alone else (),
        lines=() if alone else lines,
        more=deed.count - len(deed.told),
        key=deed.key,
    )


def line(told: Told, known: Names, *, about: tuple[type[Entity], UUID] | None = None) -> Line:
    """One change in words and as a table."""
    fields = tuple(_field(told, found.column, found.old, found.new, known) for found in told.differences)
    here = about is not None and (told.entity, told.change.record_id) == about
    said = _words(told, fields, known, None if here else _name(told))
    if told.way == "changed" and len(fields) == 1:
        is_all = _sayable(told, told.differences[0].column)
        fields = () if is_all else (replace(fields[0], label=""),)
    return Line(
        said,
        fields,
        told.change.at,
        paths.of_record(told.entity, told.change.record_id) if told.here else None,
    )


def of_column(told: Told, column: str, known: Names) -> Field:
    """What a change did to one column."""
    found = next((each for each in told.differences if each.column == column), None)
    return _field(told, column, found.old if found else None, found.new if found else None, known)


def plain(told: Told, found: Difference, known: Names) -> tuple[str, str]:
    """Before and after as plain text, for a file."""
    return _plain(told, found.column, found.old, known), _plain(told, found.column, found.new, known)


def _plain(told: Told, column: str, stored: Any, known: Names) -> str:
    if _is_nothing(stored):
        return ""
    described = sections.described(told.entity, column)
    if described.kind in columns.NUMERIC or described.kind in ("date", "moment", "time", "long_text", "text"):
        return str(stored)
    return value(told.entity, column, stored, told.change.diff, known).striptags()


def _together(deed: Deed, lines: tuple[Line, ...], known: Names, about: tuple[type[Entity], UUID] | None) -> Markup:
    """What several changes of one deed have in common; a document's own change comes before those of its lines."""
    own = next((n for n, told in enumerate(deed.told) if (told.entity, told.change.record_id) == about), None)
    own = _document(deed.told) if own is None else own
    if own is not None:
        others = {told.entity for n, told in enumerate(deed.told) if n != own}
        rest = deed.count - 1
        kind = next(iter(others)) if len(others) == 1 else None
        what = words.inline((entity.label_of if rest == 1 else entity.plural_of)(kind)) if kind else "other changes"
        return Markup("{}, with {:,} {}").format(lines[own].words, rest, what)
    kinds = {told.entity for told in deed.told}
    ways = {told.way for told in deed.told}
    if len(kinds) > 1 or len(ways) > 1:
        return Markup("made {:,} changes at once").format(deed.count)
    many = Markup("{:,} {}").format(deed.count, words.inline(entity.plural_of(next(iter(kinds)))))
    way = next(iter(ways))
    if way == "changed" and len({tuple(found.column for found in told.differences) for told in deed.told}) == 1:
        return _one_field_of(many, deed, known)
    return Markup(MANY[way]).format(many)


def _one_field_of(many: Markup, deed: Deed, known: Names) -> Markup:
    """The same fields of several records: what they became, where that is the same and can be said."""
    told = deed.told[0]
    if len(told.differences) != 1:
        return Markup(MANY["changed"]).format(many)
    found = told.differences[0]
    field = _field(told, found.column, found.old, found.new, known)
    is_same = len({repr(each.differences[0].new) for each in deed.told}) == 1
    if is_same and _sayable(told, found.column) and found.new is not None:
        return Markup("set <b>{}</b> of {} to <bdi>{}</bdi>").format(field.label, many, field.new)
    return Markup("changed <b>{}</b> of {}").format(field.label, many)


def _document(told: Sequence[Told]) -> int | None:
    """Which of these is the one document that all others are lines of."""
    kinds = {one.entity for one in told}
    for number, one in enumerate(told):
        parts = {part for part, _ in entity.parts_of(one.entity)}
        if parts and kinds - {one.entity} and kinds - {one.entity} <= parts:
            return number if sum(each.entity is one.entity for each in told) == 1 else None
    return None


MANY: Final[Mapping[str, str]] = {
    "created": "created {}",
    "restored": "restored {}",
    "changed": "changed {}",
    "deleted": "deleted {}",
    "came": "brought {} here from elsewhere",
    "left": "moved {} elsewhere",
}


def _words(told: Told, fields: tuple[Field, ...], known: Names, name: Markup | None) -> Markup:
    this = name or Markup("this {}").format(words.inline(entity.label_of(told.entity)))
    if told.way != "changed":
        return Markup(MANY[told.way]).format(this)
    of = Markup(" of {}").format(name) if name else Markup("")
    if len(fields) == 1:
        return _one(told, fields[0], of)
    labels = [Markup("<b>{}</b>").format(field.label) for field in fields[:NAMED]]
    rest = len(fields) - len(labels)
    listed = (
        Markup(", ").join(labels[:-1]) + Markup(" and ") + labels[-1]
        if not rest and labels
        else Markup(", ").join(labels)
    )
    return Markup("changed {}{}{}").format(listed, Markup(" and {} more").format(rest) if rest else "", of)


def _one(told: Told, field: Field, of: Markup) -> Markup:
    """A change of one field: from what to what, where that can be said in a sentence."""
    found = told.differences[0]
    if not _sayable(told, found.column):
        return Markup("changed <b>{}</b>{}").format(field.label, of)
    if sections.described(told.entity, found.column).kind == "flag":
        return Markup("switched <b>{}</b>{} {}").format(field.label, of, "on" if found.new else "off")
    if _is_nothing(found.old):
        return Markup("set <b>{}</b>{} to <bdi>{}</bdi>").format(field.label, of, field.new)
    if _is_nothing(found.new):
        return Markup("cleared <b>{}</b>{}, which was <bdi>{}</bdi>").format(field.label, of, field.old)
    told = (field.label, of, field.old, field.new)
    return Markup("changed <b>{}</b>{} from <bdi>{}</bdi> to <bdi>{}</bdi>").format(*told)


def _sayable(told: Told, column: str) -> bool:
    return sections.described(told.entity, column).kind not in NOT_SAID


def _is_nothing(stored: Any) -> bool:
    return stored in (None, "", [], {})


def _name(told: Told) -> Markup:
    kind = words.inline(entity.label_of(told.entity))
    if not told.here:
        return Markup("{} <b>{}</b>").format(kind, told.title)
    return Markup('{} <a href="{}">{}</a>').format(
        kind, paths.of_record(told.entity, told.change.record_id), told.title
    )


def _field(told: Told, column: str, old: Any, new: Any, known: Names) -> Field:
    was, became = (value(told.entity, column, one, told.change.diff, known) for one in (old, new))
    # Where there was no record, an empty field means nothing: it was not "All locations".
    if told.way in BEGAN:
        was = NOTHING
    elif told.way in ENDED:
        became = NOTHING
    return Field(sections.label(told.entity, column), was, became)


def value(entity_cls: type[Entity], name: str, stored: Any, diff: Mapping[str, Any], known: Names) -> Markup:
    """A value as the feed keeps it, for people: linked records by their names, amounts with their sign."""
    column = sections.described(entity_cls, name)
    if _is_nothing(stored):
        return Markup('<span class="cell-meant">{}</span>').format(column.nothing or "nothing")
    if column.kind in ("link", "record"):
        return _linked(entity_cls, name, stored, diff, known)
    if column.kind in ("picture", "file"):
        return Markup('<span class="cell-meant">{}</span>').format(cells.UNNAMED[column.kind])
    if column.kind == "flag":
        return Markup("yes" if stored else "no")
    shown = cells.render(entity_cls, Row(cells.NO_ID, 0, {name: _parsed(column, stored)}), name, column, full=True)
    return words.money(entity_cls, name, shown)


def cell(entity_cls: type[Entity], name: str, shown: str | None) -> Markup:
    """A cell of a record that stands in a table of differences."""
    if shown is None or shown == str(cells.NOTHING):
        nothing = sections.described(entity_cls, name).nothing
        return Markup('<span class="cell-meant">{}</span>').format(nothing or "nothing")
    return words.money(entity_cls, name, shown)


def _linked(entity_cls: type[Entity], name: str, stored: Any, diff: Mapping[str, Any], known: Names) -> Markup:
    target = names.target_of(entity_cls, name, diff)
    title = known.title(target, UUID(str(stored))) if target else None
    if target is None or title is None:
        kind = words.inline(entity.label_of(entity.named(target))) if target else "record"
        return Markup('<span class="cell-meant">another {}</span>').format(kind)
    if not known.here(target, UUID(str(stored))):
        return Markup("{}").format(title)
    return Markup('<a href="{}">{}</a>').format(paths.of_record(entity.named(target), stored), title)


def _parsed(column: Column, stored: Any) -> Any:
    with contextlib.suppress(ValueError):  # what was stored by older rules is shown as it was
        return values.parse(column, stored)
    return columns.spoken(str(stored)) if column.kind == "choice" else stored
