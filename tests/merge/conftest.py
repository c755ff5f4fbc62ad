"""Two people, one record: the application and a record of any entity, as the tests of screens have them."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import psycopg
import pytest

from tests.databases import Database
from tests.screens.conftest import admin, app, browsers, make

__all__ = ["admin", "app", "browsers", "make"]


@pytest.fixture
def sql(database: Database) -> Iterator[psycopg.Connection[Any]]:
    with psycopg.connect(database.dsn, autocommit=True) as connection:
        yield connection
