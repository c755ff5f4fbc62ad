"""Many records at once: the same change or a deletion, each row for itself, with a result for each."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any, Final
from uuid import UUID, uuid5

from app.core.actor import Actor
from app.core.db import transaction
from app.core.entity import Entity
from app.core.errors import AppError, Conflict, Invalid
from app.services import operations, records, sides

MOST: Final = 1_000
"""Rows that one bulk edit may hold."""


@dataclass(frozen=True)
class Result:
    """What became of one row of a bulk edit: `message` says what was merged, or why it was refused."""

    id: UUID | str
    ok: bool
    message: str = ""
    version: int | None = None
    conflict: Conflict | None = None


def change(
    actor: Actor,
    entity: type[Entity],
    items: Sequence[tuple[UUID | str, int]],
    given: Mapping[str, Any],
    *,
    operation: UUID | None = None,
) -> list[Result]:
    """Set the same values on many records, each for itself: one result per row, in the given order.

    operation   id of the whole: sent again, what was done is not done twice and has the result of the first time, what
                was refused is tried anew. The feed tells all rows under it

    Raises `OperationReused` when the id was used for something else, or by someone else.
    """

    def one(id: UUID | str, version: int) -> _Done:
        saved = records.merge(actor, entity, id, given, expected_version=version, meant="set")
        return _Done(sides.sentence(saved.notices), saved.record.version)

    return _each(actor, items, one, operation, ("change many", entity.entity, dict(given)))


def remove(
    actor: Actor, entity: type[Entity], items: Sequence[tuple[UUID | str, int]], *, operation: UUID | None = None
) -> list[Result]:
    """Delete many records, each for itself: one result per row, in the given order; `operation` as in `change`."""

    def one(id: UUID | str, version: int) -> _Done:
        records.remove(actor, entity, id, expected_version=version)
        return _Done()

    return _each(actor, items, one, operation, ("remove many", entity.entity))


@dataclass(frozen=True)
class _Done:
    """What is kept of a row that was done, to be told again."""

    said: str = ""
    version: int | None = None


_One = Callable[[UUID | str, int], _Done]


def _each(
    actor: Actor,
    items: Sequence[tuple[UUID | str, int]],
    one: _One,
    operation: UUID | None,
    facts: tuple[Any, ...],
) -> list[Result]:
    if len(items) > MOST:
        raise Invalid({}, f"At most {MOST:,} rows at once.")
    if operation is not None:
        # Nobody's rows get under somebody else's operation, and no others under this one.
        with transaction(actor) as session:
            operations.take(session, actor, operation, operations.fingerprint(*facts, items))
    results = []
    for id, version in items:
        try:
            done = _once(actor, id, version, one, operation, facts)
            results.append(Result(id, True, done.said, done.version))
        except Conflict as error:
            results.append(Result(id, False, error.message, error.version, error))
        except Invalid as error:
            results.append(Result(id, False, " ".join(error.fields.values()) or error.message))
        except AppError as error:
            results.append(Result(id, False, error.message))
    return results


def _once(
    actor: Actor, id: UUID | str, version: int, one: _One, operation: UUID | None, facts: tuple[Any, ...]
) -> _Done:
    """One row in its own transaction, under an id that is made of the whole's and its own."""
    with transaction(actor, operation=operation) as session:
        if operation is None:
            return one(id, version)
        row = uuid5(operation, str(id))
        known = operations.claim(session, actor, row, operations.fingerprint(*facts, version))
        if known is not None:
            return _Done(**known)
        done = one(id, version)
        operations.finish(session, row, asdict(done))
        return done
