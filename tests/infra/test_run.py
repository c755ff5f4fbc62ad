"""`./run` from the outside: it starts everything, and whatever ends it leaves nothing behind."""

from __future__ import annotations

import contextlib
import os
import pwd
import shutil
import signal
import socket
import stat
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

import psutil
import pytest

from app.core import embedded
from tests.infra.conftest import ROOT, end_all, processes_of, sql, wait_until

LAST_LINE = "Stop it with Ctrl-C."
PATIENCE = 100  # seconds for a first start: migrations and demo data on a busy machine


def free_port() -> int:
    """A port that nobody listens on just now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@dataclass
class Running:
    """One `./run`, and what it printed so far."""

    process: subprocess.Popen[str]
    var: Path
    port: int
    printed: list[str] = field(default_factory=list)

    def wait_until_greeted(self) -> Running:
        """Read until the last line of the greeting."""
        assert self.process.stdout is not None
        for line in self.process.stdout:
            self.printed.append(line.rstrip("\n"))
            if LAST_LINE in line:
                return self
        pytest.fail("./run ended early:\n" + "\n".join(self.printed))

    def family(self, command: str = "") -> list[psutil.Process]:
        """All its processes (they carry its VAR_DIR), or those whose command line contains a word."""
        found = []
        servers = processes_of(self.var)
        for process in psutil.process_iter():
            with contextlib.suppress(psutil.Error):  # it may end while we look
                ours = process in servers or process.environ().get("VAR_DIR") == str(self.var)
                if ours and command in " ".join(process.cmdline()):
                    found.append(process)
        return found

    def get(self, path: str) -> tuple[int, str]:
        """Status and body of a page."""
        with urllib.request.urlopen(f"http://127.0.0.1:{self.port}{path}", timeout=10) as answer:
            return answer.status, answer.read().decode()

    def expect_nothing_left(self) -> None:
        """Every process of the family ends, and the database shut down in good order."""
        wait_until(lambda: not self.family(), "nothing was left behind", 20)
        log = self.var / "pg" / "postgres.log"
        if log.exists():
            assert "database system is shut down" in log.read_text().splitlines()[-1]


StartRun = Callable[..., Running]


@pytest.fixture(scope="module")
def var() -> Iterator[Path]:
    """One installation's data for all tests of this module: only the first start is long."""
    folder = Path(tempfile.mkdtemp(prefix="br-run-"))
    yield folder / "var"
    end_all(folder)


@pytest.fixture
def start_run(var: Path) -> Iterator[StartRun]:
    """Start `./run` on a free port, from another folder than its own."""
    started: list[Running] = []

    def start(*, project: Path = ROOT, var: Path = var, prefix: tuple[str, ...] = (), **settings: str) -> Running:
        port = int(settings.pop("PORT", 0)) or free_port()
        inherited = {name: os.environ[name] for name in ("PATH", "HOME", "LANG") if name in os.environ}
        process = subprocess.Popen(
            [*prefix, str(project / "run")],
            cwd="/",
            env={**inherited, "VAR_DIR": str(var), "PORT": str(port), **settings},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            start_new_session=True,
        )
        running = Running(process, var, port)
        started.append(running)
        return running

    yield start
    for running in started:
        for process in running.family():
            with contextlib.suppress(psutil.Error):
                process.kill()
        running.process.wait()
        assert running.process.stdout is not None
        running.process.stdout.close()


def test_it_starts_prints_its_address_and_ends_with_ctrl_c(start_run: StartRun) -> None:
    running = start_run().wait_until_greeted()
    assert running.get("/healthz")[0] == 200
    printed = "\n".join(running.printed)
    assert f"http://localhost:{running.port}" in printed
    for role in ("admin", "manager", "clerk", "frontdesk", "viewer"):
        assert role in printed.lower()
    assert stat.S_IMODE(running.var.stat().st_mode) == 0o700
    assert stat.S_IMODE((running.var / "demo-logins").stat().st_mode) == 0o600
    running.process.send_signal(signal.SIGINT)
    assert running.process.wait(30) == 0
    running.expect_nothing_left()


def test_the_second_start_takes_seconds_and_keeps_the_logins(start_run: StartRun, var: Path) -> None:
    logins = (var / "demo-logins").read_text()
    before = time.monotonic()
    running = start_run().wait_until_greeted()
    assert time.monotonic() - before < 15
    assert "Filling in" not in "\n".join(running.printed)
    assert logins.strip() in "\n".join(running.printed)
    running.process.terminate()
    assert running.process.wait(30) == 0
    running.expect_nothing_left()


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="only Linux tells children that their parent died")
@pytest.mark.parametrize("victim", ["app.launcher", "wsgi.py", "worker"])
def test_kill_9_leaves_nothing_behind_and_loses_nothing(start_run: StartRun, victim: str) -> None:
    running = start_run().wait_until_greeted()
    with embedded.start(running.var / "pg") as server:
        sql(server.dsn(), "create table if not exists kept (answer int)")
        sql(server.dsn(), "insert into kept values (42)")
        written = sql(server.dsn(), "select count(*) from kept")
    (found,) = running.family(victim)
    found.kill()
    running.process.wait(30)
    running.expect_nothing_left()
    with embedded.start(running.var / "pg") as server:
        assert sql(server.dsn(), "select count(*) from kept") == written


