"""Whatever is sent to a screen gets a clear refusal: no 500, no SQL, no hint that a hidden record exists."""

from __future__ import annotations

import html
import json
from collections.abc import Callable

import pytest

import app.models  # noqa: F401  fills the registry
from app.core.entity import Entity, columns_of, entities, named
from app.core.ids import uuid7
from app.views import paths
from tests.cast import Cast
from tests.screens.conftest import Make, stored
from tests.web import Browser

JSON = {"X-Requested-With": "XMLHttpRequest"}
HOSTILE = ["<script>alert(1)</script>", '"><img src=x onerror=alert(1)>', "=cmd|' /C calc'!A0", "{{7*7}}", "%s %(x)s"]

each_entity = pytest.mark.parametrize("entity", entities(), ids=lambda cls: cls.entity)
writable = pytest.mark.parametrize(
    "entity", [cls for cls in entities() if cls.screen.writable], ids=lambda cls: cls.entity
)


def refused(answer, *wanted: int) -> None:  # type: ignore[no-untyped-def]
    """A clear 4xx without anything of the database in it."""
    assert answer.status_code in (wanted or range(400, 500)), f"{answer.status_code}: {answer.text[:400]}"
    for word in ("psycopg", "sqlalchemy", "SELECT ", "INSERT ", "Traceback"):
        assert word not in answer.text


@each_entity
def test_an_unknown_id_and_a_garbage_id_are_not_found(entity: type[Entity], admin: Browser) -> None:
    unknown = uuid7()
    reads = ["", "/cell?column=version", "/file/picture"] + (["/edit"] if entity.screen.writable else [])
    for rest in reads:
        refused(admin.get(f"{paths.of_record(entity, unknown)}{rest}", headers=JSON))
        refused(admin.get(f"{paths.of_list(entity)}abc{rest}", headers=JSON), 404)
    refused(admin.get(paths.of_record(entity, unknown)), 404)
    refused(admin.get(f"{paths.of_list(entity)}%00"))


@each_entity
def test_a_garbage_query_is_a_bad_request(entity: type[Entity], admin: Browser) -> None:
    place = paths.of_list(entity)
    for query in (
        "size=-1",
        "size=999999999999",
        "after=garbage",
        "before=%00",
        "sort=password_hash",
        "sort=nothing",
        "f.0.nothing.eq=1",
        "f.x.id.any=1",
        "f.0.version.eq=abc",
        "f.0.version.between=1",
        "f.0.version.eq=%00",
        "q=%00",
        f"q={'x' * 3000}",
    ):
        refused(admin.get(f"{place}?{query}", headers=JSON), 400, 414)
    refused(admin.get(f"{place}filter?column=nothing"), 400)
    refused(admin.get(f"{place}pick?q={'x' * 3000}"), 400)


@writable
def test_a_missing_or_forged_token_changes_nothing(entity: type[Entity], make: Make, admin: Browser) -> None:
    id = make(entity)
    record = paths.of_record(entity, id)
    writes = [
        (f"{record}/edit", {"data": {"version": "1"}}),
        (f"{record}/delete", {"data": {"version": "1"}}),
        (f"{record}/cell", {"json": {"column": "version", "value": 1, "version": 1}}),
        (f"{record}/attachments", {"data": {}}),
        (f"{paths.of_list(entity)}new", {"data": {}}),
        (f"{paths.of_list(entity)}bulk", {"json": {"rows": [[str(id), 1]], "delete": True}}),
    ]
    for path, sent in writes:
        refused(admin.client.post(path, headers=JSON, **sent), 400)
        refused(admin.client.post(path, headers=JSON | {"X-CSRFToken": "forged"}, **sent), 400)
    assert stored(entity, id).version == 1  # type: ignore[union-attr]


@writable
def test_too_much_and_what_can_not_be_stored_are_refused_at_their_field(
    entity: type[Entity], make: Make, admin: Browser
) -> None:
    id = make(entity)
    place = f"{paths.of_record(entity, id)}/cell"
    texts = [
        name
        for name, column in columns_of(entity).items()
        if column.info["column"].kind in ("text", "long_text", "code", "email")
    ]
    for name in texts:
        for value in ("x" * 1_000_000, "a\x00b", "\ud800", {"a": 1}, ["x"], 5):
            refused(
                admin.post(
                    place,
                    data=json.dumps({"column": name, "value": value, "version": 1}),
                    content_type="application/json",
                    headers=JSON,
                )
            )
    assert stored(entity, id).version == 1  # type: ignore[union-attr]


@writable
def test_a_value_of_the_wrong_type_is_refused(entity: type[Entity], make: Make, admin: Browser) -> None:
    id = make(entity)
    place = f"{paths.of_record(entity, id)}/cell"
    wrong = {
        "money": "abc",
        "cost": "1e999",
        "quantity": "NaN",
        "percent": "-1",
        "whole": "1.5",
        "date": "31.2.2026",
        "moment": "yesterday",
        "time": "25:00",
        "choice": "nope",
        "link": "nope",
        "colour": "red",
        "flag": "maybe",
    }
    for name, column in columns_of(entity).items():
        kind = column.info["column"].kind
        if kind in wrong:
            refused(admin.post(place, json={"column": name, "value": wrong[kind], "version": 1}, headers=JSON))
    for sent in (
        None,
        [],
        {},
        {"column": "version"},
        {"column": 5, "value": 1, "version": 1},
        {"column": "id", "value": "x", "version": "1"},
        {"column": "id", "value": "x", "version": True},
    ):
        refused(admin.post(place, json=sent, headers=JSON))
    assert stored(entity, id).version == 1  # type: ignore[union-attr]


