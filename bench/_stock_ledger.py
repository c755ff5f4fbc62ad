"""Holds what clients were told against what the database says: nothing lost, nothing doubled, every level the sum of its moves."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

import psycopg

Key = tuple[str, str]
"""Location and product, as their ids' text."""

SHELVES = "SELECT location_id::text, product_id::text, on_hand FROM stock_levels WHERE kind = 'shelf'"

DOCUMENTS = {"sale": "sales", "adjustment": "adjustments", "transfer": "transfers", "count": "stock_counts"}

BOOKED = """
    SELECT m.operation_id::text, f.kind, f.location_id::text, t.kind, t.location_id::text, m.product_id::text, m.quantity
    FROM stock_moves m JOIN stock_accounts f ON f.id = m.from_account_id JOIN stock_accounts t ON t.id = m.to_account_id
    WHERE m.operation_id IS NOT NULL
"""

WRONG = {
    "levels that are not the sum of their moves, or miss a number": """
        SELECT l.id FROM stock_levels l LEFT JOIN (
            SELECT to_account_id AS account_id, product_id, to_seq AS seq, quantity AS change FROM stock_moves
            UNION ALL SELECT from_account_id, product_id, from_seq, -quantity FROM stock_moves
        ) m ON m.account_id = l.account_id AND m.product_id = l.product_id
        GROUP BY l.id HAVING l.on_hand <> coalesce(sum(m.change), 0) OR l.seq <> count(m.seq)
            OR l.seq <> count(DISTINCT m.seq) OR l.seq <> coalesce(max(m.seq), 0)""",
    "shelves below nothing": "SELECT id FROM stock_levels WHERE kind = 'shelf' AND on_hand < 0",
    "levels whose reserved isn't what is held": """
        SELECT l.id FROM stock_levels l LEFT JOIN reservations r ON r.location_id = l.location_id
            AND r.product_id = l.product_id AND r.state = 'held' AND l.kind = 'shelf'
        GROUP BY l.id HAVING l.reserved <> coalesce(sum(r.quantity), 0)""",
    "closed transfers with something on the way": """
        SELECT t.id FROM transfers t JOIN stock_accounts a ON a.transfer_id = t.id
        JOIN stock_levels l ON l.account_id = a.id WHERE t.state IN ('closed', 'cancelled', 'returned') AND l.on_hand <> 0""",
    "sales without a gapless number": """
        SELECT location_id FROM sales WHERE number IS NOT NULL GROUP BY location_id
        HAVING count(*) <> max(right(number, 7)::int) OR count(DISTINCT number) <> count(*)""",
}
"""What must not be → the query that finds it."""


@dataclass
class Verdict:
    """What was found.

    lost, doubled, ghosts   operations that were acknowledged and are not booked, booked twice, booked though refused
    drifted   shelves that don't hold what all acknowledged operations leave there
    wrong     what the ledger says against itself → how often
    """

    booked: int = 0
    lost: list[str] = field(default_factory=list)
    doubled: list[str] = field(default_factory=list)
    ghosts: list[str] = field(default_factory=list)
    drifted: list[str] = field(default_factory=list)
    wrong: dict[str, int] = field(default_factory=dict)

    @property
    def is_sound(self) -> bool:
        return not (self.lost or self.doubled or self.ghosts or self.drifted or self.wrong)


@dataclass(frozen=True)
class Stand:
    """How things stand at one moment: what lies on every shelf, which documents and operations there are."""

    shelves: Mapping[Key, Decimal]
    documents: Mapping[str, frozenset[str]]
    operations: frozenset[str]


def stand(dsn: str) -> Stand:
    """How things stand now."""
    with psycopg.connect(dsn) as sql:
        shelves = {(place, good): there for place, good, there in sql.execute(SHELVES)}
        documents = {
            kind: frozenset(row[0] for row in sql.execute(f"SELECT id::text FROM {table}"))  # type: ignore[arg-type]
            for kind, table in DOCUMENTS.items()
        }
        operations = frozenset(row[0] for row in sql.execute("SELECT id::text FROM operations"))
    return Stand(shelves, documents, operations)


def judge(dsn: str, before: Stand, posts: Sequence[Mapping[str, Any]]) -> Verdict:
    """Compare what the clients sent and heard with the ledger, and with how things stood before the first post."""
    verdict = Verdict()
    moved = _moved(dsn)
    expected = defaultdict(Decimal, before.shelves)
    for post in posts:
        wanted = Counter({(place, good): Decimal(change) for place, good, change in post["effects"]})
        found = moved.pop(post["operation"], [])
        name = f"{post['what']} {post['operation']}"
        if post["status"] != 200:
            verdict.ghosts += [name] if found else []
            continue
        verdict.booked += bool(wanted)
        if post["what"] == "count approve":
            # A client can't know what a count changes: the moves say it, each product's once.
            wanted = Counter()
            for key, change in found:
                wanted[key] += change
        elif sorted(found) != sorted(wanted.items()):
            more = len(found) > len(wanted)
            (verdict.doubled if more else verdict.lost).append(f"{name}: {found} instead of {dict(wanted)}")
        for key, change in wanted.items():
            expected[key] += change
    verdict.ghosts += [f"an operation that nobody sent: {operation}" for operation in moved.keys() - before.operations]
    after = stand(dsn)
    verdict.drifted = [
        f"{key}: {after.shelves.get(key, 0)} instead of {there}"
        for key, there in expected.items()
        if after.shelves.get(key, 0) != there
    ]
    for kind in DOCUMENTS:
        made = {post["id"] for post in posts if post["what"] == f"{kind} create" and post["status"] == 200}
        new = after.documents[kind] - before.documents[kind]
        verdict.lost += [f"{kind} {id}" for id in made - new]
        verdict.doubled += [f"{kind} {id}" for id in new - made]
    verdict.lost += _unanswered(dsn, posts)
    with psycopg.connect(dsn) as sql:
        found_wrong = {what: len(sql.execute(query).fetchall()) for what, query in WRONG.items()}
    verdict.wrong = {what: number for what, number in found_wrong.items() if number}
    return verdict


def _moved(dsn: str) -> dict[str, list[tuple[Key, Decimal]]]:
    """What each operation did to shelves."""
    moved: dict[str, list[tuple[Key, Decimal]]] = defaultdict(list)
    with psycopg.connect(dsn) as sql:
        for operation, source, left, target, reached, good, quantity in sql.execute(BOOKED):
            moved[operation] += [((left, good), -quantity)] if source == "shelf" else []
            moved[operation] += [((reached, good), quantity)] if target == "shelf" else []
    return moved


def _unanswered(dsn: str, posts: Sequence[Mapping[str, Any]]) -> list[str]:
    """Operations that were acknowledged and don't hold their answer."""
    with psycopg.connect(dsn) as sql:
        answered = {row[0] for row in sql.execute("SELECT id::text FROM operations WHERE answer IS NOT NULL")}
    return [
        f"{post['what']} {post['operation']} has no answer"
        for post in posts
        if post["status"] == 200 and post["operation"] not in answered
    ]
