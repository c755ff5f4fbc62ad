"""What benches measure: a PostgreSQL and web processes of their own, started and ended here."""

from __future__ import annotations

import os
import re
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from uuid import UUID, uuid4

import psycopg
import requests
import sqlalchemy as sa

import app.models  # noqa: F401  fills the registry
from app.core import db, embedded, migrations
from app.core.actor import system
from app.core.entity import named
from app.services import records
from app.services.access import passwords

ROOT = Path(__file__).resolve().parent.parent
PASSWORD = "correct horse battery"
PATIENCE = 60.0


@dataclass(frozen=True)
class House:
    """A migrated database with locations and people in it.

    url, owner_url   for SQLAlchemy: as the web process and as the owner
    locations        ids by name, “Location 1” and on
    people           ids by sign-in name
    """

    home: Path
    url: str
    owner_url: str
    dsn: str
    locations: dict[str, UUID]
    people: dict[str, UUID]

    @contextmanager
    def owning(self) -> Iterator[sa.Connection]:
        """A connection of the owner, each statement for itself."""
        engine = sa.create_engine(self.owner_url, poolclass=sa.NullPool, isolation_level="AUTOCOMMIT")
        with engine.connect() as connection:
            yield connection


@contextmanager
def server(settings: dict[str, str] | None = None) -> Iterator[embedded.Server]:
    """A PostgreSQL in a folder that is gone afterwards, with the settings of a real installation unless told otherwise."""
    with tempfile.TemporaryDirectory(prefix="backroom-bench-") as home:
        os.chmod(home, 0o755)
        started = embedded.start(Path(home) / "postgres", settings=settings)
        try:
            yield started
        finally:
            db.release()
            started.stop()


@contextmanager
def house(
    started: embedded.Server, *, locations: int, people: dict[str, tuple[tuple[str, str | None], ...]]
) -> Iterator[House]:
    """A database with `locations` stores and these people: sign-in name → (role, name of a location or `None` for all)."""
    name = f"bench_{uuid4().hex[:8]}"
    with psycopg.connect(started.dsn(dbname="postgres"), autocommit=True) as connection:
        connection.execute(f'CREATE DATABASE "{name}" OWNER {embedded.OWNER}')
    owner_url, url = started.url(dbname=name), started.url(embedded.WEB, name)
    migrations.upgrade(owner_url, login=embedded.WEB)
    db.configure(owner_url, pool_size=2)
    places = {
        f"Location {n}": _create("location", code=f"L{n}", name=f"Location {n}", kind="store")
        for n in range(1, locations + 1)
    }
    ids = {login: _person(login, grants, places) for login, grants in people.items()}
    _reconnect(url)
    try:
        yield House(started.home.parent, url, owner_url, started.dsn(dbname=name), places, ids)
    finally:
        db.release()
        db.engine().dispose()
        with psycopg.connect(started.dsn(dbname="postgres"), autocommit=True) as connection:
            connection.execute(f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)')


def _reconnect(url: str) -> None:
    db.release()
    db.engine().dispose()
    db.configure(url)


def _create(entity: str, **values: object) -> UUID:
    made: UUID = records.create(system("bench"), named(entity), values).id
    return made


def _person(login: str, grants: Sequence[tuple[str, str | None]], places: dict[str, UUID]) -> UUID:
    user = _create("user", name=login.capitalize(), email=f"{login}@example.com", active=True)
    with db.transaction(system("bench")) as session:
        roles = {row.name: row.id for row in session.execute(sa.text("SELECT id, name FROM roles"))}
    for role, place in grants:
        _create("grant", user_id=user, role_id=roles[role], location_id=places[place] if place else None)
    with db.engine().begin() as connection:
        connection.execute(
            sa.text("UPDATE users SET password_hash = :hash WHERE id = :id"),
            {"hash": passwords.hashed(PASSWORD), "id": user},
        )
    return user


def free_port() -> int:
    """A port that nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@contextmanager
def process(
    command: Sequence[str], environment: dict[str, str], *, says: str, log: Path
) -> Iterator[subprocess.Popen[bytes]]:
    """A process for the length of a block; it is ready when its output holds `says`."""
    with log.open("wb") as output:
        started = subprocess.Popen(
            command, cwd=ROOT, env={"PATH": os.environ["PATH"], **environment}, stdout=output, stderr=output
        )
    try:
        deadline = time.monotonic() + PATIENCE
        while says.encode() not in log.read_bytes():
            if started.poll() is not None or time.monotonic() > deadline:
                raise SystemExit(f"{' '.join(command)} did not start:\n{log.read_text()}")
            time.sleep(0.02)
        yield started
    finally:
        started.send_signal(signal.SIGTERM)
        try:
            started.wait(15)
        except subprocess.TimeoutExpired:
            started.kill()
            started.wait()


@contextmanager
def web(place: House, *, mode: str = "eventlet", port: int | None = None, processes: int = 1) -> Iterator[str]:
    """One web process as `./run` would start it; gives its address."""
    port = port or free_port()
    var = place.home / f"var-{port}-{uuid4().hex[:6]}"
    var.mkdir(mode=0o700)
    environment = {
        "DATABASE_URL": place.url,
        "DIRECT_DATABASE_URL": place.owner_url,
        "ASYNC_MODE": mode,
        "PORT": str(port),
        "VAR_DIR": str(var),
        "WEB_PROCESSES": str(processes),
        "SIGN_IN_PER_MINUTE": "10000",
        "REQUESTS_PER_MINUTE": "1000000",
    }
    with process([sys.executable, "wsgi.py"], environment, says="serving", log=var / "web.log"):
        yield f"http://127.0.0.1:{port}"


def waited(pid: int) -> float:
    """Seconds that a process was ready to run and got no processor; 0 where the system doesn't say."""
    try:
        return int(Path(f"/proc/{pid}/schedstat").read_text().split()[1]) / 1e9
    except (OSError, IndexError):
        return 0.0


_TOKEN = re.compile(r'<meta name="csrf-token" content="([^"]+)"')


def browser(address: str, login: str) -> requests.Session:
    """Somebody's signed-in browser; its posts carry the token of its pages."""
    http = requests.Session()
    http.headers["X-CSRFToken"] = token(http.get(f"{address}/sign-in", timeout=PATIENCE).text)
    form = {"email": f"{login}@example.com", "password": PASSWORD}
    answer = http.post(f"{address}/sign-in", data=form, timeout=PATIENCE)
    if answer.status_code != 200 or "/sign-in" in answer.url:
        raise SystemExit(f"{login} could not sign in: {answer.status_code} {answer.url}")
    http.headers["X-CSRFToken"] = token(http.get(f"{address}/", timeout=PATIENCE).text)
    return http


def token(page: str) -> str:
    """The token against forgery that a page carries."""
    found = _TOKEN.search(page)
    if found is None:
        raise SystemExit(f"a page without a token: {page[:300]}")
    return found[1]
