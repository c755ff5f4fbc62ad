"""Live updates: from a commit to every open page that may see it, beside bare python-socketio with the same rooms and bytes.

A writer in a process of its own changes one order at a time by plain SQL, at random moments; pages are websocket
clients of people with three roles at each of five locations. Time runs from the commit, that is from the moment the
writer learns that its UPDATE is committed, until a page has received that version or a later one; how long the UPDATE
itself took is reported beside it, for it depends on the disk. Server CPU is that of the web process alone, while writing. The same
messages are then sent by a bare python-socketio server (eventlet), at the same moments, to as many clients in as many
rooms: its time runs from emit to receipt, its CPU likewise.
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
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import psutil
import psycopg

from bench import house
from bench.house import House
from bench.report import Report, percentile, spread

LOCATIONS = 5
ROLES = ("manager", "frontdesk", "clerk")
ORDERS = 40
"""Orders at each location."""

PEOPLE = {f"{role}{place}": ((role, f"Location {place}"),) for place in range(1, LOCATIONS + 1) for role in ROLES}
WARM_UP = 3.0
BUSY = 0.8
"""A load generator that used more of its core than this measures itself: the run doesn't count."""


@dataclass(frozen=True)
class Write:
    """One UPDATE: when it was sent and known to be committed, of which order, and the version it made."""

    sent: float
    committed: float
    order: UUID
    version: int


Writes = list[Write]


def options(parser: argparse.ArgumentParser) -> None:
    """What can be asked of this bench."""
    parser.add_argument("--clients", default="1,50,200,500", help="numbers of open pages, separated by commas")
    parser.add_argument("--writes", type=float, default=20, help="writes a second")
    parser.add_argument(
        "--storm", type=float, default=200, help="writes a second of one more run with the most clients; 0: none"
    )
    parser.add_argument("--seconds", type=float, default=15, help="how long each run writes")


def run(asked: argparse.Namespace, report: Report) -> None:
    """Measure each number of clients, then the storm."""
    sizes = [int(size) for size in asked.clients.split(",")]
    runs = [(size, asked.writes) for size in sizes] + ([(max(sizes), asked.storm)] if asked.storm else [])
    with (
        house.server() as postgres,
        house.house(postgres, locations=LOCATIONS, people=PEOPLE) as place,
        served(place) as web,
    ):
        orders = fill(place)
        cookies = [cookie(web.address, login) for login in PEOPLE]
        for clients, rate in runs:
            report.note(f"{clients} clients, {rate:g} writes a second")
            one = measure(report, place, web, cookies, orders, clients, rate, asked.seconds)
            report.measured("push", clients=clients, writes_per_s=rate, **one.facts)
            say(report, clients, rate, asked.writes, one)


@dataclass(frozen=True)
class Outcome:
    """What one run found: figures to print, and those to sum up."""

    facts: dict[str, Any]
    p95: float
    p99: float
    cpu_ratio: float


def say(report: Report, clients: int, rate: float, usual: float, one: Outcome) -> None:
    """Put a run into the summary, with the aims that are set for it."""
    name = f"clients_{clients}" if rate == usual else f"clients_{clients}_writes_{rate:g}"
    aim = 40 if (clients, rate) == (200, 20) else 150 if (clients, rate) == (500, 200) else None
    report.figure(f"{name}_p50_ms", one.facts["p50_ms"])
    report.figure(f"{name}_p95_ms", one.p95, aim=aim)
    report.figure(f"{name}_p99_ms", one.p99)
    report.figure(
        f"{name}_cpu_per_delivery_to_bare_ratio", one.cpu_ratio, aim=1.5 if (clients, rate) == (200, 20) else None
    )


# --- the product ---------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Web:
    """The web process under measurement."""

    address: str
    port: int
    process: psutil.Process


@contextlib.contextmanager
def served(place: House) -> Iterator[Web]:
    """The application in a process of its own, as `./run` would start it."""
    port = house.free_port()
    with house.web(place, port=port) as address:
        yield Web(address, port, listener(port))


def listener(port: int) -> psutil.Process:
    """Our child that listens on a port."""
    for child in psutil.Process().children():
        if any(each.laddr.port == port and each.status == "LISTEN" for each in child.net_connections("tcp")):
            return child
    raise SystemExit(f"nobody listens on {port}")


def cookie(address: str, login: str) -> str:
    """A signed-in person's cookie."""
    found = house.browser(address, login)
    return "; ".join(f"{one.name}={one.value}" for one in found.cookies)


