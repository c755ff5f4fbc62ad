"""The change feed: what was committed since a cursor, each change exactly once, and a record's history.

What came since a cursor is the difference of two snapshots, see `cursors`.
"""

from __future__ import annotations

import datetime as dt
import functools
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any
from uuid import UUID

import psycopg
import sqlalchemy as sa
from psycopg.rows import namedtuple_row
from sqlalchemy.orm import Session

from app.core import db
from app.core.actor import system
from app.core.errors import CursorExpired
from app.services.feed import cursors, days
from app.services.feed.cursors import Cursor

CHANNEL = "backroom_changes"

_KEEPER = system("history")

_hours: float = 24
_days: int = 365


def set_hours(hours: float) -> None:
    """How old a cursor may be, in hours, in this process."""
    global _hours
    _hours = hours


def hours_kept() -> float:
    """How old a cursor may be, in hours."""
    return _hours


def set_days(days: int) -> None:
    """How long the history is kept, in days, in this process."""
    global _days
    _days = days


def days_kept() -> int:
    """How long the history is kept, in days."""
    return _days


def kept_since(now: dt.datetime) -> dt.datetime:
    """Since when the history is whole: for as many days as it is kept, unless somebody let more of it go."""
    with db.reading(_KEEPER) as session:
        cleaned: dt.datetime | None = session.scalar(sa.text("SELECT whole_since FROM backroom.generation"))
    kept = now - dt.timedelta(days=_days)
    return max(kept, cleaned) if cleaned else kept


@dataclass(frozen=True)
class Change:
    """One committed change of one record.

    op      insert, update or delete
    before, after   whom it concerned: locations and persons, see `core.scope`
    diff    insert and delete: the row; update: {column: [old, new]}; numbers with a point as `Decimal`
    operation    the id of the write it was part of, where the write carried one
    transaction  the database's own number of the transaction; 0 where nobody asked for it
    """

    seq: int
    at: dt.datetime
    actor_id: UUID | None
    source: str
    entity: str
    record_id: UUID
    op: str
    version: int
    before: frozenset[UUID]
    after: frozenset[UUID]
    diff: dict[str, Any] = field(compare=False)
    operation: str | None = field(default=None, compare=False)
    transaction: int = field(default=0, compare=False)

    @property
    def columns(self) -> frozenset[str]:
        """The columns that differ; all of them for a new or a deleted row."""
        return frozenset(self.diff)


@dataclass(frozen=True)
class Batch:
    """Changes in the order they were made, the cursor behind them, and whether there are more."""

    changes: tuple[Change, ...]
    cursor: str
    more: bool = False


_NOW = sa.text(
    "SELECT pg_current_snapshot()::text, (SELECT id FROM backroom.generation)::text, extract(epoch FROM clock_timestamp())::float8"
)

# Goes to the driver as it is: each process asks it all day, and SQLAlchemy's part would cost more than PostgreSQL's.
# One statement, so that the rows and the snapshot they are up to agree. The time bound is literal for the planner's
# sake: it leaves out the partitions that can't hold anything as new. What the last snapshot did not show yet began
# after it, or is one of the few transactions that were under way then: asked as a range from its oldest transaction on,
# each look would read again all that was committed since the longest open one began.
_SINCE = """
WITH now_ AS MATERIALIZED (
    SELECT CASE WHEN %(target)s = '' THEN pg_current_snapshot() ELSE CAST(%(target)s AS pg_snapshot) END AS target,
           g.id::text AS generation, coalesce(extract(epoch FROM g.cursors_since), 0)::float8 AS good_since,
           extract(epoch FROM clock_timestamp())::float8 AS taken
    FROM backroom.generation g
)
SELECT now_.target::text AS target, now_.generation, now_.good_since, now_.taken, c.*
FROM now_ LEFT JOIN LATERAL (
    SELECT seq, at, actor_id, source, entity, record_id, op, version, audience_before, audience_after, diff::text AS diff
    FROM changes
    WHERE at >= '{bound}'::timestamptz
      AND (xid >= pg_snapshot_xmax(CAST(%(snapshot)s AS pg_snapshot))
           OR xid = ANY (ARRAY(SELECT pg_snapshot_xip(CAST(%(snapshot)s AS pg_snapshot)))))
      AND pg_visible_in_snapshot(xid, now_.target)
      AND seq > %(seq)s {entities}
    ORDER BY seq
    LIMIT %(limit)s
) c ON true
ORDER BY c.seq
"""


