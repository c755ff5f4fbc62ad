"""A document's steps on screen: the buttons that this person has now, what a step asks, and taking it."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from flask import jsonify, redirect, render_template, request
from flask.typing import ResponseReturnValue
from markupsafe import Markup
from wtforms.form import BaseForm

from app.core import access, db, entity, rows
from app.core.actor import Actor
from app.core.entity import Entity
from app.core.errors import Invalid
from app.core.ids import uuid7
from app.problems import wants_json
from app.services import courses, documents
from app.services.steps import LineAsk, Step
from app.views import cells, fields, lines, paths, picking

FRAGMENT = "X-Fragment"


@dataclass(frozen=True)
class Button:
    """A step as the record's page offers it."""

    step: Step
    url: str
    operation: str
    entity: str

    @property
    def asks(self) -> bool:
        return bool(self.step.asks or self.step.lines)

    @property
    def wide(self) -> bool:
        """It shows more than a panel at the side has room for."""
        return (self.entity, self.step.verb) in _beside


@dataclass(frozen=True)
class Beside:
    """What stands beside the lines a step asks about, where a document has more to tell than their columns.

    order    the lines' ids in the order to show them
    heading  above the notes
    notes    line → what else there is to say of it
    foot     column → what all lines come to
    """

    order: Sequence[UUID]
    heading: str
    notes: Mapping[UUID, Markup]
    foot: Mapping[str, Markup]


Look = Callable[[Actor, Entity, Sequence[Any]], Beside]

_beside: dict[tuple[str, str], Look] = {}


def show_beside(entity_name: str, verb: str, look: Look) -> None:
    """Have a step's page tell more about its lines."""
    _beside[entity_name, verb] = look


@dataclass
class AskedLine:
    """One line of the document: what it says, and what is asked of it."""

    id: str
    title: str
    shown: Mapping[str, str]
    form: BaseForm
    note: Markup | None = None


@dataclass
class StepForm:
    """Everything the form of a step needs."""

    entity_cls: type[Entity]
    row: rows.Row
    step: Step
    form: BaseForm
    lines: list[AskedLine]
    seen: str
    beside: Beside | None = None
    operation: str = field(default_factory=lambda: str(uuid7()))
    message: str = ""

    @property
    def action(self) -> str:
        return paths.of_step(self.entity_cls, self.row.id, self.step.verb)


def buttons(actor: Actor, record: Entity) -> list[Button]:
    """The steps that this person may take with the document now; each page's button works once."""
    cls = type(record)
    return [
        Button(step, paths.of_step(cls, record.id, step.verb), str(uuid7()), cls.entity)
        for step in courses.open_to(actor, record)
    ]


def mark(actor: Actor, record: Entity) -> str:
    """What the person looks at, for the steps that must not be taken with anything else."""
    if not courses.steps_of(type(record)):
        return ""
    with db.reading(actor) as session:
        return documents.mark_of(session, record)


def show(actor: Actor, entity_cls: type[Entity], id: UUID, verb: str) -> ResponseReturnValue:
    """What the step asks; on POST the step is taken."""
    step = documents.step_named(courses.steps_of(entity_cls), verb)
    if request.method == "POST":
        return _take(actor, entity_cls, id, step)
    record = access.get(actor, entity_cls, id)
    form = fields.asked(step.asks, of=verb)
    picking.name_picked(actor, form)
    return _page(_form(actor, record, step, form, mark(actor, record)))


def _take(actor: Actor, entity_cls: type[Entity], id: UUID, step: Step) -> ResponseReturnValue:
    form = fields.asked(step.asks, of=step.verb, data=request.form)
    typed = fields.entries(form) if step.asks else {}
    by_line = _line_entries(step)
    operation = next(iter(fields.ids([request.form.get("operation", "")])), None)
    seen = request.form.get("seen") or None
    try:
        done = courses.take(actor, entity_cls, id, step.verb, typed, lines=by_line, seen=seen, operation=operation)
    except Invalid as error:
        if not (step.asks or step.lines):
            raise Invalid(error.fields, " ".join(error.fields.values()) or error.message) from error
        return _refused(actor, access.get(actor, entity_cls, id), step, form, error)
    address = paths.of_record(*_lands(entity_cls, done))
    if FRAGMENT not in request.headers and not wants_json():
        return redirect(address, 303)
    return jsonify(id=str(done.id), url=address, message=done.said, state=done.state, version=done.version)


