"""Reports: questions that somebody asks again and again."""

from datetime import datetime
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.orm import Mapped

from app.core.columns import choice, entity_name, flag, link, long_text, moment, structure, text
from app.core.entity import Entity
from app.core.scope import own
from app.core.screen import Screen


class Report(Entity):
    """A saved question: which records, which columns, grouped how, drawn how, and when it is sent."""

    scope = own("user_id", shared="shared", verbs=("see", "create", "change", "delete"))
    # Everybody has reports of their own without a permission; those of others are the admin's.
    access = {"manager": (), "viewer": ()}
    screen = Screen(
        area="Office",
        icon="report-analytics",
        columns=("name", "entity", "chart", "user_id", "shared", "schedule", "last_run_at"),
        search=("name", "description"),
        sort="name",
        subtitle="description",
        empty="No reports yet. Filter a list as you need it, then save it as a report.",
    )

    name: Mapped[str] = text(longest=120, required=True)
    description: Mapped[str | None] = text(longest=500)
    entity: Mapped[str] = entity_name(required=True, label="About")  # type: ignore[misc]
    query: Mapped[str | None] = long_text(
        longest=4_000, by_machine=True, hint="Filters and order, as in the list's address."
    )
    question: Mapped[dict[str, object]] = structure(hint="Columns, grouping and totals.")
    chart: Mapped[str] = choice(("table", "Table only"), "bar", "line", "pie", default="table")
    shared: Mapped[bool] = flag(hint="Everybody may use it, each with the rows that they may see.")
    schedule: Mapped[str] = choice("never", "daily", "weekly", "monthly", default="never")
    last_run_at: Mapped[datetime | None] = moment(by_machine=True, label="Last run")
    user_id: Mapped[UUID | None] = link(
        "User", by_machine=True, label="Owner", server_default=sa.text("backroom.actor()")
    )
