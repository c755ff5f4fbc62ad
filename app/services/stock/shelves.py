"""Shelves: what a location has of each product, at which cost, and what has moved since somebody counted it.

Documents that put stock right ask here, and get the figures whole, whether or not the person behind them sees costs.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any
from uuid import UUID

import sqlalchemy as sa

from app.core import db
from app.core.actor import Actor
from app.models.product import Product

NOTHING = Decimal(0)


@dataclass(frozen=True)
class Shelf:
    """One product on a shelf; nothing at all where it has never lain.

    unit_cost  the moving average
    seq        the number of its last move
    """

    on_hand: Decimal = NOTHING
    unit_cost: Decimal = NOTHING
    value: Decimal = NOTHING
    seq: int = 0


@dataclass(frozen=True)
class Since:
    """One product on a shelf now, and how it came there from a move with a given number.

    moved      what all later moves brought, less what they took
    corrected  the part of it that only put the books right: counts, and what was made up for an empty shelf
    """

    shelf: Shelf
    moved: Decimal
    corrected: Decimal

    @property
    def then(self) -> Decimal:
        """What was on hand at that move."""
        return self.shelf.on_hand - self.moved


def now(actor: Actor, location: UUID, products: Collection[UUID] | None = None) -> dict[UUID, Shelf]:
    """What lies on a location's shelf: of these products, or of all that ever lay there."""
    wanted = None if products is None else list(products)
    with db.transaction(actor), db.posting(actor) as session:
        rows = session.execute(_NOW, {"location": location, "products": wanted}).all()
    found = {row.product_id: _shelf(row) for row in rows}
    return found if products is None else {id: found.get(id, Shelf()) for id in products}


def hold(actor: Actor, location: UUID, products: Collection[UUID]) -> None:
    """Nothing moves these products on the location's shelf until the transaction ends."""
    with db.transaction(actor), db.posting(actor) as session:
        session.execute(_HOLD, {"location": location, "products": list(products)}).all()


def since(actor: Actor, location: UUID, seqs: Mapping[UUID, int]) -> dict[UUID, Since]:
    """What lies there of each product, and what has moved since the move with the given number."""
    facts: dict[str, Any] = {"location": location, "products": list(seqs), "seqs": list(seqs.values())}
    with db.transaction(actor), db.posting(actor) as session:
        rows = session.execute(_SINCE, facts).all()
    return {row.product_id: Since(_shelf(row), row.moved, row.corrected) for row in rows}


def cost_of(shelf: Shelf, product: Product | None) -> Decimal:
    """What one unit is worth: the average on the shelf; where there is none yet, what it usually costs."""
    return shelf.unit_cost or (product.cost if product is not None else None) or NOTHING


def _shelf(row: Any) -> Shelf:
    if row.seq is None:
        return Shelf()
    return Shelf(row.on_hand, row.unit_cost, row.value, row.seq)


_NOW = sa.text(
    "SELECT product_id, on_hand, unit_cost, value, seq FROM stock_levels"
    " WHERE location_id = :location AND kind = 'shelf'"
    " AND (CAST(:products AS uuid[]) IS NULL OR product_id = ANY (CAST(:products AS uuid[])))"
)
# All that a correction touches, in the order in which every posting locks: two of them must not wait in a circle.
_HOLD = sa.text(
    "SELECT id FROM stock_levels WHERE location_id = :location AND kind IN ('shelf', 'loss', 'shortage')"
    " AND product_id = ANY (CAST(:products AS uuid[]))"
    " ORDER BY kind <> 'shelf', account_id, product_id FOR NO KEY UPDATE"
)
# One statement, so that the level and its moves are of the same moment.
_SINCE = sa.text("""
    SELECT w.product_id, l.on_hand, l.unit_cost, l.value, l.seq, s.moved, s.corrected
    FROM unnest(CAST(:products AS uuid[]), CAST(:seqs AS integer[])) AS w (product_id, seq)
    LEFT JOIN stock_levels l ON l.location_id = :location AND l.kind = 'shelf' AND l.product_id = w.product_id
    CROSS JOIN LATERAL (
        SELECT coalesce(sum(m.change), 0) AS moved,
            coalesce(sum(m.change) FILTER (WHERE m.kind = 'shortage' OR m.document = 'stock_count'), 0) AS corrected
        FROM (
            SELECT i.quantity AS change, i.document, a.kind
            FROM stock_moves i JOIN stock_accounts a ON a.id = i.from_account_id
            WHERE i.to_account_id = l.account_id AND i.product_id = w.product_id AND i.to_seq > w.seq
            UNION ALL
            SELECT -o.quantity, o.document, a.kind
            FROM stock_moves o JOIN stock_accounts a ON a.id = o.to_account_id
            WHERE o.from_account_id = l.account_id AND o.product_id = w.product_id AND o.from_seq > w.seq
        ) m
    ) s
""")
