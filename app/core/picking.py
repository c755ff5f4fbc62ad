"""What a picker offers: the records that a person may link to, those that begin with what was typed first."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.sql.elements import ColumnElement
from sqlalchemy.sql.selectable import FromClause

from app.core import access, db, search, seen, titles
from app.core.actor import Actor
from app.core.comparing import escape
from app.core.entity import Entity
from app.core.rows import MAIN, untitled

MOST_PICKS = 20


@dataclass(frozen=True)
class Pick:
    """One offer of a picker."""

    id: UUID
    title: str
    subtitle: str = ""


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
    begins = title.text.ilike(f"{escape(offered.term)}%")
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
    return sa.or_(searched, title.text.ilike(f"%{escape(word)}%"))
