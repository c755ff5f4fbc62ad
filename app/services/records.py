"""Records: create, change and remove any record of any entity; every door that writes one comes through here."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, TypeVar
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.orm import Session

from app.core import access, refusals, values
from app.core.actor import Actor, Everywhere
from app.core.db import transaction
from app.core.entity import Entity, children_of, class_named, column_label, columns_of, document_of, label_of
from app.core.errors import AppError, Closed, Conflict, FieldChange, Invalid, NotFound, NotSupported
from app.core.ids import uuid7
from app.core.scope import Between, Headquarters, Scope, Via
from app.services import changes, handing_out, operations

E = TypeVar("E", bound=Entity)

MOST_AT_ONCE = 1_000
"""Rows that one bulk edit or one form's grids may hold."""


@dataclass(frozen=True)
class Line:
    """One row of a grid in its parent's form; `id` and `version` are empty for a new one."""

    values: Mapping[str, Any] = field(default_factory=dict)
    id: UUID | None = None
    version: int | None = None
    remove: bool = False


@dataclass(frozen=True)
class Result:
    """What became of one row of a bulk edit."""

    id: UUID | str
    ok: bool
    message: str = ""
    version: int | None = None


Grids = Mapping[str, Sequence[Line]]
"""Child entity's name → its lines."""


def create(
    actor: Actor,
    entity: type[E],
    given: Mapping[str, Any],
    *,
    id: UUID | None = None,
    children: Grids | None = None,
    operation: UUID | None = None,
) -> E:
    """Make a record, with the lines of its grids, and return it.

    given       column → value as typed or as JSON; columns left out get their default
    id          chosen by whoever makes the record, if they do
    operation   id of the write: sent again, it returns the record of the first time

    Raises `Invalid` with a sentence per field, `Forbidden`, `NotSupported` for what people don't make by hand.
    """
    _writable(actor, entity)
    access.require(actor, entity, "create")

    def work(session: Session) -> E:
        record = entity(id=id or uuid7())
        problems = _fill(actor, session, record, given, creating=True)
        if problems:
            raise Invalid(problems)
        _still_open(session, record)
        _save(session, record)
        _write_lines(actor, session, record, children or {})
        return record

    return _once(actor, entity, "create", operation, (dict(given), children), work)


def change(
    actor: Actor,
    entity: type[E],
    id: UUID | str,
    given: Mapping[str, Any],
    *,
    expected_version: int,
    children: Grids | None = None,
    operation: UUID | None = None,
) -> E:
    """Change what `given` names on a record, with the lines of its grids, and return it.

    expected_version   the version that the person was looking at

    Raises `Conflict` when it has changed since: nothing is written then; `Invalid`, `Forbidden`, `NotFound`.
    """
    _writable(actor, entity)

    def work(session: Session) -> E:
        record = access.get(actor, entity, id, to="change", lock=True)
        if record.version != expected_version:
            raise _conflict(actor, session, record, given, expected_version)
        _still_open(session, record)
        problems = _fill(actor, session, record, given, creating=False)
        if problems:
            raise Invalid(problems)
        _save(session, record)
        _write_lines(actor, session, record, children or {})
        return record

    return _once(actor, entity, "change", operation, (str(id), dict(given), expected_version, children), work)


def remove(
    actor: Actor, entity: type[Entity], id: UUID | str, *, expected_version: int, operation: UUID | None = None
) -> None:
    """Delete a record with the lines that are a part of it.

    Raises `Conflict` when it has changed since, `InUse` when other records point to it.
    """
    _writable(actor, entity)
    with transaction(actor, operation=operation) as session:
        record = access.get(actor, entity, id, to="delete", lock=True)
        if record.version != expected_version:
            raise _conflict(actor, session, record, {}, expected_version)
        _still_open(session, record)
        with refusals.explaining(entity):
            for child, link in _parts(entity):
                session.execute(sa.delete(child).where(child.__table__.c[link] == record.id))
            session.delete(record)
            session.flush()


def change_many(
    actor: Actor,
    entity: type[Entity],
    items: Sequence[tuple[UUID | str, int]],
    given: Mapping[str, Any],
    *,
    operation: UUID | None = None,
) -> list[Result]:
    """Make the same change on many records, each for itself: one result per row, in the given order."""

    def one(id: UUID | str, version: int) -> int:
        with transaction(actor, operation=operation):
            return change(actor, entity, id, given, expected_version=version).version

    return _each(items, one)


def remove_many(
    actor: Actor, entity: type[Entity], items: Sequence[tuple[UUID | str, int]], *, operation: UUID | None = None
) -> list[Result]:
    """Delete many records, each for itself: one result per row, in the given order."""

    def one(id: UUID | str, version: int) -> None:
        remove(actor, entity, id, expected_version=version, operation=operation)

    return _each(items, one)


def _each(items: Sequence[tuple[UUID | str, int]], one: Callable[[UUID | str, int], int | None]) -> list[Result]:
    if len(items) > MOST_AT_ONCE:
        raise Invalid({}, f"At most {MOST_AT_ONCE:,} rows at once.")
    results = []
    for id, version in items:
        try:
            results.append(Result(id, True, "", one(id, version)))
        except Invalid as error:
            results.append(Result(id, False, " ".join(error.fields.values()) or error.message))
        except AppError as error:
            results.append(Result(id, False, error.message))
    return results


def _once(
    actor: Actor, entity: type[E], verb: str, operation: UUID | None, payload: Any, work: Callable[[Session], E]
) -> E:
    """Run the work in one transaction; with an operation id, only the first time it is sent."""
    with transaction(actor, operation=operation) as session:
        if operation is None:
            return work(session)
        done = operations.claim(session, actor, operation, operations.fingerprint(verb, entity.entity, payload))
        if done is not None:
            return access.get(actor, entity, str(done.get("id")))
        record = work(session)
        operations.finish(session, operation, {"id": record.id, "version": record.version})
        return record


