"""Operations: the receipt of each write, so that one that is sent twice happens once."""

from uuid import UUID

from sqlalchemy.orm import Mapped

from app.core.columns import link, structure, text
from app.core.entity import Entity
from app.core.scope import own
from app.core.screen import Screen


class Operation(Entity):
    """A write that happened, under the id its sender gave it, with the answer it got."""

    # Not only seen: whoever writes, writes and answers their own receipt by the same transaction.
    scope = own("actor_id", verbs=("see", "create", "change"))
    screen = Screen(
        area="System",
        icon="receipt",
        title=("id",),
        columns=("created_at", "actor_id", "payload_hash", "answer"),
        search=("payload_hash",),
        sort="-created_at",
        writable=False,
        empty="No operations yet.",
    )

    actor_id: Mapped[UUID | None] = link("User", by_machine=True)
    payload_hash: Mapped[str] = text(longest=64, required=True, by_machine=True)
    answer: Mapped[dict[str, object]] = structure()
