"""Records: create, change, remove and restore any record of any entity; every door that writes one comes through here."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any, Generic, TypeVar
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.orm import Session

from app.core import access, openness, refusals
from app.core import merge as merging
from app.core.actor import Actor
from app.core.db import transaction
from app.core.entity import Entity, children_of, columns_of, label_of
from app.core.errors import AppError, Conflict, Invalid, NotFound, NotSupported, SecretLost
from app.core.ids import uuid7
from app.core.scope import Via
from app.services import approvals, entries, grid_lines, operations, sides
from app.services.grid_lines import Grids
from app.services.grid_lines import Line as Line
from app.services.sides import Clash, Notice

E = TypeVar("E", bound=Entity)

MOST_AT_ONCE = 1_000
"""Rows that one bulk edit may hold."""


@dataclass(frozen=True)
class Result:
    """What became of one row of a bulk edit: `message` says what was merged, or why it was refused."""

    id: UUID | str
    ok: bool
    message: str = ""
    version: int | None = None
    conflict: Conflict | None = None


@dataclass(frozen=True)
class Remains(Generic[E]):
    """What the feed kept of a deleted record.

    row      column → value; secrets are not in it
    version  the one that its deletion was recorded as
    """

    entity: type[E]
    id: UUID
    row: Mapping[str, Any]
    version: int


@dataclass(frozen=True)
class Saved(Generic[E]):
    """A changed record, and what colleagues' changes had to do with it."""

    record: E
    notices: tuple[Notice, ...] = ()


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

    def work(session: Session) -> Saved[E]:
        record = entity(id=id or uuid7())
        problems = entries.fill(actor, session, record, given, creating=True)
        if problems:
            raise Invalid(problems)
        _still_open(session, record)
        entries.save(session, record)
        grid_lines.write(actor, session, record, children or {})
        approvals.made(actor, record)
        return Saved(record)

    return _once(actor, entity, "create", operation, (dict(given), children), work).record


def change(
    actor: Actor,
    entity: type[E],
    id: UUID | str,
    given: Mapping[str, Any],
    *,
    expected_version: int,
    base: Mapping[str, Any] | None = None,
    children: Grids | None = None,
    operation: UUID | None = None,
) -> E:
    """Change what `given` names on a record, with the lines of its grids, and return it.

    As `merge`, for those who need not know what was merged.
    """
    return merge(
        actor, entity, id, given, expected_version=expected_version, base=base, children=children, operation=operation
    ).record


def merge(
    actor: Actor,
    entity: type[E],
    id: UUID | str,
    given: Mapping[str, Any],
    *,
    expected_version: int,
    base: Mapping[str, Any] | None = None,
    children: Grids | None = None,
    operation: UUID | None = None,
) -> Saved[E]:
    """Change what `given` names on a record, with the lines of its grids; what somebody else changed since is merged.

    expected_version   the version that the person was looking at
    base               what stood in the fields of `given` when they began, where whoever asks knows it; else the history
                       is asked. It is compared, and opens nothing.

    Raises `Conflict` when both sides changed the same field: nothing is written then; `Deleted` or `MovedAway` when the
    record went away since, as far as the person may know; `Invalid`, `Forbidden`, `NotFound`.
    """
    _writable(actor, entity)

    def work(session: Session) -> Saved[E]:
        record = _found(actor, session, entity, id, "change", expected_version)
        _still_open(session, record, None if children else given)
        clash, wanted = Clash(), dict(given)
        if record.version != expected_version:
            happened = sides.since(actor, session, record, expected_version)
            wanted = sides.settle(record, given, happened, clash, base=base)
        else:
            clash.typed |= wanted
        grids = grid_lines.settle(actor, session, record, children or {}, clash)
        if clash.theirs:
            raise clash.error(record.version)
        problems = entries.fill(actor, session, record, wanted, creating=False)
        if problems:
            raise Invalid(problems)
        entries.save(session, record)
        grid_lines.write(actor, session, record, grids)
        return Saved(record, tuple(clash.notices))

    return _once(actor, entity, "change", operation, (str(id), dict(given), expected_version, children), work)


def remove(
    actor: Actor, entity: type[Entity], id: UUID | str, *, expected_version: int, operation: UUID | None = None
) -> None:
    """Delete a record with the lines that are a part of it.

    Raises `Conflict` when it has changed since, `InUse` when other records point to it.
    """
    _writable(actor, entity)
    with transaction(actor, operation=operation) as session:
        record = _found(actor, session, entity, id, "delete", expected_version)
        if record.version != expected_version:
            happened = sides.since(actor, session, record, expected_version)
            raise Conflict({}, {}, {}, record.version, happened.told)
        _still_open(session, record)
        approvals.going(actor, record)
        with refusals.explaining(entity):
            for child, link in _parts(entity):
                session.execute(sa.delete(child).where(child.__table__.c[link] == record.id))
            session.delete(record)
            session.flush()


