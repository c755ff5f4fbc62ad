"""What the tests of history share: the application, and a moment to look back to."""

from __future__ import annotations

import datetime as dt

import pytest
import sqlalchemy as sa

from app.core import db
from app.core.actor import system
from tests.databases import Database


@pytest.fixture
def now(database: Database):  # type: ignore[no-untyped-def]
    """Asks the database for the time: the clock that changes are stamped with."""

    def ask() -> dt.datetime:
        with db.reading(system()) as session:
            found: dt.datetime = session.scalar(sa.text("SELECT clock_timestamp()"))
            return found

    return ask
