"""The change feed: what a reader misses or hears twice, and how late, while a transaction stays open for seconds.

Eight writers in processes of their own end their transactions after random pauses and roll some back; one more writes
one row and stays open for seconds, again and again. A reader in a process of its own follows the feed with the server's
listener, its window of 20 to 50 ms between two turns included. Time runs from the commit, that is from the moment the
writer learns of it, until the reader has the change in hand; counted once for the changes that were committed while the
long transaction was open, and once for all others. What the long ones wrote themselves is in neither: that is
reported beside. The truth is the table of changes, read at the end.
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
from dataclasses import dataclass
from typing import Any

import psycopg

from bench import house
from bench.house import House
from bench.report import Report, spread

Key = tuple[str, int]
"""A change: its record and version."""

AT_LEAST = 20_000
FOLLOWS = 60.0
"""Seconds the reader gets to reach the end."""


def options(parser: argparse.ArgumentParser) -> None:
    """What can be asked of this bench."""
    parser.add_argument("--changes", type=int, default=AT_LEAST, help="changes that the short transactions commit")
    parser.add_argument(
        "--rate", type=float, default=400, help="changes a second of all writers; 0: as fast as they can"
    )
    parser.add_argument("--writers", type=int, default=8, help="processes with short transactions")
    parser.add_argument("--long", type=float, default=4, help="seconds that the long transaction stays open")
    parser.add_argument("--pause", type=float, default=2, help="seconds from one long transaction to the next")


@dataclass(frozen=True)
class Transaction:
    """One committed transaction: when it had written, when its COMMIT was sent, when that was known to be done."""

    opened: float
    sent: float
    known: float
    made: tuple[Key, ...]

    @classmethod
    def read(cls, said: list[Any]) -> Transaction:
        """From what a writer said."""
        return cls(said[0], said[1], said[2], tuple((id, version) for id, version in said[3]))


@dataclass(frozen=True)
class Heard:
    """What the reader wrote down."""

    heard: list[tuple[float, int, str, int]]
    turns: list[tuple[float, float, int]]
    cpu: float


def run(asked: argparse.Namespace, report: Report) -> None:
    """Write, follow, and compare."""
    with house.server() as postgres, house.house(postgres, locations=1, people={}) as place:
        report.note(f"{asked.changes} changes, {asked.rate:g} a second")
        start = last_number(place)
        results = place.home / "read"
        with process("_gap_reader", {"url": place.owner_url, "results": str(results)}) as reader:
            say(reader, "ready")
            began, idle = time.monotonic(), house.waited(reader.pid)
            short, long = write(place, asked)
            lasted, kept_waiting = time.monotonic() - began, house.waited(reader.pid) - idle
            tell(reader)
            reader.wait(FOLLOWS)
        found = Heard(**pickle.loads(results.read_bytes()))
        truth = committed(place, start)
    sum_up(report, asked, Facts(short, long, found, truth, lasted, kept_waiting))


# --- the processes -------------------------------------------------------------------------------------------------------


@contextlib.contextmanager
def process(module: str, plan: dict[str, Any]) -> Iterator[subprocess.Popen[str]]:
    """One of our processes with its plan on stdin, for the length of a block."""
    command = [sys.executable, "-m", f"bench.{module}"]
    environment = {**os.environ, "PSYCOPG_WAIT_FUNC": "wait_select"}
    started = subprocess.Popen(
        command, cwd=house.ROOT, env=environment, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )
    try:
        assert started.stdin
        print(json.dumps(plan), file=started.stdin, flush=True)
        yield started
    finally:
        if started.poll() is None:
            started.kill()
        started.wait()


def say(started: subprocess.Popen[str], word: str) -> None:
    """Wait until a process says a word."""
    assert started.stdout
    if started.stdout.readline().strip() != word:
        raise SystemExit(f"{started.args} did not say {word}")


def tell(started: subprocess.Popen[str]) -> None:
    """Tell a process that it is time to end."""
    assert started.stdin
    started.stdin.write("end\n")
    started.stdin.flush()


def write(place: House, asked: argparse.Namespace) -> tuple[list[Transaction], list[Transaction]]:
    """Let all write at the same time; what the short and the long transactions committed."""
    each = {"dsn": place.dsn, "changes": -(-asked.changes // asked.writers), "rate": asked.rate / asked.writers}
    with contextlib.ExitStack() as stack:
        plan = {"dsn": place.dsn, "long": asked.long, "pause": asked.pause}
        long = stack.enter_context(process("_gap_writer", plan))
        writers = [stack.enter_context(process("_gap_writer", {**each, "seed": seed})) for seed in range(asked.writers)]
        short = [Transaction.read(said) for writer in writers for said in answer(writer)]
        tell(long)
        return short, [Transaction.read(said) for said in answer(long)]


def answer(started: subprocess.Popen[str]) -> list[Any]:
    """What a writer says when it has finished."""
    assert started.stdout
    said = started.stdout.read()
    if started.wait():
        raise SystemExit(f"{started.args} failed")
    found: list[Any] = json.loads(said)
    return found


def last_number(place: House) -> int:
    """The last change before anything is measured."""
    with psycopg.connect(place.dsn) as sql:
        row = sql.execute("SELECT coalesce(max(seq), 0) FROM changes").fetchone()
    return int(row[0]) if row else 0


def committed(place: House, start: int) -> dict[int, Key]:
    """Every change that the table holds, by its number."""
    with psycopg.connect(place.dsn) as sql:
        found = sql.execute("SELECT seq, record_id, version FROM changes WHERE seq > %s", [start]).fetchall()
    return {seq: (str(id), version) for seq, id, version in found}


# --- the summary ---------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Facts:
    """Everything that was written and read."""

    short: list[Transaction]
    long: list[Transaction]
    found: Heard
    truth: dict[int, Key]
    lasted: float
    kept_waiting: float

    def is_open(self, moment: float) -> bool:
        """Was a long transaction open then?"""
        return any(each.opened <= moment < each.sent for each in self.long)

    def delays(self, transactions: list[Transaction], *, from_sent: bool = False) -> list[float]:
        """Milliseconds from each commit to each of its changes in the reader's hand."""
        read = {(id, version): at for at, _, id, version in reversed(self.found.heard)}
        return [
            # The reader may have it before the writer knows.
            max(0.0, read[key] - (each.sent if from_sent else each.known)) * 1000
            for each in transactions
            for key in each.made
            if key in read
        ]

    def reads(self, *, opened: bool) -> list[float]:
        """Milliseconds that a look at the feed took, by whether a long transaction was open."""
        return [seconds * 1000 for began, seconds, _ in self.found.turns if self.is_open(began) is opened]


