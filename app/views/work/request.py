"""Request: what is missing here is scanned, and another location is asked for it."""

from __future__ import annotations

from typing import Any

from flask.typing import ResponseReturnValue

from app.core.actor import Actor
from app.identity import current_actor
from app.models.location import Location
from app.models.stock_request import StockRequest, StockRequestLine
from app.views.work import between, door, lines
from app.views.work.between import Kind
from app.views.work.door import Place, blueprint

LIVE = ("stock_request", "stock_request_line")


def sources(actor: Actor, place: Place) -> list[Place]:
    """Whom one can ask, warehouses first."""
    have_goods = Location.kind.not_in(("region", "head_office"))
    return between.found(actor, Location.id != place.id, have_goods, order=[(Location.kind == "warehouse").desc()])


KIND = Kind(
    "request", StockRequest, "Ask for goods", "of", "to_location_id", "from_location_id", sources,
    "Choose a location that has goods.",
)  # fmt: skip


@blueprint.get("/request/")
def request_start() -> ResponseReturnValue:
    """From which location?"""
    return between.choose(KIND)


@blueprint.post("/request/")
def request_begin() -> ResponseReturnValue:
    """An empty request to the chosen location, to be filled."""
    return between.begin(KIND)


@blueprint.get("/request/<id>")
def request_one(id: str) -> ResponseReturnValue:
    """One request of this location."""
    actor = current_actor()
    return show(actor, door.document(actor, StockRequest, id, "to_location_id", "see"), None)


def show(actor: Actor, wanted: Any, fragment: bool | None) -> str:
    """The request's screen, by its state."""
    return door.page(
        "request",
        fragment=fragment,
        live=LIVE,
        lines=lines.of(actor, StockRequestLine, "stock_request_id", wanted, wanted.to_location_id),
        **between.facts(actor, KIND, wanted),
    )


lines.SHOWN["request"] = show
