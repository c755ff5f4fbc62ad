"""Nobody sees or touches what is not theirs: every entity, through every door, by everyone of the cast."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any
from uuid import UUID

import pytest
import sqlalchemy as sa
from flask import Flask

import app.models  # noqa: F401  fills the registry
from app.core import db, listing
from app.core.actor import Actor
from app.core.entity import Entity, columns_of, entities
from app.core.errors import AppError
from app.views import paths
from tests.access import oracle
from tests.cast import PEOPLE, Cast
from tests.databases import Database
from tests.factory import making
from tests.web import Browser, application

EVERY = [cls for cls in entities() if cls.captured]
each_entity = pytest.mark.parametrize("entity", EVERY, ids=lambda cls: cls.entity)
each_person = pytest.mark.parametrize("name", list(PEOPLE))


@dataclass(frozen=True)
class Rows:
    """One record of every entity at each shop."""

    at: dict[tuple[str, str], UUID]

    def of(self, entity: type[Entity], place: str) -> UUID:
        return self.at[entity.entity, place]


@pytest.fixture(scope="module")
def world(database: Database) -> Rows:
    met = Cast.met(database)
    found: dict[tuple[str, str], UUID] = {}
    for place, id in (("North", met.north), ("South", met.south)):
        with making(database, id, met.elsewhere) as factory:
            for entity in EVERY:
                found[entity.entity, place] = factory.make(entity).id
    return Rows(found)


@pytest.fixture(scope="module")
def web(database: Database, world: Rows, tmp_path_factory: pytest.TempPathFactory) -> Flask:
    return application(database, tmp_path_factory.mktemp("var"))


@pytest.fixture(scope="module")
def browsers(web: Flask) -> dict[str, Browser]:
    return {name: Browser.of(web, name) for name in PEOPLE}


def places_seen(name: str, entity: type[Entity]) -> set[str]:
    return {place for place in ("North", "South") if oracle.may(name, entity, "see", place)}


def ids_on(text: str) -> set[UUID]:
    return {UUID(found) for found in re.findall(r'data-id="([0-9a-f-]{36})"', text)}


@each_person
@each_entity
def test_a_list_has_the_rows_of_ones_own_places_and_no_others(
    entity: type[Entity], name: str, browsers: dict[str, Browser], world: Rows
) -> None:
    answer = browsers[name].get(paths.of_list(entity) + "?sort=-created_at&size=200")
    seen = places_seen(name, entity)
    if answer.status_code != 200:
        assert answer.status_code in (403, 404), answer.status
        assert not seen, f"{name} should see {entity.entity} of {seen}"
        return
    shown = ids_on(answer.text)
    for place in ("North", "South"):
        assert (world.of(entity, place) in shown) == (place in seen), f"{name}, {entity.entity} at {place}"


@each_person
@each_entity
def test_a_record_that_is_not_ones_own_looks_like_a_missing_one(
    entity: type[Entity], name: str, browsers: dict[str, Browser], world: Rows
) -> None:
    missing = UUID("00000000-0000-7000-8000-000000000000")
    for suffix in ("", "/edit"):
        gone = browsers[name].get(paths.of_record(entity, missing) + suffix)
        for place in ("North", "South"):
            answer = browsers[name].get(paths.of_record(entity, world.of(entity, place)) + suffix)
            if oracle.may(name, entity, "see", place) and not suffix:
                assert answer.status_code == 200, f"{name}, {entity.entity} at {place}: {answer.status}"
            elif not oracle.may(name, entity, "see", place):
                assert answer.status_code == gone.status_code, f"{name} can tell that {entity.entity} at {place} exists"
                assert answer.status_code in (403, 404, 405)


@each_person
@each_entity
def test_search_filter_and_sort_do_not_reach_further_than_the_list(
    entity: type[Entity], name: str, browsers: dict[str, Browser], world: Rows, cast: Cast
) -> None:
    forbidden = {world.of(entity, place) for place in {"North", "South"} - places_seen(name, entity)}
    if not forbidden:
        return
    for query in ("?q=1", f"?sort=-{entity.screen.title[0]}", "?f.0.created_at.last=7"):
        answer = browsers[name].get(paths.of_list(entity) + query)
        assert answer.status_code in (200, 400, 403, 404), f"{query}: {answer.status}"
        assert not ids_on(answer.text) & forbidden, f"{name} found a hidden {entity.entity} by {query}"
    actor = getattr(cast, name)
    for column in columns_of(entity):
        for sort in (column, f"-{column}"):
            assert not found_by(actor, entity, {"sort": [sort]}) & forbidden, (
                f"{name} found a hidden {entity.entity} by {sort}"
            )


def found_by(actor: Actor, entity: type[Entity], arguments: dict[str, list[str]]) -> set[UUID]:
    """What the list's own query finds, with no page around it; a refusal finds nothing."""
    try:
        with db.reading(actor):
            query = listing.parse(actor, entity, arguments)
            return {row.id for row in listing.page(actor, entity, query).rows}
    except AppError:
        return set()


