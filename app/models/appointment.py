"""Appointments: who does what for which client, when."""

from datetime import datetime
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import ExcludeConstraint
from sqlalchemy.orm import Mapped

from app.core.columns import choice, link, long_text, moment, number, whole
from app.core.entity import Entity
from app.core.scope import at
from app.core.screen import Screen, Section

# A time with a zone plus an interval depends on the zone, so an index can't hold it; the same in UTC can.
TAKEN = "tsrange(starts_at AT TIME ZONE 'UTC', (starts_at AT TIME ZONE 'UTC') + minutes * interval '1 minute')"


class Appointment(Entity):
    """A client's time with a member of staff; nobody has two at once."""

    scope = at("location_id")
    access = {"clerk": ()}
    screen = Screen(
        area="Schedule",
        icon="calendar-event",
        title=("number",),
        columns=("number", "starts_at", "client_id", "service_id", "staff_id", "minutes", "location_id", "state"),
        search=("number",),
        sort="-starts_at",
        subtitle="client_id",
        state="state",
        sections=(
            Section("Appointment", ("number", "client_id", "service_id", "staff_id", "location_id")),
            Section("Time", ("starts_at", "minutes", "state", "note")),
        ),
        empty="No appointments yet. Book the first one for a client.",
    )
    constraints = (
        ExcludeConstraint(
            (sa.column("staff_id"), "="),
            (sa.text(TAKEN), "&&"),
            name="no_two_at_once",
            using="gist",
            where=sa.text("state NOT IN ('cancelled', 'no_show')"),
        ),
        sa.Index(None, "location_id", "starts_at", "id"),
    )

    number: Mapped[str] = number("AP")
    location_id: Mapped[UUID] = link("Location", required=True)
    client_id: Mapped[UUID | None] = link("Client")
    staff_id: Mapped[UUID] = link("Staff", required=True)
    service_id: Mapped[UUID | None] = link("Service")
    starts_at: Mapped[datetime] = moment(required=True, label="Start")
    minutes: Mapped[int] = whole(default=30, least=5, most=720)
    state: Mapped[str] = choice(
        ("booked", "Booked", "light"),
        ("confirmed", "Confirmed", "primary"),
        ("arrived", "Arrived", "warning"),
        ("done", "Done", "success"),
        ("no_show", "No-show", "danger"),
        ("cancelled", "Cancelled", "secondary"),
        default="booked",
    )
    note: Mapped[str | None] = long_text(longest=2_000)
