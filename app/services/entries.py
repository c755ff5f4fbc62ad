"""Entries: what was typed or sent becomes a record's values, or a sentence per field that says why not."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from app.core import access, openness, refusals, values
from app.core.actor import Actor, Everywhere
from app.core.entity import Entity, class_named, columns_of
from app.core.errors import NotFound, NotSupported
from app.core.scope import Between, Headquarters, Scope, Via
from app.services import handing_out


def require_writable(actor: Actor, entity: type[Entity]) -> None:
    """Raise `NotSupported` for what people don't write by hand."""
    if not entity.screen.writable and not actor.access.unlimited:
        raise NotSupported(entity=entity.entity.replace("_", " "))


def require_open(session: Session, record: Entity, names: Iterable[str] | None = None) -> None:
    """What was sent or booked stays what it was: of a document that has gone on, only what it leaves open is edited.

    names   the columns to be written; without them the whole record is, and its lines
    """
    found = openness.governed_by(type(record))
    if found is None or (found[1] == "id" and not sa.inspect(record).persistent):  # a new document is quite open
        return
    document, link = found
    state = openness.state_of(document)
    with session.no_autoflush:
        # Held so that no step is taken between this look and our commit.
        held = sa.select(state, document.__table__.c.id).where(document.__table__.c.id == getattr(record, link))
        row = session.execute(held.with_for_update(read=True)).first()
    if row is not None and not openness.allows(openness.columns(type(record), row[0]), names):
        raise openness.refusal(type(record), row[0])


def fill(actor: Actor, session: Session, record: Entity, given: Mapping[str, Any], *, creating: bool) -> dict[str, str]:
    """Read `given` into the record; what is wrong, as {column: sentence}."""
    entity = type(record)
    columns, open_columns = columns_of(entity), access.changeable(actor, entity)
    problems: dict[str, str] = {}
    for name, raw in given.items():
        if name not in open_columns:
            problems[name] = "This can't be set here."
            continue
        try:
            value = values.parse(columns[name].info["column"], raw)
        except ValueError as error:
            problems[name] = str(error)
            continue
        if value is None and not columns[name].nullable:
            problems[name] = "Please fill this in."
        elif creating or getattr(record, name) != value:
            setattr(record, name, value)
            problems |= _link_problem(actor, session, record, name, value)
    if creating:
        problems = _missing(record, given) | problems
    problems |= {} if problems else _placing(actor, record, creating=creating)
    if not problems and entity.rules_access:
        handing_out.check(actor, session, record)
    return problems or dict(record.check())


def _missing(record: Entity, given: Mapping[str, Any]) -> dict[str, str]:
    return {
        name: "Please fill this in."
        for name, column in columns_of(type(record)).items()
        if name not in given and not column.nullable and column.default is None and column.server_default is None
        and column.computed is None and getattr(record, name) is None
    }  # fmt: skip


def _link_problem(actor: Actor, session: Session, record: Entity, name: str, value: Any) -> dict[str, str]:
    """A foreign key bypasses row level security, so what it points to is looked up as the person."""
    described = columns_of(type(record))[name].info["column"]
    if described.kind != "link" or value is None:
        return {}
    if value == record.id:
        return {name: "It can't point to itself."}
    target = class_named(described.target)
    try:
        # Flushing half a record for this look-up would let the database complain first.
        with session.no_autoflush:
            if not (isinstance(target.scope, Headquarters) and target.scope.readable):
                access.require_seen(actor, target, value)
            elif not session.scalar(sa.text(f"SELECT true FROM {target.scope.view} WHERE id = :id"), {"id": value}):
                raise NotFound()
    except NotFound:
        return {name: "Choose one from the list."}
    return {}


def _placing(actor: Actor, record: Entity, *, creating: bool) -> dict[str, str]:
    """Making or moving a record needs the right at the place where it will be."""
    entity = type(record)
    verb = "create" if creating else "change"
    allowed = access.locations(actor, entity, verb)
    if isinstance(allowed, Everywhere):
        return {}
    scope: Scope = entity.scope
    places = [name for name in scope.columns if columns_of(entity)[name].info["column"].target == "Location"]
    if not places or isinstance(scope, Via):
        return {}
    inside = [getattr(record, name) in allowed for name in places]
    if (isinstance(scope, Between) and any(inside)) or all(inside):
        return {}
    return {places[inside.index(False)]: "Choose one of your own locations."}


def save(session: Session, record: Entity) -> None:
    """Send a record to the database; what it refuses becomes a sentence."""
    with refusals.explaining(type(record)):
        session.add(record)
        session.flush()
