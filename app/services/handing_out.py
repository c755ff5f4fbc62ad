"""Handing out access: nobody gives more than they hold, for good or for some days."""

from __future__ import annotations

from uuid import uuid4

from sqlalchemy.orm import Session

from app.core import access, grants
from app.core.actor import Access, Actor, Grant, Role
from app.core.entity import Entity
from app.core.errors import Forbidden, Invalid


def may_give(actor: Actor, session: Session, record: Entity) -> bool:
    """May the actor save this record of who may do what?

    A grant gives what its role allows at its place; a permission gives its verb to whoever holds the role, wherever.
    """
    given = _given(session, record)
    return given is None or actor.access.unlimited or access.covers(actor.access, given)


def check(actor: Actor, session: Session, record: Entity) -> None:
    """Raise `Forbidden` for a record that would give more than the actor holds."""
    if type(record).entity == "delegation":
        _check_delegation(actor, record)
    if not may_give(actor, session, record):
        raise Forbidden("You can't hand out more than you may do yourself.")


def _check_delegation(actor: Actor, record: Entity) -> None:
    """People hand over their own decisions, if they have any; who may do everything arranges it for others too."""
    if actor.everywhere:
        return
    if record.user_id not in (None, actor.id):
        raise Forbidden("You can hand over your own decisions only.")
    if not any(grants.handed_over(grant.role).verbs for grant in actor.access.own.grants):
        raise Invalid({"user_id": "You decide about nothing that could be handed over."})


def _given(session: Session, record: Entity) -> Access | None:
    match type(record).entity:
        case "grant":
            with session.no_autoflush:
                role = grants.read_roles(session).get(record.role_id)
            return Access((Grant(role, record.location_id),)) if role else None
        case "permission" if record.verb:
            verbs = frozenset({(record.entity, record.verb)})
            return Access((Grant(Role(uuid4(), "given", verbs), None),))
        case _:
            return None
