"""The form of a record: shows it, reads what was typed, sends only that to `records`, and keeps it when refused."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from flask import jsonify, redirect, render_template, request
from flask.typing import ResponseReturnValue
from wtforms.form import BaseForm

from app.core import access, db, entity, openness, rows, titles
from app.core.actor import Actor
from app.core.columns import spoken
from app.core.entity import Entity
from app.core.errors import BadRequest, Busy, Conflict, Forbidden, Invalid, NotFound
from app.core.ids import uuid7
from app.core.rows import Row
from app.problems import wants_json
from app.services import files, records, sides
from app.services.feed import changes
from app.views import cells, decisions, fields, lines, paths, picking, sections, words

FRAGMENT = "X-Fragment"
"""The header by which a script asks for a piece of a page instead of the page."""


@dataclass(frozen=True)
class Problem:
    """One line of the summary above a form, leading to its field."""

    anchor: str
    label: str
    sentence: str


@dataclass
class RecordForm:
    """Everything a form template needs."""

    entity_cls: type[Entity]
    form: BaseForm
    grids: list[lines.Grid]
    operation: str
    row: Row | None = None
    version: str = ""
    shown: Mapping[str, str] = field(default_factory=dict)
    message: str = ""
    problems: list[Problem] = field(default_factory=list)
    conflict: Conflict | None = None
    decisions: list[decisions.Decision] = field(default_factory=list)
    headline: str = ""
    cursor: str = ""

    @property
    def groups(self) -> list[sections.Group]:
        return sections.of(self.entity_cls, {box.short_name for box in self.form} | set(self.shown))

    @property
    def action(self) -> str:
        return paths.of_form(self.entity_cls, self.row.id) if self.row else paths.of_new(self.entity_cls)


def create(actor: Actor, entity_cls: type[Entity]) -> ResponseReturnValue:
    """The empty form, or the new record it makes."""
    columns = _columns(actor, entity_cls)
    grids = [] if request.args.get("inside") else lines.grids(actor, entity_cls)
    if request.method == "GET":
        prefill = {name: request.args[name] for name in columns if name in request.args}
        form = fields.empty(entity_cls, columns, prefill=prefill)
        picking.name_picked(actor, form)
        return _page(RecordForm(entity_cls, form, grids, str(uuid7())))
    page = RecordForm(
        entity_cls,
        fields.read(entity_cls, columns, request.form),
        [lines.read(grid, request.form) for grid in grids],
        _operation(),
    )
    try:
        values = fields.entries(page.form) | _stored_uploads(page.form)
        record = records.create(
            actor, entity_cls, values, children=lines.to_save(page.grids), operation=UUID(page.operation)
        )
    except Invalid as error:
        return _refused(actor, page, error)
    undo = page.operation if access.may(actor, entity_cls, "delete") else None
    return _saved(actor, record, f"{entity.label_of(entity_cls)} created.", undo=undo)


def edit(actor: Actor, entity_cls: type[Entity], id: UUID) -> ResponseReturnValue:
    """The form of a record, or the saved record."""
    record = _there(actor, entity_cls, id)
    with db.reading(actor) as session:
        cursor = changes.snapshot(session)
    row = _row(actor, entity_cls, id)
    if request.method == "GET" and row.still == openness.NOTHING:
        openness.require(record)
    columns = tuple(name for name in _columns(actor, entity_cls) if _open(row, name, f"was-{name}"))
    grids = [grid for grid in lines.grids(actor, entity_cls) if _open(row, grid.name, f"child.{grid.name}.")]
    if request.method == "GET":
        form = fields.filled(entity_cls, columns, row.values, row.labels)
        grids = [lines.load(actor, grid, id) for grid in grids]
        _give_files(form, row)
        shown = _shown(actor, row, entity_cls, columns)
        return _page(RecordForm(entity_cls, form, grids, str(uuid7()), row, str(row.version), shown, cursor=cursor))
    page = RecordForm(
        entity_cls,
        fields.read(entity_cls, columns, request.form),
        [lines.read(grid, request.form) for grid in grids],
        _operation(),
        row,
        request.form.get("version", ""),
        _shown(actor, row, entity_cls, columns),
        cursor=cursor,
    )
    version = fields.number(page.version)
    if version is None:
        raise BadRequest("This form has lost its version: load the page again.")
    if lost := _unread(page):
        return _no_longer_yours(actor, page, lost)
    try:
        values = fields.changes(page.form) | _stored_uploads(page.form)
        children = lines.to_save(page.grids)
        if not values and not children:
            return _saved(actor, record, "Nothing was changed.")
        saved = records.merge(
            actor,
            entity_cls,
            id,
            values,
            expected_version=version,
            base=fields.before(page.form),
            children=children,
            operation=UUID(page.operation),
        )
    except Invalid as error:
        return _refused(actor, page, error)
    except Conflict as error:
        return _stale(actor, page, error, id)
    return _saved(actor, saved.record, f"Saved. {sides.sentence(saved.notices)}".strip(), undo=page.operation)


def _there(actor: Actor, entity_cls: type[Entity], id: UUID) -> Entity:
    """The record, if it is still theirs to change; to who had it open already it is said how it went."""
    try:
        return access.get(actor, entity_cls, id, to="change")
    except Forbidden:
        raise lost(entity_cls) from None
    except NotFound:
        version = fields.number(request.values.get("version", ""))
        if version is None:
            raise
        with db.reading(actor) as session:
            raise sides.gone(actor, session, entity_cls, id, version) from None


def lost(entity_cls: type[Entity]) -> Forbidden:
    """The refusal of a form; to who had it open already it is said what was taken from them."""
    if "version" not in request.values:
        return Forbidden()
    what = words.inline(entity.plural_of(entity_cls))
    return Forbidden(f"You may no longer change {what}. Nothing was saved; copy what you typed.")


def _unread(page: RecordForm) -> list[tuple[str, str]]:
    """What was typed into fields that this person may no longer change."""
    known = {box.name for box in page.form} | {
        box.name for grid in page.grids for line in grid.lines for box in line.form
    }
    return fields.unread(known, request.form)


def _no_longer_yours(actor: Actor, page: RecordForm, lost: list[tuple[str, str]]) -> ResponseReturnValue:
    """Nothing is saved by halves: the form again without these fields, and what was typed in them to copy."""
    page.message = "You may no longer change everything here. Nothing was saved: look again, then save the rest."
    page.problems = [
        Problem("", "", f"{spoken(name.rpartition('.')[2])} is no longer yours to change. You typed: {typed}")
        for name, typed in lost
    ]
    page.operation = str(uuid7())
    _complete(actor, page)
    return _page(page), 403


def delete(actor: Actor, entity_cls: type[Entity], id: UUID) -> ResponseReturnValue:
    """Delete a record that the person was looking at."""
    version = fields.number(request.form.get("version", ""))
    if version is None:
        raise BadRequest("Say which version you were looking at.")
    operation = uuid7()
    records.remove(actor, entity_cls, id, expected_version=version, operation=operation)
    if _wants_json():
        undo = paths.of_undo(str(operation)) if access.may(actor, entity_cls, "create") else None
        said = f"{entity.label_of(entity_cls)} deleted."
        return jsonify(id=str(id), url=paths.of_list(entity_cls), message=said, undo=undo)
    return redirect(paths.of_list(entity_cls), 303)


def _columns(actor: Actor, entity_cls: type[Entity]) -> tuple[str, ...]:
    visible, changeable = access.visible(actor, entity_cls), access.changeable(actor, entity_cls)
    return tuple(name for name in visible if name in changeable)


def _open(row: Row, name: str, field: str) -> bool:
    """Is it offered in the form? What was still open when the form was loaded is read, so that no typing is lost."""
    return row.still is None or name in row.still or any(key.startswith(field) for key in request.form)


def _row(actor: Actor, entity_cls: type[Entity], id: UUID) -> Row:
    with db.reading(actor) as session:
        return rows.by_ids(session, entity_cls, [id], access.visible(actor, entity_cls))[id]


def _shown(actor: Actor, row: Row, entity_cls: type[Entity], columns: tuple[str, ...]) -> Mapping[str, str]:
    """What stands in the form but can't be changed in it; what is empty needs no place."""
    names = [name for name in access.visible(actor, entity_cls) if name not in columns and name not in entity.RESERVED]
    return cells.render_cells(
        entity_cls, row, [name for name in names if row.values.get(name) not in (None, "", {}, [])], full=True
    )


