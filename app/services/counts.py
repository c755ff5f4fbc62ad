"""Counts: what is really on the shelf, product by product, while the shop goes on selling.

A counted line remembers the number of the shelf's last move at that moment. What is posted in the end is a difference,
so whatever was sold, sent or received since stays as it was.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.orm import Session

from app.core import db
from app.core.columns import Choice, Column
from app.core.errors import Invalid
from app.core.ids import uuid7
from app.models.category import Category
from app.models.product import Product
from app.models.reason import Reason
from app.models.stock_account import StockAccount
from app.models.stock_count import StockCount, StockCountLine
from app.models.stock_move import StockMove
from app.models.stock_rule import StockRule
from app.services import approvals, batches, documents, exceptions, goods, shelves, stock
from app.services.documents import Act, LineAsk, Step, each_line, plain
from app.services.exceptions import Found
from app.services.shelves import Shelf, Since
from app.services.stock import CENT, NOTHING, Move, Place

CYCLE = 20
"""Products of a cycle count."""

LIMIT = Decimal(100)
"""A posted difference worth more is something to resolve, where no reason says another limit."""


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


@dataclass(frozen=True)
class Moved:
    """One move since a line was counted: `change` is what it did to the shelf."""

    at: dt.datetime
    change: Decimal
    other: str
    document: str | None
    document_id: UUID | None
    by: UUID | None


def moves_since(session: Session, line: StockCountLine) -> list[Moved]:
    """What has moved on the line's shelf since it was counted, oldest first; nothing for a line not counted yet."""
    if line.level_seq is None:
        return []
    count = session.get_one(StockCount, line.stock_count_id)
    shelf = sa.select(StockAccount.id).where(
        StockAccount.kind == "shelf", StockAccount.location_id == count.location_id
    )
    moves = sa.select(StockMove, StockAccount.kind).where(StockMove.product_id == line.product_id)
    brought = moves.join(StockAccount, StockAccount.id == StockMove.from_account_id).where(
        StockMove.to_account_id.in_(shelf), StockMove.to_seq > line.level_seq
    )
    taken = moves.join(StockAccount, StockAccount.id == StockMove.to_account_id).where(
        StockMove.from_account_id.in_(shelf), StockMove.from_seq > line.level_seq
    )
    found = [(move.to_seq, move, kind, move.quantity) for move, kind in session.execute(brought).all()]
    found += [(move.from_seq, move, kind, -move.quantity) for move, kind in session.execute(taken).all()]
    return [
        Moved(move.created_at, change, kind, move.document, move.document_id, move.moved_by_id)
        for _, move, kind, change in sorted(found, key=lambda one: one[0])
    ]


def _start(act: Act) -> None:
    """The lines to count; what was put on the list by hand stays on it."""
    count, listed = act.document, act.parts(StockCountLine)
    wanted = _to_count(act)
    if count.kind == "cycle":
        # A list that was made by hand is what people want to count this time.
        wanted = [] if listed else _longest_uncounted(act, wanted)[:CYCLE]
    known = {line.product_id for line in listed}
    new = [_line(act, product.id) for product in wanted if product.id not in known]
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
    act.said = f"{documents.title(count)} has begun: {len(lines)} {_products(len(lines))} to count."


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
    never = _goods(act, lines).values()
    names = [product.name for product in never if not product.tracks_stock]
    if names:
        raise Invalid({}, f"{', '.join(names)}: there is no stock of it to count. Take it off the list.")


def _count(act: Act) -> None:
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
    line = next((line for line in lines if line.product_id == product), None) or _line(act, product)
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
    _blank(act, line)
    return line


def _check_amounts(act: Act, amounts: Iterable[tuple[StockCountLine, Decimal]], *, listed: set[UUID]) -> None:
    wanted = list(amounts)
    products = _goods(act, [line for line, _ in wanted])
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


def _blank(act: Act, line: StockCountLine) -> None:
    """The line is open again. How often it was counted stays."""
    line.counted_quantity = line.counted_at = line.counted_by_id = line.level_seq = line.difference_value = None
    if act.document.blind:
        line.expected_quantity = None


