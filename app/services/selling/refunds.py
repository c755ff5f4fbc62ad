"""Refunds: how much of a sale can still come back, and what its way back is worth."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.orm import Session

from app.core import db
from app.core.actor import Actor
from app.core.errors import Invalid
from app.core.ids import uuid7
from app.models.product import Product
from app.models.sale import Payment, Sale, SaleLine
from app.models.stock_account import StockAccount
from app.models.stock_move import StockMove
from app.services.selling import bills
from app.services.steps import Act, plain
from app.services.stock import goods
from app.services.stock.moves import Move, Place

NOTHING = Decimal(0)

WAYS = ("card", "upi", "wallet", "cash")
"""Methods in the order in which money goes back: what leaves the drawer comes last."""


@dataclass(frozen=True)
class Back:
    """A refund as it will be written. `whole`: nothing of the sale is left after it."""

    sale: Sale
    lines: list[SaleLine]
    payments: list[Payment]
    moves: list[Move]
    whole: bool


def drawn_up(act: Act) -> Back:
    """The refund of what was said of each line, or of all that is left when nothing was said.

    Raises `Invalid` for more than is left.
    """
    sold, lines = act.document, act.parts(SaleLine)
    rest = left(act.session, sold, lines)
    wanted = _wanted(act, lines, rest)
    refund = Sale(
        id=uuid7(),
        location_id=sold.location_id,
        client_id=sold.client_id,
        staff_id=sold.staff_id,
        refund_of_id=sold.id,
        state="paid",
        note=act.given.get("note"),
    )
    taken, whole = _worked_out(act.session, sold, refund, lines, wanted, rest)
    payments = _paid_back(act, refund, sold)
    return Back(refund, taken, payments, _moves(act, refund, lines, wanted), whole)


def worth(actor: Actor, sold: Sale, wanted: Mapping[UUID, Decimal]) -> Decimal:
    """What goes back for so much of each line; nothing is written. More than is left counts as what is left."""
    with db.reading(actor) as session, session.no_autoflush:
        lines = list(session.scalars(sa.select(SaleLine).where(SaleLine.sale_id == sold.id).order_by(SaleLine.id)))
        rest = left(session, sold, lines)
        sizes = {id: min(wanted.get(id, NOTHING), size) for id, size in rest.items()}
        draft = Sale(id=uuid7())
        _worked_out(session, sold, draft, lines, {id: size for id, size in sizes.items() if size > 0}, rest)
        return -draft.total


def _worked_out(
    session: Session,
    sold: Sale,
    refund: Sale,
    lines: Sequence[SaleLine],
    wanted: Mapping[UUID, Decimal],
    rest: Mapping[UUID, Decimal],
) -> tuple[list[SaleLine], bool]:
    """Fills in the refund's total and tax; returns its lines, and whether nothing is left after it."""
    whole = wanted == {id: size for id, size in rest.items() if size}
    earlier, freed = _earlier(session, sold), _freed(session, lines)
    taken = [
        _taken_back(refund, line, wanted[line.id], last=wanted[line.id] == rest[line.id], freed=freed)
        for line in lines
        if line.id in wanted
    ]
    paid = -sum((bills.total_of(line) for line in taken), NOTHING)
    # Parts are rounded each for itself: the last one takes what is left, so that not a cent more goes back than came.
    refund.total = -(sold.total + earlier.total if whole else min(paid, sold.total + earlier.total))
    refund.tax = -(sold.tax + earlier.tax if whole else _share(sold, -refund.total))
    return taken, whole


def left(session: Session, sold: Sale, lines: Sequence[SaleLine]) -> dict[UUID, Decimal]:
    """How much of each line has not come back yet."""
    back = sa.select(SaleLine).join(Sale, Sale.id == SaleLine.sale_id).where(Sale.refund_of_id == sold.id)
    gone: dict[Any, Decimal] = {}
    for line in session.scalars(back):
        key = line.refund_of_line_id or _kind(line)
        gone[key] = gone.get(key, NOTHING) - line.quantity
    rest = {}
    for line in lines:
        own = line.quantity - gone.get(line.id, NOTHING)
        # Refunds that came from elsewhere don't say of which line: they are counted off the first that is alike.
        taken = min(own, gone.get(_kind(line), NOTHING))
        gone[_kind(line)] = gone.get(_kind(line), NOTHING) - taken
        rest[line.id] = own - taken
    return rest


