"""Whom a change concerns: the one rule by which the feed, open sockets and `GET /api/v1/changes` decide who hears of it.

An audience is what the database wrote beside the change: locations and persons, `EVERYONE`, or nobody but the people
of all locations.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from typing import Any, Protocol
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.orm import Session

from app.core import access
from app.core.actor import Actor, Everywhere
from app.core.entity import Entity, named
from app.core.errors import NotFound
from app.core.scope import EVERYONE, AsRecord, Own


def sees(actor: Actor, entity: type[Entity], audience: Collection[UUID], about: str | None = None) -> bool:
    """Does a row of `entity` with this audience exist for the actor?

    about   for what hangs on another record: the name of that record's entity; without it the answer is no
    """
    if not access.may(actor, entity, "see"):
        return False
    if isinstance(entity.scope, AsRecord):
        return about is not None and _sees_what_it_hangs_on(actor, audience, about)
    if EVERYONE in audience or (isinstance(entity.scope, Own) and actor.id in audience):
        return True
    allowed = access.locations(actor, entity, "see")
    return isinstance(allowed, Everywhere) or not allowed.isdisjoint(audience)


def _sees_what_it_hangs_on(actor: Actor, audience: Collection[UUID], about: str) -> bool:
    try:
        target = named(about)
    except NotFound:
        return False
    return not isinstance(target.scope, AsRecord) and sees(actor, target, audience)


class Said(Protocol):
    """What the feed says of one change; see `services.feed.changes.Change`."""

    @property
    def entity(self) -> str: ...
    @property
    def record_id(self) -> UUID: ...
    @property
    def diff(self) -> Mapping[str, Any]: ...


def about(change: Said) -> str | None:
    """For a remark, a file and the like: the kind of record it hangs on, where the change says so.

    Most updates don't: what it hangs on hasn't changed. `abouts` looks those up.
    """
    try:
        scope = named(change.entity).scope
    except NotFound:  # an entity of another release
        return None
    said = change.diff.get(scope.entity) if isinstance(scope, AsRecord) else None
    said = said[-1] if isinstance(said, list) else said
    return said if isinstance(said, str) else None


def abouts(session: Session, changes: Iterable[Said]) -> dict[UUID, str]:
    """Record → the kind of record it hangs on: as one of its changes here says, or as the row says today."""
    known: dict[UUID, str] = {}
    silent: dict[type[Entity], set[UUID]] = {}
    for change in changes:
        said = about(change)
        if said is not None:
            known[change.record_id] = said
        elif _hangs(change.entity):
            silent.setdefault(named(change.entity), set()).add(change.record_id)
    for entity, ids in silent.items():
        table, missing = entity.__table__, ids - known.keys()
        if missing and isinstance(entity.scope, AsRecord):
            rows = session.execute(sa.select(table.c.id, table.c[entity.scope.entity]).where(table.c.id.in_(missing)))
            known |= {row[0]: row[1] for row in rows}
    return known


def _hangs(entity: str) -> bool:
    try:
        return isinstance(named(entity).scope, AsRecord)
    except NotFound:
        return False
