"""Exceptions: what did not add up is put on a list, and stays there until somebody has found out why."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any
from uuid import UUID

import sqlalchemy as sa

from app.core import db
from app.core.actor import Actor
from app.core.columns import Column
from app.core.ids import uuid7
from app.models.stock_exception import StockException
from app.services.steps import Act, Step
from app.services.stock import overdue


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
    """Report each transfer that should have arrived by now, once; for a job.

    Where it was expected is where it is missed.
    """
    days = overdue.days()
    with db.transaction(actor) as session:
        # Two jobs at once would report the same transfer twice.
        session.execute(sa.text("SELECT pg_advisory_xact_lock(hashtextextended('overdue_transit', 0))"))
        rows = session.execute(_OVERDUE, {"days": days}).all()
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


def _overdue(row: Any) -> Found:
    expected = f"was expected by {row.expected_on:%-d %B %Y} and " if row.expected_on else ""
    return Found(
        "overdue_transit",
        row.to_location_id,
        summary=f"{row.number} {expected}has been on its way for {row.days} {'day' if row.days == 1 else 'days'}.",
        quantity=row.quantity,
        value=row.value,
        document="transfer",
        document_id=row.id,
    )


# The rule is a constant of ours.
_OVERDUE = sa.text(f"""
    SELECT t.id, t.number, t.to_location_id, t.expected_on, sum(l.on_hand) AS quantity, sum(l.value) AS value,
        greatest(0, floor(extract(epoch FROM now() - t.dispatched_at) / 86400))::int AS days
    FROM transfers t
    JOIN locations there ON there.id = t.to_location_id
    LEFT JOIN stock_accounts a ON a.kind = 'transit' AND a.transfer_id = t.id
    LEFT JOIN stock_levels l ON l.account_id = a.id
    WHERE t.state IN ('dispatched', 'partly_received') AND {overdue.RULE}
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
