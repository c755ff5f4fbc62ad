"""What every test stands on: a real PostgreSQL, one migrated database per module, and a fixed cast of people."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest
import sqlalchemy as sa

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

# Some test modules serve with eventlet in other processes; this one never patches anything.
os.environ.setdefault("PSYCOPG_WAIT_FUNC", "wait_select")

from app.core import db, embedded, migrations  # noqa: E402
from tests.cast import Cast, settle  # noqa: E402
from tests.databases import Database, clone, drop  # noqa: E402

TEMPLATE = "backroom_template"

# Fixtures of tests in a browser; they start nothing until a test asks for them.
pytest_plugins = ["tests.windows"]


def pytest_addoption(parser: pytest.Parser) -> None:
    """How long chance is given to find something; more than usual is worth it after a change of how stock moves."""
    parser.addoption("--examples", type=int, default=8, help="courses that the machine of tests/stock tries (8)")


@pytest.fixture(scope="session")
def server(tmp_path_factory: pytest.TempPathFactory, worker_id: str) -> Iterator[embedded.Server]:
    """A PostgreSQL of this run's own; `DIRECT_DATABASE_URL` in the environment is never touched by tests."""
    started = embedded.start(tmp_path_factory.mktemp("postgres"), settings=embedded.SETTINGS | embedded.FAST)
    yield started
    started.stop()


@pytest.fixture(scope="session")
def template(server: embedded.Server) -> str:
    """A migrated database with the cast in it, to be cloned."""
    with psycopg.connect(server.dsn(dbname="postgres"), autocommit=True) as connection:
        connection.execute(f"CREATE DATABASE {TEMPLATE}")
    migrations.upgrade(server.url(dbname=TEMPLATE), login=embedded.WEB)
    settle(server.url(dbname=TEMPLATE))
    return TEMPLATE


@pytest.fixture(scope="module")
def database(server: embedded.Server, template: str, request: pytest.FixtureRequest) -> Iterator[Database]:
    """A database of this module's own: what its tests write stays among them. `core.db` is connected to it."""
    made = clone(server, template)
    db.configure(made.url, pool_size=5)
    yield made
    db.release()
    db.engine().dispose()
    drop(server, made)


@pytest.fixture
def fresh(server: embedded.Server, template: str) -> Iterator[Database]:
    """A database of this test's own."""
    made = clone(server, template)
    before = db._engine  # the module's engine comes back after
    db.configure(made.url, pool_size=5)
    yield made
    db.release()
    db.engine().dispose()
    if before is not None:
        db._engine = before
        db._factory.configure(bind=before)
    drop(server, made)


@pytest.fixture
def cast(database: Database) -> Iterator[Cast]:
    """The people of all tests: admin, manager of both, clerks at North and South, viewer, nobody."""
    yield Cast.met(database)
    db.release()


@pytest.fixture
def owner(database: Database) -> Iterator[sa.Connection]:
    """The database as its owner sees it, past every rule: for looking, and for what plain SQL may do."""
    engine = sa.create_engine(database.owner_url, poolclass=sa.NullPool)
    with engine.connect() as connection:
        yield connection
