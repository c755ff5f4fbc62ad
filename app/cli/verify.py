"""`flask verify`: whether stock is the sum of its moves, for whoever asks at the command line."""

from __future__ import annotations

import dataclasses
import json
import sys

import click
from flask.cli import with_appcontext

from app.cli.connection import connected
from app.core.actor import system
from app.services.stock import verification


@click.command()
@click.option("--json", "as_json", is_flag=True, help="One JSON object for programs.")
@with_appcontext
def verify(as_json: bool) -> None:
    """Compare every stock level with its moves and name each that is wrong; repairs nothing. Ends with 1 if any is."""
    with connected():
        report = verification.run(system("flask verify"))
    if as_json:
        click.echo(json.dumps(dataclasses.asdict(report), default=str, indent=2))
    else:
        for problem in report.problems:
            click.echo(str(problem))
        click.echo(
            f"{report.checked:,} levels and {report.moves:,} moves in {report.seconds:.2f} s: "
            + (f"{report.wrong:,} problems." if report.wrong else "every level is the sum of its moves.")
        )
    sys.exit(1 if report.wrong else 0)
