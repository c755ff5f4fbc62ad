"""The past: a record, or a page of a list, as it was at a moment, for whoever could have seen it there and then.

Records that nothing has happened to since stand as they are. The others are rebuilt by the database
(`backroom.past_states`) from what the changes since then replaced. Both together are read like any list: sorted,
filtered and paged by the same rules.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Final
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.orm import Session
from sqlalchemy.sql.elements import ColumnElement
from sqlalchemy.sql.selectable import FromClause

from app.core import access, db, paging, scan, search, seen, titles
from app.core.actor import Actor, system
from app.core.entity import Entity, named
from app.core.errors import BadRequest, NotFound, NotKept, TooLongAgo
from app.core.paging import Cursor, Key, Step
from app.core.query import Query
from app.core.rows import Row
from app.core.scope import AsRecord
from app.services.feed import changes
from app.services.history import past_names, past_rows, walking

CLOCKS_DIFFER: Final = dt.timedelta(seconds=5)
"""A moment that is later than now by less than this is now: the browser's clock may go before the database's."""

WITHOUT: Final[Mapping[str, str]] = {
    "change": "Changes are the history itself and never change: what there was at a moment is the list up to then.",
}
"""Entities that have no past of their own, and why."""


@dataclass(frozen=True)
class PastPage:
    """One page of a list as it was.

    next, previous   cursors for `after=` and `before=`, `None` where nothing follows
    """

    rows: tuple[Row, ...]
    next: str | None
    previous: str | None


def is_kept(entity: type[Entity]) -> bool:
    """Can anybody look at these records as they were?"""
    return entity.entity not in WITHOUT


def require_moment(entity: type[Entity], moment: dt.datetime) -> None:
    """Raise a sentence for a moment that nothing is known of."""
    if not is_kept(entity):
        raise NotKept()
    now = dt.datetime.now(dt.UTC)
    if moment > now + CLOCKS_DIFFER:
        raise BadRequest("That moment is still to come. Choose one in the past.")
    kept = changes.kept_since(now)
    if moment < kept:
        raise TooLongAgo(days=(now - kept).days)


def record(actor: Actor, entity: type[Entity], id: UUID, moment: dt.datetime) -> Row:
    """A record as it was at a moment, with the columns that the actor may see today.

    Raises `NotFound` when it didn't exist then, or was not the actor's to see then.
    """
    access.require(actor, entity, "see")
    require_moment(entity, moment)
    found = by_ids(actor, entity, [id], access.visible(actor, entity), moment)
    if id not in found:
        raise NotFound()
    return found[id]


def by_ids(
    actor: Actor, entity: type[Entity], ids: Sequence[UUID], columns: Sequence[str], moment: dt.datetime
) -> dict[UUID, Row]:
    """These records as they were at a moment, as far as they were the actor's to see then, with the names of then."""
    read = past_rows.read(actor, entity, ids, moment) if ids else {}
    if isinstance(entity.scope, AsRecord) and actor.database_role == seen.SCOPED:
        read = _on_what_was_theirs(actor, entity.scope, read, moment)
    return _labelled(actor, entity, read, columns, moment)


def _labelled(
    actor: Actor, entity: type[Entity], read: dict[UUID, dict[str, Any]], columns: Sequence[str], moment: dt.datetime
) -> dict[UUID, Row]:
    with db.reading(actor) as session:
        if "updated_at" in columns:
            past_rows.date(session, entity, read, moment)
        return past_names.label(session, actor, entity, read, columns, moment)


def _on_what_was_theirs(
    actor: Actor, scope: AsRecord, read: Mapping[UUID, dict[str, Any]], moment: dt.datetime
) -> dict[UUID, dict[str, Any]]:
    """Of remarks, files and the like those on records that were the actor's to see at the moment, too."""
    about: dict[str, set[UUID]] = {}
    for values in read.values():
        about.setdefault(values.get(scope.entity) or "", set()).add(values[scope.record])
    theirs = {(kind, id) for kind, ids in about.items() for id in _seen_then(actor, kind, ids, moment)}
    return {id: values for id, values in read.items() if (values.get(scope.entity), values.get(scope.record)) in theirs}


def _seen_then(actor: Actor, kind: str, ids: Iterable[UUID], moment: dt.datetime) -> Iterable[UUID]:
    try:
        entity = named(kind)
    except NotFound:  # of an entity that is gone, or one that SQL made up
        return ()
    if isinstance(entity.scope, AsRecord) or not is_kept(entity) or not access.may(actor, entity, "see"):
        return ()
    return past_rows.read(actor, entity, list(ids), moment)


def parts(actor: Actor, child: type[Entity], link: str, record: UUID, moment: dt.datetime) -> list[Row]:
    """The lines that a record had at a moment, in the order they were made."""
    ids = _below(actor, child, link, record, moment)
    found = by_ids(actor, child, ids, access.visible(actor, child), moment)
    return [found[id] for id in ids if id in found and found[id].values.get(link) == record]


