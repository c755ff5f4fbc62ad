"""Writes brands in transactions that end in another order than they began: plan on stdin, what was committed on stdout, JSON.

Each `[opened, sent, known, [[record, version], …]]`: when the transaction had written, when its COMMIT was sent and when
it was known to be done. With `long` in the plan, transactions of one row that stay open so many seconds, until stdin ends.
"""

from __future__ import annotations

import json
import random
import select
import sys
import time
from typing import Any

import psycopg

SIZES = (1, 1, 2, 4, 12)
"""Rows of one transaction: one of these."""

LONGEST = 0.020
"""Seconds that a transaction waits at most before it ends."""

UNDONE = 0.1
"""Share of the transactions that are rolled back: their numbers are holes that nobody may wait for."""

MEAN = sum(SIZES) / len(SIZES) * (1 - UNDONE)
"""Changes that a transaction commits on average."""

INSERT = "INSERT INTO brands (name) SELECT gen_random_uuid()::text FROM generate_series(1, %s) RETURNING id, version"
UPDATE = "UPDATE brands SET note = gen_random_uuid()::text WHERE id = ANY (%s) RETURNING id, version"


def write(sql: psycopg.Connection[Any], plan: dict[str, Any]) -> list[Any]:
    """Transactions at random moments until so many changes are committed; a rate of 0: without a pause."""
    chance, done, mine, count = random.Random(plan["seed"]), [], [], 0
    due = time.monotonic()
    while count < plan["changes"]:
        if plan["rate"]:
            due += chance.expovariate(plan["rate"] / MEAN)
            time.sleep(max(0.0, due - time.monotonic()))
        rows = min(chance.choice(SIZES), plan["changes"] - count)
        if len(mine) > 50 and chance.random() < 0.5:
            found = sql.execute(UPDATE, [chance.sample(mine, rows)]).fetchall()
        else:
            found = sql.execute(INSERT, [rows]).fetchall()
        opened = time.monotonic()
        time.sleep(chance.random() * LONGEST)
        if chance.random() < UNDONE:
            sql.rollback()
            continue
        done.append(committed(sql, opened, found))
        mine += [id for id, version in found if version == 1]
        count += len(found)
    return done


def write_long(sql: psycopg.Connection[Any], plan: dict[str, Any]) -> list[Any]:
    """One row, and then the transaction stays open; after a pause the next one."""
    done = []
    while True:
        found = sql.execute(INSERT, [1]).fetchall()
        opened = time.monotonic()
        over = bool(select.select([sys.stdin], [], [], plan["long"])[0])
        done.append(committed(sql, opened, found))
        if over or select.select([sys.stdin], [], [], plan["pause"])[0]:
            return done


def committed(sql: psycopg.Connection[Any], opened: float, found: list[Any]) -> list[Any]:
    """Commit, and say when what was."""
    sent = time.monotonic()
    sql.commit()
    return [opened, sent, time.monotonic(), [[str(id), version] for id, version in found]]


if __name__ == "__main__":
    asked = json.loads(sys.stdin.readline())
    with psycopg.connect(asked["dsn"]) as connection:
        json.dump((write_long if asked.get("long") else write)(connection, asked), sys.stdout)
