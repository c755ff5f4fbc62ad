"""Follows the feed as a server process does, with its listener under eventlet, and notes when it read what.

Started by `bench gap` with a plan on stdin (JSON): {url, results}; says “ready” once it follows. After a second line it
reads the feed to its end and writes `{heard: [(moment, seq, record, version)], turns: [(began, seconds, changes)], cpu}`.
"""

from __future__ import annotations

import warnings

warnings.filterwarnings("ignore", message="(?s).*Eventlet is deprecated")

import eventlet  # noqa: E402

eventlet.monkey_patch()

import json  # noqa: E402
import pickle  # noqa: E402
import resource  # noqa: E402
import sys  # noqa: E402
import time  # noqa: E402
from pathlib import Path  # noqa: E402
from typing import Any  # noqa: E402

import eventlet.tpool  # noqa: E402

import app.models  # noqa: E402, F401  fills the registry, as the server's is
from app.realtime.async_mode import mode  # noqa: E402
from app.realtime.listener import ENOUGH, Line, Listener  # noqa: E402
from app.realtime.server import keep_what_is_loaded  # noqa: E402
from app.services.feed import changes  # noqa: E402


class Reader:
    """Stands where the hub stands: reads what is new in each turn, and writes down instead of telling."""

    def __init__(self) -> None:
        self.cursor = ""
        self.heard: list[tuple[float, int, str, int]] = []
        self.turns: list[tuple[float, float, int]] = []

    def resume(self, line: Line) -> None:
        self.cursor = self.cursor or changes.snapshot(line.feed)

    def turn(self, line: Line) -> int:
        began = time.monotonic()
        batch = changes.since(line.feed, self.cursor, limit=ENOUGH)
        now = time.monotonic()
        self.cursor = batch.cursor
        self.heard += [(now, change.seq, str(change.record_id), change.version) for change in batch.changes]
        self.turns.append((began, now - began, len(batch.changes)))
        return len(batch.changes)

    def reached_the_end(self, since: float) -> bool:
        """Did a turn that began after this moment find nothing?"""
        return any(began > since and not count for began, _, count in self.turns[-5:])


def main(plan: dict[str, Any]) -> None:
    """Follow until told to end."""
    reader = Reader()
    listener = Listener(plan["url"], mode("eventlet"), turn=reader.turn, resume=reader.resume)
    keep_what_is_loaded()
    listener.start()
    while not reader.turns:
        eventlet.sleep(0.01)
    print("ready", flush=True)
    began, before = time.monotonic(), used()
    eventlet.tpool.execute(sys.stdin.readline)
    told, cpu = time.monotonic(), used() - before
    while not reader.reached_the_end(told):
        eventlet.sleep(0.05)
    listener.stop()
    found = {"heard": reader.heard, "turns": reader.turns, "cpu": cpu / (told - began)}
    Path(plan["results"]).write_bytes(pickle.dumps(found))


def used() -> float:
    """Seconds of CPU that this process has used."""
    times = resource.getrusage(resource.RUSAGE_SELF)
    return times.ru_utime + times.ru_stime


if __name__ == "__main__":
    main(json.loads(sys.stdin.readline()))
