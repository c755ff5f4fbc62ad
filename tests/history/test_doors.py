"""Nobody is told of the past what is not theirs: every entity, through every door to its history, by everyone of the cast."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from uuid import UUID

import pytest
import sqlalchemy as sa
from sqlalchemy.exc import DBAPIError

import app.models  # noqa: F401  fills the registry
from app.core import db, listing
from app.core.actor import Actor, system
from app.core.entity import Entity, columns_of, entities
from app.core.errors import Forbidden
from app.core.scope import AsRecord
from app.services.history import deeds, differences, past
from app.services.history.walking import Asked
from tests.access import oracle
from tests.cast import PEOPLE, Cast
from tests.databases import Database
from tests.factory import making

EVERY = [cls for cls in entities() if cls.captured]
each_entity = pytest.mark.parametrize("entity", EVERY, ids=lambda cls: cls.entity)
TOUCHED = ("text", "long_text", "flag", "whole", "money", "quantity", "cost")


@dataclass(frozen=True)
class World:
    """One record of every entity at each shop, the moment when all of them were there, and the one before."""

    at: dict[tuple[str, str], UUID]
    before: dt.datetime
    then: dt.datetime


@pytest.fixture(scope="module")
def world(database: Database) -> World:
    met = Cast.met(database)
    before = _now()
    found: dict[tuple[str, str], UUID] = {}
    for place, id in (("North", met.north), ("South", met.south)):
        with making(database, id, met.elsewhere) as factory:
            for entity in EVERY:
                found[entity.entity, place] = factory.make(entity).id
    then = _now()
    engine = sa.create_engine(database.owner_url)
    with engine.connect() as connection:
        for entity in EVERY:
            _touch(connection, entity, [found[entity.entity, place] for place in ("North", "South")])
    engine.dispose()
    return World(found, before, then)


def _now() -> dt.datetime:
    with db.reading(system()) as session:
        found: dt.datetime = session.scalar(sa.text("SELECT clock_timestamp()"))
        return found


CHANGES = {"flag": "NOT {0}", "text": "left({0} || 'x', 80)", "long_text": "coalesce({0}, '') || 'x'"}


def _touch(connection: sa.Connection, entity: type[Entity], ids: list[UUID]) -> None:
    """Change something of the records, past every rule: what was is then only in the feed. A ledger refuses."""
    for name, column in columns_of(entity).items():
        described = column.info["column"]
        if described.kind not in TOUCHED or described.unique or described.secret or column.computed is not None:
            continue
        if name in ("version", *entity.scope.columns):
            continue
        value = CHANGES.get(described.kind, "coalesce({0}, 0) + 1").format(f'"{name}"')
        statement = f'UPDATE {entity.__tablename__} SET "{name}" = {value} WHERE id = ANY (:ids)'
        try:
            with connection.begin():
                connection.execute(sa.text(statement), {"ids": ids})
            return
        except DBAPIError:
            continue


def told_of(actor: Actor, entity: type[Entity], ids: dict[str, UUID], world: World) -> dict[str, set[UUID]]:
    """Which of these records each door to the past tells the actor of."""
    asked = Asked(since=world.before, shown=1_000)
    found = {
        "record": {id for id in ids.values() if _of(deeds.of_record(actor, entity, id, asked), entity)},
        "list": _of(deeds.of_list(actor, entity, asked), entity),
    }
    if past.is_kept(entity):
        listed = past.page(actor, entity, listing.parse(actor, entity, {"size": ["200"], "sort": ["-id"]}), world.then)
        changed = differences.between(actor, entity, world.before, _now())
        found |= {
            "past record": set(past.by_ids(actor, entity, list(ids.values()), ["id"], world.then)),
            "past list": {row.id for row in listed.rows},
            "differences": {one.id for one in changed.found},
        }
    return found


def _of(page: deeds.Page, entity: type[Entity]) -> set[UUID]:
    return {told.change.record_id for deed in page.deeds for told in deed.told if told.entity is entity}


@each_entity
def test_each_door_to_the_past_tells_of_ones_own_places_and_no_others(
    entity: type[Entity], world: World, cast: Cast
) -> None:
    ids = {place: world.at[entity.entity, place] for place in ("North", "South")}
    for name in PEOPLE:
        seen = {ids[place] for place in ids if oracle.may(name, entity, "see", place)}
        try:
            doors = told_of(getattr(cast, name), entity, ids, world)
        except Forbidden:
            assert not seen, f"{name} should see {entity.entity}"
            continue
        for door, found in doors.items():
            assert found & set(ids.values()) <= seen, f"{name} is told of another's {entity.entity} by {door}"
            # What a record hangs on may be out of the reader's sight by rules of its own.
            if not isinstance(entity.scope, AsRecord):
                assert found & set(ids.values()) == seen, f"{name} is not told of their own {entity.entity} by {door}"
