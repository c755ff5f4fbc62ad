"""Users: the people who sign in."""

from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, validates

from app.core.columns import choice, email, flag, moment, phone, picture, secret, text
from app.core.entity import Entity
from app.core.scope import hq
from app.core.screen import Screen, Section


class User(Entity):
    """Somebody who signs in; what they may do is said by their grants."""

    scope = hq(readable=("id", "name", "picture"))
    rules_access = True
    screen = Screen(
        area="Access",
        icon="user",
        columns=("name", "email", "phone", "active", "language"),
        search=("name", "email", "phone"),
        sort="name",
        subtitle="email",
        sections=(
            Section("Person", ("name", "email", "phone", "picture", "language")),
            Section("Sign-in", ("active", "password_set_at", "link_expires_at")),
        ),
        children=("Grant",),
        empty="No users yet. Add a person, then hand them a link to set their password.",
    )
    constraints = (sa.CheckConstraint("email = lower(email)", name="email_in_lower_case"),)

    name: Mapped[str] = text(longest=120, required=True)
    email: Mapped[str] = email(required=True, unique=True, hint="What they sign in with.")
    phone: Mapped[str | None] = phone()
    picture: Mapped[str | None] = picture()
    language: Mapped[str] = choice(("en", "English"), default="en")
    active: Mapped[bool] = flag(default=True, hint="Switched off, they are signed out at once and can't sign in.")
    password_set_at: Mapped[datetime | None] = moment(by_machine=True, label="Password set")
    link_expires_at: Mapped[datetime | None] = moment(by_machine=True, label="One-time link works until")
    password_hash: Mapped[str | None] = secret()
    link_hash: Mapped[str | None] = secret(longest=64, unique=True)
    totp_secret: Mapped[str | None] = secret()

    @validates("email")
    def _lowered(self, key: str, typed: str | None) -> str | None:
        # One spelling: "Ana@…" and "ana@…" are the same login.
        return typed.strip().lower() if typed else typed
