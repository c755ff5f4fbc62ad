"""Sales: what goes over the counter is priced, paid, taken from the shelf and numbered in one transaction."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import asdict
from decimal import Decimal
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.orm import Session

from app.core import access, db, refusals
from app.core.actor import Actor, Everywhere
from app.core.columns import Column
from app.core.entity import Entity, columns_of
from app.core.errors import Invalid, NotFound, OtherSide
from app.core.ids import uuid7
from app.models.client import Client
from app.models.location import Location
from app.models.register import Register, Shift
from app.models.sale import Payment, Sale, SaleLine
from app.services import documents, operations
from app.services.documents import Done
from app.services.selling import baskets, bills, loyalty, refunds, shifts
from app.services.selling.baskets import SaleItem, Tender
from app.services.selling.bills import Bill, Off
from app.services.steps import Act, LineAsk, Step, amount
from app.services.stock import ledger
from app.services.stock.moves import Move, Place

NOTHING = Decimal(0)
DIGITS = 7
"""Of a sale's number, so that numbers of a location sort as they were given."""

LONGEST: int = columns_of(Sale)["number"].info["column"].longest

CHANGE = "Change"
"""What stands on the payment that goes back to who gave too much cash."""


def ring_up(
    actor: Actor,
    location: UUID | str,
    *,
    lines: Sequence[SaleItem],
    payments: Sequence[Tender] = (),
    client: UUID | str | None = None,
    staff: UUID | str | None = None,
    register: UUID | str | None = None,
    note: str | None = None,
    percent_off: Any = None,
    amount_off: Any = None,
    fact: bool = False,
    sold_at: dt.datetime | None = None,
    operation: UUID | None = None,
) -> Done:
    """Sell at a location, all of it or nothing.

    percent_off, amount_off   what is taken off the whole bill, one of them
    fact      it happened already, at a till or without a network: neither an empty shelf nor a product that is no
              longer sold stands in its way
    sold_at   when it happened, if not now

    Raises `Invalid` with `sale_line.<index>.<column>`, `payment.<index>.<column>` or a column of the sale,
    `NotEnoughStock` with every short line, `OtherSide` for a location that isn't the actor's.
    """
    header = {"client_id": client, "staff_id": staff, "register_id": register, "note": note, "sold_at": sold_at}
    off = baskets.off(percent_off, amount_off)
    typed = (str(location), header, [asdict(line) for line in lines], [asdict(paid) for paid in payments],
             asdict(off), fact)  # fmt: skip

    def work() -> Done:
        with db.transaction(actor, operation=operation) as session, session.no_autoflush:
            if operation is not None:
                known = operations.claim(session, actor, operation, operations.fingerprint("ring up", *typed))
                if known is not None:
                    return Done(UUID(known["id"]), int(known["version"]), str(known["state"]), str(known["said"]))
            place = _place_of(actor, location)
            sale, items, paid = baskets.read(place, header, lines, payments)
            with refusals.explaining(Sale):
                said = _complete(actor, session, place, sale, items, paid, off=off, fact=fact, operation=operation)
            done = Done(sale.id, sale.version, sale.state, said)
            if operation is not None:
                operations.finish(session, operation, asdict(done))
            return done

    return documents.again_if_busy(work)


def priced(
    actor: Actor,
    location: UUID | str,
    lines: Sequence[SaleItem],
    *,
    percent_off: Any = None,
    amount_off: Any = None,
) -> tuple[Bill, list[SaleLine]]:
    """What lines would come to at a location, with their prices filled in; nothing is written."""
    off = baskets.off(percent_off, amount_off)
    with db.reading(actor) as session, session.no_autoflush:
        place = access.get(actor, Location, location)
        _, items, _ = baskets.read(place, {}, lines, ())
        return bills.drawn_up(actor, session, place, items, off=off), items