def fill(place: House) -> list[UUID]:
    """Orders at every location, with what orders usually say."""
    with psycopg.connect(place.dsn, autocommit=True) as sql:
        client = sql.execute("INSERT INTO clients (name) VALUES ('Blue River Stores') RETURNING id").fetchone()
        assert client
        found = sql.execute(
            "INSERT INTO orders (number, client_id, location_id, state, ordered_on,"
            " required_on, freight, ship_name, ship_address, ship_city)"
            " SELECT 'B-' || row_number() OVER (), %s, l.id, 'confirmed', current_date, current_date + 7, 12.50,"
            " 'Blue River Stores', '12 Harbour Road', 'Lisboa' FROM locations l, generate_series(1, %s) RETURNING id",
            [client[0], ORDERS],
        ).fetchall()
        sql.execute("ANALYZE")
    return [row[0] for row in found]


def measure(
    report: Report,
    place: House,
    web: Web,
    cookies: list[str],
    orders: list[UUID],
    clients: int,
    rate: float,
    seconds: float,
) -> Outcome:
    """One run: clients, writes, and then the same messages by the bare server."""
    with listening(place.home, plan(web.port, cookies, clients)) as pages:
        write(place.dsn, orders, rate, WARM_UP)
        time.sleep(0.5)
        began, cpu, idle = time.monotonic(), used(web.process), house.waited(web.process.pid)
        writes = write(place.dsn, orders, rate, seconds)
        time.sleep(0.5)
        spent, lasted = used(web.process) - cpu, time.monotonic() - began
        kept_waiting, load = house.waited(web.process.pid) - idle, os.getloadavg()[0]
    delays, deliveries, unheard = pages.delays(writes, began)
    trace = pages.trace(began, len(cookies))
    bare = yardstick(place.home, trace, len(cookies), clients, lasted)
    each, each_bare = spent / max(1, deliveries) * 1e6, bare["cpu_us"]
    updates = [(write.committed - write.sent) * 1000 for write in writes]
    facts = spread(delays) | {
        "rooms": len(cookies),
        "writes": len(writes),
        "update_p95_ms": round(percentile(updates, 0.95), 1),
        "deliveries": deliveries,
        "unheard": unheard,
        "bytes": pages.size(began),
        "server_cpu_percent": round(spent / lasted * 100, 1),
        # The machine's part in the delays: the server could have run and was not let.
        "server_kept_waiting_percent": round(kept_waiting / lasted * 100, 1),
        "load": round(load, 1),
        "cpu_per_delivery_us": round(each, 1),
        **{f"bare_{name}": bare[name] for name in ("p50_ms", "p95_ms", "p99_ms")},
        "bare_cpu_per_delivery_us": round(each_bare, 1),
        "cpu_ratio": round(each / each_bare, 2) if each_bare else None,
        "generator_cpu_percent": round(pages.cpu / lasted * 100, 1),
    }
    if pages.cpu / lasted > BUSY:
        report.note("the clients' process was too busy to be trusted")
    if unheard:
        raise SystemExit(f"{unheard} writes were not heard by somebody who may see them")
    return Outcome(facts, percentile(delays, 0.95), percentile(delays, 0.99), each / each_bare if each_bare else 0.0)


def plan(port: int, cookies: list[str], clients: int) -> dict[str, Any]:
    """What `_sockets` needs to know to follow orders as these people in turn."""
    hello = ["watch", {"entities": ["order"], "cursor": ""}]
    path = "/socket.io/?EIO=4&transport=websocket"
    return {"port": port, "path": path, "cookies": cookies, "clients": clients, "hello": hello}


def used(process: psutil.Process) -> float:
    """Seconds of CPU that a process has used."""
    times = process.cpu_times()
    return times.user + times.system


def write(dsn: str, orders: list[UUID], rate: float, seconds: float) -> Writes:
    """Change orders at random moments, `rate` a second on average, from a process of its own."""
    command = [sys.executable, "-m", "bench._writer"]
    plan = json.dumps({"dsn": dsn, "orders": [str(id) for id in orders], "rate": rate, "seconds": seconds, "seed": 7})
    done = subprocess.run(command, cwd=house.ROOT, input=plan, capture_output=True, text=True, check=True)
    return [Write(sent, committed, UUID(id), version) for sent, committed, id, version in json.loads(done.stdout)]


# --- the pages -----------------------------------------------------------------------------------------------------------


