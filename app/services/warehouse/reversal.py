"""Reversals: what a document booked is taken back by a second one of its kind, which stays beside it."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal
from typing import Any

from app.core.entity import Entity
from app.core.errors import Invalid
from app.core.ids import uuid7
from app.services import documents
from app.services.steps import Act
from app.services.stock import ledger


def is_original(document: Any) -> bool:
    """A reversal is not reversed again: whatever happens then is a new document."""
    return document.reverses_id is None


def counterpart(act: Act, *same: str, **other: Any) -> Any:
    """The document that takes this one back, posted from the start: worth as much, with the sign turned round.

    same    columns that it has in common with it
    other   columns that it has of its own
    """
    old: Any = act.document
    worth: Decimal | None = old.value
    back = type(old)(
        id=uuid7(),
        state="posted",
        reverses_id=old.id,
        value=None if worth is None else -worth,
        **{name: getattr(old, name) for name in same},
        **other,
    )
    documents.stamp(act.actor, back, "posted", act.now)
    return back


def write(act: Act, back: Entity, lines: Sequence[Entity]) -> None:
    """Write the second document, and its lines after it."""
    act.save(back)
    act.save(*lines)


def book(act: Act, back: Entity) -> None:
    """Every move of the document the other way round. Raises `Invalid` when there was none."""
    old = act.document
    kind = type(old).entity
    if not ledger.reverse(act.actor, kind, old.id, by=(kind, back.id), operation=act.operation):
        raise Invalid({}, f"{documents.title(old)} has moved nothing that could be taken back.")
    act.after["made"] = (kind, str(back.id))
    act.said = f"{documents.title(old)} is reversed by {documents.title(back)}."
