"""Requests: a location asks another for goods, and what is approved of it becomes a transfer."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from app.core.columns import Column
from app.core.errors import Invalid
from app.models.stock_request import StockRequestLine
from app.services import approvals, documents
from app.services.steps import Act, LineAsk, Step, amount, plain
from app.services.stock.goods import check_quantities
from app.services.warehouse import ends, transfers


def _request(act: Act) -> None:
    """Nothing is asked for that could not be sent."""
    ends.check(act)
    check_quantities(act, ((line, line.quantity) for line in _lines(act)))
    approvals.ask(act, reason=act.document.note)


def _approve(act: Act) -> None:
    """What is approved becomes a transfer, its goods held; a line of nothing is refused."""
    ends.check(act)
    amounts = [(line, _approved(act, line)) for line in _lines(act)]
    check_quantities(act, amounts, name="approved", may_be_nothing=True)
    _check_asked_for(amounts)
    for line, size in amounts:
        line.approved_quantity = size
    act.document.answer = act.given["answer"]
    approvals.decide(act, approved=True, note=act.document.answer)
    transfer = transfers.from_request(act, {line.product_id: size for line, size in amounts})
    act.after["made"] = ("transfer", str(transfer.id))
    act.said = f"{documents.title(act.document)} is approved: {documents.title(transfer)} can be sent."


def _approved(act: Act, line: StockRequestLine) -> Decimal:
    """How much is let go of a line: what was said, else all of it."""
    said: Decimal | None = act.lines.get(line.id, {}).get("approved")
    return line.quantity if said is None else said


def _check_asked_for(amounts: list[tuple[StockRequestLine, Decimal]]) -> None:
    if not any(size for _, size in amounts):
        raise Invalid({}, "Approve something, or reject the request.")
    problems = {
        f"line.{line.id}.approved": f"Only {plain(line.quantity)} are asked for."
        for line, size in amounts
        if size > line.quantity
    }
    if problems:
        raise Invalid(problems)


def _reject(act: Act) -> None:
    """Whoever asked reads why not."""
    act.document.answer = act.given["answer"]
    approvals.decide(act, approved=False, note=act.document.answer)


def _cancel(act: Act) -> None:
    """Nothing has happened yet that would have to be undone; only nobody needs to decide any more."""
    approvals.withdraw(act)


def _lines(act: Act) -> list[StockRequestLine]:
    lines = act.parts(StockRequestLine)
    if not lines:
        raise Invalid({}, "Add at least one line: nothing is asked for yet.")
    return lines


def _all_of_it(line: Any) -> Mapping[str, Any]:
    return {"approved": line.quantity}


STEPS: tuple[Step, ...] = (
    Step(
        "request", ("draft",), _request, "requested", stamp="requested", side="to_location_id", tone="primary",
        icon="send", hint="The location that is asked sees it then, and decides.",
    ),
    Step(
        "approve", ("requested",), _approve, "approved", stamp="decided", side="from_location_id", tone="primary",
        icon="check", hint="What is approved becomes a transfer, held on the shelf until it is sent.",
        asks={"answer": Column("text", label="Answer", longest=500)},
        lines=LineAsk(
            StockRequestLine, {"approved": amount("Approved", required=True)}, ("product_id", "quantity"), _all_of_it
        ),
    ),
    Step(
        "reject", ("requested",), _reject, "rejected", stamp="decided", side="from_location_id", tone="danger",
        icon="x", asks={"answer": Column("text", label="Why not", longest=500, required=True)},
    ),
    Step(
        "cancel", ("draft", "requested"), _cancel, "cancelled", side="to_location_id", tone="danger", icon="ban",
        done="cancelled", hint="It is not needed any more.",
    ),
)  # fmt: skip