def _place_of(actor: Actor, location: UUID | str) -> Location:
    """The place, where this person may sell."""
    access.require(actor, Sale, "pay")
    try:
        place = access.get(actor, Location, location)
    except NotFound:
        raise _refused("location_id", "Choose one from the list.") from None
    for verb in ("create", "pay"):
        allowed = access.locations(actor, Sale, verb)
        if not isinstance(allowed, Everywhere) and place.id not in allowed:
            raise OtherSide(location=place.name)
    return place


def _complete(
    actor: Actor,
    session: Session,
    place: Location,
    sale: Sale,
    lines: list[SaleLine],
    payments: list[Payment],
    *,
    bill: Bill | None = None,
    off: Off | None = None,
    fact: bool = False,
    operation: UUID | None = None,
) -> str:
    """Everything that makes a sale of its parts; returns the sentence about it. Locks: shift, levels, number, points.

    bill   where it has been drawn up before
    """
    if not lines:
        raise Invalid({}, "Add at least one line: nothing is sold.")
    problems = _header_problems(actor, session, place, sale, fact=fact)
    bill = bill or bills.drawn_up(actor, session, place, lines, off=off, fact=fact)
    for index, found in bill.problems.items():
        problems |= {f"sale_line.{index}.{name}": sentence for name, sentence in found.items()}
    problems |= {"discount": bill.refusal} if bill.refusal else {}
    if problems:
        raise Invalid(problems, " ".join(dict.fromkeys(problems.values())))
    change = _change(sale, bill.total, payments)
    shift = _shift(actor, sale, fact=fact)
    _hand_over(actor, sale, bill, fact=fact, operation=operation)
    sale.state, sale.shift_id = "paid", shift.id if shift else None
    sale.total, sale.tax = bill.total, bill.tax
    write(actor, place, sale, [*lines, *payments, *([change] if change else [])])
    points = loyalty.earn(session, sale)
    said = f"Sale {sale.number}: {bill.total:,.2f} paid."
    if change:
        said += f" Change {-change.amount:,.2f}."
    return f"{said} {points:,} points." if points else said


def _header_problems(actor: Actor, session: Session, place: Location, sale: Sale, *, fact: bool) -> dict[str, str]:
    problems = {}
    if not place.active and not fact:
        problems["location_id"] = f"{place.name} is closed: nothing is sold there."
    if sale.client_id is not None and not _seen(actor, Client, sale.client_id):
        problems["client_id"] = "Choose one from the list."
    register = _seen(actor, Register, sale.register_id) if sale.register_id else None
    if sale.register_id and register is None:
        problems["register_id"] = "Choose one from the list."
    if register is not None and register.location_id != place.id:
        problems["register_id"] = f"{register.name} isn't at {place.name}."
    if register is not None and not register.active and not fact:
        problems["register_id"] = f"{register.name} is no longer in use."
    wrong = None if fact else bills.staff_problem(actor, session, place, sale.staff_id)
    return problems | ({"staff_id": wrong} if wrong else {})


def _seen(actor: Actor, entity: type[Entity], id: UUID) -> Any:
    try:
        return access.get(actor, entity, id)
    except NotFound:
        return None


def _change(sale: Sale, total: Decimal, payments: Sequence[Payment]) -> Payment | None:
    """The cash that goes back, as a payment below nothing. Raises `Invalid` unless the payments make up the total."""
    problems = {
        f"payment.{index}.amount": "Give an amount above nothing."
        for index, one in enumerate(payments)
        if one.amount <= 0
    }
    if problems:
        raise Invalid(problems, "Every payment has an amount above nothing.")
    paid = sum((one.amount for one in payments), NOTHING)
    cash = sum((one.amount for one in payments if one.method == "cash"), NOTHING)
    if paid < total:
        raise _refused("payments", f"{total - paid:,.2f} of {total:,.2f} is still to be paid.")
    if paid - total > cash:
        raise _refused("payments", f"{paid:,.2f} was given for {total:,.2f}: only cash gives change.")
    if paid > bills.MOST:
        raise _refused("payments", f"{paid:,.2f} can't be right.")
    if paid == total:
        return None
    return Payment(id=uuid7(), sale_id=sale.id, method="cash", amount=total - paid, reference=CHANGE)


