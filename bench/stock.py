"""Posting stock: at the services beside the same SQL sent raw, and by fifty people over HTTP, also while servers are killed.

At the services: processes post sales, adjustments and steps of transfers one after the other, each an operation of its
own, on five hot products and on two hundred. All statements that such posts send were written down before; as many
processes then send the very same statements by bare psycopg to an equal database. The two take turns, and the median of
the rounds' ratios is told.

Over HTTP: two web processes on one port, as `./run` starts them, and fifty signed-in clients who make sales, transfers
both ways, adjustments and counts on five products, through forms and steps. First at random moments that don't wait for
answers (open loop): time runs from the planned moment, so a queue counts. Once with all that such a document takes
(forms, requests, approvals), once with documents that lie ready, where every post books or counts. Then as fast as
they can (closed loop). With `--kill`, once more while web processes are killed and started again; every client keeps
its operation ids and sends again what got no answer.

At the end the ledger is verified, and held against what each client was told.
"""

from __future__ import annotations

import argparse
import contextlib
import json
import os
import statistics
import subprocess
import sys
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any
from uuid import uuid4

import psycopg
from sqlalchemy.engine import make_url

from app.core import db, embedded
from app.core.actor import system
from app.services.stock import verification
from bench import _stock_ledger as ledger
from bench import _stock_shop as shops
from bench import _stock_web, house
from bench._stock_shop import Job, Shop
from bench._stock_web import Webs
from bench.house import House
from bench.report import Report, percentile, spread

WARM_UP = 18
"""Posts of each process before the clock starts."""

MIX = (("sale", 35), ("adjustment", 25), ("transfer", 20), ("count", 20))
"""Per cent of each among documents that lie ready."""

WORKS = (
    [("front1", ["sale north"])] * 16
    + [("clerk1", ["adjustment north"])] * 8
    + [("clerk2", ["adjustment south"])] * 8
    + [("manager", ["transfer north", "transfer south", "sale south", "count north", "count south"])] * 18
)
"""The fifty: who is signed in, and what they do."""


def options(parser: argparse.ArgumentParser) -> None:
    """What can be asked of this bench."""
    parser.add_argument("--workers", type=int, default=4, help="processes that post at the services")
    parser.add_argument("--posts", type=int, default=150, help="posts of each process in each round")
    parser.add_argument("--rounds", type=int, default=3, help="turns of services and raw SQL; 0: none of it")
    parser.add_argument("--rate", type=float, default=100, help="posts a second over HTTP, of all fifty")
    parser.add_argument("--seconds", type=float, default=15, help="how long each run over HTTP takes; 0: none of it")
    parser.add_argument("--kill", action="store_true", help="one more run while web processes are killed at random")


def run(asked: argparse.Namespace, report: Report) -> None:
    """Measure at the services, then over HTTP."""
    with house.server() as postgres, house.house(postgres, locations=2, people=shops.PEOPLE) as place:
        shop = shops.fill(place)
        if asked.rounds:
            at_services(report, postgres, place, shop, asked)
        if asked.seconds:
            over_http(report, place, shop, asked)


def load() -> float:
    """How busy the machine is: over two, somebody else is measured too."""
    return round(os.getloadavg()[0], 1)


# --- at the services -----------------------------------------------------------------------------------------------------


