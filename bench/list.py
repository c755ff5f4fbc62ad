"""Lists: first page, deep page, search, filter and save, at any number of rows, beside plain Flask-Admin on the same table.

Measured over HTTP through the real application in a process of its own: request sent → whole answer read, signed in,
connection kept open. Three people: an admin, whom no row rule concerns; a manager of all locations, who reads through
the row rules all the same; and a clerk of 2 of 10 locations (role frontdesk, which works with orders). The table is
`orders`: a location, a client, dates, an amount, three searched texts; one in ten values is empty. It is filled past
the change feed; saves are captured as always. Plain Flask-Admin is its stock ModelView with search, filters and the
same columns, in a process of its own over the same table, as the owner, without sign-in.
"""

from __future__ import annotations

import argparse
import contextlib
import os
import sys
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from typing import Any
from uuid import UUID

import requests
import sqlalchemy as sa

from app.core import paging
from app.core.entity import named
from bench import house
from bench.house import House
from bench.report import Report, percentile, spread

LOCATIONS = 10
PEOPLE: dict[str, tuple[tuple[str, str | None], ...]] = {
    "global": (("admin", None),),
    "manager": (("manager", None),),
    "clerk": (("frontdesk", "Location 2"), ("frontdesk", "Location 7")),
}
SEARCHES = ("blue", "river berlin", "blue 7ab", "c0ffe", "wien", "zzqqx")
"""Common, two words, rare and absent."""
FILTERS: tuple[dict[str, str], ...] = (
    {"f.0.state.any": "draft", "sort": "-freight"},
    {"f.0.freight.gt": "990", "sort": "required_on"},
    {"f.0.ship_city.is": "Oslo", "f.1.freight.lt": "5", "sort": "number"},
    {"f.0.required_on.between": "2024-01-01..2024-01-31", "sort": "-freight"},
)
"""Each sorted by another column than the list usually is."""

FILL = """
INSERT INTO orders (number, client_id, location_id, state, ordered_on, required_on, freight, ship_name, ship_city)
SELECT 'O-' || i,
       CASE WHEN random() < 0.9 THEN clients[1 + floor(random() * cardinality(clients))::int] END,
       places[1 + floor(random() * cardinality(places))::int],
       (ARRAY['draft', 'confirmed', 'fulfilled', 'cancelled'])[1 + floor(random() * 4)::int],
       CASE WHEN random() < 0.9 THEN date '2020-01-01' + floor(random() * 2000)::int END,
       CASE WHEN random() < 0.9 THEN date '2020-01-01' + floor(random() * 2000)::int END,
       CASE WHEN random() < 0.9 THEN round((random() * 1000)::numeric, 2) END,
       (ARRAY['Blue', 'Red', 'Green', 'Old', 'New', 'Grand'])[1 + floor(random() * 6)::int] || ' '
           || (ARRAY['River', 'Stone', 'Hill', 'Lake', 'Forest'])[1 + floor(random() * 5)::int] || ' ' || md5(random()::text),
       (ARRAY['Berlin', 'Paris', 'Rome', 'Oslo', 'Wien', 'München'])[1 + floor(random() * 6)::int]
FROM generate_series(1, :rows) i,
     (SELECT array_agg(id) AS clients FROM clients) c, (SELECT array_agg(id) AS places FROM locations) l
"""


def options(parser: argparse.ArgumentParser) -> None:
    """What can be asked of this bench."""
    parser.add_argument(
        "--rows",
        default="1000,1000000",
        help="sizes of the table, separated by commas; the first is what the others are held against",
    )
    parser.add_argument("--times", type=int, default=40, help="requests of each kind")
    parser.add_argument("--no-plain", action="store_true", help="leave plain Flask-Admin out")


