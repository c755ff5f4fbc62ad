"""How the rows of a page are found: which conditions, in which order, along which index."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.sql.elements import ColumnElement
from sqlalchemy.sql.selectable import FromClause

from app.core import access, list_indexes, paging, search, seen, titles
from app.core.actor import Actor, Everywhere
from app.core.entity import Entity, class_named, columns_of
from app.core.filters import Filter
from app.core.paging import Key, Sort, Step
from app.core.query import Query
from app.core.rows import MAIN
from app.core.scope import At


def page_ids(actor: Actor, entity: type[Entity], query: Query, *, back: bool) -> FromClause:
    source = seen.source(actor, entity, MAIN)
    key = key_of(actor, entity, source, query.sort)
    limit = query.size + 1
    taken = paging.steps(query.sort, key, source.c.id, query.before if back else query.after, back=back)
    shape = _Shape(actor, entity, query, source, key, limit)
    parts = [part for number, step in enumerate(taken) for part in shape.parts(number, step)]
    if len(parts) == 1:
        return parts[0].subquery("ids")
    all_parts = sa.union_all(*(sa.select(part.subquery()) for part in parts)).subquery("parts")
    return sa.select(all_parts).order_by(*order_of(query.sort, all_parts, back=back)).limit(limit).subquery("ids")


def key_of(actor: Actor, entity: type[Entity], source: FromClause, sort: Sort) -> Key:
    return paging.key(entity, source, sort, titles.seen_by(actor), scoped=actor.database_role == seen.SCOPED)


@dataclass(frozen=True)
class _Shape:
    """How the ids of a page are looked for."""

    actor: Actor
    entity: type[Entity]
    query: Query
    source: FromClause
    key: Key
    limit: int

    def parts(self, number: int, step: Step) -> list[sa.Select[Any]]:
        """Statements of which each gives the first rows of its own; together they hold the step's first rows."""
        if not list_indexes.by_place(self.entity, self.query.sort.column):
            return [self._select(number, step, self._placed())]
        places = _places(self.actor, self.entity)
        if places is not None and len(places) < 2:
            return [self._select(number, step, self._placed())]
        found = [self._merged(number, step, places)]
        if places is None and columns_of(self.entity)[self._place().name].nullable:
            found.append(self._select(number, step, self._place().is_(None)))
        return found

    def _placed(self) -> ColumnElement[bool] | None:
        return access.where(self.actor, self.entity, self.source)

    def _place(self) -> Any:
        assert isinstance(self.entity.scope, At)
        return self.source.c[self.entity.scope.column]

    def _select(self, number: int, step: Step, placed: ColumnElement[bool] | None) -> sa.Select[Any]:
        base: Any = self.source
        for index, join in enumerate(() if step.empty and self.key.certain else self.key.joins):
            base = base.join(join.table, join.on, isouter=not (self.key.certain and index == 0))
        value = sa.null() if step.empty else self.key.value
        wanted = [*conditions(self.actor, self.entity, self.query, self.source), *paging.conditions(step, self.key)]
        if placed is not None:
            wanted.append(placed)
        return (
            sa.select(
                self.source.c.id.label("id"),
                sa.cast(value, self.key.type).label("sort_value"),
                sa.literal_column(str(number)).label("step"),
            )
            .select_from(base)
            .where(*wanted)
            .order_by(
                *step.order(
                    self.key.value if not (step.empty and self.key.certain and self.key.joins) else self.source.c.id,
                    self.source.c.id,
                    alone=self.key.alone,
                )
            )
            .limit(self.limit)
        )

    def _merged(self, number: int, step: Step, places: frozenset[UUID] | None) -> sa.Select[Any]:
        """The first rows of each location in turn, merged: each comes from the index on (location, sort value, id)."""
        place = _place_table(self.entity, places)
        each = self._select(number, step, self._place() == place.c.id).correlate(place).lateral("each")
        order = [each.c.sort_value, each.c.id]
        return (
            sa.select(each)
            .select_from(place.join(each, sa.true()))
            .order_by(*([c.desc() for c in order] if step.down else order))
            .limit(self.limit)
        )


def _place_table(entity: type[Entity], places: frozenset[UUID] | None) -> FromClause:
    if places is not None:
        return sa.select(
            sa.func.unnest(sa.cast(sa.literal(sorted(places), ARRAY(sa.Uuid())), ARRAY(sa.Uuid()))).label("id")
        ).subquery("place")
    assert isinstance(entity.scope, At)
    target = class_named(columns_of(entity)[entity.scope.column].info["column"].target)
    return sa.select(target.__table__.c.id).subquery("place")


def _places(actor: Actor, entity: type[Entity]) -> frozenset[UUID] | None:
    """The locations whose rows a list shows; `None` for all."""
    allowed = access.locations(actor, entity, "see")
    chosen = frozenset({actor.chosen}) if actor.chosen else None
    if isinstance(allowed, Everywhere):
        return chosen
    return allowed if chosen is None else allowed & chosen


def order_of(sort: Sort, ids: FromClause, *, back: bool) -> list[ColumnElement[Any]]:
    down = sort.descending != back
    return [ids.c.step, ids.c.sort_value.desc(), ids.c.id.desc()] if down else [ids.c.step, ids.c.sort_value, ids.c.id]


def conditions(actor: Actor, entity: type[Entity], query: Query, source: FromClause) -> list[ColumnElement[bool]]:
    """What search and filters demand of a row of `source`."""
    found = []
    if query.search:
        found.append(search.condition(entity, source, query.search.split(), titles.seen_by(actor)))
    if query.groups:
        found.append(
            sa.or_(*(sa.and_(*(_condition(entity, item, source) for item in group)) for group in query.groups))
        )
    return found


def _condition(entity: type[Entity], item: Filter, source: FromClause) -> ColumnElement[bool]:
    return item.condition(source.c[item.column], columns_of(entity)[item.column].info["column"])
