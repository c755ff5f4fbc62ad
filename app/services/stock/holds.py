"""Holds that nobody came for: goods that were kept for a document long enough are free for others again."""

from __future__ import annotations

from typing import Final
from uuid import UUID

import sqlalchemy as sa

from app.core import db
from app.core.actor import Actor
from app.services import documents

AT_ONCE: Final = 200
"""Reservations that one transaction ends, so that nobody waits long for their shelves."""


def release_expired(actor: Actor) -> int:
    """End what was held until a moment that is over; for a job. How many reservations there were.

    The document stays as it is: handed over after all, it takes what is free.
    """
    ended = 0
    while found := documents.again_if_busy(lambda: _release_some(actor)):
        ended += found
    return ended


def _release_some(actor: Actor) -> int:
    with db.transaction(actor), db.posting(actor) as session:
        late: list[UUID] = list(session.scalars(_LATE, {"limit": AT_ONCE}))
        if not late:
            return 0
        session.execute(_LOCK, {"ids": late}).all()
        ended: int = session.execute(_END, {"ids": late}).scalar_one()
        return ended


_LATE = sa.text("SELECT id FROM reservations WHERE state = 'held' AND until < now() ORDER BY until, id LIMIT :limit")
# Levels before reservations, in the one order that everybody locks them in.
_LOCK = sa.text(
    "SELECT l.id FROM stock_levels l WHERE l.kind = 'shelf' AND (l.location_id, l.product_id) IN"
    " (SELECT location_id, product_id FROM reservations WHERE id = ANY (CAST(:ids AS uuid[])))"
    " ORDER BY l.account_id, l.product_id FOR NO KEY UPDATE OF l"
)
# Whoever had the levels before may have used, broken or prolonged some of them.
_END = sa.text(
    """
    WITH ended AS (
        UPDATE reservations SET state = 'released', ended_at = now()
        WHERE id = ANY (CAST(:ids AS uuid[])) AND state = 'held' AND until < now()
        RETURNING location_id, product_id, quantity
    ), less AS (
        SELECT location_id, product_id, sum(quantity) AS quantity FROM ended GROUP BY location_id, product_id
    ), freed AS (
        UPDATE stock_levels l SET reserved = l.reserved - less.quantity FROM less
        WHERE l.kind = 'shelf' AND l.location_id = less.location_id AND l.product_id = less.product_id
    )
    SELECT count(*) FROM ended
    """
)