@pytest.mark.parametrize("number", ["1e999999999", "-1e1000000", "1e-999999999", "1e99999999999999999999"])
def test_a_number_beyond_all_measure_is_refused_at_every_door(number: str, make: Make, admin: Browser) -> None:
    product = named("product")
    id = make(product)
    cell = {"column": "price", "value": number, "version": 1}
    refused(admin.post(f"/products/{id}/cell", json=cell, headers=JSON), 422)
    refused(admin.post("/products/new", data={"name": "Tea", "price": number}), 422)
    refused(admin.get(f"/products/?f.0.price.gt={number}", headers=JSON), 400)
    told = admin.post("/products/bulk", json={"rows": [[str(id), 1]], "change": {"price": number}}).json["results"]
    assert not told[0]["ok"]
    assert stored(product, id).version == 1  # type: ignore[union-attr]


def test_nothing_with_an_enormous_exponent_is_nothing(make: Make, admin: Browser) -> None:
    id = make(named("product"))
    cell = {"column": "price", "value": "0e999999999", "version": 1}
    assert admin.post(f"/products/{id}/cell", json=cell, headers=JSON).status_code == 200
    assert str(stored(named("product"), id).price) == "0.00"  # type: ignore[union-attr]


@writable
def test_a_garbage_form_is_refused(entity: type[Entity], make: Make, admin: Browser) -> None:
    id = make(entity)
    for version in ("", "abc", "-1", "99999999999999", "1.5", "\u00b2"):
        refused(admin.post(paths.of_form(entity, id), data={"version": version}), 400)
        refused(admin.post(f"{paths.of_record(entity, id)}/delete", data={"version": version}), 400)
    refused(admin.post(f"{paths.of_record(entity, id)}/delete", data={"version": "x"}), 400)
    for rows in (None, [], "x", [["x", 1]], [[str(id)]], [[str(id), "1"]], [[str(id), 1]] * 501):
        refused(admin.post(f"{paths.of_list(entity)}bulk", json={"rows": rows, "delete": True}), 400)
    refused(admin.post(f"{paths.of_list(entity)}bulk", json={"rows": [[str(id), 1]], "change": {"version": 7}}), 403)
    assert stored(entity, id).version == 1  # type: ignore[union-attr]


@pytest.mark.parametrize("text", HOSTILE)
def test_html_and_formulas_are_shown_as_they_were_typed(text: str, make: Make, admin: Browser) -> None:
    brand = named("brand")
    name = f"{text} {uuid7()}"[:80]
    id = make(brand, name=name, note=text)
    product = make(named("product"), brand_id=id)
    for place in (
        "/brands/?size=200",
        paths.of_record(brand, id),
        paths.of_form(brand, id),
        paths.of_record(named("product"), product),
        "/products/",
    ):
        page = admin.get(place).text
        assert "<script>alert" not in page
        assert "<img src=x" not in page
    assert str(html.escape(name, quote=False))[:20] in admin.get(paths.of_record(brand, id)).text.replace(
        "&#34;", '"'
    ).replace("&#39;", "'")


def test_a_link_to_something_outside_the_scope_is_refused_like_one_that_is_missing(
    make: Make, cast: Cast, browsers: Callable[[str], Browser]
) -> None:
    order = named("order")
    mine = make(order)
    hidden = make(named("register"), at=cast.south)
    manager = browsers("north_clerk")
    answers = [
        manager.get(f"/registers/{hidden}"),
        manager.get(f"/registers/{uuid7()}"),
    ]
    assert {answer.status_code for answer in answers} == {404} or {answer.status_code for answer in answers} == {403}
    assert mine


def test_the_record_of_another_location_looks_like_a_missing_one(
    make: Make, cast: Cast, browsers: Callable[[str], Browser]
) -> None:
    adjustment = named("adjustment")
    hidden, missing = make(adjustment, at=cast.south), uuid7()
    clerk = browsers("north_clerk")
    for rest in ("", "/edit", "/cell?column=note"):
        there, nowhere = clerk.get(f"/adjustments/{hidden}{rest}"), clerk.get(f"/adjustments/{missing}{rest}")
        assert there.status_code == nowhere.status_code == 404
    sent = {"column": "note", "value": "x", "version": 1}
    for id in (hidden, missing):
        assert clerk.post(f"/adjustments/{id}/cell", json=sent, headers=JSON).status_code == 404
        assert clerk.post(f"/adjustments/{id}/delete", data={"version": "1"}).status_code in (403, 404)
        results = clerk.post("/adjustments/bulk", json={"rows": [[str(id), 1]], "change": {"note": "x"}}).json[
            "results"
        ]
        assert not results[0]["ok"]
        assert results[0]["title"] == ""
    assert stored(adjustment, hidden).version == 1  # type: ignore[union-attr]
