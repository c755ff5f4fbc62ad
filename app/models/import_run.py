"""Imports: a file of records, read in one go, with what became of its rows."""

from datetime import datetime
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.orm import Mapped

from app.core.columns import choice, entity_name, file, link, long_text, moment, structure, text, whole
from app.core.entity import Entity
from app.core.scope import hq
from app.core.screen import Screen


class ImportRun(Entity):
    """One file that was imported: how many rows came in, and which did not."""

    scope = hq()
    screen = Screen(
        area="System",
        icon="table-import",
        title=("file_name",),
        columns=("created_at", "file_name", "entity", "user_id", "state", "created", "changed", "refused"),
        search=("file_name", "entity"),
        sort="-created_at",
        subtitle="entity",
        state="state",
        writable=False,
        label="Import",
        plural="Imports",
        empty="Nothing has been imported yet.",
    )

    entity: Mapped[str] = entity_name(required=True, by_machine=True, label="Into")  # type: ignore[misc]
    user_id: Mapped[UUID | None] = link("User", by_machine=True, label="By", server_default=sa.text("backroom.actor()"))
    file_name: Mapped[str] = text(required=True, by_machine=True)
    file: Mapped[str | None] = file(by_machine=True)
    state: Mapped[str] = choice(
        ("checking", "Checking", "info"),
        ("running", "Running", "info"),
        ("done", "Done", "success"),
        ("partly", "Partly", "warning"),
        ("failed", "Failed", "danger"),
        default="checking",
        by_machine=True,
    )
    mapping: Mapped[dict[str, object]] = structure(hint="Which column of the file went where.")
    created: Mapped[int] = whole(default=0, by_machine=True)
    changed: Mapped[int] = whole(default=0, by_machine=True)
    refused: Mapped[int] = whole(default=0, by_machine=True)
    refusals: Mapped[list[object]] = structure(default="[]", hint="The rows that did not fit, each with the reason.")
    finished_at: Mapped[datetime | None] = moment(by_machine=True, label="Finished")
    problem: Mapped[str | None] = long_text(longest=2_000, by_machine=True)