def _counted_words(act: Act, lines: Sequence[StockCountLine]) -> str:
    if len(lines) > 1:
        return f"{len(lines)} products counted."
    line = lines[0]
    return f"{_goods(act, lines)[line.product_id].name}: {plain(line.counted_quantity or NOTHING)} counted."


def _review(act: Act) -> None:
    """What differs, and what it is worth; nothing is booked yet."""
    lines = act.parts(StockCountLine)
    counted = [line for line in lines if line.counted_quantity is not None]
    if not counted:
        raise Invalid({}, "Nothing has been counted yet.")
    again = [line for line in lines if line.counted_quantity is None and line.decision == "recount"]
    if again:
        raise Invalid({}, f"{len(again)} {_products(len(again))} still to be counted again.")
    costs, looked = _costs(act, counted), _since(act, counted)
    for line in counted:
        line.expected_quantity = looked[line.product_id].then
        difference = (line.counted_quantity or NOTHING) - line.expected_quantity
        line.difference_value = (difference * costs[line.product_id]).quantize(CENT)
    act.document.difference_value = _worth(counted)
    batches.change(act, counted, "expected_quantity", "difference_value")
    approvals.ask(act, reason=act.document.note)
    left = len(lines) - len(counted)
    rest = f" {left} {_products(left)} not counted: they stay as they are." if left else ""
    act.said = f"{documents.title(act.document)} is in review.{rest}"


def _recount(act: Act) -> None:
    """The chosen lines go back to the counters, without what they counted."""
    lines = act.parts(StockCountLine)
    chosen = {line.id: line for line, again in each_line(act, lines, "again") if again}
    if act.given.get("differing"):
        chosen |= {line.id: line for line in lines if line.difference}
    if not chosen:
        raise Invalid({}, "Choose what is to be counted again.")
    for line in chosen.values():
        _blank(act, line)
        line.decision = "recount"
    batches.change(act, list(chosen.values()), *WRITTEN_DOWN, "difference_value")
    count = act.document
    count.reviewed_at = count.reviewed_by_id = count.difference_value = None
    approvals.withdraw(act)
    act.said = f"{len(chosen)} {_products(len(chosen))} to be counted again."


def _approve(act: Act) -> None:
    """Book what differs. It is a fact: what a shelf hasn't got any more comes from its shortage."""
    count = act.document
    lines = [line for line in act.parts(StockCountLine) if line.counted_quantity is not None]
    decided = {line.id: decision for line, decision in each_line(act, lines, "decision")}
    shelves.hold(act.actor, count.location_id, {line.product_id for line in lines})
    looked, costs = _since(act, lines), _costs(act, lines)
    for line in lines:
        line.decision = decided.get(line.id) or line.decision or "keep_difference"
        line.posted_quantity = _to_post(line, looked[line.product_id])
        line.difference_value = (line.posted_quantity * costs[line.product_id]).quantize(CENT)
    count.difference_value = _worth(lines)
    reason = _reason(act, lines)
    batches.change(act, lines, "decision", "posted_quantity", "difference_value")
    moves = [_move(act, line, costs[line.product_id]) for line in lines if line.posted_quantity]
    if moves:
        stock.move(act.actor, moves, operation=act.operation, facts=True)
    exceptions.report(act.actor, _too_large(act, lines, LIMIT if reason is None else reason.approval_limit))
    approvals.decide(act, approved=True)
    act.said = f"{documents.title(count)} is posted: {len(moves)} {_products(len(moves))} put right."


def _to_post(line: StockCountLine, since: Since) -> Decimal:
    """What the shelf's figure has to change by.

    keep_counted     to what was counted, whatever happened since
    keep_difference  by what was missing or too many then, less what other corrections have put right since
    """
    counted = line.counted_quantity or NOTHING
    if line.decision == "keep_counted":
        return counted - since.shelf.on_hand
    return counted - since.then - since.corrected


def _reason(act: Act, lines: Sequence[StockCountLine]) -> Reason | None:
    id = act.given.get("reason")
    if id is None:
        return None
    reason = act.session.get_one(Reason, id)
    signs = {"out" if line.posted_quantity < 0 else "in" for line in lines if line.posted_quantity}
    if not reason.active:
        raise Invalid({"reason": f"{reason.name} is no longer used: choose another."})
    if reason.direction != "both" and signs - {reason.direction}:
        raise Invalid({"reason": f"{reason.name} goes one way only, but this count has more and less."})
    return reason


