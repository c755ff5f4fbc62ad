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
from sqlalchemy.orm import Session

from app.core import access, merge, openness
from app.core.actor import Actor
from app.core.columns import Column
from app.core.entity import RESERVED, Entity, children_of, column_label, columns_of, label_of, named
from app.core.errors import Closed, SecretLost
from app.core.scope import Via
from app.services import remains, sides
from app.services.feed import changes
from app.services.feed.changes import Change
from app.services.history import deeds, names, undo_look
from app.services.history.deeds import Difference
from app.services.history.undo_look import Look
from app.services.remains import Remains

Way = Literal["change", "restore", "remove"]

WAYS: Final[Mapping[str, Way]] = {"update": "change", "delete": "restore", "insert": "remove"}
"""What was done → what undoing it does to the record."""

NEEDS: Final[Mapping[Way, str]] = {"change": "change", "restore": "create", "remove": "delete"}
"""What undoing does → the verb it needs, as by hand."""

MOST_LOOKED: Final = 200
"""Changes of one record that are looked through for who touched a field since."""


@dataclass(frozen=True)
class Kept:
    """A field that stays as it is.

    label   empty for what the person may not see
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

    @property
    def open(self) -> bool:
        """Is there anything to do?"""
        return not self.why and not self.done

    @property
    def touched(self) -> tuple[Kept, ...]:
        """The fields that somebody changed since."""
        return tuple(kept for kept in self.kept if kept.at is not None)


def of_group(
    actor: Actor, session: Session, group: Sequence[Change], *, whole: Sequence[Change] = (), lock: bool = False
) -> list[Plan]:
    """What undoing the changes of one transaction does, in the order in which it is done.

    group   the changes that are somebody's, newest first
    whole   all changes of the transaction, where only some of them are to go back
    lock    nobody else changes what is there before the transaction ends
    """
    look = Look(actor, session, group, undo_look.present(actor, session, group, lock=lock))
    about = [(change.entity, change.record_id) for change in group]
    known = names.of(session, actor, dict.fromkeys(about), ())
    step = undo_look.step(whole or group)
    plans: list[Plan] = []
    for change in undo_look.leaders_first(group):
        entity = named(change.entity)
        before, after = deeds.sides(actor, change, undo_look.hangs_on(look, entity, change))
        if not (before or after):
            continue
        title = known.title(change.entity, change.record_id) or names.untitled(entity, change.record_id)
        plan = Plan(change, entity, WAYS[change.op], title, known.here(change.entity, change.record_id))
        if step:
            plans.append(replace(plan, why=step))
        elif change.op == "update" and not (before and after):
            plans.append(replace(plan, why="It came from elsewhere, or went there: that isn't undone from one side."))
        else:
            plans.append(_following(look, plan, plans) or _PLANS[plan.way](look, plan))
    return plans


def _following(look: Look, plan: Plan, plans: Iterable[Plan]) -> Plan | None:
    """A line's plan, where its document decides about it."""
    ahead = undo_look.leader(plan.change, [one.change for one in plans])
    if ahead is None:
        return None
    above = next(one for one in plans if one.change is ahead)
    if above.why:
        return replace(plan, why=f"It belongs to {above.title}, which stays as it is.")
    return None if plan.way == "restore" else replace(plan, done=above.done)


# --- one change ----------------------------------------------------------------------------------------------------------


def _plan_change(look: Look, plan: Plan) -> Plan:
    record = look.record(plan.change)
    if record is None:
        return replace(plan, why=_departed(look, plan))
    if not access.allowed_on(look.actor, record, "change"):
        return replace(plan, why="You may see this, but not change it.")
    give: dict[str, Any] = {}
    told: list[Difference] = []
    kept: list[Kept] = []
    for name, (old, new) in plan.change.diff.items():
        column = _column(plan.entity, name)
        if column is None:
            continue
        now, back = look.now(record, name, column), merge.read(column, old)
        if merge.same(now, back):
            continue
        stays = _stays(look, plan, name, column, is_touched=not merge.same(now, merge.read(column, new)))
        if stays is not None:
            kept.append(stays)
        else:
            give[name] = old
            told.append(Difference(name, new, old))
    plan = replace(plan, give=give, differences=tuple(told), kept=tuple(dict.fromkeys(kept)))
    look.back.setdefault((plan.change.entity, record.id), {}).update(give)
    if not give:
        return replace(plan, done=not kept, why="Nothing of it can go back." if kept else "")
    try:
        openness.require(record, give)
    except Closed as error:
        return replace(plan, why=error.message)
    return plan


