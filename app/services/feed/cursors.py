"""Cursors of the change feed: a place in it, as text that a client keeps and hands back.

A cursor is a PostgreSQL snapshot, and what came since is the difference of two snapshots: an id or a time would lose
rows that commit late, and a horizon would make everybody wait for the slowest writer.
"""

from __future__ import annotations

import base64
import json
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from app.core.errors import BadRequest


@dataclass(frozen=True)
class Cursor:
    """A place in the feed.

    generation  the database it belongs to
    snapshot    what had been committed, as `pg_snapshot` text
    taken       when, in seconds since 1970: bounds the partitions to look at
    target, seq inside a page-wise read: the snapshot it ends at, and the last change handed out
    """

    generation: str
    snapshot: str
    taken: float
    target: str = ""
    seq: int = 0

    def __str__(self) -> str:
        parts = [self.generation, self.snapshot, round(self.taken, 3), self.target, self.seq]
        return base64.urlsafe_b64encode(json.dumps(parts, separators=(",", ":")).encode()).decode().rstrip("=")


def read(text: str) -> Cursor:
    """The cursor behind its text; `BadRequest` for garbage."""
    if not isinstance(text, str) or len(text) > 20_000:
        raise BadRequest("That cursor is not one of ours.")
    try:
        parts = json.loads(base64.urlsafe_b64decode(text + "=" * (-len(text) % 4)))
        cursor = Cursor(
            str(UUID(parts[0])),
            _snapshot(parts[1]),
            float(parts[2]),
            _snapshot(parts[3]) if parts[3] else "",
            int(parts[4]),
        )
    except (ValueError, TypeError, IndexError, KeyError, AttributeError, OverflowError, RecursionError):
        raise BadRequest("That cursor is not one of ours.") from None
    if not 0 <= cursor.seq < 2**62 or not 0 < cursor.taken < 1e11 or len(parts) != 5:
        raise BadRequest("That cursor is not one of ours.")
    return cursor


def _snapshot(text: Any) -> str:
    """A `pg_snapshot` as PostgreSQL accepts it: xmin:xmax:xip,… in rising order."""
    if not isinstance(text, str):
        raise ValueError
    low, high, running = text.split(":")
    inside = [int(xid) for xid in running.split(",")] if running else []
    if not 0 < int(low) <= int(high) < 2**63 or not text.replace(":", "").replace(",", "").isascii():
        raise ValueError
    if inside != sorted(set(inside)) or any(not int(low) <= xid < int(high) for xid in inside):
        raise ValueError
    return f"{int(low)}:{int(high)}:{','.join(map(str, inside))}"
