"""Deeds: what somebody did at once, as whoever reads a history may know it; a bulk edit of 500 rows is one deed.

A page of history walks back through the feed along an index, a stretch of days at a time and for a bounded number of
changes, keeps those that match and that touched something the reader sees, and puts together what shares an operation
or a transaction. Days in stretches: planning for all the partitions of a year takes longer than reading a page.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Final, Literal
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.orm import Session

from app.core import access, audience, db
from app.core.actor import Actor, system
from app.core.entity import RESERVED, Entity, children_of, columns_of, named
from app.core.errors import BadRequest
from app.core.scope import EVERYONE, AsRecord, Via
from app.services import changes, names
from app.services.changes import Change
from app.services.history import NEWEST, READ
from app.services.names import Names

DEEDS: Final = 50
"""Deeds of a page."""

WALKED: Final = 5_000
"""Changes of a list that one page looks through; a record's are fewer."""

WALKED_OF_RECORD: Final = 1_000

SHOWN: Final = 20
"""Changes of one deed that a page tells; of the rest it says how many there are."""

STRETCHES_OF_RECORD: Final = (5, 20, 80, 200)
STRETCHES: Final = (1, 3, 10, 40, 120)
"""Days that are looked through together, newest first; the rest after them at once."""

BEGINNING: Final = dt.datetime(1970, 1, 1, tzinfo=dt.UTC)
END: Final = dt.datetime(2200, 1, 1, tzinfo=dt.UTC)

Way = Literal["created", "changed", "deleted", "came", "left"]


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
    operation   the deed itself: its operation id, or the number of its transaction
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


@dataclass(frozen=True)
class Difference:
    """One field of a change, as the feed stored it: `old` or `new` is None where it was empty or not the reader's."""

    column: str
    old: Any
    new: Any


@dataclass(frozen=True)
class Told:
    """One change as its reader may know it.

    way      changed, or `came` to a place of the reader's from elsewhere, or `left` for elsewhere
    title    what the record is called now, or was called at the end
    here     the reader may open it today
    """

    change: Change
    entity: type[Entity]
    way: Way
    title: str
    here: bool
    differences: tuple[Difference, ...]


@dataclass(frozen=True)
class Deed:
    """Changes that were made at once, newest first; `count` of them, of which `told` are told."""

    key: str
    by: str
    count: int
    told: tuple[Told, ...]

    @property
    def at(self) -> dt.datetime:
        return self.told[0].change.at

    @property
    def source(self) -> str:
        return self.told[0].change.source


@dataclass(frozen=True)
class Page:
    """Some deeds, newest first.

    names      what linked records are called
    next       where the next page begins; `None` at the end
    looked     the page ended because enough had been looked through, not because it was full
    """

    deeds: tuple[Deed, ...]
    names: Names
    next: Place | None
    looked: bool = False


@dataclass(frozen=True)
class _Source:
    """Changes of some records of an entity, or of all of them."""

    entity: type[Entity]
    ids: tuple[UUID, ...] | None = None


def of_list(actor: Actor, entity: type[Entity], asked: Asked) -> Page:
    """What happened to the records of an entity that were the actor's to see at the time."""
    _require(actor, entity, asked)
    return _page(actor, lambda since, until: [_Source(entity)], asked, WALKED, STRETCHES)


def of_record(actor: Actor, entity: type[Entity], id: UUID, asked: Asked) -> Page:
    """What happened to a record and to the parts of it, as far as it was the actor's to see at the time."""
    _require(actor, entity, asked)
    alone = _Source(entity, (id,))
    parts = [] if asked.column else [_Part(actor, child, link, id) for child, link in _parts(entity)]

    def sources(since: dt.datetime, until: dt.datetime) -> list[_Source]:
        found = (_Source(part.entity, part.ids(since, until)) for part in parts)
        return [alone, *(source for source in found if source.ids)]

    return _page(actor, sources, asked, WALKED_OF_RECORD, STRETCHES_OF_RECORD)


