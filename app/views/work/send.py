"""Send: goods into a box for another location, and the box on its way."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa
from flask import redirect, request
from flask.typing import ResponseReturnValue

from app.core import db
from app.core.actor import Actor
from app.core.entity import columns_of
from app.core.errors import Invalid
from app.identity import current_actor
from app.models.location import Location
from app.models.transfer import Transfer, TransferLine
from app.services import courses, documents, records
from app.views import paths
from app.views.work import door, lines
from app.views.work.door import Place, blueprint

LIVE = ("transfer", "transfer_line", "stock_level")


@blueprint.get("/send/")
def send_start() -> ResponseReturnValue:
    """To which location?"""
    actor = current_actor()
    place = door.require_place(actor, "send")
    return door.page("choose_place", title="Send to", place=place, places=targets(actor, place), name="to")


@blueprint.post("/send/")
def send_begin() -> ResponseReturnValue:
    """An empty transfer to the chosen location, to be filled."""
    actor = current_actor()
    place = door.require_place(actor, "send")
    to = request.form.get("to", "")
    if to not in {str(one.id) for one in targets(actor, place)}:
        raise Invalid({}, "Choose a location that takes transfers.")
    made = records.create(
        actor, Transfer, {"from_location_id": place.id, "to_location_id": to}, operation=door.operation(request.form)
    )
    return redirect(f"/work/send/{made.id}", 303)


def targets(actor: Actor, place: Place) -> list[Place]:
    """Where goods can be sent from here."""
    statement = (
        sa.select(Location.id, Location.name, Location.time_zone)
        .where(Location.active, Location.receives_transfers, Location.id != place.id, Location.kind != "region")
        .order_by(Location.name)
    )
    with db.reading(actor) as session:
        return [Place(*row) for row in session.execute(statement)]


@blueprint.get("/send/<id>")
def send(id: str) -> ResponseReturnValue:
    """One transfer from here: filled while it is a draft, packed when it is approved."""
    actor = current_actor()
    transfer = door.document(actor, Transfer, id, "from_location_id", "see")
    return show(actor, transfer, None)


def show(actor: Actor, transfer: Any, fragment: bool | None) -> str:
    """The transfer's screen, by its state."""
    names = door.names(actor, {transfer.from_location_id, transfer.to_location_id})
    packing = transfer.state == "approved" and door.may_at(actor, Transfer, "dispatch", transfer.from_location_id)
    filling = transfer.state == "draft" and door.may_at(actor, Transfer, "change", transfer.from_location_id)
    with db.reading(actor) as session:
        seen = documents.mark_of(session, transfer)
    return door.page(
        "send_pack" if packing else "send",
        fragment=fragment,
        live=LIVE,
        document=transfer,
        state=state_of(transfer),
        filling=filling,
        steps={step.verb for step in courses.open_to(actor, transfer)},
        seen=seen,
        source=names.get(transfer.from_location_id, ""),
        target=names.get(transfer.to_location_id, ""),
        lines=lines.of(actor, TransferLine, "transfer_id", transfer, transfer.from_location_id, walk=packing),
        url=paths.of_record(Transfer, transfer.id),
    )


def state_of(record: Any) -> Any:
    """The word and the tone of a document's state."""
    described = columns_of(type(record))["state"].info["column"]
    return next(choice for choice in described.choices if choice.value == record.state)


lines.SHOWN["send"] = show
