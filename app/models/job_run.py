"""Job runs: scheduled work, when it ran and what failed."""

from datetime import datetime

from sqlalchemy.orm import Mapped

from app.core.columns import choice, long_text, moment, structure, text, whole
from app.core.entity import Entity
from app.core.scope import hq
from app.core.screen import Screen


class JobRun(Entity):
    """One run of a scheduled job."""

    scope = hq()
    screen = Screen(
        area="System",
        icon="clock-play",
        columns=("name", "started_at", "milliseconds", "state", "problem"),
        search=("name", "problem"),
        sort="-started_at",
        state="state",
        writable=False,
        label="Job run",
        empty="No job has run yet.",
    )

    name: Mapped[str] = text(longest=120, required=True, by_machine=True, label="Job")
    started_at: Mapped[datetime] = moment(now=True, by_machine=True, label="Started")
    finished_at: Mapped[datetime | None] = moment(by_machine=True, label="Finished")
    milliseconds: Mapped[int | None] = whole(by_machine=True, label="Took (ms)")
    state: Mapped[str] = choice(
        ("running", "Running", "info"),
        ("done", "Done", "success"),
        ("failed", "Failed", "danger"),
        default="running",
        by_machine=True,
    )
    result: Mapped[dict[str, object]] = structure()
    problem: Mapped[str | None] = long_text(longest=4_000, by_machine=True)
