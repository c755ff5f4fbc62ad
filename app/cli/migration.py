"""`flask migration`: from changed declarations to the next migration."""

from __future__ import annotations

import click

from app.cli.connection import connected
from app.core import migrations


@click.group()
def migration() -> None:
    """The schema's migrations."""


@migration.command()
@click.argument("message")
def write(message: str) -> None:
    """Write the migration from the database's schema to the declarations', tables and machine SQL alike."""
    with connected() as database:
        written = migrations.write(database.direct_url, message)
    for path in written:
        click.echo(path.relative_to(migrations.ROOT.parent))
    if not written:
        click.echo("The database is what the declarations say: nothing to write.")


@migration.command()
def upgrade() -> None:
    """Bring the database to the newest migration."""
    from sqlalchemy.engine import make_url

    with connected() as database:
        login, owner = make_url(database.url).username, make_url(database.direct_url).username
        click.echo(migrations.upgrade(database.direct_url, login=login if login != owner else None))
