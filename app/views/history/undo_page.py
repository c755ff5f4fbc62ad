"""The door of undo: shows what would go back and what stays, then does it; scripts are answered in a sentence."""

from __future__ import annotations

from collections import Counter
from collections.abc import Container, Iterable, Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType
from typing import Final
from urllib.parse import urlencode
from uuid import UUID

from flask import Blueprint, Flask, flash, jsonify, redirect, render_template, request
from flask.typing import ResponseReturnValue
from markupsafe import Markup

from app.core import access, entity
from app.core.actor import Actor
from app.core.entity import Entity
from app.core.errors import BadRequest
from app.core.ids import uuid7
from app.identity import current_actor
from app.problems import wants_json
from app.services.feed import changes
from app.services.history import undo, undo_plan
from app.services.history.deeds import Deed, Told
from app.services.history.names import Names
from app.services.history.undo_plan import Plan, Way
from app.views import fields, paths, sections, words
from app.views.history import sentences

blueprint = Blueprint("undo", __name__)

WORDS: Final[Mapping[Way, str]] = {"change": "goes back", "restore": "comes back", "remove": "is deleted"}
"""What happens to a record, to follow its name."""

SAID: Final = 6
"""Fields of a row that are spelled out; of the rest it says how many there are."""


@dataclass(frozen=True)
class Row:
    """One change as the page shows it; `fields` are label, from, to."""

    plan: Plan
    kind: str
    words: str
    url: str | None
    fields: tuple[tuple[str, Markup, Markup], ...]
    more: int


def init(app: Flask) -> None:
    """Open the door."""
    app.register_blueprint(blueprint)


@blueprint.get("/undo/<key>")
def show(key: str) -> ResponseReturnValue:
    """What would go back, what stays and why."""
    done = fields.ids([request.args.get("done", "")])
    return _page(current_actor(), key, _before(), done=str(done[0]) if done else "")


def _page(
    actor: Actor, key: str, before: int, *, done: str = "", refused: Mapping[int, str] = MappingProxyType({})
) -> str:
    """The page; `refused` tells by change what nothing had foreseen."""
    preview = undo.preview(actor, key, before=before)
    known = preview.names
    going = [plan for plan in preview.plans if plan.open]
    staying = [plan for plan in preview.plans if plan.why]
    # A document stands before its lines, and what was done to many was done to records of one kind.
    first = preview.plans[0]
    is_one = all(plan is first or _is_part(plan, first) for plan in preview.plans)
    id = first.change.record_id if is_one else None
    return render_template(
        "history/undo.html",
        entity_cls=first.entity,
        first=_row(first, known),
        deed=sentences.shown(preview.deed, known),
        parts=_parts(preview.plans) if is_one else "",
        history_url=paths.of_history(first.entity, id),
        is_one=is_one,
        url=paths.of_undo(key),
        operation=str(uuid7()),
        going=[_row(plan, known) for plan in going],
        staying=[_row(plan, known) for plan in staying],
        partly=[plan for plan in going if plan.touched],
        already=[_row(plan, known) for plan in preview.plans if plan.done],
        all_deleted=all(plan.way == "restore" for plan in going or preview.plans),
        before="" if before == changes.NEWEST else before,
        next_url=f"{paths.of_undo(key)}?{urlencode({'before': preview.next})}" if preview.next else None,
        most=undo.MOST_AT_ONCE,
        again_url=paths.of_undo(done) if done else None,
        refused=refused,
    )


