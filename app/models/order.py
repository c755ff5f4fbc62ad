"""Client orders: what a client wants, reserved until it is handed over or shipped."""

import datetime as dt
from decimal import Decimal
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.orm import Mapped

from app.core.columns import choice, date, generated, link, long_text, money, number, percent, quantity, text
from app.core.entity import Entity
from app.core.scope import at, part_of
from app.core.screen import Screen, Section


class Order(Entity):
    """What a client ordered, at the location that will fulfil it."""

    scope = at("location_id")
    verbs = ("confirm", "fulfil", "cancel")
    open_in = ("draft",)
    # Where a parcel goes, with whom and for how much is put right until it leaves.
    corrected_in = {
        "confirmed": (
            "shipper",
            "freight",
            "ship_name",
            "ship_address",
            "ship_city",
            "ship_region",
            "ship_postcode",
            "ship_country",
            "note",
        )
    }
    access = {"clerk": ("see",)}
    screen = Screen(
        area="Sales",
        icon="clipboard-list",
        title=("number",),
        columns=("number", "client_id", "location_id", "ordered_on", "required_on", "state", "staff_id", "freight"),
        search=("number", "ship_name", "ship_city"),
        sort="-ordered_on",
        subtitle="ship_name",
        state="state",
        sections=(
            Section("Order", ("number", "client_id", "location_id", "staff_id", "state", "note")),
            Section("Dates", ("ordered_on", "required_on", "shipped_on")),
            Section(
                "Delivery",
                (
                    "shipper",
                    "freight",
                    "ship_name",
                    "ship_address",
                    "ship_city",
                    "ship_region",
                    "ship_postcode",
                    "ship_country",
                ),
            ),
        ),
        children=("OrderLine",),
        empty="No orders yet. Take one when a client wants something you will hand over later.",
    )
    constraints = (sa.Index(None, "location_id", "created_at", "id"),)

    number: Mapped[str] = number("SO")
    client_id: Mapped[UUID | None] = link("Client")
    location_id: Mapped[UUID] = link("Location", required=True)
    staff_id: Mapped[UUID | None] = link("Staff", label="Sold by")
    state: Mapped[str] = choice(
        ("draft", "Draft", "light"),
        ("confirmed", "Confirmed", "primary"),
        ("fulfilled", "Fulfilled", "success"),
        ("cancelled", "Cancelled", "secondary"),
        default="draft",
        by_machine=True,
    )
    ordered_on: Mapped[dt.date | None] = date()
    required_on: Mapped[dt.date | None] = date()
    shipped_on: Mapped[dt.date | None] = date()
    shipper: Mapped[str | None] = text(longest=80)
    freight: Mapped[Decimal | None] = money()
    ship_name: Mapped[str | None] = text(longest=120)
    ship_address: Mapped[str | None] = text(longest=200)
    ship_city: Mapped[str | None] = text(longest=80)
    ship_region: Mapped[str | None] = text(longest=80)
    ship_postcode: Mapped[str | None] = text(longest=20)
    ship_country: Mapped[str | None] = text(longest=80)
    note: Mapped[str | None] = long_text(longest=2_000)


class OrderLine(Entity):
    """One product on a client's order."""

    scope = part_of("Order", "order_id")
    screen = Screen(
        area="Sales",
        icon="list-details",
        title=("product_id",),
        columns=("order_id", "product_id", "quantity", "unit_price", "discount", "total"),
        sort="created_at",
        menu=False,
    )
    constraints = (sa.CheckConstraint("quantity > 0", name="quantity_positive"),)

    order_id: Mapped[UUID] = link("Order", required=True)
    product_id: Mapped[UUID] = link("Product", required=True)
    quantity: Mapped[Decimal] = quantity(required=True, least=0.001)
    unit_price: Mapped[Decimal] = money(required=True)
    discount: Mapped[Decimal] = percent(default=0, hint="Per cent.")
    total: Mapped[Decimal | None] = generated("round(quantity * unit_price * (1 - discount / 100), 2)", money())
