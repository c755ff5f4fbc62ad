"""What the database refuses, said to a person: which field, and what to do; never SQL."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager

import psycopg.errors as pg
from sqlalchemy.exc import DBAPIError

from app.core.entity import Entity, column_label, columns_of, entities, label_of, plural_of
from app.core.errors import AppError, BadRequest, Forbidden, InUse, Invalid


def explain(error: DBAPIError, entity: type[Entity]) -> AppError | None:
    """The error a person can act on, or `None` when this is a fault of ours and must be seen as one."""
    cause = error.orig
    if not isinstance(cause, pg.Error):
        return None
    if isinstance(cause, pg.UniqueViolation):
        return _taken(cause)
    if isinstance(cause, pg.ForeignKeyViolation):
        return _pointing(cause, entity)
    if isinstance(cause, pg.NotNullViolation):
        return Invalid({cause.diag.column_name or "": "Please fill this in."})
    if isinstance(cause, pg.CheckViolation):
        return _check(cause)
    if isinstance(cause, pg.ExclusionViolation):
        return Invalid({}, "That overlaps with another one at the same time.")
    if isinstance(cause, pg.InsufficientPrivilege):
        return Forbidden()
    if isinstance(
        cause,
        pg.NumericValueOutOfRange
        | pg.StringDataRightTruncation
        | pg.DatetimeFieldOverflow
        | pg.UntranslatableCharacter
        | pg.CharacterNotInRepertoire,
    ):
        return BadRequest("A value does not fit its field.")
    return None


@contextmanager
def explaining(entity: type[Entity]) -> Iterator[None]:
    """Turns what the database refuses inside the block into a sentence at the field."""
    try:
        yield
    except DBAPIError as error:
        explained = explain(error, entity)
        if explained is None:
            raise
        raise explained from error


def _table_named(name: str | None) -> type[Entity] | None:
    return next((cls for cls in entities() if cls.__tablename__ == name), None)


def _taken(cause: pg.Error) -> Invalid:
    """The same answer whether the other record is the person's to see or not."""
    cls = _table_named(cause.diag.table_name)
    if cls is None:
        return Invalid({}, "There is one like that already.")
    columns = _columns_in(cause.diag.constraint_name or "", cls)
    if not columns:
        return Invalid({}, "There is one like that already.")
    known = columns_of(cls)
    own = _own_words(cause.diag.constraint_name, cls)
    if own:
        return Invalid({columns[0]: own}, own)
    if len(columns) == 1:
        return Invalid({columns[0]: "This is taken already: it must be different for each one."})
    labels = " and ".join(column_label(name, known[name].info["column"]).lower() for name in columns)
    return Invalid({columns[0]: f"There is one with the same {labels} already."})


def _own_words(constraint: str | None, cls: type[Entity]) -> str | None:
    """What the declaration says of its own rule: `info={"refusal": …}` on the index or constraint."""
    for found in [*cls.__table__.constraints, *cls.__table__.indexes]:  # type: ignore[attr-defined]
        if found.name == constraint and "refusal" in found.info:
            return str(found.info["refusal"])
    return None


def _columns_in(constraint: str, cls: type[Entity]) -> list[str]:
    for found in [*cls.__table__.constraints, *cls.__table__.indexes]:  # type: ignore[attr-defined]
        if found.name == constraint and hasattr(found, "columns"):
            return [column.name for column in found.columns]
    rest = constraint.removeprefix(f"uq_{cls.__tablename__}_")
    return [name for name in columns_of(cls) if rest == name]


def _pointing(cause: pg.Error, entity: type[Entity]) -> AppError:
    there = _table_named(cause.diag.table_name)
    column = (cause.diag.constraint_name or "").removeprefix(f"fk_{cause.diag.table_name}_")
    if there is entity and "is not present" in (cause.diag.message_detail or ""):
        return Invalid({column: "This one does not exist any more: choose another."})
    if there is not None and "is not present" in (cause.diag.message_detail or ""):
        return Invalid({}, f"{label_of(there)}: something it points to does not exist any more.")
    children = plural_of(there).lower() if there else "other records"
    return InUse(entity=label_of(entity).lower(), children=children)


def _check(cause: pg.Error) -> Invalid:
    cls = _table_named(cause.diag.table_name)
    if cls is not None:
        rest = re.sub(
            r"_(known|positive|sensible)$",
            "",
            (cause.diag.constraint_name or "").removeprefix(f"ck_{cls.__tablename__}_"),
        )
        if rest in columns_of(cls):
            return Invalid({rest: "This value is not possible here."})
    return Invalid({}, "These values don't go together.")
