"""Exceptions: what did not add up is put on a list, and stays there until somebody has found out why."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.orm import Session

from app.core import db
from app.core.actor import Actor
from app.core.columns import Column
from app.core.ids import uuid7
from app.models.setting import Setting
from app.models.stock_exception import StockException
from app.services.documents import Act, Step

OVERDUE_AFTER = 7
"""Days on the way after which a transfer is overdue, where the setting `overdue_transit_days` says nothing else."""


@dataclass(frozen=True)
class Found:
    """Something to look into: what kind, where, and the document that it came up with."""

    kind: str
    location: UUID
    product: UUID | None = None
    summary: str | None = None
    quantity: Decimal | None = None
    value: Decimal | None = None
    document: str | None = None
    document_id: UUID | None = None


def report(actor: Actor, found: Sequence[Found]) -> list[UUID]:
    """Put what was found on the list; returns the exceptions' ids. Inside a step it is written with it."""
    made = [_exception(one) for one in found]
    with db.transaction(actor), db.posting(actor) as session:
        session.add_all(made)
    return [one.id for one in made]


def look_for_overdue(actor: Actor) -> list[UUID]:
    """Report each transfer that has been on its way for too long, once; for a job, which reads the setting.

    Where it was expected is where it is missed.
    """
    with db.transaction(actor) as session:
        # Two jobs at once would report the same transfer twice.
        session.execute(sa.text("SELECT pg_advisory_xact_lock(hashtextextended('overdue_transit', 0))"))
        days = _days(session)
        rows = session.execute(_OVERDUE, {"days": dt.timedelta(days=days)}).all()
        return report(actor, [_overdue(row) for row in rows])


def _exception(found: Found) -> StockException:
    return StockException(
        id=uuid7(),
        kind=found.kind,
        location_id=found.location,
        product_id=found.product,
        summary=found.summary,
        quantity=found.quantity,
        value=found.value,
        document=found.document,
        document_id=found.document_id,
    )


def _days(session: Session) -> int:
    said = session.scalar(sa.select(Setting.value).where(Setting.name == "overdue_transit_days")) or ""
    return int(said) if said.strip().isdigit() else OVERDUE_AFTER


def _overdue(row: Any) -> Found:
    return Found(
        "overdue_transit",
        row.to_location_id,
        summary=f"{row.number} has been on its way for {row.days} days.",
        quantity=row.quantity,
        value=row.value,
        document="transfer",
        document_id=row.id,
    )


_OVERDUE = sa.text("""
    SELECT t.id, t.number, t.to_location_id, extract(day FROM now() - t.dispatched_at)::integer AS days,
        sum(l.on_hand) AS quantity, sum(l.value) AS value
    FROM transfers t
    LEFT JOIN stock_accounts a ON a.kind = 'transit' AND a.transfer_id = t.id
    LEFT JOIN stock_levels l ON l.account_id = a.id
    WHERE t.state IN ('dispatched', 'partly_received') AND t.dispatched_at < now() - CAST(:days AS interval)
        AND NOT EXISTS (
            SELECT 1 FROM stock_exceptions e
            WHERE e.kind = 'overdue_transit' AND e.document = 'transfer' AND e.document_id = t.id
        )
    GROUP BY t.id ORDER BY t.dispatched_at
""")


def _resolve(act: Act) -> None:
    """Whoever resolves what nobody looked after has looked after it."""
    act.document.resolution = act.given["resolution"]
    act.document.owner_id = act.document.owner_id or act.actor.id


def _reopen(act: Act) -> None:
    act.document.resolved_at = act.document.resolved_by_id = None


STEPS: tuple[Step, ...] = (
    Step(
        "resolve", ("open",), _resolve, "resolved", stamp="resolved", tone="primary", icon="check",
        asks={"resolution": Column("long_text", label="What it was", longest=2_000, required=True)},
    ),
    Step("reopen", ("resolved",), _reopen, "open", icon="arrow-back-up", done="reopened"),
)  # fmt: skip
