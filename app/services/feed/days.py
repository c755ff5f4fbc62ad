"""Days: the feed lies on disk by day, so whoever looks back in it reads a stretch of days at a time, the newest first.

To plan for all the days of a year takes longer than to find most answers, which lie in the last few. Bounds of whole
days, written into the statement, leave out all other days, and the statement reads the same until midnight.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Sequence
from typing import Final

Stretch = tuple[dt.datetime, dt.datetime]
"""From a moment to another, the second one not included."""

BEGINNING: Final = dt.datetime(1970, 1, 1, tzinfo=dt.UTC)
END: Final = dt.datetime(2200, 1, 1, tzinfo=dt.UTC)

OF_RECORD: Final = (5, 20, 80, 200)
"""How many days are looked through together for the changes of single records, in turn; then all the rest at once."""


def day_of(moment: dt.datetime) -> dt.datetime:
    """The midnight (UTC) that the moment's day began with."""
    return moment.astimezone(dt.UTC).replace(hour=0, minute=0, second=0, microsecond=0)


def tonight() -> dt.datetime:
    """The midnight behind everything that is written by now, also by a database whose clock goes before ours."""
    return day_of(dt.datetime.now(dt.UTC) + dt.timedelta(hours=1)) + dt.timedelta(days=1)


def back(
    widths: Sequence[int] = OF_RECORD, *, since: dt.datetime = BEGINNING, until: dt.datetime | None = None
) -> Iterator[Stretch]:
    """Stretches of so many whole days each, newest first, from `until` (now) back to the day of `since`."""
    first, last = day_of(since), tonight()
    end = min(last, day_of(until) + dt.timedelta(days=1)) if until else last
    for width in widths:
        if end <= first:
            return
        begin = max(end - dt.timedelta(days=width), first)
        yield begin, end
        end = begin
    if end > first:
        yield first, end


def forth(widths: Sequence[int] = OF_RECORD, *, since: dt.datetime) -> Iterator[Stretch]:
    """Stretches of so many whole days each, oldest first, from the day of `since` to now."""
    begin, end = day_of(since), tonight()
    for width in widths:
        if begin >= end:
            return
        yield begin, min(begin + dt.timedelta(days=width), end)
        begin += dt.timedelta(days=width)
    if begin < end:
        yield begin, end
