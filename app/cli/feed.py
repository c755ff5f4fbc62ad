"""`flask feed`: how large the change feed is, and letting go what is older than it has to be kept."""

from __future__ import annotations

import dataclasses
import json

import click
from flask.cli import with_appcontext

from app.cli.connection import connected
from app.core.actor import system
from app.core.errors import AppError
from app.services.feed import retention
from app.services.feed.retention import Status

FEED = system("flask feed")


@click.group()
def feed() -> None:
    """The change feed: its size and its clean-up."""


@feed.command()
@click.option("--json", "as_json", is_flag=True, help="One JSON object for programs.")
@with_appcontext
def status(as_json: bool) -> None:
    """Say how large the change feed is and how far back it reaches."""
    with connected():
        found = retention.status(FEED)
    if as_json:
        figures = {"records": found.records, "bytes": found.bytes}
        click.echo(json.dumps(dataclasses.asdict(found) | figures, default=str, indent=2))
        return
    for line in _lines(found):
        click.echo(line)


def _lines(found: Status) -> list[str]:
    since = found.oldest.strftime("%-d %b %Y, %H:%M UTC") if found.oldest else "nothing yet"
    return [
        f"Oldest change: {since} ({found.days:,} days).",
        f"About {found.records:,} changes, {found.bytes / 1_000_000:,.1f} MB, in {len(found.parts):,} parts.",
        f"Days made ahead: {found.ahead}." + ("" if found.ahead else " Start `flask worker`: it makes them."),
    ]


@feed.command()
@click.option("--hours-to-keep", "hours", type=int, help="Let cursors older than so many hours expire.")
@click.option("--history-too", is_flag=True, help="Let history older than these hours go too, HISTORY_DAYS or not.")
@with_appcontext
def clean(hours: int | None, history_too: bool) -> None:
    """Let go whole days that are older than HISTORY_DAYS; doing it again does no harm."""
    with connected():
        try:
            done = retention.clean(FEED, hours=hours, history=history_too)
        except AppError as error:
            raise click.ClickException(" ".join(getattr(error, "fields", {}).values()) or error.message) from None
    click.echo(retention.said(done))
