"""A look at what was done in one transaction, and at what is there of it today: what planning an undo starts from."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any, Final
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.orm import Session

from app.core import access, merge
from app.core.actor import Actor
from app.core.columns import Column
from app.core.entity import Entity, columns_of, label_of, named
from app.core.scope import AsRecord, Via
from app.services.feed.changes import Change

STOCK: Final = frozenset({"stock_move", "stock_level", "reservation"})
"""What only documents move. A transaction that wrote one was a step of a document."""


@dataclass
class Look:
    """One look at the changes of a transaction, newest first, and at what became of their records."""

    actor: Actor
    session: Session
    group: Sequence[Change]
    present: dict[tuple[str, UUID], Entity]
    back: dict[tuple[str, UUID], dict[str, Any]] = field(default_factory=dict)
    """What newer changes of the transaction will have put back when it is an older one's turn."""

    def now(self, record: Entity, name: str, column: Column) -> Any:
        """What a record will hold by then."""
        known = self.back.get((type(record).entity, record.id), {})
        return merge.read(column, known[name] if name in known else getattr(record, name))

    def record(self, change: Change) -> Entity | None:
        """The record of a change as it is today, if it is there for the actor."""
        return self.present.get((change.entity, change.record_id))


def concerns(change: Change) -> bool:
    """Is it somebody's deed? What Backroom notes down beside it, operations and questions, is not."""
    return named(change.entity).screen.writable or change.entity in STOCK


def present(actor: Actor, session: Session, group: Iterable[Change], *, lock: bool) -> dict[tuple[str, UUID], Entity]:
    """The records of these changes that are there for the actor today."""
    wanted: dict[str, list[UUID]] = {}
    for change in group:
        wanted.setdefault(change.entity, []).append(change.record_id)
    found: dict[tuple[str, UUID], Entity] = {}
    for name in sorted(wanted):  # always in the same order: two undos must not wait for each other in a circle
        entity = named(name)
        if not access.may(actor, entity, "see"):
            continue
        statement = sa.select(entity).where(entity.id.in_(wanted[name])).order_by(entity.id)
        statement = statement.execution_options(populate_existing=True)
        rows = session.scalars(statement.with_for_update(key_share=True) if lock else statement).all()
        if len(rows) < len(set(wanted[name])) and lock:
            # What the UPDATE policy hides is not locked, and not changed either: it is there to be told about.
            rows = [*rows, *(row for row in session.scalars(statement).all() if row not in rows)]
        found |= {(name, record.id): record for record in rows}
    return found


def hangs_on(look: Look, entity: type[Entity], change: Change) -> str | None:
    """For a remark, a file and the like: the kind of record that it hangs on."""
    if not isinstance(entity.scope, AsRecord):
        return None
    column = entity.scope.entity
    said = change.diff.get(column) if change.op != "update" else getattr(look.record(change), f"{column}_", None)
    return said if isinstance(said, str) else None


def step(group: Iterable[Change]) -> str:
    """Why nothing of the transaction is undone, where a document went on in it."""
    for change in group:
        entity = named(change.entity)
        state = entity.screen.state
        goes_on = (
            bool(entity.verbs and state)
            and change.op == "update"
            and state in change.diff
            and columns_of(entity)[str(state)].info["column"].by_machine
        )
        if goes_on or change.entity in STOCK:
            kind = "document" if change.entity in STOCK else label_of(entity).lower()
            return f"That was a step of a {kind}, which isn't undone row by row: open it and reverse it instead."
    return ""


def leaders_first(group: Sequence[Change]) -> list[Change]:
    """Newest first, but a line after its document, with which it goes or comes back."""
    lines = {change.seq: leader(change, group) for change in group}
    found: list[Change] = []
    for change in group:
        if lines[change.seq] is None:
            found += [change, *(line for line in group if lines[line.seq] is change)]
    return found


def leader(change: Change, group: Iterable[Change]) -> Change | None:
    """The change of the document that a line came or went with."""
    scope = named(change.entity).scope
    if change.op == "update" or not (isinstance(scope, Via) and scope.part):
        return None
    above = {str(change.diff.get(link)) for link in scope.links}
    return next((one for one in group if one.op == change.op and str(one.record_id) in above), None)
