"""Keeps one PostgreSQL running for exactly as long as somebody holds a line to it.

This file runs as a process of its own, started by `embedded.py`, and needs only the standard library:

    app ──socket──▶ keeper ──child──▶ postgres

Every app holds one connection to the keeper's socket. The kernel closes it however the app ends, so `kill -9`
counts as leaving too, and the last one to leave stops the database. If the keeper itself is killed, Linux sends
postgres the signal for a fast shutdown; elsewhere the next keeper stops the server it finds.
"""

from __future__ import annotations

import contextlib
import ctypes
import fcntl
import json
import os
import pwd
import selectors
import shutil
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass
from pathlib import Path

SOCKET = "keeper"
FIRST_WAIT = 60.0  # seconds until PostgreSQL must be ready; a crash recovery can take a while
RESTARTS = 3  # how often a server that died is started again, within
RESTART_WINDOW = 60.0  # seconds
LOG_LIMIT = 5_000_000  # bytes; a longer log moves aside at the next start

# What a server of ours needs of the shell that started it: nothing. Sort order, time zone and messages would
# otherwise depend on who ran the command.
ENVIRONMENT = {"PATH": "/usr/local/bin:/usr/bin:/bin:/usr/sbin:/sbin", "LC_ALL": "C", "TZ": "UTC"}

# PostgreSQL refuses to run as root. Each way leaves the files readable to it even below a private directory, so
# nobody's permissions are opened; the last one works only where everything can be reached anyway.
_OTHER_USER = "setpriv --reuid={uid} --regid={gid} --clear-groups --pdeathsig=INT"
_READ_ALL = "--inh-caps=-all,+dac_override --ambient-caps=-all,+dac_override"
WAYS_TO_NOT_BE_ROOT = {
    "user namespace": ("root", "unshare --user --map-user={uid} --map-group={gid}"),
    "capabilities": ("the other", f"{_OTHER_USER} {_READ_ALL}"),
    "another user": ("the other", _OTHER_USER),
}

BIRTH = """
CREATE ROLE backroom_owner LOGIN CREATEROLE CREATEDB BYPASSRLS;
CREATE ROLE backroom_web LOGIN NOINHERIT;
GRANT backroom_web TO backroom_owner WITH ADMIN OPTION;
GRANT pg_monitor TO backroom_owner;
GRANT pg_signal_backend TO backroom_owner;
CREATE DATABASE backroom OWNER backroom_owner;
REVOKE CONNECT, TEMPORARY ON DATABASE backroom FROM PUBLIC;
GRANT CONNECT ON DATABASE backroom TO backroom_web;
"""


class CannotKeep(Exception):
    """The database could not be started; the message says why and what helps."""


@dataclass(frozen=True)
class Orders:
    """What to keep, and where.

    home      the folder of this server: `data/`, the lock and the log
    run       the folder of the sockets, short enough for one
    binaries  where `postgres` and `initdb` are
    settings  server settings, by name
    """

    home: str
    run: str
    binaries: str
    settings: dict[str, str]

    def written(self) -> str:
        """These orders as one argument of a command line."""
        return json.dumps(asdict(self))

    @property
    def data(self) -> Path:
        """The data directory itself."""
        return Path(self.home) / "data"

    @property
    def log(self) -> Path:
        """Where the server's messages go."""
        return Path(self.home) / "postgres.log"

    def tool(self, name: str) -> str:
        """The path of one of PostgreSQL's programs."""
        return str(Path(self.binaries) / name)


@dataclass(frozen=True)
class Disguise:
    """How a command is run so that PostgreSQL doesn't see root: a prefix, and who must own the files."""

    prefix: tuple[str, ...] = ()
    owner: int | None = None


def keep(orders: Orders, first: socket.socket) -> None:
    """Run the server until the last line to it is closed. `first` is the line of whoever started us."""
    with _only_keeper(orders, first) as alone:
        if not alone:
            first.sendall(b'{"busy": true}\n')
            return
        try:
            disguise = _disguise(orders)
            _prepare_data(orders, disguise)
            server = _Keeping(orders, disguise)
        except CannotKeep as refusal:
            first.sendall(json.dumps({"error": str(refusal)}).encode() + b"\n")
            return
        server.serve(first)


