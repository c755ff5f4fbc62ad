"""Moves: the words in which goods are said to go from one place to another, or to be held where they are."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from decimal import Decimal
from uuid import UUID

OUTSIDE = frozenset({"supplier", "customer", "loss", "shortage"})
"""Kinds of account that only stand for the world outside: they may go below nothing, and have no average cost."""

NOTHING = Decimal(0)
CENT = Decimal("0.01")
MILLIONTH = Decimal("0.000001")


@dataclass(frozen=True)
class Place:
    """One stock account: a location's shelf, its suppliers, its clients …, or a transfer's goods on their way."""

    kind: str
    location: UUID
    other: UUID | None = None
    transfer: UUID | None = None

    @property
    def outside(self) -> bool:
        return self.kind in OUTSIDE


@dataclass(frozen=True)
class Move:
    """A quantity of a product on its way from one place to another.

    unit_cost    of what comes in from outside; what leaves a shelf goes at the shelf's average
    document     kind and id of the paper behind it
    moved_by     a user, when it isn't the actor
    effective_at when it happened; balances follow the order of posting all the same
    """

    product: UUID
    source: Place
    target: Place
    quantity: Decimal
    unit_cost: Decimal | None = None
    reason: UUID | None = None
    document: str | None = None
    document_id: UUID | None = None
    moved_by: UUID | None = None
    effective_at: dt.datetime | None = None


@dataclass(frozen=True)
class Hold:
    """A quantity that a document holds on a location's shelf, until a moment or until it ends."""

    location: UUID
    product: UUID
    quantity: Decimal
    document: str
    document_id: UUID
    until: dt.datetime | None = None


@dataclass(frozen=True)
class Posted:
    """A move as it was booked, with the cost of one unit that it went at."""

    id: UUID
    product: UUID
    quantity: Decimal
    unit_cost: Decimal


Key = tuple[Place, UUID]
"""Place and product: what a level is known by."""
