"""The schema is what the declarations say, and can be made from nothing, taken away and made again."""

from __future__ import annotations

import psycopg
import pytest
import sqlalchemy as sa
from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext
from sqlalchemy.exc import ProgrammingError

import app.models  # noqa: F401  fills the registry
from app.core import embedded, migrations, schema
from app.core.entity import Entity
from tests.databases import Database


def test_the_newest_sql_of_each_table_is_what_its_declaration_says() -> None:
    for entity in schema.tables():
        assert migrations.newest(entity) == schema.sql_for(entity), (
            f'{entity.__name__} was changed after its migration was written: run `flask migration write "what changed"`'
        )


def test_the_tables_are_what_the_declarations_say(owner: sa.Connection) -> None:
    context = MigrationContext.configure(owner, opts={"include_object": _compared})
    assert compare_metadata(context, Entity.metadata) == []


def _compared(thing: object, name: str | None, kind: str, reflected: bool, other: object) -> bool:
    if kind == "table":
        return not (name or "").startswith("changes")
    return not (kind == "index" and reflected and other is None and (name or "").startswith("list_"))


def test_every_table_has_its_triggers_and_every_scoped_one_its_policies(owner: sa.Connection) -> None:
    triggers = {
        (row.table, row.name)
        for row in owner.execute(
            sa.text("SELECT tgrelid::regclass::text AS table, tgname AS name FROM pg_trigger WHERE NOT tgisinternal")
        )
    }
    policies = {
        (row.tablename, row.policyname)
        for row in owner.execute(sa.text("SELECT tablename, policyname FROM pg_policies"))
    }
    for entity in schema.tables():
        table = entity.__tablename__
        assert (table, "raise_version") in triggers
        if entity.captured:
            assert {(table, f"capture_{event}") for event in ("insert", "update", "delete")} <= triggers
        if entity.scope.policy("t", schema.Permission(entity.entity, "see")) is not None:
            assert {(table, f"{verb}_row") for verb in ("see", "create", "change", "delete")} <= policies


def test_up_down_and_up_again(server: embedded.Server) -> None:
    with psycopg.connect(server.dsn(dbname="postgres"), autocommit=True) as connection:
        connection.execute("CREATE DATABASE updown")
    url = server.url(dbname="updown")
    migrations.upgrade(url, login=embedded.WEB)
    migrations.downgrade(url)
    assert migrations.upgrade(url, login=embedded.WEB) == migrations.head()
    with psycopg.connect(server.dsn(dbname="postgres"), autocommit=True) as connection:
        connection.execute("DROP DATABASE updown WITH (FORCE)")


def test_the_web_login_by_itself_may_read_nothing(database: Database) -> None:
    engine = sa.create_engine(database.url, poolclass=sa.NullPool)
    for entity in schema.tables():
        with engine.connect() as connection, pytest.raises(ProgrammingError) as refused:
            connection.execute(sa.text(f"SELECT FROM public.{entity.__tablename__} LIMIT 1"))
        assert isinstance(refused.value.orig, psycopg.errors.InsufficientPrivilege), entity.entity


def test_the_web_login_and_the_owner_may_take_every_role(database: Database) -> None:
    for url in (database.url, database.owner_url):
        with sa.create_engine(url, poolclass=sa.NullPool).connect() as connection:
            for role in migrations.ROLES:
                connection.exec_driver_sql(f"SET ROLE {role}")
                connection.exec_driver_sql("RESET ROLE")