def sum_up(report: Report, asked: argparse.Namespace, facts: Facts) -> None:
    """Print what was counted and timed, and hold it against the aims."""
    numbers = [seq for _, seq, _, _ in facts.found.heard]
    missed, doubled = len(facts.truth.keys() - set(numbers)), len(numbers) - len(set(numbers))
    strangers = len(set(numbers) - facts.truth.keys())
    said = {key for each in (*facts.short, *facts.long) for key in each.made}
    if said != set(facts.truth.values()):
        raise SystemExit("what the writers say and what the table holds differ")
    while_open = [each for each in facts.short if facts.is_open(each.known)]
    others = [each for each in facts.short if not facts.is_open(each.known)]
    report.measured(
        "gap",
        changes=len(facts.truth),
        transactions=len(facts.short) + len(facts.long),
        long_transactions=len(facts.long),
        writers=asked.writers,
        seconds=round(facts.lasted, 1),
        missed=missed,
        doubled=doubled,
        uncommitted=strangers,
        reader_cpu_percent=round(facts.found.cpu * 100, 1),
        # The machine's part in the delays: the reader could have run and was not let.
        reader_kept_waiting_percent=round(facts.kept_waiting / facts.lasted * 100, 1),
        load=round(os.getloadavg()[0], 1),
    )
    times = {
        "delay while a long one is open": facts.delays(while_open),
        "delay, from the moment COMMIT was sent, while a long one is open": facts.delays(while_open, from_sent=True),
        "delay at other times": facts.delays(others),
        "delay of the long ones' own": facts.delays(facts.long),
        "one look at the feed while a long one is open": facts.reads(opened=True),
        "one look at the feed at other times": facts.reads(opened=False),
    }
    for what, milliseconds in times.items():
        if milliseconds:
            report.measured(what, **spread(milliseconds))
    report.figure("changes_per_s", len(facts.truth) / facts.lasted)
    report.figure("missed_changes", missed, aim=0)
    report.figure("doubled_changes", doubled + strangers, aim=0)
    for name, transactions, aim in (("open", while_open, 100), ("otherwise", others, None)):
        found = facts.delays(transactions)
        if found:
            summed = spread(found)
            report.figure(f"{name}_p50_ms", summed["p50_ms"])
            report.figure(f"{name}_p95_ms", summed["p95_ms"], aim=aim)
            report.figure(f"{name}_p99_ms", summed["p99_ms"])