class _Keeping:
    """One running server and the lines held to it."""

    def __init__(self, orders: Orders, disguise: Disguise) -> None:
        self.orders = orders
        self.disguise = disguise
        self.lines: set[socket.socket] = set()
        self.deaths: list[float] = []
        self.told_to_stop = False
        self.postgres = _start_postgres(orders, disguise)

    def serve(self, first: socket.socket) -> None:
        """Answer whoever comes, until nobody is left."""
        door = _open_door(Path(self.orders.run) / SOCKET)
        wakes, waker = socket.socketpair()
        waker.setblocking(False)
        signal.set_wakeup_fd(waker.fileno())
        for number in (signal.SIGCHLD, signal.SIGTERM):
            signal.signal(number, self._noticed)
        with selectors.DefaultSelector() as selector:
            selector.register(door, selectors.EVENT_READ)
            selector.register(wakes, selectors.EVENT_READ)
            self._welcome(first, selector)
            leaving: list[socket.socket] = []
            while self.lines and not self.told_to_stop:
                for key, _ in selector.select(timeout=5):
                    if key.fileobj is door:
                        self._welcome(door.accept()[0], selector)
                    elif key.fileobj is wakes:
                        wakes.recv(512)
                    elif isinstance(key.fileobj, socket.socket) and _has_left(key.fileobj):
                        leaving = self._part(key.fileobj, selector)
                if self.postgres.poll() is not None and self.lines:
                    self._revive()
        # Who comes from now on finds no door, and starts a keeper of his own that waits for our lock.
        Path(door.getsockname()).unlink(missing_ok=True)
        door.close()
        _stop_postgres(self.postgres)
        for line in [*self.lines, *leaving]:
            line.close()

    def _noticed(self, number: int, _frame: object) -> None:
        self.told_to_stop = self.told_to_stop or number == signal.SIGTERM

    def _welcome(self, line: socket.socket, selector: selectors.BaseSelector) -> None:
        try:
            line.sendall(json.dumps({"ready": self.orders.run, "pid": self.postgres.pid}).encode() + b"\n")
        except OSError:  # gone before it was served
            line.close()
            return
        self.lines.add(line)
        selector.register(line, selectors.EVENT_READ)

    def _part(self, line: socket.socket, selector: selectors.BaseSelector) -> list[socket.socket]:
        """Forget a line. The last one stays open until the server has stopped: its owner waits for that."""
        selector.unregister(line)
        self.lines.discard(line)
        if not self.lines:
            return [line]
        line.close()
        return []

    def _revive(self) -> None:
        """Start a server that died, unless it dies all the time."""
        now = time.monotonic()
        self.deaths = [moment for moment in self.deaths if now - moment < RESTART_WINDOW] + [now]
        if len(self.deaths) > RESTARTS:
            raise CannotKeep(f"PostgreSQL died {len(self.deaths)} times within a minute: see {self.orders.log}")
        _say(f"postgres ended with {self.postgres.returncode}; starting it again")
        self.postgres = _start_postgres(self.orders, self.disguise)


@contextlib.contextmanager
def _only_keeper(orders: Orders, first: socket.socket) -> Iterator[bool]:
    """Hold the lock of this data directory; False when another keeper is there and answers."""
    with (Path(orders.home) / "keeper.lock").open("a") as lock:
        while True:
            try:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
                break
            except BlockingIOError:
                if _answers(Path(orders.run) / SOCKET):
                    yield False
                    return
                if _hung_up(first):
                    yield False
                    return
                time.sleep(0.02)
        yield True


def _answers(path: Path) -> bool:
    with socket.socket(socket.AF_UNIX) as probe, contextlib.suppress(OSError):
        probe.connect(str(path))
        return True
    return False


def _hung_up(line: socket.socket) -> bool:
    with contextlib.suppress(BlockingIOError):
        return line.recv(1, socket.MSG_PEEK | socket.MSG_DONTWAIT) == b""
    return False


def _has_left(line: socket.socket) -> bool:
    try:
        return line.recv(512) == b""
    except ConnectionError:
        return True


def _open_door(path: Path) -> socket.socket:
    path.unlink(missing_ok=True)
    door = socket.socket(socket.AF_UNIX)
    door.bind(str(path))
    door.listen(64)
    return door


