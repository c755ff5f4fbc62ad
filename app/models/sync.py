"""Exchange with terminals: runs, how far each table has come, and what did not fit."""

from datetime import datetime
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.orm import Mapped

from app.core.columns import choice, entity_name, link, long_text, moment, structure, text, whole
from app.core.entity import Entity
from app.core.scope import via
from app.core.screen import Screen


class SyncRun(Entity):
    """One exchange with a terminal: what came, what went, how it ended."""

    scope = via("Terminal", "terminal_id")
    screen = Screen(
        area="System",
        icon="refresh",
        title=("terminal_id", "created_at"),
        columns=("created_at", "terminal_id", "state", "received", "sent", "quarantined", "finished_at"),
        search=("problem",),
        sort="-created_at",
        state="state",
        writable=False,
        label="Sync run",
        empty="No terminal has exchanged anything yet.",
    )

    terminal_id: Mapped[UUID] = link("Terminal", required=True, by_machine=True)
    state: Mapped[str] = choice(
        ("running", "Running", "info"),
        ("done", "Done", "success"),
        ("partly", "Partly", "warning"),
        ("failed", "Failed", "danger"),
        default="running",
        by_machine=True,
    )
    received: Mapped[int] = whole(default=0, by_machine=True)
    sent: Mapped[int] = whole(default=0, by_machine=True)
    quarantined: Mapped[int] = whole(default=0, by_machine=True)
    finished_at: Mapped[datetime | None] = moment(by_machine=True, label="Finished")
    problem: Mapped[str | None] = long_text(longest=2_000, by_machine=True)


class SyncCheckpoint(Entity):
    """How far a terminal has come with one table."""

    scope = via("Terminal", "terminal_id")
    screen = Screen(
        area="System",
        icon="flag",
        title=("terminal_id", "entity"),
        columns=("terminal_id", "entity", "direction", "cursor", "updated_at"),
        search=("entity",),
        sort="-updated_at",
        writable=False,
        label="Sync checkpoint",
        empty="No checkpoints yet.",
    )
    constraints = (sa.UniqueConstraint("terminal_id", "entity", "direction"),)

    terminal_id: Mapped[UUID] = link("Terminal", required=True, by_machine=True)
    entity: Mapped[str] = entity_name(required=True, by_machine=True, label="Table")  # type: ignore[misc]
    direction: Mapped[str] = choice(("push", "From the terminal"), ("pull", "To the terminal"), by_machine=True)
    cursor: Mapped[str | None] = text(longest=500, by_machine=True)


class SyncQuarantine(Entity):
    """A row from a terminal that did not fit, kept until somebody decides."""

    scope = via("Terminal", "terminal_id")
    screen = Screen(
        area="System",
        icon="alert-triangle",
        title=("entity", "reason"),
        columns=("created_at", "terminal_id", "entity", "reason", "state", "resolved_by_id", "resolved_at"),
        search=("reason", "entity"),
        sort="-created_at",
        state="state",
        writable=False,
        label="Quarantined row",
        plural="Quarantined rows",
        empty="Everything fitted.",
    )

    terminal_id: Mapped[UUID] = link("Terminal", required=True, by_machine=True)
    run_id: Mapped[UUID | None] = link("SyncRun", by_machine=True)
    entity: Mapped[str] = entity_name(required=True, by_machine=True, label="Table")  # type: ignore[misc]
    row: Mapped[dict[str, object]] = structure()
    reason: Mapped[str] = text(longest=500, required=True, by_machine=True)
    state: Mapped[str] = choice(
        ("open", "Open", "warning"),
        ("applied", "Applied", "success"),
        ("dropped", "Dropped"),
        default="open",
        by_machine=True,
    )
    resolved_by_id: Mapped[UUID | None] = link("User", by_machine=True)
    resolved_at: Mapped[datetime | None] = moment(by_machine=True, label="Resolved")
