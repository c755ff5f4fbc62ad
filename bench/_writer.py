"""Writes at random moments in a process of its own: plan on stdin, `[[sent, committed, order, version], …]` on stdout, both JSON."""

from __future__ import annotations

import json
import random
import sys
import time

import psycopg


def main(plan: dict[str, object]) -> None:
    """Change one order after the other by plain SQL; moments are seconds of the machine's steady clock."""
    chance = random.Random(plan["seed"])
    rate, orders = float(str(plan["rate"])), plan["orders"]
    assert isinstance(orders, list)
    written = []
    with psycopg.connect(str(plan["dsn"]), autocommit=True, prepare_threshold=1) as sql:
        begin = time.monotonic()
        due = begin
        while True:
            due += chance.expovariate(rate)
            if due > begin + float(str(plan["seconds"])):
                break
            time.sleep(max(0.0, due - time.monotonic()))
            id, freight = chance.choice(orders), chance.randrange(1, 100_000) / 100
            at = time.monotonic()
            found = sql.execute(
                "UPDATE orders SET freight = round(random()::numeric * 1000, 2) + %s WHERE id = %s RETURNING version",
                [freight, id],
            ).fetchone()
            if found:
                written.append((at, time.monotonic(), id, found[0]))
    json.dump(written, sys.stdout)


if __name__ == "__main__":
    main(json.loads(sys.stdin.read()))
