"""Client orders: what a client wants is held on the shelf until it is handed over."""

from __future__ import annotations

import datetime as dt
from uuid import UUID
from zoneinfo import ZoneInfo

import sqlalchemy as sa

from app.core.errors import Invalid
from app.models.location import Location
from app.models.order import OrderLine
from app.models.product import Product
from app.services import documents
from app.services.steps import Act, Step
from app.services.stock import goods, ledger
from app.services.stock.moves import Hold, Move, Place

KEPT_FOR = dt.timedelta(days=14)
"""How long goods wait on the shelf for whoever ordered them, from the day they are wanted."""


def _confirm(act: Act) -> None:
    """Everything that is stocked is held for it, or nothing is."""
    order = act.document
    place = _place(act)
    lines = act.parts(OrderLine)
    if not lines:
        raise Invalid({}, "Add at least one line: nothing is ordered.")
    products = _products(act, lines)
    _check(lines, products)
    if order.ordered_on is None:
        order.ordered_on = _today(act, place)
    wanted = max(order.required_on or order.ordered_on, _today(act, place))
    until = dt.datetime.combine(wanted, dt.time.max, ZoneInfo(place.time_zone)) + KEPT_FOR
    act.save()
    holds = [
        Hold(order.location_id, line.product_id, line.quantity, "order", order.id, until)
        for line in lines
        if products[line.product_id].tracks_stock
    ]
    if holds:
        ledger.reserve(act.actor, holds)
    act.said = f"{documents.title(order)} is confirmed, and its goods are held until {until:%-d %B}."


def _fulfil(act: Act) -> None:
    """Handed over: what was held is used, and leaves the shelf.

    An order that holds nothing, because it came from elsewhere or was broken, takes what is free on the shelf.
    """
    order = act.document
    place = _place(act)
    lines = act.parts(OrderLine)
    products = _products(act, lines)
    _check(lines, products, leaving=True)
    if order.shipped_on is None:
        order.shipped_on = _today(act, place)
    act.save()
    ledger.end_holds(act.actor, "order", order.id)
    moves = [
        Move(
            line.product_id,
            Place("shelf", order.location_id),
            Place("customer", order.location_id),
            line.quantity,
            document="order",
            document_id=order.id,
        )
        for line in lines
        if products[line.product_id].tracks_stock
    ]
    if moves:
        ledger.move(act.actor, moves, operation=act.operation)


def _cancel(act: Act) -> None:
    """What was held for it is free again."""
    ledger.end_holds(act.actor, "order", act.document.id, state="released")


def _place(act: Act) -> Location:
    place = act.session.get(Location, act.document.location_id)
    if place is None or not place.active:
        raise Invalid({"location_id": "This location is closed: the order needs another one."})
    return place


def _products(act: Act, lines: list[OrderLine]) -> dict[UUID, Product]:
    wanted = {line.product_id for line in lines}
    return {found.id: found for found in act.session.scalars(sa.select(Product).where(Product.id.in_(wanted)))}


def _check(lines: list[OrderLine], products: dict[UUID, Product], *, leaving: bool = False) -> None:
    """What can't be ordered, with a sentence at each line; what has been confirmed is still handed over."""
    problems = {}
    for line in lines:
        product = products[line.product_id]
        problem = goods.size_problem(product.name, product.unit, line.quantity)
        if problem is None and not product.active and not leaving:
            problem = f"{product.name} is no longer active."
        if problem:
            problems[f"line.{line.id}.quantity"] = problem
    if problems:
        raise Invalid(problems, " ".join(problems.values()))


def _today(act: Act, place: Location) -> dt.date:
    return act.now.astimezone(ZoneInfo(place.time_zone)).date()


STEPS: tuple[Step, ...] = (
    Step(
        "confirm", ("draft",), _confirm, "confirmed", tone="primary", icon="check", done="confirmed",
        hint="The goods are then held for the client on the shelf.",
    ),
    Step(
        "fulfil", ("confirmed",), _fulfil, "fulfilled", tone="primary", icon="package", done="fulfilled",
        label="Hand over", hint="The goods leave the shelf.",
    ),
    Step(
        "cancel", ("draft", "confirmed"), _cancel, "cancelled", tone="danger", icon="ban", done="cancelled",
        hint="What was held for it is free again.",
    ),
)  # fmt: skip