def _give_files(form: BaseForm, row: Row) -> None:
    """Tell file fields where the present file is."""
    for box in form:
        if box.kind in fields.UPLOADS and box.was:
            box.now_url = f"{paths.of_file(entity.named(box.entity), row.id, box.short_name)}?v={box.was[:12]}"


def _operation() -> str:
    """The form's operation id: a form sent twice saves once."""
    found = fields.ids([request.form.get("operation", "")])
    return str(found[0]) if found else str(uuid7())


def _stored_uploads(form: BaseForm) -> dict[str, Any]:
    """Keep the chosen files, and give their keys as the columns' values."""
    values: dict[str, Any] = {}
    for name, upload in fields.uploads(form, request.files, request.form).items():
        if upload is None:
            values[name] = None
        else:
            values[name] = files.store(
                upload.stream, name=upload.filename or "", field=name, picture=form[name].kind == "picture"
            ).key
    return values


def _refused(actor: Actor, page: RecordForm, error: Invalid) -> ResponseReturnValue:
    """The form again, as typed, with each problem at its field and in a summary."""
    _follow(actor, page)
    fields.blame(page.form, error.fields)
    lines.blame(page.grids, error.fields)
    page.operation = str(uuid7())
    _complete(actor, page)
    page.problems = _summary(page, error)
    page.message = "" if page.problems else error.message
    return _page(page), error.status


