"""From a user to an actor: grants and permissions read once and kept until the access epoch rises."""

from __future__ import annotations

from collections import defaultdict
from threading import Lock
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.orm import Session

from app.core.actor import Access, Actor, Grant, Level, Role, person
from app.core.entity import DECIDING, entities, is_decided

FACTS = (
    "u.name, u.language, u.active, (SELECT epoch FROM backroom.access_epoch) AS epoch,"
    # What is handed over begins and ends at some place's midnight, and every place's is at a quarter of an hour.
    " floor(extract(epoch FROM now()) / 900)::bigint AS quarter"
)
"""What `resolve` has to know of a row `u` of the users."""

_FACTS = sa.text(f"SELECT {FACTS} FROM users u WHERE u.id = :user")
_GRANTS = sa.text(
    "SELECT role_id, location_id, NULL::uuid AS by_id FROM grants WHERE user_id = :user"
    " UNION ALL SELECT role_id, location_id, by_id FROM backroom.handed_over(:user)"
)
_STANDING_IN = sa.text("SELECT person_id, by_id, location_id FROM backroom.standing_in()")
_ROLES = sa.text(
    "SELECT r.id, r.name, p.entity, p.verb, p.field, p.level FROM roles r LEFT JOIN permissions p ON p.role_id = r.id"
)

_lock = Lock()
_epoch: tuple[object, int, int] = (None, -1, -1)
_roles: dict[UUID, Role] = {}
_access: dict[UUID, Access] = {}


def epoch(session: Session) -> int:
    """A number that rises with every change of anybody's access."""
    return int(session.scalar(sa.text("SELECT epoch FROM backroom.access_epoch")) or 0)


def standing_in(session: Session) -> frozenset[tuple[UUID, UUID, UUID | None]]:
    """Who decides for whom at which location at present: the one part of access that begins and ends by time."""
    return frozenset((row.person_id, row.by_id, row.location_id) for row in session.execute(_STANDING_IN))


def handed_over(role: Role) -> Role:
    """What its holder can hand over of a role: to see the documents that it decides about, and to decide."""
    decided = [cls for cls in entities() if is_decided(cls) and any(role.allows(cls.entity, verb) for verb in DECIDING)]
    return role.narrowed(
        frozenset(
            (cls.entity, verb)
            for cls in decided
            for verb in ("see", *DECIDING)
            if verb in ("see", *cls.verbs) and role.allows(cls.entity, verb)
        )
    )


def resolve(
    session: Session,
    user_id: UUID,
    *,
    session_id: UUID | None = None,
    chosen: UUID | None = None,
    source: str = "screen",
    facts: Any = None,
) -> Actor | None:
    """The actor that a user is now; `None` for a missing or disabled user.

    `session` must be able to read users, grants, roles and permissions: the gate's can. Whatever was kept from
    before the last change of access is read again, so a changed grant counts from the next request on.

    facts   a row with `FACTS` of the user, where they have been read already
    """
    facts = facts or session.execute(_FACTS, {"user": user_id}).one_or_none()
    if facts is None or not facts.active:
        return None
    access = _access_of(session, user_id, (session.bind, facts.epoch, facts.quarter))
    if chosen is not None and not any(grant.location in (None, chosen) for grant in access.grants):
        chosen = None
    return person(
        user_id,
        facts.name,
        access,
        source=source,
        session_id=session_id,
        language=facts.language or "en",
        chosen=chosen,
    )


def _access_of(session: Session, user_id: UUID, epoch: tuple[object, int, int]) -> Access:
    global _epoch
    with _lock:
        if epoch != _epoch:
            _roles.clear()
            _access.clear()
            _epoch = epoch
        known = _access.get(user_id)
        roles = dict(_roles)
    if known is not None:
        return known
    # Read outside the lock: under eventlet a query lets others run. What another epoch read meanwhile is not kept.
    roles = roles or read_roles(session)
    held = [row for row in session.execute(_GRANTS, {"user": user_id}) if row.role_id in roles]
    own = Access(tuple(Grant(roles[row.role_id], row.location_id) for row in held if row.by_id is None))
    handed = [Grant(roles[row.role_id], row.location_id, row.by_id) for row in held if row.by_id is not None]
    more = tuple(beyond for grant in handed if (beyond := _beyond(own, grant)) is not None)
    found = Access(own.grants + more) if more else own
    with _lock:
        if epoch == _epoch:
            _roles.update(roles)
            _access[user_id] = found
    return found


def _beyond(own: Access, handed: Grant) -> Grant | None:
    """What somebody else's grant lets a person decide that they don't decide anyway."""
    role = handed_over(handed.role)
    held = {entity for entity, _ in role.verbs if _holds(own, role, entity, handed.location)}
    verbs = frozenset(pair for pair in role.verbs if pair[0] not in held)
    return Grant(role.narrowed(verbs), handed.location, handed.by) if verbs else None


def _holds(own: Access, role: Role, entity: str, location: UUID | None) -> bool:
    return all(location in own.locations(entity, verb) for name, verb in role.verbs if name == entity)


def read_roles(session: Session) -> dict[UUID, Role]:
    """All roles with their permissions as they are now."""
    names: dict[UUID, str] = {}
    verbs: dict[UUID, set[tuple[str, str]]] = defaultdict(set)
    fields: dict[UUID, dict[tuple[str, str], Level]] = defaultdict(dict)
    for row in session.execute(_ROLES):
        names[row.id] = row.name
        if row.verb:
            verbs[row.id].add((row.entity, row.verb))
        elif row.field:
            fields[row.id][(row.entity, row.field)] = row.level
    return {id: Role(id, name, frozenset(verbs[id]), dict(fields[id])) for id, name in names.items()}
