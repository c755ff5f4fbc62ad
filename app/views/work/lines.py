"""Lines that come in by scanner: into a transfer, a request or an adjustment that is still being made."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from flask import jsonify
from flask.typing import ResponseReturnValue

from app.core import access, db
from app.core.actor import Actor
from app.core.entity import Entity, children_of
from app.core.errors import Invalid, NotFound
from app.identity import current_actor
from app.models.adjustment import Adjustment
from app.models.goods_receipt import GoodsReceipt
from app.models.product import Product
from app.models.stock_account import StockLevel
from app.models.stock_request import StockRequest
from app.models.stock_rule import StockRule
from app.models.transfer import Transfer
from app.services import courses, documents
from app.services.warehouse import scans
from app.views.work import door, find
from app.views.work.door import blueprint

MOST = 500
"""Lines that one screen shows."""


@dataclass(frozen=True)
class Basket:
    """A kind of document that is filled by scanning.

    side    the column of the location whose people fill it
    shelf   the column of the location whose shelf the goods come from
    signed  its quantities go both ways
    broken  the column of what is damaged, for which there is a mode of its own
    """

    entity: type[Entity]
    side: str
    shelf: str
    signed: bool = False
    broken: str = ""

    @property
    def lines(self) -> type[Entity]:
        return self._part[0]

    @property
    def link(self) -> str:
        return self._part[1]

    @property
    def _part(self) -> tuple[type[Entity], str]:
        return next(pair for pair in children_of(self.entity) if pair[0].__name__ in self.entity.screen.children)

    def document(self, actor: Actor, id: str, verb: str = "change") -> Any:
        """One of them, if it is the person's to fill."""
        return door.document(actor, self.entity, id, self.side, verb)

    def column(self, given: Mapping[str, Any]) -> str:
        """The line's quantity that is meant."""
        return self.broken if self.broken and given.get("mode") == "damaged" else "quantity"


BASKETS: Mapping[str, Basket] = {
    "send": Basket(Transfer, "from_location_id", "from_location_id"),
    "request": Basket(StockRequest, "to_location_id", "from_location_id"),
    "adjust": Basket(Adjustment, "location_id", "location_id", signed=True),
    "delivery": Basket(GoodsReceipt, "location_id", "location_id", broken="damaged_quantity"),
}
"""Screen → what is filled on it."""

SHOWN: dict[str, Callable[[Actor, Any, bool], str]] = {}
"""Screen → what renders one of its documents, as a page or a fragment; each screen enters itself."""


@dataclass(frozen=True)
class Line:
    """A line as a work screen shows it.

    values     the columns of the line itself
    place      where the product stands on the shelf
    available  how much of it is free there; None where that isn't the person's to know
    """

    id: UUID
    product: UUID
    name: str
    sku: str
    unit: str
    picture: str
    place: str
    available: Decimal | None
    values: Mapping[str, Any]


def of(actor: Actor, kind: type[Entity], link: str, document: Entity, shelf: UUID, *, walk: bool = False) -> list[Line]:
    """The lines of a document, the one scanned last first; or, to walk along the shelves, by their places."""
    line, product = kind.__table__, Product.__table__
    rule, level = StockRule.__table__, StockLevel.__table__
    at_rule = sa.and_(rule.c.location_id == shelf, rule.c.product_id == line.c.product_id)
    at_level = sa.and_(level.c.location_id == shelf, level.c.product_id == line.c.product_id, level.c.kind == "shelf")
    order = (rule.c.place, product.c.name, line.c.id) if walk else (line.c.updated_at.desc(), line.c.id.desc())
    statement = (
        sa.select(line, product.c.name, product.c.sku, product.c.unit, product.c.picture, rule.c.place,
                  level.c.available)
        .select_from(
            line.join(product, product.c.id == line.c.product_id).outerjoin(rule, at_rule).outerjoin(level, at_level)
        )
        .where(line.c[link] == document.id)
        .order_by(*order)
        .limit(MOST)
    )  # fmt: skip
    visible = access.visible(actor, kind)
    with db.reading(actor) as session:
        rows = session.execute(statement).mappings().all()
    return [
        Line(
            row["id"], row["product_id"], row["name"], row["sku"], row["unit"],
            find.picture(row["product_id"], row["picture"]), row["place"] or "", row["available"],
            {name: row[name] for name in visible},
        )
        for row in rows
    ]  # fmt: skip


@dataclass(frozen=True)
class Said:
    """What stood in the scan box: a code with how many times it counts, or a number for the last line."""

    code: str
    times: Decimal | None


