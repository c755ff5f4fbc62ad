"""Shifts: a drawer is opened with its cash, takes money for a while, and is counted at the end."""

from __future__ import annotations

from decimal import Decimal
from typing import Any
from uuid import UUID

import sqlalchemy as sa

from app.core import access, db
from app.core.actor import Actor
from app.core.columns import Column
from app.core.errors import Invalid
from app.models.register import Register, Shift
from app.models.sale import Payment, Sale
from app.services import documents, records
from app.services.steps import Act, Step

COUNTED = ("paid", "refunded")
"""States of a sale whose money is in the drawer, or has gone out of it."""


def open(
    actor: Actor, register: UUID | str, *, opening_cash: Any = 0, note: str | None = None, operation: UUID | None = None
) -> Shift:
    """Begin a shift at a register.

    opening_cash   what lies in the drawer, as typed

    Raises `Invalid` when one is open there already.
    """
    with db.transaction(actor):
        drawer = access.get(actor, Register, register)
        if not drawer.active:
            sentence = f"{drawer.name} is no longer in use."
            raise Invalid({"register_id": sentence}, sentence)
        given = {
            "register_id": drawer.id,
            "location_id": drawer.location_id,
            "opened_by_id": actor.id,
            "opening_cash": opening_cash,
            "note": note,
        }
        return records.create(actor, Shift, given, operation=operation)


def at_register(actor: Actor, register: UUID) -> Shift | None:
    """The shift that is open at a register; it can't be closed before the transaction ends."""
    return _held(actor, Shift.register_id == register)


def still_open(actor: Actor, shift: UUID) -> Shift | None:
    """A shift, if it is open; it can't be closed before the transaction ends."""
    return _held(actor, Shift.id == shift)


def _held(actor: Actor, condition: sa.ColumnElement[bool]) -> Shift | None:
    # Shared: many sell at once, and only who closes the shift waits for them. The posting role may lock what people
    # with no right to change a shift may only see.
    statement = sa.select(Shift).where(condition, Shift.state == "open").with_for_update(read=True)
    with db.posting(actor) as session:
        return session.scalars(statement.execution_options(populate_existing=True)).one_or_none()


def _close(act: Act) -> None:
    """What should be in the drawer stands beside what is."""
    shift, counted = act.document, act.given["counted_cash"]
    expected = shift.opening_cash + _taken(act, shift.id)
    shift.expected_cash, shift.counted_cash = expected, counted
    if act.given.get("note"):
        shift.note = "\n".join(part for part in (shift.note, act.given["note"]) if part)
    act.said = (
        f"{documents.title(shift)} is closed: {expected:,.2f} expected, {counted:,.2f} counted,"
        f" {_difference(counted - expected)}."
    )


def _taken(act: Act, shift: UUID) -> Decimal:
    """Cash of the shift's sales, less what went back: all of it, whatever the person who closes may see of it."""
    statement = (
        sa.select(sa.func.coalesce(sa.func.sum(Payment.amount), 0))
        .join(Sale, Sale.id == Payment.sale_id)
        .where(Sale.shift_id == shift, Sale.state.in_(COUNTED), Payment.method == "cash")
    )
    with db.posting(act.actor) as session:
        return Decimal(session.scalar(statement) or 0)


def _difference(amount: Decimal) -> str:
    if not amount:
        return "as it should be"
    return f"{abs(amount):,.2f} " + ("too much" if amount > 0 else "missing")


STEPS: tuple[Step, ...] = (
    Step(
        "close", ("open",), _close, "closed", stamp="closed", tone="primary", icon="lock", done="closed", exact=False,
        asks={
            "counted_cash": Column("money", label="Cash in the drawer", required=True, places=2, least=0,
                                   hint="Count it before you look at what is expected."),
            "note": Column("long_text", label="Note", longest=1_000),
        },
        hint="A closed shift takes no more sales.",
    ),
)  # fmt: skip
