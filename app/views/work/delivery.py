"""Deliveries: what a supplier brought is counted by scanning, beside what was ordered, and goes onto the shelf."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from flask import jsonify, redirect, request
from flask.typing import ResponseReturnValue

from app.core import access, db, rows
from app.core.actor import Actor
from app.core.errors import Invalid, NotFound
from app.identity import current_actor
from app.models.goods_receipt import GoodsReceipt, GoodsReceiptLine
from app.models.purchase_order import PurchaseOrder, PurchaseOrderLine
from app.models.supplier import Supplier
from app.services import courses, documents, records
from app.services.warehouse import deliveries, purchasing
from app.views import paths
from app.views.work import between, door, lines
from app.views.work.door import blueprint

LIVE = ("goods_receipt", "goods_receipt_line")

NOTHING = Decimal(0)


@dataclass(frozen=True)
class Came:
    """A line of the delivery beside what was ordered of it; `awaited` is None where there is no order."""

    line: lines.Line
    awaited: Decimal | None

    @property
    def size(self) -> Decimal:
        """Whole or broken, it came."""
        return Decimal(self.line.values["quantity"] + self.line.values["damaged_quantity"])

    @property
    def over(self) -> Decimal:
        """How much more than was still to come."""
        return NOTHING if self.awaited is None else max(NOTHING, self.size - self.awaited)

    @property
    def short(self) -> bool:
        return self.awaited is not None and self.size < self.awaited


@blueprint.post("/delivery/")
def delivery_begin() -> ResponseReturnValue:
    """An empty receipt of goods that came without an order."""
    actor = current_actor()
    place = door.require_place(actor, "receive")
    supplier = request.form.get("supplier", "")
    if not supplier:
        raise Invalid({}, "Choose the supplier that brought it.")
    given = {"location_id": place.id, "supplier_id": supplier}
    made = records.create(actor, GoodsReceipt, given, operation=door.operation(request.form))
    return redirect(f"/work/delivery/{made.id}", 303)


@blueprint.get("/delivery/order/<id>")
def delivery_order(id: str) -> ResponseReturnValue:
    """What is to come of an order, before anybody counts; or the receipt that is being counted for it."""
    actor = current_actor()
    order = door.document(actor, PurchaseOrder, id, "location_id", "receive")
    found = purchasing.being_counted(actor, order)
    if found is not None:
        return redirect(f"/work/delivery/{found.id}", 303)
    every = lines.of(actor, PurchaseOrderLine, "purchase_order_id", order, order.location_id, walk=True)
    return door.page(
        "delivery_order",
        live=("purchase_order", "goods_receipt"),
        document=order,
        state=between.state_of(order),
        awaited=order.state in deliveries.AWAITED,
        supplier=_supplier(actor, order.supplier_id),
        place=door.names(actor, {order.location_id}).get(order.location_id, ""),
        lines=[line for line in every if line.values["open_quantity"]],
        url=paths.of_record(PurchaseOrder, order.id),
    )


@blueprint.post("/delivery/order/<id>")
def delivery_of_order(id: str) -> ResponseReturnValue:
    """Begin to count what came for an order."""
    actor = current_actor()
    order = door.document(actor, PurchaseOrder, id, "location_id", "receive")
    made = deliveries.begin(actor, order.id, operation=door.operation(request.form))
    return redirect(f"/work/delivery/{made.id}", 303)


@blueprint.get("/delivery/<id>")
def delivery(id: str) -> ResponseReturnValue:
    """One delivery to this location."""
    actor = current_actor()
    return show(actor, door.document(actor, GoodsReceipt, id, "location_id", "see"), None)


@blueprint.post("/delivery/<id>/note")
def delivery_note(id: str) -> ResponseReturnValue:
    """The number on the supplier's paper."""
    actor, given = current_actor(), door.asked()
    receipt = door.document(actor, GoodsReceipt, id, "location_id", "change")
    note = str(given.get("note", "")).strip()
    wanted = {"delivery_note": note or None}
    records.change(
        actor, GoodsReceipt, receipt.id, wanted, expected_version=receipt.version, operation=door.operation(given)
    )
    fresh = access.get(actor, GoodsReceipt, receipt.id)
    return jsonify(said=f"Delivery note {note}" if note else "No delivery note", html=show(actor, fresh, True))


def show(actor: Actor, receipt: Any, fragment: bool | None) -> str:
    """The delivery's screen: what came, the line scanned last first, and what is still to come of the order."""
    found = lines.of(actor, GoodsReceiptLine, "goods_receipt_id", receipt, receipt.location_id)
    ordered = _ordered(actor, receipt)
    awaited = {line.product: line.values["open_quantity"] for line in ordered}
    came = [Came(line, awaited.get(line.product, NOTHING) if ordered else None) for line in found]
    here = {one.line.product for one in came}
    missing = [line for line in ordered if line.product not in here and line.values["open_quantity"]]
    with db.reading(actor) as session:
        seen = documents.mark_of(session, receipt)
    return door.page(
        "delivery",
        fragment=fragment,
        live=LIVE,
        document=receipt,
        state=between.state_of(receipt),
        filling=receipt.state == "draft" and door.may_at(actor, GoodsReceipt, "change", receipt.location_id),
        steps={step.verb for step in courses.open_to(actor, receipt)},
        seen=seen,
        supplier=_supplier(actor, receipt.supplier_id),
        place=door.names(actor, {receipt.location_id}).get(receipt.location_id, ""),
        order=bool(ordered),
        came=came,
        missing=missing,
        short=len(missing) + sum(1 for one in came if one.short),
        url=paths.of_record(GoodsReceipt, receipt.id),
    )


def _ordered(actor: Actor, receipt: Any) -> list[lines.Line]:
    """The lines of the order that it came for; none when there is none, or when it isn't the person's to see."""
    if receipt.purchase_order_id is None:
        return []
    try:
        order = access.get(actor, PurchaseOrder, receipt.purchase_order_id)
    except NotFound:
        return []
    return lines.of(actor, PurchaseOrderLine, "purchase_order_id", order, receipt.location_id, walk=True)


def _supplier(actor: Actor, id: Any) -> str:
    if not access.may(actor, Supplier, "see"):
        return "a supplier"
    with db.reading(actor) as session:
        return str(rows.title_of(session, Supplier, id))


lines.SHOWN["delivery"] = show
