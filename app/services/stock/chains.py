"""Stock chains: the moves that made a level what it is, one behind the other.

Everything is read as the person who asks, so the rules of the database hold here as in every list.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, Final
from uuid import UUID

import sqlalchemy as sa

from app.core import access, db, rows
from app.core.actor import Actor
from app.core.entity import Entity, named
from app.core.errors import NotFound
from app.core.rows import Row
from app.models.stock_account import StockAccount, StockLevel
from app.models.stock_move import StockMove

PAGE: Final = 50
"""Moves on one page."""

TAIL: Final = 12
"""Moves of a tail that are named; of more it says how many there are."""


@dataclass(frozen=True)
class Link:
    """One move as the level saw it.

    seq       its number in the level
    change    what it added; below nothing for what left
    balance   what was there after it
    other     the column of the move that names the other account
    document  the title of the paper behind it, where it is the person's to see
    """

    seq: int
    change: Decimal
    balance: Decimal
    row: Row
    other: str
    document: str | None


@dataclass(frozen=True)
class Chain:
    """Part of a level's moves, newest first.

    level   the level with its own figures
    older   the number to go on before; None at the first move
    newer   whether there are newer ones than these
    """

    level: Row
    links: tuple[Link, ...]
    older: int | None
    newer: bool


@dataclass(frozen=True)
class Tail:
    """The newest part of a level's chain: what came after a certain move.

    change  what all of it brought, less what it took
    moves   how many there were; `links` has the newest of them
    """

    level: UUID
    change: Decimal
    moves: int
    links: tuple[Link, ...]


def chain(actor: Actor, level_id: UUID, *, before: int | None = None) -> Chain:
    """The moves of a level with the balance after each, newest first, a page at a time.

    before   only moves with a smaller number than this
    Raises `NotFound` for a level that is missing or not the actor's to see, and `Forbidden` for who may not see moves.
    """
    level = access.get(actor, StockLevel, level_id)
    access.require(actor, StockMove, "see")
    account = access.get(actor, StockAccount, level.account_id)
    places = access.locations(actor, StockMove, "see")
    if not any(place in places for place in (account.location_id, account.other_location_id) if place):
        raise NotFound()  # else the balances would leave out what is hidden
    facts = {"account": account.id, "product": level.product_id, "before": before or 2**31 - 1, "limit": PAGE + 1}
    with db.reading(actor) as session:
        shown = rows.by_ids(session, StockLevel, [level.id], access.visible(actor, StockLevel))[level.id]
        found = session.execute(_CHAIN, facts).all()
        newer = session.execute(_NEWER, facts).scalar_one() if before else Decimal(0)
        listed = rows.by_ids(session, StockMove, [move.id for move in found[:PAGE]], access.visible(actor, StockMove))
    links = _links(found[:PAGE], listed, _documents(actor, listed.values()), shown.values["on_hand"] - newer)
    return Chain(shown, links, links[-1].seq if len(found) > PAGE else None, before is not None)


def tails(actor: Actor, location: UUID, seqs: Mapping[UUID, int]) -> dict[UUID, Tail]:
    """What has moved on a location's shelf since a move of each product; nothing to whoever may not see moves there."""
    if not all(
        access.may(actor, entity, "see") and location in access.locations(actor, entity, "see") for entity in _READ
    ):
        return {}
    facts: dict[str, Any] = {"location": location, "products": list(seqs), "seqs": list(seqs.values()), "limit": TAIL}
    with db.reading(actor) as session:
        found = session.execute(_TAILS, facts).all()
        listed = rows.by_ids(session, StockMove, [move.id for move in found], access.visible(actor, StockMove))
    titles = _documents(actor, listed.values())
    by_product: dict[UUID, list[Any]] = {}
    for move in found:
        by_product.setdefault(move.product_id, []).append(move)
    return {
        product: Tail(moves[0].level, moves[0].changes, moves[0].moves, _links(moves, listed, titles, moves[0].on_hand))
        for product, moves in by_product.items()
    }


def _links(
    moves: Collection[Any], listed: Mapping[UUID, Row], titles: Mapping[UUID | None, str], balance: Decimal
) -> tuple[Link, ...]:
    """Moves, newest first, after the newest of which there was `balance`."""
    links = []
    for move in moves:
        row = listed[move.id]
        other = "from_account_id" if move.change > 0 else "to_account_id"
        links.append(Link(move.seq, move.change, balance, row, other, titles.get(row.values.get("document_id"))))
        balance -= move.change
    return tuple(links)


def _documents(actor: Actor, moves: Collection[Row]) -> dict[UUID | None, str]:
    """The titles of the papers behind moves, of those that the actor may see."""
    wanted: dict[str, set[UUID]] = {}
    for move in moves:
        kind, id = move.values.get("document"), move.values.get("document_id")
        if kind and id:
            wanted.setdefault(kind, set()).add(id)
    found: dict[UUID | None, str] = {}
    for kind, ids in wanted.items():
        try:
            entity: type[Entity] = named(kind)
        except NotFound:
            continue
        if access.may(actor, entity, "see"):
            with db.reading(actor) as session:
                found |= {id: row.title for id, row in rows.by_ids(session, entity, ids, ()).items()}
    return found


_CHAIN = sa.text(
    "(SELECT id, to_seq AS seq, quantity AS change FROM stock_moves"
    "  WHERE to_account_id = :account AND product_id = :product AND to_seq < :before ORDER BY to_seq DESC LIMIT :limit)"
    " UNION ALL "
    "(SELECT id, from_seq, -quantity FROM stock_moves"
    "  WHERE from_account_id = :account AND product_id = :product AND from_seq < :before"
    "  ORDER BY from_seq DESC LIMIT :limit)"
    " ORDER BY seq DESC LIMIT :limit"
)
# What came after the page: the balance is the present one without it.
_NEWER = sa.text(
    "SELECT coalesce((SELECT sum(quantity) FROM stock_moves"
    "  WHERE to_account_id = :account AND product_id = :product AND to_seq >= :before), 0)"
    " - coalesce((SELECT sum(quantity) FROM stock_moves"
    "  WHERE from_account_id = :account AND product_id = :product AND from_seq >= :before), 0)"
)
_READ = (StockLevel, StockMove)
# The sums are of all moves since, the rows of the newest.
_TAILS = sa.text(
    """
SELECT l.id AS level, l.on_hand, w.product_id, m.id, m.seq, m.change, m.moves, m.changes
FROM unnest(CAST(:products AS uuid[]), CAST(:seqs AS integer[])) AS w (product_id, seq)
JOIN stock_levels l ON l.location_id = :location AND l.kind = 'shelf' AND l.product_id = w.product_id
CROSS JOIN LATERAL (
    SELECT s.*, count(*) OVER () AS moves, sum(change) OVER () AS changes
    FROM (
        SELECT i.id, i.to_seq AS seq, i.quantity AS change FROM stock_moves i
        WHERE i.to_account_id = l.account_id AND i.product_id = w.product_id AND i.to_seq > w.seq
        UNION ALL
        SELECT o.id, o.from_seq, -o.quantity FROM stock_moves o
        WHERE o.from_account_id = l.account_id AND o.product_id = w.product_id AND o.from_seq > w.seq
    ) s
    ORDER BY seq DESC LIMIT :limit
) m
ORDER BY w.product_id, m.seq DESC
"""
)
