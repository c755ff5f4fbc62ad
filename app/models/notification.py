"""Notifications: what happened that somebody should know, and the rules for who is told of what."""

from datetime import datetime
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.orm import Mapped

from app.core.columns import any_record, choice, entity_name, flag, link, long_text, moment, text
from app.core.entity import Entity
from app.core.scope import hq, own
from app.core.screen import Screen


class Notification(Entity):
    """Something that happened, told to one person."""

    scope = own("user_id", verbs=("see", "change"))
    access = {"manager": (), "viewer": ()}
    screen = Screen(
        area="Office",
        icon="bell",
        title=("title",),
        columns=("title", "record_id", "created_at", "read_at"),
        search=("title", "body"),
        sort="-created_at",
        subtitle="body",
        writable=False,
        empty="Nothing new.",
    )
    # The bell counts what a person hasn't read.
    constraints = (sa.Index(None, "user_id", "created_at", postgresql_where=sa.text("read_at IS NULL")),)

    user_id: Mapped[UUID] = link("User", required=True, by_machine=True, label="For")
    title: Mapped[str] = text(required=True, by_machine=True)
    body: Mapped[str | None] = long_text(longest=2_000, by_machine=True)
    entity: Mapped[str | None] = entity_name(by_machine=True, label="About")  # type: ignore[misc, assignment]
    record_id: Mapped[UUID | None] = any_record(by_machine=True, label="Record")
    rule_id: Mapped[UUID | None] = link("NotificationRule", by_machine=True)
    read_at: Mapped[datetime | None] = moment(by_machine=True, label="Read")


class NotificationRule(Entity):
    """Who is told when something happens to a kind of record."""

    scope = hq()
    access = {"viewer": ()}
    screen = Screen(
        area="Office",
        icon="adjustments-horizontal",
        columns=("name", "entity", "event", "role_id", "user_id", "location_id", "active"),
        search=("name", "entity"),
        sort="name",
        subtitle="entity",
        empty="No rules yet. Say who is told of what.",
    )

    name: Mapped[str] = text(longest=120, required=True)
    entity: Mapped[str] = entity_name(required=True, label="About", hint="Like transfer or stock_exception.")  # type: ignore[misc]
    event: Mapped[str] = choice(
        ("created", "Is created"),
        ("changed", "Is changed"),
        ("state", "Comes to a state"),
        ("removed", "Is deleted"),
        default="created",
    )
    state: Mapped[str | None] = text(longest=40, hint="For “comes to a state”: which one.")
    role_id: Mapped[UUID | None] = link("Role", label="Tell the role", hint="At the record's location.")
    user_id: Mapped[UUID | None] = link("User", label="Tell the person")
    location_id: Mapped[UUID | None] = link("Location", label="Only at")
    active: Mapped[bool] = flag(default=True)

    def check(self) -> dict[str, str]:
        if self.role_id is None and self.user_id is None:
            return {"role_id": "Choose a role or a person to tell."}
        return {}
