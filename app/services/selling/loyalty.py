"""Loyalty: clients earn points by buying and spend them later; the points of an account are the sum of its entries."""

from __future__ import annotations

from decimal import ROUND_DOWN, Decimal
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from app.core import access, db, values
from app.core.actor import Actor
from app.core.columns import Column
from app.core.errors import Invalid
from app.core.ids import uuid7
from app.models.loyalty import LoyaltyAccount, LoyaltyEntry, LoyaltyProgram
from app.models.sale import Sale
from app.services import operations

POINTS = Column("whole", label="Points", required=True, least=1, most=1_000_000)
CORRECTION = Column("whole", label="Points", required=True, least=-1_000_000, most=1_000_000)
NOTE = Column("text", label="Note", longest=500)


def earn(session: Session, sale: Sale) -> int:
    """Points for what a client bought, in each active program they are in; returns how many.

    A client who is in none joins the oldest. Points follow from the sale, whatever the seller may see of them.
    """
    if sale.client_id is None:
        return 0
    total = 0
    for program in _programs_of(session, sale.client_id):
        points = _whole(sale.total * program.points_per_unit)
        if points:
            account = _account(session, sale.client_id, program.id)
            _book(session, account, "earned", points, sale.id, None)
            total += points
    return total


def take_back(session: Session, sale: Sale, refund: Sale, *, whole: bool) -> int:
    """Undo what a sale did to points, by the part of it that came back; returns how many points that changes.

    The balance may fall below nothing: the points have been spent, and what is earned next makes up for it.
    """
    changed = 0
    for account, kept, earned in _of_sale(session, sale):
        share = kept if whole else max(0, min(kept, _part(earned, sale, refund)))
        if share:
            _book(session, _locked(session, account), "corrected", -share, refund.id, f"Refund of {sale.number}")
            changed -= share
    return changed


def spend(
    actor: Actor,
    account: UUID | str,
    points: Any,
    *,
    sale: UUID | None = None,
    note: str | None = None,
    operation: UUID | None = None,
) -> LoyaltyEntry:
    """A client pays with points. Raises `Invalid` when they haven't so many."""
    access.require(actor, LoyaltyEntry, "create")
    size = _parsed(POINTS, points)
    return _once(actor, account, "spent", -size, sale, _read("note", NOTE, note), operation)


def correct(
    actor: Actor, account: UUID | str, points: Any, *, note: str, operation: UUID | None = None
) -> LoyaltyEntry:
    """Give or take points by hand, with the reason. For whoever may change accounts."""
    access.require(actor, LoyaltyAccount, "change")
    said = _read("note", NOTE, note)
    if not said:
        raise Invalid({"note": "Say why."})
    return _once(actor, account, "corrected", _parsed(CORRECTION, points), None, said, operation)


def _once(
    actor: Actor,
    account: UUID | str,
    kind: str,
    points: int,
    sale: UUID | None,
    note: str | None,
    operation: UUID | None,
) -> LoyaltyEntry:
    with db.transaction(actor, operation=operation) as session:
        if operation is not None:
            facts = operations.fingerprint("points", str(account), kind, points, str(sale), note)
            known = operations.claim(session, actor, operation, facts)
            if known is not None:
                return access.get(actor, LoyaltyEntry, str(known.get("id")))
        found = _locked(session, access.get(actor, LoyaltyAccount, account).id)
        if found.points + points < 0:
            raise Invalid({"points": f"{found.client.name} has {found.points:,} points, not {-points:,}."})
        if sale is not None:
            access.get(actor, Sale, sale)
        entry = _book(session, found, kind, points, sale, note)
        if operation is not None:
            operations.finish(session, operation, {"id": entry.id})
        return entry


def _book(
    session: Session, account: LoyaltyAccount, kind: str, points: int, sale: UUID | None, note: str | None
) -> LoyaltyEntry:
    """The one place where points change: the entry, and the locked account with it."""
    account.points += points
    entry = LoyaltyEntry(id=uuid7(), account_id=account.id, kind=kind, points=points, sale_id=sale, note=note)
    session.add(entry)
    session.flush()
    return entry


def _programs_of(session: Session, client: UUID) -> list[LoyaltyProgram]:
    # Programs are the whole business', and a sale earns points whether or not the seller may see them.
    active = access.everything_unsafe(LoyaltyProgram).where(LoyaltyProgram.active).order_by(LoyaltyProgram.id)
    programs = list(session.scalars(active))
    if not programs:
        return []
    member = sa.select(LoyaltyAccount.program_id).where(LoyaltyAccount.client_id == client)
    joined = set(session.scalars(member))
    return [program for program in programs if program.id in joined] or programs[:1]


def _account(session: Session, client: UUID, program: UUID) -> LoyaltyAccount:
    """The client's account, locked; a new one for their first points."""
    key = (LoyaltyAccount.client_id == client, LoyaltyAccount.program_id == program)
    found = session.scalar(sa.select(LoyaltyAccount.id).where(*key))
    if found is None:
        row = {"id": uuid7(), "client_id": client, "program_id": program}
        # Two tills may give a client the first points at the same moment.
        session.execute(insert(LoyaltyAccount).values(row).on_conflict_do_nothing())
        found = session.scalars(sa.select(LoyaltyAccount.id).where(*key)).one()
    return _locked(session, found)


def _locked(session: Session, id: UUID) -> LoyaltyAccount:
    statement = sa.select(LoyaltyAccount).where(LoyaltyAccount.id == id).with_for_update(key_share=True)
    return session.scalars(statement.execution_options(populate_existing=True)).one()


def _of_sale(session: Session, sale: Sale) -> list[tuple[UUID, int, int]]:
    """Accounts that a sale touched, with what it and its refunds left there, and what it earned."""
    refunds = sa.select(Sale.id).where(Sale.refund_of_id == sale.id)
    earned = sa.func.sum(LoyaltyEntry.points).filter(LoyaltyEntry.kind == "earned")
    statement = (
        sa.select(LoyaltyEntry.account_id, sa.func.sum(LoyaltyEntry.points), sa.func.coalesce(earned, 0))
        .where(sa.or_(LoyaltyEntry.sale_id == sale.id, LoyaltyEntry.sale_id.in_(refunds)))
        .group_by(LoyaltyEntry.account_id)
        .order_by(LoyaltyEntry.account_id)
    )
    return [(row[0], int(row[1]), int(row[2])) for row in session.execute(statement)]


def _part(earned: int, sale: Sale, refund: Sale) -> int:
    return _whole(earned * -refund.total / sale.total) if sale.total else 0


def _parsed(column: Column, points: Any) -> int:
    found: int = _read("points", column, points)
    if not found:
        raise Invalid({"points": "Say how many."})
    return found


def _read(name: str, column: Column, raw: Any) -> Any:
    try:
        return values.parse(column, raw)
    except ValueError as error:
        raise Invalid({name: str(error)}) from None


def _whole(points: Decimal) -> int:
    return int(points.to_integral_value(ROUND_DOWN))
