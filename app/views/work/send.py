"""Send: goods into a box for another location, and the box on its way."""

from __future__ import annotations

from typing import Any

from flask.typing import ResponseReturnValue

from app.core.actor import Actor
from app.identity import current_actor
from app.models.location import Location
from app.models.transfer import Transfer, TransferLine
from app.views.work import between, door, lines
from app.views.work.between import Kind
from app.views.work.door import Place, blueprint

LIVE = ("transfer", "transfer_line", "stock_level")


def targets(actor: Actor, place: Place) -> list[Place]:
    """Where goods can be sent from here."""
    return between.found(actor, Location.receives_transfers, Location.id != place.id, Location.kind != "region")


KIND = Kind(
    "send", Transfer, "Send to", "to", "from_location_id", "to_location_id", targets,
    "Choose a location that takes transfers.",
)  # fmt: skip


@blueprint.get("/send/")
def send_start() -> ResponseReturnValue:
    """To which location?"""
    return between.choose(KIND)


@blueprint.post("/send/")
def send_begin() -> ResponseReturnValue:
    """An empty transfer to the chosen location, to be filled."""
    return between.begin(KIND)


@blueprint.get("/send/<id>")
def send(id: str) -> ResponseReturnValue:
    """One transfer from here: filled while it is a draft, packed when it is approved."""
    actor = current_actor()
    transfer = door.document(actor, Transfer, id, "from_location_id", "see")
    return show(actor, transfer, None)


def show(actor: Actor, transfer: Any, fragment: bool | None) -> str:
    """The transfer's screen, by its state."""
    packing = transfer.state == "approved" and door.may_at(actor, Transfer, "dispatch", transfer.from_location_id)
    return door.page(
        "send_pack" if packing else "send",
        fragment=fragment,
        live=LIVE,
        lines=lines.of(actor, TransferLine, "transfer_id", transfer, transfer.from_location_id, walk=packing),
        **between.facts(actor, KIND, transfer),
    )


lines.SHOWN["send"] = show
