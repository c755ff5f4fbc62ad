"""Whatever is sent, the answer is a clear refusal in the product's look: never a breakdown, never SQL."""

from __future__ import annotations

from decimal import Decimal

import pytest
from flask import Flask

from app import problems
from app.core.errors import AppError, Conflict, FieldChange, Invalid, NotEnoughStock, ShortLine
from app.core.ids import uuid7
from tests.signin.conftest import Browser

WORDS_OF_SQL = ("SELECT", "psycopg", "sqlalchemy", "Traceback", "relation", "constraint")


def refused(answer: object, *statuses: int) -> None:
    assert answer.status_code in statuses, answer.status_code  # type: ignore[attr-defined]
    text = answer.text  # type: ignore[attr-defined]
    assert not [word for word in WORDS_OF_SQL if word in text]


@pytest.mark.parametrize("path", ["/%00", "/products/%00", "/a%00b?x=1", "/welcome/%00"])
def test_nul_in_an_address_is_no_page(admin: Browser, path: str) -> None:
    refused(admin.get(path), 404)


@pytest.mark.parametrize("query", ["q=%00", "a%00=1", "next=/%00", "f.0.name.is=%00x"])
def test_nul_in_a_query_is_refused(admin: Browser, query: str) -> None:
    refused(admin.get(f"/?{query}"), 400)


def test_nul_in_a_form_is_refused(guest: Browser) -> None:
    refused(guest.post("/sign-in", {"email": "a\x00@example.com", "password": "x"}), 400)
    refused(guest.post("/sign-in", {"email": "a@example.com", "password": "x\x00"}), 400)


@pytest.mark.parametrize("body", ['{"a": "\\u0000"}', '{"\\u0000": 1}', '[["\\u0000"]]', '{"a": "\\ud800"}'])
def test_text_that_no_column_holds_is_refused_in_json(admin: Browser, body: str) -> None:
    answer = admin.client.post(
        "/account/location", data=body, content_type="application/json", headers={"X-CSRFToken": admin.token()}
    )
    refused(answer, 400)
    assert answer.json is not None
    assert answer.json["error"] == "bad_request"


def test_json_nested_without_end_is_refused(admin: Browser) -> None:
    body = "[" * 200_000 + "]" * 200_000
    answer = admin.client.post(
        "/account/location", data=body, content_type="application/json", headers={"X-CSRFToken": admin.token()}
    )
    refused(answer, 303, 400)


def test_a_body_over_the_limit_is_too_large(app: Flask, guest: Browser) -> None:
    limit = app.config["MAX_CONTENT_LENGTH"]
    refused(
        guest.client.post("/sign-in", data=b"x" * (limit + 1), content_type="application/x-www-form-urlencoded"), 413
    )
    refused(guest.post("/sign-in", {"email": "x" * 5_000_000}), 413)


def test_a_megabyte_of_address_is_just_wrong(guest: Browser) -> None:
    refused(guest.sign_in("x" * 1_000_000 + "@example.com", "y" * 1_000_000), 401)


@pytest.mark.parametrize(
    "email",
    ["<script>alert(1)</script>", "'; DROP TABLE users; --", "=1+1", "%s", "{}", "\u202e@x", "a@b\r\nSet-Cookie: x=1"],
)
def test_hostile_words_come_back_as_words(guest: Browser, email: str) -> None:
    answer = guest.sign_in(email, email)
    refused(answer, 401)
    assert "<script>alert" not in answer.text


def test_a_wrong_method_is_named(guest: Browser) -> None:
    answer = guest.get("/account/sign-out", headers={"Accept": "application/json"})
    assert answer.status_code == 405
    assert "POST" in answer.headers["Allow"]
    assert answer.json is not None
    assert answer.json["error"] == "not_supported"


