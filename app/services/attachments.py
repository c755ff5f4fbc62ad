"""Attachments: a stored file is hung on a record, with what the machine knows of it."""

from __future__ import annotations

from uuid import UUID

from app.core.actor import Actor
from app.core.db import transaction
from app.models.attachment import Attachment
from app.services import records
from app.services.files import Stored


def attach(actor: Actor, entity: str, record_id: UUID, kept: Stored, *, name: str) -> Attachment:
    """Hang a stored file on a record that the actor sees; `name` is what the person calls it.

    Raises `Forbidden` to whoever may not attach.
    """
    with transaction(actor) as session:
        given = {"entity": entity, "record_id": str(record_id), "name": name, "file": kept.key}
        made = records.create(actor, Attachment, given)
        # The person says none of this, so no form may.
        made.size, made.content_type = kept.size, kept.type
        session.flush()
        return made