def _require(actor: Actor, entity: type[Entity], asked: Asked) -> None:
    access.require(actor, entity, "see")
    # That a closed field changed is not told either.
    if asked.column and asked.column not in _open(actor, entity):
        raise BadRequest("There is no such field to look for.")


def _parts(entity: type[Entity]) -> Iterator[tuple[type[Entity], str]]:
    for child, link in children_of(entity):
        if isinstance(child.scope, Via) and child.scope.part and child.scope.target == entity.__name__:
            yield child, link


class _Part:
    """The lines of a record: those it has, and those that turn up as deleted while walking back."""

    def __init__(self, actor: Actor, entity: type[Entity], link: str, record: UUID) -> None:
        self.entity = entity
        self._link, self._record = link, record
        with db.reading(actor) as session:
            present = session.scalars(sa.select(entity.id).where(entity.__table__.c[link] == record))
            self._known = dict.fromkeys(present)

    def ids(self, since: dt.datetime, until: dt.datetime) -> tuple[UUID, ...]:
        """What is known of them after looking through these days, too."""
        facts = {"part": self.entity.entity, "link": self._link, "record": self._record, "since": since, "until": until}
        # Ids and nothing else: each of their changes is asked for as the person.
        with db.reading(system("history")) as session:
            self._known |= dict.fromkeys(session.scalar(_DELETED, facts) or ())
        return tuple(self._known)


_DELETED = sa.text("SELECT backroom.deleted_parts(:part, :link, :record, :since, :until)")


# --- walking the feed ----------------------------------------------------------------------------------------------------


Sources = Callable[[dt.datetime, dt.datetime], Sequence[_Source]]
"""What is read in a stretch of days."""


def _page(actor: Actor, sources: Sources, asked: Asked, walked: int, days: Sequence[int]) -> Page:
    """Stretch after stretch, until the page is full, enough has been looked through, or there is no more."""
    found: list[tuple[Any, Change]] = []
    deeds: set[str] = set()
    following, looked = None, False
    for stretch in _stretches(asked, days):
        if len(deeds) >= asked.size or walked <= 0:
            following, looked = stretch, len(deeds) < asked.size
            break
        # Lines that were deleted later are known from the pages before; this page must ask for them again.
        until = END if not found and asked.before else stretch.until
        reading = sources(stretch.since, until)
        limits = {"size": asked.size - len(deeds), "walked": walked}
        statement, facts = _statement(actor, reading, replace(asked, before=stretch), limits)
        with db.reading(actor) as session:
            rows = session.execute(statement, facts).all()
        found += [(row, changes.of_row(row)) for row in rows if row.seq is not None]
        deeds |= {row.deed for row, _ in found}
        walked -= rows[0].walked
        end = rows[0].reached if rows[0].more else rows[0].walked_to
        if end is not None:
            following, looked = replace(stretch, seq=end), not rows[0].more
            break
    return _put_together(actor, found, following, looked)


def _stretches(asked: Asked, days: Sequence[int]) -> Iterator[Place]:
    """Stretches of whole days, newest first, from where the page begins to where the question ends."""
    tomorrow = dt.datetime.now(dt.UTC).replace(hour=0, minute=0, second=0, microsecond=0) + dt.timedelta(days=2)
    end = asked.since.astimezone(dt.UTC) if asked.since else BEGINNING
    until = tomorrow
    if asked.until:
        last = asked.until.astimezone(dt.UTC).replace(hour=0, minute=0, second=0, microsecond=0)
        until = min(until, last + dt.timedelta(days=1))
    if asked.before:
        yield asked.before
        until = asked.before.since
    for width in days:
        if until <= end:
            return
        since = max(until - dt.timedelta(days=width), BEGINNING)
        yield Place(since, until)
        until = since
    if until > end:
        yield Place(BEGINNING, until)


