"""Leave: days off that somebody asks for and a manager decides."""

import datetime as dt
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.orm import Mapped

from app.core.columns import choice, date, link, long_text
from app.core.entity import Entity
from app.core.scope import own
from app.core.screen import Screen


class Leave(Entity):
    """Days on which a member of staff is away."""

    scope = own(staff="staff_id", at="location_id", verbs=("see", "create", "withdraw"))
    verbs = ("approve", "reject", "withdraw")
    open_in = ("proposed",)
    access = {"clerk": (), "frontdesk": ()}
    screen = Screen(
        area="Schedule",
        icon="beach",
        title=("staff_id",),
        columns=("staff_id", "kind", "starts_on", "ends_on", "location_id", "state"),
        search=("reason",),
        sort="-starts_on",
        state="state",
        empty="No leave yet. Ask for days off here.",
    )
    constraints = (sa.CheckConstraint("ends_on >= starts_on", name="ends_on_sensible"),)

    staff_id: Mapped[UUID] = link("Staff", required=True)
    location_id: Mapped[UUID] = link("Location", required=True)
    kind: Mapped[str] = choice("holiday", ("sick", "Sick"), "training", "unpaid", default="holiday")
    starts_on: Mapped[dt.date] = date(required=True, label="From")
    ends_on: Mapped[dt.date] = date(required=True, label="To")
    reason: Mapped[str | None] = long_text(longest=2_000)
    state: Mapped[str] = choice(
        ("proposed", "Proposed", "primary"),
        ("approved", "Approved", "success"),
        ("rejected", "Rejected", "danger"),
        ("withdrawn", "Withdrawn", "secondary"),
        default="proposed",
        by_machine=True,
    )

    def check(self) -> dict[str, str]:
        if self.starts_on and self.ends_on and self.ends_on < self.starts_on:
            return {"ends_on": "The last day can't be before the first."}
        return {}
