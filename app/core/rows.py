"""Rows as screens show them: exactly the wanted columns and the names of linked records, in one statement."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.orm import Session
from sqlalchemy.sql.selectable import FromClause

from app.core import openness, titles
from app.core.entity import Entity, columns_of, label_of, named
from app.core.errors import NotFound
from app.core.openness import Open
from app.core.titles import Join, Sees

MAIN = "t"
"""The name of the entity's own table in every statement here: a scope's audience is written for it."""


@dataclass(frozen=True)
class Row:
    """One record as it is shown.

    values    the asked columns; a link's value is the id behind it
    labels    link or record column → title of the record behind it; absent when empty or not the reader's to see
    title     what the record itself is called
    audience  whom it concerns (see `scope`), when asked for
    still     the columns that people still edit; `None` for all
    part_of   of a line whose document's state decides that: the document's id
    """

    id: UUID
    version: int
    values: dict[str, Any] = field(default_factory=dict)
    labels: dict[str, str] = field(default_factory=dict)
    title: str = ""
    audience: frozenset[UUID] = frozenset()
    still: Open = None
    part_of: UUID | None = None


def by_ids(
    session: Session, entity: type[Entity], ids: Iterable[UUID], columns: Sequence[str], *, audience: bool = False
) -> dict[UUID, Row]:
    """The rows among `ids` that exist for the session's actor, in one query.

    columns   the wanted ones; those the actor may not see are left out, secrets always
    audience  read `Row.audience` too
    """
    wanted = list(dict.fromkeys(ids))
    if not wanted:
        return {}
    table = entity.__table__.alias(MAIN)
    reader = Reader(entity, table, columns, titles.seen_by(session.info.get("actor")), audience=audience)
    found = session.execute(reader.select().where(table.c.id == sa.any_(sa.literal(wanted, ARRAY(sa.Uuid())))))
    read = {row.id: row for row in map(reader.row, found.mappings())}
    for name in reader.columns:
        if columns_of(entity)[name].info["column"].kind == "record":
            _name_records(session, entity, name, read.values())
    return read


def _name_records(session: Session, entity: type[Entity], column: str, read: Iterable[Row]) -> None:
    """Label what `column` points to: records of any entity, so each entity's are asked for once."""
    beside, sees = kind_of(entity), titles.seen_by(session.info.get("actor"))
    wanted: dict[str, set[UUID]] = {}
    for row in read:
        about, id = row.values.get(beside or ""), row.values.get(column)
        if about and id:
            wanted.setdefault(about, set()).add(id)
    for about, ids in wanted.items():
        target = _known(about)
        if target is None or not sees(target):
            continue
        found = by_ids(session, target, ids, ())
        for row in read:
            if row.values.get(beside or "") == about and row.values.get(column) in found:
                row.labels[column] = found[row.values[column]].title


def kind_of(entity: type[Entity]) -> str | None:
    """The column that says of which entity the records are that another column points to."""
    return next((name for name, column in columns_of(entity).items() if column.info["column"].kind == "entity"), None)


def _known(name: str) -> type[Entity] | None:
    try:
        return named(name)
    except NotFound:  # of an entity that is gone, or one that SQL made up
        return None


def title_of(session: Session, entity: type[Entity], id: UUID) -> str:
    """What one record is called; empty when it does not exist for the session's actor."""
    row = by_ids(session, entity, [id], ()).get(id)
    return row.title if row else ""


class Reader:
    """Selects the wanted columns of `source`, which has the entity's columns, and turns what comes back into rows."""

    def __init__(
        self, entity: type[Entity], source: FromClause, columns: Collection[str], sees: Sees, *, audience: bool = False
    ) -> None:
        self.entity = entity
        self.source = source
        self.joins: list[Join] = []
        self.outputs: dict[str, Any] = {"id": source.c.id, "version": source.c.version}
        visible = sees(entity)
        self.columns = [name for name in dict.fromkeys(columns) if name in visible]
        beside = kind_of(entity)
        if (
            beside
            and beside in visible
            and any(columns_of(entity)[name].info["column"].kind == "record" for name in self.columns)
        ):
            self.columns = list(dict.fromkeys([*self.columns, beside]))
        self.links: list[str] = []
        for name in self.columns:
            self._read(name, sees)
        called = titles.title(entity, source, sees, path=f"{MAIN}_title")
        self._output("title", called)
        self._read_state()
        if audience:
            self.outputs["audience"] = sa.literal_column(f"({entity.scope.audience(MAIN)})", ARRAY(sa.Uuid()))

    def _read(self, name: str, sees: Sees) -> None:
        self.outputs[f"v_{name}"] = self.source.c[name]
        if columns_of(self.entity)[name].info["column"].kind == "link":
            called = titles.label(self.entity, name, self.source, sees)
            if called is not None:
                self.links.append(name)
                self._output(f"l_{name}", called)

    def _read_state(self) -> None:
        """How far the document is that decides what is still edited: the record itself, or the one it is a line of."""
        found = openness.governed_by(self.entity)
        if found is None:
            return
        document, link = found
        above: FromClause = self.source
        if link != "id":
            above = document.__table__.alias(f"{MAIN}_document")
            self.joins.append(Join(above, above.c.id == self.source.c[link]))
            self.outputs["part_of"] = self.source.c[link]
        self.outputs["state"] = above.c[openness.state_of(document).name]

    def _output(self, name: str, called: titles.Called) -> None:
        self.outputs[name] = called.text
        self.joins += called.joins

    def select(self, *more: sa.ColumnElement[Any]) -> sa.Select[Any]:
        """The statement; `more` joins what else the caller wants to read in it."""
        return sa.select(*(column.label(name) for name, column in self.outputs.items()), *more).select_from(
            self.frame(self.source)
        )

    def frame(self, base: Any) -> Any:
        """`base` with every joined table."""
        for join in self.joins:
            base = base.outerjoin(join.table, join.on)
        return base

    def row(self, found: Mapping[Any, Any]) -> Row:
        """One row of the result."""
        return Row(
            id=found["id"],
            version=found["version"],
            values={name: found[f"v_{name}"] for name in self.columns},
            labels={name: found[f"l_{name}"] or unnamed(name) for name in self.links if found[f"l_{name}"] is not None},
            title=found["title"] or untitled(self.entity, found["id"]),
            audience=frozenset(found["audience"] or ()) if "audience" in self.outputs else frozenset(),
            still=openness.columns(self.entity, found["state"]) if "state" in self.outputs else None,
            part_of=found["part_of"] if "part_of" in self.outputs else None,
        )


def unnamed(column: str) -> str:
    """How a linked record is called whose title is empty."""
    return f"({column.removesuffix('_id').replace('_', ' ')} without a name)"


def untitled(entity: type[Entity], id: UUID) -> str:
    """How a record is called whose own title is empty."""
    return f"{label_of(entity)} {str(id)[-6:]}"
