"""Walking back through the feed: the changes of some records, page by page, newest first, as far as the reader sees them.

A page is found along an index, a stretch of days at a time and for a bounded number of changes: planning for all the
partitions of a year takes longer than reading a page, and what is rare must not be looked for without end.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Final
from uuid import UUID

import sqlalchemy as sa

from app.core import access, db
from app.core.actor import Actor, system
from app.core.entity import RESERVED, Entity
from app.core.errors import BadRequest
from app.core.scope import EVERYONE
from app.services.feed import changes, days
from app.services.feed.changes import COLUMNS, NEWEST, READ, Change

DEEDS: Final = 50
"""Deeds of a page."""

WALKED: Final = 5_000
"""Changes of a list that are looked through at once; a record's are fewer."""

WALKED_OF_RECORD: Final = 1_000

LOOKS: Final = 10
"""How many times as many are looked through where only some changes are asked for: most pages come to their end."""

SHOWN: Final = 20
"""Changes of one deed that a page tells; of the rest it says how many there are."""

STRETCHES: Final = (1, 3, 10, 40, 120)
"""Days of a list that are looked through together, newest first; the rest after them at once."""

_KEEPER: Final = system("history")


@dataclass(frozen=True)
class Place:
    """Where a page begins: in the stretch of days from `since` to `until`, before the change with this `seq`."""

    since: dt.datetime
    until: dt.datetime
    seq: int = NEWEST

    def __str__(self) -> str:
        return f"{self.since:%Y%m%d}-{self.until:%Y%m%d}-{self.seq}"


def place(text: str) -> Place:
    """The place behind its text. Raises `BadRequest` for garbage."""
    try:
        since, until, seq = text.split("-")
        found = Place(_day(since), _day(until), int(seq))
    except ValueError:
        raise BadRequest("This page address is not valid any more. Start again from the first page.") from None
    if not 0 <= found.seq <= NEWEST or found.since >= found.until:
        raise BadRequest("This page address is not valid any more. Start again from the first page.")
    return found


def _day(text: str) -> dt.datetime:
    if len(text) != 8 or not text.isascii():
        raise ValueError
    return dt.datetime.strptime(text, "%Y%m%d").replace(tzinfo=dt.UTC)


@dataclass(frozen=True)
class Asked:
    """What a history is narrowed to.

    person      who did it; `by_nobody`: what no person did
    column      only changes of this column of the record itself
    since, until   when, the second one not included
    op          insert, update or delete
    operation   the deed itself: its operation id, with a point and whose it is or without, or its transaction's number
    before      where the page begins; the newest without it
    """

    person: UUID | None = None
    by_nobody: bool = False
    column: str = ""
    since: dt.datetime | None = None
    until: dt.datetime | None = None
    op: str = ""
    operation: str = ""
    before: Place | None = None
    size: int = DEEDS
    shown: int = SHOWN

    @property
    def is_narrow(self) -> bool:
        """May most changes of the time asked for not fit?"""
        return bool(self.person or self.by_nobody or self.column or self.op or self.operation)


@dataclass(frozen=True)
class Source:
    """Changes of some records of an entity, or of all of them."""

    entity: type[Entity]
    ids: tuple[UUID, ...] | None = None


Sources = Callable[[dt.datetime, dt.datetime], Sequence[Source]]
"""What is read in a stretch of days."""


@dataclass(frozen=True)
class Walked:
    """What a walk brought to light: rows of the feed with what was counted beside them, newest first.

    next      where to go on; `None` at the end
    reached   how far back it looked, if it ended because enough had been looked through, not because the page was full
    """

    found: tuple[tuple[Any, Change], ...]
    next: Place | None = None
    reached: dt.datetime | None = None


