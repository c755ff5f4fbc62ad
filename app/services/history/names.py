"""Names: what the records that a history mentions are called, also those that are gone by now."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any, Final
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.orm import Session

from app.core import access, db, rows, titles
from app.core.actor import Actor
from app.core.entity import Entity, class_named, columns_of, named
from app.core.errors import NotFound
from app.services.feed import days
from app.services.feed.changes import Change

Which = tuple[str, UUID]
"""A record: the name of its entity, and its id."""

NOBODY: Final[Mapping[Which, str]] = MappingProxyType({})

_LAST_WORDS = (
    "SELECT DISTINCT ON (record_id) record_id, diff FROM changes WHERE entity = :entity AND record_id = ANY (:ids)"
    " AND op = 'delete' AND at >= '{since}' AND at < '{until}' ORDER BY record_id, seq DESC"
)


@dataclass(frozen=True)
class Names:
    """What records are called, as far as whoever asked may know it; `present` are those that are there for them today."""

    known: Mapping[Which, str] = field(default_factory=dict)
    present: frozenset[Which] = frozenset()

    def title(self, entity: str, id: UUID) -> str | None:
        """What the record is or was called; None when that is not the reader's to know."""
        return self.known.get((entity, id))

    def here(self, entity: str, id: UUID) -> bool:
        """May the reader open it today?"""
        return (entity, id) in self.present


def of(session: Session, actor: Actor, about: Iterable[Which], found: Sequence[Change]) -> Names:
    """The names of these records and of all that these changes link to, in one question per kind of record.

    about   records that were there when the first of the changes was made; of any time where there are none
    """
    since = min((change.at for change in found), default=days.BEGINNING)
    wanted: dict[str, set[UUID]] = {}
    for entity, id in about:
        wanted.setdefault(entity, set()).add(id)
    for change in found:
        for entity, id in _linked(actor, change):
            wanted.setdefault(entity, set()).add(id)
    known: dict[Which, str] = {}
    present: set[Which] = set()
    gone: dict[Which, Mapping[str, Any]] = {}
    while wanted:
        behind: dict[str, set[UUID]] = {}
        for entity, ids in wanted.items():
            here = today(session, actor, named(entity), ids)
            present |= {(entity, id) for id in here}
            known |= {(entity, id): title for id, title in here.items()}
            left = _last_words(session, actor, named(entity), ids - here.keys(), since)
            gone |= {(entity, id): stored for id, stored in left.items()}
            for target, id in (one for stored in left.values() for one in _in_title(actor, named(entity), stored)):
                behind.setdefault(target, set()).add(id)
        wanted = {
            entity: fresh
            for entity, ids in behind.items()
            if (fresh := {id for id in ids if (entity, id) not in known and (entity, id) not in gone})
        }
    # What stands in a title was found after it.
    for (entity, id), stored in reversed(gone.items()):
        known[entity, id] = written(actor, named(entity), stored, known) or untitled(named(entity), id)
    return Names(known, frozenset(present))


def of_present(actor: Actor, entity: type[Entity], id: UUID) -> str | None:
    """What a record is called that the actor may open; None for any other."""
    with db.reading(actor) as session:
        found = rows.by_ids(session, entity, [id], ())
    return found[id].title if id in found else None


def _linked(actor: Actor, change: Change) -> Iterable[Which]:
    """The records that a change's visible columns point to."""
    entity = named(change.entity)
    columns = columns_of(entity)
    for name in access.visible(actor, entity):
        stored = change.diff.get(name)
        if not stored or columns[name].info["column"].kind not in ("link", "record"):
            continue
        target = target_of(entity, name, change.diff)
        for value in stored if isinstance(stored, list) else (stored,):
            if target and value:
                yield target, UUID(value)


def target_of(entity: type[Entity], column: str, diff: Mapping[str, Any]) -> str | None:
    """The kind of record that a column of a change points to."""
    described = columns_of(entity)[column].info["column"]
    if described.kind == "link":
        return class_named(described.target).entity
    about = diff.get(rows.kind_of(entity) or "")
    about = about[-1] if isinstance(about, list) else about
    try:
        return named(about).entity if isinstance(about, str) else None
    except NotFound:
        return None


def today(session: Session, actor: Actor, entity: type[Entity], ids: Iterable[UUID]) -> dict[UUID, str]:
    """What records that are there today are called."""
    public = titles.public(entity)
    if public is not None:
        source = titles.source_of(entity, rows.MAIN)
        called = titles.title(entity, source, titles.seen_by(actor), depth=1)
        found = session.execute(sa.select(source.c.id, called.text).where(source.c.id.in_(list(ids))))
        return {row[0]: row[1] or untitled(entity, row[0]) for row in found}
    if not access.may(actor, entity, "see"):
        return {}
    return {id: row.title for id, row in rows.by_ids(session, entity, ids, ()).items()}


def _last_words(
    session: Session, actor: Actor, entity: type[Entity], ids: set[UUID], since: dt.datetime
) -> dict[UUID, Mapping[str, Any]]:
    """What the feed kept of records that were deleted since a moment."""
    said: dict[UUID, Mapping[str, Any]] = {}
    if not ids or not access.may(actor, entity, "see"):
        return said
    for begin, end in days.back(since=since):
        statement = sa.text(_LAST_WORDS.format(since=begin.isoformat(), until=end.isoformat()))
        rows = session.execute(statement, {"entity": entity.entity, "ids": list(ids - said.keys())})
        said |= {row.record_id: row.diff for row in rows}
        if said.keys() >= ids:
            break
    return said


def written(actor: Actor, entity: type[Entity], stored: Mapping[str, Any], known: Mapping[Which, str] = NOBODY) -> str:
    """A title out of stored values, as far as they are words or known by name, and the actor's to see."""
    open_columns = access.visible(actor, entity)
    behind = dict(_links(entity, stored))
    parts = []
    for name in titles.columns(entity):
        if name in behind and name in open_columns:
            parts.append(known.get(behind[name]))
        elif name in open_columns and _is_word(entity, name):
            parts.append(stored.get(name))
    return titles.BETWEEN.join(str(part) for part in parts if part)


def _in_title(actor: Actor, entity: type[Entity], stored: Mapping[str, Any]) -> Iterable[Which]:
    """The records whose names stand in a title."""
    open_columns = access.visible(actor, entity)
    return [one for name, one in _links(entity, stored) if name in open_columns]


def _links(entity: type[Entity], stored: Mapping[str, Any]) -> Iterable[tuple[str, Which]]:
    for name in titles.columns(entity):
        described = columns_of(entity)[name].info["column"]
        if described.kind == "link" and stored.get(name):
            yield name, (class_named(described.target).entity, UUID(stored[name]))


def _is_word(entity: type[Entity], name: str) -> bool:
    return columns_of(entity)[name].info["column"].kind in titles.TEXTS | {"date"}


def untitled(entity: type[Entity], id: UUID) -> str:
    """How a record is called whose title is not known."""
    return rows.untitled(entity, id)
