"""Retention: how far back cursors and the history of every record reach, and how what is older goes.

Both live in one table, but they are two things: a cursor is for catching up and gets old in hours, history is for
looking back and is kept for `HISTORY_DAYS`. Cleaning up with a number of hours lets cursors expire; history younger
than its days goes only for whoever asks for that too.
"""

from __future__ import annotations

import datetime as dt
import time
from dataclasses import dataclass
from typing import Final

import sqlalchemy as sa
from sqlalchemy.orm import Session

from app.core import db
from app.core.actor import Actor
from app.core.errors import Busy, Forbidden, Invalid
from app.services.feed import changes

ELSE: Final = "changes_else"
"""Where changes of a day without a partition lie."""

MOST_HOURS: Final = 876_000
TRIES: Final = 20
PAUSE: Final = 0.1
"""Seconds to leave the feed to others before the next try: twenty of each are five seconds at most."""


@dataclass(frozen=True)
class Cleaned:
    """What a clean-up did.

    days    the days that went, oldest first
    busy    somebody was in the feed all the while: what is left goes next time
    cursors_since, history_since   how far back both reach now; `None`: to the beginning
    """

    days: tuple[dt.date, ...]
    busy: bool
    cursors_since: dt.datetime | None
    history_since: dt.datetime | None


@dataclass(frozen=True)
class Part:
    """One day of the feed as it lies on disk; `since` is `None` for changes of days that have no place of their own.

    records   as PostgreSQL last counted them
    """

    name: str
    since: dt.datetime | None
    until: dt.datetime | None
    records: int
    bytes: int


@dataclass(frozen=True)
class Status:
    """How large the feed is and how far it reaches.

    oldest  when the oldest change was made
    days    from the oldest change to now
    ahead   how many days after today have their place already
    """

    parts: tuple[Part, ...]
    oldest: dt.datetime | None
    days: int
    ahead: int
    cursors_since: dt.datetime | None
    history_since: dt.datetime | None

    @property
    def records(self) -> int:
        return sum(part.records for part in self.parts)

    @property
    def bytes(self) -> int:
        return sum(part.bytes for part in self.parts)


_STATE = sa.text("SELECT now() AS now, cursors_since, whole_since FROM backroom.generation")
_DROP = sa.text("SELECT backroom.drop_oldest_day(:before)")
_EXPIRE = sa.text("SELECT backroom.expire_cursors(:before)")
_PARTS = sa.text("SELECT name, since, until, records, bytes FROM backroom.feed_days()")
_OLDEST_OF_DAY = sa.text("SELECT at FROM changes WHERE at >= :since AND at < :until ORDER BY seq LIMIT 1")


def clean(actor: Actor, *, hours: int | None = None, history: bool = False) -> Cleaned:
    """Let go what is older than it has to be kept; to do it twice is to do it once.

    hours    cursors older than this expire; by default only those that reach further back than the history
    history  history older than `hours` goes too, though it is younger than `HISTORY_DAYS`

    Whole days go, so at least as much is kept as was asked for. Raises `Forbidden` and `Invalid`.
    """
    _require(actor)
    _check(hours, history)
    with db.reading(actor) as session:
        now: dt.datetime = session.execute(_STATE).one().now
    asked = None if hours is None else now - dt.timedelta(hours=hours)
    kept = now - dt.timedelta(days=changes.days_kept())
    before = asked if asked and history else kept
    # First of all no cursor may reach into what is about to go: its page would miss changes and not know.
    with db.transaction(actor) as session:
        session.execute(_EXPIRE, {"before": max(before, asked or before)})
    dropped, busy = _drop(actor, before)
    with db.reading(actor) as session:
        state = session.execute(_STATE).one()
    return Cleaned(dropped, busy, state.cursors_since, state.whole_since)


def said(done: Cleaned) -> str:
    """What a clean-up did, as a sentence."""
    days = len(done.days)
    words = f"{days:,} {'day' if days == 1 else 'days'} of the change feed let go." if days else "Nothing to let go."
    return f"{words} People were busy in there, so the rest goes next time." if done.busy else words


def _require(actor: Actor) -> None:
    if not actor.everywhere:
        raise Forbidden("Only admins look after the change feed. Ask one of them.")


def _check(hours: int | None, history: bool) -> None:
    if hours is not None and not 1 <= hours <= MOST_HOURS:
        raise Invalid({"hoursToKeep": f"Give a whole number of hours from 1 to {MOST_HOURS:,}."})
    if history and hours is None:
        raise Invalid({"hoursToKeep": "Say how many hours of history to keep."})


def _drop(actor: Actor, before: dt.datetime) -> tuple[tuple[dt.date, ...], bool]:
    """Drop day after day, each in a transaction of its own; gives way to whoever is in the feed."""
    gone: list[dt.date] = []
    refused = 0
    while refused < TRIES:
        try:
            with db.transaction(actor) as session:
                name = session.scalar(_DROP, {"before": before})
        except Busy:
            refused += 1
            time.sleep(PAUSE)
            continue
        if name is None:
            return tuple(gone), False
        if name != ELSE:
            gone.append(_date(name))
    return tuple(gone), True


def _date(name: str) -> dt.date:
    return dt.date.fromisoformat(name.rpartition("_")[2])


def status(actor: Actor) -> Status:
    """How large the feed is and how far it reaches. Raises `Forbidden`."""
    _require(actor)
    with db.reading(actor) as session:
        state = session.execute(_STATE).one()
        parts = tuple(Part(*row) for row in session.execute(_PARTS))
        oldest = _oldest(session, parts, state.now)
    return Status(
        parts,
        oldest,
        (state.now - oldest).days if oldest else 0,
        sum(1 for part in parts if part.since and part.since > state.now),
        state.cursors_since,
        state.whole_since,
    )


def _oldest(session: Session, parts: tuple[Part, ...], now: dt.datetime) -> dt.datetime | None:
    """When the oldest change was made: day by day, because nothing sorts the feed by time."""
    for part in parts:
        if part.since is not None and part.since <= now:
            facts = {"since": part.since, "until": part.until}
            found: dt.datetime | None = session.scalar(_OLDEST_OF_DAY, facts)
            if found is not None:
                return found
    return None
