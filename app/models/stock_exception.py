"""Stock exceptions: what did not add up and waits for somebody to put it right."""

from datetime import datetime
from decimal import Decimal
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.orm import Mapped

from app.core.columns import any_record, choice, entity_name, link, long_text, moment, money, quantity, text
from app.core.entity import Entity
from app.core.scope import at
from app.core.screen import Screen, Section


class StockException(Entity):
    """Something about stock to resolve, with who looks after it and how it ended."""

    scope = at("location_id")
    verbs = ("resolve", "reopen")
    open_in = ("open",)
    access = {"clerk": ("see", "create")}
    screen = Screen(
        area="Stock",
        icon="alert-triangle",
        title=("kind", "product_id"),
        columns=("kind", "product_id", "location_id", "quantity", "document_id", "state", "owner_id", "noticed_at"),
        search=("summary", "product_id"),
        sort="-noticed_at",
        subtitle="summary",
        state="state",
        sections=(
            Section("What", ("kind", "location_id", "product_id", "summary", "noticed_at")),
            Section("How much", ("quantity", "value", "document", "document_id")),
            Section("Resolution", ("state", "owner_id", "resolution", "resolved_at", "resolved_by_id")),
        ),
        empty="Nothing to resolve. Oversold stock, count differences and overdue transfers show up here.",
    )
    constraints = (sa.CheckConstraint("(state = 'resolved') = (resolved_at IS NOT NULL)", name="resolved_when"),)

    kind: Mapped[str] = choice(
        ("oversold", "Oversold", "danger"),
        ("count_difference", "Count difference", "warning"),
        ("broken_reservation", "Broken reservation", "warning"),
        ("overdue_transit", "Overdue in transit", "info"),
        ("other", "Other", "secondary"),
        default="other",
    )
    location_id: Mapped[UUID] = link("Location", required=True, index=False)
    product_id: Mapped[UUID | None] = link("Product")
    summary: Mapped[str | None] = text(longest=500, label="What happened")
    quantity: Mapped[Decimal | None] = quantity(least=None, by_machine=True)
    value: Mapped[Decimal | None] = money(least=None, guarded=True, by_machine=True)
    document: Mapped[str | None] = entity_name(by_machine=True, label="Kind of document")
    document_id: Mapped[UUID | None] = any_record(by_machine=True, label="Document")
    noticed_at: Mapped[datetime] = moment(now=True, by_machine=True)
    state: Mapped[str] = choice(
        ("open", "Open", "danger"), ("resolved", "Resolved", "success"), default="open", by_machine=True
    )
    owner_id: Mapped[UUID | None] = link("User", hint="Who looks after it.")
    resolution: Mapped[str | None] = long_text(longest=2_000)
    resolved_at: Mapped[datetime | None] = moment(by_machine=True)
    resolved_by_id: Mapped[UUID | None] = link("User", index=False, by_machine=True)
