"""Deeds: what somebody did at once, as whoever reads a history may know it; a bulk edit of 500 rows is one deed.

Of what `walking` brings to light it keeps what was the reader's to see at the time, and puts together what shares an
operation or a transaction.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Final, Literal
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.orm import Session

from app.core import access, audience, db
from app.core.actor import Actor
from app.core.entity import Entity, columns_of, named, parts_of
from app.core.errors import BadRequest
from app.services.feed import days
from app.services.feed.changes import Change
from app.services.history import names, walking
from app.services.history.names import Names
from app.services.history.walking import Asked, Place, Source, Walked

Way = Literal["created", "restored", "changed", "deleted", "came", "left"]

BY_ITSELF: Final = frozenset({"terminal", "sql"})
"""Sources that write a version of their own: only elsewhere does a record that begins with a later one come back."""

Sides = tuple[bool, bool]
"""Was a record somebody's to see before a change of it, and after?"""


@dataclass(frozen=True)
class Difference:
    """One field of a change, as the feed stored it: `old` or `new` is None where it was empty or not the reader's."""

    column: str
    old: Any
    new: Any


@dataclass(frozen=True)
class Told:
    """One change as its reader may know it.

    way      what became of the record; it `came` to a place of the reader's from elsewhere, or `left` for elsewhere
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
    """Changes that were made at once, newest first: `count` of them on this page, of which `told` are told."""

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
    reached    how far back it looked, if it ended because enough had been looked through, not because it was full
    """

    deeds: tuple[Deed, ...]
    names: Names
    next: Place | None
    reached: dt.datetime | None = None


def of_list(actor: Actor, entity: type[Entity], asked: Asked) -> Page:
    """What happened to the records of an entity that were the actor's to see at the time."""
    _require(actor, entity, asked)
    walked = walking.back(actor, lambda since, until: [Source(entity)], asked, walking.WALKED, walking.STRETCHES)
    return _put_together(actor, walked)


def of_record(actor: Actor, entity: type[Entity], id: UUID, asked: Asked) -> Page:
    """What happened to a record and to the parts of it, as far as it was the actor's to see at the time."""
    _require(actor, entity, asked)
    alone = Source(entity, (id,))
    parts = [] if asked.column else [_Part(actor, child, link, id) for child, link in parts_of(entity)]

    def sources(since: dt.datetime, until: dt.datetime) -> list[Source]:
        found = (Source(part.entity, part.ids(since, until)) for part in parts)
        return [alone, *(source for source in found if source.ids)]

    walked = walking.back(actor, sources, asked, walking.WALKED_OF_RECORD, days.OF_RECORD)
    return _put_together(actor, walked)


def last_of(actor: Actor, entity: type[Entity], id: UUID) -> Told | None:
    """The newest change of the record itself, without its lines, that is the actor's to know."""
    asked: Asked | None = Asked(shown=1)
    while asked is not None:
        page = of_record(actor, entity, id, asked)
        for deed in page.deeds:
            for one in deed.told:
                if (one.entity, one.change.record_id) == (entity, id):
                    return one
        asked = replace(asked, before=page.next) if page.next else None
    return None


_NAME = sa.text("SELECT name FROM people WHERE id = :id")


def of_changes(
    actor: Actor, session: Session, key: str, found: Sequence[Change], sides: Mapping[int, Sides], known: Names
) -> Deed:
    """Changes that are at hand as one deed, of which the first are told.

    found   what the actor may know of it, a document before its lines
    sides   by `seq`: was the record theirs to see before the change, and after?
    """
    first = found[0]
    by = session.scalar(_NAME, {"id": first.actor_id}) if first.actor_id else None
    nobody = "The database" if first.source == "sql" else "Backroom"
    told = tuple(_seen(actor, change, known, *sides[change.seq]) for change in found[: walking.SHOWN])
    return Deed(key, by or nobody, len(found), told)


def _require(actor: Actor, entity: type[Entity], asked: Asked) -> None:
    access.require(actor, entity, "see")
    # That a closed field changed is not told either.
    if asked.column and asked.column not in walking.open_columns(actor, entity):
        raise BadRequest("There is no such field to look for.")


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
        self._known |= dict.fromkeys(walking.deleted_parts(self.entity, self._link, self._record, since, until))
        return tuple(self._known)


# --- telling ------------------------------------------------------------------------------------------------------------


def _put_together(actor: Actor, walked: Walked) -> Page:
    found = walked.found
    read = [change for _, change in found]
    with db.reading(actor) as session:
        known = names.of(session, actor, {(change.entity, change.record_id) for change in read}, read)
        hangs_on = audience.abouts(session, read)
    counts: dict[str, dict[int, int]] = {}
    told: dict[str, list[tuple[Any, Told]]] = {}
    for row, change in found:
        # Each look counted its own; the number of the page's first change there tells them apart.
        counts.setdefault(row.deed, {})[row.stretch] = row.members
        one = _told(actor, change, known, hangs_on)
        if one is not None:
            told.setdefault(row.deed, []).append((row, one))
    deeds = (
        Deed(key, members[0][0].by_name, sum(counts[key].values()), tuple(one for _, one in members))
        for key, members in told.items()
    )
    return Page(tuple(deeds), known, walked.next, walked.reached)


def _told(actor: Actor, change: Change, known: Names, hangs_on: Mapping[UUID, str]) -> Told | None:
    """The change as far as the actor may know it; None when nothing of it is theirs."""
    before, after = seen_on_sides(actor, change, hangs_on.get(change.record_id))
    return _seen(actor, change, known, before, after) if before or after else None


def _seen(actor: Actor, change: Change, known: Names, before: bool, after: bool) -> Told:
    entity = named(change.entity)
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
        return "restored" if change.version > 1 and change.source not in BY_ITSELF else "created"
    if change.op == "delete":
        return "deleted"
    return "changed" if before and after else "came" if after else "left"


def seen_on_sides(actor: Actor, change: Change, about: str | None = None) -> tuple[bool, bool]:
    """Was the record the actor's to see before the change, and after it?

    about   for what hangs on another record: the name of that record's entity
    """
    entity = named(change.entity)
    before = change.op != "insert" and audience.sees(actor, entity, change.before, about)
    after = change.op != "delete" and audience.sees(actor, entity, change.after, about)
    return before, after


def differences(
    actor: Actor, entity: type[Entity], change: Change, *, before: bool, after: bool
) -> Iterator[Difference]:
    """What the change did to the columns that are open to the actor, in the order of declaration."""
    for name in walking.open_columns(actor, entity):
        if name not in change.diff:
            continue
        stored = change.diff[name]
        if change.op == "update":
            yield Difference(name, stored[0] if before else None, stored[1] if after else None)
        elif stored not in (None, "", [], {}) and columns_of(entity)[name].computed is None:
            yield Difference(name, stored, None) if change.op == "delete" else Difference(name, None, stored)