class Pages:
    """What the clients heard, read when they are closed."""

    def __init__(self) -> None:
        self.heard: list[list[tuple[float, bytes]]] = []
        self.cpu = 0.0
        self._parsed: dict[bytes, Any] = {}

    def read(self, results: Path) -> None:
        """Take over what the clients' process wrote down."""
        with results.open("rb") as file:
            found = pickle.load(file)
        self.heard, self.cpu = found["heard"], found["cpu"]

    def message(self, frame: bytes) -> tuple[str, Any]:
        """One message; many clients heard the same bytes."""
        if frame not in self._parsed:
            event, body = json.loads(frame[2:])
            self._parsed[frame] = (event, body)
        found: tuple[str, Any] = self._parsed[frame]
        return found

    def since(self, number: int, began: float) -> Iterator[tuple[float, str, Any]]:
        """What one client heard from a moment on, but for bare cursors."""
        for at, frame in self.heard[number]:
            event, body = self.message(frame)
            if at >= began and not (event == "changes" and not body["rows"]):
                yield at, event, body

    def size(self, began: float) -> int:
        """Bytes of a message on average."""
        sizes = [len(frame) for heard in self.heard for at, frame in heard if at >= began]
        return round(sum(sizes) / max(1, len(sizes)))

    def delays(self, writes: Writes, began: float) -> tuple[list[float], int, int]:
        """Milliseconds from each write to each page that heard it; how many messages came; writes that some page missed.

        A page that heard of an order at all may see it, so it must hear of every write of it.
        """
        waiting: dict[str, list[tuple[float, int]]] = defaultdict(list)
        for write in writes:
            waiting[str(write.order)].append((write.committed, write.version))
        delays, deliveries, unheard = [], 0, 0
        for number in range(len(self.heard)):
            next_one: dict[str, int] = defaultdict(int)
            for at, event, body in self.since(number, began):
                deliveries += 1
                for row in body["rows"] if event == "changes" else ():
                    mine = waiting[row["id"]]
                    while next_one[row["id"]] < len(mine) and mine[next_one[row["id"]]][1] <= row["v"]:
                        # A page may hear of it before the writer does.
                        delays.append(max(0.0, at - mine[next_one[row["id"]]][0]) * 1000)
                        next_one[row["id"]] += 1
            unheard += sum(len(waiting[id]) - done for id, done in next_one.items())
        if not delays:
            raise SystemExit("nobody heard anything")
        return delays, deliveries, unheard

    def trace(self, began: float, rooms: int) -> list[tuple[float, int, tuple[str, Any]]]:
        """What each room was sent, when: by what its first page heard."""
        found = [
            (at - began, room, (event, body))
            for room in range(min(rooms, len(self.heard)))
            for at, event, body in self.since(room, began)
        ]
        return sorted(found, key=lambda each: each[0])


@contextlib.contextmanager
def listening(home: Path, wanted: dict[str, Any]) -> Iterator[Pages]:
    """Open pages for the length of a block; what they heard can be read after it."""
    results, pages = home / f"heard-{uuid4().hex}", Pages()
    process = subprocess.Popen(
        [sys.executable, "-m", "bench._sockets"],
        cwd=house.ROOT,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    assert process.stdin
    assert process.stdout
    try:
        print(json.dumps({**wanted, "results": str(results)}), file=process.stdin, flush=True)
        if process.stdout.readline().strip() != "ready":
            raise SystemExit("the pages did not open")
        yield pages
        print("end", file=process.stdin, flush=True)
        process.stdout.readline()
        process.wait(30)
        pages.read(results)
    finally:
        if process.poll() is None:
            process.kill()
        process.wait()
        results.unlink(missing_ok=True)


# --- the yardstick -------------------------------------------------------------------------------------------------------


def yardstick(
    home: Path, trace: list[tuple[float, int, tuple[str, Any]]], rooms: int, clients: int, lasted: float
) -> dict[str, float]:
    """The same messages, moments, rooms and clients with bare python-socketio."""
    port, script, log = house.free_port(), home / f"trace-{uuid4().hex}", home / f"emitted-{uuid4().hex}"
    script.write_bytes(pickle.dumps(trace))
    command = [sys.executable, "-m", "bench._bare_socketio", str(port), str(rooms), str(script), str(log)]
    server = subprocess.Popen(command, cwd=house.ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    assert server.stdin
    assert server.stdout
    try:
        server.stdout.readline()
        process = psutil.Process(server.pid)
        with listening(home, plan(port, [""], clients) | {"hello": None}) as pages:
            time.sleep(0.5)
            began, cpu = time.monotonic(), used(process)
            print("play", file=server.stdin, flush=True)
            server.stdout.readline()
            time.sleep(max(0.3, began + lasted - time.monotonic()))
            spent = used(process) - cpu
        emitted = pickle.loads(log.read_bytes())
    finally:
        server.kill()
        server.wait()
    delays = bare_delays(pages, trace, emitted, rooms, began)
    return {**spread(delays), "cpu_us": spent / max(1, len(delays)) * 1e6}


def bare_delays(
    pages: Pages, trace: list[tuple[float, int, tuple[str, Any]]], emitted: list[float], rooms: int, began: float
) -> list[float]:
    """Milliseconds from emit to receipt; every client of a room hears the room's messages in their order."""
    times = defaultdict(list)
    for (_, room, _), at in zip(trace, emitted, strict=True):
        times[room].append(at)
    bodies = {room: [message for _, found, message in trace if found == room] for room in times}
    delays = []
    for number in range(len(pages.heard)):
        heard = [(at, (event, body)) for at, event, body in pages.since(number, began)]
        room = next((room for room in bodies if heard and bodies[room][0] == heard[0][1]), None)
        delays += [
            (at - sent) * 1000 for (at, _), sent in zip(heard, times[room] if room is not None else [], strict=False)
        ]
    return delays
