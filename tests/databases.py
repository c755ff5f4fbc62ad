"""Databases for tests: clones of one migrated template, made in a moment."""

from __future__ import annotations

from dataclasses import dataclass
from uuid import uuid4

import psycopg

from app.core import embedded


@dataclass(frozen=True)
class Database:
    """One database: as the web process sees it, as its owner does, and for psql-like writers."""

    name: str
    url: str
    owner_url: str
    dsn: str


def clone(server: embedded.Server, template: str) -> Database:
    """A new database with everything the template holds, and a feed generation of its own."""
    name = f"test_{uuid4().hex[:12]}"
    with psycopg.connect(server.dsn(dbname="postgres"), autocommit=True) as connection:
        connection.execute(f'CREATE DATABASE "{name}" TEMPLATE "{template}" OWNER {embedded.OWNER}')
    return Database(name, server.url(embedded.WEB, name), server.url(dbname=name), server.dsn(dbname=name))


def drop(server: embedded.Server, database: Database) -> None:
    """Throw a test's database away, whoever is still connected."""
    with psycopg.connect(server.dsn(dbname="postgres"), autocommit=True) as connection:
        connection.execute(f'DROP DATABASE IF EXISTS "{database.name}" WITH (FORCE)')
