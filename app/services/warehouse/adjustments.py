"""Adjustments: stock is put right for a reason; what is worth more than the reason's limit waits for a manager."""

from __future__ import annotations

from decimal import Decimal
from uuid import UUID

from app.core.columns import Column
from app.core.errors import Invalid
from app.core.ids import uuid7
from app.models.adjustment import Adjustment, AdjustmentLine
from app.models.product import Product
from app.models.reason import Reason
from app.services import approvals, documents
from app.services.steps import Act, Step
from app.services.stock import ledger, shelves
from app.services.stock.goods import check_quantities
from app.services.stock.moves import CENT, NOTHING, Move, Place
from app.services.warehouse import reversal

WRONG_WAY = {
    "out": "{reason} makes stock less: write -{size} instead.",
    "in": "{reason} makes stock more: write {size} instead.",
}
"""A reason's direction → what to say when a line goes the other way."""


def _propose(act: Act) -> None:
    """A manager is asked, however little it is worth."""
    _, lines = _checked(act)
    _put_forward(act, lines, _costs(act, lines))
    act.said = f"{documents.title(act.document)} waits for approval. Nothing has been booked yet."


def _post(act: Act) -> str:
    """Booked at once, or put before a manager when it is worth more than this person may book for that reason."""
    reason, lines = _checked(act)
    costs = _costs(act, lines)
    if _is_above(reason, lines, costs) and not approvals.may_decide(act):
        _put_forward(act, lines, costs)
        act.said = (
            f"{documents.title(act.document)} is worth more than may be booked for {reason.name} without approval:"
            " a manager was asked. Nothing has been booked yet."
        )
        return "proposed"
    _book(act, lines, costs)
    return "posted"


def _approve(act: Act) -> None:
    """What was proposed is booked."""
    _, lines = _checked(act)
    documents.stamp(act.actor, act.document, "decided", act.now)
    approvals.decide(act, approved=True)
    _book(act, lines, _costs(act, lines))


def _reject(act: Act) -> None:
    documents.stamp(act.actor, act.document, "decided", act.now)
    approvals.decide(act, approved=False, note=act.given["note"])


def _withdraw(act: Act) -> None:
    """Back on the desk of whoever wrote it: to be corrected, or left."""
    act.document.proposed_at = act.document.proposed_by_id = None
    approvals.withdraw(act)
    act.said = f"{documents.title(act.document)} is a draft again: nobody is asked to decide about it."


def _reverse(act: Act) -> None:
    """A second adjustment takes back what the first one did."""
    old = act.document
    note = act.given.get("note") or f"Takes back {old.number}."
    back = reversal.counterpart(act, "location_id", "reason_id", note=note)
    reversal.write(act, back, [_turned(line, back) for line in act.parts(AdjustmentLine)])
    reversal.book(act, back)


def _turned(line: AdjustmentLine, back: Adjustment) -> AdjustmentLine:
    return AdjustmentLine(
        id=uuid7(),
        adjustment_id=back.id,
        product_id=line.product_id,
        quantity=-line.quantity,
        unit_cost=line.unit_cost,
    )


def _checked(act: Act) -> tuple[Reason, list[AdjustmentLine]]:
    """The reason and the lines, if they can be booked together; else every sentence that speaks against it."""
    lines = act.parts(AdjustmentLine)
    if not lines:
        raise Invalid({}, "Add at least one line: there is nothing to put right.")
    reason = act.session.get_one(Reason, act.document.reason_id)
    if not reason.active:
        raise Invalid({}, f"The reason {reason.name} is no longer used: choose another.")
    if reason.needs_note and not (act.document.note or "").strip():
        raise Invalid({}, f"{reason.name} asks for an explanation: write a note first.")
    if act.document.effective_at is not None and act.document.effective_at > act.now:
        raise Invalid({}, "It can't have happened in the future: correct the day, or leave it empty.")
    check_quantities(act, ((line, line.quantity) for line in lines))
    problems = {f"line.{line.id}.quantity": said for line in lines if (said := _wrong_way(reason, line))}
    if problems:
        raise Invalid(problems, " ".join(dict.fromkeys(problems.values())))
    return reason, lines


