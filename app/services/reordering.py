"""Reordering: what runs low is asked of a location that has more than it needs, or else ordered from a supplier."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field, replace
from decimal import ROUND_CEILING, Decimal
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.orm import Session

from app.core import access, db
from app.core.actor import Access, Actor, Everywhere, Locations
from app.core.errors import Forbidden
from app.core.ids import uuid7
from app.models.purchase_order import PurchaseOrder, PurchaseOrderLine
from app.models.stock_request import StockRequest, StockRequestLine
from app.services import purchasing

NOTHING = Decimal(0)
ONE = Decimal(1)


@dataclass(frozen=True)
class Need:
    """A product that has fallen to its reorder point at a location.

    available  what is free on the shelf
    coming     what is on its way there, asked for or ordered
    wanted     how much more is needed
    """

    location: UUID
    product: UUID
    available: Decimal
    coming: Decimal
    reorder_point: Decimal
    wanted: Decimal


@dataclass(frozen=True)
class Wish:
    """How a need is met: `quantity` of it from another location, or from a supplier at a cost, or by nobody known."""

    need: Need
    quantity: Decimal
    donor: UUID | None = None
    supplier: UUID | None = None
    unit_cost: Decimal | None = None


@dataclass(frozen=True)
class Proposal:
    """What to reorder.

    transfers  what other locations can spare
    purchases  what suppliers are to deliver
    unmet      what no location can spare and no supplier is named for
    documents  the drafts that were made, as (entity, id); none in a preview
    """

    transfers: tuple[Wish, ...] = ()
    purchases: tuple[Wish, ...] = ()
    unmet: tuple[Wish, ...] = ()
    documents: tuple[tuple[str, UUID], ...] = ()


@dataclass
class _Spare:
    """What a location can do without of a product; it gets less as needs are met from it."""

    location: UUID
    parent: UUID | None
    quantity: Decimal


@dataclass(frozen=True)
class _Offer:
    """Where a product is bought, in packs of what size and at what cost."""

    supplier: UUID
    pack_size: Decimal
    unit_cost: Decimal | None


@dataclass
class _Situation:
    """Everything the decisions are taken from, read in one moment."""

    needs: list[Need] = field(default_factory=list)
    spare: dict[UUID, list[_Spare]] = field(default_factory=dict)
    offers: dict[UUID, _Offer] = field(default_factory=dict)
    parents: dict[UUID, UUID | None] = field(default_factory=dict)
    takes_transfers: frozenset[UUID] = frozenset()


def preview(actor: Actor, location: UUID | None = None) -> Proposal:
    """What would be reordered at one location, or at all where the actor may; nothing is written."""
    places = _places(actor, location)
    with db.reading(_seeing_all(actor)) as session:
        return _decided(_situation(session, places))


def propose(actor: Actor, location: UUID | None = None) -> Proposal:
    """Make drafts for what runs low: requests to other locations, orders to suppliers.

    What is on its way, asked for or ordered counts as there, drafts too: proposing again proposes nothing new. Raises
    `Forbidden` where the actor may make neither.
    """
    places = _places(actor, location)
    with db.transaction(_seeing_all(actor)) as session:
        # Two who propose at the same moment must not order everything twice.
        session.execute(sa.text("SELECT pg_advisory_xact_lock(hashtext('reordering'))"))
        found = _decided(_situation(session, places))
        made = [*_requests(session, found.transfers), *_orders(session, found.purchases)]
        return replace(found, documents=tuple(made))


def _places(actor: Actor, location: UUID | None) -> Locations:
    """Where the actor may both ask others and order."""
    asks, orders = (access.locations(actor, entity, "create") for entity in (StockRequest, PurchaseOrder))
    if isinstance(asks, Everywhere) or isinstance(orders, Everywhere):
        places = orders if isinstance(asks, Everywhere) else asks
    else:
        places = asks & orders
    if not places or (location is not None and location not in places):
        raise Forbidden()
    return places if location is None else frozenset({location})


def _seeing_all(actor: Actor) -> Actor:
    """The same person, past the row rules: what others can spare decides, and is told to nobody as a figure.

    Written is only at the places that `_places` allowed.
    """
    return replace(actor, access=Access(unlimited=True), database_role="backroom_global")


def _decided(now: _Situation) -> Proposal:
    wishes = [_met(now, need) for need in now.needs]
    return Proposal(
        tuple(wish for wish in wishes if wish.donor),
        tuple(wish for wish in wishes if wish.supplier),
        tuple(wish for wish in wishes if not wish.donor and not wish.supplier),
    )


def _met(now: _Situation, need: Need) -> Wish:
    """From the nearest that can spare it, else from whom it is bought."""
    donor = _donor(now, need)
    if donor is not None:
        donor.quantity -= need.wanted
        return Wish(need, need.wanted, donor=donor.location)
    offer = now.offers.get(need.product)
    if offer is not None:
        packs = (need.wanted / offer.pack_size).to_integral_value(ROUND_CEILING)
        return Wish(need, packs * offer.pack_size, supplier=offer.supplier, unit_cost=offer.unit_cost)
    return Wish(need, need.wanted)


def _donor(now: _Situation, need: Need) -> _Spare | None:
    if need.location not in now.takes_transfers:
        return None
    able = [
        spare
        for spare in now.spare.get(need.product, ())
        if spare.location != need.location and spare.quantity >= need.wanted
    ]
    parent = now.parents.get(need.location)

    def rank(spare: _Spare) -> tuple[bool, Decimal, str]:
        near = parent is not None and parent in (spare.parent, spare.location)
        return (not near, -spare.quantity, str(spare.location))

    return min(able, key=rank, default=None)


def _situation(session: Session, places: Locations) -> _Situation:
    now = _Situation()
    for row in session.execute(_LOCATIONS):
        now.parents[row.id] = row.parent_id
        if row.receives_transfers:
            now.takes_transfers |= {row.id}
    for row in session.execute(_STOCK):
        if row.location_id in places and row.reorder_point is not None:
            wanted = _wanted(row.available + row.coming, row.reorder_point, row.reorder_quantity or NOTHING)
            if wanted:
                now.needs.append(
                    Need(row.location_id, row.product_id, row.available, row.coming, row.reorder_point, wanted)
                )
        left = row.available - row.promised - (row.reorder_point or NOTHING)
        if left > 0:
            spare = _Spare(row.location_id, now.parents.get(row.location_id), left)
            now.spare.setdefault(row.product_id, []).append(spare)
    for row in session.execute(_OFFERS):
        now.offers.setdefault(row.product_id, _Offer(row.supplier_id, row.pack_size, row.unit_cost))
    return now


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


def _requests(session: Session, wishes: Iterable[Wish]) -> Iterator[tuple[str, UUID]]:
    """One draft for each pair of locations."""
    made: dict[tuple[UUID, UUID | None], UUID] = {}
    for wish in wishes:
        ends = (wish.need.location, wish.donor)
        if ends not in made:
            made[ends] = uuid7()
            session.add(StockRequest(id=made[ends], to_location_id=ends[0], from_location_id=ends[1], note="Runs low."))
            session.flush()
            yield ("stock_request", made[ends])
        session.add(
            StockRequestLine(
                id=uuid7(), stock_request_id=made[ends], product_id=wish.need.product, quantity=wish.quantity
            )
        )
    session.flush()


def _orders(session: Session, wishes: Iterable[Wish]) -> Iterator[tuple[str, UUID]]:
    """One draft for each location and supplier."""
    by_order: dict[tuple[UUID, UUID | None], list[Wish]] = {}
    for wish in wishes:
        by_order.setdefault((wish.need.location, wish.supplier), []).append(wish)
    for (location, supplier), lines in by_order.items():
        order = PurchaseOrder(
            id=uuid7(),
            location_id=location,
            supplier_id=supplier,
            note="Runs low.",
            total=purchasing.worth((line.quantity, line.unit_cost) for line in lines),
        )
        session.add(order)
        session.flush()
        session.add_all(
            PurchaseOrderLine(
                id=uuid7(),
                purchase_order_id=order.id,
                product_id=line.need.product,
                quantity=line.quantity,
                unit_cost=line.unit_cost,
            )
            for line in lines
        )
        session.flush()
        yield ("purchase_order", order.id)


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
        SELECT location_id, product_id, available FROM stock_levels WHERE kind = 'shelf'
    ), known AS (
        SELECT location_id, product_id FROM there UNION SELECT location_id, product_id FROM stock_rules
    )
    SELECT k.location_id, k.product_id, s.reorder_point, s.reorder_quantity,
        coalesce(t.available, 0) AS available, coalesce(c.quantity, 0) AS coming, coalesce(p.quantity, 0) AS promised
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
_OFFERS = sa.text(
    "SELECT o.product_id, o.supplier_id, o.pack_size, coalesce(o.price, p.cost) AS unit_cost"
    " FROM product_suppliers o JOIN suppliers s ON s.id = o.supplier_id AND s.active"
    " JOIN products p ON p.id = o.product_id"
    " ORDER BY o.product_id, o.preferred DESC, o.price NULLS LAST, o.id"
)
