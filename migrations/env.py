"""Alembic's entry: runs on the connection that `app.core.migrations` hands over."""

from typing import Any

import sqlalchemy as sa
from alembic import context
from alembic.autogenerate import renderers
from alembic.operations import ops

import app.models  # noqa: F401  fills the registry
from app.core.entity import Entity
from app.core.migrations import MachineSql

OURS_BY_SQL = ("changes",)
"""Tables whose definition stands in a readable SQL file, because Alembic can't say partitions."""


def belongs_to_alembic(thing: Any, name: str | None, kind: str, reflected: bool, compare_to: Any) -> bool:
    """Indexes of lists and search, and the feed with its partitions, are written as SQL by the machine."""
    if kind == "table":
        return not (name or "").startswith(OURS_BY_SQL)
    if kind == "index" and reflected and compare_to is None:
        return not (name or "").startswith(("list_", "search_"))
    return True


@renderers.dispatch_for(ops.ExecuteSQLOp, replace=True)
def render_sql(context: Any, op: ops.ExecuteSQLOp) -> str:
    """A file of `migrations/sql/` is named, not copied into the migration."""
    if isinstance(op.sqltext, MachineSql):
        context.imports.add("from app.core.migrations import run_sql")
        return f"run_sql(op.get_bind(), {str(op.sqltext)!r})"
    return f"op.execute({op.sqltext!r})"


def run(connection: sa.Connection) -> None:
    """Run what Alembic asks for, in one transaction per revision, without waiting long for anybody's lock."""
    connection.execute(sa.text("SET lock_timeout = '10s'"))
    # What a migration writes is the house's doing, not somebody's plain SQL.
    connection.execute(sa.text("SELECT set_config('backroom.source', 'system', false)"))
    connection.commit()
    context.configure(
        connection=connection,
        target_metadata=Entity.metadata,
        include_object=belongs_to_alembic,
        compare_server_default=False,
        transaction_per_migration=True,
    )
    with context.begin_transaction():
        context.run_migrations()


given = context.config.attributes.get("connection")
if given is None:
    from app.config import load

    engine = sa.create_engine(load().direct_database_url or load().database_url)
    with engine.connect() as opened:
        run(opened)
else:
    run(given)
