"""Staff: who works here, whether or not they sign in."""

import datetime as dt
from uuid import UUID

from sqlalchemy.orm import Mapped

from app.core.columns import choice, colour, date, link, phone, picture, text
from app.core.entity import Entity
from app.core.scope import spread
from app.core.screen import Screen, Section


class Staff(Entity):
    """Somebody who works at one or more locations."""

    scope = spread("location_id", through="StaffLocation", link="staff_id")
    access = {"frontdesk": ("see",)}
    screen = Screen(
        area="People",
        icon="id-badge-2",
        columns=("name", "job", "location_id", "phone", "employee_number", "status"),
        search=("name", "employee_number", "phone"),
        sort="name",
        subtitle="job",
        state="status",
        sections=(
            Section("Person", ("name", "picture", "phone", "birthday", "user_id")),
            Section("Work", ("job", "employee_number", "location_id", "colour", "status", "joined_on")),
        ),
        children=("StaffLocation", "StaffService", "StaffHours"),
        label="Staff member",
        plural="Staff",
        empty="No staff yet. Add who works here.",
    )

    name: Mapped[str] = text(longest=120, required=True)
    user_id: Mapped[UUID | None] = link("User", unique=True, hint="Their login, if they sign in.")
    location_id: Mapped[UUID] = link("Location", required=True, label="Home location")
    job: Mapped[str | None] = text(longest=120)
    employee_number: Mapped[str | None] = text(longest=40, unique=True)
    phone: Mapped[str | None] = phone()
    colour: Mapped[str | None] = colour(hint="Of their column in the calendar.")
    birthday: Mapped[dt.date | None] = date(guarded=True)
    joined_on: Mapped[dt.date | None] = date(label="Joined")
    picture: Mapped[str | None] = picture()
    status: Mapped[str] = choice(
        ("active", "Active", "success"), ("away", "Away", "warning"), ("left", "Left"), default="active"
    )
