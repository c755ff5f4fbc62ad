"""Attachments: papers and pictures that hang on any record."""

from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.orm import Mapped

from app.core.columns import any_record, entity_name, file, link, text, whole
from app.core.entity import Entity
from app.core.scope import as_record
from app.core.screen import Screen


class Attachment(Entity):
    """A file that hangs on a record and is seen by whoever sees that record."""

    scope = as_record()
    access = {
        "manager": ("see", "create", "delete", "export"),
        "clerk": ("see", "create"),
        "frontdesk": ("see", "create"),
    }
    screen = Screen(
        area="Office",
        icon="paperclip",
        columns=("name", "entity", "record_id", "file", "size", "uploaded_by_id", "created_at"),
        search=("name",),
        sort="-created_at",
        subtitle="entity",
        menu=False,
        empty="No attachments yet. Open a record and drop a file on it.",
    )
    constraints = (sa.Index(None, "entity", "record_id"),)

    entity: Mapped[str] = entity_name(required=True, label="On")  # type: ignore[misc]
    record_id: Mapped[UUID] = any_record(required=True, label="Record")
    name: Mapped[str] = text(required=True, label="File name")
    file: Mapped[str] = file(required=True)
    size: Mapped[int | None] = whole(by_machine=True, hint="In bytes.")
    content_type: Mapped[str | None] = text(longest=120, by_machine=True)
    uploaded_by_id: Mapped[UUID | None] = link("User", by_machine=True, server_default=sa.text("backroom.actor()"))
