"""Transfers: goods leave one location, are on their way, and arrive at the other, each side doing its own part."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from typing import Any
from uuid import UUID

from app.core.columns import Column
from app.core.errors import Invalid
from app.core.ids import uuid7
from app.models.stock_request import StockRequest
from app.models.transfer import Transfer, TransferLine
from app.services import approvals, documents
from app.services.steps import Act, LineAsk, Step, amount, plain
from app.services.stock import ledger
from app.services.stock.goods import check_quantities
from app.services.stock.moves import Hold, Move, Place
from app.services.warehouse import ends

NOTHING = Decimal(0)


def _request(act: Act) -> None:
    """Nothing is asked for that can't be sent."""
    ends.check(act)
    lines = _lines(act)
    check_quantities(act, ((line, line.quantity) for line in lines))
    approvals.ask(act, reason=act.document.note)


def _approve(act: Act) -> None:
    """What is approved is held for it on the sender's shelf."""
    ends.check(act)
    transfer = act.document
    lines = _lines(act)
    check_quantities(act, ((line, line.quantity) for line in lines))
    approvals.decide(act, approved=True)
    ledger.reserve(
        act.actor,
        [Hold(transfer.from_location_id, line.product_id, line.quantity, "transfer", transfer.id) for line in lines],
    )


def _dispatch(act: Act) -> None:
    """From the sender's shelf onto the way; what was held for it is used."""
    transfer, lines = act.document, _lines(act)
    amounts = [(line, _sent(act, line)) for line in lines]
    check_quantities(act, amounts, name="sent", may_be_nothing=True)
    if not any(size for _, size in amounts):
        raise Invalid({}, "Send something: every line says nothing.")
    for line, size in amounts:
        line.dispatched_quantity = size
    act.save()
    ledger.end_holds(act.actor, "transfer", transfer.id)
    ledger.move(
        act.actor,
        [_move(transfer, line.product_id, _shelf(transfer.from_location_id), _way(transfer), size)
         for line, size in amounts if size],
        operation=act.operation,
    )  # fmt: skip


def _sent(act: Act, line: TransferLine) -> Decimal:
    """What the sender put into the box: what they said, else what was asked for."""
    said: Decimal | None = act.lines.get(line.id, {}).get("sent")
    return line.quantity if said is None else said


def _receive(act: Act) -> str:
    """What was counted goes to the receiver's shelf, what came broken is lost, what is refused goes back."""
    transfer, moves = act.document, list[Move]()
    problems: dict[str, str] = {}
    for line in act.parts(TransferLine):
        said = {name: value or NOTHING for name, value in act.lines.get(line.id, {}).items() if name in PARTS}
        if not any(said.values()):
            continue
        if sum(said.values()) > on_the_way(line):
            name = next(name for name in PARTS if said.get(name))
            # Who counts blind isn't told by a refusal either.
            limit = "That is more than is" if transfer.blind_receive else f"Only {plain(on_the_way(line))} of it are"
            problems[f"line.{line.id}.{name}"] = f"{limit} on the way."
            continue
        for name, quantity in said.items():
            if quantity:
                column = PARTS[name][0]
                setattr(line, column, getattr(line, column) + quantity)
                target = PARTS[name][1](transfer)
                moves.append(
                    _move(transfer, line.product_id, _way(transfer), target, quantity, act.given.get("reason"))
                )
    if problems:
        raise Invalid(problems)
    if not moves:
        raise Invalid({}, "Say what came: every line is empty.")
    if any(move.target.kind == "loss" for move in moves) and not act.given.get("reason"):
        raise Invalid({"reason": "Say why something is damaged."})
    _explain_differences(act)
    act.save()
    ledger.move(act.actor, moves, operation=act.operation)
    rest = _rest(act)
    act.said = (
        f"{documents.title(transfer)} is closed: everything is accounted for."
        if not rest
        else f"Received. {plain(rest)} still on the way."
    )
    if rest:
        return "partly_received"
    _finish(act)
    return "closed"


def _close(act: Act) -> None:
    """What has not come is written off as a loss, with the reason."""
    transfer = act.document
    moves = []
    for line in act.parts(TransferLine):
        missing = on_the_way(line)
        if missing:
            line.short_quantity += missing
            line.short_reason_id = act.given["reason"]
            moves.append(
                _move(transfer, line.product_id, _way(transfer), Place("loss", transfer.to_location_id), missing,
                      act.given["reason"])
            )  # fmt: skip
    _finish(act)
    act.save()
    if moves:
        ledger.move(act.actor, moves, operation=act.operation)


def _return(act: Act) -> str:
    """What is still on the way goes back to the sender's shelf."""
    transfer = act.document
    moves = []
    kept = False
    for line in act.parts(TransferLine):
        back = on_the_way(line)
        kept = kept or line.received_quantity > 0 or line.damaged_quantity > 0
        if back:
            line.returned_quantity += back
            moves.append(_move(transfer, line.product_id, _way(transfer), _shelf(transfer.from_location_id), back))
    _finish(act)
    act.save()
    if moves:
        ledger.move(act.actor, moves, operation=act.operation)
    return "closed" if kept else "returned"


def _cancel(act: Act) -> None:
    """What was held for it is free again, and who asked for it still asks."""
    _finish(act)
    approvals.withdraw(act)
    act.save()
    ledger.end_holds(act.actor, "transfer", act.document.id, state="released")


