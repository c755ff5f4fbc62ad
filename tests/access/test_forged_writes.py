"""A write can't reach past what the person may do: by a link, a line, a move, a name or a column that is the machine's."""

from __future__ import annotations

from typing import Any
from uuid import UUID

import pytest

import app.models  # noqa: F401  fills the registry
from app.core import access, db, rows
from app.core.actor import Actor, system
from app.core.entity import Entity, children_of, class_named, columns_of, entities, named
from app.core.errors import AppError, Invalid, NotFound
from app.core.ids import uuid7
from app.core.scope import At
from app.services import records
from app.services.records import Line
from app.views import cells
from tests.access import oracle
from tests.cast import Cast
from tests.databases import Database
from tests.factory import making

WRITABLE = [cls for cls in entities() if cls.screen.writable and cls.captured]
LINKS = [
    (cls, name)
    for cls in WRITABLE
    for name, column in columns_of(cls).items()
    if column.info["column"].kind == "link" and not column.info["column"].by_machine
]
each_link = pytest.mark.parametrize(("entity", "link"), LINKS, ids=[f"{cls.entity}.{name}" for cls, name in LINKS])
WRITERS = ("manager", "north_clerk", "frontdesk")


@pytest.fixture(scope="module")
def world(database: Database) -> dict[tuple[str, str], UUID]:
    """One record of everything at North, and at a shop that is nobody's."""
    met = Cast.met(database)
    found = {}
    for place, id in (("North", met.north), ("Elsewhere", met.elsewhere)):
        with making(database, id, met.south) as factory:
            for entity in [cls for cls in entities() if cls.captured]:
                found[entity.entity, place] = factory.make(entity).id
    return found


def answer(actor: Actor, entity: type[Entity], id: UUID, given: dict[str, Any], version: int) -> tuple[Any, ...]:
    try:
        records.change(actor, entity, id, given, expected_version=version)
    except AppError as error:
        return type(error), error.message, getattr(error, "fields", None)
    return ("saved",)


@each_link
def test_a_hidden_target_and_a_missing_one_get_the_same_answer(
    entity: type[Entity], link: str, world: dict[tuple[str, str], UUID], cast: Cast
) -> None:
    target = class_named(columns_of(entity)[link].info["column"].target)
    for name in WRITERS:
        actor: Actor = getattr(cast, name)
        hidden = world[target.entity, "Elsewhere"]
        if not oracle.may(name, entity, "change", "North") or link not in access.changeable(actor, entity):
            continue
        with db.reading(actor):
            try:
                access.get(actor, target, hidden)
                continue  # theirs to see: a shop's name, a product
            except NotFound:
                pass
        if target.entity == "user":
            continue  # people's names are public
        id = world[entity.entity, "North"]
        version = _version(entity, id)
        there = answer(actor, entity, id, {link: str(hidden)}, version)
        nowhere = answer(actor, entity, id, {link: str(uuid7())}, version)
        assert there == nowhere, f"{name}: {entity.entity}.{link}"
        assert there != ("saved",)
        assert _version(entity, id) == version


def _version(entity: type[Entity], id: UUID) -> int:
    with db.reading(system()) as session:
        found = session.get(entity, id, populate_existing=True)
        assert found is not None
        return int(found.version)


@pytest.mark.parametrize("entity", WRITABLE, ids=lambda cls: cls.entity)
def test_columns_of_the_machine_are_nobodys_to_write(
    entity: type[Entity], world: dict[tuple[str, str], UUID], cast: Cast
) -> None:
    id = world[entity.entity, "North"]
    version = _version(entity, id)
    names = [name for name, column in columns_of(entity).items() if column.info["column"].by_machine]
    for name in [*names, "nothing", "__class__", "metadata", "check", "scope", ""]:
        for given in ("1", 1, True, None, str(uuid7()), {}, []):
            said = answer(cast.admin, entity, id, {name: given}, version)
            assert said[0] is Invalid, f"{entity.entity}.{name} = {given!r}: {said}"
            assert said[2] == {name: "This can't be set here."}
    assert _version(entity, id) == version


def test_a_record_moves_only_between_places_that_are_both_theirs(
    world: dict[tuple[str, str], UUID], cast: Cast, database: Database
) -> None:
    moved = 0
    for entity in WRITABLE:
        if not isinstance(entity.scope, At) or entity.scope.column not in access.changeable(cast.north_clerk, entity):
            continue
        for name in WRITERS:
            if oracle.may(name, entity, "change", "North"):
                id = world[entity.entity, "North"]
                said = answer(
                    getattr(cast, name), entity, id, {entity.scope.column: str(cast.elsewhere)}, _version(entity, id)
                )
                assert said[0] is Invalid, f"{name} moved a {entity.entity} away: {said}"
                moved += 1
    assert moved > 3


def test_lines_of_another_document_are_not_to_be_reached(world: dict[tuple[str, str], UUID], cast: Cast) -> None:
    tried = 0
    for parent in WRITABLE:
        for child, link in children_of(parent):
            if child.__name__ not in parent.screen.children:
                continue
            id, line = world[parent.entity, "North"], world[child.entity, "Elsewhere"]
            with db.reading(system()) as session:
                if getattr(session.get(child, line), link) == id:
                    continue
            for remove in (True, False):
                given = {} if remove else {"note": "mine now"}
                lines = {child.entity: [Line(values=given, id=line, version=1, remove=remove)]}
                for actor in (cast.admin, cast.manager):
                    with pytest.raises(AppError):
                        records.change(actor, parent, id, {}, expected_version=_version(parent, id), children=lines)
            with db.reading(system()) as session:
                assert session.get(child, line, populate_existing=True) is not None
            tried += 1
    assert tried > 3


def test_only_the_children_of_a_screen_are_written_with_it(world: dict[tuple[str, str], UUID], cast: Cast) -> None:
    brand = named("brand")
    for child in ("grant", "product", "user", "nothing", ""):
        with pytest.raises(Invalid):
            records.create(cast.admin, brand, {"name": f"B {child}"}, children={child: [Line({"name": "x"})]})


def test_what_names_an_entity_names_one_that_exists(world: dict[tuple[str, str], UUID], cast: Cast) -> None:
    for entity in (named("comment"), named("saved_view")):
        given = {"entity": "nothing_like_it", "record_id": str(uuid7()), "body": "x", "name": "x"}
        fitting = {key: value for key, value in given.items() if key in columns_of(entity)}
        with pytest.raises(Invalid) as refused:
            records.create(cast.admin, entity, fitting)
        assert "entity" in refused.value.fields


def test_a_record_about_an_entity_that_is_gone_is_still_shown(world: dict[tuple[str, str], UUID]) -> None:
    row = rows.Row(uuid7(), 1, {"entity": "gone_by_now", "record_id": uuid7()})
    assert cells.render_cells(named("comment"), row, ["entity", "record_id"], full=True)["record_id"]
