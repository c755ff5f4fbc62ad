"""Permissions: given to roles and taken from them, many at once, all or none."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from app.core import access, entity
from app.core.actor import LEVELS, Actor
from app.core.db import transaction
from app.core.entity import VERBS
from app.core.errors import AppError, Invalid
from app.models.role import Permission, Role
from app.services import records


class OwnRole(AppError):
    """You can't take the right to manage permissions from a role that you hold yourself."""

    status = 422
    code = "own_role"


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

    Raises `Forbidden` to whoever may not do what they give, `Invalid` for an unknown entity, verb or field.
    """
    for verb in ("create", "delete"):
        access.require(actor, Permission, verb)
    with transaction(actor) as session:
        role = access.get(actor, Role, role_id)
        held = {_key(row): row for row in session.scalars(access.select(actor, Permission).where(Permission.role_id == role.id))}
        changed = sum(_set(actor, role, held.get((item.entity, item.verb, item.field)), _known(item)) for item in wanted)
        if changed and not _still_open(actor, role, session):
            raise OwnRole()
        return changed


def _key(row: Permission) -> tuple[str, str | None, str | None]:
    return row.entity, row.verb, row.field


def _set(actor: Actor, role: Role, row: Permission | None, item: Wanted) -> int:
    keep = item.on if item.verb else bool(item.level)
    if row is None and keep:
        given = {"role_id": role.id, "entity": item.entity, "verb": item.verb, "field": item.field, "level": item.level}
        records.create(actor, Permission, {name: value for name, value in given.items() if value is not None})
    elif row is not None and not keep:
        records.remove(actor, Permission, row.id, expected_version=row.version)
    elif row is not None and row.level != item.level and item.field:
        records.change(actor, Permission, row.id, {"level": item.level}, expected_version=row.version)
    else:
        return 0
    return 1


def _known(item: Wanted) -> Wanted:
    cls = entity.named(item.entity) if item.entity != "*" else None
    if bool(item.verb) == bool(item.field):
        raise Invalid({"verb": "Name either a verb or a field."})
    if item.verb and item.verb != "*" and item.verb not in (*VERBS, *(cls.verbs if cls else ())):
        raise Invalid({"verb": "There is no such verb."})
    if item.field and (cls is None or item.field not in entity.columns_of(cls) or entity.columns_of(cls)[item.field].info["column"].secret):
        raise Invalid({"field": "There is no such field."})
    if item.level and item.level not in LEVELS:
        raise Invalid({"level": "A field is hidden, to see, or to change."})
    return item


def _still_open(actor: Actor, role: Role, session: object) -> bool:
    """Whoever locks themselves out can't undo it: a role that the actor holds keeps the matrix, if it was what opened it."""
    mine = [grant.role for grant in actor.access.grants if grant.role.allows("permission", "create")]
    if any(each.id != role.id for each in mine) or not any(each.id == role.id for each in mine):
        return True
    rows = session.scalars(access.select(actor, Permission).where(Permission.role_id == role.id))  # type: ignore[attr-defined]
    return bool({(row.entity, row.verb) for row in rows} & {("*", "*"), ("permission", "*"), ("permission", "create"), ("*", "create")})
