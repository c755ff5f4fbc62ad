"""Approvals: somebody asks, somebody who may decide, and who decided what, when and why stays written down.

Every document's service asks and decides here, inside its own step; who may decide is said by the document's verb
`approve`. Leave, bonuses and cash requests are nothing but such a question: they ask when they are made, and their
steps are here as well.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from uuid import UUID

import sqlalchemy as sa

from app.core import db
from app.core.actor import Actor
from app.core.columns import Column
from app.core.entity import Entity
from app.core.errors import OnlyWhoAsked, YourOwn
from app.core.ids import uuid7
from app.models.approval import Approval
from app.services import documents, four_eyes
from app.services.steps import Act, Step

WISHES = ("bonus", "cash_request", "leave")
"""Documents that only need a yes or a no: they wait for it from the moment they are made."""

WHY: Mapping[str, Column] = MappingProxyType({"note": Column("long_text", label="Why", longest=2_000, required=True)})
"""What everybody is asked who says no."""


def ask(act: Act, *, verb: str = "approve", reason: str | None = None) -> None:
    """Put the document before those who may decide about it; asked once, it waits until it is decided or withdrawn."""
    if not _waiting(act.actor, act.document):
        _put(act.actor, act.document, _question(act.document, act.actor.id, verb=verb, reason=reason))


def decide(act: Act, *, approved: bool, note: str | None = None) -> None:
    """Close what waits for a decision about the document; where nobody asked, the decision is written down all the same.

    Raises `YourOwn` or `TheirOwn` when somebody who decides for somebody else had better not.
    """
    found, behind = _waiting(act.actor, act.document), _person_behind(act.actor, act.document)
    absent = four_eyes.decided_for(act, [behind, *(question.asked_by_id for question in found)])
    # Where nobody asked and nobody is behind it, the database would name the one who decides, if it was left out.
    found = found or [_question(act.document, behind or sa.null())]
    for question in found:
        question.state = "approved" if approved else "rejected"
        question.note = note
        question.on_behalf_of_id = absent
        documents.stamp(act.actor, question, "decided", act.now)
    act.save(*found)


def withdraw(act: Act) -> None:
    """Nobody needs to decide any more."""
    _drop(act.actor, act.document)


def may_decide(act: Act, verb: str = "approve") -> bool:
    """Is the person one of those who decide about this document themselves, and for nobody else?"""
    return four_eyes.holds(act, verb)


def made(actor: Actor, record: Entity) -> None:
    """A record was made: a wish is put before those who decide about it."""
    if type(record).entity in WISHES:
        reason = getattr(record, "reason", None) or getattr(record, "purpose", None)
        _put(actor, record, _question(record, _person_behind(actor, record) or actor.id, reason=reason))


def going(actor: Actor, record: Entity) -> None:
    """A record is about to be deleted: nobody needs to decide about a wish any more."""
    if type(record).entity in WISHES:
        _drop(actor, record)


def _question(
    document: Entity, asker: UUID | sa.Null | None, *, verb: str = "approve", reason: str | None = None
) -> Approval:
    question = Approval(id=uuid7(), record_id=document.id, verb=verb, asked_by_id=asker, reason=reason, state="waiting")
    question.entity = type(document).entity
    return question


def _put(actor: Actor, document: Entity, question: Approval) -> None:
    with db.posting(actor) as session:
        session.add(question)


def _drop(actor: Actor, document: Entity) -> None:
    with db.posting(actor):
        for question in _waiting(actor, document):
            question.state = "withdrawn"


def _waiting(actor: Actor, document: Entity) -> list[Approval]:
    # In the role that writes it: a question that the person couldn't see would be asked twice.
    with db.posting(actor) as session:
        statement = sa.select(Approval).where(
            Approval.__table__.c.entity == type(document).entity,
            Approval.record_id == document.id,
            Approval.state == "waiting",
        )
        return list(session.scalars(statement.order_by(Approval.id).execution_options(populate_existing=True)))


def _person_behind(actor: Actor, document: Entity) -> UUID | None:
    """Whose wish it is: the staff member's user, or whoever is named as asking."""
    staff = getattr(document, "staff_id", None)
    if staff is not None:
        with db.posting(actor) as session:
            return session.scalar(sa.select(sa.func.backroom.user_of_staff(staff, type_=sa.Uuid())))
    found: UUID | None = getattr(document, "requested_by_id", None)
    return found


def _approve(act: Act) -> None:
    _not_for_oneself(act)
    decide(act, approved=True)


def _reject(act: Act) -> None:
    _not_for_oneself(act)
    decide(act, approved=False, note=act.given["note"])


def _withdraw(act: Act) -> None:
    """Whoever asked may think better of it."""
    if act.actor.id not in _askers(act) and not may_decide(act):
        raise OnlyWhoAsked(title=documents.title(act.document))
    withdraw(act)


def _not_for_oneself(act: Act) -> None:
    """Nobody grants themselves time off or money; the one at the top has nobody else to ask."""
    if act.actor.id is not None and act.actor.id in _askers(act) and not act.actor.everywhere:
        raise YourOwn(title=documents.title(act.document))


def _askers(act: Act) -> set[UUID]:
    """Whose wish it is. Who only wrote it down for a member of staff isn't one of them; where no name is given, they are."""
    behind = _person_behind(act.actor, act.document)
    if behind is not None:
        return {behind}
    if hasattr(act.document, "staff_id"):
        return set()
    return {question.asked_by_id for question in _waiting(act.actor, act.document) if question.asked_by_id}


STEPS: tuple[Step, ...] = (
    Step("approve", ("proposed",), _approve, "approved", tone="primary", icon="check"),
    Step(
        "reject", ("proposed", "approved"), _reject, "rejected", tone="danger", icon="x", asks=WHY,
        hint="Whoever asked reads why. What was approved before is taken back.",
    ),
    Step(
        "withdraw", ("proposed",), _withdraw, "withdrawn", icon="arrow-back-up", done="withdrawn",
        hint="Nobody needs to decide about it any more.",
    ),
)  # fmt: skip
"""Of documents that only need a yes or a no."""