def _put_together(actor: Actor, found: list[tuple[Any, Change]], following: Place | None, looked: bool) -> Page:
    read = [change for _, change in found]
    with db.reading(actor) as session:
        known = names.of(session, actor, {(change.entity, change.record_id) for change in read}, read)
        hangs_on = _what_they_hang_on(session, read)
    counts: dict[str, dict[int, int]] = {}
    for row, _ in found:
        # Each stretch counted its own; the number of the page's first change of a deed there tells them apart.
        counts.setdefault(row.deed, {})[row.stretch] = row.members
    told: dict[str, list[tuple[Any, Told]]] = {}
    for row, change in found:
        one = _told(actor, change, known, hangs_on)
        if one is not None:
            told.setdefault(row.deed, []).append((row, one))
    deeds = (
        Deed(key, members[0][0].by_name, sum(counts[key].values()), tuple(one for _, one in members))
        for key, members in told.items()
    )
    return Page(tuple(deeds), known, following, looked)


def _statement(
    actor: Actor, sources: Sequence[_Source], asked: Asked, limits: Mapping[str, int]
) -> tuple[sa.TextClause, dict[str, Any]]:
    """One statement walks each source back through a stretch, keeps what matches, and puts it together to deeds."""
    assert asked.before is not None
    facts: dict[str, Any] = {"before": asked.before.seq, "shown": asked.shown, **limits}
    facts |= {"person": asked.person, "column": asked.column, "op": asked.op, "operation": asked.operation}
    walks, ends, kept = [], [], []
    for number, source in enumerate(sources):
        facts |= {f"entity{number}": source.entity.entity, f"open{number}": _open(actor, source.entity)}
        if source.ids:
            facts[f"ids{number}"] = source.ids[0] if len(source.ids) == 1 else list(source.ids)
        walks.append(f"walk{number} AS MATERIALIZED ({_walk(number, source, asked)})")
        ends.append(f"SELECT CASE WHEN count(*) >= :walked THEN min(seq) END AS place, count(*) AS n FROM walk{number}")
        kept.append(f"SELECT * FROM walk{number} WHERE {_matches(actor, number, source, asked, facts)}")
    statement = _PAGE.format(
        walks=",\n".join(walks), ends="\nUNION ALL ".join(ends), kept="\nUNION ALL ".join(kept), columns=READ
    )
    return sa.text(statement), facts


_PAGE = """
WITH {walks},
ends AS (SELECT max(place) AS walked_to, sum(n)::int AS walked FROM ({ends}) e),
matched AS ({kept}),
numbered AS (
    SELECT m.*, coalesce(m.operation, m.xid::text) AS deed,
           row_number() OVER (PARTITION BY coalesce(m.operation, m.xid::text) ORDER BY m.seq DESC) AS nth
    FROM matched m, ends WHERE m.seq >= coalesce(ends.walked_to, 0)
),
placed AS (SELECT n.*, sum(CASE WHEN n.nth = 1 THEN 1 ELSE 0 END) OVER (ORDER BY n.seq DESC) AS place FROM numbered n),
page AS (
    SELECT p.*, count(*) OVER (PARTITION BY p.deed) AS members, min(p.seq) OVER () AS reached
    FROM placed p WHERE p.place <= :size
)
SELECT {columns}, deed, members, reached, walked_to, walked, max(seq) OVER () AS stretch,
       EXISTS (SELECT 1 FROM placed WHERE place > :size) AS more,
       coalesce(who.name, CASE source WHEN 'sql' THEN 'The database' ELSE 'Backroom' END) AS by_name
FROM ends
LEFT JOIN page ON page.nth <= :shown
LEFT JOIN (SELECT people.id AS person_id, people.name FROM people) who ON who.person_id = page.actor_id
ORDER BY seq DESC
"""


