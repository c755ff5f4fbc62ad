"""What waits for a decision in the demo shop: every document that was asked for and is not decided yet."""

from __future__ import annotations

import sqlalchemy as sa

from app.models.approval import Approval
from app.services.demo.ground import Ground, Row, fixed

UNDECIDED = (
    ("bonus", "bonuses", "proposed", "(SELECT s.user_id FROM staff s WHERE s.id = t.staff_id)"),
    ("leave", "leaves", "proposed", "(SELECT s.user_id FROM staff s WHERE s.id = t.staff_id)"),
    ("stock_count", "stock_counts", "review", "t.reviewed_by_id"),
    ("stock_request", "stock_requests", "requested", "t.requested_by_id"),
    ("transfer", "transfers", "requested", "t.requested_by_id"),
)
"""Entity, table, the state in which it waits, who asked. Adjustments, and some of the others, bring their question."""


def plant(ground: Ground) -> None:
    """Put the question beside each document that waits without one."""
    for entity, table, state, asker in UNDECIDED:
        # Only names and words from the table above are in this text.
        found = ground.session.execute(
            sa.text(
                f"SELECT t.id, t.created_at, {asker} AS asker FROM {table} t WHERE t.state = '{state}' AND NOT EXISTS"
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
        "created_at": document.created_at,
    }
