"""Stock: quantities go from one account to another, and this is the only place that changes a quantity.

Who may move what is decided by the service that owns the document; here the figures are kept right. Levels are locked
before they are read, each move takes the next number of both its accounts, and what is short is told in full.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.orm import Session

from app.core.actor import Actor
from app.core.db import posting, transaction
from app.core.errors import Busy, NotEnoughStock, ShortLine
from app.core.ids import uuid7
from app.models.location import Location
from app.models.product import Product
from app.models.reservation import Reservation
from app.models.stock_account import StockAccount, StockLevel
from app.models.stock_move import StockMove

OUTSIDE = frozenset({"supplier", "customer", "loss", "shortage"})
"""Kinds of account that only stand for the world outside: they may go below nothing, and have no average cost."""

NOTHING = Decimal(0)
CENT = Decimal("0.01")
MILLIONTH = Decimal("0.000001")


@dataclass(frozen=True)
class Place:
    """One stock account: a location's shelf, its suppliers, its clients …, or a transfer's goods on their way."""

    kind: str
    location: UUID
    other: UUID | None = None
    transfer: UUID | None = None


@dataclass(frozen=True)
class Move:
    """A quantity of a product on its way from one place to another.

    unit_cost    of what comes in from outside; what leaves a shelf goes at the shelf's average
    document     kind and id of the paper behind it
    moved_by     a user, when it isn't the actor
    effective_at when it happened; balances follow the order of posting all the same
    """

    product: UUID
    source: Place
    target: Place
    quantity: Decimal
    unit_cost: Decimal | None = None
    reason: UUID | None = None
    document: str | None = None
    document_id: UUID | None = None
    moved_by: UUID | None = None
    effective_at: dt.datetime | None = None


@dataclass(frozen=True)
class Hold:
    """A quantity that a document holds on a location's shelf, until a moment or until it ends."""

    location: UUID
    product: UUID
    quantity: Decimal
    document: str
    document_id: UUID
    until: dt.datetime | None = None


@dataclass(frozen=True)
class Posted:
    """A move as it was booked, with the cost of one unit that it went at."""

    id: UUID
    product: UUID
    quantity: Decimal
    unit_cost: Decimal


@dataclass
class _Level:
    """One level while its moves are worked out, locked in the database."""

    id: UUID
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


Key = tuple[UUID, UUID]
"""Account and product: what a level is known by."""


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
            places = {place for wanted in moves for place in (wanted.source, wanted.target)}
            if facts:
                places |= {Place("shortage", place.location) for place in places if place.kind not in OUTSIDE}
            accounts = _accounts(session, places)
            levels = _locked(session, accounts, _pairs(moves, accounts) if not facts else _all_pairs(moves, accounts))
            missing: list[Move] = []
            if facts:
                missing = _made_up(session, moves, accounts, levels)
                _tell_of(session, missing, accounts, levels)
                moves = [*missing, *moves]
            short = [] if facts else _shortfalls(moves, accounts, levels)
            booked = [] if short else _book(session, actor, moves, accounts, levels, operation)
        if short:
            raise _not_enough(session, short)
    return booked


def end_holds(actor: Actor, document: str, document_id: UUID, *, state: str = "used") -> int:
    """End what a document holds: "used" when it is taken now, "released" when it isn't needed. How many there were."""
    with transaction(actor) as session:
        session.flush()
        with posting(actor):
            held = session.execute(_HELD_FOR, {"document": document, "id": document_id}).all()
            if held:
                # Levels before reservations, in the one order that everybody locks them in.
                pairs = sorted({(row.account_id, row.product_id) for row in held})
                facts = {"accounts": [one for one, _ in pairs], "products": [two for _, two in pairs]}
                levels = {(row.account_id, row.product_id): row for row in session.execute(_LOCK, facts)}
                freed = session.execute(_END_HOLDS, {"document": document, "id": document_id, "state": state}).all()
                less: dict[UUID, Decimal] = {}
                for row in freed:
                    level = levels[_shelf_of(held, row.location_id), row.product_id]
                    less[level.id] = less.get(level.id, NOTHING) + row.quantity
                session.execute(_FREE, {"ids": list(less), "less": list(less.values())})
                return len(freed)
    return 0


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
            places = {hold.location: Place("shelf", hold.location) for hold in holds}
            accounts = _accounts(session, set(places.values()))
            keys = sorted({(accounts[places[hold.location]], hold.product) for hold in holds})
            levels = _locked(session, accounts, keys)
            short = _unheld(holds, accounts, levels, places)
            made = [] if short else _hold(session, holds, levels)
        if short:
            raise _not_enough(session, short)
    return made