def _freed(session: Session, lines: Sequence[SaleLine]) -> dict[UUID, Decimal]:
    """Line → how much of the amount off it went back with what came back before, below nothing."""
    back = (
        sa.select(SaleLine.refund_of_line_id, sa.func.sum(SaleLine.reduction))
        .where(SaleLine.refund_of_line_id.in_([line.id for line in lines]))
        .group_by(SaleLine.refund_of_line_id)
    )
    return {id: Decimal(amount) for id, amount in session.execute(back) if id is not None}


def begin(line: Any) -> Mapping[str, Any]:
    """What a refund's fields start with: all that is left of the line, none of it damaged."""
    return {"back": _left_of(line)}


def is_left(line: Any) -> bool:
    """Can any of a line still come back?"""
    return _left_of(line) > 0


def _left_of(line: Any) -> Decimal:
    session = db.session()
    sold = session.get(Sale, line.sale_id)
    if sold is None:
        return NOTHING
    lines = list(session.scalars(sa.select(SaleLine).where(SaleLine.sale_id == sold.id).order_by(SaleLine.id)))
    return left(session, sold, lines).get(line.id, NOTHING)


def _kind(line: SaleLine) -> tuple[Any, ...]:
    return (line.product_id, line.service_id, line.staff_id, line.unit_price, line.discount, line.tax_rate_id)


def _wanted(act: Act, lines: Sequence[SaleLine], rest: Mapping[UUID, Decimal]) -> dict[UUID, Decimal]:
    """Line → how much of it comes back."""
    if not act.lines:
        return {id: size for id, size in rest.items() if size}
    wanted = {line.id: act.lines.get(line.id, {}).get("back") or NOTHING for line in lines}
    problems = {}
    units = _products(act, lines)
    for line in lines:
        product = units.get(line.product_id) if line.product_id else None
        if wanted[line.id] > rest[line.id]:
            problems[f"line.{line.id}.back"] = f"Only {plain(rest[line.id])} of it can still come back."
        elif wanted[line.id] and product and (wrong := goods.size_problem(product.name, product.unit, wanted[line.id])):
            problems[f"line.{line.id}.back"] = wrong
        elif damaged_of(act, line) and line.product_id is None:
            problems[f"line.{line.id}.damaged"] = "A service has no pieces that could be damaged."
        elif damaged_of(act, line) > wanted[line.id]:
            problems[f"line.{line.id}.damaged"] = f"Only {plain(wanted[line.id])} of it come back."
    if problems:
        raise Invalid(problems)
    if not any(wanted.values()):
        raise Invalid({}, "Say what comes back: every line is empty.")
    return {id: size for id, size in wanted.items() if size}


def damaged_of(act: Act, line: SaleLine) -> Decimal:
    """How much of what comes back can't be sold again."""
    said: Decimal | None = act.lines.get(line.id, {}).get("damaged")
    return said or NOTHING


@dataclass(frozen=True)
class _Sums:
    total: Decimal
    tax: Decimal


def _earlier(session: Session, sold: Sale) -> _Sums:
    """What came back before, below nothing."""
    sums = sa.select(sa.func.coalesce(sa.func.sum(Sale.total), 0), sa.func.coalesce(sa.func.sum(Sale.tax), 0))
    total, tax = session.execute(sums.where(Sale.refund_of_id == sold.id)).one()
    return _Sums(Decimal(total), Decimal(tax))


def _share(sold: Sale, worth: Decimal) -> Decimal:
    return (sold.tax * worth / sold.total).quantize(bills.CENT) if sold.total else NOTHING