def _shift(actor: Actor, sale: Sale, *, fact: bool) -> Shift | None:
    """The open shift that the sale belongs to: its register's, or the one that was chosen."""
    if sale.shift_id is not None:
        shift = shifts.still_open(actor, sale.shift_id)
        if shift is None and not fact:
            raise _refused("shift_id", "That shift is closed: it takes no more sales.")
        if shift is not None and (
            shift.location_id != sale.location_id or sale.register_id not in (None, shift.register_id)
        ):
            raise _refused("shift_id", "That shift is worked at another register.")
        return shift
    if sale.register_id is None:
        return None
    shift = shifts.at_register(actor, sale.register_id)
    if shift is None and not fact:
        raise _refused("register_id", "No shift is open at this register: open one first.")
    return shift


def _hand_over(actor: Actor, sale: Sale, bill: Bill, *, fact: bool, operation: UUID | None) -> None:
    """From the shelf to the client."""
    shelf, customer = Place("shelf", sale.location_id), Place("customer", sale.location_id)
    moves = [
        Move(
            product,
            shelf,
            customer,
            quantity,
            document="sale",
            document_id=sale.id,
            effective_at=sale.sold_at if fact else None,
        )
        for product, quantity in bill.goods
    ]
    if moves:
        ledger.move(actor, moves, operation=operation, facts=fact)


def write(actor: Actor, place: Location, sale: Sale, parts: Sequence[Entity]) -> None:
    """Write a sale that is made up, with its lines and payments, and give it its number."""
    with db.posting(actor) as session:
        sale.number = _next_number(session, place)
        session.add(sale)
        session.flush()
        session.add_all(parts)


def _next_number(session: Session, place: Location) -> str:
    """One more than the last at this place: whoever sells there next waits until this sale is booked, or isn't."""
    session.execute(_ONE_AT_A_TIME, {"place": str(place.id)})
    first, last = number_of(place, 0), number_of(place, 10**DIGITS - 1)
    newest = session.scalar(
        sa.select(sa.func.max(Sale.number)).where(
            Sale.location_id == place.id, Sale.number.between(first, last), sa.func.length(Sale.number) == len(first)
        )
    )
    return number_of(place, int((newest or first)[-DIGITS:]) + 1)


def number_of(place: Location, turn: int) -> str:
    """The number of a location's sale: the first has turn 1."""
    return f"{place.code[: LONGEST - DIGITS - 1]}-{turn:0{DIGITS}d}"


_ONE_AT_A_TIME = sa.text("SELECT pg_advisory_xact_lock(hashtextextended('sale number ' || :place, 0))")


def _pay(act: Act) -> None:
    """An open sale becomes a paid one, by its payments and by what is given now."""
    sale = act.document
    place = act.session.get(Location, sale.location_id)
    assert place is not None
    lines, payments = act.parts(SaleLine), act.parts(Payment)
    bill = None
    if act.given.get("method"):
        bill = bills.drawn_up(act.actor, act.session, place, lines)
        payments.append(_given_now(act, bill, payments))
    act.said = _complete(act.actor, act.session, place, sale, lines, payments, bill=bill, operation=act.operation)


def _given_now(act: Act, bill: Bill, payments: list[Payment]) -> Payment:
    due = bill.total - sum((one.amount for one in payments), NOTHING)
    amount = act.given.get("amount")
    method = act.given["method"]
    return Payment(id=uuid7(), sale_id=act.document.id, method=method, amount=due if amount is None else amount)


