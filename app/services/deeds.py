"""Deeds: what somebody did at once, as whoever reads a history may know it; a bulk edit of 500 rows is one deed.

A page of history walks back through the feed along an index for a bounded number of changes, keeps those that match
and that touched something the reader sees, and puts together what shares an operation or a transaction.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
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

Way = Literal["created", "changed", "deleted", "came", "left"]


@dataclass(frozen=True)
class Asked:
    """What a history is narrowed to.

    person      who did it; `by_nobody`: what no person did
    column      only changes of this column of the record itself
    since, until   when, the second one not included
    op          insert, update or delete
    operation   the deed itself: its operation id, or the number of its transaction
    before      only what is older than this change, by its `seq`
    """

    person: UUID | None = None
    by_nobody: bool = False
    column: str = ""
    since: dt.datetime | None = None
    until: dt.datetime | None = None
    op: str = ""
    operation: str = ""
    before: int = NEWEST
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
    next: int | None
    looked: bool = False


@dataclass(frozen=True)
class _Source:
    """Changes of some records of an entity, or of all of them."""

    entity: type[Entity]
    ids: tuple[UUID, ...] | None = None


def of_list(actor: Actor, entity: type[Entity], asked: Asked) -> Page:
    """What happened to the records of an entity that were the actor's to see at the time."""
    _require(actor, entity, asked)
    return _page(actor, [_Source(entity)], asked, WALKED)


def of_record(actor: Actor, entity: type[Entity], id: UUID, asked: Asked) -> Page:
    """What happened to a record and to the parts of it, as far as it was the actor's to see at the time."""
    _require(actor, entity, asked)
    alone = _Source(entity, (id,))
    sources = [alone] if asked.column else [alone, *_parts(actor, entity, id)]
    return _page(actor, sources, asked, WALKED_OF_RECORD)


def _require(actor: Actor, entity: type[Entity], asked: Asked) -> None:
    access.require(actor, entity, "see")
    # That a closed field changed is not told either.
    if asked.column and asked.column not in _open(actor, entity):
        raise BadRequest("There is no such field to look for.")


def _parts(actor: Actor, entity: type[Entity], id: UUID) -> Iterator[_Source]:
    """The record's lines, those that were deleted too."""
    for child, link in children_of(entity):
        if isinstance(child.scope, Via) and child.scope.part and child.scope.target == entity.__name__:
            # Ids and nothing else: each of their changes is asked for as the person below.
            with db.reading(system("history")) as session:
                gone = session.scalar(_DELETED, {"part": child.entity, "link": link, "record": id}) or []
            with db.reading(actor) as session:
                present = session.scalars(sa.select(child.id).where(child.__table__.c[link] == id))
                ids = tuple(dict.fromkeys([*present, *gone]))
            if ids:
                yield _Source(child, ids)


_DELETED = sa.text("SELECT backroom.deleted_parts(:part, :link, :record)")


# --- walking the feed ----------------------------------------------------------------------------------------------------


def _page(actor: Actor, sources: Sequence[_Source], asked: Asked, walked: int) -> Page:
    statement, facts = _statement(actor, sources, asked, walked)
    with db.reading(actor) as session:
        rows = session.execute(statement, facts).all()
        found = [(row, changes.of_row(row)) for row in rows if row.seq is not None]
        known = names.of(
            session, actor, {(change.entity, change.record_id) for _, change in found}, [change for _, change in found]
        )
        hangs_on = _what_they_hang_on(session, [change for _, change in found])
    told = [(row, one) for row, change in found if (one := _told(actor, change, known, hangs_on))]
    deeds = [
        Deed(key, members[0][0].by_name, members[0][0].members, tuple(one for _, one in members))
        for key, members in _together(told).items()
    ]
    first = rows[0]
    following = first.reached if first.more else first.walked_to
    return Page(tuple(deeds), known, following, looked=not first.more and first.walked_to is not None)


def _together(told: Iterable[tuple[Any, Told]]) -> dict[str, list[tuple[Any, Told]]]:
    found: dict[str, list[tuple[Any, Told]]] = {}
    for row, one in told:
        found.setdefault(row.deed, []).append((row, one))
    return found


def _statement(
    actor: Actor, sources: Sequence[_Source], asked: Asked, walked: int
) -> tuple[sa.TextClause, dict[str, Any]]:
    """One statement walks each source back from `asked.before`, keeps what matches, and puts it together to deeds."""
    facts: dict[str, Any] = {"before": asked.before, "walked": walked, "size": asked.size, "shown": asked.shown}
    facts |= {"person": asked.person, "column": asked.column, "op": asked.op, "operation": asked.operation}
    walks, ends, kept = [], [], []
    for number, source in enumerate(sources):
        facts |= {f"entity{number}": source.entity.entity, f"open{number}": _open(actor, source.entity)}
        if source.ids:
            facts[f"ids{number}"] = source.ids[0] if len(source.ids) == 1 else list(source.ids)
        walks.append(f"walk{number} AS MATERIALIZED ({_walk(number, source, asked)})")
        ends.append(f"SELECT CASE WHEN count(*) >= :walked THEN min(seq) END AS place FROM walk{number}")
        kept.append(f"SELECT * FROM walk{number} WHERE {_matches(actor, number, source, asked, facts)}")
    statement = _PAGE.format(
        walks=",\n".join(walks), ends="\nUNION ALL ".join(ends), kept="\nUNION ALL ".join(kept), columns=READ
    )
    return sa.text(statement), facts


_PAGE = """
WITH {walks},
ends AS (SELECT max(place) AS walked_to FROM ({ends}) e),
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
SELECT {columns}, deed, members, reached, walked_to,
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
    since = f"AND at >= '{asked.since.astimezone(dt.UTC).isoformat()}'" if asked.since else ""
    until = f"AND at < '{asked.until.astimezone(dt.UTC).isoformat()}'" if asked.until else ""
    return (
        f"SELECT {READ} FROM changes WHERE entity = :entity{number} {which} AND seq < :before {since} {until}"
        " ORDER BY seq DESC LIMIT :walked"
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
