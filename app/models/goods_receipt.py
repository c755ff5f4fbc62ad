"""Goods receipts: what a supplier delivered, as it was counted at the door."""

from datetime import datetime
from decimal import Decimal
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.orm import Mapped

from app.core.columns import choice, cost, file, link, long_text, moment, money, number, text
from app.core.columns import quantity as a_quantity  # the lines have a column of that name, and more of the kind
from app.core.entity import Entity
from app.core.scope import at, part_of
from app.core.screen import Screen, Section


class GoodsReceipt(Entity):
    """A delivery that came in at one location, against a purchase order or without one."""

    scope = at("location_id")
    verbs = ("post", "discard", "reverse")
    open_in = ("draft",)
    access = {"clerk": ("see", "create", "change", "post", "discard")}
    screen = Screen(
        area="Stock",
        icon="truck-delivery",
        title=("number",),
        columns=(
            "number",
            "supplier_id",
            "location_id",
            "purchase_order_id",
            "state",
            "received_at",
            "value",
            "created_at",
        ),
        search=("number", "supplier_id", "delivery_note"),
        sort="-created_at",
        subtitle="supplier_id",
        state="state",
        sections=(
            Section(
                "Receipt",
                (
                    "number",
                    "supplier_id",
                    "location_id",
                    "purchase_order_id",
                    "state",
                    "received_at",
                    "delivery_note",
                    "document",
                    "note",
                ),
            ),
            Section("Course", ("value", "posted_at", "posted_by_id", "reverses_id")),
        ),
        children=("GoodsReceiptLine",),
        empty="No receipts yet. Make one when a delivery comes in.",
    )

    number: Mapped[str] = number("GR")
    supplier_id: Mapped[UUID] = link("Supplier", required=True)
    location_id: Mapped[UUID] = link("Location", required=True, index=False, label="Received at")
    purchase_order_id: Mapped[UUID | None] = link("PurchaseOrder", hint="Empty: it came without an order.")
    state: Mapped[str] = choice(
        ("draft", "Draft", "light"),
        ("posted", "Posted", "success"),
        ("reversed", "Reversed", "secondary"),
        ("discarded", "Discarded", "secondary"),
        default="draft",
        by_machine=True,
    )
    received_at: Mapped[datetime] = moment(now=True, label="Came in")
    delivery_note: Mapped[str | None] = text(longest=80, label="Delivery note number")
    document: Mapped[str | None] = file(label="Delivery note")
    note: Mapped[str | None] = long_text(longest=2_000)
    value: Mapped[Decimal | None] = money(least=None, guarded=True, by_machine=True)
    posted_at: Mapped[datetime | None] = moment(by_machine=True)
    posted_by_id: Mapped[UUID | None] = link("User", index=False, by_machine=True)
    reverses_id: Mapped[UUID | None] = link("GoodsReceipt", unique=True, index=False, by_machine=True)


class GoodsReceiptLine(Entity):
    """How much of one product came, how much of it broken, and at what cost."""

    scope = part_of("GoodsReceipt", "goods_receipt_id")
    screen = Screen(
        area="Stock",
        icon="clipboard-list",
        title=("product_id",),
        columns=(
            "goods_receipt_id",
            "product_id",
            "quantity",
            "damaged_quantity",
            "unit_cost",
            "purchase_order_line_id",
        ),
        sort="created_at",
        menu=False,
        empty="No lines yet. Scan or choose a product.",
    )
    constraints = (
        sa.UniqueConstraint("goods_receipt_id", "product_id"),
        sa.CheckConstraint(
            "quantity >= 0 AND damaged_quantity >= 0 AND quantity + damaged_quantity > 0", name="quantity_positive"
        ),
    )

    goods_receipt_id: Mapped[UUID] = link("GoodsReceipt", required=True, index=False)
    product_id: Mapped[UUID] = link("Product", required=True)
    quantity: Mapped[Decimal] = a_quantity(required=True, hint="Without the damaged ones.")
    damaged_quantity: Mapped[Decimal] = a_quantity(default=0, label="Damaged")
    unit_cost: Mapped[Decimal | None] = cost(guarded=True, hint="Empty: as ordered, or the product's usual cost.")
    purchase_order_line_id: Mapped[UUID | None] = link("PurchaseOrderLine", by_machine=True, label="Ordered as")
    note: Mapped[str | None] = text(longest=500)

    def check(self) -> dict[str, str]:
        return (
            {"quantity": "How much came? More than nothing."} if not self.quantity and not self.damaged_quantity else {}
        )