def _summary(page: RecordForm, error: Invalid) -> list[Problem]:
    found = [Problem(box.id, str(box.label.text), box.problem) for box in page.form if box.problem]
    for grid in page.grids:
        for line in grid.lines:
            found += [
                Problem(box.id, f"{lines.named(grid, line)}, {box.label.text}", box.problem)
                for box in line.form
                if box.problem
            ]
    told = {problem.sentence for problem in found}
    found += [Problem("", "", sentence) for sentence in error.fields.values() if sentence not in told]
    return found


def _follow(actor: Actor, page: RecordForm) -> None:
    """Somebody else saved meanwhile: fields that were not touched show theirs, so that a problem can be understood."""
    if page.row is None or str(page.row.version) == page.version:
        return
    names = [box.short_name for box in page.form]
    fields.follow(page.form, fields.filled(page.entity_cls, names, page.row.values, page.row.labels))
    for grid in page.grids:
        lines.follow(grid, lines.reload(actor, grid, page.row.id))


def _stale(actor: Actor, page: RecordForm, error: Conflict, id: UUID) -> ResponseReturnValue:
    """The form again with the typing kept, theirs beside it, and the new version, so that a second save is meant."""
    if wants_json() and not _wants_json():
        raise error
    row = _row(actor, page.entity_cls, id)
    if row.version != error.version:
        # Yet another save since: what the person will see and what they will decide about have to be the same.
        raise Busy()
    names = [box.short_name for box in page.form]
    current = fields.filled(page.entity_cls, names, row.values, row.labels)
    theirs = cells.render_cells(page.entity_cls, row, names, full=True)
    fields.rebase(page.form, current, theirs, error.merged)
    for grid in page.grids:
        lines.rebase(grid, lines.reload(actor, grid, id), error.merged)
    _tell_who(page, error)
    page.row, page.version, page.conflict, page.operation = row, str(row.version), error, str(uuid7())
    page.shown = _shown(actor, row, page.entity_cls, tuple(names))
    _complete(actor, page)
    page.decisions = decisions.of(actor, page.entity_cls, page.form, page.grids, error)
    page.headline = decisions.headline(page.decisions) if page.decisions else ""
    return _page(page), error.status


def _tell_who(page: RecordForm, error: Conflict) -> None:
    """Beside each field that shows theirs, who changed it."""
    newest = {change.field: change for change in reversed(error.changes)}
    for box in page.form:
        box.told = newest.get(box.short_name)
    for grid in page.grids:
        for line in grid.lines:
            for box in line.form:
                box.told = newest.get(f"{grid.name}.{line.sent}.{box.short_name}")


def _complete(actor: Actor, page: RecordForm) -> None:
    """What a page needs again when it comes back: the names of picked records, and what of the lines is only shown."""
    picking.name_picked(actor, page.form, page.row.labels if page.row else None)
    if page.row is not None:
        _give_files(page.form, page.row)
    for grid in page.grids:
        for line in grid.lines:
            picking.name_picked(actor, line.form)
        if page.row is not None and grid.shown:
            stored = {line.id: line.shown for line in lines.reload(actor, grid, page.row.id).lines}
            for line in grid.lines:
                line.shown = stored.get(line.id, {})


def _wants_json() -> bool:
    return FRAGMENT in request.headers


def _saved(actor: Actor, record: Entity, message: str, *, undo: str | None = None) -> ResponseReturnValue:
    """The saved record; `undo` is the operation that a press of Undo puts back."""
    address = paths.of_record(type(record), record.id)
    if not _wants_json():
        return redirect(address, 303)
    back = paths.of_undo(undo) if undo else None
    return jsonify(id=str(record.id), title=_title(actor, record), url=address, message=message, undo=back)


def _title(actor: Actor, record: Entity) -> str:
    """What the record is called; it is read anew only where its own columns don't say."""
    said = titles.of_record(record, titles.seen_by(actor))
    if said is not None:
        return said or rows.untitled(type(record), record.id)
    with db.reading(actor) as session:
        return rows.title_of(session, type(record), record.id)


def _page(page: RecordForm) -> str:
    template = "entity/form_fragment.html" if _wants_json() else "entity/form.html"
    return render_template(template, page=page, entity_cls=page.entity_cls, inside=bool(request.args.get("inside")))
