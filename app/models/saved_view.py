"""Saved views: a list as somebody likes to see it."""

from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.orm import Mapped

from app.core.columns import choice, entity_name, flag, link, long_text, text, whole
from app.core.entity import Entity
from app.core.scope import own
from app.core.screen import Screen


class SavedView(Entity):
    """The columns, order, filters and density of one list, under a name."""

    scope = own("user_id", shared="shared", verbs=("see", "create", "change", "delete"))
    access = {"manager": (), "viewer": ()}
    screen = Screen(
        area="Office",
        icon="bookmark",
        columns=("name", "entity", "user_id", "shared", "density", "updated_at"),
        search=("name", "entity"),
        sort="name",
        subtitle="entity",
        empty="No saved views yet. Arrange a list as you like it, then save it.",
    )
    constraints = (sa.UniqueConstraint("user_id", "entity", "name", postgresql_nulls_not_distinct=True),)

    name: Mapped[str] = text(longest=120, required=True)
    entity: Mapped[str] = entity_name(required=True, label="List")  # type: ignore[misc]
    query: Mapped[str | None] = long_text(longest=4_000, hint="Columns, order and filters, as in the list's address.")
    density: Mapped[str] = choice("comfortable", "compact", default="comfortable")
    position: Mapped[int] = whole(default=0, hint="Tabs stand in this order.")
    shared: Mapped[bool] = flag(hint="Everybody gets this view.")
    user_id: Mapped[UUID | None] = link(
        "User", by_machine=True, label="Owner", server_default=sa.text("backroom.actor()")
    )
