"""Looks up what the pump tells of: rows as the system sees them, with statements that are made once and kept."""

from __future__ import annotations

import functools
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol
from uuid import UUID

import sqlalchemy as sa
from psycopg.rows import dict_row
from sqlalchemy.dialects import postgresql
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.orm import Session

from app.core import db, rows, titles
from app.core.actor import Actor, system
from app.core.entity import Entity
from app.core.rows import MAIN, Row

SYSTEM = system("live updates")
"""Reads the rows; what leaves for whom is decided for each room."""

_NAMES = sa.text("SELECT id, name FROM people WHERE id = ANY (:ids)")


class Reader(Protocol):
    """How the pump looks things up; answers are as fresh as the database."""

    def rows(self, entity: type[Entity], ids: Collection[UUID], columns: Sequence[str]) -> Mapping[UUID, Row]:
        """The rows that exist among `ids`, each with its present audience."""

    def rows_for(
        self, actor: Actor, entity: type[Entity], ids: Collection[UUID], columns: Sequence[str]
    ) -> Mapping[UUID, Row]:
        """The rows that exist for the actor, named as the actor may know them."""

    def names(self, ids: Collection[UUID]) -> Mapping[UUID, str]:
        """Display names of users."""


@functools.lru_cache(maxsize=512)
def _prepared(entity: type[Entity], columns: tuple[str, ...]) -> tuple[rows.Reader, str, dict[str, Any]]:
    """How rows of an entity are read: as SQL text, with its parameters but for the ids.

    Composing and compiling the statement costs several times what PostgreSQL needs to answer it.
    """
    table = entity.__table__.alias(MAIN)
    reader = rows.Reader(entity, table, columns, titles.seen_by(SYSTEM), audience=True)
    wanted = sa.bindparam("wanted", type_=ARRAY(sa.Uuid()))
    dialect = postgresql.psycopg.dialect()  # type: ignore[no-untyped-call]
    compiled = (
        reader.select()
        .where(table.c.id == sa.any_(wanted))
        .compile(dialect=dialect, compile_kwargs={"render_postcompile": True})
    )
    return reader, str(compiled), compiled.params


@dataclass
class DatabaseReader:
    """Looks things up for the pump over one session, which is the system's."""

    session: Session
    _names: dict[UUID, str] = field(default_factory=dict)

    def rows(self, entity: type[Entity], ids: Collection[UUID], columns: Sequence[str]) -> Mapping[UUID, Row]:
        """The rows that exist among `ids`, each with its present audience."""
        if not ids:
            return {}
        reader, text, given = _prepared(entity, tuple(columns))
        parameters: dict[str, Any] = {**given, "wanted": list(ids)}
        driver = self.session.connection().connection.driver_connection
        with driver.cursor(row_factory=dict_row) as cursor:
            found = cursor.execute(text, parameters).fetchall()
        return {row.id: row for row in map(reader.row, found)}

    def rows_for(
        self, actor: Actor, entity: type[Entity], ids: Collection[UUID], columns: Sequence[str]
    ) -> Mapping[UUID, Row]:
        """The rows that exist for the actor, named as the actor may know them."""
        with db.reading(actor) as session:
            return rows.by_ids(session, entity, ids, columns)

    def names(self, ids: Collection[UUID]) -> Mapping[UUID, str]:
        """Display names of users, kept until somebody is renamed."""
        missing = [id for id in ids if id not in self._names]
        if missing:
            self._names.update({row.id: row.name for row in self.session.execute(_NAMES, {"ids": missing})})
        return self._names

    def forget_names(self) -> None:
        """A user changed: look names up again."""
        self._names.clear()
