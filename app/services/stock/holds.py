"""Holds: goods that are kept on a shelf for a document, until they are used or let go, or nobody has come for them."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.orm import Session

from app.core import db
from app.core.actor import Actor
from app.core.errors import Busy
from app.core.ids import uuid7
from app.services import documents
from app.services.stock.levels import Level
from app.services.stock.moves import Hold

AT_ONCE: Final = 200
"""Reservations that one transaction ends, so that nobody waits long for their shelves."""


@dataclass(frozen=True)
class Ending:
    """The two statements that end held reservations of some sort: `lock` for their levels, then `end` for both."""

    lock: sa.TextClause
    end: sa.TextClause

    @classmethod
    def of(cls, which: str) -> Ending:
        """Of those that a condition of ours names."""
        return cls(sa.text(_LOCK.format(which=which)), sa.text(_END.format(which=which)))


def write(session: Session, levels: Collection[Level], holds: Sequence[Hold]) -> list[UUID]:
    """Write what is reserved on the levels by now, and for which documents: all of it, or `Busy`."""
    ids = [uuid7() for _ in holds]
    names = ("location", "product", "quantity", "document", "document_id", "until")
    facts: dict[str, Any] = {name: [getattr(one, name) for one in holds] for name in names}
    facts |= {"level_id": [level.id for level in levels], "reserved": [level.reserved for level in levels]}
    written: Any = session.execute(_WRITE, facts | {"id": ids, "levels": len(levels)})
    if written.rowcount != len(holds):
        raise Busy()
    return ids


def end(session: Session, ending: Ending, facts: Mapping[str, Any]) -> int:
    """End what is held; how many reservations there were. `facts` has the state in which they end."""
    if not session.execute(ending.lock, facts).all():
        return 0
    ended: int = session.execute(ending.end, facts).scalar_one()
    return ended


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
        late = list(session.scalars(_LATE, {"limit": AT_ONCE}))
        return end(session, _EXPIRED, {"ids": late, "state": "released"}) if late else 0


_WRITE = sa.text("""
    WITH written AS (
        UPDATE stock_levels l SET reserved = n.reserved
        FROM unnest(CAST(:level_id AS uuid[]), CAST(:reserved AS numeric[])) AS n (id, reserved)
        WHERE l.id = n.id AND l.on_hand >= n.reserved
        RETURNING l.id
    )
    INSERT INTO reservations (id, location_id, product_id, quantity, document, document_id, until)
    SELECT * FROM unnest(CAST(:id AS uuid[]), CAST(:location AS uuid[]), CAST(:product AS uuid[]),
        CAST(:quantity AS numeric[]), CAST(:document AS text[]), CAST(:document_id AS uuid[]),
        CAST(:until AS timestamptz[])) AS h
    WHERE (SELECT count(*) FROM written) = :levels
""")
# Levels before reservations, in the one order that everybody locks them in.
_LOCK = (
    "SELECT l.id FROM stock_levels l WHERE l.kind = 'shelf' AND (l.location_id, l.product_id) IN"
    " (SELECT location_id, product_id FROM reservations WHERE {which} AND state = 'held')"
    " ORDER BY l.account_id, l.product_id FOR NO KEY UPDATE OF l"
)
# Whoever had the levels before may have used, broken or prolonged some of them.
_END = """
    WITH ended AS (
        UPDATE reservations SET state = :state, ended_at = now() WHERE {which} AND state = 'held'
        RETURNING location_id, product_id, quantity
    ), less AS (
        SELECT location_id, product_id, sum(quantity) AS quantity FROM ended GROUP BY location_id, product_id
    ), freed AS (
        UPDATE stock_levels l SET reserved = l.reserved - less.quantity FROM less
        WHERE l.kind = 'shelf' AND l.location_id = less.location_id AND l.product_id = less.product_id
    )
    SELECT count(*) FROM ended
"""
_LATE = sa.text("SELECT id FROM reservations WHERE state = 'held' AND until < now() ORDER BY until, id LIMIT :limit")
_EXPIRED = Ending.of("id = ANY (CAST(:ids AS uuid[])) AND until < now()")
OF_A_DOCUMENT = Ending.of("document = :document AND document_id = :id")
"""Ends what one document holds."""
