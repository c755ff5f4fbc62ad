"""Approvals: who decided what, when and with which note; and who decides while somebody is away."""

import datetime as dt
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.orm import Mapped

from app.core.columns import any_record, choice, date, entity_name, link, long_text, moment, text
from app.core.entity import Entity
from app.core.scope import as_record, own
from app.core.screen import Screen


class Approval(Entity):
    """A question about a document that somebody else has to decide, and the decision."""

    scope = as_record()
    posted = True
    # Who proposes asks; who may decide is said by the document's own verb.
    access = {"clerk": ("see", "create"), "frontdesk": ("see", "create")}
    screen = Screen(
        area="Office",
        icon="square-check",
        title=("entity", "asked_by_id"),
        columns=("entity", "record_id", "asked_by_id", "reason", "created_at", "state", "decided_by_id", "note"),
        search=("entity", "note"),
        sort="-created_at",
        state="state",
        writable=False,
        usual="f.1.state.any=waiting",
        empty="Nothing waits for a decision.",
    )
    constraints = (
        # Nothing asks twice, and what waits is found at once however much has been decided.
        sa.Index(
            "uq_approvals_waiting",
            "record_id",
            "entity",
            "verb",
            unique=True,
            postgresql_where=sa.text("state = 'waiting'"),
        ),
        sa.CheckConstraint("(state IN ('approved', 'rejected')) = (decided_at IS NOT NULL)", name="decided_when"),
    )

    entity: Mapped[str] = entity_name(required=True, by_machine=True, label="About")  # type: ignore[misc]
    record_id: Mapped[UUID] = any_record(required=True, by_machine=True, label="Record")
    verb: Mapped[str] = text(longest=60, default="approve", by_machine=True, label="Wanted", words=())
    asked_by_id: Mapped[UUID | None] = link("User", by_machine=True, server_default=sa.text("backroom.actor()"))
    reason: Mapped[str | None] = long_text(longest=2_000, by_machine=True)
    state: Mapped[str] = choice(
        ("waiting", "Waiting", "warning"),
        ("approved", "Approved", "success"),
        ("rejected", "Rejected", "danger"),
        ("withdrawn", "Withdrawn"),
        default="waiting",
        by_machine=True,
    )
    decided_by_id: Mapped[UUID | None] = link("User", by_machine=True)
    on_behalf_of_id: Mapped[UUID | None] = link("User", by_machine=True, hint="Who had handed the decision over.")
    decided_at: Mapped[dt.datetime | None] = moment(by_machine=True, label="Decided")
    note: Mapped[str | None] = long_text(longest=2_000, by_machine=True)


class Delegation(Entity):
    """Somebody else decides for a person, for some days: what that person may decide, and nothing that either asked for."""

    scope = own("user_id", verbs=("see", "create", "change", "delete"))
    access = {"manager": (), "viewer": ()}
    rules_access = True
    screen = Screen(
        area="Office",
        icon="user-shield",
        title=("user_id", "to_user_id"),
        columns=("user_id", "to_user_id", "starts_on", "ends_on", "note"),
        search=("note",),
        sort="-starts_on",
        empty="No delegations yet. Say who decides for you while you are away.",
    )
    constraints = (
        sa.CheckConstraint("ends_on >= starts_on", name="ends_after_start"),
        sa.CheckConstraint("user_id <> to_user_id", name="to_somebody_else"),
    )

    user_id: Mapped[UUID] = link(
        "User",
        required=True,
        label="From",
        server_default=sa.text("backroom.actor()"),
        hint="Yourself. An admin can arrange it for others.",
    )
    to_user_id: Mapped[UUID] = link(
        "User",
        required=True,
        label="To",
        hint="They see and decide what you may, but nothing that either of you asked for.",
    )
    starts_on: Mapped[dt.date] = date(required=True, label="First day")
    ends_on: Mapped[dt.date] = date(required=True, label="Last day")
    note: Mapped[str | None] = text(longest=500)

    def check(self) -> dict[str, str]:
        if self.user_id is not None and self.user_id == self.to_user_id:
            return {"to_user_id": "Choose somebody else."}
        if self.starts_on and self.ends_on and self.ends_on < self.starts_on:
            return {"ends_on": "The last day can't be before the first."}
        return {}