def at_services(report: Report, postgres: embedded.Server, place: House, shop: Shop, asked: argparse.Namespace) -> None:
    """On five products and on many: rounds of services and raw SQL by turns."""
    for name, goods in (("hot", shop.goods[: shops.HOT]), ("many", shop.goods)):
        each = -(-(asked.posts + WARM_UP) // 9)
        lists = [shops.jobs(place.dsn, shop, goods, each * 3, seed) for seed in range(asked.workers)]
        with copies(postgres, place) as copy:
            record = str(place.home / f"record-{name}")
            everything = [job for jobs in lists for job in jobs]
            work("_stock_service", [plan(copy(), place, everything) | {"record": record}])
            rounds = [one_round(copy, place, lists, record) for _ in range(asked.rounds)]
        say_rounds(report, name, rounds)


@dataclass(frozen=True)
class Round:
    """Posts a second, milliseconds of each and of the processor for each, at the services and raw."""

    service_per_s: float
    raw_per_s: float
    service_cpu: float
    raw_cpu: float
    service: list[float]
    raw: list[float]


def one_round(copy: Callable[[], str], place: House, lists: list[list[Job]], record: str) -> Round:
    """Both, one after the other, each on a fresh copy."""
    service = work("_stock_service", [plan(database, place, jobs) for database in [copy()] for jobs in lists])
    size, database = len(lists[0]), copy()
    dsn = make_url(place.url).set(drivername="postgresql", database=database)
    parts = [
        {
            "dsn": dsn.render_as_string(hide_password=False),
            "record": record,
            "first": number * size,
            "last": (number + 1) * size,
            "warm_up": WARM_UP,
        }
        for number in range(len(lists))
    ]
    raw = work("_stock_replay", parts)
    both = (service, raw)
    return Round(*map(per_second, both), *map(cpu, both), *map(taken, both))


def plan(database: str, place: House, jobs: list[Job]) -> dict[str, Any]:
    """What a process of `_stock_service` needs to know."""
    url = make_url(place.url).set(database=database).render_as_string(hide_password=False)
    people = {login: str(id) for login, id in place.people.items()}
    return {"url": url, "people": people, "jobs": jobs, "warm_up": WARM_UP}


def work(module: str, plans: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Start a process for each plan, let all begin at once, and collect what they say."""
    with contextlib.ExitStack() as stack:
        started = [stack.enter_context(talking(module, one)) for one in plans]
        with ThreadPoolExecutor(len(started)) as pool:
            return list(pool.map(lambda process: finish(process), started))


@contextlib.contextmanager
def talking(module: str, plan: dict[str, Any]) -> Iterator[subprocess.Popen[str]]:
    """One of our processes, ready to begin."""
    started = subprocess.Popen(
        [sys.executable, "-m", f"bench.{module}"],
        cwd=house.ROOT,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    try:
        assert started.stdin
        assert started.stdout
        print(json.dumps(plan), file=started.stdin, flush=True)
        if started.stdout.readline().strip() != "ready":
            raise SystemExit(f"{module} did not get ready")
        yield started
    finally:
        if started.poll() is None:
            started.kill()
        started.wait()


def finish(process: subprocess.Popen[str]) -> dict[str, Any]:
    """Let it begin, and wait for what it found."""
    said, _ = process.communicate("go\n")
    if process.returncode:
        raise SystemExit(f"{process.args} failed")
    found: dict[str, Any] = json.loads(said)
    return found


def per_second(found: Sequence[dict[str, Any]]) -> float:
    """Posts a second of all processes together."""
    return sum(len(one["taken"]) / one["seconds"] for one in found)


def cpu(found: Sequence[dict[str, Any]]) -> float:
    """Milliseconds that the processes computed for one post, the database's part apart."""
    return sum(one["cpu"] for one in found) / len(taken(found)) * 1000


def taken(found: Sequence[dict[str, Any]]) -> list[float]:
    """Milliseconds of every post."""
    return [milliseconds for one in found for milliseconds in one["taken"]]


@contextlib.contextmanager
def copies(postgres: embedded.Server, place: House) -> Iterator[Callable[[], str]]:
    """Gives fresh copies of the bench's database; they are gone afterwards."""
    names: list[str] = []
    db.release()
    db.engine().dispose()
    original = make_url(place.url).database
    with psycopg.connect(postgres.dsn(dbname="postgres"), autocommit=True) as sql:

        def copy() -> str:
            names.append(f"copy_{uuid4().hex[:8]}")
            sql.execute(f'CREATE DATABASE "{names[-1]}" TEMPLATE "{original}" OWNER {embedded.OWNER}')
            return names[-1]

        try:
            yield copy
        finally:
            for name in names:
                sql.execute(f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)')


def say_rounds(report: Report, name: str, rounds: Sequence[Round]) -> None:
    """Print the rounds, and put their median into the summary."""
    for one in rounds:
        report.measured(
            f"service, {name} products",
            posts_per_s=round(one.service_per_s, 1),
            raw_posts_per_s=round(one.raw_per_s, 1),
            ratio=round(one.service_per_s / one.raw_per_s, 3),
            cpu_ms=round(one.service_cpu, 2),
            raw_cpu_ms=round(one.raw_cpu, 2),
            load=load(),
            **spread(one.service),
            **{f"raw_{key}": value for key, value in spread(one.raw).items()},
        )
    report.figure(f"service_{name}_posts_per_s", statistics.median(one.service_per_s for one in rounds))
    report.figure(f"raw_{name}_posts_per_s", statistics.median(one.raw_per_s for one in rounds))
    times = [milliseconds for one in rounds for milliseconds in one.service]
    report.figure(f"service_{name}_p50_ms", percentile(times, 0.5))
    report.figure(f"service_{name}_p95_ms", percentile(times, 0.95))
    ratio = statistics.median(one.service_per_s / one.raw_per_s for one in rounds)
    report.figure(f"service_{name}_to_raw_ratio", ratio, aim=0.5, better="higher")


# --- over HTTP -----------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Heard:
    """What the clients sent and heard in one run, and the seconds that they and the web processes computed."""

    posts: list[dict[str, Any]]
    cpu: float
    web_cpu: float


def over_http(report: Report, place: House, shop: Shop, asked: argparse.Namespace) -> None:
    """Open loop twice, closed loop, and what the ledger says; perhaps while servers are killed."""
    with _stock_web.serving(place.url, place.owner_url, place.home) as webs:
        report.note("fifty people sign in")
        clients = signed_in(webs.address)
        plain = {
            "port": webs.port,
            "seconds": asked.seconds,
            "rate": asked.rate,
            "seed": 5,
            "clients": clients,
            "goods": shop.goods[: shops.HOT],
            "north": shop.north,
            "south": shop.south,
            "reason": shop.reason,
            "counted": [shops.ENOUGH - 100, shops.ENOUGH],
        }
        hammer(place, webs, plain | {"rate": asked.rate / 2, "seconds": 5})
        open_loop(report, "http", hammer(place, webs, plain), asked, aim=250)
        ready = documents(place, shop, round(asked.rate * (asked.seconds + 5) * 1.2))
        # Whoever is next takes the next document, so all of them must be allowed to.
        managers = [client for client, (login, _) in zip(clients, WORKS, strict=True) if login == "manager"]
        fifty = [managers[number % len(managers)] for number in range(len(WORKS))]
        open_loop(
            report, "http_ready", hammer(place, webs, plain | {"drafts": ready, "clients": fifty}), asked, aim=None
        )
        closed = hammer(place, webs, plain | {"rate": 0})
        say_http(report, "closed loop", closed)
        report.figure("http_closed_loop_posts_per_s", len(closed.posts) / lasted(closed))
        report.figure("http_closed_loop_p95_ms", percentile(times(closed), 0.95))
        if asked.kill:
            under_fire(report, place, webs, plain | {"rate": 0, "goods": shop.few, "counted": [0, 60]})
    verify(report)


def signed_in(address: str) -> list[dict[str, Any]]:
    """Fifty people, each with a session of their own."""

    def sign_in(person: tuple[str, list[str]]) -> dict[str, Any]:
        http = house.browser(address, person[0])
        cookie = "; ".join(f"{one.name}={one.value}" for one in http.cookies)
        return {"cookie": cookie, "token": str(http.headers["X-CSRFToken"]), "works": person[1]}

    with ThreadPoolExecutor(4) as pool:
        return list(pool.map(sign_in, WORKS))


def documents(place: House, shop: Shop, number: int) -> list[dict[str, Any]]:
    """Documents on the hot products that only have to be posted, sent, paid or counted, well mixed."""
    hot = shop.goods[: shops.HOT]
    many = {kind: number * share // 100 for kind, share in MIX}
    dsn, north, south = place.dsn, shop.north, shop.south
    found = [
        _draft("sale pay", f"/sales/{id}/do/pay", {"method": "card"}, [(north, good, -1)])
        for id, good in shops.sales(dsn, shop, hot, many["sale"], 1)
    ]
    found += [
        _draft("adjustment post", f"/adjustments/{id}/do/post", {}, [(north, good, -1)])
        for id, good in shops.adjustments(dsn, shop, hot, many["adjustment"], 2)
    ]
    for source, back in ((north, False), (south, True)):
        found += [
            _draft("transfer dispatch", f"/transfers/{id}/do/dispatch", {}, [(source, good, -1)])
            for id, _, good in shops.transfers(dsn, shop, hot, many["transfer"] // 2, 3, state="approved", back=back)
        ]
    found += [
        _draft("count count", f"/stock-counts/{id}/do/count", {"product": good, "quantity": "7"}, [])
        for id, good in shops.counts(dsn, shop, hot, many["count"], 4)
    ]
    # By their ids, which are random enough: nobody posts all sales first.
    return sorted(found, key=lambda draft: draft["path"][-30:])


def _draft(what: str, path: str, form: dict[str, str], effects: list[tuple[str, str, int]]) -> dict[str, Any]:
    return {"what": what, "path": path, "form": form, "effects": effects}


def hammer(place: House, webs: Webs, wanted: dict[str, Any]) -> Heard:
    """One run of the clients, and a look at the ledger after it."""
    before, computed = ledger.stand(place.dsn), webs.cpu()
    with talking("_stock_clients", wanted) as clients:
        found = Heard(**finish(clients), web_cpu=webs.cpu() - computed)
    judge(place, before, found)
    return found


def judge(place: House, before: ledger.Stand, found: Heard) -> None:
    """End the bench unless what clients were told is what is booked."""
    verdict = ledger.judge(place.dsn, before, found.posts)
    if not verdict.is_sound:
        raise SystemExit(f"the ledger and what clients were told differ: {verdict}")
    odd = Counter(
        (post["what"], post["status"], post["error"])
        for post in found.posts
        if post["status"] != 200 and not post["error"].startswith("not_enough_stock")
    )
    if odd:
        raise SystemExit(f"posts were refused: {odd.most_common(5)}")


def times(heard: Heard) -> list[float]:
    """Milliseconds of each post from its planned moment."""
    return [(post["done"] - post["planned"]) * 1000 for post in heard.posts]


def lasted(heard: Heard) -> float:
    """Seconds from the first post to the last answer."""
    return max(post["done"] for post in heard.posts) - min(post["planned"] for post in heard.posts)


def open_loop(report: Report, name: str, heard: Heard, asked: argparse.Namespace, *, aim: float | None) -> None:
    """Print an open-loop run and put it into the summary."""
    say_http(report, f"open loop, {'documents that lie ready' if name.endswith('ready') else 'whole documents'}", heard)
    summed = spread(times(heard))
    report.figure(f"{name}_p50_ms", summed["p50_ms"])
    report.figure(f"{name}_p95_ms", summed["p95_ms"], aim=aim if asked.rate >= 100 else None)
    report.figure(f"{name}_p99_ms", summed["p99_ms"])
    report.figure(f"{name}_posts_per_s", len(heard.posts) / lasted(heard))


def say_http(report: Report, what: str, heard: Heard, **more: Any) -> None:
    """One run over HTTP, all of it and each kind of post."""
    facts = {
        "posts_per_s": round(len(heard.posts) / lasted(heard), 1),
        "bookings_per_s": round(sum(bool(post["effects"]) for post in heard.posts) / lasted(heard), 1),
        "refused": sum(post["status"] == 409 for post in heard.posts),
        "busy": sum(post["busy"] for post in heard.posts),
        # Without the database's part; of processes that were killed it isn't known.
        "web_cpu_ms": round(heard.web_cpu / len(heard.posts) * 1000, 1),
        "clients_cpu_percent": round(heard.cpu / lasted(heard) * 100, 1),
        "load": load(),
    }
    report.measured(what, **facts, **more, **spread(times(heard)))
    kinds: dict[str, list[float]] = {}
    for post in heard.posts:
        kinds.setdefault(post["what"], []).append((post["done"] - post["planned"]) * 1000)
    for kind, found in sorted(kinds.items()):
        report.measured(f"{what}: {kind}", **spread(found))


def under_fire(report: Report, place: House, webs: Webs, wanted: dict[str, Any]) -> None:
    """The same while web processes are killed: what was acknowledged must be booked, once."""
    before = ledger.stand(place.dsn)
    with _stock_web.killing(webs, seed=5), talking("_stock_clients", wanted) as clients:
        heard = Heard(**finish(clients), web_cpu=0.0)
    judge(place, before, heard)
    again = sum(post["tries"] > 1 for post in heard.posts)
    say_http(report, "while web processes are killed", heard, killed=webs.killed, sent_again=again)
    report.figure("killed_processes", webs.killed)
    report.figure("killed_lost_operations", 0, aim=0)
    report.figure("killed_doubled_operations", 0, aim=0)
    report.figure("killed_busy_answers", sum(post["busy"] for post in heard.posts), aim=0)


def verify(report: Report) -> None:
    """Every level against its moves."""
    found = verification.look(system("bench"))
    report.measured("verification", levels=found.checked, seconds=round(found.seconds, 2), problems=len(found.problems))
    report.figure("wrong_levels", len(found.problems), aim=0)
