"""The inbox: how many documents wait for a person's decision, their own to take or somebody's who is away."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa

from app.core import access, db
from app.core.actor import Actor, Everywhere
from app.core.entity import Entity, columns_of, entities, is_decided
from app.models.approval import Approval
from app.services import approvals, courses

MOST_COUNTED = 100
"""Counted exactly up to here: nobody looks through more before they begin."""


@dataclass(frozen=True)
class Waiting:
    """How many documents wait for the person, and who has handed deciding over to them for the time being."""

    count: int
    standing_in_for: tuple[str, ...] = ()

    @property
    def words(self) -> str:
        """The number as people read it."""
        return f"{MOST_COUNTED}+" if self.count > MOST_COUNTED else str(self.count)


def waiting_for(actor: Actor) -> Waiting:
    """What waits for this person, at the location they work in; not what they asked for themselves."""
    parts = list(_parts(actor))
    with db.reading(actor) as session:
        count = 0
        if parts:
            some = sa.union_all(*parts).limit(MOST_COUNTED + 1).subquery()
            count = session.execute(sa.select(sa.func.count()).select_from(some)).scalar_one()
        names = session.scalars(_NAMES, {"ids": list(actor.access.handed_by)}) if actor.access.handed_by else ()
        return Waiting(count, tuple(names))


def _parts(actor: Actor) -> Iterator[sa.Select[Any]]:
    question = Approval.__table__
    for cls in entities():
        if not is_decided(cls) or not access.may(actor, cls, "approve"):
            continue
        document = cls.__table__
        statement = (
            sa.select(question.c.id)
            .join(document, document.c.id == question.c.record_id)
            .where(question.c.entity == cls.entity, question.c.state == "waiting")
        )
        places = access.locations(actor, cls, "approve")
        if not isinstance(places, Everywhere):
            statement = statement.where(sa.or_(*(document.c[name].in_(places) for name in _sides(cls))))
        if actor.chosen:
            statement = statement.where(sa.or_(*(document.c[name] == actor.chosen for name in _sides(cls))))
        if not actor.everywhere:
            statement = statement.where(_somebody_elses(actor, cls, question, document))
        yield statement


def _somebody_elses(actor: Actor, cls: type[Entity], question: Any, document: Any) -> sa.ColumnElement[bool]:
    """Nobody decides about their own wish, nor for somebody else about what they asked for."""
    if "staff_id" in document.c:
        mine = sa.any_(sa.func.backroom.my_staff(type_=sa.ARRAY(sa.Uuid())))
        theirs: sa.ColumnElement[bool] = sa.not_(document.c.staff_id == mine)
        return theirs
    if cls.entity in approvals.WISHES:
        asker = sa.func.coalesce(document.c.requested_by_id, question.c.asked_by_id)
        return asker.is_distinct_from(actor.id)
    others: sa.ColumnElement[bool] = question.c.asked_by_id.is_distinct_from(actor.id)
    own = actor.access.own.locations(cls.entity, "approve")
    if isinstance(own, Everywhere):
        return sa.true()
    return sa.or_(others, *(document.c[name].in_(own) for name in _sides(cls)))


def _sides(cls: type[Entity]) -> list[str]:
    """The columns that say whose people decide: the step's side, else every place where the document is."""
    step = next((step for step in courses.steps_of(cls) if step.verb == "approve"), None)
    if step is not None and step.side:
        return [step.side]
    columns = columns_of(cls)
    return [name for name in cls.scope.columns if columns[name].info["column"].target == "Location"]


_NAMES = sa.text("SELECT name FROM people WHERE id = ANY(:ids) ORDER BY name")
