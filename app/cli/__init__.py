"""Commands: `flask seed`, `flask entities`, `flask admin create` and the rest; one module per noun."""

from __future__ import annotations

from flask import Flask

from app.cli import admin, entities, feed, migration, reorder, seed, verify, worker


def init(app: Flask) -> None:
    """Hang the commands on `flask`."""
    commands = (
        entities.entities,
        feed.feed,
        admin.admin,
        reorder.reorder,
        seed.seed,
        migration.migration,
        verify.verify,
        worker.worker,
    )
    for command in commands:
        app.cli.add_command(command)
