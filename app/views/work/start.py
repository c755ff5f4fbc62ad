"""Where the working day begins: what waits for me here, and what I can do."""

from __future__ import annotations

from dataclasses import dataclass
from uuid import UUID

import sqlalchemy as sa
from flask import request
from flask.typing import ResponseReturnValue

from app import identity
from app.core import access, db
from app.core import rows as core_rows
from app.core.actor import Actor
from app.core.entity import Entity, children_of, columns_of
from app.identity import current_actor
from app.models.adjustment import Adjustment
from app.models.goods_receipt import GoodsReceipt
from app.models.purchase_order import PurchaseOrder
from app.models.stock_count import StockCount
from app.models.stock_request import StockRequest
from app.models.transfer import Transfer
from app.services.warehouse import deliveries
from app.views.work import door
from app.views.work.door import Place, blueprint

MOST = 20
"""Documents of a group that are shown; whoever has more goes to the list."""


@dataclass(frozen=True)
class Group:
    """Documents that wait for the same thing.

    side    the column of the location that has to do it
    words   the column that tells one from the other
    screen  where one is gone on with, if that isn't the tile's own
    """

    title: str
    tile: str
    entity: type[Entity]
    states: tuple[str, ...]
    verb: str
    side: str
    words: str
    screen: str = ""


GROUPS: tuple[Group, ...] = (
    Group("To dispatch", "send", Transfer, ("approved",), "dispatch", "from_location_id", "to_location_id"),
    Group(
        "On the way here", "receive", Transfer, ("dispatched", "partly_received"), "receive", "to_location_id",
        "from_location_id",
    ),
    Group(
        "Deliveries, being counted", "receive", GoodsReceipt, ("draft",), "post", "location_id", "supplier_id",
        "delivery",
    ),
    Group(
        "Ordered from suppliers", "receive", PurchaseOrder, deliveries.AWAITED, "receive", "location_id",
        "supplier_id", "delivery/order",
    ),
    Group("Being counted", "count", StockCount, ("counting", "review"), "count", "location_id", "kind"),
    Group("To send, begun", "send", Transfer, ("draft",), "change", "from_location_id", "to_location_id"),
    Group("Requests, begun", "request", StockRequest, ("draft",), "change", "to_location_id", "from_location_id"),
    Group("Adjustments, begun", "adjust", Adjustment, ("draft",), "change", "location_id", "reason_id"),
)  # fmt: skip
"""What a person can go on with, the most pressing first."""

LIVE = tuple(dict.fromkeys(group.entity.entity for group in GROUPS))


@dataclass(frozen=True)
class Waiting:
    """One document that can be gone on with."""

    id: UUID
    number: str
    url: str
    words: str
    state: str
    tone: str
    lines: int


@blueprint.get("/")
def start() -> ResponseReturnValue:
    """The tiles, and what is open at this location."""
    actor = current_actor()
    place = door.here(actor)
    places = door.mine(actor)
    return door.page(
        "start",
        live=LIVE,
        place=place,
        places=places if len(places) > 1 else [],
        next=identity.safe_next(request.args.get("next")) if request.args.get("next") else door.HOME,
        tiles=tiles(actor, place),
        groups=[(group, found) for group in GROUPS if (found := waiting(actor, place, group))] if place else [],
    )


def tiles(actor: Actor, place: Place | None) -> list[door.Tile]:
    """What the person may do here; without a place, what they may do anywhere."""
    return [
        tile
        for tile in door.open_tiles()
        if access.may(actor, tile.entity, tile.verb)
        and (place is None or tile.name == "find" or door.may_at(actor, tile.entity, tile.verb, place.id))
    ]


def waiting(actor: Actor, place: Place, group: Group) -> list[Waiting]:
    """The documents of a group that wait at this location, the oldest first."""
    known = {tile.name for tile in door.open_tiles()}
    if group.tile not in known or not door.may_at(actor, group.entity, group.verb, place.id):
        return []
    table = group.entity.__table__
    child, link = next(pair for pair in children_of(group.entity) if pair[0].__name__ in group.entity.screen.children)
    parts = child.__table__
    size = sa.select(sa.func.count()).where(parts.c[link] == table.c.id).correlate(table).scalar_subquery()
    statement = (
        sa.select(table, size.label("lines"))
        .where(table.c[group.side] == place.id, table.c.state.in_(group.states))
        .order_by(table.c.id)
        .limit(MOST)
    )
    with db.reading(actor) as session:
        rows = session.execute(statement).mappings().all()
        called = core_rows.by_ids(session, group.entity, [row["id"] for row in rows], [group.words])
    choices = {choice.value: choice for choice in columns_of(group.entity)["state"].info["column"].choices}
    return [
        Waiting(
            row["id"],
            row["number"],
            f"/work/{group.screen or group.tile}/{row['id']}",
            _words(group, called[row["id"]]),
            choices[row["state"]].label,
            choices[row["state"]].tone,
            row["lines"],
        )
        for row in rows
    ]


def _words(group: Group, row: core_rows.Row) -> str:
    said = row.labels.get(group.words) or str(row.values.get(group.words) or "").replace("_", " ").capitalize()
    return _BEFORE.get(group.words, "") + said


_BEFORE = {"to_location_id": "to ", "from_location_id": "from ", "supplier_id": "from "}