def restore(actor: Actor, remains: Remains[E]) -> E:
    """Bring a deleted record back under its id, as it was; its version goes on from its deletion's.

    What the person could not have typed comes back as well: they choose nothing, and without it the record would not be
    what it was. Parts are brought back one by one, after the record.

    Raises `Invalid` where it no longer fits in, `SecretLost` where what it had to hold was never kept, `Closed` for a
    document that had gone on, `Forbidden`.
    """
    entity = remains.entity
    _writable(actor, entity)
    access.require(actor, entity, "create")
    may_come_back(remains)
    with transaction(actor) as session:
        record = entity(id=remains.id)
        record.version = remains.version + 1
        typed = {}
        for name, column in columns_of(entity).items():
            if name not in remains.row or column.computed is not None or name in ("id", "version", "updated_at"):
                continue
            if name in access.changeable(actor, entity):
                typed[name] = remains.row[name]
            else:
                setattr(record, name, merging.read(column.info["column"], remains.row[name]))
        problems = entries.fill(actor, session, record, typed, creating=True)
        if problems:
            raise Invalid(problems)
        _still_open(session, record)
        for name, column in columns_of(entity).items():
            empty = column.computed is None and name in remains.row and remains.row[name] is None
            if empty and (column.server_default or column.default):
                setattr(record, name, sa.null())  # left empty, the column's default would fill it
        entries.save(session, record)
        approvals.made(actor, record)
    return record


def may_come_back(remains: Remains[E]) -> None:
    """Raise `SecretLost` or `Closed` where no person could make such a record by hand, whoever they are."""
    entity = remains.entity
    for column in columns_of(entity).values():
        if column.info["column"].secret and not column.nullable and column.server_default is None:
            raise SecretLost(title=f"This {label_of(entity).lower()}")
    found = openness.governed_by(entity)
    if found is not None and found[1] == "id":
        state = remains.row.get(openness.state_of(found[0]).name)
        if openness.columns(entity, state) is not None:
            raise openness.refusal(entity, str(state))


def change_many(
    actor: Actor,
    entity: type[Entity],
    items: Sequence[tuple[UUID | str, int]],
    given: Mapping[str, Any],
    *,
    operation: UUID | None = None,
) -> list[Result]:
    """Make the same change on many records, each for itself: one result per row, in the given order."""

    def one(id: UUID | str, version: int) -> tuple[int, str]:
        with transaction(actor, operation=operation):
            saved = merge(actor, entity, id, given, expected_version=version)
            return saved.record.version, sides.sentence(saved.notices)

    return _each(items, one)


def remove_many(
    actor: Actor, entity: type[Entity], items: Sequence[tuple[UUID | str, int]], *, operation: UUID | None = None
) -> list[Result]:
    """Delete many records, each for itself: one result per row, in the given order."""

    def one(id: UUID | str, version: int) -> tuple[None, str]:
        remove(actor, entity, id, expected_version=version, operation=operation)
        return None, ""

    return _each(items, one)


def _each(
    items: Sequence[tuple[UUID | str, int]], one: Callable[[UUID | str, int], tuple[int | None, str]]
) -> list[Result]:
    if len(items) > MOST_AT_ONCE:
        raise Invalid({}, f"At most {MOST_AT_ONCE:,} rows at once.")
    results = []
    for id, version in items:
        try:
            now, said = one(id, version)
            results.append(Result(id, True, said, now))
        except Conflict as error:
            results.append(Result(id, False, error.message, error.version, error))
        except Invalid as error:
            results.append(Result(id, False, " ".join(error.fields.values()) or error.message))
        except AppError as error:
            results.append(Result(id, False, error.message))
    return results


def _once(
    actor: Actor,
    entity: type[E],
    verb: str,
    operation: UUID | None,
    payload: Any,
    work: Callable[[Session], Saved[E]],
) -> Saved[E]:
    """Run the work in one transaction; with an operation id, only the first time it is sent."""
    with transaction(actor, operation=operation) as session:
        if operation is None:
            return work(session)
        done = operations.claim(session, actor, operation, operations.fingerprint(verb, entity.entity, payload))
        if done is not None:
            told = tuple(Notice(**notice) for notice in done.get("notices", ()))
            return Saved(access.get(actor, entity, str(done.get("id"))), told)
        saved = work(session)
        notices = [asdict(notice) for notice in saved.notices]
        answer = {"id": saved.record.id, "version": saved.record.version, "notices": notices}
        operations.finish(session, operation, answer)
        return saved


def _found(actor: Actor, session: Session, entity: type[E], id: UUID | str, verb: str, version: int) -> E:
    """The record, locked; what went away after the version that the person saw is answered with how it went."""
    try:
        return access.get(actor, entity, id, to=verb, lock=True)
    except NotFound:
        raise sides.gone(actor, session, entity, id, version) from None


def _writable(actor: Actor, entity: type[Entity]) -> None:
    if not entity.screen.writable and not actor.access.unlimited:
        raise NotSupported(entity=entity.entity.replace("_", " "))


def _still_open(session: Session, record: Entity, names: Iterable[str] | None = None) -> None:
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


def _parts(entity: type[Entity]) -> list[tuple[type[Entity], str]]:
    return [
        (child, link)
        for child, link in children_of(entity)
        if isinstance(child.scope, Via) and child.scope.part and child.scope.target == entity.__name__
    ]