def _too_large(act: Act, lines: Sequence[StockCountLine], limit: Decimal | None) -> list[Found]:
    """Differences that somebody should look into."""
    if limit is None:
        return []
    return [
        Found(
            "count_difference",
            act.document.location_id,
            line.product_id,
            summary=f"{plain(abs(line.posted_quantity))} {'fewer' if line.posted_quantity < 0 else 'more'} counted"
            f" than expected in {act.document.number}.",
            quantity=line.posted_quantity,
            value=line.difference_value,
            document="stock_count",
            document_id=act.document.id,
        )
        for line in lines
        if line.posted_quantity and abs(line.difference_value or NOTHING) > limit
    ]


def _cancel(act: Act) -> None:
    approvals.withdraw(act)


def _since(act: Act, lines: Sequence[StockCountLine]) -> dict[UUID, Since]:
    seqs = {line.product_id: line.level_seq or 0 for line in lines}
    return shelves.since(act.actor, act.document.location_id, seqs)


def _costs(act: Act, lines: Sequence[StockCountLine]) -> dict[UUID, Decimal]:
    products = _goods(act, lines)
    lying = shelves.now(act.actor, act.document.location_id, list(products))
    return {id: shelves.cost_of(lying[id], product) for id, product in products.items()}


def _goods(act: Act, lines: Iterable[StockCountLine]) -> dict[UUID, Product]:
    ids = {line.product_id for line in lines}
    return {product.id: product for product in act.session.scalars(sa.select(Product).where(Product.id.in_(ids)))}


def _line(act: Act, product: UUID) -> StockCountLine:
    return StockCountLine(id=uuid7(), stock_count_id=act.document.id, product_id=product, times_counted=0)


def _move(act: Act, line: StockCountLine, cost: Decimal) -> Move:
    shelf, loss = Place("shelf", act.document.location_id), Place("loss", act.document.location_id)
    change = line.posted_quantity or NOTHING
    return Move(
        line.product_id,
        shelf if change < 0 else loss,
        loss if change < 0 else shelf,
        abs(change),
        unit_cost=cost,
        reason=act.given.get("reason"),
        document="stock_count",
        document_id=act.document.id,
    )


def _worth(lines: Iterable[StockCountLine]) -> Decimal:
    return sum((line.difference_value or NOTHING for line in lines), NOTHING)


def _products(number: int) -> str:
    return "product" if number == 1 else "products"


def _decided(line: Any) -> dict[str, Any]:
    return {"decision": line.decision or "keep_difference"}


def _is_counted(line: Any) -> bool:
    return line.counted_quantity is not None


DIFFERENCE = ("product_id", "expected_quantity", "counted_quantity", "difference", "difference_value")

STEPS: tuple[Step, ...] = (
    Step(
        "start", ("draft",), _start, "counting", stamp="started", tone="primary", icon="clock-play", done="started",
        hint=f"Lists what is to be counted; a cycle count takes the {CYCLE} products not counted for the longest.",
    ),
    Step(
        "count", ("counting",), _count, exact=False, tone="primary", icon="barcode",
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
    Step("review", ("counting",), _review, "review", stamp="reviewed", icon="list-check", exact=False),
    Step(
        "approve", ("review",), _approve, "posted", stamp="posted", tone="primary", icon="check",
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
            DIFFERENCE, _decided, _is_counted,
        ),
        hint="What was sold or received since stays right with the difference; what was counted overrules it.",
    ),
    Step(
        "recount", ("review",), _recount, "counting", icon="refresh", label="Count again", done="recounted",
        asks={"differing": Column("flag", label="Everything that differs")},
        lines=LineAsk(
            StockCountLine, {"again": Column("flag", label="Again")}, DIFFERENCE, matters=_is_counted
        ),
    ),
    Step(
        "cancel", ("draft", "counting", "review"), _cancel, "cancelled", tone="danger", icon="ban", done="cancelled",
        hint="Nothing is booked.",
    ),
)  # fmt: skip
