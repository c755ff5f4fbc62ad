"""Stock: quantities go from one account to another, and this is the only place that changes a quantity.

Who may move what is decided by the service that owns the document; here the figures are kept right. Levels are locked
before they are read, each move takes the next number of both its accounts, and what is short is told in full.
"""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.orm import Session

from app.core.actor import Actor
from app.core.db import posting, transaction
from app.core.errors import NotEnoughStock, ShortLine
from app.core.ids import uuid7
from app.models.location import Location
from app.models.product import Product
from app.services.stock import holds as held
from app.services.stock import levels, shortages
from app.services.stock.levels import Key, Level
from app.services.stock.moves import MILLIONTH, NOTHING, Hold, Move, Place, Posted

__all__ = ["Hold", "Move", "Place", "Posted", "end_holds", "move", "reserve", "reverse"]


def move(actor: Actor, moves: Sequence[Move], *, operation: UUID | None = None, facts: bool = False) -> list[Posted]:
    """Book moves in the given order, all of them or none.

    facts   it has happened already: what a shelf hasn't got comes from its location's shortage, reservations that
            can't be kept are broken, and somebody is asked to look into both

    The caller has asked `access` whether the actor may. Raises `NotEnoughStock` with every line that is short, and
    `ValueError` for a quantity that is not above nothing.
    """
    if any(wanted.quantity <= 0 for wanted in moves):
        raise ValueError("a move has a quantity above nothing: turn it round instead")
    with transaction(actor, operation=operation) as session:
        session.flush()
        with posting(actor):
            found = levels.locked(session, _keys(moves) | (shortages.keys(moves) if facts else set()))
            if facts:
                moves = [*shortages.made_up(session, moves, found), *moves]
            short = [] if facts else shortages.told(moves, found)
            rows = [] if short else [_booked(actor, one, found, operation) for one in moves]
            if rows:
                levels.write(session, found.values(), rows)
        if short:
            raise _not_enough(session, short)
    return [Posted(row["id"], row["product_id"], row["quantity"], row["unit_cost"]) for row in rows]


def reverse(
    actor: Actor, document: str, document_id: UUID, *, by: tuple[str, UUID], operation: UUID | None = None
) -> list[Posted]:
    """Book every move of a document the other way round, for the document `by`; each at the cost it went at.

    Raises `NotEnoughStock` when what it brought is no longer there.
    """
    with transaction(actor, operation=operation) as session, posting(actor):
        found = session.execute(_MOVES_OF, {"document": document, "id": document_id}).all()
    back = [
        Move(
            row.product_id,
            Place(row.to_kind, row.to_location, row.to_other, row.to_transfer),
            Place(row.from_kind, row.from_location, row.from_other, row.from_transfer),
            row.quantity,
            unit_cost=row.unit_cost,
            reason=row.reason_id,
            document=by[0],
            document_id=by[1],
        )
        for row in found
    ]
    return move(actor, back, operation=operation) if back else []


def reserve(actor: Actor, holds: Sequence[Hold]) -> list[UUID]:
    """Hold stock for documents, all of it or none; returns the reservations' ids. Raises `NotEnoughStock`."""
    with transaction(actor) as session:
        session.flush()
        with posting(actor):
            found = levels.locked(session, {(Place("shelf", hold.location), hold.product) for hold in holds})
            short = _unheld(holds, found)
            made = [] if short else held.write(session, found.values(), holds)
        if short:
            raise _not_enough(session, short)
    return made


def end_holds(actor: Actor, document: str, document_id: UUID, *, state: str = "used") -> int:
    """End what a document holds: "used" when it is taken now, "released" when it isn't needed. How many there were."""
    with transaction(actor) as session:
        session.flush()
        with posting(actor):
            return held.end(session, held.OF_A_DOCUMENT, {"document": document, "id": document_id, "state": state})


def _keys(moves: Sequence[Move]) -> set[Key]:
    return {(place, one.product) for one in moves for place in (one.source, one.target)}


def _booked(actor: Actor, one: Move, found: dict[Key, Level], operation: UUID | None) -> dict[str, Any]:
    """The move as a row; the levels of both its ends become what they are after it."""
    source, target = found[one.source, one.product], found[one.target, one.product]
    cost = _cost(one, source)
    return {
        "id": uuid7(),
        "product_id": one.product,
        "from_account_id": source.account,
        "to_account_id": target.account,
        "quantity": one.quantity,
        "unit_cost": cost,
        "reason_id": one.reason,
        "document": one.document,
        "document_id": one.document_id,
        "moved_by_id": one.moved_by or actor.id,
        "operation_id": operation,
        "from_seq": source.take(one.quantity, cost),
        "to_seq": target.put(one.quantity, cost),
        "effective_at": one.effective_at,
    }


def _cost(one: Move, source: Level) -> Decimal:
    """What one unit goes at: the average where it lay, or what it was bought for."""
    if not source.outside:
        return source.unit_cost
    return source.unit_cost if one.unit_cost is None else one.unit_cost.quantize(MILLIONTH)


def _unheld(holds: Sequence[Hold], found: dict[Key, Level]) -> list[ShortLine]:
    """Every product that isn't there to be held; what is held is counted on the levels."""
    wanted: dict[tuple[UUID, UUID], Decimal] = {}
    for hold in holds:
        wanted[hold.location, hold.product] = wanted.get((hold.location, hold.product), NOTHING) + hold.quantity
    short = []
    for (location, product), quantity in wanted.items():
        level = found[Place("shelf", location), product]
        if level.on_hand - level.reserved < quantity:
            short.append(ShortLine(location, product, quantity, level.on_hand - level.reserved))
        level.reserved += quantity
    return short


def _not_enough(session: Session, short: list[ShortLine]) -> NotEnoughStock:
    """The refusal, with names that people know."""
    places = sa.select(Location.id, Location.name).where(Location.id.in_({line.location for line in short}))
    goods = sa.select(Product.id, Product.name).where(Product.id.in_({line.product for line in short}))
    names: dict[UUID, str] = {row.id: row.name for query in (places, goods) for row in session.execute(query)}
    return NotEnoughStock(tuple(short), names)


_MOVES_OF = sa.text(
    "SELECT m.product_id, m.quantity, m.unit_cost, m.reason_id,"
    " f.kind AS from_kind, f.location_id AS from_location, f.other_location_id AS from_other,"
    " f.transfer_id AS from_transfer, t.kind AS to_kind, t.location_id AS to_location,"
    " t.other_location_id AS to_other, t.transfer_id AS to_transfer"
    " FROM stock_moves m JOIN stock_accounts f ON f.id = m.from_account_id"
    " JOIN stock_accounts t ON t.id = m.to_account_id"
    " WHERE m.document = :document AND m.document_id = :id ORDER BY m.id DESC"
)
