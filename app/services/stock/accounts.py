"""Accounts: where the places that goods go between are kept in the database; found with the levels, made when missing."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from app.core.ids import uuid7
from app.services.stock.moves import Place

FOUND = """
    place AS MATERIALIZED (
        SELECT * FROM unnest(CAST(:kinds AS text[]), CAST(:locations AS uuid[]), CAST(:transfers AS uuid[]))
            WITH ORDINALITY AS p (kind, location_id, transfer_id, n)
    ), account AS MATERIALIZED (
        SELECT p.n, a.id, a.kind, a.location_id FROM place p
        JOIN stock_accounts a ON a.kind = p.kind AND a.location_id = p.location_id
        WHERE p.transfer_id IS NULL AND a.transfer_id IS NULL
        UNION ALL
        SELECT p.n, a.id, a.kind, a.location_id FROM place p
        JOIN stock_accounts a ON a.transfer_id = p.transfer_id AND a.kind = p.kind AND a.location_id = p.location_id
    )
"""
"""Begins a statement: `account` has those that there are, each with the turn `n` of its place."""


def asked(places: Sequence[Place]) -> dict[str, Any]:
    """What a statement that begins with `FOUND` is given."""
    return {
        "kinds": [place.kind for place in places],
        "locations": [place.location for place in places],
        "transfers": [place.transfer for place in places],
    }


def make(session: Session, places: Collection[Place]) -> None:
    """Make those that are missing."""
    # In a fixed order: two who make the same accounts must not wait in a circle.
    ordered = sorted(places, key=lambda place: (place.kind, place.location, str(place.transfer)))
    own = {"ids": [uuid7() for _ in ordered], "others": [place.other for place in ordered]}
    session.execute(_MAKE, asked(ordered) | own)


_MAKE = sa.text("""
    INSERT INTO stock_accounts (id, kind, location_id, other_location_id, transfer_id)
    SELECT * FROM unnest(CAST(:ids AS uuid[]), CAST(:kinds AS text[]), CAST(:locations AS uuid[]),
        CAST(:others AS uuid[]), CAST(:transfers AS uuid[]))
    ON CONFLICT DO NOTHING
""")
