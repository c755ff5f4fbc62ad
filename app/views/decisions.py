"""Decisions: the fields that two people changed, side by side, for the person who saves last."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from markupsafe import Markup, escape

from app.core import entity, merge
from app.core.actor import Actor
from app.core.columns import Column
from app.core.entity import Entity
from app.core.errors import Conflict, FieldChange
from app.core.rows import Row
from app.views import cells, fields, lines, picking, sections
from app.views.fields import Box
from app.views.lines import Grid, GridLine

PREFIX = "decide."
"""Before the name of a field that is filled in by hand in the dialog."""

REMOVED = Markup('<span class="cell-meant">Line removed</span>')

UPLOADED = {"base": "The file before", "mine": "Your file", "theirs": "Their file"}


@dataclass(frozen=True)
class Decision:
    """One field in conflict.

    name      the form's field; of a whole line, where its fields begin: `child.order_line.2.`
    take      for a whole line, what taking theirs does to it: remove, or restore; else empty
    raw       theirs as the form's field carries it, as JSON, and `title`, how a linked record is called
    box       the field again, to be filled in by hand; a whole line and a file have none
    """

    name: str
    label: str
    base: Markup
    mine: Markup
    theirs: Markup
    told: FieldChange | None = None
    take: str = ""
    raw: str = ""
    title: str = ""
    box: Box | None = None


@dataclass(frozen=True)
class _Side:
    """Whose fields these are: the record's own, or a line's."""

    actor: Actor
    entity_cls: type[Entity]
    about: str = ""

    def shown(self, column: Column, name: str, side: str, value: Any, box: Box | None = None) -> Markup:
        """A value as people read it; what is linked by its name, without a link to click on by mistake."""
        if value is None or value == "" or value == []:
            return cells.NOTHING
        if column.kind in fields.UPLOADS:
            return escape(UPLOADED[side])
        if column.kind in ("link", "record"):
            return escape(_title(self.actor, column, value, box))
        if column.kind in ("email", "phone", "url"):
            return escape(value)
        row = Row(UUID(int=0), 0, {name: value})
        return cells.render(self.entity_cls, row, name, column, full=True)


def of(actor: Actor, entity_cls: type[Entity], form: Any, grids: Iterable[Grid], error: Conflict) -> list[Decision]:
    """One decision per field in conflict, in the order of the page; `form` and `grids` stand on the stored record."""
    own = [
        _field(_Side(actor, entity_cls), box, box.short_name, error) for box in form if box.short_name in error.theirs
    ]
    return [*own, *(decision for grid in grids for decision in _of_grid(actor, grid, error))]


def headline(found: list[Decision]) -> str:
    """Who changed what as well, over all of it."""
    people = {decision.told.by for decision in found if decision.told is not None}
    everyone = len(people) == 1 and all(decision.told for decision in found)
    who = next(iter(people)) if everyone else "Someone else" if len(found) == 1 else "Colleagues"
    return f"{who} changed {found[0].label if len(found) == 1 else f'{len(found)} of your fields'}, too"


def told(actor: Actor, entity_cls: type[Entity], error: Conflict) -> list[dict[str, str]]:
    """Both sides of a record's fields in conflict as people read them: for a row of a bulk edit."""
    side, columns = _Side(actor, entity_cls), entity.columns_of(entity_cls)
    return [
        {
            "label": sections.label(entity_cls, name),
            "mine": side.shown(column, name, "mine", merge.read(column, error.mine[name])),
            "theirs": side.shown(column, name, "theirs", theirs),
        }
        for name, theirs in error.theirs.items()
        for column in [columns[name].info["column"]]
    ]


def _of_grid(actor: Actor, grid: Grid, error: Conflict) -> Iterator[Decision]:
    for line in grid.lines:
        if line.sent is None:
            continue
        key, label = f"{grid.name}.{line.sent}", lines.named(grid, line)
        if key in error.theirs:
            yield _line(actor, grid, line, key, label, error)
        side = _Side(actor, grid.entity_cls, f"{label}, ")
        for box in line.form:
            if f"{key}.{box.short_name}" in error.theirs:
                yield _field(side, box, f"{key}.{box.short_name}", error)


def _field(side: _Side, box: Any, key: str, error: Conflict) -> Decision:
    name, column = box.short_name, box.column
    mine, theirs = (merge.read(column, error.mine[key]), error.theirs[key])
    by_hand = None if column.kind in (*fields.UPLOADS, "link", "record") else _by_hand(side.entity_cls, box)
    return Decision(
        box.name,
        side.about + str(box.label.text),
        side.shown(column, name, "base", error.base.get(key)),
        side.shown(column, name, "mine", mine, box),
        side.shown(column, name, "theirs", theirs),
        next((change for change in error.changes if change.field == key), None),
        raw=json.dumps(fields.as_raw(column, theirs), ensure_ascii=False),
        title=_title(side.actor, column, theirs) if column.kind == "link" and theirs else "",
        box=by_hand,
    )


def _by_hand(entity_cls: type[Entity], box: Any) -> Box:
    """The field once more, with what was typed in it, under a name of its own."""
    form = fields.empty(entity_cls, [box.short_name], prefix=f"{PREFIX}{box.name.removesuffix(box.short_name)}")
    again: Box = form[box.short_name]
    again.fill(None)
    again.data = box.data
    again.id = f"decide-{box.id}"
    again.label.field_id = again.id
    return again


def _line(actor: Actor, grid: Grid, line: GridLine, key: str, label: str, error: Conflict) -> Decision:
    theirs, mine = error.theirs[key], error.mine[key]
    side = _Side(actor, grid.entity_cls)
    return Decision(
        f"child.{grid.name}.{line.index}.",
        label,
        _values(side, error.base.get(key), "base"),
        REMOVED if mine is None else _values(side, mine, "mine"),
        REMOVED if theirs is None else _values(side, theirs, "theirs"),
        next((change for change in error.changes if change.field == key), None),
        take="remove" if theirs is None else "restore",
    )


def _values(side: _Side, values: Mapping[str, Any] | None, whose: str) -> Markup:
    """The fields of a line in one breath: Product Chai, Quantity 3."""
    parts = []
    for name, value in (values or {}).items():
        column = sections.described(side.entity_cls, name)
        if column.by_machine or value in (None, "", []):
            continue
        parts.append(
            Markup("<div>{} {}</div>").format(
                sections.label(side.entity_cls, name), side.shown(column, name, whose, merge.read(column, value))
            )
        )
    return Markup("").join(parts) or cells.NOTHING


def _title(actor: Actor, column: Column, value: Any, box: Box | None = None) -> str:
    if box is not None and box.title and box.data == str(value):
        return box.title
    if column.kind != "link":
        return "Another record"
    found = picking.titles(actor, entity.class_named(column.target or ""), fields.ids([value]))
    return next(iter(found.values()), "(not yours to see)")
