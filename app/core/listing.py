"""A list: the page that answers a query, where a changed row stands in it, and the offers of a picker."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.sql.elements import ColumnElement
from sqlalchemy.sql.selectable import FromClause

from app.core import access, db, filters, paging, scan, search, seen, titles, totals
from app.core.actor import Actor
from app.core.entity import Entity
from app.core.errors import BadRequest
from app.core.list_indexes import ddl
from app.core.paging import Cursor
from app.core.query import (
    Query,
    available_columns,
    default_columns,
    default_sort,
    filterable,
    parse,
    searchable,
    sortable,
    sorted_by,
    url_args,
    without,
)
from app.core.rows import MAIN, Row, by_ids, untitled
from app.core.totals import Total

__all__ = [
    "Match",
    "Page",
    "Pick",
    "Query",
    "Total",
    "available_columns",
    "ddl",
    "default_columns",
    "default_sort",
    "filterable",
    "match",
    "page",
    "parse",
    "pick",
    "searchable",
    "sortable",
    "sorted_by",
    "url_args",
    "without",
]

MOST_IDS = 500
"""Rows asked about in one `match`."""

MOST_PICKS = 20


@dataclass(frozen=True)
class Page:
    """One page of a list.

    next, previous  cursors for `after=` and `before=`, `None` where nothing follows; also the page's bounds for `match`
    first           this is the first page
    """

    rows: tuple[Row, ...]
    next: str | None
    previous: str | None
    total: Total
    first: bool


@dataclass(frozen=True)
class Match:
    """Where a row stands now: `out` of the list, `before` or `after` the page, or `inside` it behind the row `follows`."""

    place: str
    follows: UUID | None = None


@dataclass(frozen=True)
class Pick:
    """One offer of a picker."""

    id: UUID
    title: str
    subtitle: str = ""


def page(actor: Actor, entity: type[Entity], query: Query) -> Page:
    """The rows of one page, what lies around it, and the total."""
    access.require(actor, entity, "see")
    back = query.before is not None or query.last
    with db.reading(actor) as session:
        found = scan.find(session, actor, entity, query, back=back)
        before, after = _around(query, found, back=back)
        # Names are looked up for the rows of the page only, whatever the plan that found them.
        rows = by_ids(session, entity, [place.id for place in found.places], query.columns)
        count = totals.total(session, actor, entity, query, found, alone=not before and not after)
    tokens = [place.token(entity, query.sort) for place in found.places[:1] + found.places[-1:]]
    return Page(
        rows=tuple(rows[place.id] for place in found.places if place.id in rows),
        next=tokens[-1] if after and tokens else None,
        previous=tokens[0] if before and tokens else None,
        total=count,
        first=not before,
    )


def _around(query: Query, found: scan.Found, *, back: bool) -> tuple[bool, bool]:
    """Is there something before the page, and after it?"""
    if back:
        return found.more, query.before is not None and bool(found.places)
    return query.after is not None and bool(found.places), found.more


def match(
    actor: Actor,
    entity: type[Entity],
    query: Query,
    ids: Iterable[UUID],
    *,
    shown: Sequence[UUID] = (),
    previous: str | None = None,
    next: str | None = None,
) -> dict[UUID, Match]:
    """For each id, where its row stands now relative to a page that shows `shown`, in one query.

    previous, next  the page's own cursors; `None` where nothing lies beyond
    """
    access.require(actor, entity, "see")
    asked, others = list(dict.fromkeys(ids)), list(dict.fromkeys(shown))
    if len(asked) > MOST_IDS or len(others) > MOST_IDS:
        raise BadRequest(f"Ask about at most {MOST_IDS} rows at once.")
    found: dict[UUID, Match] = dict.fromkeys(asked, Match("out"))
    if not asked:
        return found
    bounds = [paging.read(token, entity, query.sort) if token else None for token in (previous, next)]
    with db.reading(actor) as session:
        standing = session.execute(_standing(actor, entity, query, [*asked, *others], bounds)).all()
    last: UUID | None = None
    for id, before, after in standing:
        place = "before" if before else "after" if after else "inside"
        if id in found:
            found[id] = Match(place, last if place == "inside" else None)
        if place == "inside":
            last = id
    return found


def _standing(
    actor: Actor, entity: type[Entity], query: Query, ids: list[UUID], bounds: list[Cursor | None]
) -> sa.Select[Any]:
    source = seen.source(actor, entity, MAIN)
    key = scan.key_of(actor, entity, source, query.sort)
    id = source.c.id
    before = paging.is_before(query.sort, key, id, bounds[0]) if bounds[0] else sa.false()
    after = paging.is_after(query.sort, key, id, bounds[1]) if bounds[1] else sa.false()
    base: Any = source
    for join in key.joins:
        base = base.outerjoin(join.table, join.on)
    wanted = scan.conditions(actor, entity, query, source)
    placed = access.where(actor, entity, source)
    if placed is not None:
        wanted.append(placed)
    empty_last = [key.missing] if key.nullable else []  # PostgreSQL takes no constant there
    order = [key.value.desc(), id.desc()] if query.sort.descending else [key.value, id]
    return (
        sa.select(id, before, after)
        .select_from(base)
        .where(id == sa.any_(sa.literal(ids, ARRAY(sa.Uuid()))), *wanted)
        .order_by(*empty_last, *order)
    )


def pick(actor: Actor, entity: type[Entity], term: str, limit: int = MOST_PICKS) -> list[Pick]:
    """Offers for a picker: what begins with the term first. Everyone signed in may pick what is public of people."""
    wanted, most = " ".join(search.words(term)), max(1, min(limit, MOST_PICKS))
    public = titles.public(entity)
    if public is not None and not access.may(actor, entity, "see"):
        source, sees = titles.source_of(entity, MAIN), titles.only(public.readable)
    else:
        access.require(actor, entity, "see")
        source, sees = seen.source(actor, entity, MAIN), titles.seen_by(actor)
    with db.reading(actor) as session:
        found = session.execute(_offers(_Offered(actor, entity, source, sees, wanted, most)))
        return [Pick(row.id, row.title or untitled(entity, row.id), row.subtitle or "") for row in found]


@dataclass(frozen=True)
class _Offered:
    actor: Actor
    entity: type[Entity]
    source: FromClause
    sees: titles.Sees
    term: str
    most: int

    def frame(self, *called: titles.Called | None) -> Any:
        """The source with what the titles are read from."""
        base: Any = self.source
        for one in called:
            for join in one.joins if one else ():
                base = base.outerjoin(join.table, join.on)
        return base


def _offers(offered: _Offered) -> sa.Select[Any]:
    source, sees = offered.source, offered.sees
    title = titles.title(offered.entity, source, sees)
    subtitle = titles.subtitle(offered.entity, source, sees)
    begins = title.text.ilike(f"{filters.escape(offered.term)}%")
    candidates = _candidates(offered, title, begins)
    return (
        sa.select(
            source.c.id, title.text.label("title"), (subtitle.text if subtitle else sa.literal("")).label("subtitle")
        )
        .select_from(offered.frame(title, subtitle))
        .where(source.c.id.in_(candidates))
        .order_by(begins.desc(), sa.func.lower(title.text), source.c.id)
        .limit(offered.most)
    )


def _candidates(offered: _Offered, title: titles.Called, begins: ColumnElement[bool]) -> Any:
    """Ids worth ordering: enough that begin with the term, and some that hold it anywhere."""
    id, frame = offered.source.c.id, offered.frame(title)
    found = [_holds(offered, title, word) for word in offered.term.split()]
    placed = access.where(offered.actor, offered.entity, offered.source)
    if placed is not None:
        found.append(placed)
    anywhere = sa.select(id).select_from(frame).where(*found).limit(10 * offered.most)
    if not offered.term:
        return anywhere
    first = (
        sa.select(id)
        .select_from(frame)
        .where(begins, *found)
        .order_by(sa.func.lower(title.text), id)
        .limit(offered.most)
    )
    return sa.union(sa.select(first.subquery().c.id), sa.select(anywhere.subquery().c.id))


def _holds(offered: _Offered, title: titles.Called, word: str) -> ColumnElement[bool]:
    """Is the word in what the list searches? Where that leaves the title out, in the title as well."""
    entity, sees = offered.entity, offered.sees
    searched = search.condition(entity, offered.source, [word], sees)
    if set(titles.columns(entity)) <= {*search.columns(entity), *search.links(entity)}:
        return searched
    return sa.or_(searched, title.text.ilike(f"%{filters.escape(word)}%"))
