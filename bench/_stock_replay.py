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

LOCK = "SELECT l.id, l.account_id, l.product_id, l.on_hand"
WRITE = "UPDATE stock_levels l SET on_hand"
RESERVE = "UPDATE stock_levels l SET reserved = n.reserved"
BOOK = "INSERT INTO stock_moves"


def send(sql: psycopg.Connection[Any], post: dict[str, Any]) -> None:
    """One post and its COMMIT."""
    live: dict[Any, Any] = {}
    cursor = sql.cursor(row_factory=dict_row)
    for statement, parameters, many in post["statements"]:
        given = _brought_up(statement, parameters, post["before"], live)
        if many:
            cursor.executemany(statement, given)
            continue
        cursor.execute(statement, given)
        rows = cursor.fetchall() if cursor.description else []
        if statement.startswith(LOCK):
            for row in rows:
                live.setdefault(row["id"], row)
        if statement.startswith((WRITE, RESERVE)) and cursor.rowcount != len(given["ids"]):
            raise SystemExit("a level could not be written")
    sql.commit()


def _brought_up(statement: str, parameters: Any, before: dict[Any, Any], live: dict[Any, Any]) -> Any:
    """The recorded values, moved by as much as the levels have moved since they were recorded."""
    if statement.startswith(WRITE):
        past = [before[id] for id in parameters["ids"]]
        now = [live[id] for id in parameters["ids"]]
        given = dict(parameters)
        for name, place in (("on_hand", 0), ("value", 2), ("seq", 3)):
            given[name] = [
                value + row[name] - was[place] for value, row, was in zip(given[name], now, past, strict=True)
            ]
        given["locked_seq"] = [row["seq"] for row in now]
        return given
    if statement.startswith(RESERVE):
        moved = [live[id]["reserved"] - before[id][1] for id in parameters["ids"]]
        return {**parameters, "reserved": [a + b for a, b in zip(parameters["reserved"], moved, strict=True)]}
    if statement.startswith(BOOK):
        rows = parameters if isinstance(parameters, (list, tuple)) else [parameters]
        found = [_numbered(row, before, live) for row in rows]
        return found if isinstance(parameters, (list, tuple)) else found[0]
    return parameters


def _numbered(row: dict[str, Any], before: dict[Any, Any], live: dict[Any, Any]) -> dict[str, Any]:
    by_place = {(level["account_id"], level["product_id"]): level for level in live.values()}
    given = dict(row)
    for side in ("from", "to"):
        level = by_place[row[f"{side}_account_id"], row["product_id"]]
        given[f"{side}_seq"] += level["seq"] - before[level["id"]][3]
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