def back(actor: Actor, sources: Sources, asked: Asked, walked: int, widths: Sequence[int]) -> Walked:
    """Stretch after stretch, until a page is full, enough has been looked through, or there is no more.

    walked   how many changes are looked through at once
    widths   how many days are looked through together, in turn
    """
    found: list[tuple[Any, Change]] = []
    deeds: set[str] = set()
    left, reached = walked * (LOOKS if asked.is_narrow else 1), None
    for stretch in _stretches(asked, widths):
        place: Place | None = stretch
        while place is not None:
            if len(deeds) >= asked.size or left <= 0:
                return Walked(tuple(found), place, reached if len(deeds) < asked.size else None)
            # Lines that were deleted later are known from the pages before; this page must ask for them again.
            until = days.END if not found and asked.before else place.until
            limits = {"size": asked.size - len(deeds), "walked": min(walked, left)}
            rows = _look(actor, sources(place.since, until), replace(asked, before=place), limits)
            found += [(row, changes.of_row(row)) for row in rows if row.seq is not None]
            deeds |= {row.deed for row, _ in found}
            left -= rows[0].walked
            if rows[0].more:
                return Walked(tuple(found), replace(place, seq=rows[0].reached))
            if rows[0].begun:
                return Walked(tuple(found))
            reached = rows[0].walked_at or place.since
            place = replace(place, seq=rows[0].walked_to) if rows[0].walked_to is not None else None
    return Walked(tuple(found))


def _look(actor: Actor, sources: Sequence[Source], asked: Asked, limits: Mapping[str, int]) -> Sequence[sa.Row[Any]]:
    statement, facts = _statement(actor, sources, asked, limits)
    with db.reading(actor) as session:
        return session.execute(statement, facts).all()


def _stretches(asked: Asked, widths: Sequence[int]) -> Iterator[Place]:
    """Stretches of whole days, newest first, from where the page begins to where the question ends."""
    if asked.before:
        yield asked.before
    end = asked.before.since - dt.timedelta(days=1) if asked.before else asked.until
    for since, until in days.back(widths, since=asked.since or days.BEGINNING, until=end):
        yield Place(since, until)


def _statement(
    actor: Actor, sources: Sequence[Source], asked: Asked, limits: Mapping[str, int]
) -> tuple[sa.TextClause, dict[str, Any]]:
    """One statement walks each source back through a stretch, keeps what matches, and puts it together to deeds."""
    assert asked.before is not None
    facts: dict[str, Any] = {"before": asked.before.seq, "shown": asked.shown, **limits}
    facts |= {"person": asked.person, "column": asked.column, "op": asked.op, "operation": asked.operation}
    walks, ends, kept = [], [], []
    for number, source in enumerate(sources):
        facts |= {f"entity{number}": source.entity.entity, f"open{number}": open_columns(actor, source.entity)}
        if source.ids:
            facts[f"ids{number}"] = source.ids[0] if len(source.ids) == 1 else list(source.ids)
        walks.append(f"walk{number} AS MATERIALIZED ({_walk(number, source, asked)})")
        ends.append(
            "SELECT CASE WHEN count(*) >= :walked THEN min(seq) END AS place,"
            f" CASE WHEN count(*) >= :walked THEN min(at) END AS place_at, count(*) AS n FROM walk{number}"
        )
        kept.append(f"SELECT * FROM walk{number} WHERE {_matches(actor, number, source, asked, facts)}")
    of_one = bool(sources[0].ids) and len(sources[0].ids or ()) == 1
    statement = _PAGE.format(
        walks=",\n".join(walks),
        ends="\nUNION ALL ".join(ends),
        kept="\nUNION ALL ".join(kept),
        columns=READ,
        deed=_DEED,
        begun=_BEGUN if of_one else "false",
        own=_OWN if of_one else "",
    )
    return sa.text(statement), facts


# Before a record was made nothing happened to it, nor to what is a part of it.
_BEGUN = "EXISTS (SELECT 1 FROM walk0 WHERE op = 'insert' AND version = 1)"

# What was done to the record itself is told, however many of its lines that came with.
_OWN = "OR page.record_id = :ids0"

# What was done under one id by two people are two deeds: nobody's doing is told under somebody else's name.
_DEED = "coalesce(operation || '.' || actor_id, operation, xid::text)"