def snapshot(session: Session) -> str:
    """The cursor of this moment; take it before the query whose result it belongs to."""
    text, generation, taken = session.execute(_NOW).one()
    return str(Cursor(generation, text, taken))


def since(session: Session, cursor: str, *, entities: Sequence[str] = (), limit: int = 10_000) -> Batch:
    """What was committed after `cursor`, of some entities or all, at most `limit` changes.

    The session's role decides which changes it sees. With `more`, go on from the returned cursor; the target
    snapshot stays that of the first page. Raises `BadRequest` for garbage and `CursorExpired` for a cursor that is
    older than `set_hours` allows, was let go by a clean-up, or is of another database.
    """
    at = cursors.read(cursor)
    age = dt.datetime.now(dt.UTC).timestamp() - at.taken
    if age > _hours * 3600 or age < -300:
        raise CursorExpired()
    rows = _ask(session, *question(at, entities, limit))
    if rows[0].generation != at.generation or at.taken < rows[0].good_since:
        raise CursorExpired()
    found = tuple(of_row(row) for row in rows if row.seq is not None)
    if len(found) > limit:
        reached = Cursor(at.generation, at.snapshot, at.taken, rows[0].target, found[limit - 1].seq)
        return Batch(found[:limit], str(reached), more=True)
    return Batch(found, str(Cursor(at.generation, rows[0].target, at.taken if at.target else rows[0].taken)))


