"""Receive: what has arrived is counted by scanning, and goes onto the shelf."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa
from flask.typing import ResponseReturnValue

from app.core import access, db
from app.core.actor import Actor
from app.identity import current_actor
from app.models.goods_receipt import GoodsReceipt
from app.models.reason import Reason
from app.models.supplier import Supplier
from app.models.transfer import Transfer, TransferLine
from app.services import courses, documents
from app.services.warehouse import transfers
from app.views import paths
from app.views.work import between, door, lines, start
from app.views.work.door import blueprint

LIVE = ("transfer", "transfer_line")

LIVE_START = ("transfer", "purchase_order", "goods_receipt")

ON_THE_WAY = ("dispatched", "partly_received")


@blueprint.get("/receive/")
def receive_start() -> ResponseReturnValue:
    """What is on the way here, from other locations and from suppliers."""
    actor = current_actor()
    place = door.require_place(actor, "receive")
    groups = [one for one in start.GROUPS if one.tile == "receive"]
    unasked = door.may_at(actor, GoodsReceipt, "create", place.id) and access.may(actor, Supplier, "see")
    return door.page(
        "receive_choose",
        live=LIVE_START,
        place=place,
        groups=[(group, found) for group in groups if (found := start.waiting(actor, place, group))],
        suppliers=paths.of_picker(Supplier) if unasked else "",
    )


@blueprint.get("/receive/<id>")
def receive(id: str) -> ResponseReturnValue:
    """One transfer that comes here."""
    actor = current_actor()
    return show(actor, door.document(actor, Transfer, id, "to_location_id", "see"), None)


def show(actor: Actor, transfer: Any, fragment: bool | None) -> str:
    """The transfer's screen: what of each line is here, and what is still to come; a blind one keeps that to itself."""
    names = door.names(actor, {transfer.from_location_id, transfer.to_location_id})
    every = lines.of(actor, TransferLine, "transfer_id", transfer, transfer.to_location_id, walk=True)
    found = [line for line in every if line.values["dispatched_quantity"]]
    blind = transfer.blind_receive and transfer.state in ON_THE_WAY
    records = by_id(actor, transfer)
    return door.page(
        "receive",
        fragment=fragment,
        live=LIVE,
        document=transfer,
        state=between.state_of(transfer),
        may_receive=transfer.state in ON_THE_WAY
        and any(step.verb == "receive" for step in courses.open_to(actor, transfer)),
        steps={step.verb for step in courses.open_to(actor, transfer)},
        blind=blind,
        source=names.get(transfer.from_location_id, ""),
        target=names.get(transfer.to_location_id, ""),
        lines=[] if blind else found,
        counted=[line for line in found if arrived(line)] if blind else [],
        due={line.id: transfers.on_the_way(records[line.id]) for line in found},
        arrived={line.id: arrived(line) for line in found},
        done=sum(1 for line in found if not transfers.on_the_way(records[line.id])),
        sent=sum((line.values["dispatched_quantity"] for line in found), start=transfers.NOTHING),
        here=sum((arrived(line) for line in found), start=transfers.NOTHING),
        reasons=reasons(actor),
        url=paths.of_record(Transfer, transfer.id),
    )


def arrived(line: lines.Line) -> Any:
    """How much of a line is accounted for."""
    names = ("received_quantity", "damaged_quantity", "short_quantity", "returned_quantity")
    return sum((line.values[name] for name in names), start=transfers.NOTHING)


def by_id(actor: Actor, transfer: Any) -> dict[Any, TransferLine]:
    """The transfer's lines as records."""
    with db.reading(actor) as session:
        return {line.id: line for line in documents.lines_of(session, TransferLine, transfer)}


def reasons(actor: Actor) -> list[Any]:
    """Why something can be damaged."""
    with db.reading(actor) as session:
        statement = sa.select(Reason.id, Reason.name).where(Reason.active, Reason.direction != "in")
        return list(session.execute(statement.order_by(Reason.name)))


lines.SHOWN["receive"] = show
