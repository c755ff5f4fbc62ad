"""Receipts: what a supplier delivered goes onto the shelf, and onto the order that it was delivered for."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from uuid import UUID

import sqlalchemy as sa

from app.core.columns import Column
from app.core.errors import Invalid
from app.core.ids import uuid7
from app.models.goods_receipt import GoodsReceipt, GoodsReceiptLine
from app.models.location import Location
from app.models.product import Product
from app.models.purchase_order import PurchaseOrder, PurchaseOrderLine
from app.services import documents
from app.services.steps import Act, Step, plain
from app.services.stock import ledger
from app.services.stock.goods import check_quantities
from app.services.stock.moves import Move, Place
from app.services.warehouse import purchasing, reversal

NOTHING = Decimal(0)

NOT_RECEIVABLE: Mapping[str, str] = {
    "draft": "{order} has not been ordered yet: order it, or take it off this receipt.",
    "cancelled": "{order} is cancelled: take it off this receipt to book what came all the same.",
}
"""States of an order that no goods can come for, each with what to do."""


def _post(act: Act) -> None:
    """What came whole goes onto the shelf, what came broken is lost at once, and the order knows of both."""
    receipt = act.document
    lines = _lines(act)
    order = _order(act)
    ordered = purchasing.lines_by_product(act, order) if order else {}
    _price(act, lines, ordered)
    receipt.value = purchasing.worth((_all(line), line.unit_cost) for line in lines)
    act.said = " ".join([f"{documents.title(receipt)} is posted.", *_remarks(act, lines, order, ordered)])
    act.save()
    if order is not None:
        purchasing.count_in(act, order, {line.product_id: _all(line) for line in lines})
    ledger.move(act.actor, [move for line in lines for move in _moves(receipt, line)], operation=act.operation)


def _discard(act: Act) -> None:
    """Nothing of it was booked, so there is nothing to take back: the order is awaited as before."""


def _reverse(act: Act) -> None:
    """Everything back: a second receipt takes away what the first one brought."""
    receipt = act.document
    same = ("supplier_id", "location_id", "purchase_order_id", "delivery_note")
    back = reversal.counterpart(act, *same, received_at=act.now, note=act.given["note"])
    lines = act.parts(GoodsReceiptLine)
    reversal.write(act, back, [_same(line, back) for line in lines])
    if receipt.purchase_order_id is not None:
        order = purchasing.awaiting(act.actor, receipt.purchase_order_id)
        purchasing.count_in(act, order, {line.product_id: -_all(line) for line in lines})
    reversal.book(act, back)


def _lines(act: Act) -> list[GoodsReceiptLine]:
    """The lines, if all of them can be booked."""
    lines = act.parts(GoodsReceiptLine)
    if not lines:
        raise Invalid({}, "Add at least one line: what came?")
    place = act.session.get_one(Location, act.document.location_id)
    if not place.active:
        raise Invalid({"location_id": f"{place.name} is closed: it takes no goods."})
    check_quantities(act, ((line, line.quantity) for line in lines), may_be_nothing=True)
    check_quantities(
        act, ((line, line.damaged_quantity) for line in lines), name="damaged_quantity", may_be_nothing=True
    )
    return lines


def _order(act: Act) -> PurchaseOrder | None:
    """The order that the goods came for, locked, if they can have come for it."""
    receipt = act.document
    if receipt.purchase_order_id is None:
        return None
    order = purchasing.awaiting(act.actor, receipt.purchase_order_id)
    name = documents.title(order)
    if order.state in NOT_RECEIVABLE:
        raise Invalid({"purchase_order_id": NOT_RECEIVABLE[order.state].format(order=name)})
    if order.supplier_id != receipt.supplier_id:
        raise Invalid({"purchase_order_id": f"{name} went to another supplier."})
    if order.location_id != receipt.location_id:
        raise Invalid({"purchase_order_id": f"{name} is to be delivered to another location."})
    return order


def _price(act: Act, lines: list[GoodsReceiptLine], ordered: Mapping[UUID, PurchaseOrderLine]) -> None:
    """A line without a cost gets the order's, else what the supplier or the product usually costs."""
    usual = purchasing.costs(act.session, act.document.supplier_id, [line.product_id for line in lines])
    for line in lines:
        found = ordered.get(line.product_id)
        line.purchase_order_line_id = found.id if found else None
        if line.unit_cost is None and found is not None:
            line.unit_cost = found.unit_cost
        if line.unit_cost is None:
            line.unit_cost = usual.get(line.product_id, NOTHING)


