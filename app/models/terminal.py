"""Terminals: the tills and devices that work on their own and exchange what happened."""

from datetime import datetime
from uuid import UUID

from sqlalchemy.orm import Mapped

from app.core.columns import choice, link, moment, secret, text
from app.core.entity import Entity
from app.core.scope import at
from app.core.screen import Screen


class Terminal(Entity):
    """A till or another device at a location, with a key of its own."""

    scope = at("location_id")
    verbs = ("revoke",)
    screen = Screen(
        area="Access",
        icon="device-desktop",
        columns=("name", "location_id", "kind", "last_seen_at", "app_version", "revoked_at"),
        search=("name",),
        sort="name",
        subtitle="kind",
        empty="No terminals yet. Add one, then type its key into the device.",
    )

    name: Mapped[str] = text(longest=120, required=True)
    location_id: Mapped[UUID] = link("Location", required=True)
    kind: Mapped[str] = choice("till", "scanner", ("device", "Other device"), default="till")
    key_hash: Mapped[str | None] = secret(longest=64, unique=True)
    last_seen_at: Mapped[datetime | None] = moment(by_machine=True, label="Last seen")
    sync_cursor: Mapped[str | None] = text(
        longest=500, by_machine=True, hint="How far it has read what others changed."
    )
    app_version: Mapped[str | None] = text(longest=40, by_machine=True)
    revoked_at: Mapped[datetime | None] = moment(by_machine=True, label="Revoked")