def _all_pairs(moves: Sequence[Move], accounts: dict[Place, UUID]) -> list[Key]:
    """What the moves touch, and the shortage of each product wherever it may be missing."""
    lacking = {
        (accounts[Place("shortage", one.source.location)], one.product)
        for one in moves
        if one.source.kind not in OUTSIDE
    }
    return sorted({*_pairs(moves, accounts), *lacking})


def _made_up(
    session: Session, moves: Sequence[Move], accounts: dict[Place, UUID], levels: dict[Key, _Level]
) -> list[Move]:
    """Moves from shortage that bring each place what it will lack, going through the moves in their order."""
    there = {key: level.on_hand for key, level in levels.items()}
    lacks: dict[tuple[Place, UUID], Decimal] = {}
    for one in moves:
        source, target = (accounts[one.source], one.product), (accounts[one.target], one.product)
        there[source] -= one.quantity
        if not levels[source].outside and there[source] < 0:
            lacking = (one.source, one.product)
            lacks[lacking] = lacks.get(lacking, NOTHING) - there[source]
            there[source] = NOTHING
        there[target] += one.quantity
    first = {(one.source, one.product): one for one in reversed(moves)}
    made = []
    for (place, product), quantity in lacks.items():
        why, level = first[place, product], levels[accounts[place], product]
        made.append(
            Move(
                product,
                Place("shortage", place.location),
                place,
                quantity,
                unit_cost=level.unit_cost,
                document=why.document,
                document_id=why.document_id,
                moved_by=why.moved_by,
                effective_at=why.effective_at,
            )
        )
    # What stays on a shelf may be less than what is held on it: the newest promises are broken first.
    for key, level in levels.items():
        if not level.outside and level.reserved > max(there[key], NOTHING):
            level.reserved = _break_holds(session, level, key, max(there[key], NOTHING))
    return made


def _break_holds(session: Session, level: _Level, key: Key, left: Decimal) -> Decimal:
    """Break the newest reservations of a level until the rest can be kept; returns what is still reserved."""
    reserved = level.reserved
    for row in session.execute(_HOLDS_ON, {"account": key[0], "product": key[1]}).all():
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


def _tell_of(session: Session, missing: list[Move], accounts: dict[Place, UUID], levels: dict[Key, _Level]) -> None:
    """Somebody has to find out where it came from."""
    for one in missing:
        cost = levels[accounts[one.target], one.product].unit_cost
        session.execute(
            _NOTICE,
            {
                "kind": "oversold",
                "location": one.target.location,
                "product": one.product,
                "quantity": one.quantity,
                "value": (one.quantity * cost).quantize(CENT),
                "document": one.document,
                "document_id": one.document_id,
            },
        )


def _shelf_of(held: Sequence[Any], location: UUID) -> UUID:
    return next(UUID(str(row.account_id)) for row in held if row.location_id == location)


def _accounts(session: Session, places: set[Place]) -> dict[Place, UUID]:
    """The account of each place, found or made."""
    found = _find_accounts(session, places)
    # In a fixed order: two who make the same accounts must not wait in a circle.
    missing = sorted(places - set(found), key=lambda place: (place.kind, place.location, str(place.transfer)))
    if missing:
        ids = {place: uuid7() for place in missing}
        rows = [
            {
                "id": id,
                "kind": place.kind,
                "location_id": place.location,
                "other_location_id": place.other,
                "transfer_id": place.transfer,
            }
            for place, id in ids.items()
        ]
        table = StockAccount.__table__
        made = set(session.scalars(_or_nothing(table).returning(table.c.id), rows))
        found |= {place: id for place, id in ids.items() if id in made}
        if len(made) < len(missing):  # somebody else has made one meanwhile
            found |= _find_accounts(session, set(missing))
    return found


def _find_accounts(session: Session, places: Iterable[Place]) -> dict[Place, UUID]:
    wanted = set(places)
    facts = {
        "locations": list({place.location for place in wanted}),
        "kinds": list({place.kind for place in wanted}),
        "transfers": list({place.transfer for place in wanted if place.transfer}),
    }
    rows = session.execute(_ACCOUNTS, facts)
    known = {Place(row.kind, row.location_id, row.other_location_id, row.transfer_id): row.id for row in rows}
    return {place: known[place] for place in wanted if place in known}


def _pairs(moves: Sequence[Move], accounts: dict[Place, UUID]) -> list[Key]:
    return sorted({(accounts[place], one.product) for one in moves for place in (one.source, one.target)})