def _wrong_way(reason: Reason, line: AdjustmentLine) -> str | None:
    goes = "out" if line.quantity < 0 else "in"
    if reason.direction in ("both", goes):
        return None
    return WRONG_WAY[reason.direction].format(reason=reason.name, size=documents.plain(abs(line.quantity)))


def _costs(act: Act, lines: list[AdjustmentLine]) -> dict[UUID, Decimal]:
    """Product → what one unit of it is worth at this location."""
    ids = {line.product_id for line in lines}
    goods = act.by_id(Product, ids)
    lying = shelves.now(act.actor, act.document.location_id, ids)
    return {id: shelves.cost_of(lying[id], goods.get(id)) for id in ids}


def _is_above(reason: Reason, lines: list[AdjustmentLine], costs: dict[UUID, Decimal]) -> bool:
    """More and less don't cancel out: two lines of 50 are worth 100, whatever their signs."""
    if reason.approval_limit is None:
        return False
    worth = sum((abs(line.quantity) * costs[line.product_id] for line in lines), NOTHING)
    return reason.approval_limit == 0 or worth > reason.approval_limit


def _put_forward(act: Act, lines: list[AdjustmentLine], costs: dict[UUID, Decimal]) -> None:
    _value(act, lines, costs)
    documents.stamp(act.actor, act.document, "proposed", act.now)
    act.save()
    approvals.ask(act, reason=act.document.note)


def _value(act: Act, lines: list[AdjustmentLine], costs: dict[UUID, Decimal]) -> None:
    for line in lines:
        line.unit_cost = costs[line.product_id]
    act.document.value = sum((line.quantity * costs[line.product_id] for line in lines), NOTHING).quantize(CENT)


def _book(act: Act, lines: list[AdjustmentLine], costs: dict[UUID, Decimal]) -> None:
    """Less goes from the shelf to loss, more comes back from there."""
    booked = ledger.move(act.actor, [_move(act, line, costs) for line in lines], operation=act.operation)
    _value(act, lines, {move.product: move.unit_cost for move in booked})
    documents.stamp(act.actor, act.document, "posted", act.now)


def _move(act: Act, line: AdjustmentLine, costs: dict[UUID, Decimal]) -> Move:
    shelf, loss = Place("shelf", act.document.location_id), Place("loss", act.document.location_id)
    less = line.quantity < 0
    return Move(
        line.product_id,
        shelf if less else loss,
        loss if less else shelf,
        abs(line.quantity),
        unit_cost=costs[line.product_id],
        reason=act.document.reason_id,
        document="adjustment",
        document_id=act.document.id,
        effective_at=act.document.effective_at,
    )


STEPS: tuple[Step, ...] = (
    Step(
        "post", ("draft",), _post, tone="primary", icon="check", done="posted",
        hint="Above the reason's limit a manager is asked first.",
    ),
    Step("propose", ("draft",), _propose, "proposed", icon="send", label="Ask for approval"),
    Step("approve", ("proposed",), _approve, "posted", tone="primary", icon="check", hint="It is booked at once."),
    Step("reject", ("proposed",), _reject, "rejected", tone="danger", icon="x", asks=approvals.WHY),
    Step(
        "withdraw", ("proposed",), _withdraw, "draft", icon="arrow-back-up", done="withdrawn",
        hint="It is a draft again, to be corrected or left.",
    ),
    Step(
        "reverse", ("posted",), _reverse, "reversed", tone="danger", icon="arrow-back-up", when=reversal.is_original,
        asks={"note": Column("long_text", label="Why", longest=2_000)},
        hint="A new adjustment takes back what this one did.",
    ),
)  # fmt: skip
