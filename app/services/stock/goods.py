"""Goods in documents: quantities that can be, of products that are stocked; every document asks here."""

from __future__ import annotations

from collections.abc import Iterable
from decimal import Decimal
from typing import Any

from app.core.errors import Invalid
from app.models.product import Product
from app.services.steps import Act

MOST = Decimal(1_000_000)
"""More of one product than this in one line is a slip of the finger."""

WHOLE = frozenset({"piece", "pack", "box", "bag", "bottle", "can", "jar", "tube", "pair", "set"})
"""Units that don't come in parts."""


def check_quantities(
    act: Act, amounts: Iterable[tuple[Any, Decimal]], *, name: str = "quantity", may_be_nothing: bool = False
) -> None:
    """Refuse what can't be moved, with a sentence at each line.

    amounts  (line, quantity); a line has `product_id`
    name     what the quantity is called in the problems: `line.<id>.<name>`

    Raises `Invalid`.
    """
    wanted = [(line, Decimal(amount)) for line, amount in amounts]
    goods = act.by_id(Product, (line.product_id for line, _ in wanted))
    problems = {}
    for line, amount in wanted:
        problem = problem_with(goods.get(line.product_id), amount, may_be_nothing=may_be_nothing)
        if problem:
            problems[f"line.{line.id}.{name}"] = problem
    if problems:
        raise Invalid(problems)


def problem_with(
    product: Product | None, amount: Decimal, *, may_be_nothing: bool = False, retired_too: bool = False
) -> str | None:
    """What speaks against moving this much of a product; None when nothing does. The sign doesn't matter.

    retired_too  a product that is no longer active is all right, as when the last of it are counted
    """
    if product is None:
        return "There is no such product."
    if amount == 0 and may_be_nothing:
        return None
    problem = size_problem(product.name, product.unit, amount)
    if problem:
        return problem
    if not product.tracks_stock:
        return f"{product.name} has no stock to move."
    if not product.active and not retired_too:
        return f"{product.name} is no longer active."
    return None


def size_problem(name: str, unit: str, amount: Decimal) -> str | None:
    """What speaks against this much of anything, stocked or not, by its name and unit. The sign doesn't matter."""
    size = abs(amount)
    if size == 0:
        return f"{name}: say how much."
    if not size.is_finite() or size > MOST:
        return f"{name}: {amount:,f} can't be right."
    if size != size.quantize(Decimal("0.001")):
        return f"{name}: at most three decimal places."
    if unit in WHOLE and size != size.to_integral_value():
        return f"{name} comes in whole pieces only."
    return None