def hanging(actor: Actor, child: type[Entity], entity: type[Entity], record: UUID, moment: dt.datetime) -> list[Row]:
    """The remarks, files or questions that hung on a record at a moment, newest first: whoever saw it saw them."""
    if not access.may(actor, child, "see") or record not in _seen_then(actor, entity.entity, [record], moment):
        return []
    scope, visible, reader = child.scope, access.visible(actor, child), system("history")
    assert isinstance(scope, AsRecord)
    on = {scope.entity: entity.entity, scope.record: record}
    # Read past the row rules, which go by where the record is today: that it was the actor's then has just been asked.
    read = past_rows.read(reader, child, _below(reader, child, scope.record, record, moment), moment)
    theirs = {
        id: {name: values[name] for name in visible if name in values}
        for id, values in read.items()
        if all(values[name] == wanted for name, wanted in on.items())
    }
    found = _labelled(actor, child, theirs, visible, moment)
    return [found[id] for id in sorted(found, reverse=True)]


def _below(actor: Actor, child: type[Entity], link: str, record: UUID, moment: dt.datetime) -> list[UUID]:
    """The ids of what points to a record, and of what did until it was deleted after a moment."""
    table, gone = child.__table__, walking.deleted_parts(child, link, record, moment)
    with db.reading(actor) as session:
        pointing = sa.select(table.c.id).where(table.c[link] == record).order_by(table.c.id).limit(MOST_PARTS)
        return sorted({*session.scalars(pointing), *gone})


MOST_PARTS: Final = 500


def page(actor: Actor, entity: type[Entity], query: Query, moment: dt.datetime) -> PastPage:
    """One page of a list as it was at a moment.

    What a list is searched, sorted and filtered by are the values of then, but of linked records the names of today.
    """
    access.require(actor, entity, "see")
    require_moment(entity, moment)
    back = query.before is not None or query.last
    with db.reading(actor) as session:
        places = _places(session, actor, entity, query, moment, back=back)
    more = len(places) > query.size
    places = places[: query.size]
    if back:
        places.reverse()
    found = by_ids(actor, entity, [place.id for place in places], query.columns, moment)
    tokens = [place.token(entity, query.sort) for place in places[:1] + places[-1:]]
    before, after = (
        (more, query.before is not None and bool(places)) if back else (query.after is not None and bool(places), more)
    )
    return PastPage(
        tuple(found[place.id] for place in places if place.id in found),
        tokens[-1] if after and tokens else None,
        tokens[0] if before and tokens else None,
    )


# --- the rows of a page --------------------------------------------------------------------------------------------------


def _places(
    session: Session, actor: Actor, entity: type[Entity], query: Query, moment: dt.datetime, *, back: bool
) -> list[Cursor]:
    """The places of a page's rows and one more, in the direction of the walk."""
    there = past_rows.then(actor, entity, moment, ids=None, columns=_needed(entity, query))
    sources = ((there.untouched, there.untouched_where), (there.rebuilt, there.rebuilt_where))
    keys = [_key(actor, entity, source, query) for source, _ in sources]
    start = query.before if back else query.after
    found: list[Cursor] = []
    for number, step in enumerate(paging.steps(query.sort, keys[0], sources[0][0].c.id, start, back=back)):
        left = query.size + 1 - len(found)
        if left > 0:
            parts = [
                _part(actor, entity, query, source, where, key, _step_of(query, key, source, start, back, number), left)
                for (source, where), key in zip(sources, keys, strict=True)
            ]
            both = sa.union_all(*(sa.select(part.subquery()) for part in parts)).subquery("both")
            order = step.order(both.c.sort_value, both.c.id, alone=keys[0].alone)
            found += [
                Cursor(row.sort_value, row.id) for row in session.execute(sa.select(both).order_by(*order).limit(left))
            ]
    return found


def _needed(entity: type[Entity], query: Query) -> set[str]:
    """The columns that decide which rows are on a page, and in which order."""
    searched = (*search.columns(entity), *search.links(entity)) if query.search else ()
    filtered = (item.column for group in query.groups for item in group)
    return {"id", query.sort.column, *searched, *filtered, *(name for name in entity.scope.columns)}


def _step_of(query: Query, key: Key, source: FromClause, start: Cursor | None, back: bool, number: int) -> Step:
    """The same step of the way, said of another source."""
    return paging.steps(query.sort, key, source.c.id, start, back=back)[number]


def _key(actor: Actor, entity: type[Entity], source: FromClause, query: Query) -> Key:
    found = paging.key(entity, source, query.sort, titles.seen_by(actor), scoped=actor.database_role == seen.SCOPED)
    return replace(found, certain=False)


def _part(
    actor: Actor,
    entity: type[Entity],
    query: Query,
    source: FromClause,
    where: Iterable[ColumnElement[bool]],
    key: Key,
    step: Step,
    limit: int,
) -> sa.Select[Any]:
    """The next rows of one kind along a step."""
    base: Any = source
    for join in key.joins:
        base = base.outerjoin(join.table, join.on)
    value = sa.null() if step.empty else key.value
    return (
        sa.select(source.c.id.label("id"), sa.cast(value, key.type).label("sort_value"))
        .select_from(base)
        .where(*where, *scan.conditions(actor, entity, query, source), *paging.conditions(step, key))
        .order_by(*step.order(key.value, source.c.id, alone=key.alone))
        .limit(limit)
    )
