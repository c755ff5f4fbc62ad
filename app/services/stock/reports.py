"""Stock reports: what was there at a moment, what it is worth, and what is on its way.

Everything is read as the person who asks, so the rules of the database hold here as in every list.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, Final, Literal
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import ARRAY

from app.core import access, db, rows
from app.core.actor import Actor, Everywhere, Locations
from app.core.entity import Entity
from app.core.errors import Forbidden
from app.core.rows import Row
from app.models.location import Location
from app.models.stock_account import StockAccount, StockLevel
from app.models.stock_move import StockMove
from app.models.transfer import Transfer
from app.services.stock import overdue

PAGE: Final = 50
"""Products on one page."""

MOST_ON_THE_WAY: Final = 200
"""Transfers that the list of what is on its way shows, the oldest first."""

Clock = Literal["posted", "happened"]
"""Which of a move's two moments counts: when it was booked, or when it is said to have happened."""

CLOCKS: Final[dict[Clock, str]] = {"posted": "created_at", "happened": "effective_at"}


# --- what was there at a moment --------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Held:
    """A product as it lay there; the value is None for who may not see it."""

    product: UUID
    name: str
    on_hand: Decimal
    value: Decimal | None


@dataclass(frozen=True)
class Stand:
    """What lay on the shelves at a moment.

    total   the value of all of it, not of this page alone
    after   where the next page begins: the last product's name and id
    """

    lines: tuple[Held, ...]
    products: int
    total: Decimal | None
    after: tuple[str, UUID] | None


def as_of(
    actor: Actor,
    moment: dt.datetime,
    *,
    location: UUID | None = None,
    clock: Clock = "posted",
    search: str = "",
    after: tuple[str, UUID] | None = None,
) -> Stand:
    """What lay on the actor's shelves at a moment, by product: the sum of the moves up to then.

    location   that one alone; one that isn't the actor's holds nothing for them
    search     part of a product's name or its code
    """
    access.require(actor, StockLevel, "see")
    access.require(actor, StockMove, "see")
    costs = sees_value(actor) and "unit_cost" in access.visible(actor, StockMove)
    with db.reading(actor) as session:
        shelves = _accounts(actor, ("shelf",), location)
        facts = {
            "accounts": [row.id for row in session.execute(shelves)],
            "moment": moment,
            "search": f"%{_plain(search)}%",
            "name": after[0] if after else "",
            "id": after[1] if after else UUID(int=0),
            "limit": PAGE + 1,
        }
        found = session.execute(_AS_OF[clock], facts).all()
        sums = session.execute(_AS_OF_TOTAL[clock], facts).one()
    lines = tuple(Held(row.id, row.name, row.on_hand, row.value if costs else None) for row in found[:PAGE])
    more = (found[PAGE - 1].folded, lines[-1].product) if len(found) > PAGE else None
    return Stand(lines, sums.products, (sums.value or Decimal(0)) if costs else None, more)


def _plain(search: str) -> str:
    """A search as LIKE reads it, every sign meaning itself."""
    return search.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")


# Goods leave at the average, so the sum of what came and went at their costs is quantity times average. With nothing
# on hand only roundings are left.
_THERE = """
WITH sides AS (
    SELECT product_id, quantity, unit_cost FROM stock_moves WHERE to_account_id = ANY (:accounts) AND {clock} <= :moment
    UNION ALL
    SELECT product_id, -quantity, unit_cost FROM stock_moves
    WHERE from_account_id = ANY (:accounts) AND {clock} <= :moment
), there AS (
    SELECT product_id, sum(quantity) AS on_hand,
        CASE WHEN sum(quantity) = 0 THEN 0 ELSE round(sum(quantity * unit_cost), 2) END AS value
    FROM sides GROUP BY product_id
), named AS (
    SELECT p.id, p.name, lower(p.name) AS folded, t.on_hand, t.value
    FROM there t JOIN products p ON p.id = t.product_id
    WHERE p.name ILIKE :search OR p.sku ILIKE :search
)
"""


def _asked(question: str) -> dict[Clock, sa.TextClause]:
    # The two columns are named in this module, by nobody else.
    return {
        clock: sa.text(_THERE.format(clock=column) + question).bindparams(
            sa.bindparam("accounts", type_=ARRAY(sa.Uuid()))
        )
        for clock, column in CLOCKS.items()
    }


_AS_OF = _asked("SELECT * FROM named WHERE (folded, id) > (:name, :id) ORDER BY folded, id LIMIT :limit")
_AS_OF_TOTAL = _asked("SELECT count(*) AS products, sum(value) AS value FROM named")


# --- what it is worth ------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Worth:
    """The stock of a location in money: on its shelf, in use, and on the way to it."""

    location: UUID
    name: str
    products: int
    shelf: Decimal
    in_use: Decimal
    coming: Decimal

    @property
    def total(self) -> Decimal:
        return self.shelf + self.in_use + self.coming


def sees_value(actor: Actor) -> bool:
    """May the actor see what stock is worth?"""
    return access.may(actor, StockLevel, "see") and "value" in access.visible(actor, StockLevel)


