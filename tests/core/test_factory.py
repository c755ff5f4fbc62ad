"""Any record can be made from its declaration alone, and again at another shop."""

from __future__ import annotations

import pytest

import app.models  # noqa: F401  fills the registry
from app.core import schema
from app.core.entity import Entity
from tests.cast import Cast
from tests.databases import Database
from tests.factory import making


@pytest.mark.parametrize("entity", schema.tables(), ids=lambda cls: cls.entity)
def test_the_factory_makes_two_of_each(entity: type[Entity], database: Database, cast: Cast) -> None:
    for place in (cast.north, cast.south):
        with making(database, place, cast.elsewhere) as factory:
            assert factory.make(entity).version == 1
