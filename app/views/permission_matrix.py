"""The permission matrix: what each role may do with each entity, and how far each field is open to it."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from flask import Blueprint, Flask, jsonify, render_template, request
from flask.typing import ResponseReturnValue

from app.core import access, db, entity
from app.core.actor import LEVELS, Actor
from app.core.columns import spoken
from app.core.entity import VERBS, Entity
from app.core.errors import BadRequest
from app.core.screen import AREAS
from app.identity import current_actor
from app.models.role import Permission, Role
from app.services.access import permissions
from app.views import sections

MOST = 2_000
"""Changes of one save."""

blueprint = Blueprint("permission_matrix", __name__, url_prefix="/permission-matrix")


@dataclass(frozen=True)
class RoleTab:
    """A role to choose above the matrix."""

    id: UUID
    label: str


@dataclass(frozen=True)
class Box:
    """One check box: `all` says that a wider permission covers it anyway."""

    verb: str
    on: bool
    all: bool


@dataclass(frozen=True)
class Line:
    """An entity's verbs, or the levels of its fields."""

    entity: str
    label: str
    area: str
    boxes: tuple[Box | None, ...]
    own: tuple[Box, ...]
    fields: int


@dataclass(frozen=True)
class FieldLine:
    """A field and how far it is open."""

    name: str
    label: str
    level: str
    usual: str
    guarded: bool


def init(app: Flask) -> None:
    """Put the matrix into the application."""
    app.register_blueprint(blueprint)


@blueprint.get("/")
def index() -> ResponseReturnValue:
    """The matrix of the first role."""
    return _matrix(None)


@blueprint.get("/<uuid:role_id>")
def show(role_id: UUID) -> ResponseReturnValue:
    """The matrix of one role."""
    return _matrix(role_id)


def _matrix(role_id: UUID | None) -> ResponseReturnValue:
    actor = current_actor()
    roles = _roles(actor)
    role = access.get(actor, Role, role_id) if role_id or not roles else roles[0]
    held = _held(actor, role.id)
    verbs = {(row.entity, row.verb) for row in held if row.verb}
    fields = [row.entity for row in held if row.field]
    lines = [_line(cls, verbs, fields.count(cls.entity)) for cls in _governed()]
    return render_template(
        "admin/permission_matrix.html",
        roles=[RoleTab(each.id, _called(each)) for each in roles],
        role=role,
        role_name=_called(role),
        spoken=spoken,
        verbs=VERBS,
        everything=("*", "*") in verbs,
        areas=[(area, [line for line in lines if line.area == area]) for area in AREAS],
        may_change=access.may(actor, Permission, "create") and access.may(actor, Permission, "delete"),
    )


@blueprint.get("/<uuid:role_id>/<name>")
def fields_of(role_id: UUID, name: str) -> ResponseReturnValue:
    """The fields of one entity for one role."""
    actor = current_actor()
    access.require(actor, Permission, "see")
    role, cls = access.get(actor, Role, role_id), entity.named(name)
    levels = {row.field: row.level for row in _held(actor, role.id) if row.field and row.entity == cls.entity}
    return render_template(
        "admin/permission_fields.html",
        role=role,
        role_name=_called(role),
        entity_cls=cls,
        levels=LEVELS,
        fields=[
            FieldLine(
                name=column,
                label=sections.label(cls, column),
                level=levels.get(column) or "",
                usual="hidden" if sections.described(cls, column).guarded else "change",
                guarded=sections.described(cls, column).guarded,
            )
            for column in entity.columns_of(cls)
            if column not in entity.RESERVED and not sections.described(cls, column).secret
        ],
        may_change=access.may(actor, Permission, "create") and access.may(actor, Permission, "delete"),
    )


@blueprint.post("/<uuid:role_id>")
def save(role_id: UUID) -> ResponseReturnValue:
    """Give and take what the person ticked: all of it, or nothing."""
    actor = current_actor()
    wanted = [_wanted(item) for item in _list(request.get_json(silent=True))]
    done = permissions.set_many(actor, role_id, wanted)
    return jsonify(message=f"{done} permission{'s' if done != 1 else ''} changed.")


def _list(data: Any) -> list[Any]:
    changes = data.get("changes") if isinstance(data, dict) else None
    if not isinstance(changes, list) or len(changes) > MOST:
        raise BadRequest(f"Send a list of at most {MOST:,} changes.")
    return changes


def _wanted(item: Any) -> permissions.Wanted:
    words = ("entity", "verb", "field", "level")
    if not isinstance(item, dict) or not all(isinstance(item.get(word, ""), str) for word in words):
        raise BadRequest("Each change names an entity, and a verb or a field.")
    return permissions.Wanted(
        entity=item.get("entity", ""),
        verb=item.get("verb") or None,
        field=item.get("field") or None,
        level=item.get("level") or None,
        on=item.get("on") is True,
    )


def _roles(actor: Actor) -> list[Role]:
    with db.reading(actor) as session:
        return list(session.scalars(access.select(actor, Role).order_by(Role.built_in.desc(), Role.name)))


def _called(role: Role) -> str:
    return spoken(role.name, sections.described(Role, "name").words or ())


def _held(actor: Actor, role_id: UUID) -> Iterable[Permission]:
    with db.reading(actor) as session:
        statement = access.select(actor, Permission).where(Permission.role_id == role_id)
        return list(session.scalars(statement.order_by(sa.text("permissions.entity"))))


def _governed() -> list[type[Entity]]:
    """The entities with permissions of their own: parts of a document are ruled by it."""
    return [cls for cls in entity.entities() if entity.permission_of(cls, "see")[0] == cls.entity]


def _line(cls: type[Entity], held: set[tuple[str, str]], fields: int) -> Line:
    def box(verb: str) -> Box:
        wider = {("*", "*"), ("*", verb)} | ({(cls.entity, "*")} if verb != "*" else set())
        return Box(verb, (cls.entity, verb) in held, bool(held & wider))

    return Line(
        cls.entity,
        entity.plural_of(cls),
        cls.screen.area,
        (box("*"), *(box(verb) for verb in VERBS)),
        tuple(box(verb) for verb in cls.verbs),
        fields,
    )
