"""Records: create, change and remove any record of any entity; every door that writes one comes through here."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass
from typing import Any, Generic, TypeVar
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.orm import Session

from app.core import access, refusals
from app.core.actor import Actor
from app.core.db import transaction
from app.core.entity import Entity, parts_of
from app.core.errors import Conflict, Invalid, NotFound
from app.core.ids import uuid7
from app.core.merge import Meant
from app.services import approvals, entries, grid_lines, operations, sides
from app.services.grid_lines import Grids
from app.services.grid_lines import Line as Line
from app.services.sides import Clash, Notice

E = TypeVar("E", bound=Entity)


@dataclass(frozen=True)
class Saved(Generic[E]):
    """A changed record, and what colleagues' changes had to do with it; `changed` unless all of it was there already."""

    record: E
    notices: tuple[Notice, ...] = ()
    changed: bool = True


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
    entries.require_writable(actor, entity)
    access.require(actor, entity, "create")

    def work(session: Session) -> Saved[E]:
        record = entity(id=id or uuid7())
        problems = entries.fill(actor, session, record, given, creating=True)
        if problems:
            raise Invalid(problems)
        entries.require_open(session, record)
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
    meant: Meant = "edit",
    children: Grids | None = None,
    operation: UUID | None = None,
) -> Saved[E]:
    """Change what `given` names on a record, with the lines of its grids; what somebody else changed since is merged.

    expected_version   the version that the person was looking at
    base               what stood in the fields of `given` when they began, where whoever asks knows it; else the history
                       is asked. It is compared, and opens nothing.
    meant              whether they edited what they saw, or set many records to one value

    Raises `Conflict` when both sides changed the same field: nothing is written then; `Deleted` or `MovedAway` when the
    record went away since, as far as the person may know; `Invalid`, `Forbidden`, `NotFound`.
    """
    entries.require_writable(actor, entity)

    def work(session: Session) -> Saved[E]:
        record = _found(actor, session, entity, id, "change", expected_version)
        entries.require_open(session, record, None if children else given)
        clash, wanted, before = Clash(), dict(given), record.version
        if record.version != expected_version:
            happened = sides.since(actor, session, record, expected_version)
            wanted = sides.settle(record, given, happened, clash, base=base, meant=meant)
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
        return Saved(record, tuple(clash.notices), record.version != before or any(grids.values()))

    return _once(actor, entity, "change", operation, (str(id), dict(given), expected_version, children), work)


def remove(
    actor: Actor, entity: type[Entity], id: UUID | str, *, expected_version: int, operation: UUID | None = None
) -> None:
    """Delete a record with the lines that are a part of it; under an operation id that was used for it, it is done.

    Raises `Conflict` when it has changed since, `InUse` when other records point to it.
    """
    entries.require_writable(actor, entity)
    with transaction(actor, operation=operation) as session:
        if operation is not None:
            what = operations.fingerprint("remove", entity.entity, str(id), expected_version)
            if operations.claim(session, actor, operation, what) is not None:
                return
        record = _found(actor, session, entity, id, "delete", expected_version)
        if record.version != expected_version:
            happened = sides.since(actor, session, record, expected_version)
            raise Conflict({}, {}, {}, record.version, happened.told)
        entries.require_open(session, record)
        approvals.going(actor, record)
        with refusals.explaining(entity):
            for child, link in parts_of(entity):
                session.execute(sa.delete(child).where(child.__table__.c[link] == record.id))
            session.delete(record)
            session.flush()
        if operation is not None:
            operations.finish(session, operation, {})


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
            return Saved(access.get(actor, entity, str(done.get("id"))), told, done.get("changed", True))
        saved = work(session)
        notices = [asdict(notice) for notice in saved.notices]
        answer = {"id": saved.record.id, "version": saved.record.version, "notices": notices, "changed": saved.changed}
        operations.finish(session, operation, answer)
        return saved


def _found(actor: Actor, session: Session, entity: type[E], id: UUID | str, verb: str, version: int) -> E:
    """The record, locked; what went away after the version that the person saw is answered with how it went."""
    try:
        return access.get(actor, entity, id, to=verb, lock=True)
    except NotFound:
        raise sides.gone(actor, session, entity, id, version) from None