def question(at: Cursor, entities: Sequence[str], limit: int) -> tuple[str, dict[str, Any]]:
    """The statement that reads on from a cursor, and its parameters; it asks for one change more than the limit."""
    # By the hour: a statement that reads the same is compiled and planned once.
    bound = dt.datetime.fromtimestamp((at.taken - _hours * 3600) // 3600 * 3600, dt.UTC)
    facts: dict[str, Any] = {"snapshot": at.snapshot, "target": at.target, "seq": at.seq, "limit": limit + 1}
    if entities:
        facts["entities"] = list(entities)
    return _statement(bound.isoformat(), "AND entity = ANY (%(entities)s)" if entities else ""), facts


@functools.lru_cache(maxsize=16)
def _statement(bound: str, entities: str) -> str:
    return _SINCE.format(bound=bound, entities=entities)


def _ask(session: Session, statement: str, facts: Mapping[str, Any]) -> list[Any]:
    driver = session.connection().connection.driver_connection
    assert isinstance(driver, psycopg.Connection)
    with driver.cursor(row_factory=namedtuple_row) as cursor:
        return cursor.execute(statement.encode(), facts).fetchall()


def of_row(row: Any) -> Change:
    """The change in a row of the table, as any statement read it; `diff` is the stored text."""
    return Change(
        row.seq, row.at, row.actor_id, row.source, row.entity, row.record_id, row.op, row.version,
        frozenset(row.audience_before), frozenset(row.audience_after), _exactly(row.diff),
        getattr(row, "operation", None), int(getattr(row, "xid", 0)),
    )  # fmt: skip


def _exactly(stored: str) -> dict[str, Any]:
    """A difference with its numbers as they were written: a cost has more digits than a float keeps."""
    found: dict[str, Any] = json.loads(stored, parse_float=Decimal)
    return found


COLUMNS = (
    "seq, at, actor_id, source, entity, record_id, op, version, audience_before, audience_after, diff, operation, xid"
)
"""The columns of the feed that make a `Change`, for a query inside another."""

READ = COLUMNS.replace("diff", "diff::text AS diff")
"""The same as `of_row` reads them."""

NEWEST = 2**62
"""Behind the `seq` of every change."""

_A_DAY = dt.timedelta(days=1)

_OF_RECORD = (
    "SELECT c.seq, c.at, c.actor_id, c.source, c.entity, c.record_id, c.op, c.version, c.audience_before, c.audience_after,"
    " c.diff::text AS diff, c.operation, c.xid,"
    " coalesce(p.name, CASE c.source WHEN 'sql' THEN 'The database' ELSE 'Backroom' END) AS by_name"
    " FROM changes c LEFT JOIN people p ON p.id = c.actor_id"
    " WHERE c.entity = :entity AND c.record_id = :id AND c.version > :version"
    " AND c.at >= '{since}' AND c.at < '{until}' ORDER BY c.seq DESC LIMIT :limit"
)


def of_record(
    session: Session,
    entity: str,
    id: UUID,
    *,
    after_version: int = 0,
    limit: int = 100,
    since: dt.datetime = days.BEGINNING,
    until: dt.datetime | None = None,
) -> list[tuple[Change, str]]:
    """A record's changes, newest first, each with the name of who made it; only those the session's role sees.

    since, until   the days in which these changes were made, where that is known: it saves looking through others
    """
    facts = {"entity": entity, "id": id, "version": after_version}
    found: list[tuple[Change, str]] = []
    for begin, end in days.back(since=since, until=until):
        statement = sa.text(_OF_RECORD.format(since=begin.isoformat(), until=end.isoformat()))
        rows = session.execute(statement, {**facts, "limit": limit - len(found)})
        found += [(of_row(row), row.by_name) for row in rows]
        # A record's versions are numbered without a gap: behind the one that was asked for lies nothing more.
        if len(found) >= limit or (found and found[-1][0].version <= after_version + 1):
            break
    return found


_OF_DEED = (
    f"SELECT {READ} FROM changes WHERE {{which}} AND seq < :before AND (op <> 'update' OR diff ?| ARRAY("
    "SELECT jsonb_array_elements_text(CAST(:told AS jsonb) -> entity))) AND CAST(:told AS jsonb) ? entity"
    " AND at >= '{since}' AND at < '{until}' ORDER BY seq DESC LIMIT :limit"
)


def of_deed(
    session: Session, key: str, *, told: Mapping[str, Sequence[str]], before: int = NEWEST, limit: int
) -> list[Change]:
    """What was done at once, newest first, as far as the session's role sees it.

    key     an operation id, with a point and whose it is or without, or the number of a transaction, as histories call
            a deed. The rows of a bulk edit share their operation, each in a transaction of its own
    told    entity → the columns whose updates count; of other entities nothing is told
    before  only changes with a smaller `seq`
    """
    operation, _, whose = key.partition(".")
    which = "xid = CAST(CAST(:key AS text) AS xid8)" if as_number(key) is not None else "operation = :key"
    if whose:
        which += " AND actor_id::text = :whose"
    facts = {
        "key": operation,
        "whose": whose,
        "told": json.dumps({entity: list(columns) for entity, columns in told.items()}),
    }
    found: list[Change] = []
    for begin, end in days.back():
        statement = sa.text(_OF_DEED.format(which=which, since=begin.isoformat(), until=end.isoformat()))
        rows = session.execute(statement, {**facts, "before": before, "limit": limit - len(found)})
        found += [of_row(row) for row in rows]
        # At once is not for days: where nothing of it was done for a whole one, it had not begun.
        if len(found) >= limit or (found and found[-1].at - begin > _A_DAY):
            break
    return found


def as_number(text: str) -> int | None:
    """The number of a change or a transaction, as addresses and forms give it; `None` for garbage."""
    return int(text) if text.isascii() and text.isdigit() and len(text) < 19 else None
