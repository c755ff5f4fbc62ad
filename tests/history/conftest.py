"""What the tests of history share: the application, its signed-in people, and a moment to look back to."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable

import pytest
import sqlalchemy as sa
from flask import Flask

from app.core import db
from app.core.actor import system
from tests.databases import Database
from tests.web import Browser, application


@pytest.fixture
def now(database: Database):  # type: ignore[no-untyped-def]
    """Asks the database for the time: the clock that changes are stamped with."""

    def ask() -> dt.datetime:
        with db.reading(system()) as session:
            found: dt.datetime = session.scalar(sa.text("SELECT clock_timestamp()"))
            return found

    return ask


@pytest.fixture(scope="module")
def web(database: Database, tmp_path_factory: pytest.TempPathFactory) -> Flask:
    """The application with a folder of its own."""
    return application(database, tmp_path_factory.mktemp("var"))


@pytest.fixture(scope="module")
def browsers(web: Flask) -> Callable[[str], Browser]:
    """Somebody's signed-in browser, by their name in the cast."""
    known: dict[str, Browser] = {}

    def of(name: str) -> Browser:
        if name not in known:
            known[name] = Browser.of(web, name)
        return known[name]

    return of
