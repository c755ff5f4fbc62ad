"""Adjustments: stock that is put right because something broke, went missing or turned up."""

from datetime import datetime
from decimal import Decimal
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.orm import Mapped

from app.core.columns import choice, cost, link, long_text, moment, money, number, picture, quantity, text
from app.core.entity import Entity
from app.core.scope import at, part_of
from app.core.screen import Screen, Section


class Adjustment(Entity):
    """A change of stock at one location for one reason; above the reason's limit a manager approves it."""

    scope = at("location_id")
    verbs = ("propose", "post", "withdraw", "approve", "reject", "reverse")
    open_in = ("draft",)
    access = {"clerk": ("see", "create", "change", "propose", "post", "withdraw")}
    screen = Screen(
        area="Stock",
        icon="arrows-sort",
        title=("number",),
        columns=("number", "location_id", "reason_id", "state", "value", "effective_at", "created_at"),
        search=("number", "note"),
        sort="-created_at",
        subtitle="reason_id",
        state="state",
        sections=(
            Section("Adjustment", ("number", "location_id", "reason_id", "state", "effective_at", "note", "picture")),
            Section(
                "Course",
                (
                    "value",
                    "proposed_at",
                    "proposed_by_id",
                    "decided_at",
                    "decided_by_id",
                    "posted_at",
                    "posted_by_id",
                    "reverses_id",
                ),
            ),
        ),
        children=("AdjustmentLine",),
        empty="No adjustments yet. Make one when stock is broken, expired, lost or found.",
    )

    number: Mapped[str] = number("AD")
    location_id: Mapped[UUID] = link("Location", required=True, index=False)
    reason_id: Mapped[UUID] = link("Reason", required=True)
    state: Mapped[str] = choice(
        ("draft", "Draft", "light"),
        ("proposed", "Proposed", "warning"),
        ("posted", "Posted", "success"),
        ("rejected", "Rejected", "danger"),
        ("reversed", "Reversed", "secondary"),
        default="draft",
        by_machine=True,
    )
    effective_at: Mapped[datetime | None] = moment(label="Happened", hint="Empty: when it is posted.")
    note: Mapped[str | None] = long_text(longest=2_000)
    picture: Mapped[str | None] = picture()
    value: Mapped[Decimal | None] = money(least=None, guarded=True, by_machine=True)
    proposed_at: Mapped[datetime | None] = moment(by_machine=True)
    proposed_by_id: Mapped[UUID | None] = link("User", index=False, by_machine=True)
    decided_at: Mapped[datetime | None] = moment(by_machine=True)
    decided_by_id: Mapped[UUID | None] = link("User", index=False, by_machine=True)
    posted_at: Mapped[datetime | None] = moment(by_machine=True)
    posted_by_id: Mapped[UUID | None] = link("User", index=False, by_machine=True)
    reverses_id: Mapped[UUID | None] = link("Adjustment", unique=True, index=False, by_machine=True)


class AdjustmentLine(Entity):
    """How many pieces of one product are more or fewer than thought."""

    scope = part_of("Adjustment", "adjustment_id")
    screen = Screen(
        area="Stock",
        icon="clipboard-list",
        title=("product_id",),
        columns=("adjustment_id", "product_id", "quantity", "unit_cost", "note"),
        sort="created_at",
        menu=False,
        empty="No lines yet. Scan or choose a product.",
    )
    constraints = (
        sa.UniqueConstraint("adjustment_id", "product_id"),
        sa.CheckConstraint("quantity <> 0", name="quantity_sensible"),
    )

    adjustment_id: Mapped[UUID] = link("Adjustment", required=True, index=False)
    product_id: Mapped[UUID] = link("Product", required=True)
    quantity: Mapped[Decimal] = quantity(
        required=True, least=None, label="Change", hint="-2 for two fewer, 2 for two more."
    )
    unit_cost: Mapped[Decimal | None] = cost(guarded=True, by_machine=True)
    note: Mapped[str | None] = text(longest=500)

    def check(self) -> dict[str, str]:
        return {"quantity": "How many more or fewer? Not zero."} if self.quantity == 0 else {}
