"""Request: what is missing here is scanned, and another location is asked for it."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa
from flask import redirect, request
from flask.typing import ResponseReturnValue

from app.core import db
from app.core.actor import Actor
from app.core.errors import Invalid
from app.identity import current_actor
from app.models.location import Location
from app.models.stock_request import StockRequest, StockRequestLine
from app.services import courses, documents, records
from app.views import paths
from app.views.work import door, lines, send
from app.views.work.door import Place, blueprint

LIVE = ("stock_request", "stock_request_line")


@blueprint.get("/request/")
def request_start() -> ResponseReturnValue:
    """From which location?"""
    actor = current_actor()
    place = door.require_place(actor, "request")
    return door.page("choose_place", title="Ask for goods", place=place, places=sources(actor, place), name="of")


@blueprint.post("/request/")
def request_begin() -> ResponseReturnValue:
    """An empty request to the chosen location, to be filled."""
    actor = current_actor()
    place = door.require_place(actor, "request")
    of = request.form.get("of", "")
    if of not in {str(one.id) for one in sources(actor, place)}:
        raise Invalid({}, "Choose a location that has goods.")
    values = {"to_location_id": place.id, "from_location_id": of}
    made = records.create(actor, StockRequest, values, operation=door.operation(request.form))
    return redirect(f"/work/request/{made.id}", 303)


def sources(actor: Actor, place: Place) -> list[Place]:
    """Whom one can ask, warehouses first."""
    statement = (
        sa.select(Location.id, Location.name, Location.time_zone)
        .where(Location.active, Location.id != place.id, Location.kind.not_in(("region", "head_office")))
        .order_by((Location.kind == "warehouse").desc(), Location.name)
    )
    with db.reading(actor) as session:
        return [Place(*row) for row in session.execute(statement)]


@blueprint.get("/request/<id>")
def request_one(id: str) -> ResponseReturnValue:
    """One request of this location."""
    actor = current_actor()
    return show(actor, door.document(actor, StockRequest, id, "to_location_id", "see"), None)


def show(actor: Actor, wanted: Any, fragment: bool | None) -> str:
    """The request's screen, by its state."""
    names = door.names(actor, {wanted.from_location_id, wanted.to_location_id})
    with db.reading(actor) as session:
        seen = documents.mark_of(session, wanted)
    return door.page(
        "request",
        fragment=fragment,
        live=LIVE,
        document=wanted,
        state=send.state_of(wanted),
        filling=wanted.state == "draft" and door.may_at(actor, StockRequest, "change", wanted.to_location_id),
        steps={step.verb for step in courses.open_to(actor, wanted)},
        seen=seen,
        source=names.get(wanted.from_location_id, ""),
        target=names.get(wanted.to_location_id, ""),
        lines=lines.of(actor, StockRequestLine, "stock_request_id", wanted, wanted.to_location_id),
        url=paths.of_record(StockRequest, wanted.id),
    )


lines.SHOWN["request"] = show
