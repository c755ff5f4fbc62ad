"""Databases for the seeds' tests: migrated, and with nobody in them."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psycopg
import pytest
import sqlalchemy as sa

from app.config import load
from app.core import db, embedded, migrations
from app.core.entity import Entity, entities
from app.services import files
from tests.databases import Database, clone, drop

BARE = "backroom_bare"


@pytest.fixture(scope="session")
def bare(server: embedded.Server) -> str:
    """A migrated database without anybody, to be cloned."""
    with psycopg.connect(server.dsn(dbname="postgres"), autocommit=True) as connection:
        connection.execute(f"CREATE DATABASE {BARE}")
    migrations.upgrade(server.url(dbname=BARE), login=embedded.WEB)
    return BARE


@contextmanager
def opened(server: embedded.Server, template: str) -> Iterator[Database]:
    """A clone with `core.db` connected to it."""
    made = clone(server, template)
    connect(made)
    yield made
    db.release()
    db.engine().dispose()
    drop(server, made)


def connect(database: Database) -> None:
    """Turn `core.db` to another database; a session that is open belongs to the one before."""
    db.release()
    db.configure(database.url, pool_size=5)


@pytest.fixture
def empty(server: embedded.Server, bare: str, tmp_path: Path) -> Iterator[Database]:
    """A migrated database of this test's own, with nobody in it."""
    files.configure(tmp_path / "files", largest_mb=20)
    with opened(server, bare) as made:
        yield made


@pytest.fixture(scope="session")
def northwind_file() -> Path:
    """The sample shop; without it these tests can't say anything, so they fail."""
    path = load().sample_data / "northwind.sqlite"
    if not path.is_file():
        pytest.fail(f"{path} is missing: set BACKROOM_SAMPLE_DATA to the folder that holds northwind.sqlite")
    return path


def count(database: Database, entity: type[Entity] | str, where: str = "true") -> int:
    """How many rows there are, as the owner sees them."""
    table = entity if isinstance(entity, str) else entity.__tablename__
    return int(ask(database, f"SELECT count(*) FROM {table} WHERE {where}")[0][0])


def everything(database: Database) -> dict[str, int]:
    """How many rows every entity has."""
    parts = [f"SELECT '{cls.entity}', count(*) FROM {cls.__tablename__}" for cls in entities()]
    return {str(row[0]): int(str(row[1])) for row in ask(database, " UNION ALL ".join(parts))}


def ask(database: Database, question: str) -> list[tuple[object, ...]]:
    """What plain SQL answers the owner."""
    with sa.create_engine(database.owner_url, poolclass=sa.NullPool).connect() as connection:
        return [tuple(row) for row in connection.execute(sa.text(question))]
