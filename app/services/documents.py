"""Documents: the one way along which any of them goes from state to state.

A service declares its document's steps as a table (`steps`); who may take one, from which state, on which side and with
what is decided here, under a lock, once for every door.
"""

from __future__ import annotations

import datetime as dt
import random
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, TypeVar
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.orm import Session

from app.core import access, db, refusals, values
from app.core.actor import Actor, Everywhere
from app.core.columns import Column
from app.core.entity import Entity, class_named, columns_of, label_of, parts_of
from app.core.errors import Busy, ChangedMeanwhile, Invalid, NotFound, OtherSide, WrongState
from app.services import operations
from app.services.steps import Act, Step
from app.services.steps import lines_of as lines_of
from app.services.steps import plain as plain

E = TypeVar("E", bound=Entity)
T = TypeVar("T")

TRIES = 4
"""How often a step that lost against another transaction is begun again before the person hears of it."""


@dataclass(frozen=True)
class Done:
    """What came of a step: the document as it is now. `made` is a document that it made, as (entity, id)."""

    id: UUID
    version: int
    state: str
    said: str
    made: tuple[str, str] | None = None


def open_to(actor: Actor, record: Entity, steps: Sequence[Step]) -> list[Step]:
    """The steps that this person may take now, the usual one first."""
    return [
        step
        for step in steps
        if record_state(record) in step.at
        and (step.when is None or step.when(record))
        and _may_take(actor, record, step)
    ]


def take(
    actor: Actor,
    entity: type[Entity],
    id: UUID | str,
    steps: Sequence[Step],
    verb: str,
    given: Mapping[str, Any] | None = None,
    *,
    lines: Mapping[str, Mapping[str, Any]] | None = None,
    seen: str | None = None,
    operation: UUID | None = None,
) -> Done:
    """Take a step with a document.

    given, lines  what the step asks, as typed
    seen          what `mark_of` said of the document that the person looked at
    operation     id of the write: sent again, it returns what came of the first time

    Raises `NotFound`, `Forbidden`, `OtherSide`, `WrongState`, `ChangedMeanwhile`, `Invalid` with a sentence per field,
    and whatever speaks against the step itself, such as `NotEnoughStock`.
    """
    step = step_named(steps, verb)
    payload = (dict(given or {}), {key: dict(found) for key, found in (lines or {}).items()})

    def work() -> Done:
        with db.transaction(actor, operation=operation) as session:
            if operation is not None:
                what = operations.fingerprint("step", entity.entity, str(id), verb, payload)
                known = operations.claim(session, actor, operation, what)
                if known is not None:
                    return _known(known)
            done = _take(actor, session, entity, id, step, *payload, seen=seen, operation=operation)
            if operation is not None:
                facts = {"id": done.id, "version": done.version, "state": done.state, "said": done.said}
                operations.finish(session, operation, facts | {"made": done.made})
            return done

    return again_if_busy(work)


def came_as(actor: Actor, record: Entity, state: str) -> None:
    """Put a document that comes from elsewhere into the state it had there: what it did, it did before us."""
    with db.transaction(actor), db.posting(actor) as session:
        setattr(record, type(record).screen.state, state)
        session.flush()


def again_if_busy(work: Callable[[], T]) -> T:
    """Run a whole transaction, and once more when it lost to another; inside a larger one that is not ours to do."""
    for attempt in range(TRIES):
        try:
            return work()
        except Busy:
            if db.is_writing() or attempt == TRIES - 1:
                raise
            time.sleep(random.uniform(0, 0.02 * 2**attempt))
    raise AssertionError("unreachable")


def step_named(steps: Iterable[Step], verb: str) -> Step:
    """The step of a verb. Raises `NotFound` when the document has none of the kind."""
    for step in steps:
        if step.verb == verb:
            return step
    raise NotFound()


def record_state(record: Entity) -> str:
    """Where a document stands."""
    return str(getattr(record, type(record).screen.state))


def state_words(record: Entity) -> str:
    """The state as people read it, in the middle of a sentence."""
    column = columns_of(type(record))[type(record).screen.state].info["column"]
    state = record_state(record)
    return next((choice.label for choice in column.choices if choice.value == state), state).lower()


def mark_of(session: Session, record: Entity) -> str:
    """Tells whether a document or one of its lines has changed: equal as long as none has."""
    parts = [str(record.version)]
    for child, link in parts_of(type(record)):
        table = child.__table__
        count, versions = session.execute(
            sa.select(sa.func.count(), sa.func.coalesce(sa.func.sum(table.c.version), 0)).where(
                table.c[link] == record.id
            )
        ).one()
        parts.append(f"{count}.{versions}")
    return "-".join(parts)


