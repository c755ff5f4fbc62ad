"""A list: the page that answers a query, where a changed row stands in it, and the offers of a picker."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import ARRAY

from app.core import access, db, paging, scan, seen, totals
from app.core.actor import Actor
from app.core.entity import Entity
from app.core.errors import BadRequest
from app.core.list_indexes import ddl
from app.core.paging import Cursor
from app.core.picking import Pick, pick
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
from app.core.rows import MAIN, Row, by_ids
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