_TIMES = re.compile(r"^\s*(\d{1,6}(?:[.,]\d{1,3})?)\s*[*xX×]\s*(\S.*)$")
_NUMBER = re.compile(r"^\s*\d{1,6}(?:[.,]\d{1,3})?\s*$")


def said(text: str) -> Said:
    """`3*4006381333931` is three of it."""
    found = _TIMES.match(text)
    if found is None:
        return Said(text, None)
    times = door.quantity(found[1])
    if not times:
        raise Invalid({}, "Say how many: not none.")
    return Said(found[2], times)


def is_number(text: str) -> bool:
    """Could this be a quantity for the last line?"""
    return _NUMBER.match(text) is not None


@blueprint.post("/<screen>/<id>/scan")
def scan(screen: str, id: str) -> ResponseReturnValue:
    """A code: one more of it. A number that is no code: so many of what was scanned last."""
    actor, basket, given = current_actor(), _basket(screen), door.asked()
    document = basket.document(actor, id)
    typed = str(given.get("code", ""))
    operation, sign, column = door.operation(given), _sign(basket, given), basket.column(given)
    words = said(typed)
    try:
        found = scans.read(actor, words.code)
    except NotFound as error:
        last = given.get("last")
        if last and is_number(typed):
            done = scans.put(actor, basket.lines, document.id, str(last), to=sign * door.quantity(typed),
                             column=column, operation=operation)  # fmt: skip
            return _answer(actor, screen, document, done, column)
        return jsonify(error="not_found", message=error.message, offers=find.offers(actor, typed)), 404
    by = sign * found.quantity * (1 if words.times is None else words.times)
    done = scans.put(actor, basket.lines, document.id, found.product, by=by, column=column, operation=operation)
    return _answer(actor, screen, document, done, column)


@blueprint.post("/<screen>/<id>/put")
def put(screen: str, id: str) -> ResponseReturnValue:
    """A line's quantity by hand: `to` so many, or `by` so many more, which is also how the last one is undone."""
    actor, basket, given = current_actor(), _basket(screen), door.asked()
    document = basket.document(actor, id)
    sign = _sign(basket, given)
    to = sign * door.quantity(given["to"]) if "to" in given else None
    by = change(given["by"]) if to is None else None
    product, column = str(given.get("product", "")), basket.column(given)
    operation = door.operation(given)
    done = scans.put(actor, basket.lines, document.id, product, by=by, to=to, column=column, operation=operation)
    return _answer(actor, screen, document, done, column)


@blueprint.post("/<screen>/<id>/do/<verb>")
def do(screen: str, id: str, verb: str) -> ResponseReturnValue:
    """A step of the document, with what was scanned for its lines."""
    actor, given = current_actor(), door.asked()
    cls, side = (Transfer, "to_location_id") if screen == "receive" else (_basket(screen).entity, _basket(screen).side)
    document = door.document(actor, cls, id, side, "see")
    lines = given.get("lines") if isinstance(given.get("lines"), dict) else {}
    asks = given.get("asks") if isinstance(given.get("asks"), dict) else {}
    done = courses.take(
        actor,
        cls,
        document.id,
        verb,
        {str(name): value for name, value in asks.items()},
        lines={str(key): dict(found) for key, found in lines.items() if isinstance(found, dict)},
        seen=str(given["seen"]) if given.get("seen") else None,
        operation=door.operation(given),
    )
    fresh = access.get(actor, cls, document.id)
    return jsonify(said=done.said, state=done.state, html=SHOWN[screen](actor, fresh, True))


def _basket(screen: str) -> Basket:
    if screen not in BASKETS:
        raise NotFound()
    return BASKETS[screen]


def _sign(basket: Basket, given: Mapping[str, Any]) -> int:
    return -1 if basket.signed and given.get("less") else 1


def change(raw: Any) -> Decimal:
    """How many more, or fewer with a sign."""
    text = str(raw).strip().replace("−", "-")
    size = door.quantity(text.lstrip("-"))
    return -size if text.startswith("-") else size


def _answer(actor: Actor, screen: str, document: Any, done: scans.Put, column: str) -> ResponseReturnValue:
    undo = {"product": str(done.product), "by": documents.plain(-done.change)}
    if column != "quantity":
        undo["mode"] = "damaged"
    return jsonify(
        product=str(done.product),
        name=done.name if column == "quantity" else f"{done.name}, damaged",
        quantity=documents.plain(abs(done.quantity)),
        undo=undo if done.change else None,
        html=SHOWN[screen](actor, document, True),
    )
