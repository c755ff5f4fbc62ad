"""Differences: what became of records between two moments, whatever happened in between; by default, while I was away."""

from __future__ import annotations

import datetime as dt
import json
from dataclasses import dataclass
from typing import Any, Final
from uuid import UUID

import sqlalchemy as sa

from app.core import access, db
from app.core.actor import Actor
from app.core.entity import Entity, columns_of, entities
from app.core.rows import Row
from app.services.feed import changes
from app.services.history import past, walking
from app.services.history.deeds import Way

MOST: Final = 50_000
"""Changes that are looked through; more than that is asked for in shorter times."""

RECORDS: Final = 50
"""Records of a page."""

AWAY: Final = dt.timedelta(days=1)
"""How long somebody was away of whom no earlier visit is known."""


@dataclass(frozen=True)
class Outcome:
    """What became of one record.

    before, after   it at the two moments, with the columns that the reader may see; None where it was not theirs to see
    columns         those that differ, in the order of declaration
    by              who had a hand in it
    at              its last change
    """

    id: UUID
    way: Way
    before: Row | None
    after: Row | None
    columns: tuple[str, ...]
    by: tuple[str, ...]
    at: dt.datetime

    @property
    def title(self) -> str:
        row = self.after or self.before
        return row.title if row else ""


@dataclass(frozen=True)
class Page:
    """Records that differ, the last touched first; `next` is where to go on, `full` says that not all were looked at."""

    found: tuple[Outcome, ...]
    next: int | None
    full: bool


@dataclass(frozen=True)
class Touched:
    """How many records of an entity were touched, by how many people, and when last."""

    entity: type[Entity]
    records: int
    people: int
    at: dt.datetime


# Only changes that the session's role sees, and that touched something open to the reader, name a record here; what it
# was and what it became is then asked of the past itself.
_RECORDS = """
WITH inside AS MATERIALIZED (
    SELECT c.record_id, c.seq, c.at, c.op, c.actor_id, c.source, c.diff FROM changes c
    WHERE c.entity = :entity AND c.at > '{since}' AND c.at <= '{until}'
    ORDER BY c.seq DESC LIMIT :most
)
SELECT n.looked, r.* FROM (SELECT count(*) AS looked FROM inside) n LEFT JOIN (
    SELECT i.record_id, max(i.seq) AS seq, max(i.at) AS at,
           bool_or(i.op = 'insert') AS made, bool_or(i.op = 'delete') AS gone,
           array_agg(DISTINCT coalesce(p.name, CASE i.source WHEN 'sql' THEN 'The database' ELSE 'Backroom' END)) AS by
    FROM inside i LEFT JOIN people p ON p.id = i.actor_id
    WHERE i.op <> 'update' OR i.diff ?| CAST(:open AS text[])
    GROUP BY i.record_id
    HAVING max(i.seq) < :before {others}
    ORDER BY max(i.seq) DESC
    LIMIT :limit
) r ON true
ORDER BY r.seq DESC
"""

# Of the whole record: what it came from is told by all that happened to it, whoever did it.
_BY_OTHERS = "AND bool_or(i.actor_id IS DISTINCT FROM CAST(:me AS uuid))"


def between(
    actor: Actor,
    entity: type[Entity],
    since: dt.datetime,
    until: dt.datetime,
    *,
    others: bool = False,
    before: int = changes.NEWEST,
) -> Page:
    """The records of an entity that differ between two moments, netted: what was changed and changed back is none.

    others   only records that somebody else than the actor had a hand in
    before   where the page begins

    Raises `BadRequest` and `TooLongAgo` for moments that nothing is known of.
    """
    access.require(actor, entity, "see")
    for moment in (since, until):
        past.require_moment(entity, moment)
    facts: dict[str, Any] = {"entity": entity.entity, "most": MOST, "open": walking.open_columns(actor, entity)}
    facts |= {"before": before, "limit": RECORDS + 1, "me": actor.id}
    statement = _RECORDS.format(since=since.isoformat(), until=until.isoformat(), others=_BY_OTHERS if others else "")
    with db.reading(actor) as session:
        read = session.execute(sa.text(statement), facts).all()
    rows = [row for row in read if row.seq is not None]
    ids = [row.record_id for row in rows[:RECORDS]]
    columns = access.visible(actor, entity)
    then = past.by_ids(actor, entity, ids, columns, since) if ids else {}
    now = past.by_ids(actor, entity, ids, columns, until) if ids else {}
    found = (_difference(actor, entity, row, then.get(row.record_id), now.get(row.record_id)) for row in rows[:RECORDS])
    following = rows[RECORDS - 1].seq if len(rows) > RECORDS else None
    return Page(tuple(one for one in found if one), following, read[0].looked >= MOST)


