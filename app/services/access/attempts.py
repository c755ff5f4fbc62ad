"""Sign-in attempts: each one is written down before the password is looked at, and too many wrong ones must wait.

The count lives in the database, so it survives a restart and all processes share it. It goes by what was typed, not by
who exists: a login that nobody has locks just like a real one, and so tells nothing.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.orm import Session as DatabaseSession

from app.core import db
from app.core.actor import Actor
from app.core.errors import LockedOut
from app.models.sign_in import SignIn
from app.services.access.sign_in_rules import rules

WRONG = ("refused", "disabled")
"""Outcomes that count against a login."""

RIGHT = ("signed_in", "password_set")
"""Outcomes that wipe the slate."""


@dataclass(frozen=True)
class Visitor:
    """Where an attempt comes from: network address and browser, as the request tells."""

    address: str
    agent: str = ""


def open(actor: Actor, email: str, visitor: Visitor) -> UUID:
    """Write down an attempt as refused, to be settled when the password proves right; returns its id.

    Raises `LockedOut` when there were too many wrong ones, without adding another: waiting must end.
    """
    with db.transaction(actor) as session:
        # One at a time per login, so that parallel guesses see each other.
        session.execute(sa.select(sa.func.pg_advisory_xact_lock(sa.func.hashtextextended(f"sign-in {email}", 0))))
        locked = _wait(session, email, visitor.address)
        attempt = _note(session, email, visitor, "locked" if locked else "refused")
    if locked:
        raise LockedOut(minutes=max(1, math.ceil(locked.total_seconds() / 60)))
    return attempt


def settle(session: DatabaseSession, attempt: UUID, outcome: str, user_id: UUID | None) -> None:
    """Say in the caller's transaction how an attempt ended."""
    session.execute(sa.update(SignIn).where(SignIn.id == attempt).values(outcome=outcome, user_id=user_id))


def note(session: DatabaseSession, email: str, visitor: Visitor, outcome: str, user_id: UUID | None) -> None:
    """Write down something else that belongs in the sign-in log, in the caller's transaction."""
    _note(session, email, visitor, outcome, user_id)


def _note(session: DatabaseSession, email: str, visitor: Visitor, outcome: str, user_id: UUID | None = None) -> UUID:
    row = SignIn(
        email=email[:200], user_id=user_id, address=visitor.address[:60], agent=visitor.agent[:300], outcome=outcome
    )
    session.add(row)
    session.flush()
    return row.id


def _wait(session: DatabaseSession, email: str, address: str) -> timedelta | None:
    """How long this login or this address still has to wait; `None` when it needn't."""
    figures = rules()
    waits = [
        _until_forgotten(session, SignIn.email == email, figures.tries, after=_last_right(email)),
        _until_forgotten(session, SignIn.address == address, figures.address_tries),
    ]
    return max((wait for wait in waits if wait), default=None)


def _until_forgotten(
    session: DatabaseSession, whose: sa.ColumnElement[bool], tries: int, after: sa.ScalarSelect[datetime] | None = None
) -> timedelta | None:
    """How long until fewer than `tries` wrong passwords count: that is when the `tries`-th last one is forgotten."""
    wait = rules().wait
    wrong = sa.select(SignIn.created_at).where(
        whose, SignIn.outcome.in_(WRONG), SignIn.created_at > sa.func.now() - wait
    )
    if after is not None:
        wrong = wrong.where(SignIn.created_at > sa.func.coalesce(after, sa.text("'-infinity'::timestamptz")))
    nth = wrong.order_by(SignIn.created_at.desc()).offset(tries - 1).limit(1).subquery()
    left: timedelta | None = session.execute(sa.select(nth.c.created_at + wait - sa.func.now())).scalar_one_or_none()
    return left


def _last_right(email: str) -> sa.ScalarSelect[datetime]:
    recent = SignIn.created_at > sa.func.now() - rules().wait
    return (
        sa.select(sa.func.max(SignIn.created_at))
        .where(SignIn.email == email, SignIn.outcome.in_(RIGHT), recent)
        .scalar_subquery()
    )
