"""Changes: everything that happened to every record. The database writes them itself; see `migrations/sql`."""

from datetime import datetime
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from app.core.columns import Column, any_record, choice, differences, entity_name, link, moment, text
from app.core.entity import Entity
from app.core.scope import audience
from app.core.screen import Screen


class Change(Entity):
    """A committed change of one record: who, when, through which door, from what to what."""

    scope = audience()
    captured = False
    screen = Screen(
        area="System",
        icon="history",
        title=("entity",),
        columns=("at", "actor_id", "source", "entity", "record_id", "op", "diff"),
        sort="-at",
        state="op",
        writable=False,
        empty="Nothing has changed yet.",
    )

    # The table is partitioned and written in bulk: it has no foreign key and no index but those its readers need.
    actor_id: Mapped[UUID | None] = link("User", index=False, by_machine=True, label="By", nothing="Backroom")
    at: Mapped[datetime] = moment(nullable=False, server_default=sa.text("clock_timestamp()"), by_machine=True)
    source: Mapped[str] = text(
        nullable=False,
        server_default=sa.text("'sql'"),
        by_machine=True,
        words=(("sql", "SQL"), ("api", "API"), ("screen", "A screen"), ("system", "Backroom")),
    )
    operation: Mapped[str | None] = text(by_machine=True)
    entity: Mapped[str] = entity_name(nullable=False, by_machine=True, label="About")  # type: ignore[misc]
    record_id: Mapped[UUID] = any_record(nullable=False, by_machine=True, label="Record")
    op: Mapped[str] = choice(
        ("insert", "Created", "success"),
        ("update", "Changed", "primary"),
        ("delete", "Deleted", "danger"),
        by_machine=True,
        label="What",
    )
    # It holds every field of every entity: a role that may see changes need not be one that may see costs.
    diff: Mapped[dict[str, object]] = differences(guarded=True, label="Changed fields")
    audience_before: Mapped[list[UUID]] = mapped_column(
        sa.ARRAY(sa.Uuid()),
        nullable=False,
        server_default=sa.text("'{}'"),
        info={"column": Column("audience", by_machine=True, secret=True)},
    )
    audience_after: Mapped[list[UUID]] = mapped_column(
        sa.ARRAY(sa.Uuid()),
        nullable=False,
        server_default=sa.text("'{}'"),
        info={"column": Column("audience", by_machine=True, secret=True)},
    )
