"""Two shops to move stock in: full shelves, and documents that lie ready to be posted."""

from __future__ import annotations

import random
from collections.abc import Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import Any
from uuid import UUID

import psycopg

from app.core.actor import system
from app.core.entity import named
from app.services import records
from app.services.stock import ledger
from app.services.stock.moves import Move, Place
from bench.house import House

PEOPLE: dict[str, tuple[tuple[str, str | None], ...]] = {
    "front1": (("frontdesk", "Location 1"),),
    "clerk1": (("clerk", "Location 1"),),
    "clerk2": (("clerk", "Location 2"),),
    "manager": (("manager", "Location 1"), ("manager", "Location 2")),
}

HOT = 5
MANY = 200
ENOUGH = 1_000_000

Job = tuple[str, ...]
"""What a service is asked to do: its name, and what it needs to know."""


@dataclass(frozen=True)
class Shop:
    """What there is, as text: ids of the two locations, of a reason for both directions, and of the goods."""

    north: str
    south: str
    reason: str
    goods: tuple[str, ...]
    few: tuple[str, ...]
    """Five more products, of which there is so little that people are in each other's way."""


def fill(place: House) -> Shop:
    """Products, and what lies on the shelves."""
    actor = system("bench")
    north, south = place.locations["Location 1"], place.locations["Location 2"]
    reason = records.create(actor, named("reason"), {"name": "Put right", "direction": "both"}).id
    goods = [_product(actor, number) for number in range(MANY + HOT)]
    for shop in (north, south):
        moves = [
            Move(good, Place("supplier", shop), Place("shelf", shop), Decimal(size), Decimal(4))
            for good, size in zip(goods, [ENOUGH] * MANY + [60] * HOT, strict=True)
        ]
        ledger.move(actor, moves)
        for outside in ("loss", "customer"):
            # There and back, so that every level is there: making one belongs to no usual post.
            there = [Move(good, Place("shelf", shop), Place(outside, shop), Decimal(1)) for good in goods]
            ledger.move(actor, there)
            ledger.move(actor, [replace(one, source=one.target, target=one.source) for one in there])
    with psycopg.connect(place.dsn, autocommit=True) as sql:
        sql.execute("UPDATE locations SET receives_transfers = true")
        sql.execute("ANALYZE")
    ids = [str(good) for good in goods]
    return Shop(str(north), str(south), str(reason), tuple(ids[:MANY]), tuple(ids[MANY:]))


def _product(actor: Any, number: int) -> UUID:
    given = {"sku": f"B-{number:04}", "name": f"Good {number}", "price": "10", "cost": "4", "tracks_stock": True}
    made: UUID = records.create(actor, named("product"), given).id
    return made


def adjustments(dsn: str, shop: Shop, goods: Sequence[str], number: int, seed: int) -> list[tuple[str, str]]:
    """Drafts at the first shop, of one line each: (id, product)."""
    chosen = random.Random(seed).choices(goods, k=number)
    with psycopg.connect(dsn, autocommit=True) as sql:
        ids = _documents(sql, "adjustments (location_id, reason_id)", (shop.north, shop.reason), number)
        sql.execute(
            "INSERT INTO adjustment_lines (adjustment_id, product_id, quantity)"
            " SELECT a, p, -1 FROM unnest(%s::uuid[], %s::uuid[]) AS n (a, p)",
            [ids, chosen],
        )
    return list(zip(ids, chosen, strict=True))


def transfers(
    dsn: str,
    shop: Shop,
    goods: Sequence[str],
    number: int,
    seed: int,
    *,
    state: str = "requested",
    back: bool = False,
) -> list[tuple[str, str, str]]:
    """Transfers from the first shop to the second, or back, of one line each: (id, line, product)."""
    chosen = random.Random(seed).choices(goods, k=number)
    with psycopg.connect(dsn, autocommit=True) as sql:
        values = (shop.south, shop.north, state) if back else (shop.north, shop.south, state)
        ids = _documents(sql, "transfers (from_location_id, to_location_id, state)", values, number)
        found = sql.execute(
            "INSERT INTO transfer_lines (transfer_id, product_id, quantity)"
            " SELECT t, p, 1 FROM unnest(%s::uuid[], %s::uuid[]) AS n (t, p) RETURNING transfer_id::text, id::text",
            [ids, chosen],
        ).fetchall()
    lines = dict(found)
    return [(id, lines[id], good) for id, good in zip(ids, chosen, strict=True)]


def sales(dsn: str, shop: Shop, goods: Sequence[str], number: int, seed: int) -> list[tuple[str, str]]:
    """Open sales at the first shop, of one line each: (id, product)."""
    chosen = random.Random(seed).choices(goods, k=number)
    with psycopg.connect(dsn, autocommit=True) as sql:
        ids = _documents(sql, "sales (location_id)", (shop.north,), number)
        sql.execute(
            "INSERT INTO sale_lines (sale_id, product_id, quantity, unit_price)"
            " SELECT s, p, 1, 10 FROM unnest(%s::uuid[], %s::uuid[]) AS n (s, p)",
            [ids, chosen],
        )
    return list(zip(ids, chosen, strict=True))


def counts(dsn: str, shop: Shop, goods: Sequence[str], number: int, seed: int) -> list[tuple[str, str]]:
    """Running counts at the first shop, of one line each: (id, product)."""
    chosen = random.Random(seed).choices(goods, k=number)
    with psycopg.connect(dsn, autocommit=True) as sql:
        values = (shop.north, "cycle", "counting")
        ids = _documents(sql, "stock_counts (location_id, kind, state)", values, number)
        sql.execute(
            "INSERT INTO stock_count_lines (stock_count_id, product_id)"
            " SELECT c, p FROM unnest(%s::uuid[], %s::uuid[]) AS n (c, p)",
            [ids, chosen],
        )
    return list(zip(ids, chosen, strict=True))


def _documents(sql: psycopg.Connection[Any], into: str, values: Sequence[str], number: int) -> list[str]:
    places = ", ".join(["%s"] * len(values))
    made = sql.execute(  # type: ignore[call-overload]
        f"INSERT INTO {into} SELECT {places} FROM generate_series(1, %s) RETURNING id::text", [*values, number]
    )
    return [row[0] for row in made.fetchall()]


def jobs(dsn: str, shop: Shop, goods: Sequence[str], number: int, seed: int) -> list[Job]:
    """A mixture to work off at the service: a sale, an adjustment and a step of a transfer by turns."""
    drafts = adjustments(dsn, shop, goods, number, seed)
    sent = transfers(dsn, shop, goods, -(-number // 3), seed + 1)
    sold = random.Random(seed + 2).choices(goods, k=number)
    found: list[Job] = []
    for turn in range(number):
        id, line, _ = sent[turn // 3]
        found.append(("sale", shop.north, sold[turn]))
        found.append(("adjustment", drafts[turn][0]))
        found.append(("transfer", ("approve", "dispatch", "receive")[turn % 3], id, line))
    return found
