"""Every entity has its pages, made from its declaration alone."""

from __future__ import annotations

import pytest

import app.models  # noqa: F401  fills the registry
from app.core.entity import Entity, entities
from app.views import paths
from tests.screens.conftest import Make
from tests.web import Browser

each_entity = pytest.mark.parametrize("entity", entities(), ids=lambda cls: cls.entity)


@each_entity
def test_its_list_shows_a_record_and_leads_to_it(entity: type[Entity], make: Make, admin: Browser) -> None:
    id = make(entity)
    page = admin.get(paths.of_list(entity))
    assert page.status_code == 200, page.text[:500]
    assert f'data-live-entity="{entity.entity}"' in page.text
    assert 'data-cursor="' in page.text
    record = admin.get(paths.of_record(entity, id))
    assert record.status_code == 200, record.text[:500]


@each_entity
def test_its_rows_can_be_asked_for_alone(entity: type[Entity], make: Make, admin: Browser) -> None:
    make(entity)
    rows = admin.get(paths.of_list(entity), headers={"X-Fragment": "rows"})
    assert rows.status_code == 200
    assert "<html" not in rows.text
    assert 'id="list"' in rows.text


@each_entity
def test_it_can_be_made_and_changed_or_says_that_it_can_not(entity: type[Entity], make: Make, admin: Browser) -> None:
    id = make(entity)
    wanted = 200 if entity.screen.writable else 405
    assert admin.get(paths.of_new(entity)).status_code == wanted
    assert admin.get(paths.of_form(entity, id)).status_code == wanted


@each_entity
def test_it_can_be_picked(entity: type[Entity], make: Make, admin: Browser) -> None:
    make(entity)
    answer = admin.get(paths.of_picker(entity) + "?q=&limit=100000")
    assert answer.status_code == 200
    assert len(answer.json["items"]) <= 20


@each_entity
def test_every_filter_has_its_form(entity: type[Entity], admin: Browser) -> None:
    from app.core import query
    from app.core.actor import system

    for column in query.filterable(system(), entity):
        answer = admin.get(f"{paths.of_list(entity)}filter?column={column}")
        assert answer.status_code == 200, f"{column}: {answer.text[:300]}"


def test_the_directory_leads_to_every_list_of_the_menu(admin: Browser) -> None:
    page = admin.get("/lists/")
    assert page.status_code == 200
    for cls in entities():
        assert (paths.of_list(cls) in page.text) or not cls.screen.menu
