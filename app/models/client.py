"""Clients: who buys from us and comes for appointments."""

import datetime as dt
from uuid import UUID

from sqlalchemy.orm import Mapped

from app.core.columns import date, email, flag, link, long_text, phone, tags, text
from app.core.entity import Entity
from app.core.scope import shared
from app.core.screen import Screen, Section


class Client(Entity):
    """Somebody who buys from us or comes for appointments, at whatever location."""

    scope = shared()
    access = {"frontdesk": ("see", "create", "change")}
    screen = Screen(
        area="People",
        icon="user-circle",
        columns=("name", "phone", "email", "birthday", "preferred_location_id", "created_at"),
        search=("name", "phone", "email"),
        sort="name",
        subtitle="phone",
        sections=(
            Section("Person", ("name", "phone", "email", "birthday", "active")),
            Section("Wishes", ("preferred_location_id", "preferences", "notes")),
        ),
        empty="No clients yet. Add one, or import a list.",
    )

    name: Mapped[str] = text(longest=120, required=True)
    phone: Mapped[str | None] = phone(guarded=True)
    email: Mapped[str | None] = email(guarded=True)
    birthday: Mapped[dt.date | None] = date()
    preferred_location_id: Mapped[UUID | None] = link("Location")
    preferences: Mapped[list[str]] = tags(hint="Short words, like window seat.")
    notes: Mapped[str | None] = long_text(longest=4_000, guarded=True)
    active: Mapped[bool] = flag(default=True)
