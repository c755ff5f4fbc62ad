"""Purchasing: what is ordered from suppliers, from the draft to the last piece that came."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping
from decimal import Decimal
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.orm import Session

from app.core import db
from app.core.actor import Actor
from app.core.errors import Forbidden, Invalid
from app.core.ids import uuid7
from app.models.goods_receipt import GoodsReceipt, GoodsReceiptLine
from app.models.location import Location
from app.models.product import Product
from app.models.purchase_order import PurchaseOrder, PurchaseOrderLine
from app.models.supplier import ProductSupplier, Supplier
from app.services import approvals, documents
from app.services.steps import Act, Step
from app.services.stock.goods import check_quantities

NOTHING = Decimal(0)
CENT = Decimal("0.01")
MOST_WORTH = Decimal(10) ** 11
"""A document that is worth more is a slip of the finger in a price."""


def _approve(act: Act) -> None:
    """It may be ordered as it stands now; whoever edits it asks for another approval."""
    _price(act, _lines(act))
    approvals.decide(act, approved=True)
    act.said = f"{documents.title(act.document)} is approved: it can be ordered as it is now."


def _order(act: Act) -> None:
    """Approved before, or by the one who orders. From now on it is awaited."""
    order = act.document
    lines = _lines(act)
    if not approval_stands(order):
        if not approvals.may_decide(act):
            raise Forbidden(f"{documents.title(order)} has to be approved first, as it is now.")
        approvals.decide(act, approved=True)
        documents.stamp(act.actor, order, "approved", act.now)
    _price(act, lines)
    if order.expected_on is None:
        order.expected_on = _expected(act)


def _receive(act: Act) -> None:
    """A draft receipt of everything that is still to come, for those who count at the door; one at a time."""
    order = act.document
    receipt = being_counted(act.actor, order)
    if receipt is None:
        receipt = _prefilled(act, order)
        act.said = f"{documents.title(receipt)} lists what is still to come: correct what differs, then post it."
    else:
        act.said = f"{documents.title(receipt)} is being counted for this order already."
    act.after["made"] = ("goods_receipt", str(receipt.id))


def _cancel(act: Act) -> str:
    """Nothing more of it is awaited. What has come stays: the order is then received, short of its rest."""
    order = act.document
    receipt = being_counted(act.actor, order)
    if receipt is not None:
        raise Invalid({}, f"{documents.title(receipt)} is being counted for it: post or discard that first.")
    if order.state != "partly_received":
        return "cancelled"
    act.said = f"{documents.title(order)} is closed: what has not come by now is not awaited any more."
    return "received"


def approval_stands(order: PurchaseOrder) -> bool:
    """Was it approved as it is now? Who edits it afterwards, or its lines, makes it wait for another approval."""
    if order.approved_at is None:
        return False
    line = PurchaseOrderLine
    found = (
        db.session()
        .execute(
            sa.select(
                sa.func.max(line.updated_at),
                sa.func.coalesce(sa.func.sum(sa.func.round(line.quantity * line.unit_cost, 2)), 0),
            ).where(line.purchase_order_id == order.id)
        )
        .one()
    )
    edited_at, worth = found
    last = max(order.updated_at, edited_at or order.updated_at)
    # A line that was taken away leaves no moment behind, but the total is another.
    return bool(last <= order.approved_at and worth == order.total)


def costs(session: Session, supplier: UUID, products: Iterable[UUID]) -> dict[UUID, Decimal]:
    """What one unit of each product costs: as agreed with the supplier, else as usual; no entry where nobody knows."""
    agreed = sa.and_(ProductSupplier.product_id == Product.id, ProductSupplier.supplier_id == supplier)
    found = session.execute(
        sa.select(Product.id, sa.func.coalesce(ProductSupplier.price, Product.cost))
        .outerjoin(ProductSupplier, agreed)
        .where(Product.id.in_(set(products)))
    )
    return {product: cost for product, cost in found if cost is not None}


def worth(amounts: Iterable[tuple[Decimal, Decimal | None]]) -> Decimal:
    """What quantities at their unit costs come to, line by line in cents. Raises `Invalid` for a sum that can't be."""
    total = sum((((quantity * (cost or NOTHING)).quantize(CENT)) for quantity, cost in amounts), NOTHING)
    if total > MOST_WORTH:
        raise Invalid({}, f"That comes to more than {MOST_WORTH:,}: look at the quantities and costs again.")
    return total


def awaiting(actor: Actor, id: UUID) -> PurchaseOrder:
    """The order behind a receipt, locked: nobody else books on it before the transaction ends."""
    with db.posting(actor) as session:
        return session.scalars(
            sa.select(PurchaseOrder)
            .where(PurchaseOrder.id == id)
            .with_for_update(key_share=True)
            .execution_options(populate_existing=True)
        ).one()


