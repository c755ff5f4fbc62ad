"""Levels: what each account has of each product, found or made, locked in the one order, and written."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.orm import Session

from app.core.errors import Busy
from app.core.ids import uuid7
from app.services.stock import accounts
from app.services.stock.moves import CENT, MILLIONTH, Place

Key = tuple[Place, UUID]
"""Place and product: what a level is known by."""


@dataclass
class Level:
    """One level while its moves are worked out, locked in the database."""

    id: UUID
    account: UUID
    on_hand: Decimal
    reserved: Decimal
    value: Decimal
    unit_cost: Decimal
    seq: int
    outside: bool
    locked_seq: int

    def take(self, quantity: Decimal, cost: Decimal) -> int:
        return self._book(-quantity, cost)

    def put(self, quantity: Decimal, cost: Decimal) -> int:
        if not self.outside and self.on_hand + quantity > 0:
            worth = self.on_hand * self.unit_cost + quantity * cost
            self.unit_cost = (worth / (self.on_hand + quantity)).quantize(MILLIONTH)
        return self._book(quantity, cost)

    def _book(self, change: Decimal, cost: Decimal) -> int:
        self.on_hand += change
        self.seq += 1
        if self.outside:
            self.unit_cost = cost
            self.value += (change * cost).quantize(CENT)
        else:
            # With nothing on hand the last cost stands, and the value is nothing.
            self.value = (self.on_hand * self.unit_cost).quantize(CENT)
        return self.seq


def locked(session: Session, keys: Collection[Key]) -> dict[Key, Level]:
    """The levels, made where there were none, locked in the one order until the transaction ends."""
    wanted = list(dict.fromkeys(keys))
    found = _lock(session, wanted)
    if len(found) < len(wanted):
        if not found:
            # Whoever makes accounts has locked no level here yet: nobody waits for them in a circle.
            accounts.make(session, {place for place, _ in wanted})
        _make(session, [key for key in wanted if key not in found])
        found = _lock(session, wanted)
    return found


def write(session: Session, levels: Collection[Level], moves: Sequence[Mapping[str, Any]]) -> None:
    """Write the levels as they have become, and the moves that made them so: all of it, or `Busy`."""
    names = ("id", "on_hand", "value", "unit_cost", "seq", "locked_seq")
    facts: dict[str, Any] = {f"level_{name}": [getattr(level, name) for level in levels] for name in names}
    facts |= {name: [row[name] for row in moves] for name in _MOVE}
    written: Any = session.execute(_WRITE, facts | {"levels": len(levels)})
    if written.rowcount != len(moves):
        raise Busy()


def _lock(session: Session, wanted: Sequence[Key]) -> dict[Key, Level]:
    """The levels that are there, locked; none while one of the accounts is missing."""
    places, facts = _asked(wanted)
    found = {}
    for row in session.execute(_LOCK, facts | {"places": len(places)}):
        place = places[row.n - 1]
        found[place, row.product_id] = Level(
            row.id, row.account_id, row.on_hand, row.reserved, row.value, row.unit_cost, row.seq, place.outside, row.seq
        )
    return found


def _make(session: Session, missing: Sequence[Key]) -> None:
    _, facts = _asked(missing)
    own = {"ids": [uuid7() for _ in missing], "outside": [place.outside for place, _ in missing]}
    session.execute(_MAKE, facts | own)


def _asked(keys: Sequence[Key]) -> tuple[list[Place], dict[str, Any]]:
    places = list(dict.fromkeys(place for place, _ in keys))
    turns = {place: turn for turn, place in enumerate(places, 1)}
    pairs = {"turns": [turns[place] for place, _ in keys], "products": [product for _, product in keys]}
    return places, accounts.asked(places) | pairs


# Everybody locks in the same order, so two crossing transfers can't wait for each other; shelves come first, because
# whoever frees what was held, or posts a count, has locked those before.
_LOCK = sa.text(f"""
    WITH {accounts.FOUND}
    SELECT account.n, l.id, l.account_id, l.product_id, l.on_hand, l.reserved, l.value, l.unit_cost, l.seq
    FROM unnest(CAST(:turns AS integer[]), CAST(:products AS uuid[])) AS w (n, product_id)
    JOIN account ON account.n = w.n
    JOIN stock_levels l ON l.account_id = account.id AND l.product_id = w.product_id
    WHERE (SELECT count(*) FROM account) = :places
    ORDER BY l.kind <> 'shelf', l.account_id, l.product_id FOR NO KEY UPDATE OF l
""")
_MAKE = sa.text(f"""
    WITH {accounts.FOUND}
    INSERT INTO stock_levels (id, account_id, kind, location_id, product_id, may_go_negative)
    SELECT w.id, account.id, account.kind, account.location_id, w.product_id, w.outside
    FROM unnest(CAST(:ids AS uuid[]), CAST(:turns AS integer[]), CAST(:products AS uuid[]),
        CAST(:outside AS boolean[])) AS w (id, n, product_id, outside)
    JOIN account ON account.n = w.n
    ORDER BY account.id, w.product_id
    ON CONFLICT DO NOTHING
""")
_MOVE = {
    "id": "uuid",
    "product_id": "uuid",
    "from_account_id": "uuid",
    "to_account_id": "uuid",
    "quantity": "numeric",
    "unit_cost": "numeric",
    "reason_id": "uuid",
    "document": "text",
    "document_id": "uuid",
    "moved_by_id": "uuid",
    "operation_id": "uuid",
    "from_seq": "integer",
    "to_seq": "integer",
    "effective_at": "timestamptz",
}
"""The columns of a move that are written, with their types."""
# The number of the last move is the condition: a level that somebody else moved in spite of the lock is left alone, and
# then no move is written either. A move without a moment of its own happened at the moment of posting.
_WRITE = sa.text(f"""
    WITH written AS (
        UPDATE stock_levels l SET on_hand = n.on_hand, value = n.value, unit_cost = n.unit_cost, seq = n.seq
        FROM unnest(CAST(:level_id AS uuid[]), CAST(:level_on_hand AS numeric[]), CAST(:level_value AS numeric[]),
            CAST(:level_unit_cost AS numeric[]), CAST(:level_seq AS integer[]), CAST(:level_locked_seq AS integer[]))
            AS n (id, on_hand, value, unit_cost, seq, locked_seq)
        WHERE l.id = n.id AND l.seq = n.locked_seq
        RETURNING l.id
    )
    INSERT INTO stock_moves ({", ".join(_MOVE)})
    SELECT {", ".join("coalesce(m.effective_at, now())" if name == "effective_at" else f"m.{name}" for name in _MOVE)}
    FROM unnest({", ".join(f"CAST(:{name} AS {kind}[])" for name, kind in _MOVE.items())}) AS m ({", ".join(_MOVE)})
    WHERE (SELECT count(*) FROM written) = :levels
""")