@blueprint.post("/undo/<key>")
def apply(key: str) -> ResponseReturnValue:
    """Put it back, or those of its changes that were chosen."""
    actor = current_actor()
    given = fields.ids([request.form.get("operation", "")])
    chosen = [_number(one) for one in request.form.getlist("only")]
    if len(chosen) > undo.MOST_AT_ONCE:
        raise BadRequest(f"Choose at most {undo.MOST_AT_ONCE:,} of the changes.")
    if request.form.get("choosing") and not chosen:
        raise BadRequest("Choose at least one change to put back.")
    before = _before()
    done = undo.operation(
        actor,
        key,
        only=set(chosen) if chosen else None,
        partly=bool(request.form.get("partly")),
        before=before,
        under=given[0] if given else None,
    )
    facts = {"done": str(done.operation)} | ({"before": str(before)} if before != changes.NEWEST else {})
    url = f"{paths.of_undo(key)}?{urlencode(facts)}"
    if not wants_json():
        if request.form.get("from") and done.outcomes and done.count("back", "already") == len(done.outcomes):
            flash(done.sentence, "success")
            return redirect(_origin(done), 303)
        if done.count("back", "partly"):
            return redirect(url, 303)
        refused = {outcome.seq: outcome.message for outcome in done.outcomes if outcome.state == "left"}
        return _page(actor, key, before, refused=refused), 409 if refused else 200
    return jsonify(
        message=done.sentence,
        back=done.count("back", "partly"),
        left=done.count("left"),
        url=url,
        redo=paths.of_undo(str(done.operation)),
    )


def offers(actor: Actor, deeds: Iterable[Deed]) -> dict[str, str]:
    """Deeds that might be undone by the actor → what the button says. Whether all of it can is found out there.

    deeds   newest first
    """
    found = {}
    ended: set[UUID] = set()
    for deed in deeds:
        open = [told for told in deed.told if _is_open(told, ended) and _may(actor, told.entity, told.change.op)]
        ended |= {told.change.record_id for told in deed.told if told.change.op == "delete"}
        # Of what isn't told here, nobody knows yet.
        open = open or [told for told in deed.told[:1] if deed.count > len(deed.told)]
        ways = {undo_plan.WAYS[told.change.op] for told in open if _may(actor, told.entity, told.change.op)}
        if ways:
            found[deed.key] = "Restore" if ways == {"restore"} else "Undo"
    return found


def may_restore(actor: Actor, told: Told) -> bool:
    """Might the actor bring back what this deleted?"""
    return told.way == "deleted" and not told.here and _may(actor, told.entity, "delete")


def _is_open(told: Told, ended: Container[UUID]) -> bool:
    """Is there something to undo: of a deletion a record that is gone since, of all others one that is there?"""
    return not (told.here or told.change.record_id in ended) if told.change.op == "delete" else told.here


def _may(actor: Actor, entity_cls: type[Entity], op: str) -> bool:
    return entity_cls.screen.writable and access.may(actor, entity_cls, undo_plan.NEEDS[undo_plan.WAYS[op]])


def _origin(done: undo.Undone) -> str:
    """The history in which one change was undone: of its record, or of the list."""
    first = done.outcomes[0]
    id = UUID(first.id) if request.form.get("from") == "record" else None
    return paths.of_history(entity.named(first.entity), id)


def _is_part(plan: Plan, of: Plan) -> bool:
    links = [link for part, link in entity.parts_of(of.entity) if part is plan.entity]
    return any(str(of.change.record_id) == str(plan.change.diff.get(link)) for link in links)


def _parts(plans: Sequence[Plan]) -> str:
    """The lines that came or went with a document, counted."""
    counts = Counter(plan.entity for plan in plans[1:])
    said = [
        f"{count:,} {words.inline((entity.label_of if count == 1 else entity.plural_of)(kind))}"
        for kind, count in counts.items()
    ]
    return " and ".join(said)


def _before() -> int:
    given = request.values.get("before", "")
    return _number(given) if given else changes.NEWEST


def _number(text: str) -> int:
    found = changes.as_number(text)
    if found is None:
        raise BadRequest("This page is not valid any more. Open it again from the history.")
    return found


def _row(plan: Plan, known: Names) -> Row:
    shown = plan.differences[:SAID] if plan.way == "change" else ()
    told = tuple(
        (
            sections.label(plan.entity, one.column),
            sentences.value(plan.entity, one.column, one.old, plan.change.diff, known),
            sentences.value(plan.entity, one.column, one.new, plan.change.diff, known),
        )
        for one in shown
    )
    url = paths.of_record(plan.entity, plan.change.record_id) if plan.here else None
    more = len(plan.differences) - len(shown) if plan.way == "change" else 0
    return Row(plan, entity.label_of(plan.entity), WORDS[plan.way], url, told, more)
