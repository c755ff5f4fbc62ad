"""A role at all locations opens what the role allows, and nothing that belongs to somebody else."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from uuid import UUID

import pytest
import sqlalchemy as sa

import app.models  # noqa: F401  fills the registry
from app.core import access, db, grants, listing, rows
from app.core.actor import Access, Actor, Grant, Role, gate, person, system
from app.core.entity import Entity, entities, named
from app.core.errors import AppError
from app.core.scope import AsRecord, Own
from app.services import records
from app.services.feed import changes
from tests.access.oracle import allows
from tests.cast import Cast
from tests.databases import Database
from tests.factory import making

ROLES = ("manager", "clerk", "frontdesk", "viewer")
CAPTURED = [cls for cls in entities() if cls.captured]
PERSONAL = [cls for cls in CAPTURED if isinstance(cls.scope, Own)]
HANGING = [cls for cls in CAPTURED if isinstance(cls.scope, AsRecord)]
each_role = pytest.mark.parametrize("role", ROLES)


@dataclass(frozen=True)
class House:
    """People who hold one built-in role at all locations, and one record of every entity that is not theirs."""

    people: dict[str, Actor]
    records: dict[str, UUID]
    hanging: dict[tuple[str, str], UUID]


@pytest.fixture(scope="module")
def house(database: Database) -> Iterator[House]:
    met = Cast.met(database)
    everyone = system("tests")
    with db.reading(everyone) as session:
        roles = {row.name: row.id for row in session.execute(sa.text("SELECT id, name FROM roles"))}
    ids = {}
    for role in ROLES:
        given = {"name": f"{role} of all", "email": f"{role}.of.all@example.com", "active": True}
        ids[role] = records.create(everyone, named("user"), given).id
        records.create(everyone, named("grant"), {"user_id": ids[role], "role_id": roles[role]})
    with making(database, met.south, met.elsewhere) as factory:
        made = {cls.entity: factory.make(cls).id for cls in CAPTURED}
        hanging = {
            (cls.entity, target): factory.make(cls, entity_=target, record_id=made[target]).id
            for cls in HANGING
            for target in ("user", "webhook", "product", "client")
        }
    with db.reading(gate()) as session:
        people = {role: found for role, id in ids.items() if (found := grants.resolve(session, id))}
    yield House(people, made, hanging)
    db.release()


def listed(actor: Actor, entity: type[Entity]) -> set[UUID]:
    try:
        query = listing.parse(actor, entity, {"sort": ["-created_at"], "size": ["200"]})
        return {row.id for row in listing.page(actor, entity, query).rows}
    except AppError:
        return set()


def found(actor: Actor, entity: type[Entity], id: UUID) -> bool:
    try:
        access.get(actor, entity, id)
    except AppError:
        return False
    return True


def should_see(role: str, entity: type[Entity]) -> bool:
    """One grant for all locations: the role's word is all there is to it, for what is somebody else's."""
    return allows(role, entity, "see")


@each_role
@pytest.mark.parametrize("entity", CAPTURED, ids=lambda cls: cls.entity)
def test_what_a_role_does_not_open_stays_shut_at_all_locations_too(
    entity: type[Entity], role: str, house: House
) -> None:
    actor, id = house.people[role], house.records[entity.entity]
    wanted = should_see(role, entity)
    if isinstance(entity.scope, AsRecord):
        wanted = should_see(role, named("register"))
    assert found(actor, entity, id) == wanted, f"by id: {role}, {entity.entity}"
    assert (id in listed(actor, entity)) == wanted, f"in the list: {role}, {entity.entity}"
    with db.reading(actor) as session:
        shown = rows.by_ids(session, entity, [id], ("id",)) if access.may(actor, entity, "see") else {}
        assert (id in shown) == wanted, f"by ids: {role}, {entity.entity}"


@each_role
@pytest.mark.parametrize("entity", HANGING, ids=lambda cls: cls.entity)
def test_what_hangs_on_a_closed_record_is_closed(entity: type[Entity], role: str, house: House) -> None:
    actor = house.people[role]
    for target in ("user", "webhook", "product", "client"):
        id = house.hanging[entity.entity, target]
        wanted = should_see(role, named(target))
        assert found(actor, entity, id) == wanted, f"{role} and a {entity.entity} on a {target}"
        assert (id in listed(actor, entity)) == wanted, f"{role} and a {entity.entity} on a {target}, in the list"


@each_role
@pytest.mark.parametrize("entity", PERSONAL, ids=lambda cls: cls.entity)
def test_nobody_changes_or_deletes_what_belongs_to_somebody_else(entity: type[Entity], role: str, house: House) -> None:
    actor, id = house.people[role], house.records[entity.entity]
    for verb in ("change", "delete"):
        if not allows(role, entity, verb):
            with pytest.raises(AppError):
                access.get(actor, entity, id, to=verb)


@each_role
def test_history_tells_only_of_records_that_the_role_opens(role: str, house: House) -> None:
    actor = house.people[role]
    with db.reading(actor) as session:
        for entity in CAPTURED:
            if not isinstance(entity.scope, AsRecord) and not should_see(role, entity):
                told = changes.of_record(session, entity.entity, house.records[entity.entity])
                assert not told, f"{role} reads the history of a {entity.entity}"


def test_who_may_see_changes_sees_no_field_in_them_that_is_hidden(cast: Cast) -> None:
    clerk = Role(cast.north, "auditor", frozenset({("*", "see")}))
    auditor = person(cast.north, "Auditor", Access((Grant(clerk, None),)))
    assert access.may(auditor, named("change"), "see")
    assert "cost" not in access.visible(auditor, named("product"))
    assert "diff" not in access.visible(auditor, named("change"))
