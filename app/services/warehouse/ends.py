"""Ends: the two locations that goods go between; both must take part."""

from __future__ import annotations

import sqlalchemy as sa

from app.core.errors import Invalid
from app.models.location import Location
from app.services.steps import Act


def check(act: Act) -> None:
    """Raise `Invalid` when either end is closed, or when the receiving one doesn't take transfers."""
    ids = (act.document.from_location_id, act.document.to_location_id)
    found = {place.id: place for place in act.session.scalars(sa.select(Location).where(Location.id.in_(ids)))}
    source, target = (found[id] for id in ids)
    if not source.active:
        raise _refused("from_location_id", f"{source.name} is closed: nothing is sent from there.")
    if not target.active:
        raise _refused("to_location_id", f"{target.name} is closed: nothing can be sent there.")
    if not target.receives_transfers:
        raise _refused("to_location_id", f"{target.name} doesn't take transfers.")


def _refused(name: str, problem: str) -> Invalid:
    sentence = f"{problem} Choose another location."
    return Invalid({name: sentence}, sentence)