def value(actor: Actor) -> tuple[Worth, ...]:
    """What the stock of each of the actor's locations is worth, the most valuable first. Raises `Forbidden`."""
    if not sees_value(actor):
        raise Forbidden()
    places = _mine(actor, StockLevel)
    with db.reading(actor) as session:
        found = session.execute(_WORTH).all()
    return tuple(Worth(*row) for row in found if row.id in places)


# What is on its way counts where it goes, so that nothing counts twice.
_WORTH = sa.text(
    """
SELECT place.id, place.name,
    count(DISTINCT l.product_id) FILTER (WHERE l.kind = 'shelf' AND l.on_hand > 0),
    coalesce(sum(l.value) FILTER (WHERE l.kind = 'shelf'), 0) AS shelf,
    coalesce(sum(l.value) FILTER (WHERE l.kind = 'in_use'), 0) AS in_use,
    coalesce(sum(l.value) FILTER (WHERE l.kind = 'transit'), 0) AS coming
FROM stock_levels l
JOIN stock_accounts a ON a.id = l.account_id
JOIN locations place ON place.id = CASE l.kind WHEN 'transit' THEN a.other_location_id ELSE a.location_id END
WHERE l.kind IN ('shelf', 'in_use', 'transit')
GROUP BY place.id, place.name
ORDER BY sum(l.value) DESC, place.name
"""
)


# --- what is on its way ----------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class OnTheWay:
    """Goods between two locations.

    transfer  their paper, as far as it is the person's to see
    days      whole days since they left
    overdue   they should have come by now
    value     None for who may not see it
    """

    account: UUID
    transfer: Row
    products: int
    quantity: Decimal
    value: Decimal | None
    days: int
    overdue: bool


def in_transit(actor: Actor) -> tuple[OnTheWay, ...]:
    """What is on its way from or to the actor's locations, the longest first."""
    access.require(actor, StockLevel, "see")
    costs = sees_value(actor)
    columns = ("number", "from_location_id", "to_location_id", "state", "dispatched_at", "expected_on")
    facts = {"days": overdue.days(), "limit": MOST_ON_THE_WAY}
    with db.reading(actor) as session:
        accounts = [row.id for row in session.execute(_accounts(actor, ("transit",), None))]
        found = session.execute(_ON_THE_WAY, facts | {"accounts": accounts}).all()
        papers = rows.by_ids(session, Transfer, [row.transfer_id for row in found], columns)
    return tuple(
        OnTheWay(
            row.account_id, papers[row.transfer_id], row.products, row.quantity, row.value if costs else None, row.days,
            row.overdue,
        )
        for row in found
        if row.transfer_id in papers
    )  # fmt: skip


# The rule is a constant of ours.
_ON_THE_WAY = sa.text(
    f"""
SELECT l.account_id, a.transfer_id, count(*) AS products, sum(l.on_hand) AS quantity, sum(l.value) AS value,
    greatest(0, floor(extract(epoch FROM now() - t.dispatched_at) / 86400))::int AS days,
    {overdue.RULE} AS overdue
FROM stock_levels l
JOIN stock_accounts a ON a.id = l.account_id
JOIN transfers t ON t.id = a.transfer_id
JOIN locations there ON there.id = a.other_location_id
WHERE l.account_id = ANY (:accounts) AND l.on_hand <> 0
GROUP BY l.account_id, a.transfer_id, t.dispatched_at, t.expected_on, there.time_zone
ORDER BY t.dispatched_at NULLS FIRST, a.transfer_id LIMIT :limit
"""
).bindparams(sa.bindparam("accounts", type_=ARRAY(sa.Uuid())))


# --- whose accounts --------------------------------------------------------------------------------------------------


def places(actor: Actor) -> list[tuple[UUID, str, str]]:
    """The locations whose stock the actor sees, by name: (id, name, time zone)."""
    mine = access.locations(actor, StockLevel, "see")
    table = Location.__table__
    statement = sa.select(table.c.id, table.c.name, table.c.time_zone).order_by(table.c.name, table.c.id)
    if not isinstance(mine, Everywhere):
        statement = statement.where(table.c.id.in_(mine))
    with db.reading(actor) as session:
        return [(row.id, row.name, row.time_zone) for row in session.execute(statement)]


def _accounts(actor: Actor, kinds: tuple[str, ...], location: UUID | None) -> sa.Select[Any]:
    """The accounts of these kinds whose levels and moves the actor sees, at one location or where they work now."""
    table = StockAccount.__table__
    statement = sa.select(table.c.id).where(table.c.kind.in_(kinds))
    for entity in (StockLevel, StockMove):
        mine = access.locations(actor, entity, "see")
        if not isinstance(mine, Everywhere):
            statement = statement.where(_touches(mine))
    here = location or actor.chosen
    return statement if here is None else statement.where(_touches({here}))


def _touches(locations: Collection[UUID]) -> sa.ColumnElement[bool]:
    table = StockAccount.__table__
    return sa.or_(table.c.location_id.in_(locations), table.c.other_location_id.in_(locations))


def _mine(actor: Actor, entity: type[Entity]) -> Locations:
    """Where the actor sees the entity, narrowed by the location they have picked."""
    found = access.locations(actor, entity, "see")
    return found if actor.chosen is None or actor.chosen not in found else frozenset({actor.chosen})
