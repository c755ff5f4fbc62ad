"""How the rows of a page are found: which conditions, in which order, along which index.

PostgreSQL guesses badly how many rows hold a piece of text, and a wrong guess costs seconds in a large table. So a
list that is searched or filtered is first walked in its own order for a bounded number of rows. What is common
fills the page on the way; what is rare does not, and then all of it is gathered by its own index and sorted.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.orm import Session
from sqlalchemy.sql.elements import ColumnElement
from sqlalchemy.sql.selectable import FromClause

from app.core import access, list_indexes, paging, search, seen, titles
from app.core.actor import Actor, Everywhere
from app.core.entity import Entity, columns_of
from app.core.filters import Filter
from app.core.paging import Cursor, Key, Sort, Step
from app.core.query import Query
from app.core.rows import MAIN
from app.core.scope import At

WALKED = 5_000
"""Rows of a list that are looked through before its matches are called rare."""

MOST_BRANCHES = 12
"""Locations that are merged one by one; for more, the index without a location serves better."""


@dataclass(frozen=True)
class Found:
    """The places of a page's rows in the list's order.

    more     there are further rows in the direction of the walk
    matches  how many rows match in all, where that came to light
    share    else about which share of the rows looked at matched
    """

    places: tuple[Cursor, ...]
    more: bool
    matches: int | None = None
    share: float | None = None


def find(session: Session, actor: Actor, entity: type[Entity], query: Query, *, back: bool) -> Found:
    """The rows of one page, in as few and as cheap statements as that takes."""
    source = seen.source(actor, entity, MAIN)
    way = Way(actor, entity, query, source, key_of(actor, entity, source, query.sort), back)
    if not (query.search or query.groups):
        return way.straight(session)
    if query.sort.column in list_indexes.columns(entity):
        walked = session.execute(way.walk()).all()
        if len(walked) > query.size:
            return way.found(walked, share=len(walked) / walked[-1].position)
    else:
        share = session.scalar(way.probe()) or 0.0
        if share * WALKED > query.size:
            return way.straight(session, matching=True, share=share)
    return way.gather(session)


def key_of(actor: Actor, entity: type[Entity], source: FromClause, sort: Sort) -> Key:
    """The sort value for what the actor sees."""
    return paging.key(entity, source, sort, titles.seen_by(actor), scoped=actor.database_role == seen.SCOPED)


@dataclass(frozen=True)
class Way:
    """The ways to a page's rows."""

    actor: Actor
    entity: type[Entity]
    query: Query
    source: FromClause
    key: Key
    back: bool

    @property
    def start(self) -> Cursor | None:
        return self.query.before if self.back else self.query.after

    @property
    def placed(self) -> list[ColumnElement[bool]]:
        condition = access.where(self.actor, self.entity, self.source)
        return [] if condition is None else [condition]

    def found(self, rows: Sequence[Any], *, matches: int | None = None, share: float | None = None) -> Found:
        """What a statement gave, in the list's order."""
        places = [Cursor(row.sort_value, row.id) for row in rows[: self.query.size]]
        if self.back:
            places.reverse()
        return Found(tuple(places), len(rows) > self.query.size, matches, share)

    @property
    def steps(self) -> list[Step]:
        return paging.steps(self.query.sort, self.key, self.source.c.id, self.start, back=self.back)

    def straight(self, session: Session, *, matching: bool = False, share: float | None = None) -> Found:
        """The page's rows in the list's order; `matching` leaves it to the planner how to find those that do."""
        wanted = conditions(self.actor, self.entity, self.query, self.source) if matching else []
        rows: list[Any] = []
        for step in self.steps:
            if len(rows) <= self.query.size:
                rows += session.execute(self._ordered(step, self.query.size + 1 - len(rows), wanted=wanted)).all()
        return self.found(rows, share=share)

    def walk(self) -> sa.Select[Any]:
        """Those that match among the next few thousand rows."""
        step = self.steps[0]
        passed = self._ordered(step, WALKED, columns=self._looked_at()).subquery("passed")
        numbered = sa.select(passed, sa.func.row_number().over().label("position")).subquery(MAIN)
        wanted = conditions(self.actor, self.entity, self.query, numbered)
        return (
            sa.select(numbered.c.id, numbered.c.sort_value, numbered.c.position)
            .where(*wanted)
            .order_by(*step.order(numbered.c.sort_value, numbered.c.id))
            .limit(self.query.size + 1)
        )

    def probe(self) -> sa.Select[Any]:
        """Which share of a few thousand rows match, for an order that no index knows."""
        names = self._looked_at()
        some = sa.select(*(self.source.c[name] for name in names)).where(*self.placed).limit(WALKED).subquery(MAIN)
        wanted = sa.and_(sa.true(), *conditions(self.actor, self.entity, self.query, some))
        return sa.select(
            sa.cast(sa.func.count().filter(wanted), sa.Float()) / sa.func.greatest(sa.func.count(), 1)
        ).select_from(some)

    def gather(self, session: Session) -> Found:
        """All rows that match, then the page out of them: there are not many."""
        wanted = conditions(self.actor, self.entity, self.query, self.source, indexed=True)
        every = (
            sa.select(self.source.c.id.label("id"), sa.cast(self.key.value, self.key.type).label("sort_value"))
            .select_from(_joined(self.source, self.key, certain=False))
            .where(*wanted, *self.placed)
            .cte("matching")
            .prefix_with("MATERIALIZED", dialect="postgresql")
        )
        key = Key(every.c.sort_value, self.key.type, True, every.c.sort_value.is_(None), alone=self.key.alone)
        total = sa.select(sa.func.count()).select_from(every).scalar_subquery()
        steps = paging.steps(self.query.sort, key, every.c.id, self.start, back=self.back)
        inside = sa.or_(*(sa.and_(sa.true(), *paging.conditions(step, key)) for step in steps))
        empty_first = sa.case((every.c.sort_value.is_(None), 0 if self.back else 1), else_=1 if self.back else 0)
        down = self.query.sort.descending != self.back
        order = [every.c.sort_value.desc(), every.c.id.desc()] if down else [every.c.sort_value, every.c.id]
        page = sa.select(every.c.id, every.c.sort_value, total.label("total")).where(inside)
        statement = page.order_by(empty_first, *order).limit(self.query.size + 1)
        with _along_indexes(session, any(search.helps(self.entity, self.query.search, self.query.groups))):
            rows = session.execute(statement).all()
        return self.found(rows, matches=rows[0].total if rows else 0 if self.start is None else None)

    def _looked_at(self) -> list[str]:
        """The columns that search and filters read."""
        names = [*search.columns(self.entity), *search.links(self.entity)] if self.query.search else []
        names += [item.column for group in self.query.groups for item in group]
        return list(dict.fromkeys(names)) or ["id"]

    def _ordered(
        self, step: Step, limit: int, *, columns: Sequence[str] = (), wanted: Sequence[ColumnElement[bool]] = ()
    ) -> sa.Select[Any]:
        """The next rows of a step in the list's order: id, sort value and `columns`."""
        parts = [self._part(step, place, limit, columns, wanted) for place in self._branches()]
        if len(parts) == 1:
            return parts[0]
        merged = sa.union_all(*(sa.select(part.subquery()) for part in parts)).subquery("parts")
        found: sa.Select[Any] = sa.select(merged)
        return found.order_by(*step.order(merged.c.sort_value, merged.c.id)).limit(limit)

    def _branches(self) -> list[list[ColumnElement[bool]]]:
        """Conditions on the place, one per branch to be merged.

        PostgreSQL merges branches lazily: of each location's stretch of the index on (location, sort value, id) it
        reads only as far as the page needs.
        """
        places = _places(self.actor, self.entity)
        scope = self.entity.scope
        indexed = list_indexes.by_place(self.entity, self.query.sort.column)
        if isinstance(scope, At) and indexed and places and len(places) <= MOST_BRANCHES:
            return [[self.source.c[scope.column] == place] for place in sorted(places)]
        return [self.placed]

    def _part(
        self,
        step: Step,
        placed: Sequence[ColumnElement[bool]],
        limit: int,
        columns: Sequence[str],
        wanted: Sequence[ColumnElement[bool]],
    ) -> sa.Select[Any]:
        """One step along one branch."""
        unlinked = step.empty and self.key.certain
        base = self.source if unlinked else _joined(self.source, self.key, certain=self.key.certain)
        id = self.source.c.id
        value = sa.null() if step.empty else self.key.value
        # Rows without a value are still read in the index's order, which names it; without a link there is none to name.
        order = step.order(id if unlinked else self.key.value, id, alone=self.key.alone or unlinked)
        return (
            sa.select(
                id.label("id"),
                sa.cast(value, self.key.type).label("sort_value"),
                *(self.source.c[name] for name in columns if name != "id"),
            )
            .select_from(base)
            .where(*wanted, *placed, *paging.conditions(step, self.key))
            .order_by(*order)
            .limit(limit)
        )