@dataclass
class Measured:
    """Times in milliseconds by (rows, who, what)."""

    report: Report
    times: dict[tuple[int, str, str], list[float]]

    def take(self, who: str, what: str, calls: Mapping[int, Sequence[Callable[[], Any]]]) -> None:
        """Run the calls of all sizes in turn, so that whatever else the machine does meanwhile concerns them alike.

        The first two of each size only warm up.
        """
        for number, turn in enumerate(zip(*calls.values(), strict=True)):
            for rows, call in zip(calls, turn, strict=True):
                begun = time.perf_counter()
                call()
                if number > 1:
                    self.times.setdefault((rows, who, what), []).append((time.perf_counter() - begun) * 1000)
        for rows in calls:
            facts = spread(self.times[rows, who, what])
            self.report.measured(what, rows=rows, who=who, through="http", load=round(os.getloadavg()[0], 1), **facts)

    def p50(self, rows: int, who: str, what: str) -> float:
        return percentile(self.times[rows, who, what], 0.5)

    def p95(self, rows: int, who: str, what: str) -> float:
        return percentile(self.times[rows, who, what], 0.95)


def run(asked: argparse.Namespace, report: Report) -> None:
    """Fill a database for every size, measure them side by side, and sum up."""
    sizes = [int(size) for size in asked.rows.split(",")]
    measured = Measured(report, {})
    with contextlib.ExitStack() as stack:
        server = stack.enter_context(house.server())
        places: dict[int, House] = {}
        for rows in sizes:
            report.note(f"filling {rows:,} rows")
            places[rows] = stack.enter_context(house.house(server, locations=LOCATIONS, people=PEOPLE))
            _fill(places[rows], rows)
        addresses = {rows: stack.enter_context(house.web(place)) for rows, place in places.items()}
        for who in PEOPLE:
            report.note(who)
            _backroom(measured, places, addresses, who, asked.times)
        if not asked.no_plain:
            report.note("plain Flask-Admin")
            _plain(measured, places, max(8, asked.times // 4))
    _sum_up(measured, report, sizes[0], sizes[-1], plain=not asked.no_plain)


def _fill(place: House, rows: int) -> None:
    with place.owning() as connection:
        run = connection.execute
        run(sa.text("ALTER TABLE clients DISABLE TRIGGER USER"))
        run(sa.text("ALTER TABLE orders DISABLE TRIGGER USER"))
        clients = "INSERT INTO clients (name) SELECT 'Client ' || md5(i::text) FROM generate_series(1, :rows) i"
        run(sa.text(clients), {"rows": max(20, rows // 10)})
        run(sa.text(FILL), {"rows": rows})
        run(sa.text("ALTER TABLE clients ENABLE TRIGGER USER"))
        run(sa.text("ALTER TABLE orders ENABLE TRIGGER USER"))
        run(sa.text("VACUUM ANALYZE"))


# --- Backroom --------------------------------------------------------------------------------------------------------


def _backroom(
    measured: Measured, places: Mapping[int, House], addresses: Mapping[int, str], who: str, times: int
) -> None:
    browsers = {rows: house.browser(address, who) for rows, address in addresses.items()}
    pages = {rows: f"{address}/orders/" for rows, address in addresses.items()}
    cursors = {rows: _deep_cursor(place, who) for rows, place in places.items()}

    def mix(rows: int, all_of: Sequence[Mapping[str, str]]) -> list[Callable[[], Any]]:
        return [partial(_read, browsers[rows], pages[rows], all_of[turn % len(all_of)]) for turn in range(times + 2)]

    def saves(rows: int) -> list[Callable[[], Any]]:
        return [
            partial(_save, browsers[rows], pages[rows], *which) for which in _some_orders(places[rows], who, times + 2)
        ]

    measured.take(who, "first", {rows: mix(rows, [{}]) for rows in places})
    measured.take(who, "deep", {rows: mix(rows, [{"after": cursors[rows]}]) for rows in places})
    measured.take(who, "search", {rows: mix(rows, [{"q": term} for term in SEARCHES]) for rows in places})
    measured.take(who, "filter", {rows: mix(rows, FILTERS) for rows in places})
    measured.take(who, "save", {rows: saves(rows) for rows in places})


def _read(http: requests.Session, url: str, arguments: Mapping[str, str]) -> None:
    answer = http.get(url, params=arguments, timeout=house.PATIENCE)
    if answer.status_code != 200 or "data-live-entity" not in answer.text:
        raise SystemExit(f"{answer.url} answered {answer.status_code}: {answer.text[:300]}")


def _save(http: requests.Session, page: str, id: UUID, version: int, value: str) -> None:
    body: dict[str, str | int] = {"column": "freight", "value": value, "version": version}
    answer = http.post(f"{page}{id}/cell", json=body, timeout=house.PATIENCE)
    if answer.status_code != 200:
        raise SystemExit(f"a save answered {answer.status_code}: {answer.text[:300]}")


def _deep_cursor(place: House, who: str) -> str:
    """The cursor of the row at nine tenths of the list, as a page before would give it."""
    sort = paging.Sort("ordered_on", True)
    found = f"FROM orders WHERE {_mine(place, who)}"
    with place.owning() as connection:
        count = connection.scalar(sa.text(f"SELECT count(*) {found}")) or 0
        row = connection.execute(
            sa.text(f"SELECT ordered_on, id {found} ORDER BY ordered_on DESC NULLS LAST, id DESC OFFSET :n LIMIT 1"),
            {"n": int(count * 0.9)},
        ).one()
    return paging.Cursor(row.ordered_on, row.id).token(named("order"), sort)


def _some_orders(place: House, who: str, count: int) -> list[tuple[UUID, int, str]]:
    with place.owning() as connection:
        sql = f"SELECT id, version FROM orders WHERE {_mine(place, who)} AND state = 'draft' AND freight IS NOT NULL LIMIT :n"
        return [
            (row.id, row.version, f"{1000 + n}.25")
            for n, row in enumerate(connection.execute(sa.text(sql), {"n": count}))
        ]


def _mine(place: House, who: str) -> str:
    places = [name for _, name in PEOPLE[who] if name]
    return f"location_id IN ({', '.join(repr(str(place.locations[name])) for name in places)})" if places else "true"


# --- plain Flask-Admin -----------------------------------------------------------------------------------------------


@contextmanager
def _plain_server(place: House) -> Iterator[str]:
    port = house.free_port()
    command = [sys.executable, "-m", "bench._plain_admin", place.owner_url, str(port)]
    with house.process(command, {}, says="serving", log=place.home / f"plain-{port}.log"):
        yield f"http://127.0.0.1:{port}/admin/order/"


def _plain(measured: Measured, places: Mapping[int, House], times: int) -> None:
    asked: dict[str, Callable[[int], list[dict[str, str]]]] = {
        "first": lambda rows: [{}],
        "deep": lambda rows: [{"page": str(int(rows * 0.9) // 50)}],
        "search": lambda rows: [{"search": term} for term in SEARCHES],
    }
    with contextlib.ExitStack() as stack:
        urls = {rows: stack.enter_context(_plain_server(place)) for rows, place in places.items()}
        http = requests.Session()

        def mix(rows: int, all_of: Sequence[Mapping[str, str]]) -> list[Callable[[], Any]]:
            return [partial(_read_plain, http, urls[rows], all_of[turn % len(all_of)]) for turn in range(times + 2)]

        for what, arguments in asked.items():
            measured.take("plain", what, {rows: mix(rows, arguments(rows)) for rows in places})


def _read_plain(http: requests.Session, url: str, arguments: Mapping[str, str]) -> None:
    answer = http.get(url, params=arguments, timeout=house.PATIENCE)
    if answer.status_code != 200 or "model-list" not in answer.text:
        raise SystemExit(f"plain Flask-Admin answered {answer.status_code}: {answer.text[:300]}")


# --- the summary -----------------------------------------------------------------------------------------------------


def _sum_up(measured: Measured, report: Report, small: int, large: int, *, plain: bool) -> None:
    for who, slowest in (("global", 100), ("manager", 100), ("clerk", 250)):
        for what in ("first", "deep"):
            report.figure(f"{who}_{what}_ms", measured.p50(large, who, what))
            ratio = measured.p50(large, who, what) / measured.p50(small, who, what)
            report.figure(f"{who}_{what}_{large}_to_{small}_ratio", ratio, aim=1.5)
        report.figure(f"{who}_search_p95_ms", measured.p95(large, who, "search"), aim=slowest)
        report.figure(f"{who}_filter_p95_ms", measured.p95(large, who, "filter"), aim=slowest)
        report.figure(f"{who}_save_p95_ms", measured.p95(large, who, "save"), aim=50)
    if plain:
        for what in ("first", "deep", "search"):
            report.figure(f"plain_{what}_ms", measured.p50(large, "plain", what))
        ratio = measured.p50(large, "global", "deep") / measured.p50(large, "plain", "deep")
        report.figure("deep_to_plain_ratio", ratio, aim=0.2)
