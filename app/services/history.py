"""History: who did what to a record or to a list, as far as the reader may know it.

The feed keeps every change with whom it concerned. A reader is shown only what touched fields that are open to them
now; of a change that brought a record to a place of theirs only what it became, and of one that took it away only
what it had been.
"""

from __future__ import annotations

from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.orm import Session

from app.services import changes
from app.services.changes import Change

READ = (
    "seq, at, actor_id, source, entity, record_id, op, version, audience_before, audience_after, diff, operation, xid"
)
"""The columns of the feed that `changes.of_row` reads."""

_OF_OPERATION = sa.text(f"SELECT {READ} FROM changes WHERE operation = :operation ORDER BY seq")
_OF_TRANSACTION = sa.text(f"SELECT {READ} FROM changes WHERE xid = CAST(:transaction AS xid8) ORDER BY seq")
_OF_RECORD = sa.text(
    f"SELECT {READ} FROM changes WHERE entity = :entity AND record_id = :id AND seq < :before ORDER BY seq DESC LIMIT :limit"
)
NEWEST = 2**62


def of_operation(session: Session, operation: UUID | str) -> list[Change]:
    """Every change that was made under an operation id, oldest first, as far as the session's role sees it.

    The rows of a bulk edit share the id, each in a transaction of its own.
    """
    return [changes.of_row(row) for row in session.execute(_OF_OPERATION, {"operation": str(operation)})]


def of_transaction(session: Session, transaction: int) -> list[Change]:
    """Every change of one transaction (`Change.transaction`), oldest first, as far as the session's role sees it."""
    return [changes.of_row(row) for row in session.execute(_OF_TRANSACTION, {"transaction": str(transaction)})]


def of_record(session: Session, entity: str, id: UUID, *, before: int = NEWEST, limit: int = 10_000) -> list[Change]:
    """A record's changes, newest first, with their differences, as far as the session's role sees them.

    before   only those older than this change, by its `seq`
    """
    facts = {"entity": entity, "id": id, "before": before, "limit": limit}
    return [changes.of_row(row) for row in session.execute(_OF_RECORD, facts)]
