"""Remains: what the feed kept of a deleted record, and bringing the record back from it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Generic, TypeVar
from uuid import UUID

import sqlalchemy as sa

from app.core import access, merge, openness
from app.core.actor import Actor
from app.core.db import transaction
from app.core.entity import Entity, columns_of, label_of
from app.core.errors import Invalid, SecretLost
from app.services import approvals, entries

E = TypeVar("E", bound=Entity)


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


def restore(actor: Actor, remains: Remains[E]) -> E:
    """Bring a deleted record back under its id, as it was; its version goes on from its deletion's.

    What the person could not have typed comes back as well: they choose nothing, and without it the record would not be
    what it was. Parts are brought back one by one, after the record.

    Raises `Invalid` where it no longer fits in, `SecretLost` where what it had to hold was never kept, `Closed` for a
    document that had gone on, `Forbidden`.
    """
    entity = remains.entity
    entries.require_writable(actor, entity)
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
                setattr(record, name, merge.read(column.info["column"], remains.row[name]))
        problems = entries.fill(actor, session, record, typed, creating=True)
        if problems:
            raise Invalid(problems)
        entries.require_open(session, record)
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