_PAGE = """
WITH {walks},
ends AS (SELECT max(place) AS walked_to, max(place_at) AS walked_at, sum(n)::int AS walked FROM ({ends}) e),
matched AS ({kept}),
named AS (SELECT *, {deed} AS deed FROM matched),
numbered AS (
    SELECT m.*, row_number() OVER (PARTITION BY m.deed ORDER BY m.seq DESC) AS nth
    FROM named m, ends WHERE m.seq >= coalesce(ends.walked_to, 0)
),
placed AS (SELECT n.*, sum(CASE WHEN n.nth = 1 THEN 1 ELSE 0 END) OVER (ORDER BY n.seq DESC) AS place FROM numbered n),
page AS (
    SELECT p.*, count(*) OVER (PARTITION BY p.deed) AS members, min(p.seq) OVER () AS reached
    FROM placed p WHERE p.place <= :size
)
SELECT {columns}, deed, members, reached, walked_to, walked_at, walked, max(seq) OVER () AS stretch,
       EXISTS (SELECT 1 FROM placed WHERE place > :size) AS more, {begun} AS begun,
       coalesce(who.name, CASE source WHEN 'sql' THEN 'The database' ELSE 'Backroom' END) AS by_name
FROM ends
LEFT JOIN page ON page.nth <= :shown {own}
LEFT JOIN (SELECT people.id AS person_id, people.name FROM people) who ON who.person_id = page.actor_id
ORDER BY seq DESC
"""


def _walk(number: int, source: Source, asked: Asked) -> str:
    """The newest changes of a source. Bounds of time are literal: they leave out the partitions of other days."""
    which = ""
    if source.ids:
        which = f"AND record_id = :ids{number}" if len(source.ids) == 1 else f"AND record_id = ANY (:ids{number})"
    stretch = asked.before or Place(days.BEGINNING, days.END)
    since = max(stretch.since, asked.since.astimezone(dt.UTC)) if asked.since else stretch.since
    until = min(stretch.until, asked.until.astimezone(dt.UTC)) if asked.until else stretch.until
    return (
        f"SELECT {COLUMNS} FROM changes WHERE entity = :entity{number} {which} AND seq < :before"
        f" AND at >= '{since.isoformat()}' AND at < '{until.isoformat()}' ORDER BY seq DESC LIMIT :walked"
    )


def _matches(actor: Actor, number: int, source: Source, asked: Asked, facts: dict[str, Any]) -> str:
    # What touched only fields that are closed to the reader didn't happen, for them.
    conditions = [f"(op <> 'update' OR diff ?| CAST(:open{number} AS text[]))"]
    if asked.by_nobody:
        conditions.append("actor_id IS NULL")
    elif asked.person:
        conditions.append("actor_id = :person")
    if asked.column:
        conditions.append("CASE op WHEN 'update' THEN diff ? :column ELSE diff ->> :column IS NOT NULL END")
    if asked.op:
        conditions.append("op = :op")
    if asked.operation:
        conditions.append(f":operation IN ({_DEED}, operation, xid::text)")
    if actor.chosen and source.ids is None and access.where(actor, source.entity, source.entity.__table__) is not None:
        facts["chosen"] = [actor.chosen, EVERYONE]
        conditions.append("(audience_before || audience_after) && CAST(:chosen AS uuid[])")
    return " AND ".join(conditions)


def open_columns(actor: Actor, entity: type[Entity]) -> list[str]:
    """The columns whose changes are told to the actor."""
    return [name for name in access.visible(actor, entity) if name not in RESERVED]


_DELETED = sa.text("SELECT backroom.deleted_parts(:part, :link, :record, :since, :until)")


def deleted_parts(
    part: type[Entity], link: str, record: UUID, since: dt.datetime, until: dt.datetime = days.END
) -> tuple[UUID, ...]:
    """The lines that were deleted from a record between two moments: ids and nothing else, of whoever's places.

    What they were is to be asked for as the person.
    """
    facts = {"part": part.entity, "link": link, "record": record, "since": since, "until": until}
    with db.reading(_KEEPER) as session:
        return tuple(session.scalar(_DELETED, facts) or ())
