"""Servers of both kinds for live tests."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import psycopg
import pytest

from tests.databases import Database
from tests.realtime.site import Browser, Page, Server, serving

MODES = [
    pytest.param("eventlet", id="eventlet"),
    pytest.param("threading", id="threading", marks=pytest.mark.slow_modes),
]


@pytest.fixture(scope="module", params=MODES)
def site(
    request: pytest.FixtureRequest, database: Database, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Server]:
    """A server on the module's database, in each way of serving."""
    with serving(database, tmp_path_factory.mktemp("site"), mode=request.param) as server:
        yield server


@pytest.fixture(scope="module")
def browsers(site: Server) -> Callable[[str], Browser]:
    """Each of the cast, signed in once."""
    known: dict[str, Browser] = {}

    def of(name: str) -> Browser:
        if name not in known:
            known[name] = Browser(site.address, name)
        return known[name]

    return of


@pytest.fixture
def open_page(site: Server, browsers: Callable[[str], Browser]) -> Iterator[Callable[..., Page]]:
    """Open pages: `open_page("north_clerk", "product")`; closed at the end."""
    opened: list[Page] = []

    def open(name: str, *entities: str, cursor: str = "") -> Page:
        made = Page(site.address, browsers(name).cookie, list(entities), cursor=cursor).open()
        opened.append(made)
        return made

    yield open
    for each in opened:
        each.close()


@pytest.fixture
def sql(database: Database) -> Iterator[psycopg.Connection]:
    """A plain connection as the owner's psql would have it."""
    with psycopg.connect(database.dsn, autocommit=True) as connection:
        yield connection