def _column(entity: type[Entity], name: str) -> Column | None:
    """The column, unless it is gone by now or the machine's own."""
    found = columns_of(entity).get(name)
    if found is None or name in RESERVED or found.computed is not None:
        return None
    described: Column = found.info["column"]
    return described


def _stays(look: Look, plan: Plan, name: str, column: Column, *, is_touched: bool) -> Kept | None:
    """Why a field does not go back; None where it does."""
    if name not in access.visible(look.actor, plan.entity):
        return Kept("", "Something in it that is not yours to see stays as it is.")
    label = column_label(name, column)
    if column.by_machine:
        return Kept(label, "Backroom keeps this itself.")
    if name not in access.changeable(look.actor, plan.entity):
        return Kept(label, "You may not change this.")
    if not is_touched:
        return None
    later, by = _touched(look, plan.change, lambda later: name in later.diff)
    return Kept(label, f"{by} changed it since.", later)


def _touched(look: Look, change: Change, fits: Callable[[Change], bool]) -> tuple[dt.datetime, str]:
    """When somebody touched it last since the change, and who."""
    since = changes.of_record(
        look.session, change.entity, change.record_id, after_version=change.version, limit=MOST_LOOKED
    )
    return next(((later.at, by) for later, by in since if fits(later)), (change.at, "Somebody"))


def _departed(look: Look, plan: Plan) -> str:
    left = sides.departure(look.actor, look.session, plan.entity, plan.change.record_id, plan.change.version)
    if left is None:
        return "It is no longer yours to see."
    if left.op == "delete":
        return f"{left.by} deleted it since: restore it first."
    return f"{left.by} moved it since, to where it is not yours to see."


def _plan_remove(look: Look, plan: Plan) -> Plan:
    record = look.record(plan.change)
    if record is None:
        return replace(plan, done=True)
    if not access.allowed_on(look.actor, record, "delete"):
        return replace(plan, why="You may see this, but not delete it.")
    if not _is_as_made(look, record, plan.change):
        at, by = _touched(look, plan.change, lambda later: later.op == "update")
        return replace(plan, why=f"{by} changed it since.", at=at)
    if (line := _strange_line(look, plan, record)) is not None:
        return replace(plan, why=f"Its {label_of(line).lower()}s were touched since.")
    try:
        openness.require(record)
    except Closed as error:
        return replace(plan, why=error.message)
    return plan


def _is_as_made(look: Look, record: Entity, change: Change) -> bool:
    """Does a record still hold what it was made with, as far as people write it?"""
    if record.version == change.version:
        return True
    for name, stored in change.diff.items():
        column = _column(type(record), name)
        if column is None or column.secret or column.by_machine:
            continue
        if not merge.same(look.now(record, name, column), merge.read(column, stored)):
            return False
    return True


def _strange_line(look: Look, plan: Plan, record: Entity) -> type[Entity] | None:
    """The kind of a line that was added or changed after its document was made: deleting that would lose it."""
    made = {(one.entity, one.record_id): one for one in look.group if one.op == "insert"}
    for child, link in children_of(plan.entity):
        scope = child.scope
        if not (isinstance(scope, Via) and scope.part and scope.target == plan.entity.__name__):
            continue
        for line in look.session.scalars(sa.select(child).where(child.__table__.c[link] == record.id)):
            change = made.get((child.entity, line.id))
            if change is None or not _is_as_made(look, line, change):
                return child
    return None


def _plan_restore(look: Look, plan: Plan) -> Plan:
    change = plan.change
    if look.record(change) is not None:
        return replace(plan, done=True)
    if not access.may(look.actor, plan.entity, NEEDS["restore"]):
        return replace(plan, why="You may not create these, so you can't bring one back.")
    later = changes.of_record(look.session, change.entity, change.record_id, after_version=change.version, limit=1)
    if later:
        was, by = later[0]
        gone = "deleted it again" if was.op == "delete" else "moved it"
        return replace(plan, why=f"It was brought back since, and {by} {gone}.", at=was.at)
    try:
        remains.may_come_back(remains_of(change))
    except (Closed, SecretLost) as error:
        return replace(plan, why=error.message)
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