def from_request(act: Act, quantities: Mapping[UUID, Decimal]) -> Transfer:
    """The transfer that an approved request becomes: approved as well, with its goods held.

    quantities   product → how much of it was approved
    """
    request = act.document
    transfer = Transfer(
        id=uuid7(),
        from_location_id=request.from_location_id,
        to_location_id=request.to_location_id,
        stock_request_id=request.id,
        expected_on=request.needed_on,
        state="approved",
    )
    documents.stamp(act.actor, transfer, "requested", act.now)
    documents.stamp(act.actor, transfer, "approved", act.now)
    act.save(transfer)
    lines = [
        TransferLine(id=uuid7(), transfer_id=transfer.id, product_id=product, quantity=quantity)
        for product, quantity in quantities.items()
        if quantity
    ]
    act.save(*lines)
    ledger.reserve(
        act.actor,
        [Hold(transfer.from_location_id, line.product_id, line.quantity, "transfer", transfer.id) for line in lines],
    )
    return transfer


def on_the_way(line: TransferLine) -> Decimal:
    """How much of a line has been sent and is accounted for by nobody yet."""
    arrived = line.received_quantity + line.damaged_quantity + line.short_quantity + line.returned_quantity
    return line.dispatched_quantity - arrived


def _lines(act: Act) -> list[TransferLine]:
    lines = act.parts(TransferLine)
    if not lines:
        raise Invalid({}, "Add at least one line: there is nothing to send.")
    return lines


def _shelf(location: UUID) -> Place:
    return Place("shelf", location)


def _way(transfer: Transfer) -> Place:
    return Place("transit", transfer.from_location_id, transfer.to_location_id, transfer.id)


def _move(
    transfer: Transfer, product: UUID, source: Place, target: Place, quantity: Decimal, reason: UUID | None = None
) -> Move:
    return Move(product, source, target, quantity, reason=reason, document="transfer", document_id=transfer.id)


def _explain_differences(act: Act) -> None:
    for line in act.parts(TransferLine):
        if act.given.get("reason") and act.lines.get(line.id, {}).get("damaged"):
            line.short_reason_id = act.given["reason"]


def _rest(act: Act) -> Decimal:
    return sum((on_the_way(line) for line in act.parts(TransferLine)), NOTHING)


def _finish(act: Act) -> None:
    """Whoever asked for the goods has them, or still asks when nothing of them came."""
    documents.stamp(act.actor, act.document, "closed", act.now)
    wanted = act.session.get(StockRequest, act.document.stock_request_id) if act.document.stock_request_id else None
    came = any(line.received_quantity > 0 for line in act.parts(TransferLine))
    if wanted is not None and wanted.state == "approved":
        wanted.state = "fulfilled" if came else "requested"


def _asked_of(line: Any) -> Mapping[str, Any]:
    return {"sent": line.quantity}


def _expected(line: Any) -> Mapping[str, Any]:
    """What is still to come stands in the field; a blind receiver counts without it."""
    return {} if line.transfer.blind_receive else {"received": on_the_way(line)}


def _is_due(line: Any) -> bool:
    return on_the_way(line) > 0


PARTS: Mapping[str, tuple[str, Any]] = {
    "received": ("received_quantity", lambda transfer: _shelf(transfer.to_location_id)),
    "damaged": ("damaged_quantity", lambda transfer: Place("loss", transfer.to_location_id)),
    "refused": ("returned_quantity", lambda transfer: _shelf(transfer.from_location_id)),
}
"""What can become of a quantity that arrives: the line's column that counts it, and where it goes."""

STEPS: tuple[Step, ...] = (
    Step(
        "request", ("draft",), _request, "requested", stamp="requested", tone="primary", icon="send",
        label="Request",
    ),
    Step(
        "approve", ("requested",), _approve, "approved", stamp="approved", side="from_location_id", tone="primary",
        icon="check", hint="The goods are then held for it on the sender's shelf.",
    ),
    Step(
        "dispatch", ("approved",), _dispatch, "dispatched", stamp="dispatched", side="from_location_id",
        tone="primary", icon="truck-delivery", done="dispatched",
        lines=LineAsk(
            TransferLine, {"sent": amount("Sent")}, ("product_id", "quantity"), _asked_of
        ),
    ),
    Step(
        "receive", ("dispatched", "partly_received"), _receive, side="to_location_id", tone="primary",
        icon="package", exact=False, done="received",
        asks={"reason": Column("link", target="Reason", label="Reason", hint="Needed when something is damaged.")},
        lines=LineAsk(
            TransferLine,
            {
                "received": amount("Received"),
                "damaged": amount("Damaged"),
                "refused": amount("Sent back"),
            },
            ("product_id",), _expected, _is_due,
        ),
    ),
    Step(
        "close", ("dispatched", "partly_received"), _close, "closed", stamp="closed", side="to_location_id",
        icon="circle-check", label="Close with shortage", exact=False,
        asks={"reason": Column("link", target="Reason", required=True, label="Why the rest is missing")},
        hint="What has not come by now is written off as missing.",
    ),
    Step(
        "return", ("dispatched", "partly_received"), _return, side="to_location_id", icon="arrow-back-up",
        label="Send back", done="returned", exact=False,
        hint="Everything that is still on the way goes back onto the sender's shelf.",
    ),
    Step(
        "cancel", ("draft", "requested", "approved"), _cancel, "cancelled", tone="danger", icon="ban",
        done="cancelled", hint="What was held for it is free again.",
    ),
)  # fmt: skip
