"""Undo: a change, a bulk edit or whatever was done at once goes back as new changes, except what was touched since.

Everything goes through `records`, so access, rules, links and closed documents hold as they do by hand. Undoing an
undo does it again.

A field goes back while it still holds what the change gave it, whatever happened in between. A transaction goes back
whole, unless it is too much for one go; of a bulk edit each row is one. What was deleted comes back complete, also with
what the person may not see: they choose nothing, and leaving it out would lose it. Steps of documents are reversed,
never undone.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any, Final, Literal
from uuid import UUID, uuid5

import sqlalchemy as sa

from app.core import db
from app.core.actor import Actor
from app.core.db import transaction
from app.core.entity import Entity, column_label, columns_of
from app.core.errors import AppError, Busy, Invalid, NotFound
from app.core.ids import uuid7
from app.services import many_records, operations, records, remains
from app.services.feed import changes
from app.services.feed.changes import Change
from app.services.history import deeds, undo_deed, undo_look, undo_plan
from app.services.history.deeds import Deed
from app.services.history.names import Names
from app.services.history.undo_look import Look
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

    plans   newest first, a document before its lines
    deed    what was done, as a history tells it
    names   what the records are called that it is about
    next    where the next ones begin, where these are too many for one go
    """

    plans: tuple[Plan, ...]
    deed: Deed
    names: Names
    next: int | None = None


def operation(
    actor: Actor,
    key: str,
    *,
    only: Collection[int] | None = None,
    partly: bool = True,
    before: int = changes.NEWEST,
    under: UUID | None = None,
) -> Undone:
    """Put back what was done at once, newest first, each transaction for itself.

    key        an operation id, or the number of a transaction, as histories call a deed
    only       the changes to put back, by `seq`; a document's lines go with it
    partly     where somebody touched a field since, the other fields of the change still go back
    before     only changes older than this one, to go on where `Undone.next` says
    under      id of this undo: sent again, it returns the first answer

    What can't go back is said in the outcomes, not raised. Raises `NotFound` where nothing was done under that key, as
    far as the actor may know.
    """
    under = under or uuid7()
    with db.reading(actor) as session:
        found = undo_deed.find(actor, session, key, before=before, most=MOST_AT_ONCE)
        groups = [chosen for group in found.groups if (chosen := _chosen(group, only))]
        if not groups:
            raise NotFound()
        look = undo_look.take(actor, session, found)
        turns = [_Turn.of(under, group, partly) for group in groups]
        known = operations.answers(session, actor, {turn.id: turn.payload for turn in turns})
    # Nobody's undo gets under somebody else's operation, and nothing else under this one.
    with transaction(actor) as session:
        operations.take(session, actor, under, operations.fingerprint("undo all", key))
    outcomes: list[Outcome] = []
    for turn in turns:
        outcomes += _told(known[turn.id]) if turn.id in known else _done(look, turn)
    return Undone(under, tuple(outcomes), found.next)


def preview(actor: Actor, key: str, *, before: int = changes.NEWEST) -> Preview:
    """What `operation` would do. Raises `NotFound` as it does."""
    with db.reading(actor) as session:
        found = undo_deed.find(actor, session, key, before=before, most=MOST_AT_ONCE)
        look = undo_look.take(actor, session, found)
        plans = [plan for group in found.groups for plan in undo_plan.of_group(look, group)]
        told = [plan.change for plan in plans]
        deed = deeds.of_changes(actor, session, key, told, found.sides, look.names)
    return Preview(tuple(plans), deed, look.names, found.next)


def _chosen(group: Sequence[Change], only: Collection[int] | None) -> list[Change]:
    if only is None:
        return list(group)
    leaders = undo_look.leaders(one for one in group if one.seq in only)
    return [one for one in group if one.seq in only or undo_look.leader(one, leaders) is not None]


# --- doing it ------------------------------------------------------------------------------------------------------------

# One at a time: who comes second sees what the first one did. Where the record is there, its own lock does that.
_ALONE = sa.text("SELECT pg_advisory_xact_lock(hashtextextended(:which, 0))")


