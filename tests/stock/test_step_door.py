"""The door of a document's steps: its buttons, what it asks, and what it says when it is too late or not allowed."""

from __future__ import annotations

import re
from typing import Any
from uuid import uuid4

import pytest
from flask import Flask

from app.core.entity import Entity
from tests.cast import Cast
from tests.databases import Database
from tests.stock.shop import document, level, line_ids, look, on_shelf, product, state, stock_up, take
from tests.web import Browser, application

FRAGMENT = {"X-Fragment": "step", "Accept": "application/json"}


@pytest.fixture(scope="module")
def app(database: Database, tmp_path_factory: pytest.TempPathFactory) -> Flask:
    return application(database, tmp_path_factory.mktemp("var"))


@pytest.fixture(scope="module")
def browsers(app: Flask) -> dict[str, Browser]:
    return {name: Browser.of(app, name) for name in ("manager", "north_clerk", "south_clerk", "viewer", "nobody")}


@pytest.fixture
def transfer(cast: Cast) -> Entity:
    """A draft from North to South of three of something of which North has five."""
    good = product("Tea")
    stock_up(cast.north, good, 5)
    return document(
        cast.north_clerk,
        "transfer",
        {"transfer_line": [{"product_id": good, "quantity": "3"}]},
        from_location_id=cast.north,
        to_location_id=cast.south,
    )


def url(record: Entity, verb: str = "") -> str:
    return f"/transfers/{record.id}" + (f"/do/{verb}" if verb else "")


def offered(browser: Browser, record: Entity) -> set[str]:
    """The verbs whose buttons stand on the document's page."""
    return set(re.findall(rf"{url(record)}/do/(\w+)", browser.get(url(record)).text))


def hidden(browser: Browser, record: Entity, name: str) -> str:
    found = re.search(rf'name="{name}" value="([^"]*)"', browser.get(url(record)).text)
    assert found
    return found[1]


def press(browser: Browser, record: Entity, verb: str, **data: Any) -> Any:
    browser.get(url(record))
    return browser.post(url(record, verb), data=data, headers=FRAGMENT)


def test_each_person_has_the_buttons_of_their_side(cast: Cast, browsers: dict[str, Browser], transfer: Entity) -> None:
    assert offered(browsers["north_clerk"], transfer) == {"request", "cancel"}
    assert offered(browsers["viewer"], transfer) == set()
    take(cast.north_clerk, transfer, "request")
    assert offered(browsers["north_clerk"], transfer) == {"cancel"}
    assert offered(browsers["manager"], transfer) == {"approve", "cancel"}
    take(cast.manager, transfer, "approve")
    take(cast.north_clerk, transfer, "dispatch")
    assert offered(browsers["north_clerk"], transfer) == set()
    assert offered(browsers["south_clerk"], transfer) == {"receive", "close", "return"}


def test_a_step_is_taken_and_says_so(browsers: dict[str, Browser], transfer: Entity) -> None:
    answer = press(browsers["north_clerk"], transfer, "request")
    assert answer.status_code == 200
    assert answer.json["message"].endswith("is requested.")
    assert answer.json["url"] == url(transfer)
    assert state(transfer) == "requested"


def test_without_scripts_it_leads_back_to_the_document(browsers: dict[str, Browser], transfer: Entity) -> None:
    browsers["north_clerk"].get(url(transfer))
    answer = browsers["north_clerk"].post(url(transfer, "request"))
    assert (answer.status_code, answer.location) == (303, url(transfer))


def test_a_button_pressed_twice_works_once(cast: Cast, browsers: dict[str, Browser], transfer: Entity) -> None:
    once = hidden(browsers["north_clerk"], transfer, "operation")
    first = press(browsers["north_clerk"], transfer, "request", operation=once)
    again = press(browsers["north_clerk"], transfer, "request", operation=once)
    assert again.json == first.json
    assert press(browsers["north_clerk"], transfer, "request").status_code == 409