def lines_by_product(act: Act, order: PurchaseOrder) -> dict[UUID, PurchaseOrderLine]:
    """What was ordered, by product."""
    with db.posting(act.actor) as session:
        return {line.product_id: line for line in documents.lines_of(session, PurchaseOrderLine, order)}


def count_in(act: Act, order: PurchaseOrder, came: Mapping[UUID, Decimal]) -> None:
    """Note on the order what came of each product, or went back where it is below nothing; its state follows."""
    lines = lines_by_product(act, order)
    closed_short = order.state == "received" and _open(lines.values())
    for product, quantity in came.items():
        if product in lines:
            line = lines[product]
            line.received_quantity = max(line.received_quantity + quantity, NOTHING)
    some = any(line.received_quantity for line in lines.values())
    if closed_short:
        # The rest was given up before: a late delivery, or one that goes back, doesn't make it awaited again.
        order.state = "received" if some else "cancelled"
    elif _open(lines.values()):
        order.state = "partly_received" if some else "ordered"
        order.closed_at = order.closed_by_id = None
    else:
        order.state = "received"
        documents.stamp(act.actor, order, "closed", act.now)
    act.save()


def _open(lines: Iterable[PurchaseOrderLine]) -> bool:
    return any(line.received_quantity < line.quantity for line in lines)


def _lines(act: Act) -> list[PurchaseOrderLine]:
    """The lines, if all of it can be ordered."""
    lines = act.parts(PurchaseOrderLine)
    if not lines:
        raise Invalid({}, "Add at least one line: there is nothing to order.")
    _check_ends(act)
    check_quantities(act, ((line, line.quantity) for line in lines))
    return lines


def _check_ends(act: Act) -> None:
    supplier = act.session.get_one(Supplier, act.document.supplier_id)
    if not supplier.active:
        raise Invalid({"supplier_id": f"{supplier.name} is not active any more: choose another supplier."})
    place = act.session.get_one(Location, act.document.location_id)
    if not place.active:
        raise Invalid({"location_id": f"{place.name} is closed: nothing can be delivered there."})


def _price(act: Act, lines: list[PurchaseOrderLine]) -> None:
    """Lines without a cost get the known one, and the total is what the lines come to."""
    known = costs(act.session, act.document.supplier_id, [line.product_id for line in lines])
    for line in lines:
        if line.unit_cost is None:
            line.unit_cost = known.get(line.product_id)
    act.document.total = worth((line.quantity, line.unit_cost) for line in lines)


def _expected(act: Act) -> dt.date | None:
    days = act.session.get_one(Supplier, act.document.supplier_id).lead_days
    return None if days is None else (act.now + dt.timedelta(days=days)).date()


def being_counted(actor: Actor, order: PurchaseOrder) -> GoodsReceipt | None:
    """The draft receipt for an order, whoever began it."""
    with db.posting(actor) as session:
        return session.scalars(
            sa.select(GoodsReceipt)
            .where(GoodsReceipt.purchase_order_id == order.id, GoodsReceipt.state == "draft")
            .order_by(GoodsReceipt.id)
            .limit(1)
        ).first()


def _prefilled(act: Act, order: PurchaseOrder) -> GoodsReceipt:
    receipt = GoodsReceipt(
        id=uuid7(), supplier_id=order.supplier_id, location_id=order.location_id, purchase_order_id=order.id
    )
    act.save(receipt)
    act.save(
        *(
            GoodsReceiptLine(
                id=uuid7(),
                goods_receipt_id=receipt.id,
                product_id=line.product_id,
                quantity=line.quantity - line.received_quantity,
                unit_cost=line.unit_cost,
                purchase_order_line_id=line.id,
            )
            for line in act.parts(PurchaseOrderLine)
            if line.received_quantity < line.quantity
        )
    )
    return receipt


def _wants_approval(order: PurchaseOrder) -> bool:
    return not approval_stands(order)


STEPS: tuple[Step, ...] = (
    Step(
        "approve", ("draft",), _approve, stamp="approved", icon="check", when=_wants_approval,
        hint="It can then be ordered as it is now.",
    ),
    Step(
        "order", ("draft",), _order, "ordered", stamp="ordered", tone="primary", icon="send", done="ordered",
        hint="It has been sent to the supplier; from now on the goods are awaited.",
    ),
    Step(
        "receive", ("ordered", "partly_received"), _receive, tone="primary", icon="truck-delivery", done="received",
        exact=False, hint="Makes a receipt of what is still to come, to be corrected and posted.",
    ),
    Step(
        "cancel", ("draft", "ordered", "partly_received"), _cancel, stamp="closed", tone="danger", icon="ban",
        done="cancelled", hint="What has come stays; the rest is not awaited any more.",
    ),
)  # fmt: skip
