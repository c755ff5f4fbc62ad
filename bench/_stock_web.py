"""Two web processes on one port, as `./run` starts them; they may be killed at random and come back."""

from __future__ import annotations

import contextlib
import os
import random
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from uuid import uuid4

import psutil

from bench import house

REST = (1.0, 3.0)
"""Seconds from one killing to the next, at random between these."""


@dataclass
class Webs:
    """The web processes of one port."""

    url: str
    owner_url: str
    var: Path
    port: int = field(default_factory=house.free_port)
    processes: list[subprocess.Popen[bytes]] = field(default_factory=list)
    killed: int = 0

    @property
    def address(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def start(self) -> subprocess.Popen[bytes]:
        """One more web process, ready to serve."""
        environment = {
            "PATH": os.environ["PATH"],
            "DATABASE_URL": self.url,
            "DIRECT_DATABASE_URL": self.owner_url,
            "ASYNC_MODE": "eventlet",
            "PORT": str(self.port),
            "VAR_DIR": str(self.var),
            "WEB_PROCESSES": "2",
            "SIGN_IN_PER_MINUTE": "10000",
            "REQUESTS_PER_MINUTE": "1000000",
        }
        log = self.var / f"web-{uuid4().hex[:8]}.log"
        with log.open("wb") as output:
            started = subprocess.Popen(
                [sys.executable, "wsgi.py"], cwd=house.ROOT, env=environment, stdout=output, stderr=output
            )
        self.processes.append(started)
        deadline = time.monotonic() + house.PATIENCE
        while b"serving" not in log.read_bytes():
            if started.poll() is not None or time.monotonic() > deadline:
                raise SystemExit(f"the web process did not start:\n{log.read_text()}")
            time.sleep(0.02)
        return started

    def cpu(self) -> float:
        """Seconds that the present processes have computed."""
        times = [psutil.Process(process.pid).cpu_times() for process in self.processes]
        return sum(one.user + one.system for one in times)

    def kill(self, number: int) -> None:
        """End one at once, as a crash would."""
        process = self.processes.pop(number)
        process.kill()
        process.wait()
        self.killed += 1

    def stop(self) -> None:
        """End all of them."""
        for process in self.processes:
            process.terminate()
        for process in self.processes:
            try:
                process.wait(15)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()


@contextlib.contextmanager
def serving(url: str, owner_url: str, home: Path, *, processes: int = 2) -> Iterator[Webs]:
    """Web processes for the length of a block."""
    var = home / f"var-{uuid4().hex[:6]}"
    var.mkdir(mode=0o700)
    webs = Webs(url, owner_url, var)
    try:
        for _ in range(processes):
            webs.start()
        yield webs
    finally:
        webs.stop()


@contextlib.contextmanager
def killing(webs: Webs, *, seed: int) -> Iterator[None]:
    """Kill one at a random moment, start another, and so on until the block ends."""
    over, chance = threading.Event(), random.Random(seed)

    def kill() -> None:
        while not over.wait(chance.uniform(*REST)):
            webs.kill(chance.randrange(len(webs.processes)))
            webs.start()

    killer = threading.Thread(target=kill)
    killer.start()
    try:
        yield
    finally:
        over.set()
        killer.join()
