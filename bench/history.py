"""History: what capturing costs, a record's page with 10,000 changes, and a list of 100,000 records as of a moment.

Capture: the same updates of `orders` with the capture trigger on and off, in turn, in one session of the application's
role: 20-column rows, single ones each with its commit, and 20,000 in one statement in a session that did 20 small ones
before. Pages: over HTTP through the real application in a process of its own, request sent → whole answer read. The
table has 100,000 records with 1,000,000 changes on 400 days, 10,000 of them since the moment that is looked back to;
one record has 10,000 changes of its own. Three people ask: an admin, a manager of all locations, who reads through
the row rules, and a clerk of 2 of 10 locations.
"""

from __future__ import annotations

import argparse
import os
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from functools import partial
from typing import Any
from urllib.parse import urlencode
from uuid import UUID

import requests
import sqlalchemy as sa

from app.core import db
from app.core.actor import system
from bench import house
from bench.house import House
from bench.list import FILL, LOCATIONS, PEOPLE
from bench.report import Report, percentile, spread

AT_ONCE = 20_000
"""Rows of the large update."""

LONG = 10_000
"""Changes of the record whose history is opened."""

DAYS = 400

QUESTIONS: tuple[dict[str, str], ...] = (
    {},
    {"sort": "-freight"},
    {"sort": "number"},
    {"f.0.state.any": "draft", "sort": "required_on"},
    {"f.0.ship_city.is": "Oslo"},
)
"""What the past list is asked for, in turn."""

PARTITIONS = """
DO $$ DECLARE day date; BEGIN
    FOR day IN SELECT generate_series(current_date - :days, current_date - 2, interval '1 day')::date LOOP
        EXECUTE format('CREATE TABLE IF NOT EXISTS %I PARTITION OF changes FOR VALUES FROM (%L) TO (%L)',
                       'changes_' || to_char(day, 'YYYYMMDD'), day::timestamptz, (day + 1)::timestamptz);
    END LOOP;
END $$
"""

CHANGED = """
INSERT INTO changes (at, source, operation, entity, record_id, op, version, audience_before, audience_after, diff, actor_id)
SELECT now() - interval '1 hour' - i * (interval '1 day' * :days / :changes), 'screen', backroom.uuid7()::text, 'order', o.id, 'update', 2,
       ARRAY[o.location_id], ARRAY[o.location_id],
       jsonb_build_object('freight', jsonb_build_array(i % 1000, (i + 1) % 1000), 'ship_city', jsonb_build_array('Rome', 'Oslo')),
       people[1 + i % cardinality(people)]
FROM generate_series(0, :changes - 1) i
JOIN (SELECT id, location_id, row_number() OVER () AS n FROM orders) o ON o.n = 1 + (i::bigint * 7919) % :rows,
     (SELECT array_agg(id) AS people FROM users) u
"""

LATELY = """
UPDATE orders SET freight = coalesce(freight, 0) + 1, ship_city = 'Bonn', state = 'draft'
WHERE id IN (SELECT id FROM (SELECT id, row_number() OVER () AS n FROM orders) o WHERE n % (:rows / :lately) = 0)
"""

OFTEN = """
INSERT INTO changes (at, source, operation, entity, record_id, op, version, audience_before, audience_after, diff, actor_id)
SELECT now() - interval '1 hour' - (:changes - i) * (interval '1 day' * :days / :changes), 'screen',
       backroom.uuid7()::text, 'order', o.id, 'update', i + 1, ARRAY[o.location_id], ARRAY[o.location_id],
       jsonb_build_object('freight', jsonb_build_array(i % 1000, (i + 1) % 1000)), people[1 + i % cardinality(people)]
FROM generate_series(1, :changes) i, (SELECT id, location_id FROM orders WHERE location_id = :place LIMIT 1) o,
     (SELECT array_agg(id) AS people FROM users) u
RETURNING record_id
"""


def options(parser: argparse.ArgumentParser) -> None:
    """What can be asked of this bench."""
    parser.add_argument("--rows", type=int, default=100_000, help="records of the table")
    parser.add_argument("--changes", type=int, default=1_000_000, help="changes of the table before the moment")
    parser.add_argument("--lately", type=int, default=10_000, help="changes since the moment")
    parser.add_argument(
        "--times", type=int, default=40, help="requests of each kind; single updates are five times as many"
    )


def run(asked: argparse.Namespace, report: Report) -> None:
    """Fill a database, measure capture in it, then the pages."""
    with house.server() as server, house.house(server, locations=LOCATIONS, people=PEOPLE) as place:
        report.note(f"filling {asked.rows:,} records and {asked.changes:,} changes")
        record, moment = _fill(place, asked)
        report.note("pages")
        with house.web(place) as address:
            _pages(report, address, record, moment, asked.times)
        report.note("capture")
        _capture(report, place, asked.times)


