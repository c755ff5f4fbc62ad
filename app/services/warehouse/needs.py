"""Needs: what has fallen to its reorder point, what other locations can spare of it, and who sells it."""

from __future__ import annotations

from dataclasses import dataclass, field
from decimal import ROUND_CEILING, Decimal
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.orm import Session

from app.core.actor import Everywhere, Locations

NOTHING = Decimal(0)
ONE = Decimal(1)


@dataclass(frozen=True)
class Need:
    """A product that has fallen to its reorder point at a location.

    level      of its shelf; None where it has never lain
    on_hand    what lies there
    available  what of it is free
    coming     what is on its way there, asked for or ordered
    wanted     how much more is needed
    """

    location: UUID
    product: UUID
    level: UUID | None
    on_hand: Decimal
    available: Decimal
    coming: Decimal
    reorder_point: Decimal
    wanted: Decimal


@dataclass
class Spare:
    """What a location can do without of a product; it gets less as needs are met from it."""

    location: UUID
    parent: UUID | None
    quantity: Decimal


@dataclass(frozen=True)
class Offer:
    """Where a product is bought, in packs of what size and at what cost."""

    supplier: UUID
    pack_size: Decimal
    unit_cost: Decimal | None


@dataclass
class Situation:
    """Everything the decisions are taken from, read in one moment."""

    needs: list[Need] = field(default_factory=list)
    spare: dict[UUID, list[Spare]] = field(default_factory=dict)
    offers: dict[UUID, Offer] = field(default_factory=dict)
    parents: dict[UUID, UUID | None] = field(default_factory=dict)
    takes_transfers: frozenset[UUID] = frozenset()


def look(session: Session, places: Locations) -> Situation:
    """What runs low at `places`, and what there is of it anywhere; the session must see all of it."""
    now = Situation()
    for row in session.execute(_LOCATIONS):
        now.parents[row.id] = row.parent_id
        if row.receives_transfers:
            now.takes_transfers |= {row.id}
    facts = {"places": None if isinstance(places, Everywhere) else list(places)}
    for row in session.execute(_STOCK, facts):
        if row.location_id in places and row.reorder_point is not None:
            wanted = _wanted(row.available + row.coming, row.reorder_point, row.reorder_quantity or NOTHING)
            if wanted:
                now.needs.append(_need(row, wanted))
        left = row.available - row.promised - (row.reorder_point or NOTHING)
        if left > 0:
            spare = Spare(row.location_id, now.parents.get(row.location_id), left)
            now.spare.setdefault(row.product_id, []).append(spare)
    for row in session.execute(_WHO_SELLS):
        now.offers.setdefault(row.product_id, Offer(row.supplier_id, row.pack_size, row.unit_cost))
    return now


def _need(row: Any, wanted: Decimal) -> Need:
    return Need(
        row.location_id, row.product_id, row.level, row.on_hand, row.available, row.coming, row.reorder_point, wanted
    )


def _wanted(there: Decimal, point: Decimal, lot: Decimal) -> Decimal:
    """How much brings a product above its reorder point, in whole lots; nothing while it is above.

    Where nobody said how much to order, it is filled up to twice the point, and to one at least.
    """
    if there > point:
        return NOTHING
    if not lot:
        return max(2 * point - there, ONE)
    lots = max(((point - there) / lot).to_integral_value(ROUND_CEILING), ONE)
    # Exactly at the point it would be reordered again at once.
    return lot * (lots if there + lots * lot > point else lots + 1)


_LOCATIONS = sa.text("SELECT id, parent_id, receives_transfers FROM locations WHERE active")
# An approved request is left out: its transfer is counted. Goods on a receipt for an order are the order's.
_STOCK = sa.text(
    """
    WITH moving AS (
        SELECT t.from_location_id, t.to_location_id, l.product_id, t.state,
            CASE WHEN t.state IN ('dispatched', 'partly_received')
                THEN l.dispatched_quantity - l.received_quantity - l.damaged_quantity - l.short_quantity
                    - l.returned_quantity
                ELSE l.quantity END AS quantity
        FROM transfers t JOIN transfer_lines l ON l.transfer_id = t.id
        WHERE t.state IN ('draft', 'requested', 'approved', 'dispatched', 'partly_received')
        UNION ALL
        SELECT r.from_location_id, r.to_location_id, l.product_id, r.state, l.quantity
        FROM stock_requests r JOIN stock_request_lines l ON l.stock_request_id = r.id
        WHERE r.state IN ('draft', 'requested')
    ), coming AS (
        SELECT location_id, product_id, sum(quantity) AS quantity FROM (
            SELECT to_location_id AS location_id, product_id, quantity FROM moving
            UNION ALL
            SELECT o.location_id, l.product_id, l.open_quantity
            FROM purchase_orders o JOIN purchase_order_lines l ON l.purchase_order_id = o.id
            WHERE o.state IN ('draft', 'ordered', 'partly_received')
            UNION ALL
            SELECT g.location_id, l.product_id, l.quantity
            FROM goods_receipts g JOIN goods_receipt_lines l ON l.goods_receipt_id = g.id
            WHERE g.state = 'draft' AND g.purchase_order_id IS NULL
        ) every GROUP BY location_id, product_id
    ), promised AS (
        -- What was approved is held on the shelf, and so not available, already.
        SELECT from_location_id AS location_id, product_id, sum(quantity) AS quantity FROM moving
        WHERE state IN ('draft', 'requested') GROUP BY from_location_id, product_id
    ), there AS (
        SELECT id, location_id, product_id, on_hand, available FROM stock_levels WHERE kind = 'shelf'
    ), low AS (
        -- Of other products nobody needs to know what there is. What is coming can only make it less low.
        SELECT DISTINCT r.product_id FROM stock_rules r LEFT JOIN there USING (location_id, product_id)
        WHERE r.reorder_point >= coalesce(there.available, 0)
            AND (CAST(:places AS uuid[]) IS NULL OR r.location_id = ANY (CAST(:places AS uuid[])))
    ), known AS (
        SELECT location_id, product_id FROM there JOIN low USING (product_id)
        UNION SELECT location_id, product_id FROM stock_rules JOIN low USING (product_id)
    )
    SELECT k.location_id, k.product_id, s.reorder_point, s.reorder_quantity,
        t.id AS level, coalesce(t.on_hand, 0) AS on_hand, coalesce(t.available, 0) AS available,
        coalesce(c.quantity, 0) AS coming, coalesce(p.quantity, 0) AS promised
    FROM known k
    JOIN locations place ON place.id = k.location_id AND place.active
    JOIN products good ON good.id = k.product_id AND good.active AND good.tracks_stock
    LEFT JOIN there t USING (location_id, product_id)
    LEFT JOIN stock_rules s USING (location_id, product_id)
    LEFT JOIN coming c USING (location_id, product_id)
    LEFT JOIN promised p USING (location_id, product_id)
    ORDER BY place.code, good.sku
    """
)
# The preferred supplier first, then the cheapest.
_WHO_SELLS = sa.text(
    "SELECT o.product_id, o.supplier_id, o.pack_size, coalesce(o.price, p.cost) AS unit_cost"
    " FROM product_suppliers o JOIN suppliers s ON s.id = o.supplier_id AND s.active"
    " JOIN products p ON p.id = o.product_id"
    " ORDER BY o.product_id, o.preferred DESC, o.price NULLS LAST, o.id"
)