def _locked(session: Session, accounts: dict[Place, UUID], keys: Sequence[Key]) -> dict[Key, _Level]:
    """The levels, made where there were none, locked in the one order until the transaction ends."""
    places = {account: place for place, account in accounts.items()}
    outside = {account: place.kind in OUTSIDE for account, place in places.items()}
    pairs = {"accounts": [account for account, _ in keys], "products": [product for _, product in keys]}
    found = session.execute(_LOCK, pairs).all()
    missing = sorted(set(keys) - {(row.account_id, row.product_id) for row in found})
    if missing:
        rows = [
            {
                "id": uuid7(),
                "account_id": account,
                "kind": places[account].kind,
                "location_id": places[account].location,
                "product_id": product,
                "may_go_negative": outside[account],
            }
            for account, product in missing
        ]
        session.execute(_or_nothing(StockLevel.__table__), rows)
        found = session.execute(_LOCK, pairs).all()
    return {
        (row.account_id, row.product_id): _Level(
            row.id, row.on_hand, row.reserved, row.value, row.unit_cost, row.seq, outside[row.account_id], row.seq
        )
        for row in found
    }


_ACCOUNTS = sa.text(
    "SELECT id, kind, location_id, other_location_id, transfer_id FROM stock_accounts"
    " WHERE location_id = ANY (CAST(:locations AS uuid[])) AND kind = ANY (CAST(:kinds AS text[]))"
    " AND (transfer_id IS NULL OR transfer_id = ANY (CAST(:transfers AS uuid[])))"
)
_PAIRS = "(SELECT * FROM unnest(CAST(:accounts AS uuid[]), CAST(:products AS uuid[])) AS p (account_id, product_id)) p"
# Everybody locks in the same order, so two crossing transfers can't wait for each other; shelves come first, because
# whoever frees what was held, or posts a count, has locked those before.
_LOCK = sa.text(
    "SELECT l.id, l.account_id, l.product_id, l.on_hand, l.reserved, l.value, l.unit_cost, l.seq"
    f" FROM stock_levels l JOIN {_PAIRS} ON l.account_id = p.account_id AND l.product_id = p.product_id"
    " ORDER BY l.kind <> 'shelf', l.account_id, l.product_id FOR NO KEY UPDATE OF l"
)
# The number of the last move is the condition: a level that somebody else moved in spite of the lock is left alone.
_WRITE = sa.text(
    "UPDATE stock_levels l SET on_hand = n.on_hand, value = n.value, unit_cost = n.unit_cost, seq = n.seq"
    " FROM unnest(CAST(:ids AS uuid[]), CAST(:on_hand AS numeric[]), CAST(:value AS numeric[]),"
    " CAST(:unit_cost AS numeric[]), CAST(:seq AS integer[]), CAST(:locked_seq AS integer[]))"
    " AS n (id, on_hand, value, unit_cost, seq, locked_seq)"
    " WHERE l.id = n.id AND l.seq = n.locked_seq"
)
_RESERVE = sa.text(
    "UPDATE stock_levels l SET reserved = n.reserved"
    " FROM unnest(CAST(:ids AS uuid[]), CAST(:reserved AS numeric[])) AS n (id, reserved)"
    " WHERE l.id = n.id AND l.on_hand >= n.reserved"
)

