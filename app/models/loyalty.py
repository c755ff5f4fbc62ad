"""Loyalty: points that clients earn by buying and spend later, kept as a ledger."""

from decimal import Decimal
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.orm import Mapped

from app.core.columns import choice, flag, link, quantity, text, whole
from app.core.entity import Entity
from app.core.scope import shared, via
from app.core.screen import Screen


class LoyaltyProgram(Entity):
    """How points are earned, and from how many on a client belongs to which tier."""

    scope = shared()
    access = {"frontdesk": ("see",)}
    screen = Screen(
        area="People",
        icon="award",
        columns=("name", "points_per_unit", "silver_from", "gold_from", "platinum_from", "active"),
        search=("name",),
        sort="name",
        empty="No loyalty programs yet. Add one to let clients collect points.",
    )

    name: Mapped[str] = text(longest=120, required=True, unique=True)
    points_per_unit: Mapped[Decimal] = quantity(default=1, hint="Points for each unit of currency spent.")
    silver_from: Mapped[int | None] = whole(label="Silver from", hint="Points that make a silver client.")
    gold_from: Mapped[int | None] = whole(label="Gold from")
    platinum_from: Mapped[int | None] = whole(label="Platinum from")
    active: Mapped[bool] = flag(default=True)

    def check(self) -> dict[str, str]:
        steps = [step for step in (self.silver_from, self.gold_from, self.platinum_from) if step is not None]
        if steps != sorted(steps):
            return {"gold_from": "Each tier needs at least as many points as the one before."}
        return {}


class LoyaltyAccount(Entity):
    """A client's points in a program."""

    scope = via("Client", "client_id")
    access = {"frontdesk": ("see", "create")}
    screen = Screen(
        area="People",
        icon="star",
        title=("client_id", "program_id"),
        columns=("client_id", "program_id", "points", "updated_at"),
        sort="-points",
        empty="No loyalty accounts yet. A client gets one with the first points.",
    )
    constraints = (sa.UniqueConstraint("client_id", "program_id"),)

    client_id: Mapped[UUID] = link("Client", required=True)
    program_id: Mapped[UUID] = link("LoyaltyProgram", required=True)
    points: Mapped[int] = whole(default=0, by_machine=True)


class LoyaltyEntry(Entity):
    """Points earned, spent or corrected; a mistake is corrected by another entry."""

    scope = via("LoyaltyAccount", "account_id")
    access = {"frontdesk": ("see", "create")}
    screen = Screen(
        area="People",
        icon="list",
        title=("account_id", "kind", "points"),
        columns=("created_at", "account_id", "kind", "points", "sale_id", "note"),
        search=("note",),
        sort="-created_at",
        menu=False,
        writable=False,
        plural="Loyalty entries",
        empty="No points yet.",
    )
    constraints = (sa.CheckConstraint("points <> 0", name="points_not_zero"),)

    account_id: Mapped[UUID] = link("LoyaltyAccount", required=True)
    kind: Mapped[str] = choice(
        ("earned", "Earned", "success"), ("spent", "Spent", "primary"), ("corrected", "Corrected", "warning")
    )
    points: Mapped[int] = whole(required=True, least=None, hint="Below zero for points that were spent.")
    sale_id: Mapped[UUID | None] = link("Sale")
    note: Mapped[str | None] = text(longest=500)
