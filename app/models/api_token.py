"""API tokens: how a program signs in for a person."""

from datetime import datetime
from uuid import UUID

from sqlalchemy.orm import Mapped

from app.core.columns import link, moment, secret, tags, text
from app.core.entity import Entity
from app.core.scope import own
from app.core.screen import Screen


class ApiToken(Entity):
    """A key with which a program acts for a user; shown once, then only its hash is kept."""

    scope = own("user_id", verbs=("see", "delete"))
    screen = Screen(
        area="Access",
        icon="api",
        label="API token",
        plural="API tokens",
        columns=("name", "user_id", "begins_with", "scopes", "last_used_at", "expires_at", "revoked_at"),
        search=("name", "begins_with"),
        sort="-created_at",
        subtitle="begins_with",
        writable=False,
        empty="No API tokens yet.",
    )

    user_id: Mapped[UUID] = link("User", required=True, by_machine=True)
    name: Mapped[str] = text(longest=120, required=True)
    begins_with: Mapped[str | None] = text(longest=12, by_machine=True)
    token_hash: Mapped[str] = secret(longest=64, unique=True, nullable=False)
    scopes: Mapped[list[str]] = tags(hint="What it may do of what the person may; empty: all of it.")
    last_used_at: Mapped[datetime | None] = moment(by_machine=True, label="Last used")
    expires_at: Mapped[datetime | None] = moment(label="Expires")
    revoked_at: Mapped[datetime | None] = moment(by_machine=True, label="Revoked")
