"""Sales: what went over the counter, line by line, and how it was paid."""

from datetime import datetime
from decimal import Decimal
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.orm import Mapped

from app.core.columns import choice, generated, link, moment, money, percent, quantity, text
from app.core.entity import Entity
from app.core.scope import at, part_of
from app.core.screen import Screen, Section


class Sale(Entity):
    """One transaction at a register; a refund is a sale that names the one it takes back."""

    scope = at("location_id")
    verbs = ("pay", "discount", "refund", "cancel")
    open_in = ("open",)
    access = {"clerk": (), "frontdesk": ("see", "create", "change", "pay", "refund", "cancel")}
    screen = Screen(
        area="Sales",
        icon="receipt",
        title=("number",),
        columns=("number", "sold_at", "location_id", "client_id", "staff_id", "state", "total"),
        search=("number",),
        sort="-sold_at",
        subtitle="total",
        state="state",
        sections=(
            Section("Sale", ("number", "sold_at", "location_id", "register_id", "shift_id", "state")),
            Section("People", ("client_id", "staff_id")),
            Section("Amounts", ("total", "tax", "refund_of_id", "note")),
        ),
        children=("SaleLine", "Payment"),
        empty="No sales yet. The first one from a till or the sales screen shows up here.",
    )
    constraints = (
        sa.UniqueConstraint("location_id", "number"),
        sa.Index(None, "location_id", "sold_at", "id"),
    )

    # A number follows the one before it at its location, without gaps; the service that books the sale gives it.
    number: Mapped[str | None] = text(longest=40, by_machine=True)
    location_id: Mapped[UUID] = link("Location", required=True)
    register_id: Mapped[UUID | None] = link("Register")
    shift_id: Mapped[UUID | None] = link("Shift")
    client_id: Mapped[UUID | None] = link("Client")
    staff_id: Mapped[UUID | None] = link("Staff")
    sold_at: Mapped[datetime] = moment(now=True)
    state: Mapped[str] = choice(
        ("open", "Open", "primary"),
        ("paid", "Paid", "success"),
        ("refunded", "Refunded", "warning"),
        ("void", "Void", "secondary"),
        default="open",
        by_machine=True,
    )
    refund_of_id: Mapped[UUID | None] = link("Sale", label="Refund of", by_machine=True)
    total: Mapped[Decimal] = money(default=0, least=None, by_machine=True)
    tax: Mapped[Decimal] = money(default=0, least=None, by_machine=True)
    note: Mapped[str | None] = text(longest=500)


class SaleLine(Entity):
    """One product or service on a sale; a refund's quantity is negative."""

    scope = part_of("Sale", "sale_id")
    screen = Screen(
        area="Sales",
        icon="list-details",
        title=("product_id", "service_id"),
        columns=("sale_id", "product_id", "service_id", "quantity", "unit_price", "discount", "reduction", "total"),
        sort="created_at",
        menu=False,
    )
    constraints = (
        sa.CheckConstraint("(product_id IS NULL) <> (service_id IS NULL)", name="one_thing"),
        sa.CheckConstraint("quantity <> 0", name="quantity_sensible"),
        sa.CheckConstraint("reduction * quantity >= 0", name="reduction_sensible"),
    )

    sale_id: Mapped[UUID] = link("Sale", required=True)
    product_id: Mapped[UUID | None] = link("Product")
    service_id: Mapped[UUID | None] = link("Service")
    staff_id: Mapped[UUID | None] = link("Staff")
    quantity: Mapped[Decimal] = quantity(default=1, least=None)
    unit_price: Mapped[Decimal] = money(required=True)
    discount: Mapped[Decimal] = percent(default=0, hint="Per cent.")
    # A part of a discount in money, or on the whole bill: no percentage says it to the cent. A refund's is negative.
    reduction: Mapped[Decimal] = money(default=0, least=None, label="Amount off")
    tax_rate_id: Mapped[UUID | None] = link("TaxRate")
    refund_of_line_id: Mapped[UUID | None] = link("SaleLine", label="Gives back", by_machine=True)
    total: Mapped[Decimal | None] = generated(
        "round(quantity * unit_price * (1 - discount / 100), 2) - reduction", money(least=None)
    )

    def check(self) -> dict[str, str]:
        if (self.product_id is None) == (self.service_id is None):
            return {"product_id": "Choose a product or a service, one of them."}
        if self.reduction and self.quantity and (self.reduction > 0) != (self.quantity > 0):
            return {"reduction": "Give the amount off without a sign."}
        return {}


class Payment(Entity):
    """One payment of a sale; several may add up to its total."""

    scope = part_of("Sale", "sale_id")
    screen = Screen(
        area="Sales",
        icon="credit-card",
        title=("method",),
        columns=("sale_id", "method", "amount", "paid_at", "reference"),
        search=("reference",),
        sort="created_at",
        menu=False,
    )

    sale_id: Mapped[UUID] = link("Sale", required=True)
    method: Mapped[str] = choice("cash", "card", ("upi", "UPI"), "wallet", default="cash")
    amount: Mapped[Decimal] = money(required=True, least=None)
    paid_at: Mapped[datetime] = moment(now=True)
    reference: Mapped[str | None] = text(longest=80)