def _difference(actor: Actor, entity: type[Entity], row: Any, before: Row | None, after: Row | None) -> Outcome | None:
    if before is None and after is None:
        return None  # made and gone in between, or elsewhere at both moments
    names = walking.open_columns(actor, entity)
    differing = tuple(
        name
        for name in names
        if (before.values.get(name) if before else None) != (after.values.get(name) if after else None)
        and not (columns_of(entity)[name].computed is not None and not (before and after))
    )
    if before and after and not differing:
        return None
    way: Way = "changed"
    if before is None:
        way = "created" if row.made else "came"
    elif after is None:
        way = "deleted" if row.gone else "left"
    return Outcome(row.record_id, way, before, after, differing, tuple(row.by), row.at)


# Which columns count is a table of its own in the statement: per entity, what is open to the reader.
_OVERVIEW = """
WITH inside AS MATERIALIZED (
    SELECT c.entity, c.record_id, c.at, c.op, c.actor_id, c.diff FROM changes c
    WHERE c.at > '{since}' AND c.entity = ANY (CAST(:entities AS text[])) ORDER BY c.seq DESC LIMIT :most
), open AS (
    SELECT e.key AS entity, ARRAY(SELECT jsonb_array_elements_text(e.value)) AS columns
    FROM jsonb_each(CAST(:open AS jsonb)) e
)
SELECT i.entity, count(DISTINCT i.record_id) AS records, count(DISTINCT i.actor_id) AS people, max(i.at) AS at
FROM inside i JOIN open o ON o.entity = i.entity
WHERE (i.op <> 'update' OR i.diff ?| o.columns) {others}
GROUP BY i.entity
ORDER BY max(i.at) DESC
"""


_OTHERS = "AND i.actor_id IS DISTINCT FROM CAST(:me AS uuid)"


def overview(actor: Actor, since: dt.datetime, *, others: bool = True) -> list[Touched]:
    """The entities in which something was touched since a moment, the last one first."""
    seen = {cls.entity: cls for cls in entities() if _listed(cls) and access.may(actor, cls, "see")}
    for cls in list(seen.values())[:1]:
        past.require_moment(cls, since)
    facts = {
        "entities": list(seen),
        "open": json.dumps({name: walking.open_columns(actor, cls) for name, cls in seen.items()}),
        "most": MOST,
        "me": actor.id,
    }
    statement = _OVERVIEW.format(since=since.isoformat(), others=_OTHERS if others else "")
    with db.reading(actor) as session:
        rows = session.execute(sa.text(statement), facts).all()
    return [Touched(seen[row.entity], row.records, row.people, row.at) for row in rows]


def _listed(entity: type[Entity]) -> bool:
    """Worth telling: what people have in their menu, and not what the house notes down by itself."""
    return past.is_kept(entity) and entity.screen.menu and entity.screen.area not in ("Access", "System")


_VISIT = sa.text(
    "SELECT max(last_seen_at) FROM sessions WHERE user_id = :me AND id IS DISTINCT FROM CAST(:this AS uuid)"
    " AND last_seen_at < coalesce((SELECT created_at FROM sessions WHERE id = CAST(:this AS uuid)), now())"
)


def last_visit(actor: Actor, now: dt.datetime) -> dt.datetime:
    """When the actor was last here before this session; a day ago where that is not known, or too long ago."""
    return max(visited(actor) or now - AWAY, now - dt.timedelta(days=30))


def visited(actor: Actor) -> dt.datetime | None:
    """When the actor was last here before this session, if ever."""
    with db.reading(actor) as session:
        found: dt.datetime | None = session.scalar(_VISIT, {"me": actor.id, "this": actor.session_id})
    return found
