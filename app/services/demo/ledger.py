"""The demo shop's stock as it was at each moment of its past, so that its documents only move what was there."""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from collections.abc import Callable
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any
from uuid import UUID

from app.core.entity import Entity
from app.services.demo.catalog import Good, place
from app.services.demo.ground import Ground, Row
from app.services.stock.ledger import Hold, Move, Place

Event = Callable[["Ledger"], object]


def shelf(code: str) -> Place:
    """The shelf of a location."""
    return Place("shelf", place(code))


def outside(kind: str, code: str) -> Place:
    """The suppliers, clients or losses of a location."""
    return Place(kind, place(code))


@dataclass(frozen=True)
class Paper:
    """The document behind a move: its entity, id, moment, reason and who did it."""

    entity: str
    id: UUID
    at: dt.datetime
    by: UUID
    reason: UUID | None = None


@dataclass
class Ledger:
    """Moves planned so far, in their order, with what lies on each shelf, and the rows of the documents."""

    ground: Ground
    moves: list[Move] = field(default_factory=list)
    holds: list[Hold] = field(default_factory=list)
    papers: dict[type[Entity], list[tuple[dt.datetime, Row]]] = field(default_factory=lambda: defaultdict(list))
    _on_hand: dict[tuple[Place, UUID], Decimal] = field(default_factory=lambda: defaultdict(Decimal))
    _seq: dict[tuple[Place, UUID], int] = field(default_factory=lambda: defaultdict(int))
    _held: dict[tuple[Place, UUID], Decimal] = field(default_factory=lambda: defaultdict(Decimal))
    _events: list[tuple[dt.datetime, int, Event]] = field(default_factory=list)

    def plan(self, when: dt.datetime, event: Event) -> None:
        """Let something happen at its moment, if that has come."""
        if when <= self.ground.now:
            self._events.append((when, len(self._events), event))

    def run(self) -> None:
        """Let everything planned happen, the earliest first."""
        for _, _, event in sorted(self._events, key=lambda planned: planned[:2]):
            event(self)

    def write(self, entity: type[Entity], at: dt.datetime, row: dict[str, Any]) -> Row:
        """Note down a record that was made at that moment; what is returned may still be changed."""
        written = {**row, "created_at": at, "updated_at": at}
        self.papers[entity].append((at, written))
        return written

    def rows(self, entity: type[Entity]) -> list[Row]:
        """The records of one kind, the oldest first: so their numbers follow time."""
        return [row for _, row in sorted(self.papers[entity], key=lambda paper: paper[0])]

    def free(self, code: str, good: Good) -> int:
        """How many whole units lie on a location's shelf and are held by nobody."""
        key = (shelf(code), good.id)
        return int(self._on_hand[key] - self._held[key])

    def on_hand(self, code: str, good: Good) -> Decimal:
        """What lies on a location's shelf."""
        return self._on_hand[shelf(code), good.id]

    def seq(self, code: str, good: Good) -> int:
        """The number of the last move of a product on a location's shelf."""
        return self._seq[shelf(code), good.id]

    def move(self, good: Good, source: Place, target: Place, quantity: int, paper: Paper) -> None:
        """Plan a move; of what comes from outside, the product's cost."""
        cost = Decimal(good.cost) if source.kind in ("supplier", "loss") else None
        for where, change in ((source, -quantity), (target, quantity)):
            self._on_hand[where, good.id] += change
            self._seq[where, good.id] += 1
        self.moves.append(
            Move(
                good.id,
                source,
                target,
                Decimal(quantity),
                unit_cost=cost,
                reason=paper.reason,
                document=paper.entity,
                document_id=paper.id,
                moved_by=paper.by,
                effective_at=paper.at,
            )
        )

    def hold(self, code: str, good: Good, quantity: int, paper: Paper, until: dt.datetime) -> None:
        """Plan that a document holds stock."""
        self._held[shelf(code), good.id] += quantity
        self.holds.append(Hold(place(code), good.id, Decimal(quantity), paper.entity, paper.id, until))