def test_a_killed_database_comes_back_under_the_running_application(start_run: StartRun) -> None:
    running = start_run().wait_until_greeted()
    (keeper,) = running.family("postgres_keeper.py")
    keeper.kill()
    wait_until(lambda: bool(running.family("postgres_keeper.py")), "there was a keeper again")

    def is_ready() -> bool:
        with contextlib.suppress(OSError):
            return running.get("/readyz")[0] == 200
        return False

    wait_until(is_ready, "the application was ready again", 30)
    running.process.terminate()
    assert running.process.wait(30) == 0
    running.expect_nothing_left()


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="one port for several processes needs Linux")
def test_two_web_processes_share_one_port(start_run: StartRun) -> None:
    running = start_run(WEB_PROCESSES="2").wait_until_greeted()
    webs = running.family("wsgi.py")
    assert len(webs) == 2
    for web in webs:
        wait_until(lambda web=web: any(c.laddr.port == running.port for c in web.net_connections()), "both listened")
    webs[0].suspend()  # the other one still answers what reaches it
    try:
        answers = 0
        for _ in range(20):
            with (
                contextlib.suppress(OSError),
                urllib.request.urlopen(f"http://127.0.0.1:{running.port}/healthz", timeout=0.5) as answer,
            ):
                answers += answer.status == 200
        assert answers
    finally:
        webs[0].resume()
    running.process.terminate()
    assert running.process.wait(30) == 0
    running.expect_nothing_left()


def test_a_port_in_use_is_said_before_anything_starts(start_run: StartRun) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        running = start_run(PORT=str(port))
        printed, _ = running.process.communicate(timeout=30)
    assert running.process.returncode == 1
    assert f"can't listen on 127.0.0.1:{port}" in printed
    assert f"PORT={port + 1} ./run" in printed
    assert "Traceback" not in printed
    running.expect_nothing_left()


def test_a_wrong_setting_is_named(start_run: StartRun) -> None:
    running = start_run(WEB_PROCESSES="many")
    printed, _ = running.process.communicate(timeout=30)
    assert running.process.returncode == 1
    assert "WEB_PROCESSES must be a whole number from 1 to 32" in printed
    assert "Traceback" not in printed


def test_a_database_of_ones_own_gets_no_demo(start_run: StartRun, home: Path) -> None:
    with embedded.start(home, settings=embedded.FAST) as server:
        sql(server.dsn(), "create role shop_web login password 'x'")
        sql(server.dsn(), "grant connect on database backroom to shop_web")
        var = home.parent / "var"
        running = start_run(
            var=var,
            DATABASE_URL=server.dsn("shop_web").replace("postgresql:", "postgres:") + "&connection_limit=5",
            DIRECT_DATABASE_URL=server.dsn(),
        ).wait_until_greeted()
        printed = "\n".join(running.printed)
        assert running.get("/healthz")[0] == 200
        assert "admin create" in printed
        assert "Demo logins" not in printed
        assert sql(server.dsn(), "select count(*) from users") == [(0,)]
        assert not (var / "pg").exists()
        running.process.terminate()
        assert running.process.wait(30) == 0


def _can_reach_us(user: str) -> bool:
    trial = ["setpriv", f"--reuid={user}", "--clear-groups", sys.executable, "-c", "import sqlalchemy"]
    return subprocess.run(trial, capture_output=True, check=False).returncode == 0


# Root can try to be somebody else too, unless this checkout lies in a private folder.
SOMEBODY = ["nobody"] if os.geteuid() == 0 and shutil.which("setpriv") and _can_reach_us("nobody") else []


@pytest.mark.parametrize("user", ["me", *SOMEBODY])
def test_it_works_from_a_path_with_a_space_and_for_anybody(start_run: StartRun, user: str) -> None:
    top = Path(tempfile.mkdtemp(prefix="br "))
    top.chmod(0o755)
    project = top / "my shop's project"
    try:
        project.mkdir()
        for name in ("app", "migrations", "templates", "tools"):
            shutil.copytree(ROOT / name, project / name, ignore=shutil.ignore_patterns("__pycache__"))
        for name in ("run", "wsgi.py", "requirements.txt", "requirements-dev.txt"):
            shutil.copy2(ROOT / name, project / name)
        (project / ".venv").symlink_to(ROOT / ".venv")
        prefix: tuple[str, ...] = ()
        if user != "me":
            entry = pwd.getpwnam(user)
            for place in [project, *project.rglob("*")]:
                os.chown(place, entry.pw_uid, entry.pw_gid, follow_symlinks=False)
            prefix = ("setpriv", f"--reuid={entry.pw_uid}", f"--regid={entry.pw_gid}", "--clear-groups")
        running = start_run(project=project, var=project / "var", prefix=prefix).wait_until_greeted()
        assert running.get("/healthz")[0] == 200
        running.process.terminate()
        assert running.process.wait(30) == 0
        running.expect_nothing_left()
    finally:
        end_all(top)


@pytest.mark.parametrize(("word", "code"), [("--help", 0), ("-h", 0), ("--nonsense", 2)])
def test_it_explains_itself(word: str, code: int) -> None:
    for command in ("run", "test") if code == 0 else ("run",):
        done = subprocess.run([ROOT / command, word], cwd="/", capture_output=True, text=True, check=False)
        assert done.returncode == code
        assert "--setup" in done.stdout + done.stderr
