"""Presence: what it costs that everybody sees who else is at their record, and how soon they see who comes and who is gone.

Pages of ten people follow an entity at two web processes in turn; five of different people are at each record. Server
CPU is that of both web processes, per page and second, while the pages are merely open, and again while they are at
their records and answer the beats; the ratio of the two is what presence costs. Then people walk from record to record:
time runs from the moment somebody says to be at one until each page there, at either process, was told. Before that,
some pages fall silent with their connections open, spread over a beat: time runs until each other page at the record was
told that they are gone.
"""

from __future__ import annotations

import argparse
import contextlib
import json
import os
import pickle
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import psutil
import psycopg

from app.realtime.presence import BEAT
from app.realtime.presence_words import CHANNEL
from bench import house
from bench.house import House
from bench.push import listener, used
from bench.report import Report, percentile, spread

EACH = 5
"""Pages at a record, all of different people."""

PEOPLE = [f"person{number}" for number in range(10)]
WALKERS = [f"walker{number}" for number in range(8)]
SETTLE = 2.0
GONE_WITHIN = 30_000
KNOWN_WITHIN = 1_000


def options(parser: argparse.ArgumentParser) -> None:
    """What can be asked of this bench."""
    parser.add_argument("--pages", type=int, default=200, help=f"open pages, {EACH} at each record")
    parser.add_argument("--seconds", type=float, default=2 * BEAT, help="how long CPU is measured, without and with")
    parser.add_argument("--arrivals", type=int, default=60, help="how often somebody comes to a record")
    parser.add_argument("--silent", type=int, default=8, help="pages that fall silent; 0: none")


