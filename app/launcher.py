"""What `./run` executes: the database, then the web and worker processes, and an end for all of them.

Whatever ends this process ends the others: Ctrl-C and SIGTERM in good order; after `kill -9` the kernel ends the
web and worker processes (Linux) and the embedded database shuts itself down.
"""

from __future__ import annotations

import argparse
import http.client
import os
import signal
import socket
import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path
from typing import NoReturn

from sqlalchemy.engine import make_url

from app.config import ROOT, BadSetting, Settings, load
from app.core import embedded, migrations, secrets_file
from app.core.embedded import Database, EmbeddedServerFailed
from app.core.postgres_keeper import die_with_parent

START_PATIENCE = 60.0  # seconds until the web process must answer
STOP_PATIENCE = 10.0  # seconds that a child has to end by itself


class CannotRun(Exception):
    """The application can't be started or has ended; the message says why."""


@dataclass(frozen=True)
class Child:
    """One process of ours."""

    name: str
    process: subprocess.Popen[bytes]


def run(settings: Settings, *, only_prepare: bool = False) -> None:
    """Prepare the database, serve until told to stop."""
    _let_signals_interrupt()
    _find_port_free(settings)
    secrets_file.session_key(settings)
    database = embedded.for_settings(settings)
    children: list[Child] = []
    try:
        migrate(database)
        if is_first_start(settings, database):
            seed_demo(settings, database)
        if only_prepare:
            return
        for _ in range(settings.web_processes):
            children.append(_start_web(settings, database))
        _wait_until_served(settings, children)
        children.append(_start_worker(settings, database))
        _greet(settings, database)
        _watch(database, children)
    finally:
        _stop(children)
        if database.server is not None:
            database.server.stop()


def migrate(database: Database) -> None:
    """Bring the tables up to date."""
    web, owner = make_url(database.url).username, make_url(database.direct_url).username
    migrations.upgrade(database.direct_url, login=web if web != owner else None)


def is_first_start(settings: Settings, database: Database) -> bool:
    """Whether this is the embedded database and it has no demo data yet."""
    return database.server is not None and not _seeded(settings).exists()


def seed_demo(settings: Settings, database: Database) -> None:
    """Fill a new embedded database with the demo shop and its logins."""
    print("Filling in the demo shop …", flush=True)
    command = [*_flask(), "seed", "--demo", "--quiet"]  # the greeting names the logins
    done = subprocess.run(command, cwd=ROOT, env=_environment(settings, database), check=False)
    if done.returncode:
        raise CannotRun("the demo data could not be made")
    _seeded(settings).touch(mode=0o600)


def _seeded(settings: Settings) -> Path:
    # Beside the data, not in it: whoever deletes the database gets the demo again.
    return settings.embedded_dir / "demo-data-is-in"


def _start_web(settings: Settings, database: Database) -> Child:
    return _start("web", [sys.executable, "wsgi.py"], settings, database)


def _start_worker(settings: Settings, database: Database) -> Child:
    return _start("worker", [*_flask(), "worker"], settings, database)


def _flask() -> list[str]:
    return [sys.executable, "-m", "flask", "--app", "app"]


def _start(name: str, command: list[str], settings: Settings, database: Database) -> Child:
    process = subprocess.Popen(
        command,
        cwd=ROOT,
        env=_environment(settings, database),
        stdin=subprocess.DEVNULL,
        start_new_session=True,  # Ctrl-C reaches us alone, and we stop the others in order
        # Not SIGTERM: nobody would be left to see to it that they obey. The database loses nothing committed.
        preexec_fn=die_with_parent(signal.SIGKILL),  # safe: this process has one thread
    )
    return Child(name, process)


def _environment(settings: Settings, database: Database) -> dict[str, str]:
    return {
        **os.environ,
        "DATABASE_URL": database.url,
        "DIRECT_DATABASE_URL": database.direct_url,
        "VAR_DIR": str(settings.var_dir),
        "PYTHONUNBUFFERED": "1",
    }


def _find_port_free(settings: Settings) -> None:
    family = socket.AF_INET6 if ":" in settings.host else socket.AF_INET
    with socket.socket(family) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((settings.host, settings.port))
        except OSError as problem:
            raise CannotRun(
                f"can't listen on {settings.host}:{settings.port} ({problem.strerror}). "
                f"Choose another port: PORT={settings.port + 1} ./run"
            ) from problem


def _wait_until_served(settings: Settings, children: list[Child]) -> None:
    deadline = time.monotonic() + START_PATIENCE
    while time.monotonic() < deadline:
        _check(children)
        if _is_served(settings):
            return
        time.sleep(0.1)
    raise CannotRun(f"the web process did not answer within {START_PATIENCE:g} s")


def _is_served(settings: Settings) -> bool:
    everywhere = {"0.0.0.0": "127.0.0.1", "::": "::1"}
    door = http.client.HTTPConnection(everywhere.get(settings.host, settings.host), settings.port, timeout=2)
    try:
        door.request("GET", "/healthz")
        return door.getresponse().status == 200
    except (OSError, http.client.HTTPException):
        return False
    finally:
        door.close()


def _greet(settings: Settings, database: Database) -> None:
    host = {"127.0.0.1": "localhost", "0.0.0.0": "localhost", "::": "localhost"}.get(settings.host, settings.host)
    print(f"\nBackroom runs at http://{host}:{settings.port}\n", flush=True)
    logins = settings.var_dir / "demo-logins"
    if database.server is None:
        print("If nobody can sign in yet: .venv/bin/python -m flask --app app admin create\n")
    elif logins.exists():
        print(f"Demo logins (also in {logins}):\n\n{logins.read_text().rstrip()}\n")
    print("Stop it with Ctrl-C.", flush=True)


def _watch(database: Database, children: list[Child]) -> NoReturn:
    """Wait until a signal or the death of a child ends it; bring the database back if its keeper was killed."""
    while True:
        time.sleep(0.2)
        _check(children)
        if database.server is not None and database.server.is_lost():
            print("The database's keeper is gone; starting it again.", file=sys.stderr, flush=True)
            database.server.rejoin()


def _check(children: list[Child]) -> None:
    for child in children:
        if child.process.poll() is not None:
            raise CannotRun(f"the {child.name} process ended by itself ({child.process.returncode})")


def _stop(children: list[Child]) -> None:
    for child in children:
        child.process.terminate()
    deadline = time.monotonic() + STOP_PATIENCE
    for child in children:
        try:
            child.process.wait(max(0.0, deadline - time.monotonic()))
        except subprocess.TimeoutExpired:
            child.process.kill()
            child.process.wait()


def _let_signals_interrupt() -> None:
    """Turn the signals that ask for an end into one KeyboardInterrupt; the clean-up isn't interrupted again."""
    signals = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)

    def interrupt(_number: int, _frame: object) -> None:
        for number in signals:
            signal.signal(number, signal.SIG_IGN)
        raise KeyboardInterrupt

    for number in signals:
        signal.signal(number, interrupt)


def main() -> int:
    """Run with the settings of the environment."""
    parser = argparse.ArgumentParser(prog="python -m app.launcher", description=__doc__)
    parser.add_argument("--prepare", action="store_true", help="prepare the database and end")
    arguments = parser.parse_args()
    try:
        run(load(), only_prepare=arguments.prepare)
    except KeyboardInterrupt:
        print("\nStopped.", flush=True)
    except (BadSetting, CannotRun, EmbeddedServerFailed) as refusal:
        print(f"\nBackroom can't run: {refusal}", file=sys.stderr, flush=True)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
