"""Reordering: what runs low is asked of a location that has more than it needs, or else ordered from a supplier."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from decimal import ROUND_CEILING, Decimal
from typing import Final
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.orm import Session

from app.core import access, db, values
from app.core.actor import Access, Actor, Everywhere, Locations
from app.core.columns import Column
from app.core.errors import Forbidden, Invalid
from app.models.product import Product
from app.models.purchase_order import PurchaseOrder
from app.models.stock_request import StockRequest
from app.services import documents, operations
from app.services.stock import goods
from app.services.warehouse import needs, reorder_drafts
from app.services.warehouse.needs import Need, Situation, Spare
from app.services.warehouse.reorder_drafts import Wish


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


@dataclass(frozen=True)
class Pick:
    """A line of a proposal that a person wants: from whom it said, and how much of it, as typed."""

    location: UUID
    product: UUID
    source: UUID | None
    quantity: str


QUANTITY: Final = Column("quantity", label="Quantity", places=3, least=0.001, required=True)

# Two who propose at the same moment must not order everything twice.
_ONE_AT_A_TIME = sa.text("SELECT pg_advisory_xact_lock(hashtext('reordering'))")


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
        session.execute(_ONE_AT_A_TIME)
        found = _decided(needs.look(session, places))
        return replace(found, documents=reorder_drafts.write(session, (*found.transfers, *found.purchases)))


def draft(
    actor: Actor, picks: Sequence[Pick], location: UUID | None = None, *, operation: UUID | None = None
) -> tuple[tuple[str, UUID], ...]:
    """Make drafts of what a person picked from the proposal for `location`; returns them as (entity, id).

    operation  id of the write: sent again, it returns what was made the first time

    Raises `Invalid` with a sentence per line, `line.<location>.<product>`, for what can't be, isn't needed any more or
    would come from somebody else now; nothing is made then. Raises `Forbidden` as `propose` does.
    """
    places = _places(actor, location)
    if not picks:
        raise Invalid({}, "Tick what you want to reorder.")
    what = operations.fingerprint("reorder", str(location), sorted(str(pick) for pick in picks))

    def work() -> tuple[tuple[str, UUID], ...]:
        with db.transaction(_seeing_all(actor), operation=operation) as session:
            known = None if operation is None else operations.claim(session, actor, operation, what)
            if known is not None:
                return tuple((str(kind), UUID(id)) for kind, id in known["made"])
            session.execute(_ONE_AT_A_TIME)
            made = reorder_drafts.write(session, _picked(session, _decided(needs.look(session, places)), picks))
            if operation is not None:
                operations.finish(session, operation, {"made": made})
            return made

    return documents.again_if_busy(work)


def _picked(session: Session, found: Proposal, picks: Sequence[Pick]) -> list[Wish]:
    """The wishes as they are now, each with the quantity that the person made of it."""
    wishes = {(wish.need.location, wish.need.product): wish for wish in (*found.transfers, *found.purchases)}
    statement = sa.select(Product).where(Product.id.in_({pick.product for pick in picks}))
    products = {product.id: product for product in session.scalars(statement)}
    picked, problems = [], {}
    for pick in {(pick.location, pick.product): pick for pick in picks}.values():
        wish, product = wishes.get((pick.location, pick.product)), products.get(pick.product)
        try:
            if wish is None or product is None:
                raise ValueError(f"{product.name if product else 'It'} is no longer needed: it is on its way already.")
            picked.append(replace(wish, quantity=_amount(pick, wish, product)))
        except ValueError as error:
            problems[f"line.{pick.location}.{pick.product}"] = str(error)
    if problems:
        raise Invalid(problems)
    return picked


def _amount(pick: Pick, wish: Wish, product: Product) -> Decimal:
    """How much the person wants, once it is clear that it can be. Raises `ValueError` with what speaks against it."""
    if pick.source != wish.source:
        raise ValueError(f"{product.name} comes from somebody else now: look, and tick it again.")
    amount: Decimal = values.parse(QUANTITY, pick.quantity)
    problem = goods.size_problem(product.name, product.unit, amount)
    if problem:
        raise ValueError(problem)
    return amount


def may(actor: Actor, location: UUID | None = None) -> bool:
    """May the actor both ask others and order, for this location or for any?"""
    places = _mine(actor)
    return location in places if location is not None else bool(places)


def _places(actor: Actor, location: UUID | None) -> Locations:
    """Where it is reordered for: all of the actor's places, or the one that is named."""
    places = _mine(actor)
    if not places or (location is not None and location not in places):
        raise Forbidden()
    return places if location is None else frozenset({location})


def _mine(actor: Actor) -> Locations:
    """Where the actor may both ask others and order."""
    asks, orders = (access.locations(actor, entity, "create") for entity in (StockRequest, PurchaseOrder))
    if isinstance(asks, Everywhere) or isinstance(orders, Everywhere):
        return orders if isinstance(asks, Everywhere) else asks
    return asks & orders


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
        return Wish(need, packs * offer.pack_size, None, offer.supplier, offer.unit_cost, offer.pack_size)
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
