"""Locations: the shops, salons and stores that goods, people and money belong to."""

from uuid import UUID
from zoneinfo import available_timezones

from sqlalchemy.orm import Mapped

from app.core.columns import choice, code, flag, link, long_text, phone, text
from app.core.entity import Entity
from app.core.scope import shared
from app.core.screen import Screen, Section


class Location(Entity):
    """A place of the business: where stock lies, people work and sales are made."""

    scope = shared()
    # A new or renamed place concerns the whole business, not one shop's manager.
    access = {"manager": ("see", "export")}
    screen = Screen(
        area="Places",
        icon="building-store",
        columns=("code", "name", "kind", "parent_id", "time_zone", "phone", "active"),
        search=("name", "code"),
        sort="name",
        subtitle="code",
        sections=(
            Section("Place", ("code", "name", "kind", "parent_id", "active", "receives_transfers")),
            Section("Contact", ("address", "phone", "time_zone")),
        ),
        empty="No locations yet. Add your first shop.",
    )

    code: Mapped[str] = code()
    name: Mapped[str] = text(longest=120, required=True)
    kind: Mapped[str] = choice("store", "salon", "warehouse", "head_office", "online", "region", default="store")
    parent_id: Mapped[UUID | None] = link("Location", label="Part of")
    address: Mapped[str | None] = long_text(longest=500)
    time_zone: Mapped[str] = text(longest=60, default="UTC", hint="Like Europe/Berlin.")
    phone: Mapped[str | None] = phone()
    active: Mapped[bool] = flag(default=True)
    receives_transfers: Mapped[bool] = flag(default=True)

    def check(self) -> dict[str, str]:
        if self.time_zone and self.time_zone not in available_timezones():
            return {"time_zone": "Write it like Europe/Berlin or Asia/Kolkata."}
        return {}
