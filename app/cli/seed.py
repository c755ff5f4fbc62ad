"""`flask seed`: demo data, and data of other shops."""

from __future__ import annotations

import click


@click.command()
@click.option("--demo", is_flag=True, help="The demo shop with its logins.")
def seed(demo: bool) -> None:
    """Fill the database with demo data."""
    raise click.ClickException("There is no demo data yet.")
