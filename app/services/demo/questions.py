"""What waits for a decision in the demo shop: every document that was asked for and is not decided yet."""

from __future__ import annotations

import sqlalchemy as sa

from app.models.approval import Approval
from app.services.demo.ground import Ground, Row, fixed

UNDECIDED = (
    ("bonus", "bonuses", "proposed", "(SELECT s.user_id FROM staff s WHERE s.id = t.staff_id)", "reason"),
    ("leave", "leaves", "proposed", "(SELECT s.user_id FROM staff s WHERE s.id = t.staff_id)", "reason"),
    ("stock_count", "stock_counts", "review", "t.reviewed_by_id", "note"),
    ("stock_request", "stock_requests", "requested", "t.requested_by_id", "note"),
    ("transfer", "transfers", "requested", "t.requested_by_id", "note"),
)
"""Entity, table, the state in which it waits, who asked, and why. Adjustments and some others bring their question."""


def plant(ground: Ground) -> None:
    """Put the question beside each document that waits without one."""
    for entity, table, state, asker, why in UNDECIDED:
        # Only names and words from the table above are in this text.
        found = ground.session.execute(
            sa.text(
                f"SELECT t.id, t.created_at, {asker} AS asker, t.{why} AS why FROM {table} t WHERE t.state = '{state}' AND NOT EXISTS"
                f" (SELECT 1 FROM approvals a WHERE a.entity = '{entity}' AND a.record_id = t.id)"
            )
        )
        ground.add(Approval, [_question(entity, row) for row in found])


def _question(entity: str, document: sa.Row[tuple[object, ...]]) -> Row:
    return {
        "id": fixed("approval", entity, str(document.id)),
        "entity": entity,
        "record_id": document.id,
        "verb": "approve",
        "state": "waiting",
        "asked_by_id": document.asker,
        "reason": document.why,
        "created_at": document.created_at,
    }
