"""What whoever reviews a count sees of its lines: the dearest difference first, and what has moved since it was counted."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal

from flask import render_template
from markupsafe import Markup

from app.core import access
from app.core.actor import Actor
from app.models.stock_count import StockCount, StockCountLine
from app.services.warehouse import count_reviews
from app.views import cells, step_page
from app.views.stock import chain_page

NOTHING = Decimal(0)


def init() -> None:
    """Have the steps of a review tell more about their lines."""
    for verb in ("approve", "recount"):
        step_page.show_beside("stock_count", verb, look)


def look(actor: Actor, count: StockCount, lines: Sequence[StockCountLine]) -> step_page.Beside:
    """The lines of a count beside what has moved since, and what their differences come to."""
    costs = "difference_value" in access.visible(actor, StockCountLine)
    tails = count_reviews.moves_since(actor, count, lines)
    notes = {line.id: _note(tails[line.product_id]) for line in lines if line.product_id in tails}
    order = sorted(lines, key=lambda line: _weight(line, costs=costs), reverse=True)
    return step_page.Beside([line.id for line in order], "Since counted", notes, _foot(lines, costs=costs))


def _weight(line: StockCountLine, *, costs: bool) -> tuple[Decimal, Decimal]:
    worth = line.difference_value if costs else NOTHING
    return abs(worth or NOTHING), abs(line.difference or NOTHING)


def _note(tail: count_reviews.Tail) -> Markup:
    told = [chain_page.line(link) for link in tail.links]
    sign = "+" if tail.change > 0 else ""
    change = sign + cells.plain_number(tail.change)
    return Markup(render_template("stock/moved_since.html", tail=tail, change=change, lines=told))


def _foot(lines: Sequence[StockCountLine], *, costs: bool) -> dict[str, Markup]:
    differing = [line for line in lines if line.difference]
    number = len(lines)
    foot = {"product_id": f"{len(differing)} of {number:,} {'product differs' if number == 1 else 'products differ'}"}
    if costs:
        worth = sum((line.difference_value or NOTHING for line in differing), NOTHING)
        foot["difference_value"] = cells.plain_number(worth, 2)
    return {name: Markup("{}").format(words) for name, words in foot.items()}
