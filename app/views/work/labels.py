"""Print: labels with barcodes to stick on things, and count sheets for those who count on paper."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from barcode import Code128
from flask import request
from flask.typing import ResponseReturnValue
from markupsafe import Markup

from app.core import access, db
from app.core.actor import Actor
from app.core.errors import Invalid
from app.identity import current_actor
from app.models.product import Product, ProductBarcode
from app.models.stock_count import StockCount, StockCountLine
from app.views import fields
from app.views.work import count, door, lines
from app.views.work.door import blueprint

MOST_LABELS = 500
"""Labels of one printing: more is a slip of the finger."""

TALL = 40
QUIET = 10
"""Modules of white that a scanner needs at either end."""


@dataclass(frozen=True)
class Label:
    """What stands on one label."""

    name: str
    sku: str
    price: Any
    code: str
    bars: Markup


@blueprint.get("/labels")
def labels() -> ResponseReturnValue:
    """`?product=…&product=…&quantity=…`: as many labels of each as asked for."""
    actor = current_actor()
    access.require(actor, Product, "see")
    wanted = fields.ids(request.args.getlist("product"))
    quantity = fields.number(request.args.get("quantity", "1"))
    if not wanted or not quantity:
        raise Invalid({}, "Say for which products, and how many labels of each.")
    if quantity * len(wanted) > MOST_LABELS:
        raise Invalid({}, f"At most {MOST_LABELS} labels at once.")
    one_of_each = [of(actor, id) for id in wanted]
    return door.page(
        "labels",
        labels=[label for label in one_of_each for _ in range(quantity)],
        products=[str(id) for id in wanted],
        quantity=quantity,
        most=MOST_LABELS,
        back=f"/work/find/{wanted[0]}" if len(wanted) == 1 else door.HOME,
    )


def of(actor: Actor, id: UUID) -> Label:
    """The label of a product: its own barcode where it has one, else its sku. A case's code stands for more than one
    and isn't put on a piece."""
    product = access.get(actor, Product, id)
    with db.reading(actor) as session:
        code = session.scalar(
            sa.select(ProductBarcode.barcode)
            .where(ProductBarcode.product_id == product.id, ProductBarcode.quantity == 1)
            .order_by(ProductBarcode.id)
            .limit(1)
        )
    shown = str(code or product.sku)
    return Label(product.name, product.sku, product.price, shown, bars(shown))


def bars(code: str) -> Markup:
    """A code as Code 128 in SVG, without a style: empty where it holds what that alphabet can't say."""
    if not code.isascii() or not code.isprintable():
        return Markup("")
    pattern = Code128(code).build()[0]
    rects, start = [], 0
    for place in range(1, len(pattern) + 1):
        if place == len(pattern) or pattern[place] != pattern[start]:
            if pattern[start] == "1":
                rects.append(f'<rect x="{QUIET + start}" y="0" width="{place - start}" height="{TALL}"/>')
            start = place
    wide = len(pattern) + 2 * QUIET
    return Markup(
        '<svg class="bars" viewBox="0 0 {} {}" preserveAspectRatio="none" shape-rendering="crispEdges" role="img"'
        ' aria-label="Barcode {}">{}</svg>'
    ).format(wide, TALL, code, Markup("".join(rects)))


@blueprint.get("/count/<id>/sheet")
def sheet(id: str) -> ResponseReturnValue:
    """A count on paper: what to count in the order of the shelves, with barcodes to scan from the sheet afterwards."""
    actor = current_actor()
    document = door.document(actor, StockCount, id, "location_id", "count")
    found = lines.of(actor, StockCountLine, "stock_count_id", document, document.location_id, walk=True)
    return door.page(
        "count_sheet",
        document=document,
        place=door.names(actor, {document.location_id}).get(document.location_id, ""),
        title=count.TITLES[document.kind],
        rows=[(line, of(actor, line.product)) for line in found],
        back=f"/work/count/{document.id}",
    )
