"""Undo, thought through: what of a change can go back, what stays, and why; nothing is written here.

What somebody touched since stays theirs. Undoing gives nobody more than they could do by hand: what they may not
change stays, and of what they may not see not even the name is said.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, Final, Literal

import sqlalchemy as sa

from app.core import access, merge, openness
from app.core.actor import Actor
from app.core.columns import Column
from app.core.entity import RESERVED, Entity, column_label, columns_of, label_of, named, parts_of
from app.core.errors import Closed, SecretLost
from app.services import remains
from app.services.feed.changes import Change
from app.services.feed.later import Later
from app.services.history import deeds, names, undo_look, walking
from app.services.history.deeds import Difference
from app.services.history.names import Which
from app.services.history.undo_look import Look
from app.services.remains import Remains

Way = Literal["change", "restore", "remove"]

WAYS: Final[Mapping[str, Way]] = {"update": "change", "delete": "restore", "insert": "remove"}
"""What was done → what undoing it does to the record."""

NEEDS: Final[Mapping[Way, str]] = {"change": "change", "restore": "create", "remove": "delete"}
"""What undoing does → the verb it needs, as by hand."""


@dataclass(frozen=True)
class Kept:
    """A field that stays as it is.

    why     as a sentence
    at      when somebody touched it since, where that is why
    """

    label: str
    why: str
    at: dt.datetime | None = None


@dataclass(frozen=True)
class Plan:
    """What undoing one change does.

    give         column → value that goes back, of a changed record
    differences  the same for reading: from what to what
    why          why nothing of it goes back, as a sentence; empty where something does
    done         it is as it was already
    follows      it goes with its document
    here         the record can be opened today
    """

    change: Change
    entity: type[Entity]
    way: Way
    title: str
    here: bool = False
    give: Mapping[str, Any] = field(default_factory=dict)
    differences: tuple[Difference, ...] = ()
    kept: tuple[Kept, ...] = ()
    why: str = ""
    at: dt.datetime | None = None
    done: bool = False
    follows: bool = False

    @property
    def open(self) -> bool:
        """Is there anything to do?"""
        return not self.why and not self.done

    @property
    def touched(self) -> tuple[Kept, ...]:
        """The fields that somebody changed since."""
        return tuple(kept for kept in self.kept if kept.at is not None)


def of_group(look: Look, group: Sequence[Change]) -> list[Plan]:
    """What undoing changes of one transaction does, in the order in which it is done.

    group   newest first; what the look was taken at, or some of it
    """
    leaders, fates = undo_look.leaders(group), _fates(group)
    look.made = {undo_look.which(one): one for one in group if one.op == "insert"}
    plans: dict[int, Plan] = {}
    for change in undo_look.leaders_first(group):
        entity, about = named(change.entity), undo_look.which(change)
        title = look.names.title(*about) or names.untitled(entity, change.record_id)
        plan = Plan(change, entity, WAYS[change.op], title, look.names.here(*about))
        ahead = undo_look.leader(change, leaders)
        plan = _settled(look, plan, fates[about]) or _following(plan, plans.get(ahead.seq) if ahead else None) or plan
        # A line goes away together with its document; it comes back for itself, after it.
        is_settled = plan.why or plan.done or plan.follows
        plans[change.seq] = plan if is_settled else _PLANS[plan.way](look, plan)
    return list(plans.values())


def _fates(group: Iterable[Change]) -> dict[Which, list[str]]:
    """What was done to each record, newest first."""
    found: dict[Which, list[str]] = {}
    for change in group:
        found.setdefault(undo_look.which(change), []).append(change.op)
    return found


def _settled(look: Look, plan: Plan, fate: Sequence[str]) -> Plan | None:
    """The plan, where it doesn't depend on what is there today."""
    if plan.change.transaction in look.found.steps:
        return replace(plan, why=look.found.steps[plan.change.transaction])
    if plan.change.op == "update" and not all(look.found.sides[plan.change.seq]):
        return replace(plan, why="It came from elsewhere, or went there: that isn't undone from one side.")
    if fate[-1] == "insert" and fate[0] == "delete":
        return replace(plan, done=True)  # it came and went
    if fate[-1] == "delete" and "insert" in fate:
        return replace(plan, why="It was deleted and made anew at once, which isn't undone.")
    return None


def _following(plan: Plan, above: Plan | None) -> Plan | None:
    """A line's plan, where its document decides about it."""
    if above is None:
        return None
    if above.why:
        return replace(plan, why=f"It belongs to {above.title}, which stays as it is.")
    return None if plan.way == "restore" else replace(plan, done=above.done, follows=True)


# --- one change ----------------------------------------------------------------------------------------------------------


def _plan_change(look: Look, plan: Plan) -> Plan:
    record, about = look.record(plan.change), undo_look.which(plan.change)
    if record is None and about not in look.coming:
        return replace(plan, why=_departed(look, plan))
    if not _may_change(look.actor, plan.entity, record):
        return replace(plan, why="You may see this, but not change it.")
    give: dict[str, Any] = {}
    told: list[Difference] = []
    kept: list[Kept] = []
    for name, (old, new) in plan.change.diff.items():
        column = _column(plan.entity, name)
        # That a closed field changed is not told, either.
        if column is None or name not in access.visible(look.actor, plan.entity):
            continue
        now = look.now(plan.change, record, name, column)
        if merge.same(now, merge.read(column, old)):
            continue
        stays = _stays(look, plan, name, column, is_touched=not merge.same(now, merge.read(column, new)))
        if stays is not None:
            kept.append(stays)
        else:
            give[name] = old
            told.append(Difference(name, new, old))
    plan = replace(plan, give=give, differences=tuple(told), kept=tuple(kept))
    look.back.setdefault(about, {}).update(give)
    if not give:
        return replace(plan, done=not kept, why="Nothing of it can go back." if kept else "")
    try:
        if record is not None:
            openness.require(record, give)
    except Closed as error:
        return replace(plan, why=error.message)
    return plan


