"""Attendance: when people came and went."""

from datetime import datetime
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.orm import Mapped

from app.core.columns import choice, link, moment, text
from app.core.entity import Entity
from app.core.scope import own
from app.core.screen import Screen


class Attendance(Entity):
    """One stay at work, from clocking in to clocking out."""

    scope = own(staff="staff_id", at="location_id")
    access = {"clerk": (), "frontdesk": ()}
    screen = Screen(
        area="Schedule",
        icon="clock-check",
        title=("staff_id",),
        columns=("staff_id", "location_id", "clocked_in_at", "clocked_out_at", "source"),
        search=("note",),
        sort="-clocked_in_at",
        empty="Nobody has clocked in yet.",
    )
    constraints = (
        sa.CheckConstraint("clocked_out_at IS NULL OR clocked_out_at >= clocked_in_at", name="clocked_out_at_sensible"),
    )

    staff_id: Mapped[UUID] = link("Staff", required=True)
    location_id: Mapped[UUID] = link("Location", required=True)
    clocked_in_at: Mapped[datetime] = moment(now=True, label="In")
    clocked_out_at: Mapped[datetime | None] = moment(label="Out")
    source: Mapped[str] = choice(
        ("screen", "Screen"), ("terminal", "Till"), ("manager", "Entered by manager"), default="screen"
    )
    note: Mapped[str | None] = text()