def _discount(act: Act) -> None:
    """So much off an open sale, shared by its lines; what was taken off before is forgotten."""
    sale, lines = act.document, act.parts(SaleLine)
    place = act.session.get_one(Location, sale.location_id)
    for line in lines:
        line.reduction = NOTHING
    bill = bills.drawn_up(act.actor, act.session, place, lines, off=baskets.off(**act.given))
    if bill.problems or bill.refusal or not lines:
        sentences = [sentence for found in bill.problems.values() for sentence in found.values()]
        raise Invalid({}, " ".join([*sentences, bill.refusal]).strip() or "There is nothing on it yet.")
    taken = sum((line.reduction for line in lines), NOTHING)
    act.said = f"{taken:,.2f} off: {bill.total:,.2f} to pay." if taken else f"Nothing off: {bill.total:,.2f} to pay."


def _cancel(act: Act) -> None:
    """An open sale that comes to nothing: it never had a number."""
    if act.parts(Payment):
        raise Invalid({}, "There are payments on it: give the money back and take them off first.")


def _refund(act: Act) -> str | None:
    """What comes back, as a sale below nothing."""
    sale = act.document
    place = act.session.get(Location, sale.location_id)
    assert place is not None
    back = refunds.drawn_up(act)
    drawer = act.given.get("register_id") or sale.register_id
    shift = shifts.at_register(act.actor, drawer) if drawer else None
    if drawer and shift is None and any(one.method == "cash" for one in back.payments):
        raise _refused("register_id", "No shift is open at the register: open one, or choose another or another way.")
    if shift is not None and shift.location_id != place.id:
        raise _refused("register_id", f"That register isn't at {place.name}.")
    back.sale.register_id, back.sale.shift_id = drawer, shift.id if shift else None
    if back.moves:
        ledger.move(act.actor, back.moves, operation=act.operation)
    write(act.actor, place, back.sale, [*back.lines, *back.payments])
    loyalty.take_back(act.session, sale, back.sale, whole=back.whole)
    act.after["made"] = ("sale", str(back.sale.id))
    ways = ", ".join(f"{-one.amount:,.2f} by {one.method}" for one in back.payments) or "nothing to pay"
    act.said = f"Refund {back.sale.number} of sale {sale.number}: {ways}."
    return "refunded" if back.whole else None


def _refused(name: str, sentence: str) -> Invalid:
    return Invalid({name: sentence}, sentence)


def _is_no_refund(sale: Any) -> bool:
    return sale.refund_of_id is None


METHOD: Column = columns_of(Payment)["method"].info["column"]

STEPS: tuple[Step, ...] = (
    Step(
        "pay", ("open",), _pay, "paid", tone="primary", icon="cash", done="paid", label="Take payment",
        asks={
            "method": Column("choice", label="Paid by", choices=METHOD.choices,
                             hint="Empty: the payments above make up the total."),
            "amount": Column("money", label="Given", places=2, least=0.01,
                             hint="Empty: what is due. More cash than that gives change."),
        },
        hint="The goods leave the shelf, and the sale gets its number.",
    ),
    Step(
        "discount", ("open",), _discount, icon="percentage", asks=baskets.OFF, label="Discount", done="discounted",
        hint="Off the whole of it. Nothing takes away what was taken off before.",
    ),
    Step(
        "refund", ("paid",), _refund, icon="receipt-refund", done="refunded", when=_is_no_refund, exact=False,
        asks={
            "method": Column("choice", label="Paid back by", choices=METHOD.choices, hint="Empty: as it was paid."),
            "register_id": Column("link", target="Register", label="From the drawer of",
                                  hint="Empty: where it was paid."),
            "note": Column("text", label="Why", longest=500),
        },
        lines=LineAsk(
            SaleLine,
            {
                "back": amount("Comes back"),
                "damaged": amount("Of it damaged"),
            },
            ("product_id", "service_id", "quantity", "total"), refunds.begin, refunds.is_left,
        ),
        hint="Nothing said about any line: all of it comes back.",
    ),
    Step(
        "cancel", ("open",), _cancel, "void", tone="danger", icon="ban", label="Void", done="made void",
    ),
)  # fmt: skip
