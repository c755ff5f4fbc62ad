"""`flask seed`: the demo shop, the data of another shop, and volume for measuring."""

from __future__ import annotations

import click
from flask import current_app
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

from app.cli.connection import connected
from app.config import Settings
from app.core import embedded
from app.core.actor import system
from app.core.embedded import Database
from app.core.errors import AppError, Invalid
from app.services import demo

NOT_OURS = (
    "This is not the embedded database: demo people with printed passwords don't belong into it.\n"
    "If you do want them there, say so: flask seed --demo --yes-this-database"
)


@click.command()
@click.option("--demo", "wants_demo", is_flag=True, help="The demo shop with its logins.")
@click.option("--yes-this-database", is_flag=True, help="Demo data even in a database that is not the embedded one.")
def seed(wants_demo: bool, yes_this_database: bool) -> None:
    """Fill the database: with the demo shop, or another shop's data."""
    if not wants_demo:
        raise click.UsageError("Say what to fill in: --demo")
    settings: Settings = current_app.config["BACKROOM"]
    with connected() as database:
        try:
            _demo(settings, database, sure=yes_this_database)
        except Invalid as error:
            problems = "\n".join(f"  {name}: {text}" for name, text in error.fields.items())
            raise click.ClickException(f"{error.message}\n{problems}".rstrip()) from error
        except AppError as error:
            raise click.ClickException(error.message) from error


def _demo(settings: Settings, database: Database, *, sure: bool) -> None:
    if not (sure or database.server or embedded.is_at(database.url, settings.embedded_dir)):
        raise click.ClickException(NOT_OURS)
    with _progress() as progress:
        task = progress.add_task("The demo shop", total=len(demo.PARTS) + 1)
        for part in demo.plant(system("flask seed")):
            progress.update(task, advance=1, description=part)
        table = demo.hand_out_logins(settings.var_dir)
        progress.update(task, advance=1, description="The demo shop is in")
    click.echo(f"\nDemo logins (also in {settings.var_dir / demo.logins.FILE}):\n\n{table}")


def _progress() -> Progress:
    return Progress(
        TextColumn("{task.description:<30}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn(), console=Console()
    )
