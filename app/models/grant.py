"""Grants: who holds which role, and where."""

from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.orm import Mapped

from app.core.columns import link
from app.core.entity import Entity
from app.core.scope import hq
from app.core.screen import Screen


class Grant(Entity):
    """A role that a user holds at one location, or at all of them."""

    scope = hq()
    rules_access = True
    screen = Screen(
        area="Access",
        icon="user-check",
        title=("user_id", "role_id", "location_id"),
        columns=("user_id", "role_id", "location_id", "created_at"),
        sort="-created_at",
        empty="No grants yet. Give somebody a role at a location.",
    )
    constraints = (sa.UniqueConstraint("user_id", "role_id", "location_id", postgresql_nulls_not_distinct=True),)

    user_id: Mapped[UUID] = link("User", required=True)
    role_id: Mapped[UUID] = link("Role", required=True)
    location_id: Mapped[UUID | None] = link(
        "Location", hint="Empty: at all locations, those to come included.", nothing="All locations"
    )
