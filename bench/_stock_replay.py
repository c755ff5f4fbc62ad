"""One process that sends the recorded SQL of posts by bare psycopg: the same statements in the same transactions.

Started like `_stock_service`, with {dsn, record, first, last, warm_up} in its plan: it sends the recorded posts from
`first` to before `last`. Where others have moved a level meanwhile, the new figures are worked out from the ones it has locked,
as any program would have to.
"""

from __future__ import annotations

import json
import pickle
import sys
import time
from typing import Any

import psycopg
from psycopg.rows import dict_row

BOOK = "INSERT INTO stock_moves"
HOLD = "INSERT INTO reservations"
"""What a statement says that writes levels, with the moves or with the reservations that changed them."""


def send(sql: psycopg.Connection[Any], post: dict[str, Any]) -> None:
    """One post and its COMMIT."""
    live: dict[Any, Any] = {}
    cursor = sql.cursor(row_factory=dict_row)
    for statement, parameters, many in post["statements"]:
        if many:
            cursor.executemany(statement, parameters)
            continue
        given = _brought_up(statement, parameters, post["before"], live)
        cursor.execute(statement, given)
        for row in cursor.fetchall() if cursor.description else ():
            if "account_id" in row and "on_hand" in row:
                live.setdefault(row["id"], row)
        if (BOOK in statement or HOLD in statement) and cursor.rowcount != len(given["id"]):
            raise SystemExit("a level could not be written")
    sql.commit()


def _brought_up(statement: str, parameters: Any, before: dict[Any, Any], live: dict[Any, Any]) -> Any:
    """The recorded values, moved by as much as the levels have moved since they were recorded."""
    if BOOK in statement:
        return _booked(dict(parameters), before, live)
    if HOLD in statement:
        moved = [live[id]["reserved"] - before[id][1] for id in parameters["level_id"]]
        return {**parameters, "reserved": [a + b for a, b in zip(parameters["reserved"], moved, strict=True)]}
    return parameters


def _booked(given: dict[str, Any], before: dict[Any, Any], live: dict[Any, Any]) -> dict[str, Any]:
    past, now = [before[id] for id in given["level_id"]], [live[id] for id in given["level_id"]]
    for name, place in (("on_hand", 0), ("value", 2), ("seq", 3)):
        old = given[f"level_{name}"]
        given[f"level_{name}"] = [
            value + row[name] - was[place] for value, row, was in zip(old, now, past, strict=True)
        ]
    given["level_locked_seq"] = [row["seq"] for row in now]
    by_place = {(level["account_id"], level["product_id"]): level for level in live.values()}
    for side in ("from", "to"):
        levels = [by_place[key] for key in zip(given[f"{side}_account_id"], given["product_id"], strict=True)]
        given[f"{side}_seq"] = [
            seq + level["seq"] - before[level["id"]][3] for seq, level in zip(given[f"{side}_seq"], levels, strict=True)
        ]
    return given


def main(plan: dict[str, Any]) -> dict[str, Any]:
    """Warm up, wait, work."""
    with open(plan["record"], "rb") as file:
        posts = pickle.load(file)[plan["first"] : plan["last"]]
    taken = []
    with psycopg.connect(plan["dsn"]) as sql:
        for number, post in enumerate(posts):
            if number == plan["warm_up"]:
                print("ready", flush=True)
                sys.stdin.readline()
                began, used = time.monotonic(), time.process_time()
            start = time.monotonic()
            send(sql, post)
            taken.append((time.monotonic() - start) * 1000)
        seconds, cpu = time.monotonic() - began, time.process_time() - used
    return {"seconds": seconds, "cpu": cpu, "taken": taken[plan["warm_up"] :]}


if __name__ == "__main__":
    json.dump(main(json.loads(sys.stdin.readline())), sys.stdout)