def _disguise(orders: Orders) -> Disguise:
    """The first way that lets PostgreSQL run here and reach its files."""
    if os.geteuid() != 0:
        return Disguise()
    user = _harmless_user()
    tried = []
    for name, (owner, words) in WAYS_TO_NOT_BE_ROOT.items():
        prefix = tuple(word.format(uid=user.pw_uid, gid=user.pw_gid) for word in words.split())
        disguise = Disguise(prefix, 0 if owner == "root" else user.pw_uid)
        _give_files(orders, disguise)
        trial = _run(
            disguise, "/bin/sh", "-c", 'cd "$1" && exec "$2" --version', "sh", orders.home, orders.tool("postgres")
        )
        if trial.returncode == 0:
            return disguise
        tried.append(f"{name} ({trial.stderr.strip() or trial.returncode})")
    raise CannotKeep(
        "PostgreSQL refuses to run as root, and no way around it works here: "
        + "; ".join(tried)
        + ". Run as an ordinary user, or set DATABASE_URL to a PostgreSQL of your own."
    )


def _harmless_user() -> pwd.struct_passwd:
    for name in ("postgres", "nobody"):
        with contextlib.suppress(KeyError):
            return pwd.getpwnam(name)
    raise CannotKeep("PostgreSQL refuses to run as root, and there is no user `postgres` or `nobody` to run it as.")


def _give_files(orders: Orders, disguise: Disguise) -> None:
    """PostgreSQL insists on owning its data directory, and may have run under another disguise before."""
    if disguise.owner is None:
        return
    for top in (Path(orders.home), Path(orders.run)):
        if top.stat().st_uid == disguise.owner:
            continue
        for folder, folders, files in os.walk(top):
            for name in (".", *folders, *files):
                os.chown(Path(folder) / name, disguise.owner, -1, follow_symlinks=False)


def _run(disguise: Disguise, *command: str, said: str = "") -> subprocess.CompletedProcess[str]:
    try:
        return subprocess.run(
            [*disguise.prefix, *command], env=ENVIRONMENT, input=said, capture_output=True, text=True, check=False
        )
    except OSError as problem:
        return subprocess.CompletedProcess(command, 127, "", str(problem))


def _prepare_data(orders: Orders, disguise: Disguise) -> None:
    """Make the data directory if there is none; it appears under its name only when it is whole."""
    major = _run(Disguise(), orders.tool("postgres"), "--version").stdout.split()[-1].split(".")[0]
    if orders.data.exists():
        present = (orders.data / "PG_VERSION").read_text().strip()
        if present != major:
            raise CannotKeep(
                f"{orders.data} belongs to PostgreSQL {present}, but the installed one is {major}. "
                "Dump it with the old version and restore it with the new one."
            )
        return
    growing = orders.data.with_name("data.new")
    shutil.rmtree(growing, ignore_errors=True)
    # The builtin provider sorts the same on every machine and needs no locale of the system (PostgreSQL 17 on).
    builtin = ["--locale-provider=builtin", "--builtin-locale=C.UTF-8"] if int(major) >= 17 else []
    hurry = ["--no-sync"] if orders.settings.get("fsync") == "off" else []
    made = _run(
        disguise,
        *[orders.tool("initdb"), "-D", str(growing), "-U", "postgres", "-E", "UTF8", "--locale=C", "-k"],
        *["--auth=trust", *builtin, *hurry],
    )
    if made.returncode:
        raise CannotKeep(f"initdb failed: {made.stderr.strip()}")
    for database, statements in (("postgres", BIRTH), ("backroom", "CREATE EXTENSION pg_stat_statements;\n")):
        single = [orders.tool("postgres"), "--single", "-D", str(growing), "-c", "exit_on_error=on"]
        born = _run(disguise, *single, database, said=statements)
        if born.returncode or "ERROR:" in born.stderr:
            raise CannotKeep(f"the new database could not be set up: {born.stderr.strip()}")
    growing.rename(orders.data)


def _start_postgres(orders: Orders, disguise: Disguise) -> subprocess.Popen[bytes]:
    """Start the server and wait until it accepts connections."""
    _clear_leftovers(orders)
    if orders.log.exists() and orders.log.stat().st_size > LOG_LIMIT:
        orders.log.replace(orders.log.with_suffix(".log.old"))
    deadline = time.monotonic() + FIRST_WAIT
    while True:
        start = orders.log.stat().st_size if orders.log.exists() else 0
        child = _spawn(orders, disguise)
        while child.poll() is None and time.monotonic() < deadline:
            if _is_ready(orders, child.pid):
                return child
            time.sleep(0.01)
        said = orders.log.read_bytes()[start:].decode(errors="replace").strip()
        # After kill -9 of the server its last children need a moment to notice and let go of the shared memory.
        if "shared memory block" in said and time.monotonic() < deadline:
            time.sleep(0.1)
            continue
        _stop_postgres(child)
        raise CannotKeep(f"PostgreSQL did not start: {said[-2000:]}")


