"""Overdue: which transfers should have arrived by now, by the rule that every page and job goes by."""

from __future__ import annotations

from typing import Final

import sqlalchemy as sa

from app.core import db
from app.core.actor import system
from app.models.setting import Setting

DAYS: Final = 7
"""Days on the way after which a transfer is overdue, where the setting says nothing else."""

SETTING: Final = "overdue_transit_days"

RULE: Final = (
    "(coalesce(t.expected_on < (now() AT TIME ZONE there.time_zone)::date, false)"
    " OR coalesce(t.dispatched_at < now() - make_interval(days => :days), false))"
)
"""SQL that is true of a transfer `t` on its way to a location `there` that is overdue after `days`: at the latest when
the day on which it was expected is over where it goes."""


def days() -> int:
    """After how many days on its way a transfer is overdue, as the installation has set it."""
    # A setting of the whole installation, which everybody may live by.
    with db.reading(system("overdue")) as session:
        said = (session.scalar(sa.select(Setting.value).where(Setting.name == SETTING)) or "").strip()
    return int(said) if said.isascii() and said.isdigit() and len(said) < 6 else DAYS