def _may_change(actor: Actor, entity: type[Entity], record: Entity | None) -> bool:
    # What is restored first is asked about again when it is there.
    return access.may(actor, entity, "change") if record is None else access.allowed_on(actor, record, "change")


def _column(entity: type[Entity], name: str) -> Column | None:
    """The column, unless it is gone by now or the machine's own."""
    found = columns_of(entity).get(name)
    if found is None or name in RESERVED or found.computed is not None:
        return None
    described: Column = found.info["column"]
    return described


def _stays(look: Look, plan: Plan, name: str, column: Column, *, is_touched: bool) -> Kept | None:
    """Why a field does not go back; None where it does."""
    label = column_label(name, column)
    if column.by_machine:
        return Kept(label, "Backroom keeps this itself.")
    if name not in access.changeable(look.actor, plan.entity):
        return Kept(label, "You may not change this.")
    if not is_touched:
        return None
    later, by = _touched(look, plan.change, lambda later: name in later.columns)
    return Kept(label, f"{by} changed it since.", later)


def _touched(look: Look, change: Change, fits: Callable[[Later], bool]) -> tuple[dt.datetime, str]:
    """When somebody touched it last since the change, and who."""
    return next(((later.at, later.by) for later in look.since(change) if fits(later)), (change.at, "Somebody"))


def _departed(look: Look, plan: Plan) -> str:
    since = look.since(plan.change)
    if not since:
        return "It is no longer yours to see."
    if since[0].op == "delete":
        return f"{since[0].by} deleted it since: restore it first."
    return f"{since[0].by} moved it since, to where it is not yours to see."


def _plan_remove(look: Look, plan: Plan) -> Plan:
    record = look.record(plan.change)
    if record is None:
        return replace(plan, done=True)
    if not access.allowed_on(look.actor, record, "delete"):
        return replace(plan, why="You may see this, but not delete it.")
    if not _is_as_made(look, record, plan.change):
        return _changed(look, plan)
    if (line := _strange_line(look, record)) is not None:
        return replace(plan, why=f"Its {label_of(line).lower()}s were touched since.")
    try:
        openness.require(record)
    except Closed as error:
        return replace(plan, why=error.message)
    return plan


def _changed(look: Look, plan: Plan) -> Plan:
    """A new record is not as it was made any more; who changed what is closed to the actor is not said."""
    told = set(walking.open_columns(look.actor, plan.entity))
    later = next((one for one in look.since(plan.change) if not one.columns.isdisjoint(told)), None)
    if later is None:
        return replace(plan, why="It is no longer as it was made.")
    return replace(plan, why=f"{later.by} changed it since.", at=later.at)


def _is_as_made(look: Look, record: Entity, change: Change) -> bool:
    """Does a record still hold what it was made with, as far as people write it?"""
    if record.version == change.version:
        return True
    for name, stored in change.diff.items():
        column = _column(type(record), name)
        if column is None or column.secret or column.by_machine:
            continue
        if not merge.same(look.now(change, record, name, column), merge.read(column, stored)):
            return False
    return True


def _strange_line(look: Look, record: Entity) -> type[Entity] | None:
    """The kind of a line that was added or changed after its document was made: deleting that would lose it."""
    for child, link in parts_of(type(record)):
        for line in look.session.scalars(sa.select(child).where(child.__table__.c[link] == record.id)):
            change = look.made.get((child.entity, line.id))
            if change is None or not _is_as_made(look, line, change):
                return child
    return None


def _plan_restore(look: Look, plan: Plan) -> Plan:
    change = plan.change
    if look.record(change) is not None:
        return replace(plan, done=True)
    if not access.may(look.actor, plan.entity, NEEDS["restore"]):
        return replace(plan, why="You may not create these, so you can't bring one back.")
    if since := look.since(change):
        gone = "deleted it again" if since[0].op == "delete" else "moved it"
        return replace(plan, why=f"It was brought back since, and {since[0].by} {gone}.", at=since[0].at)
    try:
        remains.may_come_back(remains_of(change))
    except (Closed, SecretLost) as error:
        return replace(plan, why=error.message)
    look.coming[undo_look.which(change)] = change.diff
    shown = deeds.differences(look.actor, plan.entity, change, before=True, after=False)
    return replace(plan, differences=tuple(Difference(one.column, None, one.old) for one in shown))


def remains_of(change: Change) -> Remains[Any]:
    """What a deletion left of its record."""
    return Remains(named(change.entity), change.record_id, change.diff, change.version)


_PLANS: Final[Mapping[Way, Callable[[Look, Plan], Plan]]] = {
    "change": _plan_change,
    "restore": _plan_restore,
    "remove": _plan_remove,
}
