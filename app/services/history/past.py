"""The past: a record, or a page of a list, as it was at a moment, for whoever could have seen it there and then.

Records that nothing has happened to since stand as they are. The others are rebuilt by the database
(`backroom.past_states`) from what the changes since then replaced. Both together are read like any list: sorted,
filtered and paged by the same rules.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Any, Final
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import ARRAY, JSONB
from sqlalchemy.orm import Session
from sqlalchemy.sql.elements import ColumnElement
from sqlalchemy.sql.selectable import CTE, FromClause

from app.core import access, db, paging, scan, search, seen, titles
from app.core.actor import Actor, system
from app.core.entity import Entity, class_named, columns_of
from app.core.errors import BadRequest, NotFound, NotKept, TooLongAgo
from app.core.paging import Cursor, Key, Step
from app.core.query import Query
from app.core.rows import MAIN, Row, unnamed, untitled
from app.core.scope import AsRecord, Audience, Via
from app.services.feed import changes
from app.services.history import names, walking

CLOCKS_DIFFER: Final = dt.timedelta(seconds=5)
"""A moment that is later than now by less than this is now: the browser's clock may go before the database's."""


@dataclass(frozen=True)
class PastPage:
    """One page of a list as it was.

    next, previous   cursors for `after=` and `before=`, `None` where nothing follows
    """

    rows: tuple[Row, ...]
    next: str | None
    previous: str | None


def is_kept(entity: type[Entity]) -> bool:
    """Can anybody look at these records as they were? What hangs on other records has no place of its own."""
    return entity.captured and not isinstance(entity.scope, AsRecord | Audience)


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
    """These records as they were at a moment, as far as they were the actor's to see then; links by today's names."""
    with db.reading(actor) as session:
        source = _source(actor, entity, moment, list(ids))
        visible = [name for name in columns_of(entity) if name in access.visible(actor, entity)]
        wanted = [source.c[name] for name in visible if name in source.c]
        found = session.execute(sa.select(source.c.version, source.c.id, *wanted).where(source.c.id.in_(ids)))
        read = {row["id"]: {name: row[name] for name in visible} for row in found.mappings()}
        _date(session, entity, read, columns, moment)
        return _rows(session, actor, entity, read, columns)


def parts(actor: Actor, child: type[Entity], link: str, record: UUID, moment: dt.datetime) -> list[Row]:
    """The lines that a record had at a moment, in the order they were made."""
    facts = {"part": child.entity, "link": link, "record": record, "since": moment, "until": walking.END}
    # Ids and nothing else: what they were is asked for as the person.
    with db.reading(system("history")) as session:
        gone = session.scalar(_DELETED, facts) or ()
    with db.reading(actor) as session:
        present = session.scalars(
            sa.select(child.id).where(child.__table__.c[link] == record).order_by(child.id).limit(MOST_PARTS)
        )
        ids = sorted({*present, *gone})
    found = by_ids(actor, child, ids, access.visible(actor, child), moment) if ids else {}
    return [found[id] for id in ids if id in found and found[id].values.get(link) == record]


_DELETED = sa.text("SELECT backroom.deleted_parts(:part, :link, :record, :since, :until)")
MOST_PARTS: Final = 500


def page(actor: Actor, entity: type[Entity], query: Query, moment: dt.datetime) -> PastPage:
    """One page of a list as it was at a moment.

    What a list is searched, sorted and filtered by are the values of then; linked records go by their names of today.
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


# --- what there was ------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class _Then:
    """The two kinds of rows there were: those that are untouched since, and those rebuilt."""

    untouched: FromClause
    untouched_where: tuple[ColumnElement[bool], ...]
    rebuilt: FromClause
    rebuilt_where: tuple[ColumnElement[bool], ...]


def _then(
    actor: Actor, entity: type[Entity], moment: dt.datetime, *, ids: list[UUID] | None, columns: Collection[str]
) -> _Then:
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
    return _Then(
        present,
        (present.c.id.not_in(sa.select(touched.c.id)), *_stayed(entity, present, elsewhere), *_placed(placed[0])),
        rebuilt,
        (*_stayed(entity, rebuilt, elsewhere), *_placed(placed[1])),
    )


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
    then = _then(actor, entity, moment, ids=ids, columns=names)
    parts = [
        sa.select(*(source.c[name] for name in names)).where(source.c.id.in_(ids), *where)
        for source, where in ((then.untouched, then.untouched_where), (then.rebuilt, then.rebuilt_where))
    ]
    return sa.union_all(*parts).subquery("then")


# --- the rows of a page --------------------------------------------------------------------------------------------------


def _places(
    session: Session, actor: Actor, entity: type[Entity], query: Query, moment: dt.datetime, *, back: bool
) -> list[Cursor]:
    """The places of a page's rows and one more, in the direction of the walk."""
    then = _then(actor, entity, moment, ids=None, columns=_needed(entity, query))
    sources = ((then.untouched, then.untouched_where), (then.rebuilt, then.rebuilt_where))
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


def _date(
    session: Session,
    entity: type[Entity],
    read: dict[UUID, dict[str, Any]],
    columns: Sequence[str],
    moment: dt.datetime,
) -> None:
    """When a rebuilt record had been changed last: the feed keeps that once, as the change's own time."""
    ids = [id for id, values in read.items() if "updated_at" in values and values["updated_at"] is None]
    if ids and "updated_at" in columns:
        for id, at in session.execute(_LAST, {"entity": entity.entity, "ids": ids, "moment": moment}):
            read[id]["updated_at"] = at


_LAST = sa.text(
    "SELECT record_id, max(at) FROM changes WHERE entity = :entity AND record_id = ANY (:ids) AND at <= :moment GROUP BY record_id"
)


def _rows(
    session: Session, actor: Actor, entity: type[Entity], read: dict[UUID, dict[str, Any]], columns: Sequence[str]
) -> dict[UUID, Row]:
    """Values with the names that belong to them."""
    described = {name: columns_of(entity)[name].info["column"] for name in columns_of(entity)}
    shown = [name for name in columns if name in next(iter(read.values()), {})]
    called = {*shown, *titles.columns(entity)}
    links = [name for name in described if described[name].kind == "link" and name in called]
    mentioned = {
        (class_named(described[name].target).entity, values[name])
        for values in read.values() for name in links if values.get(name)
    }  # fmt: skip
    known = names.of(session, actor, mentioned, ())
    found = {}
    for id, values in read.items():
        labels = {
            name: title or unnamed(name)
            for name in links
            if values.get(name)
            and (title := known.title(class_named(described[name].target).entity, values[name])) is not None
        }
        title = titles.BETWEEN.join(
            str(labels.get(name, "") if described[name].kind == "link" else values[name])
            for name in titles.columns(entity)
            if values.get(name) and (described[name].kind != "link" or name in labels)
        )
        found[id] = Row(
            id,
            values.get("version") or 1,
            {name: values[name] for name in shown},
            labels,
            title or untitled(entity, id),
        )
    return found
