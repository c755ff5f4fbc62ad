"""Permissions: given to roles and taken from them, many at once, all or none."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from sqlalchemy.orm import Session

from app.core import access, entity
from app.core.actor import LEVELS, Actor
from app.core.db import transaction
from app.core.entity import VERBS
from app.core.errors import Invalid
from app.models.role import Permission, Role
from app.services import records

LOCKED_OUT = "You hold this role yourself: without that, nobody of you could give it back."


@dataclass(frozen=True)
class Wanted:
    """One wish: a verb given (`on`) or taken, or a field set to a level; no level means the usual one."""

    entity: str
    verb: str | None = None
    field: str | None = None
    level: str | None = None
    on: bool = False


def set_many(actor: Actor, role_id: UUID, wanted: Sequence[Wanted]) -> int:
    """Make the role's permissions as wanted; returns how many rows that changed.

    Raises `Forbidden` to whoever may not manage permissions, `Invalid` for an unknown entity, verb or field, and for
    taking the right to manage permissions from the role by which the actor has it.
    """
    for verb in ("create", "delete"):
        access.require(actor, Permission, verb)
    with transaction(actor) as session:
        role = access.get(actor, Role, role_id)
        held = {(row.entity, row.verb, row.field): row for row in _rows(actor, role, session)}
        changed = [_set(actor, role, held.get((item.entity, item.verb, item.field)), _known(item)) for item in wanted]
        if any(changed) and not _still_open(actor, role, session):
            raise Invalid({}, LOCKED_OUT)
        return sum(changed)


def _rows(actor: Actor, role: Role, session: Session) -> list[Permission]:
    statement = access.select(actor, Permission).where(Permission.role_id == role.id)
    return list(session.scalars(statement))


def _set(actor: Actor, role: Role, row: Permission | None, item: Wanted) -> bool:
    keep = item.on if item.verb else bool(item.level)
    if row is None and keep:
        given = {"role_id": role.id, "entity": item.entity, "verb": item.verb, "field": item.field, "level": item.level}
        records.create(actor, Permission, {name: value for name, value in given.items() if value is not None})
    elif row is not None and not keep:
        records.remove(actor, Permission, row.id, expected_version=row.version)
    elif row is not None and row.level != item.level and item.field:
        records.change(actor, Permission, row.id, {"level": item.level}, expected_version=row.version)
    else:
        return False
    return True


def _known(item: Wanted) -> Wanted:
    cls = entity.named(item.entity) if item.entity != "*" else None
    if bool(item.verb) == bool(item.field):
        raise Invalid({"verb": "Name either a verb or a field."})
    if item.verb and item.verb != "*" and item.verb not in (*VERBS, *(cls.verbs if cls else ())):
        raise Invalid({"verb": "There is no such verb."})
    if item.field and (
        cls is None
        or item.field not in entity.columns_of(cls)
        or entity.columns_of(cls)[item.field].info["column"].secret
    ):
        raise Invalid({"field": "There is no such field."})
    if item.level and item.level not in LEVELS:
        raise Invalid({"level": "A field is hidden, to see, or to change."})
    return item


def _still_open(actor: Actor, role: Role, session: Session) -> bool:
    """Whoever locks themselves out can't undo it."""
    mine = [grant.role.id for grant in actor.access.grants if grant.role.allows("permission", "create")]
    if set(mine) != {role.id}:
        return True
    opening = {("*", "*"), ("permission", "*"), ("permission", "create"), ("*", "create")}
    return any((row.entity, row.verb) in opening for row in _rows(actor, role, session))
