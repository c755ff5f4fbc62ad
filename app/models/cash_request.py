"""Cash requests: money that a shop needs from the drawer, once somebody agreed."""

from decimal import Decimal
from uuid import UUID

from sqlalchemy.orm import Mapped

from app.core.columns import choice, link, long_text, money, number, text
from app.core.entity import Entity
from app.core.scope import at
from app.core.screen import Screen


class CashRequest(Entity):
    """An amount that someone at a location asks for, and what for."""

    scope = at("location_id")
    verbs = ("approve", "reject", "withdraw")
    open_in = ("proposed",)
    access = {"clerk": ("see", "create", "withdraw"), "frontdesk": ("see", "create", "change", "withdraw")}
    screen = Screen(
        area="Sales",
        icon="coin",
        title=("number",),
        columns=("number", "location_id", "amount", "purpose", "requested_by_id", "state"),
        search=("number", "purpose"),
        sort="-created_at",
        subtitle="purpose",
        state="state",
        empty="No cash requests yet. Ask for money here before taking it from the drawer.",
    )

    number: Mapped[str] = number("CR")
    location_id: Mapped[UUID] = link("Location", required=True)
    amount: Mapped[Decimal] = money(required=True, least=0.01)
    purpose: Mapped[str] = text(required=True)
    requested_by_id: Mapped[UUID | None] = link("User", label="Requested by")
    state: Mapped[str] = choice(
        ("proposed", "Proposed", "primary"),
        ("approved", "Approved", "success"),
        ("rejected", "Rejected", "danger"),
        ("withdrawn", "Withdrawn", "secondary"),
        default="proposed",
        by_machine=True,
    )
    note: Mapped[str | None] = long_text(longest=2_000)
