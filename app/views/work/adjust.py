"""Adjust: why first, then what: broken, expired, found; above the reason's limit it waits for a manager."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa
from flask import redirect, request
from flask.typing import ResponseReturnValue

from app.core import db
from app.core.actor import Actor
from app.core.errors import Invalid
from app.identity import current_actor
from app.models.adjustment import Adjustment, AdjustmentLine
from app.models.reason import Reason
from app.services import courses, documents, records
from app.views import paths
from app.views.work import between, door, lines
from app.views.work.door import blueprint

LIVE = ("adjustment", "adjustment_line", "stock_level")


@blueprint.get("/adjust/")
def adjust_start() -> ResponseReturnValue:
    """Why?"""
    actor = current_actor()
    place = door.require_place(actor, "adjust")
    return door.page("adjust_choose", place=place, reasons=reasons(actor), problem="", note="")


@blueprint.post("/adjust/")
def adjust_begin() -> ResponseReturnValue:
    """An empty adjustment for the chosen reason."""
    actor = current_actor()
    place = door.require_place(actor, "adjust")
    known = {str(one.id): one for one in reasons(actor)}
    reason = known.get(request.form.get("reason", ""))
    if reason is None:
        raise Invalid({}, "Choose a reason.")
    note = request.form.get("note", "").strip()
    if reason.needs_note and not note:
        facts = {"problem": f"{reason.name}: write a note first, in a few words.", "note": note}
        return door.page("adjust_choose", place=place, reasons=list(known.values()), **facts), 422
    values = {"location_id": place.id, "reason_id": reason.id, "note": note or None}
    made = records.create(actor, Adjustment, values, operation=door.operation(request.form))
    return redirect(f"/work/adjust/{made.id}", 303)


def reasons(actor: Actor) -> list[Reason]:
    """Why stock can change, by name."""
    with db.reading(actor) as session:
        return list(session.scalars(sa.select(Reason).where(Reason.active).order_by(Reason.name)))


@blueprint.get("/adjust/<id>")
def adjust(id: str) -> ResponseReturnValue:
    """One adjustment of this location."""
    actor = current_actor()
    return show(actor, door.document(actor, Adjustment, id, "location_id", "see"), None)


def show(actor: Actor, adjustment: Any, fragment: bool | None) -> str:
    """The adjustment's screen, by its state."""
    with db.reading(actor) as session:
        seen = documents.mark_of(session, adjustment)
        reason = session.get_one(Reason, adjustment.reason_id)
    return door.page(
        "adjust",
        fragment=fragment,
        live=LIVE,
        document=adjustment,
        reason=reason,
        state=between.state_of(adjustment),
        filling=adjustment.state == "draft" and door.may_at(actor, Adjustment, "change", adjustment.location_id),
        steps={step.verb for step in courses.open_to(actor, adjustment)},
        seen=seen,
        place=door.names(actor, {adjustment.location_id}).get(adjustment.location_id, ""),
        lines=lines.of(actor, AdjustmentLine, "adjustment_id", adjustment, adjustment.location_id),
        url=paths.of_record(Adjustment, adjustment.id),
    )


lines.SHOWN["adjust"] = show
