"""Processes and folders for the tests of starting and ending: real ones, and none is left behind."""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import psutil
import psycopg
import pytest

from app.core import embedded

ROOT = Path(__file__).resolve().parents[2]


def wait_until(condition: Callable[[], bool], what: str, seconds: float = 15) -> None:
    """Return as soon as the condition holds; fail with its description when it never does."""
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, f"waited {seconds:g} s in vain until {what}"
        time.sleep(0.02)


def processes_of(folder: Path) -> list[psutil.Process]:
    """The keepers and servers that run for a folder."""
    found = []
    for process in psutil.process_iter(["cmdline"]):
        words = process.info["cmdline"] or []
        if any(str(folder) in word for word in words) and ("postgres" in words[0] or "postgres_keeper" in str(words)):
            found.append(process)
    return found


def keeper_of(folder: Path) -> int:
    """The process id of a folder's keeper."""
    (found,) = [p.pid for p in processes_of(folder) if "postgres_keeper.py" in " ".join(p.cmdline())]
    return found


def postgres_of(folder: Path) -> int:
    """The process id of a folder's server."""
    return int((folder / "data" / "postmaster.pid").read_text().split()[0])


@dataclass
class App:
    """A process that uses the embedded database with the settings of every day, as an application would."""

    process: subprocess.Popen[str]
    dsn: str

    def run(self, statement: str) -> list[tuple[object, ...]]:
        """Run SQL as the owner."""
        return sql(self.dsn, statement)

    def leave(self) -> None:
        """End in good order."""
        assert self.process.stdin is not None
        self.process.stdin.close()
        assert self.process.wait(30) == 0

    def kill(self) -> None:
        """End as by a power cut."""
        self.process.kill()
        self.process.wait()


def sql(dsn: str, statement: str) -> list[tuple[object, ...]]:
    """Run one statement in its own connection."""
    with psycopg.connect(dsn, autocommit=True) as connection:
        cursor = connection.execute(statement)
        return cursor.fetchall() if cursor.description else []


@pytest.fixture
def home() -> Iterator[Path]:
    """A short path for a server, with nothing running there before and after."""
    folder = Path(tempfile.mkdtemp(prefix="br-"))
    yield folder / "pg"
    end_all(folder)


def end_all(folder: Path) -> None:
    """Kill what still runs for anything below a folder, and remove both."""
    for process in processes_of(folder):
        process.kill()
    for place in [folder, *[Path(path) for path in _far_sockets(folder)]]:
        shutil.rmtree(place, ignore_errors=True)


def _far_sockets(folder: Path) -> list[str]:
    names = [hashlib.sha256(os.fsencode(home)).hexdigest()[:16] for home in [folder / "pg", *folder.glob("**/pg")]]
    return [f"/tmp/backroom-{os.geteuid()}-{name}" for name in names]


@pytest.fixture
def start_app() -> Iterator[Callable[..., App]]:
    """Start processes that use a folder's server."""
    started: list[App] = []

    def start(home: Path, *, wait: bool = True, **environment: str) -> App:
        process = subprocess.Popen(
            [sys.executable, "-m", "app.core.embedded", "run", str(home)],
            cwd=ROOT,
            env={**os.environ, **environment},
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            start_new_session=True,
        )
        app = App(process, "")
        started.append(app)
        if wait:
            greet(app)
        return app

    yield start
    for app in started:
        if app.process.poll() is None:
            app.process.send_signal(signal.SIGKILL)
        app.process.wait()
        for pipe in (app.process.stdin, app.process.stdout):
            if pipe is not None and not pipe.closed:
                pipe.close()


def greet(app: App) -> App:
    """Wait until an app has its database."""
    assert app.process.stdout is not None
    line = app.process.stdout.readline()
    assert line, "the app ended without a database"
    app.dsn = json.loads(line)["owner"].replace("+psycopg", "")
    return app


@pytest.fixture
def fast_server(home: Path) -> Iterator[embedded.Server]:
    """A server held by this process."""
    with embedded.start(home, settings=embedded.FAST) as server:
        yield server
