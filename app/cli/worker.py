"""`flask worker`: scheduled work beside the web process."""

from __future__ import annotations

import signal
import threading
from types import FrameType

import click
import sqlalchemy as sa

from app.cli.connection import connected

PARTITION_DAYS = 14
EVERY_SECONDS = 3600.0


@click.command()
@click.option("--once", is_flag=True, help="Do what is due and stop.")
def worker(once: bool) -> None:
    """Do scheduled work: the change feed's partitions are made ahead."""
    stopped = threading.Event()

    def stop(number: int, frame: FrameType | None) -> None:
        stopped.set()

    signal.signal(signal.SIGTERM, stop)
    signal.signal(signal.SIGINT, stop)
    with connected() as database:
        owner = sa.create_engine(database.direct_url, poolclass=sa.NullPool)
        while not stopped.is_set():
            with owner.begin() as connection:
                made = connection.scalar(sa.text("SELECT backroom.make_partitions(:days)"), {"days": PARTITION_DAYS})
            if made:
                click.echo(f"Made {made} partitions of the change feed.")
            if once:
                return
            stopped.wait(EVERY_SECONDS)