def _take(
    actor: Actor,
    session: Session,
    entity: type[Entity],
    id: UUID | str,
    step: Step,
    given: Mapping[str, Any],
    lines: Mapping[str, Mapping[str, Any]],
    *,
    seen: str | None,
    operation: UUID | None,
) -> Done:
    with session.no_autoflush:
        found = _locked_as_person(actor, session, entity, id)
        record = found[0] if found else access.get(actor, entity, id)
        _require(actor, record, step)
        now = found[1] if found else _lock(actor, session, record)
        if record_state(record) not in step.at or (step.when is not None and not step.when(record)):
            raise WrongState(title=title(record), state=state_words(record), done=step.participle)
        if step.exact and seen is not None and seen != mark_of(session, record):
            raise ChangedMeanwhile(title=title(record))
        act = Act(actor, session, step, record, now, operation=operation)
        act.given, act.lines = _parsed(act, given, lines)
        with refusals.explaining(entity):
            state = step.work(act) or step.to
            _advance(act, state)
    said = act.said or f"{title(record)} is {state_words(record)}."
    made = act.after.get("made")
    return Done(record.id, record.version, record_state(record), said, made)


def _locked_as_person(
    actor: Actor, session: Session, entity: type[Entity], id: UUID | str
) -> tuple[Entity, dt.datetime] | None:
    """Look and lock in one, where the row rules let this person: whoever may change the document."""
    if entity.posted or not (access.may(actor, entity, "see") and access.may(actor, entity, "change")):
        return None
    row = session.execute(_locking(entity, access.as_id(id))).one_or_none()
    return (row[0], row[1]) if row else None


def _lock(actor: Actor, session: Session, record: Entity) -> dt.datetime:
    """Nobody else takes a step with this document, or edits it, until the transaction ends; returns its moment."""
    with db.posting(actor):
        _, now = session.execute(_locking(type(record), record.id)).one()
    moment: dt.datetime = now
    return moment


def _locking(entity: type[Entity], id: UUID) -> sa.Select[Entity, dt.datetime]:
    statement = sa.select(entity, sa.func.now()).where(entity.id == id)
    return statement.with_for_update(key_share=True).execution_options(populate_existing=True)


def _advance(act: Act, state: str | None) -> None:
    record, entity = act.document, type(act.document)
    if state is not None:
        setattr(record, entity.screen.state, state)
    stamp(act.actor, record, act.step.stamp, act.now)
    act.save()


def stamp(actor: Actor, record: Entity, prefix: str, now: dt.datetime) -> None:
    """Remember on the record who did it when, as far as it has the columns."""
    columns = columns_of(type(record))
    if prefix and f"{prefix}_at" in columns:
        setattr(record, f"{prefix}_at", now)
    if prefix and f"{prefix}_by_id" in columns:
        setattr(record, f"{prefix}_by_id", actor.id)


def _require(actor: Actor, record: Entity, step: Step) -> None:
    access.require(actor, type(record), step.verb)
    if not _may_take(actor, record, step):
        if step.side:
            raise OtherSide(location=_place_name(record, step.side))
        # Seen at one place, allowed at another.
        access.get(actor, type(record), record.id, to=step.verb)


def _may_take(actor: Actor, record: Entity, step: Step) -> bool:
    if not step.side:
        return access.may(actor, type(record), step.verb) and access.allowed_on(actor, record, step.verb)
    places = access.locations(actor, type(record), step.verb)
    return isinstance(places, Everywhere) or getattr(record, step.side) in places


def _place_name(record: Entity, side: str) -> str:
    place = getattr(record, side[:-3])
    return str(place.name) if place is not None else "the other location"


def title(record: Entity) -> str:
    """A document in a sentence: "Transfer TR-00012"."""
    return f"{label_of(type(record))} {getattr(record, 'number', None) or ''}".strip()


def _parsed(
    act: Act, given: Mapping[str, Any], lines: Mapping[str, Mapping[str, Any]]
) -> tuple[dict[str, Any], dict[UUID, dict[str, Any]]]:
    step, problems = act.step, dict[str, str]()
    read = _read(act, step.asks, given, "", problems)
    by_line: dict[UUID, dict[str, Any]] = {}
    if step.lines is not None:
        own = {str(line.id): line for line in act.parts(step.lines.entity)}
        for key, found in lines.items():
            if key not in own:
                raise NotFound()
            by_line[own[key].id] = _read(act, step.lines.columns, found, f"line.{key}.", problems)
    elif lines:
        raise Invalid({}, "This step asks nothing about lines.")
    if problems:
        raise Invalid(problems)
    return read, by_line


def _read(
    act: Act, asks: Mapping[str, Column], given: Mapping[str, Any], prefix: str, problems: dict[str, str]
) -> dict[str, Any]:
    for name in set(given) - set(asks):
        problems[f"{prefix}{name}"] = "This isn't asked here."
    read: dict[str, Any] = {}
    for name, column in asks.items():
        try:
            read[name] = values.parse(column, given.get(name))
            if column.kind == "link" and read[name] is not None:
                access.get(act.actor, class_named(column.target or ""), read[name])
        except ValueError as error:
            problems[f"{prefix}{name}"] = str(error)
        except NotFound:
            problems[f"{prefix}{name}"] = "Choose one from the list."
    return read


def _known(answer: Mapping[str, Any]) -> Done:
    made = answer.get("made")
    return Done(
        UUID(str(answer["id"])),
        int(answer["version"]),
        str(answer["state"]),
        str(answer["said"]),
        (made[0], made[1]) if made else None,
    )
