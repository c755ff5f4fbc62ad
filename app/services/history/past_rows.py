"""The rows there were at a moment, as tables to read from: those untouched since, and those rebuilt out of the feed."""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import ARRAY, JSONB
from sqlalchemy.orm import Session
from sqlalchemy.sql.elements import ColumnElement
from sqlalchemy.sql.selectable import CTE, FromClause

from app.core import access, db, seen
from app.core.actor import Actor
from app.core.entity import Entity, class_named, columns_of
from app.core.rows import MAIN
from app.core.scope import Via
from app.services.feed import changes, days


@dataclass(frozen=True)
class Then:
    """The two kinds of rows there were: those that are untouched since, and those rebuilt."""

    untouched: FromClause
    untouched_where: tuple[ColumnElement[bool], ...]
    rebuilt: FromClause
    rebuilt_where: tuple[ColumnElement[bool], ...]


def then(
    actor: Actor, entity: type[Entity], moment: dt.datetime, *, ids: list[UUID] | None, columns: Collection[str]
) -> Then:
    """All rows there were, or those among `ids`, with just these columns of what is rebuilt."""
    wanted = sa.literal(ids, ARRAY(sa.Uuid())) if ids is not None else sa.null()
    at = sa.literal(moment, sa.DateTime(timezone=True))
    asked = sa.func.backroom.past_states(entity.entity, at, wanted, sa.literal(list(columns), ARRAY(sa.Text())))
    touched = (
        sa.select(asked.table_valued(sa.column("id", sa.Uuid()), sa.column("state", JSONB)).render_derived())
        .cte("touched")
        .prefix_with("MATERIALIZED", dialect="postgresql")
    )
    present = seen.source(actor, entity, MAIN)
    rebuilt = _read_back(entity, touched, columns)
    placed = [access.where(actor, entity, source) for source in (present, rebuilt)]
    elsewhere = _moved(entity, moment)
    # Where the actor may be is asked of the past; the location picked in the switcher narrows it.
    return Then(
        present,
        (present.c.id.not_in(sa.select(touched.c.id)), *_stayed(entity, present, elsewhere), *_placed(placed[0])),
        rebuilt,
        (*_stayed(entity, rebuilt, elsewhere), *_placed(placed[1])),
    )


def read(actor: Actor, entity: type[Entity], ids: Sequence[UUID], moment: dt.datetime) -> dict[UUID, dict[str, Any]]:
    """What the records among `ids` held, as far as they were the actor's to see then, and the columns are now.

    `updated_at` is `None` where only the feed knows it; see `date`.
    """
    with db.reading(actor) as session:
        source = _source(actor, entity, moment, list(ids))
        visible = [name for name in columns_of(entity) if name in access.visible(actor, entity)]
        wanted = [source.c[name] for name in visible if name in source.c]
        found = session.execute(sa.select(source.c.version, source.c.id, *wanted).where(source.c.id.in_(ids)))
        return {row["id"]: {name: row[name] for name in visible} for row in found.mappings()}


def _placed(condition: ColumnElement[bool] | None) -> list[ColumnElement[bool]]:
    return [] if condition is None else [condition]


def _read_back(entity: type[Entity], touched: CTE, named: Collection[str]) -> FromClause:
    """The rebuilt rows as a table: each stored value in its column's type."""
    columns = []
    for name, column in columns_of(entity).items():
        if name not in named:
            continue
        stored = touched.c.state[name]
        value = stored if isinstance(column.type, JSONB) else sa.cast(stored.astext, column.type)
        columns.append((touched.c.id if name == "id" else value).label(name))
    return sa.select(*columns).where(touched.c.state.is_not(None)).subquery(MAIN)


def _moved(entity: type[Entity], moment: dt.datetime) -> CTE | None:
    """Where rows are by their parent, the parents that were somewhere else then."""
    if not isinstance(entity.scope, Via):
        return None
    parent = class_named(entity.scope.target)
    if not parent.captured or not parent.scope.columns:
        return None
    moved = sa.func.backroom.moved_since(parent.entity, entity.entity, sa.literal(moment, sa.DateTime(timezone=True)))
    return (
        sa.select(moved.table_valued(sa.column("id", sa.Uuid()), sa.column("mine", sa.Boolean())).render_derived())
        .cte("moved")
        .prefix_with("MATERIALIZED", dialect="postgresql")
    )


def _stayed(entity: type[Entity], source: FromClause, moved: CTE | None) -> list[ColumnElement[bool]]:
    """Not below a parent that was not the actor's then."""
    if moved is None or not isinstance(entity.scope, Via):
        return []
    theirs = sa.select(moved.c.id).where(sa.not_(moved.c.mine))
    return [sa.or_(source.c[link].is_(None), source.c[link].not_in(theirs)) for link in entity.scope.links]


def _source(actor: Actor, entity: type[Entity], moment: dt.datetime, ids: list[UUID]) -> FromClause:
    """All rows there were among `ids`, as one table."""
    names = [name for name, column in columns_of(entity).items() if not column.info["column"].secret]
    there = then(actor, entity, moment, ids=ids, columns=names)
    parts = [
        sa.select(*(source.c[name] for name in names)).where(source.c.id.in_(ids), *where)
        for source, where in ((there.untouched, there.untouched_where), (there.rebuilt, there.rebuilt_where))
    ]
    return sa.union_all(*parts).subquery("then")


# --- when they had been changed last -----------------------------------------------------------------------------------

_LAST = (
    "SELECT record_id, max(at) FROM changes WHERE entity = :entity AND record_id = ANY (:ids) AND at <= :moment"
    " AND at >= '{since}' AND at < '{until}' GROUP BY record_id"
)


def date(session: Session, entity: type[Entity], read: Mapping[UUID, dict[str, Any]], moment: dt.datetime) -> None:
    """When rebuilt records had been changed last: the feed keeps that once, as the change's own time."""
    undated = {id: values for id, values in read.items() if "updated_at" in values and values["updated_at"] is None}
    for values in undated.values():
        if values.get("version") == 1:
            values["updated_at"] = values.get("created_at")
    missing = {id: values for id, values in undated.items() if values["updated_at"] is None}
    if not missing:
        return
    # Nothing happened to a record before it was made, and what is older than the history is not kept.
    first = min(values.get("created_at") or days.BEGINNING for values in missing.values())
    kept = changes.kept_since(dt.datetime.now(dt.UTC))
    for since, until in days.back(since=max(first, kept), until=moment):
        statement = sa.text(_LAST.format(since=since.isoformat(), until=until.isoformat()))
        for id, at in session.execute(statement, {"entity": entity.entity, "ids": list(missing), "moment": moment}):
            missing.pop(id)["updated_at"] = at
        if not missing:
            return
