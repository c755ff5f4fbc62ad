"""Undo: a change, a bulk edit or whatever was done at once goes back as new changes, except what was touched since.

Everything goes through `records`, so access, rules, links and closed documents hold as they do by hand. Undoing an
undo does it again.

A field goes back while it still holds what the change gave it, whatever happened in between. A transaction goes back
whole; of a bulk edit each row is one. What was deleted comes back complete, also with what the person may not see: they
choose nothing, and leaving it out would lose it. Steps of documents are reversed, never undone.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from itertools import groupby
from typing import Final, Literal
from uuid import UUID, uuid5

import sqlalchemy as sa
from sqlalchemy.orm import Session

from app.core import db
from app.core.actor import Actor
from app.core.db import transaction
from app.core.entity import Entity, column_label, columns_of
from app.core.errors import AppError, Invalid, NotFound
from app.core.ids import uuid7
from app.services import many_records, operations, records, remains
from app.services.feed import changes
from app.services.feed.changes import Change
from app.services.history import undo_look, undo_plan
from app.services.history.undo_plan import Plan, Way

State = Literal["back", "partly", "left", "already"]

MOST_AT_ONCE: Final = many_records.MOST
"""Changes that go back in one go; the next ones are asked for with `before`."""


@dataclass(frozen=True)
class Outcome:
    """What became of undoing one change: all of it is back, part of it, nothing, or it was back already."""

    seq: int
    entity: str
    id: str
    title: str
    state: State
    message: str = ""


@dataclass(frozen=True)
class Undone:
    """What became of undoing several changes.

    operation  under which the new changes are told: undoing it does everything again
    next       the `before` with which to go on, where there is more
    """

    operation: UUID
    outcomes: tuple[Outcome, ...]
    next: int | None = None

    def count(self, *states: State) -> int:
        """How many changes ended like that."""
        return sum(outcome.state in states for outcome in self.outcomes)

    @property
    def sentence(self) -> str:
        """The whole of it, to be read."""
        back, left = self.count("back", "partly"), [one for one in self.outcomes if one.state == "left"]
        if not back and not left:
            return "Nothing to undo: it is as it was already."
        if len(left) == 1 and not back:
            return f"Not undone. {left[0].title}: {left[0].message}"
        if not left:
            return "Undone." if back == 1 else f"{back:,} put back."
        stays = "1 stays as it is" if len(left) == 1 else f"{len(left):,} stay as they are"
        return f"{back:,} put back; {stays}: {_some([one.title for one in left])}."


def _some(titles: Sequence[str]) -> str:
    named = list(dict.fromkeys(titles))
    rest = len(named) - 3
    return ", ".join(named[:3]) + (f" and {rest:,} more" if rest > 0 else "")


@dataclass(frozen=True)
class Preview:
    """What undoing would do, change by change.

    count   all changes that were made at once, as far as they are told
    next    where the next ones begin, where these are too many for one go
    """

    plans: tuple[Plan, ...]
    count: int
    next: int | None = None


def change(actor: Actor, change: Change, *, partly: bool = True, operation: UUID | None = None) -> Outcome:
    """Put one change back.

    partly     where somebody touched a field since, the other fields of the change still go back
    operation  id of this undo: sent again, it returns the first answer

    What can't go back is said in the outcome, not raised.
    """
    done = _group(actor, [change] if undo_look.concerns(change) else [], partly=partly, operation=operation or uuid7())
    if not done:
        raise NotFound()
    return done[0]


def operation(
    actor: Actor,
    key: str,
    *,
    only: Collection[int] | None = None,
    partly: bool = True,
    before: int = changes.NEWEST,
    operation: UUID | None = None,
) -> Undone:
    """Put back what was done at once, newest first, each transaction for itself.

    key        an operation id, or the number of a transaction, as histories call a deed
    only       the changes to put back, by `seq`; a document's lines go with it
    before     only changes older than this one, to go on where `Undone.next` says
    operation  id of this undo: sent again, it returns the first answer

    Raises `NotFound` where nothing was done under that key, as far as the actor may know.
    """
    under = operation or uuid7()
    groups, next, _ = _groups(actor, key, before)
    outcomes: list[Outcome] = []
    for group in groups:
        chosen = _chosen(group, only)
        if chosen:
            outcomes += _group(actor, chosen, whole=group, partly=partly, operation=under)
    if not outcomes:
        raise NotFound()
    return Undone(under, tuple(outcomes), next)


def preview(actor: Actor, key: str, *, only: Collection[int] | None = None, before: int = changes.NEWEST) -> Preview:
    """What `operation` would do. Raises `NotFound` as it does."""
    groups, next, count = _groups(actor, key, before)
    plans: list[Plan] = []
    with db.reading(actor) as session:
        for group in groups:
            plans += undo_plan.of_group(actor, session, _chosen(group, only), whole=group)
    if not plans:
        raise NotFound()
    return Preview(tuple(plans), count, next)


def _groups(actor: Actor, key: str, before: int) -> tuple[list[list[Change]], int | None, int]:
    """The changes by transaction, newest first, as many as go back in one go; where to go on; how many there are."""
    with db.reading(actor) as session:
        if key.isascii() and key.isdigit() and len(key) < 19:
            found = changes.of_transaction(session, int(key))
        else:
            found = changes.of_operation(session, key)
    found = [one for one in found if undo_look.concerns(one)]
    newest = sorted((one for one in found if one.seq < before), key=lambda one: one.seq, reverse=True)
    groups: list[list[Change]] = []
    taken = 0
    for _, members in groupby(newest, key=lambda one: one.transaction):
        group = list(members)
        if groups and taken + len(group) > MOST_AT_ONCE:
            return groups, groups[-1][-1].seq, len(found)
        groups.append(group)
        taken += len(group)
    return groups, None, len(found)


def _chosen(group: Sequence[Change], only: Collection[int] | None) -> list[Change]:
    if only is None:
        return list(group)
    chosen = [one for one in group if one.seq in only]
    return [one for one in group if one in chosen or undo_look.leader(one, chosen) is not None]


# --- doing it ------------------------------------------------------------------------------------------------------------

# One at a time: who comes second sees what the first one did. Where the record is there, its own lock does that.
_ALONE = sa.text("SELECT pg_advisory_xact_lock(hashtextextended(:which, 0))")


def _group(
    actor: Actor, group: Sequence[Change], *, partly: bool, operation: UUID, whole: Sequence[Change] = ()
) -> list[Outcome]:
    """Put back what was done in one transaction, in one transaction: all that can go back, or nothing."""
    if not group:
        return []
    seqs = [one.seq for one in group]
    claim = uuid5(operation, ".".join(map(str, seqs)))
    try:
        with transaction(actor, operation=operation) as session:
            known = operations.claim(session, actor, claim, operations.fingerprint("undo", seqs, partly))
            if known is not None:
                return [Outcome(**outcome) for outcome in known.get("outcomes", ())]
            if any(one.op != "update" for one in group):
                session.execute(_ALONE, {"which": f"undo {group[0].transaction}"})
            plans = undo_plan.of_group(actor, session, group, whole=whole, lock=True)
            outcomes = [_outcome(session, actor, plan, plans, partly=partly) for plan in plans]
            operations.finish(session, claim, {"outcomes": [asdict(outcome) for outcome in outcomes]})
            return outcomes
    except _Stopped as stopped:
        return [_left(plan, stopped.sentence(plan)) for plan in stopped.plans]


class _Stopped(Exception):
    """One row was refused where nothing foresaw it: the transaction it stands in is rolled back."""

    def __init__(self, plan: Plan, plans: Sequence[Plan], why: str) -> None:
        super().__init__(why)
        self.plan, self.plans, self.why = plan, plans, why

    def sentence(self, plan: Plan) -> str:
        if plan is self.plan:
            return self.why
        return plan.why or f"It was done together with {self.plan.title}, which can't go back: {self.why}"


def _outcome(session: Session, actor: Actor, plan: Plan, plans: Sequence[Plan], *, partly: bool) -> Outcome:
    if plan.why:
        return _left(plan, f"{plan.why} {_kept(plan)}".strip())
    if plan.done:
        return _of(plan, "already")
    if plan.touched and not partly:
        return _left(plan, f"{_kept(plan)} The rest of it can still go back.")
    try:
        _DO[plan.way](actor, session, plan, plans)
    except Invalid as error:
        raise _Stopped(plan, plans, sentences(plan.entity, error)) from error
    except AppError as error:
        raise _Stopped(plan, plans, error.message) from error
    return _of(plan, "partly" if plan.touched else "back", _kept(plan))


def _change(actor: Actor, session: Session, plan: Plan, plans: Iterable[Plan]) -> None:
    version = session.scalar(sa.select(plan.entity.version).where(plan.entity.id == plan.change.record_id))
    records.change(actor, plan.entity, plan.change.record_id, plan.give, expected_version=version or 0)


def _restore(actor: Actor, session: Session, plan: Plan, plans: Iterable[Plan]) -> None:
    remains.restore(actor, undo_plan.remains_of(plan.change))


def _remove(actor: Actor, session: Session, plan: Plan, plans: Iterable[Plan]) -> None:
    if undo_look.leader(plan.change, [one.change for one in plans]) is not None:
        return  # it went with its document
    version = session.scalar(sa.select(plan.entity.version).where(plan.entity.id == plan.change.record_id))
    records.remove(actor, plan.entity, plan.change.record_id, expected_version=version or 0)


_DO: Final[Mapping[Way, Callable[[Actor, Session, Plan, Sequence[Plan]], None]]] = {
    "change": _change,
    "restore": _restore,
    "remove": _remove,
}


GONE: Final = frozenset({"Choose one from the list.", "This one does not exist any more: choose another."})
"""What is said where a record points to something that the person can't choose."""


def sentences(entity: type[Entity], error: Invalid) -> str:
    """What stands in the way of a record as it was, field by field."""
    said = []
    for name, sentence in error.fields.items():
        column = columns_of(entity)[name].info["column"] if name in columns_of(entity) else None
        if name == "id":
            said.append("It is there already.")
        elif column is None:
            said.append(sentence)
        elif column.kind == "link" and sentence in GONE:
            said.append(f"{column_label(name, column)}: what it was is gone, or not yours to choose.")
        else:
            said.append(f"{column_label(name, column)}: {sentence}")
    return " ".join(said) or error.message


def _kept(plan: Plan) -> str:
    return " ".join(f"{kept.label}: {kept.why}" if kept.label else kept.why for kept in plan.kept)


def _of(plan: Plan, state: State, message: str = "") -> Outcome:
    return Outcome(plan.change.seq, plan.change.entity, str(plan.change.record_id), plan.title, state, message)


def _left(plan: Plan, why: str) -> Outcome:
    return _of(plan, "left", why)