def _moves(receipt: GoodsReceipt, line: GoodsReceiptLine) -> list[Move]:
    place = receipt.location_id
    return [
        Move(
            line.product_id,
            Place("supplier", place),
            Place(kind, place),
            quantity,
            unit_cost=line.unit_cost,
            document="goods_receipt",
            document_id=receipt.id,
            effective_at=receipt.received_at,
        )
        for kind, quantity in (("shelf", line.quantity), ("loss", line.damaged_quantity))
        if quantity
    ]


def _all(line: GoodsReceiptLine) -> Decimal:
    """Whole or broken, it was delivered."""
    return line.quantity + line.damaged_quantity


def _remarks(
    act: Act, lines: list[GoodsReceiptLine], order: PurchaseOrder | None, ordered: Mapping[UUID, PurchaseOrderLine]
) -> list[str]:
    """What whoever posts it should hear of: more than was ordered, or nothing of it ordered, or booked before."""
    remarks = []
    goods = act.by_id(Product, (line.product_id for line in lines))
    for line in lines if order else ():
        found = ordered.get(line.product_id)
        if found is None:
            remarks.append(f"{goods[line.product_id].name} was not ordered.")
        elif found.received_quantity + _all(line) > found.quantity:
            more = found.received_quantity + _all(line) - found.quantity
            remarks.append(f"{plain(more)} more of {goods[line.product_id].name} than ordered.")
    before = _with_the_same_note(act)
    if before is not None:
        remarks.append(f"Delivery note {act.document.delivery_note} is on {documents.title(before)} too.")
    return remarks


def _with_the_same_note(act: Act) -> GoodsReceipt | None:
    """The supplier's delivery note was booked before: perhaps the same goods twice."""
    receipt = act.document
    if not receipt.delivery_note:
        return None
    return act.session.scalars(
        sa.select(GoodsReceipt)
        .where(
            GoodsReceipt.supplier_id == receipt.supplier_id,
            GoodsReceipt.delivery_note == receipt.delivery_note,
            GoodsReceipt.state == "posted",
            GoodsReceipt.reverses_id.is_(None),
            GoodsReceipt.id != receipt.id,
        )
        .limit(1)
    ).first()


def _same(line: GoodsReceiptLine, back: GoodsReceipt) -> GoodsReceiptLine:
    return GoodsReceiptLine(
        id=uuid7(),
        goods_receipt_id=back.id,
        product_id=line.product_id,
        quantity=line.quantity,
        damaged_quantity=line.damaged_quantity,
        unit_cost=line.unit_cost,
        purchase_order_line_id=line.purchase_order_line_id,
    )


STEPS: tuple[Step, ...] = (
    Step(
        "post", ("draft",), _post, "posted", stamp="posted", tone="primary", icon="check", done="posted",
        hint="The goods go onto the shelf; what came broken is written off.",
    ),
    Step(
        "discard", ("draft",), _discard, "discarded", tone="danger", icon="trash",
        hint="Begun by mistake: nothing of it is booked, and the order is awaited as before.",
    ),
    Step(
        "reverse", ("posted",), _reverse, "reversed", tone="danger", icon="arrow-back-up", done="reversed",
        when=reversal.is_original, asks={"note": Column("long_text", label="Why", longest=2_000, required=True)},
        hint="Takes everything off the shelf again that it brought.",
    ),
)  # fmt: skip
