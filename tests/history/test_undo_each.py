"""Whatever is deleted comes back as it was, and whatever is made goes away again: for every kind of record."""

from __future__ import annotations

from typing import Any

import pytest

import app.models  # noqa: F401  fills the registry
from app.core.actor import system
from app.core.entity import Entity, columns_of, entities
from app.core.errors import AppError
from app.services import records
from tests.cast import Cast
from tests.databases import Database
from tests.factory import making
from tests.history.test_undo import back, newest, stored

WRITABLE = [entity for entity in entities() if entity.screen.writable and entity.captured]

UNTYPED = {
    "permission": "Entity: There is no such kind of record.",
    "notification_rule": "Tell the role: Choose a role or a person to tell.",
}
"""What nobody could type as the tests make it stays away, and says why: a made-up kind of record, nobody to tell."""


def row(entity: type[Entity], id: Any) -> dict[str, Any] | None:
    """What people and the machine wrote into a record, without secrets and what a new version stamps."""
    record = stored(entity, id)
    stamped = {"version", "updated_at"} | {name for name, c in columns_of(entity).items() if c.info["column"].secret}
    return None if record is None else {name: getattr(record, name) for name in columns_of(entity).keys() - stamped}


@pytest.mark.parametrize("entity", WRITABLE, ids=lambda entity: entity.entity)
def test_a_deleted_record_of_any_kind_comes_back_as_it_was_and_goes_again(
    entity: type[Entity], cast: Cast, database: Database
) -> None:
    with making(database, cast.north, cast.south) as factory:
        made = factory.make(entity)
    before = row(entity, made.id)
    needs_secret = any(c.info["column"].secret and not c.nullable for c in columns_of(entity).values())
    try:
        records.remove(system("tests"), entity, made.id, expected_version=stored(entity, made.id).version)
    except AppError as error:
        pytest.fail(f"{entity.entity} could not be deleted: {error.message}")
    outcome = back(cast.admin, newest(entity, made.id))
    if needs_secret:
        assert "was never kept" in outcome.message
        return
    if entity.entity in UNTYPED:
        assert (outcome.state, outcome.message) == ("left", UNTYPED[entity.entity])
        return
    assert (outcome.state, outcome.message) == ("back", "")
    assert row(entity, made.id) == before
    again = back(cast.admin, newest(entity, made.id))
    assert (again.state, again.message, row(entity, made.id)) == ("back", "", None)
