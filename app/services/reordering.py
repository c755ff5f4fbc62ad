"""Reordering: what runs low is asked of a location that has more than it needs, or else ordered from a supplier."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
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
from app.services import needs, purchasing
from app.services.needs import Need, Situation, Spare


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


def preview(actor: Actor, location: UUID | None = None) -> Proposal:
    """What would be reordered at one location, or at all where the actor may; nothing is written."""
    places = _places(actor, location)
    with db.reading(_seeing_all(actor)) as session:
        return _decided(needs.look(session, places))


def propose(actor: Actor, location: UUID | None = None) -> Proposal:
    """Make drafts for what runs low: requests to other locations, orders to suppliers.

    What is on its way, asked for or ordered counts as there, drafts too: proposing again proposes nothing new. Raises
    `Forbidden` where the actor may make neither.
    """
    places = _places(actor, location)
    with db.transaction(_seeing_all(actor)) as session:
        # Two who propose at the same moment must not order everything twice.
        session.execute(sa.text("SELECT pg_advisory_xact_lock(hashtext('reordering'))"))
        found = _decided(needs.look(session, places))
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


def _decided(now: Situation) -> Proposal:
    wishes = [_met(now, need) for need in now.needs]
    return Proposal(
        tuple(wish for wish in wishes if wish.donor),
        tuple(wish for wish in wishes if wish.supplier),
        tuple(wish for wish in wishes if not wish.donor and not wish.supplier),
    )


def _met(now: Situation, need: Need) -> Wish:
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


def _donor(now: Situation, need: Need) -> Spare | None:
    if need.location not in now.takes_transfers:
        return None
    able = [
        spare
        for spare in now.spare.get(need.product, ())
        if spare.location != need.location and spare.quantity >= need.wanted
    ]
    parent = now.parents.get(need.location)

    def rank(spare: Spare) -> tuple[bool, Decimal, str]:
        near = parent is not None and parent in (spare.parent, spare.location)
        return (not near, -spare.quantity, str(spare.location))

    return min(able, key=rank, default=None)


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
