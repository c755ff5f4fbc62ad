"""Count: what is really there, product by product, several people at once while the shop goes on selling."""

from __future__ import annotations

from decimal import Decimal
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from flask import jsonify, redirect, request
from flask.typing import ResponseReturnValue

from app.core import access, db
from app.core.actor import Actor
from app.core.errors import Invalid, NotFound
from app.identity import current_actor
from app.models.category import Category
from app.models.stock_count import StockCount, StockCountLine
from app.services import courses, documents, records
from app.services.steps import plain
from app.services.warehouse import scans
from app.views import paths
from app.views.work import between, door, find, lines, start
from app.views.work.door import blueprint

LIVE = ("stock_count", "stock_count_line")

KINDS = {
    "cycle": ("A few products", "Those not counted for the longest"),
    "category": ("One category", "Everything in it"),
    "full": ("Everything", "All that is stocked here"),
}
"""What can be counted, the quickest first."""


TITLES = {"full": "Count everything", "category": "Count a category", "cycle": "Count a few"}


@blueprint.get("/count/")
def count_start() -> ResponseReturnValue:
    """What is being counted here, and what could be."""
    actor = current_actor()
    place = door.require_place(actor, "count")
    with db.reading(actor) as session:
        categories = list(session.execute(sa.select(Category.id, Category.name).order_by(Category.name)))
    group = next(one for one in start.GROUPS if one.tile == "count")
    return door.page(
        "count_choose",
        live=LIVE,
        place=place,
        waiting=start.waiting(actor, place, group),
        kinds=KINDS,
        categories=categories,
        may_begin=all(door.may_at(actor, StockCount, verb, place.id) for verb in ("create", "start")),
    )


@blueprint.post("/count/")
def count_begin() -> ResponseReturnValue:
    """A new count, begun at once: made and started, or neither."""
    actor = current_actor()
    place = door.require_place(actor, "count")
    kind = request.form.get("kind", "")
    if kind not in KINDS:
        raise Invalid({}, "Choose what to count.")
    values = {
        "location_id": place.id,
        "kind": kind,
        "category_id": request.form.get("category") or None if kind == "category" else None,
        "blind": bool(request.form.get("blind")),
    }
    operation = door.operation(request.form)

    def begin() -> UUID:
        with db.transaction(actor):
            made = records.create(actor, StockCount, values, operation=operation)
            if made.state == "draft":
                courses.take(actor, StockCount, made.id, "start")
            return made.id

    return redirect(f"/work/count/{documents.again_if_busy(begin)}", 303)


@blueprint.get("/count/<id>")
def count(id: str) -> ResponseReturnValue:
    """One count."""
    actor = current_actor()
    return show(actor, _mine(actor, id), None)


@blueprint.post("/count/<id>/scan")
def count_scan(id: str) -> ResponseReturnValue:
    """A code: one more of it is there. A number that is no code: so many of what was scanned last."""
    actor, given = current_actor(), door.asked()
    document, operation = _mine(actor, id), door.operation(given)
    typed = str(given.get("code", ""))
    words = lines.said(typed)
    try:
        found = scans.read(actor, words.code, stocked=False)
    except NotFound as error:
        last = given.get("last")
        if not (last and lines.is_number(typed)):
            return jsonify(error="not_found", message=error.message, offers=find.offers(actor, typed)), 404
        return _write(actor, document, str(last), {"quantity": str(door.quantity(typed))}, operation)
    size = found.quantity * (1 if words.times is None else words.times)
    return _write(actor, document, str(found.product), {"quantity": plain(size), "more": "true"}, operation)


@blueprint.post("/count/<id>/put")
def count_put(id: str) -> ResponseReturnValue:
    """The number of a product by hand: so many, one more or less, or not counted after all."""
    actor, given = current_actor(), door.asked()
    document, operation = _mine(actor, id), door.operation(given)
    product = str(given.get("product", ""))
    if given.get("undo"):
        courses.take(actor, StockCount, document.id, "count", {"undo": product}, operation=operation)
        name = scans.named_product(actor, product).name
        return jsonify(product=product, name=name, quantity="", html=show(actor, _mine(actor, id), True))
    if "by" in given:
        more = lines.change(given["by"])
        return _write(actor, document, product, {"quantity": plain(more), "more": "true"}, operation)
    return _write(actor, document, product, {"quantity": plain(door.quantity(given.get("to")))}, operation)


@blueprint.post("/count/<id>/do/<verb>")
def count_do(id: str, verb: str) -> ResponseReturnValue:
    """Begin a count that was prepared, or say that all is counted."""
    actor, given = current_actor(), door.asked()
    if verb not in ("start", "review"):
        raise NotFound()
    document = _mine(actor, id)
    done = courses.take(actor, StockCount, document.id, verb, operation=door.operation(given))
    return jsonify(said=done.said, state=done.state, html=show(actor, _mine(actor, id), True))


def _mine(actor: Actor, id: str) -> Any:
    return door.document(actor, StockCount, id, "location_id", "count")


def _write(actor: Actor, document: Any, product: str, given: dict[str, str], operation: Any) -> ResponseReturnValue:
    before = _counted(actor, document, product)
    good = scans.named_product(actor, product)
    courses.take(actor, StockCount, document.id, "count", {"product": product, **given}, operation=operation)
    undo = {"product": product, "undo": True} if before is None else {"product": product, "to": plain(before)}
    now = _counted(actor, document, product) or Decimal(0)
    html = show(actor, access.get(actor, StockCount, document.id), True)
    return jsonify(product=product, name=good.name, quantity=plain(now), undo=undo, html=html)


def _counted(actor: Actor, document: Any, product: str) -> Decimal | None:
    with db.reading(actor) as session:
        table = StockCountLine.__table__
        found: Decimal | None = session.scalar(
            sa.select(table.c.counted_quantity).where(
                table.c.stock_count_id == document.id, table.c.product_id == access.as_id(product)
            )
        )
        return found


def show(actor: Actor, document: Any, fragment: bool | None) -> str:
    """The count's screen: what is still to be counted along the shelves, and what has been, the last first."""
    found = lines.of(actor, StockCountLine, "stock_count_id", document, document.location_id, walk=True)
    counted = [line for line in found if line.values["counted_quantity"] is not None]
    counted.sort(key=lambda line: line.values["counted_at"], reverse=True)
    people = _people(actor, {line.values["counted_by_id"] for line in counted})
    steps = {step.verb for step in courses.open_to(actor, document)}
    return door.page(
        "count",
        fragment=fragment,
        live=LIVE,
        document=document,
        title=TITLES[document.kind],
        state=between.state_of(document),
        counting="count" in steps,
        steps=steps,
        place=door.names(actor, {document.location_id}).get(document.location_id, ""),
        open=[line for line in found if line.values["counted_quantity"] is None],
        counted=counted,
        people=people,
        me=actor.id,
        url=paths.of_record(StockCount, document.id),
        sheet=f"/work/count/{document.id}/sheet",
    )


def _people(actor: Actor, ids: set[Any]) -> dict[Any, str]:
    with db.reading(actor) as session:
        found = session.execute(
            sa.text("SELECT id, name FROM people WHERE id = ANY(:ids)"), {"ids": list(ids - {None})}
        )
        return {row.id: row.name for row in found}
