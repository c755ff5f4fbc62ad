"""Lines: the parts of a document as a grid inside its form, saved together with it."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from werkzeug.datastructures import MultiDict
from wtforms.form import BaseForm

from app.core import access, db, entity, rows
from app.core.actor import Actor
from app.core.entity import Entity
from app.core.errors import Invalid
from app.core.rows import Row
from app.services import records
from app.views import cells, fields, sections, words

MOST = 300
"""Lines that one form holds; a longer document is worked on in the lines' own list."""

BLANK = "__line__"
"""Stands for the index in the empty line that the browser copies."""


@dataclass
class GridLine:
    """One line: its fields, and what of it is only shown."""

    index: str
    form: BaseForm
    id: str = ""
    version: str = ""
    removed: bool = False
    shown: Mapping[str, str] = field(default_factory=dict)
    sent: int | None = None
    orphan: bool = False
    row: Row | None = None

    @property
    def problems(self) -> list[str]:
        return [box.problem for box in self.form if box.problem]


@dataclass
class Grid:
    """The lines of one kind that belong to a record.

    too_many  how many there are, where one form can't hold them all
    """

    entity_cls: type[Entity]
    link: str
    columns: tuple[str, ...]
    shown: tuple[str, ...]
    lines: list[GridLine] = field(default_factory=list)
    too_many: int = 0
    may_add: bool = True
    may_remove: bool = True

    @property
    def name(self) -> str:
        return self.entity_cls.entity

    @property
    def title(self) -> str:
        return entity.plural_of(self.entity_cls)

    @property
    def most(self) -> int:
        return MOST

    @property
    def headings(self) -> list[tuple[str, str, bool]]:
        """(column, heading, is it a number) of every column of the grid, the fields first."""
        return [
            (name, sections.label(self.entity_cls, name), sections.described(self.entity_cls, name).numeric)
            for name in self.columns + self.shown
        ]

    @property
    def blank(self) -> GridLine:
        """The empty line that the browser copies for each new one."""
        return GridLine(BLANK, fields.empty(self.entity_cls, self.columns, prefix=prefix(self.name, BLANK)))


def prefix(name: str, index: str) -> str:
    """How the fields of a line are called: `child.order_line.3.`"""
    return f"child.{name}.{index}."


def grids(actor: Actor, parent: type[Entity]) -> list[Grid]:
    """The grids in a parent's form, as far as the actor may see them."""
    found = []
    for class_name in parent.screen.children:
        child = entity.class_named(class_name)
        link = link_to(child, parent)
        if link is None or not access.may(actor, child, "see"):
            continue
        visible, changeable = access.visible(actor, child), access.changeable(actor, child)
        wanted = [sections.resolve(child, name) for name in child.screen.columns] or list(visible)
        required = [name for name in visible if sections.described(child, name).required]
        listed = [
            name
            for name in dict.fromkeys([*wanted, *required])
            if name in visible and name != link and name not in entity.RESERVED
        ]
        columns = tuple(
            name for name in listed if name in changeable and sections.described(child, name).kind not in fields.UPLOADS
        )
        found.append(
            Grid(
                child,
                link,
                columns,
                tuple(name for name in listed if name not in columns),
                may_add=child.screen.writable and access.may(actor, child, "create"),
                may_remove=child.screen.writable and access.may(actor, child, "delete"),
            )
        )
    return found


def link_to(child: type[Entity], parent: type[Entity]) -> str | None:
    """The column of `child` that points to its parent."""
    return next(
        (name for name, column in entity.columns_of(child).items() if column.info["column"].target == parent.__name__),
        None,
    )


def load(actor: Actor, grid: Grid, parent_id: UUID, *, held: Collection[str] = ()) -> Grid:
    """Fill a grid with the stored lines, oldest first.

    held  ids of the lines that the person has before them: of a document with too many lines these are still found
    """
    child = grid.entity_cls
    with db.reading(actor) as session:
        id, link = child.__table__.columns["id"], child.__table__.columns[grid.link]
        ids = list(session.scalars(sa.select(id).where(link == parent_id).order_by(id).limit(MOST + 1)))
        if len(ids) > MOST:
            of_parent = sa.select(sa.func.count()).select_from(child.__table__).where(link == parent_id)
            grid.too_many = session.scalar(of_parent) or 0
            among = sa.select(id).where(link == parent_id, id.in_(fields.ids(held))).order_by(id)
            ids = list(session.scalars(among)) if held else []
        found = rows.by_ids(session, child, ids, grid.columns + grid.shown)
    for number, line_id in enumerate(each for each in ids if each in found):
        row = found[line_id]
        form = fields.filled(child, grid.columns, row.values, row.labels, prefix=prefix(grid.name, str(number)))
        shown = cells.render_cells(child, row, grid.shown, full=True)
        grid.lines.append(GridLine(str(number), form, str(row.id), str(row.version), shown=shown, row=row))
    return grid


def reload(actor: Actor, grid: Grid, parent_id: UUID) -> Grid:
    """The same grid as it is stored now, with every line that is still there of those typed in."""
    return load(actor, bare(grid), parent_id, held={line.id for line in grid.lines if line.id})


