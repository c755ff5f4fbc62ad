"""Brings a database to the present schema, and writes the next migration from the declarations."""

from __future__ import annotations

import io
from argparse import Namespace
from collections.abc import Iterable
from itertools import product
from pathlib import Path
from typing import Any

import sqlalchemy as sa
from alembic import command
from alembic.config import Config
from alembic.operations import ops
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory

from app.core import schema, seen
from app.core.entity import Entity

ROOT = Path(__file__).resolve().parents[2] / "migrations"
SQL = ROOT / "sql"
ROLES = ("backroom_scoped", "backroom_global", "backroom_gate", "backroom_posting", "backroom_feed")
LOCK = 0x4241434B
"""Key of the advisory lock that keeps two processes from migrating at once."""


def upgrade(owner_url: str, *, login: str | None = None) -> str:
    """Bring the database to the newest revision and let `login` take the application's roles.

    owner_url   of a role that owns the database and may create roles
    login       the role that the web process signs in as; `None`: the owner itself

    Returns the revision. Two processes that start together wait for each other.
    """
    engine = sa.create_engine(owner_url, poolclass=sa.NullPool)
    with engine.connect() as connection:
        # An owner called like one of our schemas would otherwise make its tables in there.
        connection.execute(sa.text("SET search_path = public"))
        connection.execute(sa.text("SELECT pg_advisory_lock(:key)"), {"key": LOCK})
        connection.commit()
        try:
            command.upgrade(_config(connection), "head")
            connection.commit()
            _let_take_roles(connection, login)
            connection.commit()
            return current(connection) or ""
        finally:
            connection.rollback()
            connection.execute(sa.text("SELECT pg_advisory_unlock(:key)"), {"key": LOCK})
            connection.commit()


def downgrade(owner_url: str, revision: str = "base") -> None:
    """Go back to a revision; what its tables held is lost."""
    engine = sa.create_engine(owner_url, poolclass=sa.NullPool)
    with engine.connect() as connection:
        command.downgrade(_config(connection), revision)
        connection.commit()


def current(connection: sa.Connection) -> str | None:
    """The revision this database is at."""
    return MigrationContext.configure(connection).get_current_revision()


def head() -> str:
    """The newest revision this code knows."""
    return ScriptDirectory(str(ROOT)).get_current_head() or ""


def _let_take_roles(connection: sa.Connection, login: str | None) -> None:
    """Let the login take the application's roles, and the owner too: live updates connect directly."""
    owner = str(connection.scalar(sa.text("SELECT current_user")))
    # From 16 on a membership says itself whether it lends its rights unasked; before, the login's own attribute does.
    modern = (connection.scalar(sa.text("SELECT current_setting('server_version_num')::int")) or 0) >= 160000
    lending = " WITH INHERIT FALSE, SET TRUE" if modern else ""
    for role, name in product(ROLES, dict.fromkeys((login or owner, owner))):
        connection.exec_driver_sql(f"GRANT {role} TO {_quoted(name)}{lending}")
    if login and not modern:
        connection.exec_driver_sql(f"ALTER ROLE {_quoted(login)} NOINHERIT")


def _quoted(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'


def write(owner_url: str, message: str) -> list[Path]:
    """Write the next migration: the tables' differences for Alembic, and each table's changed SQL beside it.

    Returns the files written; none when the database already is what the declarations say.
    """
    engine = sa.create_engine(owner_url, poolclass=sa.NullPool)
    with engine.connect() as connection:
        config = _config(connection)
        written: list[Path] = []
        revision = f"{_next_number():04d}_{_slug(message)}"

        def add_machine_sql(context: Any, revisions: Any, directives: list[Any]) -> None:
            script = directives[0]
            changed = {cls: text for cls in schema.tables() if (text := schema.sql_for(cls)) != newest(cls)}
            if script.upgrade_ops.is_empty() and not changed:
                directives[:] = []
                return
            # A list's view names the table's columns: it goes before they change, and its SQL makes it anew.
            views = [f"DROP VIEW IF EXISTS backroom.{seen.view(cls)}" for cls in changed if newest(cls) is not None]
            script.upgrade_ops.ops[:0] = [ops.ExecuteSQLOp(statement) for statement in views]
            script.upgrade_ops.ops[:0] = [
                ops.ExecuteSQLOp(f"CREATE SEQUENCE IF NOT EXISTS {name}") for name in _new_sequences(changed)
            ]
            for cls, text in changed.items():
                path = SQL / revision / f"{cls.__tablename__}.sql"
                path.parent.mkdir(parents=True, exist_ok=True)
                path.write_text(text)
                written.append(path)
                script.upgrade_ops.ops.append(ops.ExecuteSQLOp(MachineSql(f"{revision}/{cls.__tablename__}.sql")))
            script.upgrade_ops.ops.extend(ops.ExecuteSQLOp(statement) for statement in _permissions(changed))

        made = command.revision(
            config, message, autogenerate=True, rev_id=revision, process_revision_directives=add_machine_sql
        )
        if made is not None and not isinstance(made, list):
            written.append(Path(made.path))
        return written


class MachineSql(str):
    """Names a file under `migrations/sql/`; rendered into a migration as `run_sql(…)`."""


def run_sql(bind: sa.Connection, name: str) -> None:
    """Run a file of `migrations/sql/` as it stands, with no reading of colons or percent signs."""
    text = (SQL / name).read_text()
    cursor = bind.connection.cursor()
    cursor.execute(text.encode())
    cursor.close()


def newest(entity: type[Entity]) -> str | None:
    """The SQL that the migrations so far leave behind an entity's table."""
    found = sorted(SQL.glob(f"*/{entity.__tablename__}.sql"))
    return found[-1].read_text() if found else None


def _new_sequences(changed: Iterable[type[Entity]]) -> list[str]:
    return [name for cls in changed if newest(cls) is None for name in schema.sequences(cls)]


def _permissions(changed: Iterable[type[Entity]]) -> list[str]:
    """What the built-in roles may do with an entity that is new, as rows that are edited on screen from then on."""
    from app.core import builtin

    return [statement for cls in changed if newest_before(cls) is None for statement in builtin.permission_sql(cls)]


def newest_before(entity: type[Entity]) -> str | None:
    """Like `newest`, without the file that is being written now."""
    found = sorted(SQL.glob(f"*/{entity.__tablename__}.sql"))[:-1]
    return found[-1].read_text() if found else None


def _next_number() -> int:
    return 1 + max((int(path.name[:4]) for path in (ROOT / "versions").glob("[0-9]*.py")), default=0)


def _slug(message: str) -> str:
    return "_".join(word for word in "".join(c if c.isalnum() else " " for c in message.lower()).split()[:5])


def _config(connection: sa.Connection) -> Config:
    config = Config(stdout=io.StringIO(), cmd_opts=Namespace(quiet=True))
    config.set_main_option("script_location", str(ROOT).replace("%", "%%"))
    config.set_main_option("file_template", "%%(rev)s")
    config.attributes["connection"] = connection
    return config
