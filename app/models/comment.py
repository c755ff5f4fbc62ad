"""Comments: remarks on any record."""

from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.orm import Mapped

from app.core.columns import any_record, entity_name, link, long_text
from app.core.entity import Entity
from app.core.scope import as_record
from app.core.screen import Screen


class Comment(Entity):
    """A remark on a record, seen by whoever sees that record."""

    scope = as_record()
    # Nobody rewrites what somebody else said; a manager may take it away.
    access = {
        "manager": ("see", "create", "delete", "export"),
        "clerk": ("see", "create"),
        "frontdesk": ("see", "create"),
    }
    screen = Screen(
        area="Office",
        icon="message-circle",
        title=("body",),
        columns=("body", "author_id", "entity", "record_id", "created_at"),
        search=("body",),
        sort="-created_at",
        menu=False,
        empty="No comments yet. Open a record and write the first.",
    )
    constraints = (sa.Index(None, "entity", "record_id"),)

    entity: Mapped[str] = entity_name(required=True, label="On")  # type: ignore[misc]
    record_id: Mapped[UUID] = any_record(required=True, label="Record")
    body: Mapped[str] = long_text(longest=4_000, required=True, label="Comment")
    author_id: Mapped[UUID | None] = link("User", by_machine=True, server_default=sa.text("backroom.actor()"))
