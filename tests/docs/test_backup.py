"""What docs/operations.md says about one's own PostgreSQL, backup and restore works as it stands there."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path
from uuid import UUID

import psycopg
import pytest
import sqlalchemy as sa

from app.core import db, embedded, migrations
from app.core.actor import system
from app.core.entity import named
from app.core.errors import CursorExpired
from app.services import records
from app.services.feed import changes
from tests.cast import Cast
from tests.databases import Database, drop
from tests.docs.pages import block

PAGE = "docs/operations.md"


@pytest.fixture
def shop(server: embedded.Server) -> Database:
    """A database made as the page says, but for the two logins that the test server has already."""
    superuser = server.dsn("postgres", "postgres")
    with psycopg.connect(superuser, autocommit=True) as connection:
        connection.execute("DROP DATABASE IF EXISTS shop WITH (FORCE)")
        for statement in block(PAGE, "own-postgres").split(";"):
            try:
                connection.execute(statement.encode())
            except psycopg.errors.DuplicateObject:
                assert "CREATE ROLE" in statement
    return Database("shop", server.url(embedded.WEB, "shop"), server.url(dbname="shop"), server.dsn(dbname="shop"))


def run(mark: str, folder: Path, server: embedded.Server, dsn: str) -> None:
    """The commands of the page, in a folder of their own."""
    environment = {
        "PATH": f"{server.binaries}:{os.environ['PATH']}",
        "DIRECT_DATABASE_URL": dsn,
        "VAR_DIR": str(folder / f"var-{mark}"),
    }
    command = ["bash", "-euo", "pipefail", "-c", block(PAGE, mark)]
    done = subprocess.run(command, cwd=folder, env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr


def test_a_database_made_as_the_page_says_serves(server: embedded.Server, shop: Database) -> None:
    assert migrations.upgrade(shop.owner_url, login=embedded.WEB) == migrations.head()
    db.configure(shop.url, pool_size=2)
    records.create(system(), named("brand"), {"name": "Fern"})
    with db.reading(system()) as session:
        assert session.scalar(sa.text("SELECT rolbypassrls FROM pg_roles WHERE rolname = 'backroom_global'"))
    db.release()
    db.engine().dispose()
    drop(server, shop)


def test_a_backup_restores_into_an_empty_database(
    server: embedded.Server, database: Database, cast: Cast, shop: Database, tmp_path: Path
) -> None:
    brand = records.create(cast.manager, named("brand"), {"name": "Kept"})
    records.change(cast.manager, named("brand"), brand.id, {"name": "Kept well"}, expected_version=1)
    with db.reading(system()) as session:
        cursor = changes.snapshot(session)
    papers = tmp_path / "var-backup" / "uploads"
    papers.mkdir(parents=True)
    (papers / "paper").write_text("a receipt")
    (tmp_path / "var-backup" / "pg").mkdir()

    run("backup", tmp_path, server, database.dsn)
    run("restore", tmp_path, server, shop.dsn)
    migrations.upgrade(shop.owner_url, login=embedded.WEB)
    restored = _look(shop, brand.id, cursor)

    assert restored == ("Kept well", 2, [2, 1])
    assert (tmp_path / "var-restore" / "uploads" / "paper").read_text() == "a receipt"
    assert not (tmp_path / "var-restore" / "pg").exists()
    drop(server, shop)


def _look(shop: Database, brand: UUID, old_cursor: str) -> tuple[str, int, list[int]]:
    """What a manager finds in the restored database: the record, its history, and that old cursors are refused."""
    before = db._engine
    db.release()
    db.configure(shop.url, pool_size=2)
    try:
        manager = Cast.met(shop).manager
        with db.reading(manager) as session:
            row = session.execute(sa.text("SELECT name, version FROM brands WHERE id = :id"), {"id": brand}).one()
            history = [change.version for change, _ in changes.of_record(session, "brand", brand)]
        with db.reading(system()) as session, pytest.raises(CursorExpired):
            changes.since(session, old_cursor)
        made = records.change(manager, named("brand"), brand, {"name": "Goes on"}, expected_version=row.version)
        assert made.version == row.version + 1
        return row.name, row.version, history
    finally:
        db.release()
        db.engine().dispose()
        db._engine = before
        db._factory.configure(bind=before)
