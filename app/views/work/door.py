"""The door of every work screen: who may come in, where they are, what a page and an action look like."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from flask import Blueprint, abort, current_app, g, redirect, render_template, request

from app import identity
from app.core import access, db, values
from app.core.actor import Actor, Everywhere
from app.core.entity import Entity
from app.core.errors import BadRequest, Forbidden, Invalid, NotFound
from app.core.ids import uuid7
from app.identity import current_actor
from app.models.adjustment import Adjustment
from app.models.location import Location
from app.models.product import Product
from app.models.sale import Sale
from app.models.stock_count import StockCount
from app.models.stock_request import StockRequest
from app.models.transfer import Transfer
from app.services.feed import changes
from app.services.steps import amount, plain
from app.views import fields

blueprint = Blueprint("work", __name__, url_prefix="/work")

FRAGMENT = "X-Fragment"

HOME = "/work/"


@dataclass(frozen=True)
class Place:
    """A location that somebody works at."""

    id: UUID
    name: str
    time_zone: str


@dataclass(frozen=True)
class Tile:
    """One kind of work: the verb it takes, and on what."""

    name: str
    label: str
    icon: str
    entity: type[Entity]
    verb: str
    about: str

    @property
    def url(self) -> str:
        return f"/work/{self.name}/"


TILES: tuple[Tile, ...] = (
    Tile("find", "Find", "search", Product, "see", "Where it stands, how much there is"),
    Tile("send", "Send", "truck-delivery", Transfer, "create", "Goods to another location"),
    Tile("receive", "Receive", "package", Transfer, "receive", "Count what arrived"),
    Tile("count", "Count", "clipboard-check", StockCount, "count", "What is really there"),
    Tile("adjust", "Adjust", "adjustments", Adjustment, "create", "Broken, expired, found"),
    Tile("request", "Request", "inbox", StockRequest, "create", "Ask for what is missing"),
    Tile("sell", "Sell", "shopping-cart", Sale, "pay", "Ring up at the counter"),
    Tile("refund", "Refund", "receipt-refund", Sale, "refund", "Goods and money back"),
)
"""The kinds of work, in the order of their tiles; whoever may take the verb here has the tile."""


@blueprint.before_request
def _come_in() -> None:
    """Read the feed's place before anything else: what is committed in between comes again, and nothing is missed."""
    actor = current_actor()
    if not may_work(actor):
        raise Forbidden()
    if request.method == "GET" and FRAGMENT not in request.headers:
        with db.reading(actor) as session:
            g.cursor = changes.snapshot(session)


def may_work(actor: Actor) -> bool:
    """Is there any work screen for this person?"""
    return any(access.may(actor, tile.entity, tile.verb) for tile in open_tiles())


def open_tiles() -> list[Tile]:
    """The tiles whose screens there are."""
    return [tile for tile in TILES if f"work.{tile.name}_start" in current_app.view_functions]


def mine(actor: Actor) -> list[Place]:
    """The locations that the person may work at, by name."""
    held = identity.places(actor)
    statement = sa.select(Location.id, Location.name, Location.time_zone).where(Location.active).order_by(Location.name)
    if not isinstance(held, Everywhere):
        statement = statement.where(Location.id.in_(held))
    with db.reading(actor) as session:
        return [Place(*row) for row in session.execute(statement)]


def here(actor: Actor) -> Place | None:
    """Where the person works now: the location they picked, or the only one they have."""
    places = mine(actor)
    if len(places) == 1:
        return places[0]
    return next((place for place in places if place.id == actor.chosen), None)


def require_place(actor: Actor, tile: str) -> Place:
    """Where this kind of work is done now. Leads to the choice when that isn't said yet; raises `Forbidden` when it isn't
    allowed there."""
    found = here(actor)
    wanted = next(one for one in TILES if one.name == tile)
    access.require(actor, wanted.entity, wanted.verb)
    if found is None:
        abort(redirect(f"{HOME}?next={request.path}", 303))
    if not may_at(actor, wanted.entity, wanted.verb, found.id):
        raise Forbidden(f"That is not yours to do at {found.name}. Choose another location above.")
    return found


def may_at(actor: Actor, entity: type[Entity], verb: str, place: UUID) -> bool:
    """May the person do this at the location?"""
    return place in access.locations(actor, entity, verb)


def document(actor: Actor, entity: type[Entity], id: str, side: str, verb: str) -> Any:
    """A document that the person works on at its side. Raises `NotFound` for one of another location."""
    record = access.get(actor, entity, id)
    if not may_at(actor, entity, verb, getattr(record, side)):
        raise NotFound()
    return record


def names(actor: Actor, ids: set[UUID | None]) -> Mapping[UUID, str]:
    """What locations are called."""
    with db.reading(actor) as session:
        found = session.execute(sa.select(Location.id, Location.name).where(Location.id.in_(ids)))
        return {row.id: row.name for row in found}


def page(template: str, *, live: tuple[str, ...] = (), fragment: bool | None = None, **facts: Any) -> str:
    """A screen, or only the part of it that changes while people work."""
    if fragment is None:
        fragment = FRAGMENT in request.headers
    return render_template(
        f"work/{template}.html",
        frame="work/fragment.html" if fragment else "work/frame.html",
        live=live,
        cursor=g.get("cursor", ""),
        plain=plain,
        operation=lambda: str(uuid7()),
        **facts,
    )


def asked() -> dict[str, Any]:
    """What an action sent."""
    found = request.get_json(silent=True)
    if not isinstance(found, dict):
        raise BadRequest()
    return found


def operation(given: Mapping[str, Any]) -> UUID:
    """The id of the write. Every action carries one, so that a second tap books nothing."""
    found = fields.ids([given.get("operation", "")])
    if not found:
        raise BadRequest("This action has no id: load the page again.")
    return found[0]


def quantity(raw: Any) -> Decimal:
    """A quantity as it was typed; a comma is a point. Raises `Invalid` with a sentence."""
    try:
        found = values.parse(amount("Quantity", required=True), str(raw).strip().replace(",", ".").replace("−", "-"))
    except ValueError as error:
        raise Invalid({}, str(error)) from None
    return Decimal(found)
