"""What people still edit of a document: all of it at first, a few fields later, nothing once it is done."""

from __future__ import annotations

from collections.abc import Iterable
from functools import cache

import sqlalchemy as sa

from app.core.entity import Entity, column_label, columns_of, document_of, label_of
from app.core.errors import Closed, MostlyClosed

Open = frozenset[str] | None
"""The columns that are still edited; `None` for all of them."""

NOTHING: frozenset[str] = frozenset()


@cache
def governed_by(entity: type[Entity]) -> tuple[type[Entity], str] | None:
    """The document whose state decides, with the column of `entity` that holds its id; None for what is always open."""
    found = document_of(entity)
    return found if found is not None and found[0].open_in else None


def state_of(document: type[Entity]) -> sa.Column[str]:
    """The column in which a document says how far it is."""
    return columns_of(document)[document.screen.state or ""]


def columns(entity: type[Entity], state: str | None) -> Open:
    """What is edited of a record of `entity` while its document is in `state`; no document closes nothing."""
    found = governed_by(entity)
    if found is None or state is None or state in found[0].open_in:
        return None
    document, link = found
    return frozenset(document.corrected_in.get(state, ())) if link == "id" else NOTHING


def within(names: tuple[str, ...], still: Open) -> tuple[str, ...]:
    """Those of the columns that are still edited."""
    return names if still is None else tuple(name for name in names if name in still)


def allows(still: Open, names: Iterable[str] | None) -> bool:
    """Are these columns still edited? `None` asks for the whole record, with its lines."""
    return still is None or (bool(still) and names is not None and still.issuperset(names))


def require(record: Entity, names: Iterable[str] | None = None) -> None:
    """Raise `Closed` with a sentence when these columns of the record, or all of it, are no longer edited."""
    entity = type(record)
    found = governed_by(entity)
    if found is None:
        return
    document, link = found
    holder = record if link == "id" else getattr(record, link[:-3])
    state = None if holder is None else getattr(holder, state_of(document).name)
    if state is not None and not allows(columns(entity, state), names):
        raise refusal(entity, state)


def refusal(entity: type[Entity], state: str) -> Closed:
    """Says how far the document is, and what of it can still be changed."""
    document = document_of(entity)[0]  # type: ignore[index]  # what no document governs is never closed
    label = next(choice.label for choice in state_of(document).info["column"].choices if choice.value == state)
    facts = {"title": f"This {label_of(document).lower()}", "state": label.lower()}
    if not columns(entity, state):
        return Closed(**facts)
    known = columns_of(document)
    fields = [column_label(name, known[name].info["column"]).lower() for name in document.corrected_in[state]]
    return MostlyClosed(**facts, fields=", ".join(fields))