def read(grid: Grid, data: MultiDict[str, str]) -> Grid:
    """Fill a grid with what was typed, in the order of the page; how much that may be is said when it is saved."""
    start = f"child.{grid.name}."
    indexes = dict.fromkeys(key[len(start) :].split(".", 1)[0] for key in data if key.startswith(start))
    for index in [index for index in indexes if fields.number(index) is not None]:
        before = prefix(grid.name, index)
        form = fields.read(grid.entity_cls, grid.columns, data, prefix=before)
        grid.lines.append(
            GridLine(
                index,
                form,
                data.get(f"{before}id", ""),
                data.get(f"{before}version", ""),
                removed=bool(data.get(f"{before}remove")),
            )
        )
    return grid


def to_save(grids: Sequence[Grid]) -> dict[str, list[records.Line]]:
    """The lines that the person added, changed or removed, by entity.

    Raises `Invalid` where a form holds more lines than it may.
    """
    children: dict[str, list[records.Line]] = {}
    for grid in grids:
        _require_room(grid)
        for line in grid.lines:
            wanted = _line(line)
            if wanted is not None:
                children.setdefault(grid.name, []).append(wanted)
                line.sent = len(children[grid.name]) - 1
    return children


def _require_room(grid: Grid) -> None:
    # A line that was taken away, and an empty one that nobody touched, are not meant to stay.
    many = sum(1 for line in grid.lines if not line.removed and (line.id or fields.changes(line.form)))
    if many > MOST:
        raise Invalid(
            {},
            f"At most {MOST} lines fit in one form, and here are {many}: remove {many - MOST}, save, and add those in the "
            f"list of {words.inline(entity.plural_of(grid.entity_cls))}.",
        )


def _line(line: GridLine) -> records.Line | None:
    if not line.id:
        values = fields.entries(line.form)
        touched = fields.changes(line.form)
        # An empty line that nobody touched is not meant; neither is one that was taken away again.
        return (
            records.Line(id=None, version=None, values=values, remove=False) if touched and not line.removed else None
        )
    id, version = fields.ids([line.id]), fields.number(line.version)
    if not id or version is None:
        return None
    if line.removed:
        return records.Line(id=id[0], version=version, values={}, remove=True)
    values, base = fields.changes(line.form), fields.before(line.form)
    return records.Line(id=id[0], version=version, values=values, remove=False, base=base) if values else None


def blame(grids: Sequence[Grid], problems: Mapping[str, str]) -> None:
    """Write problems like `order_line.2.quantity` to the fields of their lines."""
    for grid in grids:
        for line in grid.lines:
            if line.sent is not None:
                start = f"{grid.name}.{line.sent}."
                fields.blame(
                    line.form,
                    {key[len(start) :]: sentence for key, sentence in problems.items() if key.startswith(start)},
                )


def bare(grid: Grid) -> Grid:
    """The same grid without lines."""
    return Grid(grid.entity_cls, grid.link, grid.columns, grid.shown, may_add=grid.may_add, may_remove=grid.may_remove)


def follow(grid: Grid, current: Grid) -> None:
    """Let the untouched fields of typed lines show what is stored now."""
    stored = {line.id: line for line in current.lines}
    for line in grid.lines:
        if line.id in stored:
            fields.follow(line.form, stored[line.id].form)


def named(grid: Grid, line: GridLine) -> str:
    """What a line is called: by what it is about, where that is picked, and its place."""
    about = next((box.title for box in line.form if box.column.kind == "link" and box.title), "")
    place = int(line.index) + 1
    return f"{about}, line {place}" if about else f"{entity.label_of(grid.entity_cls)} {place}"


def rebase(grid: Grid, current: Grid, merged: Mapping[str, Any]) -> None:
    """Put typed lines onto the stored ones: new versions, lines that others added, and the typing in those they removed.

    merged  the values that hold both sides, by place in what was sent: `order_line.2.quantity`
    """
    stored = {line.id: line for line in current.lines}
    typed = {line.id for line in grid.lines}
    kept = []
    for line in grid.lines:
        now = stored.get(line.id)
        if now is not None:
            shown = cells.render_cells(grid.entity_cls, now.row, grid.columns, full=True) if now.row else {}
            start = f"{grid.name}.{line.sent}."
            inside = {key[len(start) :]: value for key, value in merged.items() if key.startswith(start)}
            fields.rebase(line.form, now.form, shown, inside)
            line.version, line.shown = now.version, now.shown
        elif line.id and line.sent is not None and not line.removed:
            # Somebody removed it: saved again, it is a line of the person's own.
            line.id = line.version = ""
            line.orphan = True
            for box in line.form:
                box.was = [] if box.kind == "tags" else ""
        elif line.id:
            continue
        kept.append(line)
    next_index = max((int(line.index) for line in kept), default=-1) + 1
    for number, line in enumerate(line for line in current.lines if line.id not in typed):
        kept.append(_renumbered(grid, line, next_index + number))
    grid.lines, grid.too_many = kept, current.too_many


def _renumbered(grid: Grid, line: GridLine, number: int) -> GridLine:
    values = {box.short_name: box for box in line.form}
    form = fields.empty(grid.entity_cls, grid.columns, prefix=prefix(grid.name, str(number)))
    for box in form:
        box.data, box.was, box.title = (
            values[box.short_name].data,
            values[box.short_name].was,
            values[box.short_name].title,
        )
    return GridLine(str(number), form, line.id, line.version, shown=line.shown)
