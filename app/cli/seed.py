"""`flask seed`: the demo shop, the data of another shop, and volume for measuring."""

from __future__ import annotations

from pathlib import Path

import click
from flask import current_app
from flask.cli import with_appcontext
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn
from rich.table import Table

from app.cli.connection import connected
from app.config import Settings
from app.core import embedded
from app.core.actor import system
from app.core.embedded import Database
from app.core.errors import AppError, Invalid
from app.services import demo, northwind, volume
from app.services.northwind.report import Report

NOT_OURS = (
    "This is not the embedded database: demo people with printed passwords, and volume, don't belong into it.\n"
    "If you do want them there, say so with --yes-this-database"
)


@click.command()
@click.option("--demo", "wants_demo", is_flag=True, help="The demo shop with its logins.")
@click.option("--northwind", "shop", type=click.Path(path_type=Path), help="The Northwind shop from this SQLite file.")
@click.option("--large", is_flag=True, help="A million stock moves and 200,000 clients, to measure with.")
@click.option("--yes-this-database", "sure", is_flag=True, help="Even in a database that is not the embedded one.")
@click.option("--quiet", is_flag=True, help="Don't print the demo logins; they stand in var/demo-logins.")
@with_appcontext
def seed(wants_demo: bool, shop: Path | None, large: bool, sure: bool, quiet: bool) -> None:
    """Fill the database with the demo shop, another shop's data, or volume. What is in already stays as it is."""
    if not (wants_demo or shop or large):
        raise click.UsageError("Say what to fill in: --demo, --northwind FILE or --large")
    settings: Settings = current_app.config["BACKROOM"]
    with connected() as database:
        try:
            if (wants_demo or large) and not sure:
                _make_sure_it_is_ours(settings, database)
            if wants_demo:
                _demo(settings, quiet=quiet)
            if shop is not None:
                _northwind(shop)
            if large:
                _large(database)
        except AppError as error:
            raise click.ClickException(_told(error)) from error


def _told(error: AppError) -> str:
    fields = error.fields if isinstance(error, Invalid) else {}
    return "\n".join([error.message, *(f"  {name}: {text}" for name, text in fields.items())])


def _make_sure_it_is_ours(settings: Settings, database: Database) -> None:
    if not (database.server or embedded.is_at(database.url, settings.embedded_dir)):
        raise click.ClickException(NOT_OURS)


def _demo(settings: Settings, *, quiet: bool) -> None:
    with _progress() as progress:
        task = progress.add_task("The demo shop", total=len(demo.PARTS) + 1)
        for part in demo.plant(system("flask seed")):
            progress.update(task, advance=1, description=part)
        table = demo.hand_out_logins(settings.var_dir)
        progress.update(task, advance=1, description="The demo shop is in")
    if not quiet:
        click.echo(f"\nDemo logins (also in {settings.var_dir / demo.logins.FILE}):\n\n{table}")


def _northwind(shop: Path) -> None:
    with _progress() as progress:
        tasks: dict[str, int] = {}

        def told(kind: str, done: int, total: int) -> None:
            if kind not in tasks:
                tasks[kind] = progress.add_task(kind, total=total)
            progress.update(tasks[kind], completed=done)

        report = northwind.load(system("flask seed"), shop, told=told)
    Console().print(_table(report))
    click.echo(
        "Left out:" if any(outcome.left_out for outcome in report.outcomes.values()) else "Nothing was left out."
    )
    for outcome in report.outcomes.values():
        for reason, count in outcome.left_out.items():
            click.echo(f"  {count:>6,}  {outcome.kind}: {reason}")


def _large(database: Database) -> None:
    with _progress() as progress:
        task = progress.add_task("Volume", total=volume.STEPS)
        for step in volume.fill(database.direct_url):
            progress.update(task, advance=1, description=step)


def _table(report: Report) -> Table:
    table = Table("In the file", "Here", "Placed", "There already", title="Northwind")
    for outcome in report.outcomes.values():
        if outcome.placed or outcome.already:
            table.add_row(outcome.kind, outcome.went_to, f"{outcome.placed:,}", f"{outcome.already:,}")
    return table


def _progress() -> Progress:
    return Progress(
        TextColumn("{task.description:<40}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn(), console=Console()
    )
