"""What was done at once, as whoever wants to undo it may know it: transaction by transaction, the newest first."""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Sequence
from dataclasses import dataclass, field
from itertools import groupby
from typing import Final

import sqlalchemy as sa
from sqlalchemy.orm import Session

from app.core import access, audience
from app.core.actor import Actor
from app.core.entity import columns_of, entities, label_of, named
from app.core.errors import NotFound
from app.services.feed import changes, days
from app.services.feed.changes import Change
from app.services.history import deeds, walking

STOCK: Final = frozenset({"stock_move", "stock_level", "reservation"})
"""What only documents move. A transaction that wrote one was a step of a document."""

Sides = tuple[bool, bool]
"""Was a record theirs to see before a change of it, and after?"""


@dataclass
class Found:
    """Changes that were made at once.

    groups  those of each transaction, newest first
    sides   by `seq`
    steps   by transaction: why nothing of it is undone, where a document went on in it
    next    the `before` with which to go on, where there is more
    """

    groups: list[list[Change]] = field(default_factory=list)
    sides: dict[int, Sides] = field(default_factory=dict)
    steps: dict[int, str] = field(default_factory=dict)
    next: int | None = None

    @property
    def changes(self) -> list[Change]:
        """All of them, newest first."""
        return [change for group in self.groups for change in group]


def find(actor: Actor, session: Session, key: str, *, before: int, most: int) -> Found:
    """What was done under a key, as many changes as go back in one go.

    A transaction stays whole, unless it alone is too much for one go: then its newest changes are the first to go back.
    Raises `NotFound` where nothing was done under that key, as far as the actor may know.
    """
    found = Found()
    told = _told(actor, session, key, before, most, found.sides)
    if not told:
        raise NotFound()
    for _, members in groupby(told, key=lambda change: change.transaction):
        group = list(members)
        room = most - sum(map(len, found.groups))
        if len(group) > room:
            if not found.groups:
                found.groups.append(group[:room])
            found.next = found.groups[-1][-1].seq
            break
        found.groups.append(group)
    found.steps = _steps(actor, session, found.changes)
    return found


def _told(actor: Actor, session: Session, key: str, before: int, most: int, sides: dict[int, Sides]) -> list[Change]:
    """The changes that the actor may know of, newest first, and one more than `most` where there are more."""
    open_columns = {
        entity.entity: walking.open_columns(actor, entity)
        for entity in entities()
        # What Backroom notes down beside a deed, operations and questions, is nobody's.
        if (entity.screen.writable or entity.entity in STOCK) and access.may(actor, entity, "see")
    }
    told: list[Change] = []
    while True:
        read = changes.of_deed(session, key, told=open_columns, before=before, limit=most + 1)
        abouts = audience.abouts(session, read)
        sides |= {change.seq: deeds.seen_on_sides(actor, change, abouts.get(change.record_id)) for change in read}
        told += [change for change in read if any(sides[change.seq])]
        if len(read) <= most or len(told) > most:
            return told
        before = read[-1].seq


# --- steps of documents -------------------------------------------------------------------------------------------------

# What the person chose, or may see, of a transaction is not all of it.
_STEPS = """
SELECT DISTINCT ON (xid) xid, entity FROM changes
WHERE xid = ANY (CAST(CAST(:transactions AS text[]) AS xid8[])) AND at >= '{since}' AND at < '{until}'
  AND (entity = ANY (:stock) OR (op = 'update' AND diff ? (CAST(:states AS jsonb) ->> entity)))
ORDER BY xid, seq DESC
"""


def _steps(actor: Actor, session: Session, told: Sequence[Change]) -> dict[int, str]:
    """Transactions in which a document went on → why nothing of them is undone."""
    around = dt.timedelta(days=1)
    since, until = min(one.at for one in told) - around, max(one.at for one in told) + around
    statement = sa.text(_STEPS.format(since=days.day_of(since).isoformat(), until=days.day_of(until).isoformat()))
    facts = {
        "transactions": list({str(one.transaction) for one in told}),
        "stock": list(STOCK),
        "states": json.dumps(_states()),
    }
    return {int(row.xid): _step(actor, row.entity) for row in session.execute(statement, facts)}


def _states() -> dict[str, str]:
    """Document → the column in which Backroom notes down how far it is."""
    found = {entity: entity.screen.state for entity in entities() if entity.verbs and entity.screen.state}
    return {
        entity.entity: state for entity, state in found.items() if columns_of(entity)[state].info["column"].by_machine
    }


def _step(actor: Actor, entity: str) -> str:
    told = entity not in STOCK and access.may(actor, named(entity), "see")
    kind = label_of(named(entity)).lower() if told else "document"
    return (
        f"That was a step of {'an' if kind[0] in 'aeiou' else 'a'} {kind}, which isn't undone row by row:"
        " open it and reverse it instead."
    )