def _writable(actor: Actor, entity: type[Entity]) -> None:
    if not entity.screen.writable and not actor.access.unlimited:
        raise NotSupported(entity=entity.entity.replace("_", " "))


def _fill(
    actor: Actor, session: Session, record: Entity, given: Mapping[str, Any], *, creating: bool
) -> dict[str, str]:
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
        if isinstance(target.scope, Headquarters) and target.scope.readable:
            if not session.scalar(sa.text(f"SELECT true FROM {target.scope.view} WHERE id = :id"), {"id": value}):
                raise NotFound()
        else:
            # Flushing half a record for this look-up would let the database complain first.
            with session.no_autoflush:
                access.get(actor, target, value)
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


def is_open(record: Entity) -> bool:
    """Do people still edit it? Only a document that has gone on, or is the line of one, is closed."""
    found = document_of(type(record))
    if found is None or not found[0].open_in:
        return True
    entity, link = found
    if link != "id":
        record = getattr(record, link[:-3])
    return record is None or getattr(record, entity.screen.state) in entity.open_in


def _still_open(session: Session, record: Entity) -> None:
    """A document that has gone on, and its lines, are no longer edited: what was sent or booked stays what it was."""
    found = document_of(type(record))
    if found is None or not found[0].open_in:
        return
    entity, link = found
    state = columns_of(entity)[entity.screen.state]
    with session.no_autoflush:
        # Held so that no step is taken between this look and our commit.
        held = sa.select(state, entity.__table__.c.id).where(entity.__table__.c.id == getattr(record, link))
        row = session.execute(held.with_for_update(read=True)).first()
    if row is not None and row[0] not in entity.open_in:
        label = next(choice.label for choice in state.info["column"].choices if choice.value == row[0])
        raise Closed(title=f"This {label_of(entity).lower()}", state=label.lower())


def _save(session: Session, record: Entity) -> None:
    with refusals.explaining(type(record)):
        session.add(record)
        session.flush()


def _parts(entity: type[Entity]) -> list[tuple[type[Entity], str]]:
    return [
        (child, link)
        for child, link in children_of(entity)
        if isinstance(child.scope, Via) and child.scope.part and child.scope.target == entity.__name__
    ]


def _write_lines(actor: Actor, session: Session, record: Entity, grids: Grids) -> None:
    """Write the grids' lines; every problem of every line is collected before anything is said."""
    links = {
        child.entity: (child, link)
        for child, link in children_of(type(record))
        if child.__name__ in type(record).screen.children
    }
    problems: dict[str, str] = {}
    for name, lines in grids.items():
        if name not in links:
            raise Invalid({name: "This can't be set here."})
        if len(lines) > MOST_AT_ONCE:
            raise Invalid({name: f"At most {MOST_AT_ONCE:,} lines."})
        child, link = links[name]
        for index, line in enumerate(lines):
            try:
                _write_line(actor, session, child, link, record, line)
            except Invalid as error:
                problems |= {
                    f"{name}.{index}.{column}": text for column, text in (error.fields or {"": error.message}).items()
                }
                if session.in_transaction() and not session.is_active:
                    break  # the database refused this line: the transaction is over, the rest can't be looked at
    if problems:
        raise Invalid(problems)


def _write_line(actor: Actor, session: Session, child: type[Entity], link: str, parent: Entity, line: Line) -> None:
    if line.id is None:
        if line.remove:
            return
        access.require(actor, child, "create")
        made = child(id=uuid7(), **{link: parent.id})
        _fill_line(actor, session, made, link, line, creating=True)
        return
    verb = "delete" if line.remove else "change"
    found = access.get(actor, child, line.id, to=verb, lock=True)
    if getattr(found, link) != parent.id:
        raise NotFound()
    if found.version != line.version:
        raise _conflict(actor, session, found, line.values, line.version or 0)
    if line.remove:
        with refusals.explaining(child):
            session.delete(found)
            session.flush()
        return
    _fill_line(actor, session, found, link, line, creating=False)


def _fill_line(actor: Actor, session: Session, record: Entity, link: str, line: Line, *, creating: bool) -> None:
    given = {name: value for name, value in line.values.items() if name != link}
    problems = _fill(actor, session, record, given, creating=creating)
    if problems:
        if not creating:
            session.expire(record)
        raise Invalid(problems)
    _save(session, record)


def _conflict(actor: Actor, session: Session, record: Entity, given: Mapping[str, Any], expected: int) -> Conflict:
    """Who changed what since, as far as the person may see it, and both sides of the fields they wanted to write."""
    entity = type(record)
    columns, visible = columns_of(entity), set(access.visible(actor, entity))
    history = [
        (found, by)
        for found, by in changes.of_record(session, entity.entity, record.id, after_version=expected)
        if found.op == "update"
    ]
    told, base = [], {}
    for found, by in history:
        for name, (old, new) in found.diff.items():
            if name in visible:
                label = column_label(name, columns[name].info["column"])
                told.append(FieldChange(name, label, old, new, by, found.at.isoformat()))
                base[name] = old  # newest first, so the oldest of them stays: what the person started from
    theirs = {name: getattr(record, name) for name in given if name in visible}
    mine = {name: value for name, value in given.items() if name in visible}
    started = {name: base.get(name, theirs.get(name)) for name in given if name in visible}
    return Conflict(started, mine, theirs, record.version, tuple(told))
