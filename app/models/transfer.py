"""Transfers: goods leave one location and arrive at another."""

import datetime as dt
from decimal import Decimal
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.orm import Mapped

from app.core.columns import choice, date, flag, link, long_text, moment, number, text
from app.core.columns import quantity as a_quantity  # the lines have a column of that name, and more of the kind
from app.core.entity import Entity
from app.core.scope import between, part_of
from app.core.screen import Screen, Section


class Transfer(Entity):
    """Goods on their way from one location to another: the sender sends, the receiver counts what came."""

    scope = between("from_location_id", "to_location_id")
    verbs = ("request", "approve", "dispatch", "receive", "close", "cancel", "return")
    open_in = ("draft",)
    access = {"clerk": ("see", "create", "change", "request", "dispatch", "receive", "close", "cancel", "return")}
    screen = Screen(
        area="Stock",
        icon="transfer",
        title=("number",),
        columns=("number", "from_location_id", "to_location_id", "state", "dispatched_at", "expected_on", "created_at"),
        search=("number", "note"),
        sort="-created_at",
        subtitle="to_location_id",
        state="state",
        sections=(
            Section(
                "Transfer",
                ("number", "from_location_id", "to_location_id", "state", "expected_on", "blind_receive", "note"),
            ),
            Section(
                "Course",
                (
                    "stock_request_id",
                    "requested_at",
                    "requested_by_id",
                    "approved_at",
                    "approved_by_id",
                    "dispatched_at",
                    "dispatched_by_id",
                    "closed_at",
                    "closed_by_id",
                ),
            ),
        ),
        children=("TransferLine",),
        empty="No transfers yet. Make one to send goods to another location.",
    )
    constraints = (
        sa.CheckConstraint("from_location_id <> to_location_id", name="two_locations"),
        sa.Index(None, "from_location_id", "created_at", "id"),
        sa.Index(None, "to_location_id", "created_at", "id"),
        # What is on the way, the oldest first.
        sa.Index(
            "ix_transfers_in_transit",
            "dispatched_at",
            postgresql_where=sa.text("state IN ('dispatched', 'partly_received')"),
        ),
    )

    number: Mapped[str] = number("TR")
    from_location_id: Mapped[UUID] = link("Location", required=True, index=False, label="From")
    to_location_id: Mapped[UUID] = link("Location", required=True, index=False, label="To")
    state: Mapped[str] = choice(
        ("draft", "Draft", "light"),
        ("requested", "Requested", "warning"),
        ("approved", "Approved", "primary"),
        ("dispatched", "Dispatched", "info"),
        ("partly_received", "Partly received", "info"),
        ("closed", "Closed", "success"),
        ("cancelled", "Cancelled", "secondary"),
        ("returned", "Returned", "danger"),
        default="draft",
        by_machine=True,
    )
    expected_on: Mapped[dt.date | None] = date(label="Expected")
    blind_receive: Mapped[bool] = flag(hint="The receiver counts without seeing what was sent.")
    note: Mapped[str | None] = long_text(longest=2_000)
    stock_request_id: Mapped[UUID | None] = link("StockRequest", by_machine=True)
    requested_at: Mapped[dt.datetime | None] = moment(by_machine=True)
    requested_by_id: Mapped[UUID | None] = link("User", index=False, by_machine=True)
    approved_at: Mapped[dt.datetime | None] = moment(by_machine=True)
    approved_by_id: Mapped[UUID | None] = link("User", index=False, by_machine=True)
    dispatched_at: Mapped[dt.datetime | None] = moment(by_machine=True)
    dispatched_by_id: Mapped[UUID | None] = link("User", index=False, by_machine=True)
    closed_at: Mapped[dt.datetime | None] = moment(by_machine=True)
    closed_by_id: Mapped[UUID | None] = link("User", index=False, by_machine=True)

    def check(self) -> dict[str, str]:
        return (
            {"to_location_id": "Choose another location than the one that sends."}
            if self.from_location_id == self.to_location_id
            else {}
        )


class TransferLine(Entity):
    """One product of a transfer: how much was asked for, sent, received whole and received broken."""

    scope = part_of("Transfer", "transfer_id")
    screen = Screen(
        area="Stock",
        icon="clipboard-list",
        title=("product_id",),
        columns=(
            "transfer_id",
            "product_id",
            "quantity",
            "dispatched_quantity",
            "received_quantity",
            "damaged_quantity",
            "short_reason_id",
        ),
        sort="created_at",
        menu=False,
        empty="No lines yet. Scan or choose a product.",
    )
    constraints = (
        sa.UniqueConstraint("transfer_id", "product_id"),
        sa.CheckConstraint("quantity > 0", name="quantity_positive"),
        sa.CheckConstraint(
            "received_quantity >= 0 AND damaged_quantity >= 0 AND short_quantity >= 0 AND returned_quantity >= 0",
            name="received_sensible",
        ),
        sa.CheckConstraint(
            "received_quantity + damaged_quantity + short_quantity + returned_quantity <= dispatched_quantity",
            name="no_more_than_sent",
        ),
    )

    transfer_id: Mapped[UUID] = link("Transfer", required=True, index=False)
    product_id: Mapped[UUID] = link("Product", required=True)
    quantity: Mapped[Decimal] = a_quantity(required=True, least=0.001)
    dispatched_quantity: Mapped[Decimal] = a_quantity(default=0, by_machine=True, label="Sent")
    received_quantity: Mapped[Decimal] = a_quantity(default=0, by_machine=True, label="Received")
    damaged_quantity: Mapped[Decimal] = a_quantity(default=0, by_machine=True, label="Damaged")
    short_quantity: Mapped[Decimal] = a_quantity(default=0, by_machine=True, label="Short")
    returned_quantity: Mapped[Decimal] = a_quantity(default=0, by_machine=True, label="Sent back")
    short_reason_id: Mapped[UUID | None] = link(
        "Reason", index=False, by_machine=True, label="Reason for the difference"
    )
    note: Mapped[str | None] = text(longest=500)