def test_an_unknown_page_belongs_to_the_product(guest: Browser, admin: Browser) -> None:
    for anyone in (guest, admin):
        answer = anyone.get("/no/such/page")
        refused(answer, 404)
        assert "Backroom" in answer.text
    assert admin.get("/api/v1/nothing").json == {
        "error": "not_found",
        "message": "There is no such page or record, or it is not yours to see.",
    }


def test_a_breakdown_shows_a_number_and_nothing_else(
    app: Flask, admin: Browser, caplog: pytest.LogCaptureFixture
) -> None:
    import sqlalchemy as sa

    from app.core import db

    before = app.view_functions["account.devices"]
    app.view_functions["account.devices"] = lambda: db.session().execute(sa.text("SELECT secret FROM nowhere")) and ""
    try:
        answer = admin.get("/account/sessions")
        refused(answer, 500)
        assert answer.headers["X-Request-Id"] in answer.text
        assert "nowhere" not in answer.text
        as_json = admin.get("/account/sessions", headers={"Accept": "application/json"}).json
    finally:
        app.view_functions["account.devices"] = before
    assert as_json is not None
    assert as_json["error"] == "broken"
    assert as_json["number"]


def test_every_way_of_saying_no_has_a_page_and_a_code(app: Flask, admin: Browser) -> None:
    before = app.view_functions["account.devices"]
    said: list[AppError] = []

    def say_no() -> str:
        raise said[-1]

    app.view_functions["account.devices"] = say_no
    try:
        for kind in AppError.__subclasses__():
            said.append(an_error(kind))
            answer = admin.get("/account/sessions", headers={"Accept": "application/json"})
            assert answer.status_code == kind.status
            assert answer.json is not None
            assert (answer.json["error"], answer.json["message"]) == (kind.code, said[-1].message)
            page = admin.get("/account/sessions")
            assert page.status_code == (302 if kind.code == "not_signed_in" else kind.status)
            assert "X-Request-Id" in page.headers
    finally:
        app.view_functions["account.devices"] = before


def an_error(kind: type[AppError]) -> AppError:
    if kind is Conflict:
        change = FieldChange("name", "Name", "a", "c", "Anna", "2026-01-01T00:00:00Z")
        return Conflict({"name": "a"}, {"name": "b"}, {"name": "c"}, 4, (change,))
    if kind is Invalid:
        return Invalid({"name": "Too long."})
    if kind is NotEnoughStock:
        return NotEnoughStock([ShortLine(uuid7(), uuid7(), Decimal(3), Decimal("0.5"))], {})
    # Some say more and want more to be made; what each of them has is a sentence.
    error = kind.__new__(kind)
    AppError.__init__(error, f"A sentence of {kind.__name__}.")
    return error


def test_a_conflict_says_all_sides() -> None:
    change = FieldChange("price", "Price", "1.00", "2.00", "Anna", "2026-01-01T00:00:00Z")
    found = problems.as_json(
        Conflict({"price": Decimal("1.00")}, {"price": Decimal("3.00")}, {"price": Decimal("2.00")}, 7, (change,))
    )
    assert (found["error"], found["base"], found["mine"], found["theirs"], found["version"]) == (
        "conflict",
        {"price": "1.00"},
        {"price": "3.00"},
        {"price": "2.00"},
        7,
    )
    assert found["changes"][0]["by"] == "Anna"
    assert "Anna changed Price" in found["message"]


def test_a_shortfall_names_every_line() -> None:
    north, gel, soap = uuid7(), uuid7(), uuid7()
    short = [ShortLine(north, gel, Decimal(3), Decimal(1)), ShortLine(north, soap, Decimal("2.5"), Decimal(0))]
    found = problems.as_json(NotEnoughStock(short, {north: "North", gel: "Aloe gel", soap: "Soap"}))
    assert "North has 1 of Aloe gel, not 3." in found["message"]
    assert [line["product"] for line in found["lines"]] == [str(gel), str(soap)]
    assert found["lines"][1] == {"location": str(north), "product": str(soap), "wanted": "2.5", "available": "0"}