@each_person
@each_entity
def test_the_picker_offers_only_what_the_list_would_show(
    entity: type[Entity], name: str, browsers: dict[str, Browser], world: Rows
) -> None:
    answer = browsers[name].get(paths.of_picker(entity) + "?q=")
    if answer.status_code != 200:
        assert answer.status_code in (403, 404), answer.status
        return
    offered = {UUID(item["id"]) for item in answer.get_json()["items"]}
    for place in ("North", "South"):
        if not oracle.may(name, entity, "see", place) and not getattr(entity.scope, "readable", ()):
            assert world.of(entity, place) not in offered, f"{name} is offered {entity.entity} at {place}"


@each_person
@each_entity
def test_writing_doors_change_nothing_that_is_not_ones_own(
    entity: type[Entity], name: str, browsers: dict[str, Browser], world: Rows, owner: sa.Connection
) -> None:
    for place in ("North", "South"):
        id = world.of(entity, place)
        before = row_of(owner, entity, id)
        for verb, door, data in write_attempts(entity, id, before["version"]):
            if not oracle.may(name, entity, verb, place):
                answer = knock(browsers[name], entity, id, door, data)
                assert answer.status_code < 500, f"{verb}: {answer.status} {answer.text[:200]}"
                after = row_of(owner, entity, id)
                assert after == before, f"{name} could {verb} {entity.entity} at {place}"
                assert no_row_succeeded(answer), f"{name} was told that {verb} worked"


def row_of(owner: sa.Connection, entity: type[Entity], id: UUID) -> dict[str, Any]:
    found = owner.execute(sa.select(entity.__table__).where(entity.__table__.c.id == id)).mappings().one_or_none()
    owner.rollback()
    return dict(found) if found else {}


def write_attempts(entity: type[Entity], id: UUID, version: int) -> Iterator[tuple[str, str, dict[str, Any]]]:
    """(verb, door, what is sent): each would work for somebody who may."""
    column = next(
        (
            name
            for name, found in columns_of(entity).items()
            if found.info["column"].kind in ("text", "long_text", "code")
        ),
        "id",
    )
    yield "change", "cell", {"column": column, "value": "Taken over", "version": version}
    yield "change", "edit", {"version": str(version), column: "Taken over", f"was.{column}": "x"}
    yield "change", "bulk", {"rows": [[str(id), version]], "change": {column: "Taken over"}}
    yield "delete", "delete", {"version": str(version)}
    yield "delete", "bulk", {"rows": [[str(id), version]], "delete": True}


def knock(browser: Browser, entity: type[Entity], id: UUID, door: str, data: dict[str, Any]) -> Any:
    if door == "bulk":
        return browser.post(f"{paths.of_list(entity)}bulk", json=data)
    path = f"{paths.of_record(entity, id)}/{door}"
    return browser.post(path, json=data) if door == "cell" else browser.post(path, data=data)


def no_row_succeeded(answer: Any) -> bool:
    if answer.status_code == 200 and answer.is_json:
        results = answer.get_json().get("results", [])
        return bool(results) and not any(result["ok"] for result in results)
    return answer.status_code >= 400
