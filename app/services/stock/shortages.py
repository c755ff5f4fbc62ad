"""Shortages: what has happened already is booked all the same, and somebody is told what didn't add up with it.

What a shelf hadn't got comes from its location's shortage, and promises that can't be kept are broken, the newest first.
"""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal

import sqlalchemy as sa
from sqlalchemy.orm import Session

from app.core.errors import ShortLine
from app.services.stock.levels import Key, Level
from app.services.stock.moves import CENT, NOTHING, Move, Place


def keys(moves: Sequence[Move]) -> set[Key]:
    """The shortage of each product wherever it may be missing."""
    return {(Place("shortage", one.source.location), one.product) for one in moves if not one.source.outside}


def told(moves: Sequence[Move], levels: dict[Key, Level]) -> list[ShortLine]:
    """Every product that a place hasn't enough of, going through the moves in their order."""
    free = {key: level.on_hand - level.reserved for key, level in levels.items()}
    wanted: dict[Key, Decimal] = {}
    short: dict[Key, Decimal] = {}
    for one in moves:
        source, target = (one.source, one.product), (one.target, one.product)
        wanted[source] = wanted.get(source, NOTHING) + one.quantity
        if not one.source.outside and free[source] < one.quantity:
            short.setdefault(source, levels[source].on_hand - levels[source].reserved)
        free[source] -= one.quantity
        free[target] += one.quantity
    return [
        ShortLine(place.location, product, wanted[place, product], there) for (place, product), there in short.items()
    ]


def made_up(session: Session, moves: Sequence[Move], levels: dict[Key, Level]) -> list[Move]:
    """Moves from shortage that bring each place what it will lack, going through the moves in their order.

    Breaks the holds that can't be kept, and puts all of it on the list of what somebody has to look into.
    """
    there = {key: level.on_hand for key, level in levels.items()}
    lacks: dict[Key, Decimal] = {}
    for one in moves:
        source, target = (one.source, one.product), (one.target, one.product)
        there[source] -= one.quantity
        if not one.source.outside and there[source] < 0:
            lacks[source] = lacks.get(source, NOTHING) - there[source]
            there[source] = NOTHING
        there[target] += one.quantity
    # What stays on a shelf may be less than what is held on it: the newest promises are broken first.
    for key, level in levels.items():
        if not level.outside and level.reserved > max(there[key], NOTHING):
            level.reserved = _break_holds(session, level, key, max(there[key], NOTHING))
    first = {(one.source, one.product): one for one in reversed(moves)}
    made = [_from_shortage(key, quantity, first[key], levels[key].unit_cost) for key, quantity in lacks.items()]
    for one in made:
        _tell_of(session, one)
    return made


def _from_shortage(key: Key, quantity: Decimal, why: Move, unit_cost: Decimal) -> Move:
    place, product = key
    return Move(
        product,
        Place("shortage", place.location),
        place,
        quantity,
        unit_cost=unit_cost,
        document=why.document,
        document_id=why.document_id,
        moved_by=why.moved_by,
        effective_at=why.effective_at,
    )


def _break_holds(session: Session, level: Level, key: Key, left: Decimal) -> Decimal:
    """Break the newest reservations of a level until the rest can be kept; returns what is still reserved."""
    reserved = level.reserved
    for row in session.execute(_HOLDS_ON, {"account": level.account, "product": key[1]}).all():
        if reserved <= left:
            break
        session.execute(_BREAK, {"id": row.id})
        session.execute(
            _NOTICE,
            {
                "kind": "broken_reservation",
                "location": row.location_id,
                "product": key[1],
                "quantity": row.quantity,
                "value": (row.quantity * level.unit_cost).quantize(CENT),
                "document": row.document,
                "document_id": row.document_id,
            },
        )
        reserved -= row.quantity
    session.execute(_SET_RESERVED, {"id": level.id, "reserved": reserved})
    return reserved


def _tell_of(session: Session, one: Move) -> None:
    """Somebody has to find out where it came from."""
    session.execute(
        _NOTICE,
        {
            "kind": "oversold",
            "location": one.target.location,
            "product": one.product,
            "quantity": one.quantity,
            "value": (one.quantity * (one.unit_cost or NOTHING)).quantize(CENT),
            "document": one.document,
            "document_id": one.document_id,
        },
    )


_HOLDS_ON = sa.text(
    "SELECT r.id, r.location_id, r.quantity, r.document, r.document_id FROM reservations r"
    " JOIN stock_accounts a ON a.location_id = r.location_id AND a.kind = 'shelf'"
    " WHERE a.id = :account AND r.product_id = :product AND r.state = 'held' ORDER BY r.created_at DESC, r.id DESC"
)
_BREAK = sa.text("UPDATE reservations SET state = 'broken', ended_at = now() WHERE id = :id")
_SET_RESERVED = sa.text("UPDATE stock_levels SET reserved = :reserved WHERE id = :id")
_NOTICE = sa.text(
    "INSERT INTO stock_exceptions (kind, location_id, product_id, quantity, value, document, document_id)"
    " VALUES (:kind, :location, :product, :quantity, :value, :document, :document_id)"
)
