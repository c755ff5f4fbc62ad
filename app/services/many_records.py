"""Many records at once: the same change or a deletion, each row for itself, with a result for each."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final
from uuid import UUID

from app.core.actor import Actor
from app.core.db import transaction
from app.core.entity import Entity
from app.core.errors import AppError, Conflict, Invalid
from app.services import records, sides

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
    """Make the same change on many records, each for itself: one result per row, in the given order."""

    def one(id: UUID | str, version: int) -> tuple[int, str]:
        with transaction(actor, operation=operation):
            saved = records.merge(actor, entity, id, given, expected_version=version)
            return saved.record.version, sides.sentence(saved.notices)

    return _each(items, one)


def remove(
    actor: Actor, entity: type[Entity], items: Sequence[tuple[UUID | str, int]], *, operation: UUID | None = None
) -> list[Result]:
    """Delete many records, each for itself: one result per row, in the given order."""

    def one(id: UUID | str, version: int) -> tuple[None, str]:
        records.remove(actor, entity, id, expected_version=version, operation=operation)
        return None, ""

    return _each(items, one)


def _each(
    items: Sequence[tuple[UUID | str, int]], one: Callable[[UUID | str, int], tuple[int | None, str]]
) -> list[Result]:
    if len(items) > MOST:
        raise Invalid({}, f"At most {MOST:,} rows at once.")
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