@dataclass(frozen=True)
class _Turn:
    """Changes of one transaction that are put back in one transaction: all that can go back, or nothing.

    operation    the undo that this is a part of
    id, payload  under which the answer is kept, so that what is sent again is not done again
    """

    operation: UUID
    group: Sequence[Change]
    partly: bool
    id: UUID
    payload: str

    @classmethod
    def of(cls, operation: UUID, group: Sequence[Change], partly: bool) -> _Turn:
        seqs = [one.seq for one in group]
        id = uuid5(operation, ".".join(map(str, seqs)))
        return cls(operation, group, partly, id, operations.fingerprint("undo", seqs, partly))


def _done(look: Look, turn: _Turn) -> list[Outcome]:
    try:
        return _do(look, turn)
    except _Stopped as stopped:
        return [_left(plan, stopped.sentence(plan)) for plan in stopped.plans]
    except Busy:
        # Somebody was in the way, who may have been the same person: a form that is sent twice at once.
        with db.reading(look.actor) as session:
            known = operations.answers(session, look.actor, {turn.id: turn.payload})
        if turn.id not in known:
            raise
        return _told(known[turn.id])


def _do(look: Look, turn: _Turn) -> list[Outcome]:
    with transaction(look.actor, operation=turn.operation) as session:
        if any(one.op != "update" for one in turn.group):
            session.execute(_ALONE, {"which": f"undo {turn.group[0].transaction}"})
        held = undo_look.hold(look, session, turn.group)
        plans = undo_plan.of_group(held, turn.group)
        outcomes = [_outcome(held, plan, plans, partly=turn.partly) for plan in plans]
        answer = {"outcomes": [asdict(outcome) for outcome in outcomes]}
        operations.keep(session, look.actor, turn.id, turn.payload, answer)
        return outcomes


def _told(answer: Mapping[str, Any]) -> list[Outcome]:
    return [Outcome(**outcome) for outcome in answer.get("outcomes", ())]


class _Stopped(Exception):
    """One row was refused where nothing foresaw it: the transaction it stands in is rolled back."""

    def __init__(self, plan: Plan, plans: Sequence[Plan], why: str) -> None:
        super().__init__(why)
        self.plan, self.plans, self.why = plan, plans, why

    def sentence(self, plan: Plan) -> str:
        if plan is self.plan:
            return self.why
        return plan.why or f"It was done together with {self.plan.title}, which can't go back: {self.why}"


def _outcome(look: Look, plan: Plan, plans: Sequence[Plan], *, partly: bool) -> Outcome:
    if plan.why:
        return _left(plan, f"{plan.why} {_kept(plan)}".strip())
    if plan.done:
        return _of(plan, "already")
    if plan.touched and not partly:
        return _left(plan, f"{_kept(plan)} The rest of it can still go back.")
    try:
        if not plan.follows:
            _DO[plan.way](look, plan)
    except Invalid as error:
        raise _Stopped(plan, plans, sentences(plan.entity, error)) from error
    except AppError as error:
        raise _Stopped(plan, plans, error.message) from error
    return _of(plan, "partly" if plan.touched else "back", _kept(plan))


def _change(look: Look, plan: Plan) -> None:
    version = _version(look, plan)
    records.change(look.actor, plan.entity, plan.change.record_id, plan.give, expected_version=version)


def _restore(look: Look, plan: Plan) -> None:
    remains.restore(look.actor, undo_plan.remains_of(plan.change))


def _remove(look: Look, plan: Plan) -> None:
    records.remove(look.actor, plan.entity, plan.change.record_id, expected_version=_version(look, plan))


def _version(look: Look, plan: Plan) -> int:
    """The version of a record that is held: what is planned was planned for it."""
    # What was restored a moment ago wasn't there to be looked at.
    record = look.record(plan.change) or look.session.get(plan.entity, plan.change.record_id)
    return record.version if record is not None else 0


_DO: Final[Mapping[Way, Callable[[Look, Plan], None]]] = {
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
    return " ".join(f"{kept.label}: {kept.why}" for kept in plan.kept)


def _of(plan: Plan, state: State, message: str = "") -> Outcome:
    return Outcome(plan.change.seq, plan.change.entity, str(plan.change.record_id), plan.title, state, message)


def _left(plan: Plan, why: str) -> Outcome:
    return _of(plan, "left", why)