def _taken_back(
    refund: Sale, line: SaleLine, quantity: Decimal, *, last: bool, freed: Mapping[UUID, Decimal]
) -> SaleLine:
    """The line that gives a line back; `last`: nothing of it is left, so what is left of the amount off goes with it."""
    share = (line.reduction * quantity / line.quantity).quantize(bills.CENT)
    return SaleLine(
        id=uuid7(),
        sale_id=refund.id,
        product_id=line.product_id,
        service_id=line.service_id,
        staff_id=line.staff_id,
        quantity=-quantity,
        unit_price=line.unit_price,
        discount=line.discount,
        reduction=-(line.reduction + freed.get(line.id, NOTHING) if last else share),
        tax_rate_id=line.tax_rate_id,
        refund_of_line_id=line.id,
    )


def _paid_back(act: Act, refund: Sale, sold: Sale) -> list[Payment]:
    """As it was paid, by each method no more than it brought; or all of it in the one way that was chosen."""
    due = -refund.total
    if not due:
        return []
    chosen = act.given.get("method")
    kept = _kept(act.session, sold)
    parts: dict[str, Decimal] = {}
    for way in (chosen,) if chosen else WAYS:
        parts[way] = due if chosen else max(NOTHING, min(due - sum(parts.values(), NOTHING), kept.get(way, NOTHING)))
    missing = due - sum(parts.values(), NOTHING)
    if missing:
        # It was paid back in other ways before, or came from elsewhere without its payments.
        parts["cash"] = parts.get("cash", NOTHING) + missing
    return [
        Payment(id=uuid7(), sale_id=refund.id, method=way, amount=-part, reference=sold.number)
        for way, part in parts.items()
        if part
    ]


def _kept(session: Session, sold: Sale) -> dict[str, Decimal]:
    """Method → what of its money has not gone back."""
    refunds = sa.select(Sale.id).where(Sale.refund_of_id == sold.id)
    sums = (
        sa.select(Payment.method, sa.func.sum(Payment.amount))
        .where(sa.or_(Payment.sale_id == sold.id, Payment.sale_id.in_(refunds)))
        .group_by(Payment.method)
    )
    return {method: Decimal(amount) for method, amount in session.execute(sums)}


def _moves(act: Act, refund: Sale, lines: Sequence[SaleLine], wanted: Mapping[UUID, Decimal]) -> list[Move]:
    """From the client back to the shelf, or to what is lost; at the cost at which it left."""
    stocked = {id for id, found in _products(act, lines).items() if found.tracks_stock}
    costs = _costs(act, stocked)
    moves = []
    for line in lines:
        if line.id in wanted and line.product_id in stocked:
            broken, place = damaged_of(act, line), refund.location_id
            for kind, size in (("shelf", wanted[line.id] - broken), ("loss", broken)):
                if size:
                    source, target, cost = Place("customer", place), Place(kind, place), costs.get(line.product_id)
                    moves.append(
                        Move(line.product_id, source, target, size, cost, document="sale", document_id=refund.id)
                    )
    return moves


def _costs(act: Act, products: set[UUID]) -> dict[UUID, Decimal]:
    """Product → what a unit of it left at. Read as the ledger's own role: a front desk doesn't see costs."""
    if not products:
        return {}
    average = sa.func.sum(StockMove.quantity * StockMove.unit_cost) / sa.func.sum(StockMove.quantity)
    statement = (
        sa.select(StockMove.product_id, average)
        .join(StockAccount, StockAccount.id == StockMove.to_account_id)
        .where(
            StockMove.document == "sale",
            StockMove.document_id == act.document.id,
            StockMove.product_id.in_(products),
            StockAccount.kind == "customer",
        )
        .group_by(StockMove.product_id)
    )
    with db.posting(act.actor) as session:
        return {product: Decimal(cost) for product, cost in session.execute(statement)}


def _products(act: Act, lines: Sequence[SaleLine]) -> dict[UUID, Product]:
    return act.by_id(Product, (line.product_id for line in lines if line.product_id))
