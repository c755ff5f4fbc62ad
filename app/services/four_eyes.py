"""Four eyes: who decides for somebody who is away doesn't decide about what either of the two had a hand in."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from uuid import UUID

import sqlalchemy as sa

from app.core.actor import Access
from app.core.entity import DECIDING, Entity, columns_of, parts_of
from app.core.errors import TheirOwn, YourOwn
from app.services import documents
from app.services.steps import Act


def holds(act: Act, verb: str) -> bool:
    """May the person take this verb with the document by what they hold themselves?"""
    return _allows(act.actor.access.own, act, verb)


def decided_for(act: Act, asked_by: Collection[UUID | None]) -> UUID | None:
    """For whom the person decides; `None` when it is their own decision.

    asked_by   who put the question, as far as it is written down

    Raises `YourOwn` when they had a hand in the document, `TheirOwn` when everybody for whom they could decide had.
    """
    verb, access = act.step.verb, act.actor.access
    if verb not in DECIDING or not access.handed_by or holds(act, verb):
        return None
    hands = {person for person in asked_by if person is not None} | _hands(act)
    if act.actor.id in hands:
        raise YourOwn(title=documents.title(act.document))
    absent = {grant.by for grant in access.grants if grant.by and _allows(Access((grant,)), act, verb)}
    free = sorted(absent - hands)
    if not free:
        raise TheirOwn(title=documents.title(act.document))
    return free[0]


def _allows(access: Access, act: Act, verb: str) -> bool:
    places = access.locations(type(act.document).entity, verb)
    return access.unlimited or any(place in places for place in _places(act))


def _places(act: Act) -> list[UUID]:
    """Whose people take this step: those of its side, else those of all places where the document is."""
    document: Entity = act.document
    columns = columns_of(type(document))
    names = [act.step.side] if act.step.side else type(document).scope.columns
    found = (getattr(document, name) for name in names if columns[name].info["column"].target == "Location")
    return [place for place in found if place is not None]


def _hands(act: Act) -> set[UUID]:
    """Who wrote the document or a line of it, whoever sent it off in the end."""
    document: Entity = act.document
    found = _writers(act, [document])
    for part, _ in parts_of(type(document)):
        lines = act.parts(part)
        found |= _writers(act, lines) | _named(lines)
    return found


def _writers(act: Act, records: list[Entity]) -> set[UUID]:
    if not records:
        return set()
    entity: type[Entity] = type(records[0])
    typed = [name for name, column in columns_of(entity).items() if not column.info["column"].by_machine]
    facts = {
        "entity": entity.entity,
        "ids": [record.id for record in records],
        "columns": typed,
        "since": min(record.created_at for record in records),
    }
    return set(act.session.scalars(_WRITERS, facts))


def _named(lines: Iterable[Entity]) -> set[UUID]:
    """Who stands on a line: whoever counted it."""
    return {
        getattr(line, name)
        for line in lines
        for name, column in columns_of(type(line)).items()
        if column.info["column"].target == "User" and getattr(line, name) is not None
    }


# What the present step itself has written by now says nothing about who wrote the document.
_WRITERS = sa.text(
    "SELECT DISTINCT actor_id FROM changes WHERE entity = :entity AND record_id = ANY(:ids) AND at >= :since"
    " AND xid <> pg_current_xact_id()"
    " AND actor_id IS NOT NULL AND (op = 'insert' OR (op = 'update' AND jsonb_exists_any(diff, :columns)))"
)
