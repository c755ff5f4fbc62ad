"""The names of a moment: past rows with what they were called then, and what the records they point to were called."""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection, Mapping, Sequence
from typing import Any, Final
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.orm import Session

from app.core import access, audience, rows, titles
from app.core.actor import Actor
from app.core.columns import spoken
from app.core.entity import Entity, columns_of, named
from app.core.rows import Row, unnamed, untitled
from app.core.scope import AsRecord
from app.services.history import names
from app.services.history.names import Which

MOST: Final = 5_000
"""Changes of names that one page looks through."""


def label(
    session: Session,
    actor: Actor,
    entity: type[Entity],
    read: Mapping[UUID, dict[str, Any]],
    columns: Sequence[str],
    moment: dt.datetime,
) -> dict[UUID, Row]:
    """Values with the names that belonged to them."""
    there = next(iter(read.values()), {})
    beside = rows.kind_of(entity)
    shown = [name for name in columns if name in there]
    if beside in there and any(_kind(entity, name) == "record" for name in shown):
        shown = list(dict.fromkeys([*shown, str(beside)]))
    called = {*shown, *titles.columns(entity)}
    links = [name for name in columns_of(entity) if name in called and _kind(entity, name) in ("link", "record")]
    pointed = {
        id: {name: which for name in links if (which := _target(entity, name, values))} for id, values in read.items()
    }
    known = _titles(session, actor, {which for targets in pointed.values() for which in targets.values()}, moment)
    found = {}
    for id, values in read.items():
        labels = {name: known[which] or unnamed(name) for name, which in pointed[id].items() if which in known}
        title = titles.BETWEEN.join(
            labels[name] if name in labels else _word(entity, name, values[name])
            for name in titles.columns(entity)
            if values.get(name) and (_kind(entity, name) not in ("link", "record") or name in labels)
        )
        found[id] = Row(
            id,
            values.get("version") or 1,
            {name: values[name] for name in shown},
            labels,
            title or untitled(entity, id),
        )
    return found


def _kind(entity: type[Entity], name: str) -> str:
    kind: str = columns_of(entity)[name].info["column"].kind
    return kind


def _target(entity: type[Entity], name: str, values: Mapping[str, Any]) -> Which | None:
    """The record that a past row pointed to."""
    kind = names.target_of(entity, name, values) if values.get(name) else None
    return (kind, values[name]) if kind else None


def _word(entity: type[Entity], name: str, value: Any) -> str:
    """A value as it is read in a title."""
    described = columns_of(entity)[name].info["column"]
    if described.kind == "choice":
        return next((choice.label for choice in described.choices if choice.value == value), str(value))
    if described.kind == "entity":
        return spoken(str(value), titles.words_of(described) or ())
    return str(value)


# --- what linked records were called -----------------------------------------------------------------------------------


def _titles(session: Session, actor: Actor, which: Collection[Which], moment: dt.datetime) -> dict[Which, str]:
    """What these records were called at a moment.

    It is today's name where they were not renamed since, where a name is put together of more than words of their own,
    and where the old one is not the reader's to know.
    """
    wanted: dict[str, set[UUID]] = {}
    for kind, id in which:
        wanted.setdefault(kind, set()).add(id)
    known: dict[Which, str] = {}
    for kind, ids in wanted.items():
        known |= {(kind, id): title for id, title in names.today(session, actor, named(kind), ids).items()}
    return known | _renamed(session, actor, wanted, moment)


# The moment is literal for the planner's sake: it leaves out the days before.
_RENAMED = """
SELECT c.entity, c.record_id, c.op, c.audience_before, c.diff FROM changes c
WHERE c.at > '{moment}' AND c.entity = ANY (:kinds) AND c.record_id = ANY (:ids)
  AND (c.op = 'delete' OR c.op = 'update' AND c.diff ?| CAST(:columns AS text[]))
ORDER BY c.seq LIMIT :most
"""


def _renamed(
    session: Session, actor: Actor, wanted: Mapping[str, Collection[UUID]], moment: dt.datetime
) -> dict[Which, str]:
    """The names of then of what was renamed or deleted since, as far as it was the reader's to see at its first change."""
    worded = {kind: words for kind in wanted if (words := _words(actor, named(kind)))}
    if not worded:
        return {}
    facts = {
        "kinds": list(worded),
        "ids": list({id for kind in worded for id in wanted[kind]}),
        "columns": list({name for words in worded.values() for name in words}),
        "most": MOST,
    }
    found = session.execute(sa.text(_RENAMED.format(moment=moment.isoformat())), facts)
    held: dict[Which, dict[str, Any]] = {}
    ended: set[Which] = set()
    for change in found:
        key = (change.entity, change.record_id)
        theirs = key in held or audience.sees(actor, named(change.entity), change.audience_before)
        if key in ended or not theirs:
            ended.add(key)
            continue
        state = held.setdefault(key, {})
        if change.op == "delete":
            held[key] = change.diff | state
            ended.add(key)
        else:
            held[key] = {name: pair[0] for name, pair in change.diff.items()} | state
    return _put_together(session, actor, worded, held)


def _words(actor: Actor, entity: type[Entity]) -> tuple[str, ...]:
    """The columns of a title that is made of words of its own and nothing else, all of them open to the reader."""
    if isinstance(entity.scope, AsRecord) or not access.may(actor, entity, "see"):
        return ()
    columns, visible = titles.columns(entity), access.visible(actor, entity)
    return columns if all(name in visible and _kind(entity, name) in titles.TEXTS for name in columns) else ()


def _put_together(
    session: Session, actor: Actor, worded: Mapping[str, Sequence[str]], held: Mapping[Which, Mapping[str, Any]]
) -> dict[Which, str]:
    """Titles out of what was replaced, and of what was not, out of today's rows."""
    found = {}
    for kind, words in worded.items():
        mine = {id: state for (of, id), state in held.items() if of == kind and any(name in state for name in words)}
        lacking = [id for id, state in mine.items() if not all(name in state for name in words)]
        today = rows.by_ids(session, named(kind), lacking, words) if lacking else {}
        for id, state in mine.items():
            values = (today[id].values if id in today else {}) | dict(state)
            found[kind, id] = names.written(actor, named(kind), values) or untitled(named(kind), id)
    return found