def _spawn(orders: Orders, disguise: Disguise) -> subprocess.Popen[bytes]:
    quoted = orders.run.replace('"', '""')
    settings = {**orders.settings, "unix_socket_directories": f'"{quoted}"', "listen_addresses": ""}
    switches = [part for name, value in settings.items() for part in ("-c", f"{name}={value}")]
    with orders.log.open("ab") as log:
        return subprocess.Popen(
            [*disguise.prefix, orders.tool("postgres"), "-D", str(orders.data), *switches],
            env=ENVIRONMENT,
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
            preexec_fn=die_with_parent(signal.SIGINT),  # safe: this process has one thread
        )


def die_with_parent(number: signal.Signals) -> Callable[[], None] | None:
    """What a child runs before its program, so that the kernel sends it this signal when we end in any way.

    Only Linux can do that; elsewhere None.
    """
    if not sys.platform.startswith("linux"):
        return None
    prctl = ctypes.CDLL(None).prctl
    set_parent_death_signal = 1
    parent = os.getpid()

    def ask() -> None:
        prctl(set_parent_death_signal, number)
        if os.getppid() != parent:  # it ended before we could ask
            os.kill(os.getpid(), signal.SIGKILL)

    return ask


def _is_ready(orders: Orders, pid: int) -> bool:
    """Whether the server wrote "ready" in line 8 of its pid file, which is what pg_ctl looks at too."""
    with contextlib.suppress(OSError, ValueError):
        lines = (orders.data / "postmaster.pid").read_text().splitlines()
        return len(lines) > 7 and int(lines[0]) == pid and lines[7].strip() == "ready"
    return False


def _clear_leftovers(orders: Orders) -> None:
    """Stop a server that outlived its keeper, and drop a pid file that names some other process.

    PostgreSQL itself trusts the pid file as long as *any* process has that number, and after a restart of a
    container small numbers come back at once. We hold the lock, so no other keeper's server can be meant.
    """
    note = orders.data / "postmaster.pid"
    try:
        pid = int(note.read_text().split()[0])
    except (OSError, ValueError, IndexError):
        pid = 0
    if pid and _is_our_server(pid, orders):
        _say(f"stopping the server {pid} that an earlier keeper left behind")
        _end(pid, lambda: _is_our_server(pid, orders))
    elif note.exists():
        note.unlink()
    for path in Path(orders.run).glob(".s.PGSQL.*"):
        path.unlink(missing_ok=True)


def _is_our_server(pid: int, orders: Orders) -> bool:
    try:
        command = Path(f"/proc/{pid}/cmdline").read_bytes().decode(errors="replace").replace("\0", " ")
    except OSError:
        if Path("/proc/self").exists():
            return False
        command = _run(Disguise(), "ps", "-p", str(pid), "-o", "command=").stdout
    return "postgres" in command and f"-D {orders.data} " in command


def _end(pid: int, still_there: Callable[[], bool]) -> None:
    """Fast shutdown, then immediate shutdown, then kill."""
    for number, seconds in ((signal.SIGINT, 20), (signal.SIGQUIT, 5), (signal.SIGKILL, 5)):
        with contextlib.suppress(ProcessLookupError):
            os.kill(pid, number)
        deadline = time.monotonic() + seconds
        while time.monotonic() < deadline:
            if not still_there():
                return
            time.sleep(0.01)


def _stop_postgres(child: subprocess.Popen[bytes]) -> None:
    if child.poll() is None:
        _end(child.pid, lambda: child.poll() is None)


def _say(sentence: str) -> None:
    print(f"keeper: {sentence}", file=sys.stderr, flush=True)


def main() -> None:
    """Be the keeper: the orders and the number of the first line's file descriptor are the arguments."""
    orders = Orders(**json.loads(sys.argv[1]))
    # Ctrl-C in the terminal is for the apps; when they have gone, we follow.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    signal.signal(signal.SIGHUP, signal.SIG_IGN)
    os.umask(0o077)
    with socket.socket(fileno=int(sys.argv[2])) as first:
        keep(orders, first)


if __name__ == "__main__":
    main()
