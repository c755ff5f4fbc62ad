"""What runs low, whom to get it from and how much, for people to tick: what they ticked becomes drafts."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Final
from uuid import UUID

from flask import redirect, render_template, request
from flask.typing import ResponseReturnValue

from app.core import access, db, rows
from app.core.actor import Actor
from app.core.entity import Entity, named
from app.core.errors import Invalid
from app.core.ids import uuid7
from app.models.location import Location
from app.models.product import Product
from app.models.purchase_order import PurchaseOrder, PurchaseOrderLine
from app.models.stock_request import StockRequest
from app.models.supplier import ProductSupplier, Supplier
from app.services.warehouse import reordering
from app.services.warehouse.reorder_drafts import Wish
from app.services.warehouse.reordering import Pick
from app.views import fields, paths

MOST: Final = 300
"""Lines of one page; what is left stands there once these are reordered."""

MOST_NAMED: Final = 60
"""Drafts that the page names after they were made."""

MADE: Final = {"stock_request": StockRequest, "purchase_order": PurchaseOrder}


@dataclass
class Line:
    """One thing to reorder, as the person has it before them."""

    wish: Wish
    product: str
    source: str
    quantity: str
    ticked: bool
    problem: str = ""

    @property
    def key(self) -> str:
        return f"{self.wish.need.location}.{self.wish.need.product}"


@dataclass
class Place:
    """A location and what runs low there."""

    id: UUID
    name: str
    lines: list[Line] = field(default_factory=list)


def show(actor: Actor) -> ResponseReturnValue:
    """What runs low where the person works; on POST what is ticked becomes drafts."""
    if request.method == "GET":
        return _page(actor, {}, "")
    operation = next(iter(fields.ids([request.form.get("operation", "")])), None)
    try:
        made = reordering.draft(actor, list(_picks()), _here(actor), operation=operation)
    except Invalid as error:
        return _page(actor, error.fields, error.message), error.status
    drafts = ",".join(f"{kind}:{id}" for kind, id in made[:MOST_NAMED])
    return redirect(f"/stock/reorder?made={drafts}", 303)


def _here(actor: Actor) -> UUID | None:
    """The location picked in the switcher, where the person may reorder for it."""
    return actor.chosen if actor.chosen and reordering.may(actor, actor.chosen) else None


def _picks() -> Iterable[Pick]:
    for key in dict.fromkeys(request.form.getlist("pick")[:MOST]):
        ids = fields.ids(key.split("."))
        if len(ids) == 2:
            source = next(iter(fields.ids([request.form.get(f"source.{key}", "")])), None)
            yield Pick(ids[0], ids[1], source, request.form.get(f"quantity.{key}", ""))


def _page(actor: Actor, problems: Mapping[str, str], message: str) -> str:
    found = reordering.preview(actor, _here(actor))
    # By place, and for each first what one document will hold.
    wishes = sorted((*found.transfers, *found.purchases, *found.unmet), key=lambda wish: str(wish.need.location))
    places = _places(actor, wishes[:MOST], problems)
    told = {f"line.{line.key}" for place in places for line in place.lines}
    rest = [sentence for name, sentence in problems.items() if name not in told]
    return render_template(
        "stock/reorder.html",
        places=places,
        number=len(wishes),
        most=MOST,
        message=" ".join(rest) or ("" if problems else message),
        refused=bool(problems),
        operation=str(uuid7()),
        made=_made(actor),
        costs="unit_cost" in access.visible(actor, PurchaseOrderLine),
        may_name=access.may(actor, ProductSupplier, "create"),
        may_open=access.may(actor, named("stock_move"), "see"),
    )


def _places(actor: Actor, wishes: Iterable[Wish], problems: Mapping[str, str]) -> list[Place]:
    wanted = list(wishes)
    products = _titles(actor, Product, (wish.need.product for wish in wanted))
    locations = _titles(actor, Location, (id for wish in wanted for id in (wish.need.location, wish.donor) if id))
    suppliers = _titles(actor, Supplier, (wish.supplier for wish in wanted if wish.supplier))
    found: dict[UUID, Place] = {}
    for wish in wanted:
        id = wish.need.location
        place = found.setdefault(id, Place(id, locations.get(id, "A location")))
        source = suppliers.get(wish.supplier) if wish.supplier else locations.get(wish.donor) if wish.donor else ""
        line = _line(wish, products.get(wish.need.product, "A product"), source or "Somebody else")
        line.problem = problems.get(f"line.{line.key}", "")
        place.lines.append(line)
    return sorted(found.values(), key=lambda place: place.name)


def _line(wish: Wish, product: str, source: str) -> Line:
    """As it is proposed, or as the person sent it before it was refused."""
    line = Line(wish, product, source, f"{wish.quantity.normalize():f}", wish.source is not None)
    if request.method == "POST":
        line.ticked = line.ticked and line.key in request.form.getlist("pick")
        line.quantity = request.form.get(f"quantity.{line.key}", line.quantity)
    return line


def _titles(actor: Actor, entity_cls: type[Entity], ids: Iterable[UUID]) -> dict[UUID, str]:
    with db.reading(actor) as session:
        return {id: row.title for id, row in rows.by_ids(session, entity_cls, ids, ()).items()}


def _made(actor: Actor) -> list[tuple[str, str, str]]:
    """The drafts in the address, of those that the person may see: what they are, their numbers and addresses."""
    wanted: dict[str, list[UUID]] = {}
    for item in request.args.get("made", "").split(",")[:MOST_NAMED]:
        kind, _, id = item.partition(":")
        if kind in MADE:
            wanted.setdefault(kind, []).extend(fields.ids([id]))
    return [
        (MADE[kind].entity, title, paths.of_record(MADE[kind], id))
        for kind, ids in wanted.items()
        if access.may(actor, MADE[kind], "see")
        for id, title in _titles(actor, MADE[kind], ids).items()
    ]
