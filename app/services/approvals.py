"""Approvals: somebody asks, somebody who may decides, and who decided what, when and why stays written down.

Every document's service asks and decides here, inside its own step; who may decide is said by the document's verb
`approve`. Leave, bonuses and cash requests are nothing but such a decision, so their steps are here as well.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from uuid import UUID

import sqlalchemy as sa

from app.core import access, db
from app.core.columns import Column
from app.core.errors import YourOwn
from app.core.ids import uuid7
from app.models.approval import Approval
from app.models.staff import Staff
from app.services import documents
from app.services.documents import Act, Step

WHY: Mapping[str, Column] = MappingProxyType({"note": Column("long_text", label="Why", longest=2_000, required=True)})
"""What everybody is asked who says no."""


def ask(act: Act, *, verb: str = "approve", reason: str | None = None) -> None:
    """Put the document before those who may decide about it; asked once, it waits until it is decided or withdrawn."""
    if _waiting(act):
        return
    question = Approval(
        id=uuid7(), record_id=act.document.id, verb=verb, asked_by_id=act.actor.id, reason=reason, state="waiting"
    )
    question.entity = type(act.document).entity
    act.save(question)


def decide(act: Act, *, approved: bool, note: str | None = None) -> None:
    """Close what waits for a decision about the document; where nobody asked, the decision is written down all the same."""
    found = _waiting(act)
    if not found:
        # Left out, the database would name the one who decides.
        asker = _person_behind(act) or sa.null()
        made = Approval(id=uuid7(), record_id=act.document.id, verb="approve", asked_by_id=asker)
        made.entity = type(act.document).entity
        found = [made]
    for question in found:
        question.state = "approved" if approved else "rejected"
        question.note = note
        documents.stamp(act.actor, question, "decided", act.now)
    act.save(*found)


def withdraw(act: Act) -> None:
    """Nobody needs to decide any more."""
    found = _waiting(act)
    for question in found:
        question.state = "withdrawn"
    act.save(*found)


def may_decide(act: Act, verb: str = "approve") -> bool:
    """Is the person one of those who decide about this document?"""
    return access.may(act.actor, type(act.document), verb) and access.allowed_on(act.actor, act.document, verb)


def _waiting(act: Act) -> list[Approval]:
    entity = type(act.document).entity
    # In the role that writes it: a question that the person couldn't see would be asked twice.
    with db.posting(act.actor) as session:
        statement = sa.select(Approval).where(
            Approval.__table__.c.entity == entity,
            Approval.record_id == act.document.id,
            Approval.state == "waiting",
        )
        return list(session.scalars(statement.order_by(Approval.id).execution_options(populate_existing=True)))


def _person_behind(act: Act) -> UUID | None:
    """Whose wish it is: the staff member's user, or whoever is named as asking."""
    staff = getattr(act.document, "staff_id", None)
    if staff is not None:
        return act.session.scalar(sa.select(Staff.user_id).where(Staff.id == staff))
    found: UUID | None = getattr(act.document, "requested_by_id", None)
    return found


def _approve(act: Act) -> None:
    _not_for_oneself(act)
    decide(act, approved=True)


def _reject(act: Act) -> None:
    _not_for_oneself(act)
    decide(act, approved=False, note=act.given["note"])


def _not_for_oneself(act: Act) -> None:
    """Nobody grants themselves time off or money; the one at the top has nobody else to ask."""
    if act.actor.id is not None and _person_behind(act) == act.actor.id and not act.actor.everywhere:
        raise YourOwn(title=documents.title(act.document))


STEPS: tuple[Step, ...] = (
    Step("approve", ("proposed",), _approve, "approved", tone="primary", icon="check"),
    Step(
        "reject", ("proposed", "approved"), _reject, "rejected", tone="danger", icon="x", asks=WHY,
        hint="Whoever asked reads why. What was approved before is taken back.",
    ),
)  # fmt: skip
"""Of documents that only need a yes or a no: leave, bonuses, cash requests."""