def _lands(entity_cls: type[Entity], done: documents.Done) -> tuple[type[Entity], UUID]:
    """A step that makes another document leads there."""
    return (entity.named(done.made[0]), UUID(done.made[1])) if done.made else (entity_cls, done.id)


def _refused(actor: Actor, record: Entity, step: Step, form: BaseForm, error: Invalid) -> ResponseReturnValue:
    """The questions again, as answered, with what is wrong at each."""
    fields.blame(form, error.fields)
    picking.name_picked(actor, form)
    page = _form(actor, record, step, form, request.form.get("seen", ""), data=True)
    for line in page.lines:
        fields.blame(line.form, _of_line(error.fields, line.id))
    told = {box.problem for part in (form, *(line.form for line in page.lines)) for box in part if box.problem}
    rest = [sentence for sentence in error.fields.values() if sentence not in told]
    page.message = " ".join(dict.fromkeys(rest)) or ("" if told else error.message)
    return _page(page), error.status


def _of_line(problems: Mapping[str, str], id: str) -> dict[str, str]:
    prefix = f"line.{id}."
    return {name.removeprefix(prefix): text for name, text in problems.items() if name.startswith(prefix)}


def _form(actor: Actor, record: Entity, step: Step, form: BaseForm, seen: str, *, data: bool = False) -> StepForm:
    cls = type(record)
    with db.reading(actor) as session:
        row = rows.by_ids(session, cls, [record.id], access.visible(actor, cls))[record.id]
    asked, beside = _asked_lines(actor, record, step, data=data)
    return StepForm(cls, row, step, form, asked, seen, beside)


def _asked_lines(actor: Actor, record: Entity, step: Step, *, data: bool) -> tuple[list[AskedLine], Beside | None]:
    asked = step.lines
    if asked is None:
        return [], None
    visible = access.visible(actor, asked.entity)
    shown = [name for name in asked.shown if name in visible]
    with db.reading(actor) as session:
        found = documents.lines_of(session, asked.entity, record)
        wanted = [line for line in found if asked.matters is None or asked.matters(line)]
    look = _beside.get((type(record).entity, step.verb))
    beside = look(actor, record, wanted) if look and wanted else None
    if beside is not None:
        place = {id: index for index, id in enumerate(beside.order)}
        wanted.sort(key=lambda line: place.get(line.id, len(place)))
    wanted = wanted[: lines.MOST]
    with db.reading(actor) as session:
        by_id = rows.by_ids(session, asked.entity, [line.id for line in wanted], visible)
    made = [_asked_line(actor, asked, line, by_id[line.id], shown, data=data) for line in wanted]
    if beside is not None:
        for line in made:
            line.note = beside.notes.get(UUID(line.id))
    return made, beside


def _asked_line(
    actor: Actor, asked: LineAsk, line: Entity, row: rows.Row, shown: Sequence[str], *, data: bool
) -> AskedLine:
    form = fields.asked(asked.columns, of="line", prefix=f"line.{line.id}.", data=request.form if data else None)
    if not data:
        begin = asked.begin(line)
        for box in form:
            box.fill(begin.get(box.short_name))
    picking.name_picked(actor, form)
    return AskedLine(str(line.id), row.title, cells.render_cells(asked.entity, row, shown), form)


def _line_entries(step: Step) -> dict[str, dict[str, Any]]:
    """What was answered for each line: its id → name → what was typed."""
    if step.lines is None:
        return {}
    found: dict[str, dict[str, Any]] = {}
    for key, value in request.form.items():
        parts = key.split(".")
        if len(parts) == 3 and parts[0] == "line":
            found.setdefault(parts[1], {})[parts[2]] = value
    return found


def _page(page: StepForm) -> str:
    template = "entity/step_fragment.html" if FRAGMENT in request.headers else "entity/step.html"
    return render_template(template, page=page, entity_cls=page.entity_cls, step=page.step)