def _walk(number: int, source: _Source, asked: Asked) -> str:
    """The newest changes of a source. Bounds of time are literal: they leave out the partitions of other days."""
    which = ""
    if source.ids:
        which = f"AND record_id = :ids{number}" if len(source.ids) == 1 else f"AND record_id = ANY (:ids{number})"
    stretch = asked.before or Place(BEGINNING, END)
    since = max(stretch.since, asked.since.astimezone(dt.UTC)) if asked.since else stretch.since
    until = min(stretch.until, asked.until.astimezone(dt.UTC)) if asked.until else stretch.until
    return (
        f"SELECT {READ} FROM changes WHERE entity = :entity{number} {which} AND seq < :before"
        f" AND at >= '{since.isoformat()}' AND at < '{until.isoformat()}' ORDER BY seq DESC LIMIT :walked"
    )


def _matches(actor: Actor, number: int, source: _Source, asked: Asked, facts: dict[str, Any]) -> str:
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
        conditions.append("coalesce(operation, xid::text) = :operation")
    if actor.chosen and source.ids is None and access.where(actor, source.entity, source.entity.__table__) is not None:
        facts["chosen"] = [actor.chosen, EVERYONE]
        conditions.append("(audience_before || audience_after) && CAST(:chosen AS uuid[])")
    return " AND ".join(conditions)


def _open(actor: Actor, entity: type[Entity]) -> list[str]:
    return [name for name in access.visible(actor, entity) if name not in RESERVED]


# --- what a reader may know of a change -----------------------------------------------------------------------------------


def _told(actor: Actor, change: Change, known: Names, hangs_on: Mapping[UUID, str]) -> Told | None:
    """The change as far as the actor may know it; None when nothing of it is theirs."""
    entity = named(change.entity)
    before, after = sides(actor, change, hangs_on.get(change.record_id))
    if not (before or after):
        return None
    title = known.title(change.entity, change.record_id)
    return Told(
        change,
        entity,
        _way(change, before, after),
        title or names.untitled(entity, change.record_id),
        known.here(change.entity, change.record_id),
        tuple(differences(actor, entity, change, before=before, after=after)),
    )


def _way(change: Change, before: bool, after: bool) -> Way:
    if change.op == "insert":
        return "created"
    if change.op == "delete":
        return "deleted"
    return "changed" if before and after else "came" if after else "left"


def sides(actor: Actor, change: Change, about: str | None = None) -> tuple[bool, bool]:
    """Was the record the actor's to see before the change, and after it?

    about   for what hangs on another record: the name of that record's entity
    """
    entity = named(change.entity)
    before = change.op != "insert" and audience.sees(actor, entity, change.before, about)
    after = change.op != "delete" and audience.sees(actor, entity, change.after, about)
    return before, after


def _what_they_hang_on(session: Session, found: Iterable[Change]) -> dict[UUID, str]:
    """For remarks, files and the like: the kind of record they hang on, as their first or last change or they say."""
    known: dict[UUID, str] = {}
    missing: dict[type[Entity], set[UUID]] = {}
    for change in found:
        entity = named(change.entity)
        if isinstance(entity.scope, AsRecord):
            said = change.diff.get(entity.scope.entity) if change.op != "update" else None
            if said:
                known[change.record_id] = said
            else:
                missing.setdefault(entity, set()).add(change.record_id)
    for entity, ids in missing.items():
        scope: AsRecord = entity.scope  # type: ignore[assignment]
        table = entity.__table__
        rows = session.execute(sa.select(table.c.id, table.c[scope.entity]).where(table.c.id.in_(ids)))
        known |= {row[0]: row[1] for row in rows}
    return known


def differences(
    actor: Actor, entity: type[Entity], change: Change, *, before: bool, after: bool
) -> Iterator[Difference]:
    """What the change did to the columns that are open to the actor, in the order of declaration."""
    for name in _open(actor, entity):
        if name not in change.diff:
            continue
        stored = change.diff[name]
        if change.op == "update":
            yield Difference(name, stored[0] if before else None, stored[1] if after else None)
        elif stored not in (None, "", [], {}) and columns_of(entity)[name].computed is None:
            yield Difference(name, stored, None) if change.op == "delete" else Difference(name, None, stored)
