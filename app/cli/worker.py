"""`flask worker`: scheduled work beside the web process."""

from __future__ import annotations

import signal
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from types import FrameType

import click
import sqlalchemy as sa
from flask import current_app
from flask.cli import with_appcontext

from app.cli.connection import connected
from app.config import Settings
from app.core import db
from app.core.actor import system
from app.core.embedded import Database
from app.core.errors import Busy
from app.services.feed import retention
from app.services.stock import holds, verification
from app.services.warehouse import exceptions

PARTITION_DAYS = 14
PARTITIONS_EVERY = 3600.0
CLEAN_EVERY = 3600.0
AGAIN_SECONDS = 5.0
"""How long to wait after the database was away."""

WORKER = system("worker")


@dataclass
class Job:
    """Work that is due every so many seconds, and when it is next."""

    work: Callable[[], None]
    every: float
    due: float = field(default_factory=time.monotonic)


@click.command()
@click.option("--once", is_flag=True, help="Do what is due and stop.")
@with_appcontext
def worker(once: bool) -> None:
    """Do scheduled work.

    Makes the change feed's partitions ahead and lets those older than HISTORY_DAYS go, frees what was held long
    enough, reports transfers that should have arrived, and compares stock with its moves.
    """
    stopped = threading.Event()

    def stop(number: int, frame: FrameType | None) -> None:
        stopped.set()

    signal.signal(signal.SIGTERM, stop)
    signal.signal(signal.SIGINT, stop)
    settings: Settings = current_app.config["BACKROOM"]
    with connected() as database:
        jobs = (
            Job(lambda: _make_partitions(database), PARTITIONS_EVERY),
            Job(_clean_feed, CLEAN_EVERY),
            Job(_release_holds, settings.release_seconds),
            Job(_look_for_overdue, settings.overdue_seconds),
            Job(_verify, settings.verify_seconds),
        )
        while not stopped.is_set():
            for job in jobs:
                if job.due <= time.monotonic() and not stopped.is_set():
                    _do(job, patient=not once)
            if once:
                return
            stopped.wait(max(0.0, min(job.due for job in jobs) - time.monotonic()))


def _do(job: Job, *, patient: bool) -> None:
    """Do it, and say when it is due again: after its time, counted from its end, so that slow work never piles up."""
    try:
        job.work()
        wait = job.every
    except (sa.exc.OperationalError, Busy) as error:
        if not patient:
            raise
        # The database restarts now and then; that is no reason to end everything else.
        click.echo(f"Scheduled work will be tried again: {error.__class__.__name__}.", err=True)
        wait = min(AGAIN_SECONDS, job.every)
    finally:
        db.release()
    job.due = time.monotonic() + wait


def _make_partitions(database: Database) -> None:
    owner = sa.create_engine(database.direct_url, poolclass=sa.NullPool)
    with owner.begin() as connection:
        made = connection.scalar(sa.text("SELECT backroom.make_partitions(:days)"), {"days": PARTITION_DAYS})
    if made:
        click.echo(f"Made {made} partitions of the change feed.")


def _clean_feed() -> None:
    done = retention.clean(WORKER)
    if done.days or done.busy:
        click.echo(retention.said(done))


def _release_holds() -> None:
    ended = holds.release_expired(WORKER)
    if ended:
        click.echo(f"Released {ended:,} {'reservation' if ended == 1 else 'reservations'} whose time was over.")


def _look_for_overdue() -> None:
    found = exceptions.look_for_overdue(WORKER)
    if found:
        click.echo(f"Overdue on their way: {len(found):,} more.")


def _verify() -> None:
    report = verification.run(WORKER)
    if report.wrong:
        click.echo(f"Stock: {report.wrong:,} problems. First: {report.problems[0]}", err=True)