def _joined(source: FromClause, key: Key, *, certain: bool) -> Any:
    base: Any = source
    for index, join in enumerate(key.joins):
        base = base.join(join.table, join.on, isouter=not (certain and index == 0))
    return base


@contextmanager
def _along_indexes(session: Session, wanted: bool) -> Iterator[None]:
    """Within it, PostgreSQL reads no table as a whole where an index serves: it takes rare texts for common ones."""
    if wanted:
        session.execute(_WHOLE_TABLES, {"state": "off"})
    yield
    if wanted:
        session.execute(_WHOLE_TABLES, {"state": "on"})


_WHOLE_TABLES = sa.text("SELECT set_config('enable_seqscan', :state, true)")


def _places(actor: Actor, entity: type[Entity]) -> frozenset[UUID] | None:
    """The locations whose rows a list shows; `None` for all."""
    allowed = access.locations(actor, entity, "see")
    chosen = frozenset({actor.chosen}) if actor.chosen else None
    if isinstance(allowed, Everywhere):
        return chosen
    return allowed if chosen is None else allowed & chosen


def conditions(
    actor: Actor, entity: type[Entity], query: Query, source: FromClause, *, indexed: bool = False
) -> list[ColumnElement[bool]]:
    """What search and filters demand of a row of `source`; `indexed` says it so that the trigram index serves filters too."""
    found = []
    if query.search:
        found.append(search.condition(entity, source, query.search.split(), titles.seen_by(actor)))
    if query.groups:
        ways = (sa.and_(*(_condition(entity, item, source, indexed) for item in group)) for group in query.groups)
        found.append(sa.or_(*ways))
    return found


def _condition(entity: type[Entity], item: Filter, source: FromClause, indexed: bool) -> ColumnElement[bool]:
    found = item.condition(source.c[item.column], columns_of(entity)[item.column].info["column"])
    helped = search.narrowed(entity, source, item) if indexed else None
    return found if helped is None else sa.and_(helped, found)
