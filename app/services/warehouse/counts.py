"""Counts: what is really on the shelf, product by product, while the shop goes on selling.

A counted line remembers the number of the shelf's last move at that moment. What is posted in the end is a difference,
so whatever was sold, sent or received since stays as it was.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from decimal import Decimal
from typing import Any
from uuid import UUID

import sqlalchemy as sa

from app.core import db
from app.core.columns import Choice, Column
from app.core.errors import Invalid
from app.models.category import Category
from app.models.product import Product
from app.models.stock_count import StockCount, StockCountLine
from app.models.stock_rule import StockRule
from app.services import approvals, batches, documents
from app.services.steps import Act, LineAsk, Step
from app.services.stock import shelves
from app.services.stock.shelves import Shelf
from app.services.warehouse import count_reviews, counted_lines
from app.services.warehouse.count_reviews import LIMIT
from app.services.warehouse.counted_lines import products

CYCLE = 20
"""Products of a cycle count."""


def _start(act: Act) -> None:
    """The lines to count; what was put on the list by hand stays on it."""
    count, listed = act.document, act.parts(StockCountLine)
    wanted = _to_count(act)
    if count.kind == "cycle":
        # A list that was made by hand is what people want to count this time.
        wanted = [] if listed else _longest_uncounted(act, wanted)[:CYCLE]
    known = {line.product_id for line in listed}
    new = [counted_lines.new(act, product.id) for product in wanted if product.id not in known]
    lines = [*listed, *new]
    if not lines:
        raise Invalid({}, "There is nothing to count: no product here has stock.")
    _refuse_untracked(act, lines)
    if not count.blind:
        lying = shelves.now(act.actor, count.location_id, [line.product_id for line in lines])
        for line in lines:
            line.expected_quantity = lying[line.product_id].on_hand
    batches.change(act, listed, "expected_quantity")
    batches.add(act, new, "stock_count_id", "product_id", "expected_quantity")
    act.said = f"{documents.title(count)} has begun: {products(len(lines))} to count."


def _to_count(act: Act) -> list[Product]:
    """What lies on the shelf, and what could; in the order in which one walks along it."""
    count = act.document
    lying = [id for id, shelf in shelves.now(act.actor, count.location_id).items() if shelf.on_hand]
    statement = (
        sa.select(Product)
        .outerjoin(StockRule, sa.and_(StockRule.product_id == Product.id, StockRule.location_id == count.location_id))
        .where(Product.tracks_stock, sa.or_(Product.active, Product.id.in_(lying)))
        .order_by(StockRule.place.asc().nulls_last(), Product.name, Product.id)
    )
    if count.kind == "category":
        statement = statement.where(Product.category_id.in_(_branch(count.category_id)))
    return list(act.session.scalars(statement))


def _branch(root: UUID) -> Any:
    """A category and all below it."""
    tree = sa.select(Category.id).where(Category.id == root).cte(recursive=True)
    below = sa.select(Category.id).join(tree, Category.parent_id == tree.c.id)
    return sa.select(tree.union(below).c.id)


def _longest_uncounted(act: Act, products: Sequence[Product]) -> list[Product]:
    """First what was never counted here, then what was counted longest ago; of one day, the most valuable first."""
    location = act.document.location_id
    lying = shelves.now(act.actor, location)
    with db.posting(act.actor) as session:
        # In the role that sees all counts of this place: whose turn it is doesn't depend on who asks.
        statement = (
            sa.select(StockCountLine.product_id, sa.func.max(StockCountLine.counted_at))
            .join(StockCount, StockCount.id == StockCountLine.stock_count_id)
            .where(StockCount.location_id == location, StockCount.state == "posted")
            .where(StockCountLine.counted_at.is_not(None))
            .group_by(StockCountLine.product_id)
        )
        counted = {product: at.date() for product, at in session.execute(statement).all() if at is not None}

    def turn(product: Product) -> tuple[dt.date, Decimal]:
        return counted.get(product.id, dt.date.min), -lying.get(product.id, Shelf()).value

    return sorted(products, key=turn)


def _refuse_untracked(act: Act, lines: Sequence[StockCountLine]) -> None:
    never = counted_lines.products_of(act, lines).values()
    names = [product.name for product in never if not product.tracks_stock]
    if names:
        raise Invalid({}, f"{', '.join(names)}: there is no stock of it to count. Take it off the list.")


def _cancel(act: Act) -> None:
    approvals.withdraw(act)


def _decided(line: Any) -> dict[str, Any]:
    return {"decision": line.decision or "keep_difference"}


DIFFERENCE = ("product_id", "expected_quantity", "counted_quantity", "difference", "difference_value")

STEPS: tuple[Step, ...] = (
    Step(
        "start", ("draft",), _start, "counting", stamp="started", tone="primary", icon="clock-play", done="started",
        hint=f"Lists what is to be counted; a cycle count takes the {CYCLE} products not counted for the longest.",
    ),
    Step(
        "count", ("counting",), counted_lines.count, exact=False, tone="primary", icon="barcode",
        asks={
            "product": Column("link", target="Product", label="Product", hint="On the list or not."),
            "quantity": Column("quantity", label="Count", places=3, least=0),
            "more": Column("flag", label="Add to what was counted before"),
            "undo": Column("link", target="Product", label="Take back", hint="A product that was counted by mistake."),
        },
        # The fields begin empty: a number that stood there and is sent again would be a count of this moment.
        lines=LineAsk(
            StockCountLine, {"counted": Column("quantity", label="Count", places=3, least=0)},
            ("product_id", "expected_quantity", "counted_quantity"),
        ),
    ),
    Step("review", ("counting",), count_reviews.review, "review", stamp="reviewed", icon="list-check", exact=False),
    Step(
        "approve", ("review",), count_reviews.approve, "posted", stamp="posted", tone="primary", icon="check",
        asks={
            "reason": Column(
                "link", target="Reason", label="Reason",
                hint=f"Differences worth more than its limit are looked into; without a reason, more than {LIMIT}.",
            )
        },
        lines=LineAsk(
            StockCountLine,
            {
                "decision": Column(
                    "choice",
                    label="What to book",
                    choices=(
                        Choice("keep_difference", "The difference"),
                        Choice("keep_counted", "What was counted"),
                    ),
                )
            },
            DIFFERENCE, _decided, counted_lines.is_counted,
        ),
        hint="What was sold or received since stays right with the difference; what was counted overrules it.",
    ),
    Step(
        "recount", ("review",), count_reviews.recount, "counting", icon="refresh", label="Count again", done="recounted",
        asks={"differing": Column("flag", label="Everything that differs")},
        lines=LineAsk(
            StockCountLine, {"again": Column("flag", label="Again")}, DIFFERENCE, matters=counted_lines.is_counted
        ),
    ),
    Step(
        "cancel", ("draft", "counting", "review"), _cancel, "cancelled", tone="danger", icon="ban", done="cancelled",
        hint="Nothing is booked.",
    ),
)  # fmt: skip
