"""Reorder drafts: what is wished for becomes requests to other locations and orders to suppliers, for people to send."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from decimal import Decimal
from uuid import UUID

from sqlalchemy.orm import Session

from app.core.ids import uuid7
from app.models.purchase_order import PurchaseOrder, PurchaseOrderLine
from app.models.stock_request import StockRequest, StockRequestLine
from app.services.warehouse import purchasing
from app.services.warehouse.needs import Need


@dataclass(frozen=True)
class Wish:
    """How a need is met: `quantity` of it from another location, or from a supplier at a cost, or by nobody known.

    pack_size  what the supplier sells it in
    """

    need: Need
    quantity: Decimal
    donor: UUID | None = None
    supplier: UUID | None = None
    unit_cost: Decimal | None = None
    pack_size: Decimal | None = None

    @property
    def source(self) -> UUID | None:
        """Who is to send it."""
        return self.donor or self.supplier


def write(session: Session, wishes: Sequence[Wish]) -> tuple[tuple[str, UUID], ...]:
    """Make the drafts, as few as will do; returns them as (entity, id). The session must see all of it."""
    asked = _requests(session, (wish for wish in wishes if wish.donor))
    return (*asked, *_orders(session, (wish for wish in wishes if wish.supplier)))


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