def _fill(place: House, asked: argparse.Namespace) -> tuple[UUID, str]:
    """Gives the record with the long history, and the moment to look back to."""
    with place.owning() as connection:
        run = connection.execute
        run(sa.text(PARTITIONS.replace(":days", str(DAYS))))
        run(sa.text("ALTER TABLE orders DISABLE TRIGGER USER"))
        run(sa.text("INSERT INTO clients (name) SELECT 'Client ' || i FROM generate_series(1, 500) i"))
        run(sa.text(FILL), {"rows": asked.rows})
        run(sa.text("ALTER TABLE orders ENABLE TRIGGER USER"))
        run(sa.text(CHANGED), {"rows": asked.rows, "changes": asked.changes, "days": DAYS})
        facts = {"changes": LONG, "days": DAYS, "place": place.locations["Location 2"]}
        record = run(sa.text(OFTEN), facts).scalars().first()
        moment = str(run(sa.text("SELECT clock_timestamp()")).scalar_one().isoformat())
        run(sa.text(LATELY), {"rows": asked.rows, "lately": asked.lately})
        run(sa.text("VACUUM ANALYZE"))
        assert record is not None
        return record, moment


# --- pages -----------------------------------------------------------------------------------------------------------


def _pages(report: Report, address: str, record: UUID, moment: str, times: int) -> None:
    for who in PEOPLE:
        browser = house.browser(address, who)
        history = f"{address}/orders/{record}/history"
        pages = [f"{address}/orders/past?{urlencode({'at': moment, **question})}" for question in QUESTIONS]
        for what, urls, aim in (
            ("history", [history], 100),
            ("past", pages, 500),
            ("past_record", [f"{address}/orders/{record}/past?{urlencode({'at': moment})}"], None),
            ("list_history", [f"{address}/orders/history"], None),
        ):
            calls = [partial(_read, browser, urls[turn % len(urls)]) for turn in range(times + len(urls))]
            taken = _taken(calls)[len(urls) :]
            report.measured(what, who=who, through="http", load=round(os.getloadavg()[0], 1), **spread(taken))
            report.figure(f"{who}_{what}_p95_ms", percentile(taken, 0.95), aim=aim)


def _read(http: requests.Session, url: str) -> None:
    answer = http.get(url, timeout=house.PATIENCE)
    if answer.status_code != 200:
        raise SystemExit(f"{answer.url} answered {answer.status_code}: {answer.text[:300]}")


def _taken(calls: Sequence[Callable[[], Any]]) -> list[float]:
    found = []
    for call in calls:
        begun = time.perf_counter()
        call()
        found.append((time.perf_counter() - begun) * 1000)
    return found


# --- capture ---------------------------------------------------------------------------------------------------------


def _capture(report: Report, place: House, times: int) -> None:
    """Each way in turn with capture on and off, so that whatever else the machine does concerns both alike."""
    single: dict[bool, list[float]] = {True: [], False: []}
    many: dict[bool, list[float]] = {True: [], False: []}
    with place.owning() as connection:
        some = connection.scalars(sa.text("SELECT id FROM orders ORDER BY id LIMIT :n"), {"n": AT_ONCE}).all()
    actor = system("bench")
    for on in (True, False) * 5:
        with _captured(place, on):
            db.release()
            calls = [partial(_update, actor, some[turn : turn + 1]) for turn in range(times + 20)]
            single[on] += _taken(calls)[20:]
            # The session has done its small updates by now, and keeps the plans that it made for them.
            many[on] += _taken([partial(_update, actor, some)])
        with place.owning() as connection:
            connection.execute(sa.text("VACUUM orders"))
    for what, taken, aim in (("single", single, 2.5), (f"of_{AT_ONCE}", many, 4.0)):
        for on in (True, False):
            report.measured(f"update_{what}", capture=on, through="service session", **spread(taken[on]))
        ratio = percentile(taken[True], 0.5) / percentile(taken[False], 0.5)
        report.figure(f"capture_{what}_ms", percentile(taken[True], 0.5) - percentile(taken[False], 0.5))
        report.figure(f"capture_{what}_ratio", ratio, aim=aim)


_ADD = sa.text("UPDATE orders SET freight = coalesce(freight, 0) + 1 WHERE id = ANY (:ids)")


def _update(actor: Any, ids: Sequence[UUID]) -> None:
    with db.transaction(actor) as session:
        session.execute(_ADD, {"ids": list(ids)})


@contextmanager
def _captured(place: House, on: bool) -> Iterator[None]:
    """Within it, updates of the table are captured or not."""
    with place.owning() as connection:
        connection.execute(sa.text(f"ALTER TABLE orders {'ENABLE' if on else 'DISABLE'} TRIGGER capture_update"))
    try:
        yield
    finally:
        with place.owning() as connection:
            connection.execute(sa.text("ALTER TABLE orders ENABLE TRIGGER capture_update"))
