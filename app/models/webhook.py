"""Webhooks: other programs are told of changes by an HTTP call."""

from datetime import datetime
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.orm import Mapped

from app.core.columns import choice, flag, link, long_text, moment, secret, structure, tags, text, url, whole
from app.core.entity import Entity
from app.core.scope import hq
from app.core.screen import Screen


class Webhook(Entity):
    """An address that is called when certain things change."""

    scope = hq()
    # It sends data out of the house: an admin's decision.
    access = {"manager": (), "viewer": ()}
    screen = Screen(
        area="Office",
        icon="webhook",
        columns=("name", "url", "events", "active", "created_at"),
        search=("name", "url"),
        sort="name",
        subtitle="url",
        empty="No webhooks yet. Add the address of a program that is to be told of changes.",
    )

    name: Mapped[str] = text(longest=120, required=True)
    url: Mapped[str] = url(required=True, label="Address")
    events: Mapped[list[str]] = tags(hint="Like sale or transfer.state; empty: nothing is sent.")
    signing_key: Mapped[str | None] = secret()
    active: Mapped[bool] = flag(default=True)


class WebhookDelivery(Entity):
    """One message to a webhook, with its attempts and the last answer."""

    scope = hq()
    access = {"manager": (), "viewer": ()}
    screen = Screen(
        area="Office",
        icon="upload",
        title=("event", "state"),
        columns=("created_at", "webhook_id", "event", "state", "attempts", "answer_status", "next_attempt_at"),
        search=("event",),
        sort="-created_at",
        state="state",
        writable=False,
        empty="Nothing has been sent yet.",
    )
    constraints = (sa.Index(None, "next_attempt_at", postgresql_where=sa.text("state = 'waiting'")),)

    webhook_id: Mapped[UUID] = link("Webhook", required=True, by_machine=True)
    event: Mapped[str] = text(longest=120, required=True, by_machine=True)
    payload: Mapped[dict[str, object]] = structure()
    state: Mapped[str] = choice(
        ("waiting", "Waiting", "warning"),
        ("delivered", "Delivered", "success"),
        ("failed", "Failed", "danger"),
        default="waiting",
        by_machine=True,
    )
    attempts: Mapped[int] = whole(default=0, by_machine=True)
    next_attempt_at: Mapped[datetime | None] = moment(by_machine=True, label="Next attempt")
    delivered_at: Mapped[datetime | None] = moment(by_machine=True, label="Delivered at")
    answer_status: Mapped[int | None] = whole(by_machine=True)
    answer: Mapped[str | None] = long_text(longest=2_000, by_machine=True)
