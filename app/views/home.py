"""Home: numbers that lead to their rows, and the way to everything one may open."""

from __future__ import annotations

from dataclasses import dataclass

import sqlalchemy as sa
from flask import Blueprint, Flask, render_template
from flask.typing import ResponseReturnValue

from app import identity
from app.core import access, db, entity
from app.core.actor import Actor, Everywhere, Locations
from app.core.entity import Entity
from app.identity import current_actor
from app.models.location import Location
from app.views import menu, paths

blueprint = Blueprint("home", __name__)

MOST_TILES = 8

MOST_COUNTED = 1_000
"""Counted exactly up to here: home must not wait for a million rows."""

FIRST = (
    "stock_exception",
    "transfer",
    "stock_request",
    "appointment",
    "order",
    "sale",
    "product",
    "client",
    "staff",
    "location",
    "user",
)
"""What most people open first, by entity; the tiles are the first of these that a person may see."""


@dataclass(frozen=True)
class Tile:
    """One number and where it leads."""

    label: str
    count: str
    url: str
    icon: str
    note: str = ""


def init(app: Flask) -> None:
    """Register the page."""
    app.register_blueprint(blueprint)


@blueprint.get("/")
def index() -> ResponseReturnValue:
    """The first page after signing in."""
    actor = current_actor()
    return render_template("home.html", tiles=tiles(actor), counted_at=counted_at(actor))


def tiles(actor: Actor) -> list[Tile]:
    """The numbers for this person, at the location they work in."""
    shown = {cls.entity: cls for cls in menu.shown_to(actor)}
    chosen = [shown[name] for name in FIRST if name in shown][:MOST_TILES]
    return [Tile(entity.plural_of(cls), _count(actor, cls), paths.of_menu(cls), cls.screen.icon) for cls in chosen]


def counted_at(actor: Actor) -> str:
    """What the numbers are of: the location that was chosen or is the only one, else all of the person's."""
    mine: Locations = frozenset({actor.chosen}) if actor.chosen else identity.places(actor)
    statement = sa.select(Location.name).where(Location.active).limit(2)
    if not isinstance(mine, Everywhere):
        statement = statement.where(Location.id.in_(mine))
    with db.reading(actor) as session:
        names = list(session.scalars(statement))
    return names[0] if len(names) == 1 else "All my locations"


def _count(actor: Actor, cls: type[Entity]) -> str:
    table = cls.__table__
    some = sa.select(table.c.id).limit(MOST_COUNTED + 1)
    condition = access.where(actor, cls, table)
    if condition is not None:
        some = some.where(condition)
    with db.reading(actor) as session:
        count = session.execute(sa.select(sa.func.count()).select_from(some.subquery())).scalar_one()
    return f"{count:,}" if count <= MOST_COUNTED else f"{MOST_COUNTED:,}+"
