"""Sessions: where somebody is signed in."""

from datetime import datetime
from uuid import UUID

from sqlalchemy.orm import Mapped

from app.core.columns import link, moment, secret, text
from app.core.entity import Entity
from app.core.scope import own
from app.core.screen import Screen


class Session(Entity):
    """A browser that a user is signed in with; we keep a hash of its token, never the token."""

    scope = own("user_id", verbs=("see", "delete"))
    screen = Screen(
        area="Access",
        icon="device-laptop",
        title=("device", "user_id"),
        columns=("device", "user_id", "address", "last_seen_at", "expires_at", "ended_at"),
        search=("device", "address"),
        sort="-last_seen_at",
        subtitle="address",
        writable=False,
        empty="Nobody is signed in.",
    )

    user_id: Mapped[UUID] = link("User", required=True, by_machine=True)
    token_hash: Mapped[str] = secret(longest=64, unique=True, nullable=False)
    device: Mapped[str | None] = text(longest=120, by_machine=True)
    address: Mapped[str | None] = text(longest=60, by_machine=True)
    last_seen_at: Mapped[datetime] = moment(now=True, by_machine=True, label="Last seen")
    expires_at: Mapped[datetime] = moment(required=True, by_machine=True, label="Ends at the latest")
    ended_at: Mapped[datetime | None] = moment(by_machine=True, label="Ended")
