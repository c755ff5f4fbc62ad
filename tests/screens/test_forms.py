"""A form saves what the person changed, nothing else, and gives the typing back when it is refused."""

from __future__ import annotations

import datetime as dt
from uuid import UUID

import pytest

import app.models  # noqa: F401  fills the registry
from app.core.entity import Entity, entities, named
from app.core.ids import uuid7
from app.views import paths
from tests.screens import forms
from tests.screens.conftest import Make, stored
from tests.web import Browser

writable = pytest.mark.parametrize(
    "entity", [cls for cls in entities() if cls.screen.writable], ids=lambda cls: cls.entity
)


@writable
def test_saving_an_untouched_form_changes_nothing(entity: type[Entity], make: Make, admin: Browser) -> None:
    id = make(entity)
    before = stored(entity, id)
    sent = forms.read(admin.get(paths.of_form(entity, id)).text)
    answer = admin.post(paths.of_form(entity, id), data=sent)
    assert answer.status_code == 303, answer.text[-3000:]
    assert stored(entity, id).version == before.version  # type: ignore[union-attr]


def test_a_moment_keeps_its_microseconds_when_another_field_is_saved(make: Make, admin: Browser) -> None:
    entity = named("appointment")
    at = dt.datetime(2030, 5, 1, 8, 4, 5, 678901, tzinfo=dt.UTC)
    id = make(entity, starts_at=at)
    sent = forms.read(admin.get(paths.of_form(entity, id)).text)
    sent["note"] = "Window seat"
    assert admin.post(paths.of_form(entity, id), data=sent).status_code == 303
    record = stored(entity, id)
    assert record is not None
    assert record.starts_at == at
    assert record.note == "Window seat"


def test_a_new_record_with_its_lines_is_one_save(make: Make, admin: Browser, cast) -> None:  # type: ignore[no-untyped-def]
    product = make(named("product"))
    sent = forms.read(admin.get("/orders/new").text)
    sent["location_id"] = str(cast.north)
    start = "child.order_line.0."
    sent |= {
        start + "product_id": str(product),
        start + "quantity": "2,5",
        start + "unit_price": "4",
        start + "was-x": "",
    }
    answer = admin.post("/orders/new", data=sent)
    assert answer.status_code == 303, answer.text[-2000:]
    order = UUID(answer.location.rsplit("/", 1)[1])
    page = admin.get(paths.of_form(named("order"), order))
    assert 'value="2.5"' in page.text


def test_a_wrong_line_is_told_at_its_field_and_nothing_is_saved(make: Make, admin: Browser, cast) -> None:  # type: ignore[no-untyped-def]
    product = make(named("product"))
    sent = forms.read(admin.get("/orders/new").text)
    sent |= {"location_id": str(cast.north), "ship_name": "Kept typing"}
    sent |= {
        "child.order_line.0.product_id": str(product),
        "child.order_line.0.quantity": "many",
        "child.order_line.0.unit_price": "4",
    }
    answer = admin.post("/orders/new", data=sent)
    assert answer.status_code == 422
    assert 'value="many"' in answer.text
    assert 'value="Kept typing"' in answer.text
    assert 'href="#order_line-child.order_line.0.quantity"' in answer.text


def test_lines_are_changed_added_and_removed_together(make: Make, admin: Browser) -> None:
    order, line = named("order"), named("order_line")
    parent = make(order)
    first, second = make(line, order_id=parent), make(line, order_id=parent)
    sent = forms.read(admin.get(paths.of_form(order, parent)).text)
    indexes = {sent[f"child.order_line.{index}.id"]: index for index in (0, 1)}
    sent[f"child.order_line.{indexes[str(first)]}.quantity"] = "7"
    sent[f"child.order_line.{indexes[str(second)]}.remove"] = "1"
    answer = admin.post(paths.of_form(order, parent), data=sent)
    assert answer.status_code == 303, answer.text[-2000:]
    assert stored(line, first).quantity == 7  # type: ignore[union-attr]
    assert stored(line, second) is None


def test_a_form_sent_twice_makes_one_record(admin: Browser) -> None:
    sent = forms.read(admin.get("/brands/new").text)
    sent["name"] = f"Only once {uuid7()}"
    first, second = admin.post("/brands/new", data=sent), admin.post("/brands/new", data=sent)
    assert (first.status_code, second.status_code) == (303, 303)
    assert first.location == second.location


def test_a_missing_field_is_told_and_the_rest_stays_typed(admin: Browser) -> None:
    sent = forms.read(admin.get("/brands/new").text)
    sent |= {"name": "", "website": "https://example.com/kept"}
    answer = admin.post("/brands/new", data=sent)
    assert answer.status_code == 422
    assert 'href="#brand-name"' in answer.text
    assert "https://example.com/kept" in answer.text


def test_a_script_gets_the_form_alone_and_then_the_record(admin: Browser) -> None:
    asked = {"X-Fragment": "form"}
    page = admin.get("/brands/new?inside=1", headers=asked)
    assert "<html" not in page.text
    name = f"In place {uuid7()}"
    answer = admin.post("/brands/new?inside=1", data=forms.read(page.text) | {"name": name}, headers=asked)
    assert answer.json["title"] == name


def test_a_link_can_fill_in_a_new_form(make: Make, admin: Browser) -> None:
    client = make(named("client"), name="Prefilled person")
    page = admin.get(f"/orders/new?client_id={client}")
    assert "Prefilled person" in page.text
    assert forms.read(page.text)["client_id"] == str(client)
