"""How a command reaches the database: the one of the settings, or the embedded one, joined for as long as it runs."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from flask import current_app

from app.config import Settings
from app.core import db, embedded


@contextmanager
def connected() -> Iterator[embedded.Database]:
    """The database, with `core.db` configured for it."""
    settings: Settings = current_app.config["BACKROOM"]
    database = embedded.for_settings(settings)
    try:
        db.configure(database.url, pool_size=3)
        yield database
    finally:
        db.release()
        db.engine().dispose()
        if database.server is not None:
            database.server.stop()