def test_what_changed_meanwhile_is_said(cast: Cast, browsers: dict[str, Browser], transfer: Entity) -> None:
    seen = hidden(browsers["north_clerk"], transfer, "seen")
    take(cast.north_clerk, transfer, "request")
    answer = press(browsers["manager"], transfer, "approve", seen=seen)
    assert answer.status_code == 409
    assert "changed while you looked" in answer.json["message"]
    assert state(transfer) == "requested"


def test_what_is_wrong_stands_at_its_line_with_the_typing(
    cast: Cast, browsers: dict[str, Browser], transfer: Entity
) -> None:
    for actor, verb in ((cast.north_clerk, "request"), (cast.manager, "approve"), (cast.north_clerk, "dispatch")):
        take(actor, transfer, verb)
    (line,) = line_ids("transfer_line", "transfer_id", transfer)
    page = browsers["south_clerk"].get(url(transfer, "receive"))
    assert f'name="line.{line}.received"' in page.text
    answer = press(browsers["south_clerk"], transfer, "receive", **{f"line.{line}.received": "44"})
    assert answer.status_code == 422
    assert "Only 3 of it are on the way." in answer.text
    assert 'value="44"' in answer.text
    assert on_shelf(cast.south, transfer_good(cast, line)) == 0


def transfer_good(cast: Cast, line: Any) -> Any:

    return look("SELECT product_id FROM transfer_lines WHERE id = :id", id=line).product_id


@pytest.mark.parametrize(
    "wrong", ["nonsense", "44444444444444444444444444444444444444444", "-1", "1e9", "0.00001", "<b>"]
)
def test_no_number_breaks_it(cast: Cast, browsers: dict[str, Browser], transfer: Entity, wrong: str) -> None:
    for actor, verb in ((cast.north_clerk, "request"), (cast.manager, "approve")):
        take(actor, transfer, verb)
    (line,) = line_ids("transfer_line", "transfer_id", transfer)
    answer = press(browsers["north_clerk"], transfer, "dispatch", **{f"line.{line}.sent": wrong})
    assert answer.status_code in (409, 422)
    assert "<b>" not in answer.text.split("data-record-form", 1)[-1]
    assert level(cast.north, transfer_good(cast, line)) == (5, 3, 2)


@pytest.mark.parametrize(
    ("who", "verb", "status"),
    [
        ("viewer", "request", 403),
        ("nobody", "request", 403),
        ("south_clerk", "dispatch", 409),
        ("north_clerk", "approve", 403),
        ("north_clerk", "fly", 404),
        ("north_clerk", "delete", 404),
    ],
)
def test_who_may_not_is_told_so(
    browsers: dict[str, Browser], transfer: Entity, who: str, verb: str, status: int
) -> None:
    browsers[who].get("/")
    answer = browsers[who].post(url(transfer, verb), headers=FRAGMENT)
    assert answer.status_code in (status, 403, 404)
    assert answer.status_code >= 400
    assert state(transfer) == "draft"


def test_without_the_pages_token_nothing_happens(browsers: dict[str, Browser], transfer: Entity) -> None:
    answer = browsers["north_clerk"].client.post(url(transfer, "request"), headers=FRAGMENT)
    assert answer.status_code == 400
    assert state(transfer) == "draft"


def test_a_record_without_steps_has_no_such_door(browsers: dict[str, Browser]) -> None:
    assert browsers["manager"].get(f"/brands/{uuid4()}/do/approve").status_code == 404


def test_a_closed_document_offers_no_editing(cast: Cast, browsers: dict[str, Browser], transfer: Entity) -> None:
    assert "/edit" in browsers["north_clerk"].get(url(transfer)).text
    take(cast.north_clerk, transfer, "request")
    assert "/edit" not in browsers["north_clerk"].get(url(transfer)).text
    browsers["north_clerk"].get(f"{url(transfer)}/edit")
    answer = browsers["north_clerk"].post(
        f"{url(transfer)}/edit",
        data={"version": "2", "operation": str(uuid4()), "was-note": "", "note": "late"},
        headers=FRAGMENT,
    )
    assert answer.status_code == 409
    assert "it can't be edited any more" in answer.text
