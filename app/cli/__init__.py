"""Commands: `flask seed`, `flask entities`, `flask admin create` and the rest; one module per noun."""

from __future__ import annotations

from flask import Flask

from app.cli import admin, entities, migration, seed, worker


def init(app: Flask) -> None:
    """Hang the commands on `flask`."""
    for command in (entities.entities, admin.admin, seed.seed, migration.migration, worker.worker):
        app.cli.add_command(command)