_HELD_FOR = sa.text(
    "SELECT r.location_id, r.product_id, a.id AS account_id FROM reservations r"
    " JOIN stock_accounts a ON a.location_id = r.location_id AND a.kind = 'shelf'"
    " WHERE r.document = :document AND r.document_id = :id AND r.state = 'held'"
)
_END_HOLDS = sa.text(
    "UPDATE reservations SET state = :state, ended_at = now()"
    " WHERE document = :document AND document_id = :id AND state = 'held'"
    " RETURNING location_id, product_id, quantity"
)
_FREE = sa.text(
    "UPDATE stock_levels l SET reserved = l.reserved - n.less"
    " FROM unnest(CAST(:ids AS uuid[]), CAST(:less AS numeric[])) AS n (id, less) WHERE l.id = n.id"
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
_MOVES_OF = sa.text(
    "SELECT m.product_id, m.quantity, m.unit_cost, m.reason_id,"
    " f.kind AS from_kind, f.location_id AS from_location, f.other_location_id AS from_other,"
    " f.transfer_id AS from_transfer, t.kind AS to_kind, t.location_id AS to_location,"
    " t.other_location_id AS to_other, t.transfer_id AS to_transfer"
    " FROM stock_moves m JOIN stock_accounts f ON f.id = m.from_account_id"
    " JOIN stock_accounts t ON t.id = m.to_account_id"
    " WHERE m.document = :document AND m.document_id = :id ORDER BY m.id DESC"
)


def _or_nothing(table: Any) -> Any:
    from sqlalchemy.dialects.postgresql import insert

    return insert(table).on_conflict_do_nothing()


def _shortfalls(moves: Sequence[Move], accounts: dict[Place, UUID], levels: dict[Key, _Level]) -> list[ShortLine]:
    """Every product that a place hasn't enough of, going through the moves in their order."""
    free = {key: level.on_hand - level.reserved for key, level in levels.items()}
    wanted: dict[tuple[Place, UUID], Decimal] = {}
    short: dict[tuple[Place, UUID], Decimal] = {}
    for one in moves:
        source, target = (accounts[one.source], one.product), (accounts[one.target], one.product)
        line = (one.source, one.product)
        wanted[line] = wanted.get(line, NOTHING) + one.quantity
        if not levels[source].outside and free[source] < one.quantity:
            short.setdefault(line, levels[source].on_hand - levels[source].reserved)
        free[source] -= one.quantity
        free[target] += one.quantity
    return [
        ShortLine(place.location, product, wanted[place, product], there) for (place, product), there in short.items()
    ]


def _unheld(
    holds: Sequence[Hold], accounts: dict[Place, UUID], levels: dict[Key, _Level], places: dict[UUID, Place]
) -> list[ShortLine]:
    wanted: dict[tuple[UUID, UUID], Decimal] = {}
    for hold in holds:
        wanted[hold.location, hold.product] = wanted.get((hold.location, hold.product), NOTHING) + hold.quantity
    short = []
    for (location, product), quantity in wanted.items():
        level = levels[accounts[places[location]], product]
        if level.on_hand - level.reserved < quantity:
            short.append(ShortLine(location, product, quantity, level.on_hand - level.reserved))
        level.reserved += quantity
    return short


def _book(
    session: Session,
    actor: Actor,
    moves: Sequence[Move],
    accounts: dict[Place, UUID],
    levels: dict[Key, _Level],
    operation: UUID | None,
) -> list[Posted]:
    dated = any(one.effective_at for one in moves)
    now = session.execute(sa.select(sa.func.now())).scalar_one() if dated else None
    rows: list[dict[str, Any]] = []
    for one in moves:
        source, target = levels[accounts[one.source], one.product], levels[accounts[one.target], one.product]
        cost = _cost(one, source)
        rows.append(
            {
                "id": uuid7(),
                "product_id": one.product,
                "from_account_id": accounts[one.source],
                "to_account_id": accounts[one.target],
                "quantity": one.quantity,
                "unit_cost": cost,
                "reason_id": one.reason,
                "document": one.document,
                "document_id": one.document_id,
                "moved_by_id": one.moved_by or actor.id,
                "operation_id": operation,
                "from_seq": source.take(one.quantity, cost),
                "to_seq": target.put(one.quantity, cost),
                # Left out, it is the moment of posting.
                **({"effective_at": one.effective_at or now} if dated else {}),
            }
        )
    _write_levels(session, list(levels.values()))
    session.execute(sa.insert(StockMove.__table__), rows)  # type: ignore[arg-type]
    return [Posted(row["id"], row["product_id"], row["quantity"], row["unit_cost"]) for row in rows]


def _cost(one: Move, source: _Level) -> Decimal:
    """What one unit goes at: the average where it lay, or what it was bought for."""
    if not source.outside:
        return source.unit_cost
    return source.unit_cost if one.unit_cost is None else one.unit_cost.quantize(MILLIONTH)


def _write_levels(session: Session, levels: list[_Level]) -> None:
    names = ("on_hand", "value", "unit_cost", "seq", "locked_seq")
    facts: dict[str, Any] = {name: [getattr(level, name) for level in levels] for name in names}
    written: Any = session.execute(_WRITE, facts | {"ids": [level.id for level in levels]})
    if written.rowcount != len(levels):
        raise Busy()


def _hold(session: Session, holds: Sequence[Hold], levels: dict[Key, _Level]) -> list[UUID]:
    changed = list(levels.values())
    facts = {"ids": [level.id for level in changed], "reserved": [level.reserved for level in changed]}
    written: Any = session.execute(_RESERVE, facts)
    if written.rowcount != len(changed):
        raise Busy()
    rows: list[dict[str, Any]] = [
        {
            "id": uuid7(),
            "location_id": hold.location,
            "product_id": hold.product,
            "quantity": hold.quantity,
            "document": hold.document,
            "document_id": hold.document_id,
            "until": hold.until,
        }
        for hold in holds
    ]
    session.execute(sa.insert(Reservation.__table__), rows)  # type: ignore[arg-type]
    return [row["id"] for row in rows]


def _not_enough(session: Session, short: list[ShortLine]) -> NotEnoughStock:
    """The refusal, with names that people know."""
    places = sa.select(Location.id, Location.name).where(Location.id.in_({line.location for line in short}))
    goods = sa.select(Product.id, Product.name).where(Product.id.in_({line.product for line in short}))
    names: dict[UUID, str] = {row.id: row.name for query in (places, goods) for row in session.execute(query)}
    return NotEnoughStock(tuple(short), names)
