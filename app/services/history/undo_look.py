"""A look at what was done at once, and at what is there of it today: what planning an undo starts from."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, Final
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.orm import Session

from app.core import access, merge
from app.core.actor import Actor
from app.core.columns import Column
from app.core.entity import Entity, named
from app.core.scope import Via
from app.services.feed import later
from app.services.feed.changes import Change
from app.services.feed.later import Later
from app.services.history import names
from app.services.history.names import Names, Which
from app.services.history.undo_deed import Found

MOST_LOOKED: Final = 200
"""Changes of one record that are looked through for who touched a field since."""

_CLOCKS_DIFFER: Final = dt.timedelta(hours=1)

Leaders = Mapping[tuple[str, str], Change]
"""What was done, and the id of the record it was done to → the change."""


@dataclass
class Look:
    """One look at what was done, and at what became of its records.

    at        when it was taken
    names     what they are called
    present   the records that are there for the actor
    versions  the same records' versions
    later     what happened to them since, newest first
    back      what newer changes will have put back when it is an older one's turn
    coming    what newer changes will have restored by then
    made      what the changes that are planned together have made
    """

    actor: Actor
    session: Session
    found: Found
    names: Names
    at: dt.datetime
    present: dict[Which, Entity]
    versions: dict[Which, int]
    later: dict[Which, list[Later]] = field(default_factory=dict)
    back: dict[Which, dict[str, Any]] = field(default_factory=dict)
    coming: dict[Which, Mapping[str, Any]] = field(default_factory=dict)
    made: dict[Which, Change] = field(default_factory=dict)

    def record(self, change: Change) -> Entity | None:
        """The record of a change as it is today, if it is there for the actor."""
        return self.present.get(which(change))

    def now(self, change: Change, record: Entity | None, name: str, column: Column) -> Any:
        """What the record of a change will hold when it is the change's turn; `None` for one that comes back first."""
        known = self.back.get(which(change), {})
        if name in known:
            return merge.read(column, known[name])
        held = self.coming.get(which(change), {}).get(name) if record is None else getattr(record, name)
        return merge.read(column, held)

    def since(self, change: Change) -> list[Later]:
        """What happened to the record after the change, newest first."""
        return [one for one in self.later.get(which(change), ()) if one.version > change.version]


def which(change: Change) -> Which:
    """The record of a change."""
    return change.entity, change.record_id


def take(actor: Actor, session: Session, found: Found) -> Look:
    """The look at all that was found; nothing is held."""
    at, told = dt.datetime.now(dt.UTC), found.changes
    present = _present(actor, session, told, lock=False)
    known = names.of(session, actor, dict.fromkeys(map(which, told)), told)
    look = Look(actor, session, found, known, at, present, _versions(present))
    oldest: dict[Which, int] = {}
    for change in told:
        oldest[which(change)] = min(change.version, oldest.get(which(change), change.version))
    touched = {one: version for one, version in oldest.items() if look.versions.get(one) != version}
    look.later = _later(session, touched, min(change.at for change in told))
    return look


def hold(look: Look, session: Session, group: Sequence[Change]) -> Look:
    """The look again, at the records of one transaction: nobody else changes them before ours ends."""
    # What a step of a document did stays: nothing of it is held, and what only postings write, nobody here could hold.
    stays = group[0].transaction in look.found.steps
    present = _present(look.actor, session, group, lock=not stays)
    versions = _versions(present)
    # What is as it was at the first look has nothing new behind it; what is gone could have come and gone again.
    moved = {one for one in map(which, group) if one not in versions or versions[one] != look.versions.get(one)}
    known = {one: [each.version for each in look.later.get(one, ())] for one in moved}
    newest = {which(change): change.version for change in reversed(group)}
    after = {one: max([newest[one], *known[one]]) for one in moved}
    fresh = _later(session, after, look.at - _CLOCKS_DIFFER)
    both = look.later | {one: [*some, *look.later.get(one, ())] for one, some in fresh.items()}
    return replace(look, session=session, present=present, versions=versions, later=both, back={}, coming={})


def _present(actor: Actor, session: Session, group: Iterable[Change], *, lock: bool) -> dict[Which, Entity]:
    """The records of these changes that are there for the actor today."""
    wanted: dict[str, set[UUID]] = {}
    for change in group:
        wanted.setdefault(change.entity, set()).add(change.record_id)
    found: dict[Which, Entity] = {}
    for name in sorted(wanted):  # always in the same order: two undos must not wait for each other in a circle
        entity = named(name)
        if not access.may(actor, entity, "see"):
            continue
        statement = sa.select(entity).where(entity.id.in_(wanted[name])).order_by(entity.id)
        statement = statement.execution_options(populate_existing=True)
        rows = session.scalars(statement.with_for_update(key_share=True) if lock else statement).all()
        found |= {(name, record.id): record for record in rows}
        if lock and len(rows) < len(wanted[name]):
            # What the UPDATE policy hides is not locked, and not changed either: it is there to be told about.
            found |= {(name, record.id): record for record in session.scalars(statement)}
    return found


def _versions(present: Mapping[Which, Entity]) -> dict[Which, int]:
    return {one: record.version for one, record in present.items()}


def _later(session: Session, after: Mapping[Which, int], since: dt.datetime) -> dict[Which, list[Later]]:
    by_entity: dict[str, dict[UUID, int]] = {}
    for (entity, id), version in after.items():
        by_entity.setdefault(entity, {})[id] = version
    return {
        (entity, id): told
        for entity, versions in by_entity.items()
        for id, told in later.of_records(session, entity, versions, since=since, most=MOST_LOOKED).items()
    }


# --- documents and their lines ------------------------------------------------------------------------------------------


def leaders(group: Iterable[Change]) -> Leaders:
    """The changes that lines can have come or gone with."""
    return {(change.op, str(change.record_id)): change for change in group if change.op != "update"}


def leader(change: Change, among: Leaders) -> Change | None:
    """The change of the document that a line came or went with."""
    scope = named(change.entity).scope
    if change.op == "update" or not (isinstance(scope, Via) and scope.part):
        return None
    return next(filter(None, (among.get((change.op, str(change.diff.get(link)))) for link in scope.links)), None)


def leaders_first(group: Sequence[Change]) -> list[Change]:
    """Newest first, but a line after its document, with which it goes or comes back."""
    known = leaders(group)
    lines: dict[int, list[Change]] = {}
    alone: list[Change] = []
    for change in group:
        ahead = leader(change, known)
        if ahead is None:
            alone.append(change)
        else:
            lines.setdefault(ahead.seq, []).append(change)
    return [one for change in alone for one in (change, *lines.get(change.seq, ()))]
