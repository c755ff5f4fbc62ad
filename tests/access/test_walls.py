"""The tests of access can fail: an entity whose walls are taken down is found out."""

from __future__ import annotations

import pytest
import sqlalchemy as sa

from app.core.entity import named
from app.views import paths
from tests.access.test_doors import ids_on
from tests.cast import Cast
from tests.databases import Database
from tests.factory import making
from tests.web import Browser, application


@pytest.fixture
def unscoped(fresh: Database) -> Database:
    """A database in which registers lost their row rule, as a careless declaration would have it."""
    engine = sa.create_engine(fresh.owner_url, poolclass=sa.NullPool)
    with engine.begin() as connection:
        connection.execute(sa.text("ALTER TABLE registers DISABLE ROW LEVEL SECURITY"))
    return fresh


def test_an_unscoped_entity_leaks_and_the_door_test_would_see_it(
    unscoped: Database, tmp_path_factory: pytest.TempPathFactory
) -> None:
    met = Cast.met(unscoped)
    register = named("register")
    with making(unscoped, met.south, met.elsewhere) as factory:
        hidden = factory.make(register).id
    clerk = Browser.of(application(unscoped, tmp_path_factory.mktemp("var")), "frontdesk")
    assert clerk.get(paths.of_record(register, hidden)).status_code == 200, (
        "without its policy the record must show, or the test is blind"
    )
    assert hidden not in ids_on(clerk.get(paths.of_list(register)).text), (
        "the list's own condition is a wall of its own"
    )


def test_the_same_record_behind_its_wall_does_not_show(
    fresh: Database, tmp_path_factory: pytest.TempPathFactory
) -> None:
    met = Cast.met(fresh)
    register = named("register")
    with making(fresh, met.south, met.elsewhere) as factory:
        hidden = factory.make(register).id
    clerk = Browser.of(application(fresh, tmp_path_factory.mktemp("var")), "frontdesk")
    assert clerk.get(paths.of_record(register, hidden)).status_code == 404
