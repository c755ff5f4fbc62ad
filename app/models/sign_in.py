"""Sign-ins: every attempt, right or wrong, so that guessing shows and waits."""

from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.orm import Mapped

from app.core.columns import choice, link, text
from app.core.entity import Entity
from app.core.scope import hq
from app.core.screen import Screen


class SignIn(Entity):
    """An attempt to sign in, or something else that happened to a login."""

    scope = hq()
    screen = Screen(
        area="System",
        icon="login",
        title=("email", "outcome"),
        columns=("created_at", "email", "user_id", "outcome", "address", "agent"),
        search=("email", "address"),
        sort="-created_at",
        subtitle="address",
        state="outcome",
        label="Sign-in",
        plural="Sign-ins",
        writable=False,
        empty="Nobody has signed in yet.",
    )
    # Both questions asked before a password is looked at: how often lately, for this login and from this address?
    constraints = (sa.Index(None, "email", "created_at"), sa.Index(None, "address", "created_at"))

    email: Mapped[str] = text(required=True, by_machine=True, hint="As it was typed.")
    user_id: Mapped[UUID | None] = link("User", by_machine=True)
    outcome: Mapped[str] = choice(
        ("signed_in", "Signed in", "success"),
        ("refused", "Refused", "warning"),
        ("locked", "Locked out", "danger"),
        ("disabled", "Disabled", "danger"),
        ("link_made", "Link made", "info"),
        ("password_set", "Password set", "info"),
        ("signed_out", "Signed out", "secondary"),
        by_machine=True,
    )
    address: Mapped[str | None] = text(longest=60, by_machine=True)
    agent: Mapped[str | None] = text(longest=500, by_machine=True, label="Browser")
