"""Count reviews: what was counted beside what should be there, and what is booked of the difference."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from decimal import Decimal
from uuid import UUID

from app.core.actor import Actor
from app.core.errors import Invalid
from app.models.reason import Reason
from app.models.stock_count import StockCount, StockCountLine
from app.services import approvals, batches, documents
from app.services.steps import Act, each_line, plain
from app.services.stock import chains, ledger, shelves
from app.services.stock.chains import Tail
from app.services.stock.moves import CENT, NOTHING, Move, Place
from app.services.stock.shelves import Since
from app.services.warehouse import counted_lines, exceptions
from app.services.warehouse.counted_lines import products
from app.services.warehouse.exceptions import Found

LIMIT = Decimal(100)
"""A posted difference worth more is something to resolve, where no reason says another limit."""


def moves_since(actor: Actor, count: StockCount, lines: Iterable[StockCountLine]) -> Mapping[UUID, Tail]:
    """What has moved on the shelf since each product was counted; nothing about lines not counted yet."""
    seqs = {line.product_id: line.level_seq for line in lines if line.level_seq is not None}
    return chains.tails(actor, count.location_id, seqs)


def review(act: Act) -> None:
    """What differs, and what it is worth; nothing is booked yet."""
    lines = act.parts(StockCountLine)
    counted = [line for line in lines if line.counted_quantity is not None]
    if not counted:
        raise Invalid({}, "Nothing has been counted yet.")
    again = [line for line in lines if line.counted_quantity is None and line.decision == "recount"]
    if again:
        raise Invalid({}, f"{products(len(again))} still to be counted again.")
    costs, looked = _costs(act, counted), _since(act, counted)
    for line in counted:
        line.expected_quantity = looked[line.product_id].then
        difference = (line.counted_quantity or NOTHING) - line.expected_quantity
        line.difference_value = (difference * costs[line.product_id]).quantize(CENT)
    act.document.difference_value = _worth(counted)
    batches.change(act, counted, "expected_quantity", "difference_value")
    approvals.ask(act, reason=act.document.note)
    left = len(lines) - len(counted)
    rest = f" {products(left)} not counted: they stay as they are." if left else ""
    act.said = f"{documents.title(act.document)} is in review.{rest}"


def recount(act: Act) -> None:
    """The chosen lines go back to the counters, without what they counted."""
    lines = act.parts(StockCountLine)
    chosen = {line.id: line for line, again in each_line(act, lines, "again") if again}
    if act.given.get("differing"):
        chosen |= {line.id: line for line in lines if line.difference}
    if not chosen:
        raise Invalid({}, "Choose what is to be counted again.")
    for line in chosen.values():
        counted_lines.blank(act, line)
        line.decision = "recount"
    batches.change(act, list(chosen.values()), *counted_lines.WRITTEN_DOWN, "difference_value")
    count = act.document
    count.reviewed_at = count.reviewed_by_id = count.difference_value = None
    approvals.withdraw(act)
    act.said = f"{products(len(chosen))} to be counted again."


def approve(act: Act) -> None:
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
        ledger.move(act.actor, moves, operation=act.operation, facts=True)
    exceptions.report(act.actor, _too_large(act, lines, LIMIT if reason is None else reason.approval_limit))
    approvals.decide(act, approved=True)
    act.said = f"{documents.title(count)} is posted: {products(len(moves))} put right."


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


def _since(act: Act, lines: Sequence[StockCountLine]) -> dict[UUID, Since]:
    seqs = {line.product_id: line.level_seq or 0 for line in lines}
    return shelves.since(act.actor, act.document.location_id, seqs)


def _costs(act: Act, lines: Sequence[StockCountLine]) -> dict[UUID, Decimal]:
    known = counted_lines.products_of(act, lines)
    lying = shelves.now(act.actor, act.document.location_id, list(known))
    return {id: shelves.cost_of(lying[id], product) for id, product in known.items()}


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
