"""Attachments: a stored file is hung on a record, with what the machine knows of it."""

from __future__ import annotations

from uuid import UUID

from app.core import access
from app.core.actor import Actor
from app.core.db import transaction
from app.core.errors import Invalid
from app.core.ids import uuid7
from app.models.attachment import Attachment
from app.services import entries
from app.services.files import Stored


def attach(actor: Actor, entity: str, record_id: UUID, kept: Stored, *, name: str) -> Attachment:
    """Hang a stored file on a record that the actor sees; `name` is what the person calls it.

    Raises `Forbidden` to whoever may not attach.
    """
    access.require(actor, Attachment, "create")
    with transaction(actor) as session:
        made = Attachment(id=uuid7())
        given = {"entity": entity, "record_id": str(record_id), "name": name, "file": kept.key}
        problems = entries.fill(actor, session, made, given, creating=True)
        if problems:
            raise Invalid(problems)
        # The person says none of this, so no form may. It is written with the rest: who may attach may not change it after.
        made.size, made.content_type = kept.size, kept.type
        entries.save(session, made)
        return made
