"""Bonuses: an amount on top of somebody's pay, decided by a manager."""

import datetime as dt
from decimal import Decimal
from uuid import UUID

from sqlalchemy.orm import Mapped

from app.core.columns import choice, date, link, long_text, money
from app.core.entity import Entity
from app.core.scope import own
from app.core.screen import Screen


class Bonus(Entity):
    """An amount for a member of staff, and what for."""

    scope = own(staff="staff_id", at="location_id")
    verbs = ("approve", "reject", "withdraw")
    open_in = ("proposed",)
    access = {"clerk": (), "frontdesk": ()}
    screen = Screen(
        area="Schedule",
        icon="gift",
        title=("staff_id",),
        columns=("staff_id", "amount", "granted_on", "reason", "location_id", "state"),
        search=("reason",),
        sort="-granted_on",
        state="state",
        empty="No bonuses yet.",
    )

    staff_id: Mapped[UUID] = link("Staff", required=True)
    location_id: Mapped[UUID] = link("Location", required=True)
    granted_on: Mapped[dt.date] = date(required=True, label="Date")
    amount: Mapped[Decimal] = money(required=True, guarded=True)
    reason: Mapped[str] = long_text(longest=2_000, required=True)
    state: Mapped[str] = choice(
        ("proposed", "Proposed", "primary"),
        ("approved", "Approved", "success"),
        ("rejected", "Rejected", "danger"),
        ("withdrawn", "Withdrawn", "secondary"),
        default="proposed",
        by_machine=True,
    )
