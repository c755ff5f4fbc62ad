"""Purchase orders: what we order from suppliers."""

import datetime as dt
from decimal import Decimal
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.orm import Mapped

from app.core.columns import choice, cost, date, generated, link, long_text, moment, money, number, text
from app.core.columns import quantity as a_quantity  # the lines have a column of that name, and more of the kind
from app.core.entity import Entity
from app.core.scope import at, part_of
from app.core.screen import Screen, Section


class PurchaseOrder(Entity):
    """An order to a supplier, to be delivered to one location."""

    scope = at("location_id")
    verbs = ("approve", "order", "receive", "cancel")
    open_in = ("draft",)
    # When it comes, and under which number, the supplier says afterwards.
    corrected_in = {
        "ordered": ("expected_on", "supplier_reference", "note"),
        "partly_received": ("expected_on", "supplier_reference", "note"),
    }
    access = {"clerk": ("see", "create", "change", "receive")}
    screen = Screen(
        area="Stock",
        icon="shopping-cart",
        title=("number",),
        columns=("number", "supplier_id", "location_id", "state", "ordered_at", "expected_on", "total", "created_at"),
        search=("number", "supplier_id", "supplier_reference"),
        sort="-created_at",
        subtitle="supplier_id",
        state="state",
        sections=(
            Section(
                "Order", ("number", "supplier_id", "location_id", "state", "expected_on", "supplier_reference", "note")
            ),
            Section(
                "Course",
                ("total", "approved_at", "approved_by_id", "ordered_at", "ordered_by_id", "closed_at", "closed_by_id"),
            ),
        ),
        children=("PurchaseOrderLine",),
        empty="No purchase orders yet. Make one to order goods from a supplier.",
    )

    number: Mapped[str] = number("PO")
    supplier_id: Mapped[UUID] = link("Supplier", required=True)
    location_id: Mapped[UUID] = link("Location", required=True, index=False, label="Deliver to")
    state: Mapped[str] = choice(
        ("draft", "Draft", "light"),
        ("ordered", "Ordered", "primary"),
        ("partly_received", "Partly received", "info"),
        ("received", "Received", "success"),
        ("cancelled", "Cancelled", "secondary"),
        default="draft",
        by_machine=True,
    )
    expected_on: Mapped[dt.date | None] = date(label="Expected")
    supplier_reference: Mapped[str | None] = text(longest=80, label="Supplier's reference")
    note: Mapped[str | None] = long_text(longest=2_000)
    total: Mapped[Decimal | None] = money(guarded=True, by_machine=True)
    approved_at: Mapped[dt.datetime | None] = moment(by_machine=True)
    approved_by_id: Mapped[UUID | None] = link("User", index=False, by_machine=True)
    ordered_at: Mapped[dt.datetime | None] = moment(by_machine=True)
    ordered_by_id: Mapped[UUID | None] = link("User", index=False, by_machine=True)
    closed_at: Mapped[dt.datetime | None] = moment(by_machine=True)
    closed_by_id: Mapped[UUID | None] = link("User", index=False, by_machine=True)


class PurchaseOrderLine(Entity):
    """One product of a purchase order: how much was ordered, how much has come."""

    scope = part_of("PurchaseOrder", "purchase_order_id")
    screen = Screen(
        area="Stock",
        icon="clipboard-list",
        title=("product_id",),
        columns=("purchase_order_id", "product_id", "quantity", "received_quantity", "open_quantity", "unit_cost"),
        sort="created_at",
        menu=False,
        empty="No lines yet. Scan or choose a product.",
    )
    constraints = (
        sa.UniqueConstraint("purchase_order_id", "product_id"),
        sa.CheckConstraint("quantity > 0", name="quantity_positive"),
        # More than ordered may come; less than nothing can't.
        sa.CheckConstraint("received_quantity >= 0", name="received_quantity_sensible"),
    )

    purchase_order_id: Mapped[UUID] = link("PurchaseOrder", required=True, index=False)
    product_id: Mapped[UUID] = link("Product", required=True)
    quantity: Mapped[Decimal] = a_quantity(required=True, least=0.001)
    received_quantity: Mapped[Decimal] = a_quantity(default=0, by_machine=True, label="Received")
    open_quantity: Mapped[Decimal] = generated(
        "greatest(quantity - received_quantity, 0)", a_quantity(), label="Still to come"
    )
    unit_cost: Mapped[Decimal | None] = cost(guarded=True)
    note: Mapped[str | None] = text(longest=500)
