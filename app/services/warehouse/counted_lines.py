"""Counted lines: how many there really are of a product, written down with the moment at which somebody looked."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Sequence
from decimal import Decimal
from typing import Any
from uuid import UUID

import sqlalchemy as sa

from app.core.errors import Invalid
from app.core.ids import uuid7
from app.models.product import Product
from app.models.stock_count import StockCountLine
from app.services import batches
from app.services.steps import Act, each_line, plain
from app.services.stock import goods, shelves
from app.services.stock.moves import NOTHING
from app.services.stock.shelves import Shelf

WRITTEN_DOWN = (
    "counted_quantity",
    "counted_at",
    "counted_by_id",
    "level_seq",
    "expected_quantity",
    "times_counted",
    "decision",
)
"""The columns that say what was counted, by whom, and at which move of the shelf."""


def count(act: Act) -> None:
    """Write down what was counted; two people may do it at once, and counting again replaces what was counted before."""
    lines = act.parts(StockCountLine)
    found = {line.id: (line, amount) for line, amount in each_line(act, lines, "counted")}
    undone = _taken_back(act, lines)
    named = _named(act, lines)
    if named is not None:
        found[named[0].id] = named
    if not found and undone is None:
        raise Invalid({}, "Write how many there are of at least one product.")
    listed = {line.id for line in lines}
    _check_amounts(act, found.values(), listed=listed)
    lying = shelves.now(act.actor, act.document.location_id, {line.product_id for line, _ in found.values()})
    now = act.now
    for line, amount in found.values():
        _write_down(act, line, amount, lying[line.product_id], now)
    batches.change(act, [line for line, _ in found.values() if line.id in listed], *WRITTEN_DOWN)
    act.save(*(line for line, _ in found.values() if line.id not in listed))
    act.said = _counted_words(act, [line for line, _ in found.values()]) if found else "Taken back: count it again."


def _named(act: Act, lines: Sequence[StockCountLine]) -> tuple[StockCountLine, Decimal] | None:
    """The scanned product with its quantity; its line is made when it wasn't on the list."""
    product, amount = act.given.get("product"), act.given.get("quantity")
    if product is None and amount is None:
        return None
    if product is None:
        raise Invalid({"product": "Which product is it?"})
    if amount is None:
        raise Invalid({"quantity": "How many are there?"})
    line = next((line for line in lines if line.product_id == product), None) or new(act, product)
    if act.given.get("more"):
        amount += line.counted_quantity or NOTHING
    return line, amount


def _taken_back(act: Act, lines: Sequence[StockCountLine]) -> StockCountLine | None:
    product = act.given.get("undo")
    if product is None:
        return None
    line = next((line for line in lines if line.product_id == product and line.counted_quantity is not None), None)
    if line is None:
        raise Invalid({"undo": "That one hasn't been counted yet."})
    blank(act, line)
    return line


def _check_amounts(act: Act, amounts: Iterable[tuple[StockCountLine, Decimal]], *, listed: set[UUID]) -> None:
    wanted = list(amounts)
    products = products_of(act, [line for line, _ in wanted])
    problems = {}
    for line, amount in wanted:
        said = goods.problem_with(
            products.get(line.product_id), amount, may_be_nothing=True, retired_too=line.id in listed
        )
        if said:
            named = line.product_id == act.given.get("product")
            problems["quantity" if named else f"line.{line.id}.counted"] = said
    if problems:
        raise Invalid(problems, " ".join(problems.values()))


def _write_down(act: Act, line: StockCountLine, amount: Decimal, shelf: Shelf, now: dt.datetime) -> None:
    line.counted_quantity = amount
    line.counted_at = now
    line.counted_by_id = act.actor.id
    line.level_seq = shelf.seq
    # Whoever counts blind isn't told; the review works it out from the moves.
    line.expected_quantity = None if act.document.blind else shelf.on_hand
    line.times_counted = (line.times_counted or 0) + 1
    line.decision = None


def blank(act: Act, line: StockCountLine) -> None:
    """The line is open again. How often it was counted stays."""
    line.counted_quantity = line.counted_at = line.counted_by_id = line.level_seq = line.difference_value = None
    if act.document.blind:
        line.expected_quantity = None


def _counted_words(act: Act, lines: Sequence[StockCountLine]) -> str:
    if len(lines) > 1:
        return f"{len(lines)} products counted."
    line = lines[0]
    return f"{products_of(act, lines)[line.product_id].name}: {plain(line.counted_quantity or NOTHING)} counted."


def products_of(act: Act, lines: Iterable[StockCountLine]) -> dict[UUID, Product]:
    """The products that the lines are about."""
    ids = {line.product_id for line in lines}
    return {product.id: product for product in act.session.scalars(sa.select(Product).where(Product.id.in_(ids)))}


def new(act: Act, product: UUID) -> StockCountLine:
    """A line that nobody has counted yet."""
    return StockCountLine(id=uuid7(), stock_count_id=act.document.id, product_id=product, times_counted=0)


def is_counted(line: Any) -> bool:
    """Has somebody counted it?"""
    return line.counted_quantity is not None


def products(number: int) -> str:
    """ "1 product", "7 products"."""
    return f"{number} {'product' if number == 1 else 'products'}"
