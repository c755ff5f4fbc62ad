"""Stock requests: one location asks another for goods."""

import datetime as dt
from decimal import Decimal
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.orm import Mapped

from app.core.columns import choice, date, link, long_text, moment, number, text
from app.core.columns import quantity as a_quantity  # the lines have a column of that name, and more of the kind
from app.core.entity import Entity
from app.core.scope import between, part_of
from app.core.screen import Screen, Section


class StockRequest(Entity):
    """What a location needs from a warehouse or another store; approved, it becomes a transfer."""

    scope = between("from_location_id", "to_location_id")
    verbs = ("request", "approve", "reject", "cancel")
    open_in = ("draft",)
    access = {"clerk": ("see", "create", "change", "request", "cancel")}
    screen = Screen(
        area="Stock",
        icon="inbox",
        title=("number",),
        columns=("number", "to_location_id", "from_location_id", "state", "needed_on", "requested_at", "created_at"),
        search=("number", "note"),
        sort="-created_at",
        subtitle="to_location_id",
        state="state",
        sections=(
            Section("Request", ("number", "to_location_id", "from_location_id", "state", "needed_on", "note")),
            Section("Course", ("requested_at", "requested_by_id", "decided_at", "decided_by_id", "answer")),
        ),
        children=("StockRequestLine",),
        empty="No requests yet. Ask a warehouse or another store for what you need.",
    )
    constraints = (
        sa.CheckConstraint("from_location_id <> to_location_id", name="two_locations"),
        sa.Index(None, "from_location_id", "created_at", "id"),
        sa.Index(None, "to_location_id", "created_at", "id"),
    )

    number: Mapped[str] = number("RQ")
    to_location_id: Mapped[UUID] = link("Location", required=True, index=False, label="Needed at")
    from_location_id: Mapped[UUID] = link("Location", required=True, index=False, label="Asked of")
    state: Mapped[str] = choice(
        ("draft", "Draft", "light"),
        ("requested", "Requested", "warning"),
        ("approved", "Approved", "primary"),
        ("fulfilled", "Fulfilled", "success"),
        ("rejected", "Rejected", "danger"),
        ("cancelled", "Cancelled", "secondary"),
        default="draft",
        by_machine=True,
    )
    needed_on: Mapped[dt.date | None] = date(label="Needed by")
    note: Mapped[str | None] = long_text(longest=2_000)
    requested_at: Mapped[dt.datetime | None] = moment(by_machine=True)
    requested_by_id: Mapped[UUID | None] = link("User", index=False, by_machine=True)
    decided_at: Mapped[dt.datetime | None] = moment(by_machine=True)
    decided_by_id: Mapped[UUID | None] = link("User", index=False, by_machine=True)
    answer: Mapped[str | None] = text(longest=500, by_machine=True)

    def check(self) -> dict[str, str]:
        return (
            {"from_location_id": "Choose another location than the one in need."}
            if self.from_location_id == self.to_location_id
            else {}
        )


class StockRequestLine(Entity):
    """One product of a request: how much is wanted and how much was approved."""

    scope = part_of("StockRequest", "stock_request_id")
    screen = Screen(
        area="Stock",
        icon="clipboard-list",
        title=("product_id",),
        columns=("stock_request_id", "product_id", "quantity", "approved_quantity", "note"),
        sort="created_at",
        menu=False,
        empty="No lines yet. Scan or choose a product.",
    )
    constraints = (
        sa.UniqueConstraint("stock_request_id", "product_id"),
        sa.CheckConstraint("quantity > 0", name="quantity_positive"),
        sa.CheckConstraint("approved_quantity >= 0", name="approved_quantity_sensible"),
    )

    stock_request_id: Mapped[UUID] = link("StockRequest", required=True, index=False, label="Request")
    product_id: Mapped[UUID] = link("Product", required=True)
    quantity: Mapped[Decimal] = a_quantity(required=True, least=0.001)
    approved_quantity: Mapped[Decimal | None] = a_quantity(by_machine=True, label="Approved")
    note: Mapped[str | None] = text(longest=500)
