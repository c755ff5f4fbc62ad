"""What the tests of screens share: the application, people's browsers, and a record of any entity."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from uuid import UUID

import pytest
import sqlalchemy as sa
from flask import Flask

import app.models
from app.core import db
from app.core.actor import system
from app.core.entity import Entity, named
from tests.cast import Cast
from tests.databases import Database
from tests.factory import making
from tests.web import Browser, application

Make = Callable[..., UUID]


@pytest.fixture(scope="module")
def app(database: Database, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Flask]:
    """The application on this module's database."""
    return application(database, tmp_path_factory.mktemp("var"))


@pytest.fixture(scope="module")
def browsers(app: Flask) -> Callable[[str], Browser]:
    """One browser per person, signed in once."""
    known: dict[str, Browser] = {}

    def of(name: str) -> Browser:
        if name not in known:
            known[name] = Browser.of(app, name)
        return known[name]

    return of


@pytest.fixture
def admin(browsers: Callable[[str], Browser]) -> Browser:
    """The admin's browser."""
    return browsers("admin")


@pytest.fixture
def make(database: Database, cast: Cast) -> Make:
    """Make a record at North (or `at`) and return its id."""

    def one(entity: type[Entity], *, at: UUID | None = None, **given: object) -> UUID:
        # Changes are written by triggers alone: making anything makes one.
        wanted = named("brand") if entity.entity == "change" else entity
        with making(database, at or cast.north, cast.south) as factory:
            id = factory.make(wanted, **given).id
        return id if wanted is entity else _newest(entity)  # type: ignore[no-any-return]

    return one


def _newest(entity: type[Entity]) -> UUID:
    with db.reading(system()) as session:
        return session.scalars(sa.select(entity.id).order_by(entity.id.desc()).limit(1)).one()


def stored(entity: type[Entity], id: UUID) -> Entity | None:
    """The record as it is in the database."""
    with db.reading(system()) as session:
        return session.get(entity, id, populate_existing=True)
