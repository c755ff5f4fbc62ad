"""Whom a change concerns: the one rule by which the feed, open sockets and `GET /api/v1/changes` decide who hears of it.

An audience is what the database wrote beside the change: locations and persons, `EVERYONE`, or nobody but the people
of all locations.
"""

from __future__ import annotations

from collections.abc import Collection
from uuid import UUID

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
