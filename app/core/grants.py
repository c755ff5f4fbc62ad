"""From a user to an actor: grants and permissions read once and kept until the access epoch rises."""

from __future__ import annotations

from collections import defaultdict
from threading import Lock
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.orm import Session

from app.core.actor import Access, Actor, Grant, Level, Role, person

_FACTS = sa.text(
    "SELECT u.name, u.language, u.active, (SELECT epoch FROM backroom.access_epoch) AS epoch FROM users u WHERE u.id = :user"
)
_GRANTS = sa.text("SELECT role_id, location_id FROM grants WHERE user_id = :user")
_ROLES = sa.text(
    "SELECT r.id, r.name, p.entity, p.verb, p.field, p.level FROM roles r LEFT JOIN permissions p ON p.role_id = r.id"
)

_lock = Lock()
_epoch: tuple[object, int] = (None, -1)
_roles: dict[UUID, Role] = {}
_access: dict[UUID, Access] = {}


def epoch(session: Session) -> int:
    """A number that rises with every change of anybody's access."""
    return int(session.scalar(sa.text("SELECT epoch FROM backroom.access_epoch")) or 0)


def resolve(
    session: Session,
    user_id: UUID,
    *,
    session_id: UUID | None = None,
    chosen: UUID | None = None,
    source: str = "screen",
) -> Actor | None:
    """The actor that a user is now; `None` for a missing or disabled user.

    `session` must be able to read users, grants, roles and permissions: the gate's can. Whatever was kept from
    before the last change of access is read again, so a changed grant counts from the next request on.
    """
    facts = session.execute(_FACTS, {"user": user_id}).one_or_none()
    if facts is None or not facts.active:
        return None
    access = _access_of(session, user_id, (session.bind, facts.epoch))
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


def _access_of(session: Session, user_id: UUID, epoch: tuple[object, int]) -> Access:
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
    held = session.execute(_GRANTS, {"user": user_id})
    found = Access(tuple(Grant(roles[row.role_id], row.location_id) for row in held if row.role_id in roles))
    with _lock:
        if epoch == _epoch:
            _roles.update(roles)
            _access[user_id] = found
    return found


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