def run(asked: argparse.Namespace, report: Report) -> None:
    """Measure the same pages without presence and with it, then who comes and who is gone."""
    grants: dict[str, tuple[tuple[str, str | None], ...]] = dict.fromkeys(
        (*PEOPLE, *WALKERS), (("manager", "Location 1"),)
    )
    ports = [house.free_port(), house.free_port()]
    with (
        house.server() as postgres,
        house.house(postgres, locations=1, people=grants) as place,
        house.web(place, port=ports[0]) as one,
        house.web(place, port=ports[1]) as other,
        psycopg.connect(place.dsn, autocommit=True) as sql,
    ):
        plan = {
            "ports": ports,
            "cookies": {
                port: {login: cookie(address, login) for login in grants}
                for port, address in zip(ports, (one, other), strict=True)
            },
            "records": fill(sql, max(1, asked.pages // EACH)),
            "people": PEOPLE,
            "walkers": WALKERS,
            "pages": max(EACH, asked.pages // EACH * EACH),
            "each": EACH,
        }
        sql.execute(f"LISTEN {CHANNEL}")
        measure(asked, report, place, plan, sql)


def cookie(address: str, login: str) -> str:
    """A signed-in person's cookie."""
    return "; ".join(f"{one.name}={one.value}" for one in house.browser(address, login).cookies)


def fill(sql: psycopg.Connection[Any], records: int) -> list[str]:
    """Records that everybody may see."""
    made = "INSERT INTO brands (name) SELECT 'Brand ' || n FROM generate_series(1, %s) n RETURNING id"
    return [str(row[0]) for row in sql.execute(made, [records]).fetchall()]


def measure(
    asked: argparse.Namespace, report: Report, place: House, plan: dict[str, Any], sql: psycopg.Connection[Any]
) -> None:
    """All of it, with the same pages."""
    webs = [listener(port) for port in plan["ports"]]
    with visiting(place, plan) as visit:
        costs = {}
        for what in ("none", "presence"):
            if what == "presence":
                visit.do("stand")
            time.sleep(SETTLE)
            report.note(f"{plan['pages']} pages, {what}")
            list(sql.notifies(timeout=0))
            costs[what] = cost(webs, asked.seconds, plan["pages"])
            words = [word.payload for word in sql.notifies(timeout=0)]
            report.measured("cpu", of=what, pages=plan["pages"], load=load(), notifications=len(words), **costs[what])
        report.note("who comes and who is gone")
        if asked.silent:
            visit.do(f"silent {asked.silent}")
        silent_since = time.monotonic()
        visit.do(f"walk {asked.arrivals}")
        time.sleep(
            max(SETTLE, silent_since + GONE_WITHIN / 1000 + SETTLE - time.monotonic()) if asked.silent else SETTLE
        )
    came, gone = visit.found.delays("came"), visit.found.delays("silent")
    report.measured("arrivals", load=load(), **spread(came))
    report.figure("none_cpu_per_page_and_second_ms", costs["none"]["cpu_ms"])
    report.figure("presence_cpu_per_page_and_second_ms", costs["presence"]["cpu_ms"])
    report.figure("presence_to_none_cpu_ratio", costs["presence"]["cpu_ms"] / costs["none"]["cpu_ms"])
    report.figure("notifications_per_s", len(words) / asked.seconds)
    report.figure("arrival_p95_ms", percentile(came, 0.95), aim=KNOWN_WITHIN)
    if gone:
        report.measured("gone", load=load(), **spread(gone))
        report.figure("killed_connection_gone_max_ms", max(gone), aim=GONE_WITHIN)


def cost(webs: list[psutil.Process], seconds: float, pages: int) -> dict[str, float]:
    """CPU of the web processes for some seconds, per page and second, and how long they waited for a processor."""
    before, waited, began = sum(map(used, webs)), sum(house.waited(web.pid) for web in webs), time.monotonic()
    time.sleep(seconds)
    lasted = time.monotonic() - began
    spent = sum(map(used, webs)) - before
    kept = sum(house.waited(web.pid) for web in webs) - waited
    return {
        "cpu_ms": round(spent / lasted / pages * 1000, 4),
        "server_cpu_percent": round(spent / lasted * 100, 1),
        "server_kept_waiting_percent": round(kept / lasted * 100, 1),
    }


def load() -> float:
    """How busy the machine is with everything."""
    return round(os.getloadavg()[0], 1)


# --- the pages -----------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Found:
    """What was done, and what each page heard."""

    said: list[tuple[float, str, str, str]]
    heard: list[list[tuple[float, bytes]]]
    places: list[tuple[str, str]]

    def delays(self, what: str) -> list[float]:
        """Milliseconds from what somebody did until each other page at the record was told.

        Whoever is not told within the time after which they should know for sure ends the bench.
        """
        found = []
        people = [self._people(heard) for heard in self.heard]
        silent = {login + record for _, done, login, record in self.said if done == "silent"}
        for at, done, login, record in self.said:
            if done != what:
                continue
            for (page, where), told in zip(self.places, people, strict=True):
                if where != record or page + where in silent:
                    continue
                wanted = (when for when, names in told if when >= at and (login in names) == (what == "came"))
                when = next(wanted, None)
                if when is None:
                    raise SystemExit(f"{page} was not told of {login}, who {what} at {record}")
                found.append((when - at) * 1000)
        return found

    @staticmethod
    def _people(heard: list[tuple[float, bytes]]) -> list[tuple[float, frozenset[str]]]:
        words = ((at, json.loads(frame[2:])[1]) for at, frame in heard if frame.startswith(b'42["presence"'))
        return [(at, frozenset(one["name"].lower() for one in word["people"])) for at, word in words]


@dataclass
class Visit:
    """Pages in a process of their own, which do what they are told."""

    process: subprocess.Popen[str]
    found: Found = field(init=False)

    def do(self, what: str) -> None:
        """Tell them, and wait until it is done."""
        assert self.process.stdin
        assert self.process.stdout
        print(what, file=self.process.stdin, flush=True)
        if self.process.stdout.readline().strip() not in ("done", "ready"):
            raise SystemExit("the pages' process ended")


@contextlib.contextmanager
def visiting(place: House, plan: dict[str, Any]) -> Iterator[Visit]:
    """Open pages for the length of a block; what they heard can be read after it."""
    results = place.home / "visited"
    process = subprocess.Popen(
        [sys.executable, "-m", "bench._visitors"],
        cwd=house.ROOT,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    visit = Visit(process)
    try:
        visit.do(json.dumps({**plan, "results": str(results)}))
        yield visit
        visit.do("end")
        with results.open("rb") as file:
            facts = pickle.load(file)
        visit.found = Found(facts["said"], facts["heard"], facts["places"])
    finally:
        if process.poll() is None:
            process.kill()
        process.wait()
        results.unlink(missing_ok=True)
