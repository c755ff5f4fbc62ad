"""Between: documents of two locations, begun by choosing the other end and filled by scanning."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa
from flask import redirect, request
from flask.typing import ResponseReturnValue

from app.core import db
from app.core.actor import Actor
from app.core.entity import Entity, columns_of
from app.core.errors import Invalid
from app.identity import current_actor
from app.models.location import Location
from app.services import courses, documents, records
from app.views import paths
from app.views.work import door
from app.views.work.door import Place


@dataclass(frozen=True)
class Kind:
    """One kind of them.

    tile     the screen's name, in its address
    title    what is asked on the page where the other end is chosen, and `field` the name of the answer
    mine     the column of the location where the person is
    theirs   the column of the other one
    places   the locations that can be chosen
    refusal  what is said to any other choice
    """

    tile: str
    entity: type[Entity]
    title: str
    field: str
    mine: str
    theirs: str
    places: Callable[[Actor, Place], Sequence[Place]]
    refusal: str


def choose(kind: Kind) -> str:
    """Which location at the other end?"""
    actor = current_actor()
    place = door.require_place(actor, kind.tile)
    places = kind.places(actor, place)
    return door.page("choose_place", title=kind.title, place=place, places=places, name=kind.field)


def begin(kind: Kind) -> ResponseReturnValue:
    """An empty document to be filled, with the chosen location at the other end."""
    actor = current_actor()
    place = door.require_place(actor, kind.tile)
    chosen = request.form.get(kind.field, "")
    if chosen not in {str(one.id) for one in kind.places(actor, place)}:
        raise Invalid({}, kind.refusal)
    values = {kind.mine: place.id, kind.theirs: chosen}
    made = records.create(actor, kind.entity, values, operation=door.operation(request.form))
    return redirect(f"/work/{kind.tile}/{made.id}", 303)


def facts(actor: Actor, kind: Kind, document: Any) -> Mapping[str, Any]:
    """What the screens of all of them show: both ends, the state, and what can be done next."""
    names = door.names(actor, {document.from_location_id, document.to_location_id})
    with db.reading(actor) as session:
        seen = documents.mark_of(session, document)
    return {
        "document": document,
        "state": state_of(document),
        "filling": document.state == "draft"
        and door.may_at(actor, kind.entity, "change", getattr(document, kind.mine)),
        "steps": {step.verb for step in courses.open_to(actor, document)},
        "seen": seen,
        "source": names.get(document.from_location_id, ""),
        "target": names.get(document.to_location_id, ""),
        "url": paths.of_record(kind.entity, document.id),
    }


def found(actor: Actor, *conditions: sa.ColumnElement[bool], order: Sequence[Any] = ()) -> list[Place]:
    """Locations by name, or in another order."""
    statement = sa.select(Location.id, Location.name, Location.time_zone).where(Location.active, *conditions)
    with db.reading(actor) as session:
        return [Place(*row) for row in session.execute(statement.order_by(*order, Location.name))]


def state_of(record: Any) -> Any:
    """The word and the tone of a document's state."""
    described = columns_of(type(record))["state"].info["column"]
    return next(choice for choice in described.choices if choice.value == record.state)
