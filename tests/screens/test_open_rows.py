"""What can no longer be edited is not offered for editing: in the list, the form, the cell and on the record's page."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any
from uuid import UUID

import pytest

from app.core.entity import named
from app.views import paths
from tests.cast import Cast
from tests.screens import forms
from tests.screens.conftest import Make, stored
from tests.stock import shop
from tests.web import Browser

JSON = {"X-Requested-With": "XMLHttpRequest"}
order, line = named("order"), named("order_line")


@pytest.fixture
def orders(cast: Cast, make: Make) -> dict[str, Any]:
    """An order in each state, with the line of each."""
    tea = shop.product("Tea")
    shop.stock_up(cast.north, tea, 50)
    found = {}
    for state, verbs in {"draft": (), "confirmed": ("confirm",), "fulfilled": ("confirm", "fulfil")}.items():
        lines = {"order_line": [{"product_id": tea, "quantity": "2", "unit_price": "10"}]}
        found[state] = shop.document(cast.frontdesk, "order", lines, location_id=cast.north)
        for verb in verbs:
            shop.take(cast.frontdesk, found[state], verb)
    return found


def row(page: str, id: UUID) -> str:
    found = re.search(rf'<tr class="row" id="row-{id}".*?</tr>', page, re.DOTALL)
    assert found
    return found[0]


def offered(html: str) -> set[str]:
    """The columns whose cells can be edited in place."""
    return {
        name
        for classes, name in re.findall(r'class="([^"]*)"[^>]*? data-column="(\w+)"', html)
        if "cell-edit" in classes
    }


def test_a_list_offers_what_is_still_edited_of_each_row(
    orders: dict[str, Any], browsers: Callable[..., Browser]
) -> None:
    page = browsers("manager").get(paths.of_list(order)).text
    seen = {state: row(page, found.id) for state, found in orders.items()}
    assert {state: offered(html) for state, html in seen.items()} == {
        "draft": {"client_id", "location_id", "ordered_on", "required_on", "staff_id", "freight"},
        "confirmed": {"freight"},
        "fulfilled": set(),
    }
    assert "data-still" not in seen["draft"]
    assert 'data-still=""' in seen["fulfilled"]
    hidden = {state: re.search(r"data-quick-edit hidden", html) is not None for state, html in seen.items()}
    assert hidden == {"draft": False, "confirmed": False, "fulfilled": True}


def test_a_list_of_lines_goes_by_their_documents(orders: dict[str, Any], browsers: Callable[..., Browser]) -> None:
    page = browsers("manager").get(paths.of_list(line)).text
    for state, found in orders.items():
        [id] = shop.line_ids("order_line", "order_id", found)
        html = row(page, id)
        assert bool(offered(html)) == (state == "draft")
        assert f'data-part-of="{found.id}"' in html
    assert 'data-document="order"' in page, "where websockets are blocked, the page asks for the documents' changes"
    assert "data-document" not in browsers("manager").get(paths.of_list(order)).text


def test_a_form_holds_what_is_still_edited_and_shows_the_rest(
    orders: dict[str, Any], browsers: Callable[..., Browser]
) -> None:
    manager, found = browsers("manager"), orders["confirmed"]
    page = manager.get(paths.of_form(order, found.id)).text
    form = forms.read(page)
    assert {"freight", "ship_city", "note"} <= form.keys()
    assert not {"location_id", "client_id", "required_on"} & form.keys()
    assert not [name for name in form if name.startswith("child.")]
    assert "North" in page
    answer = manager.post(paths.of_form(order, found.id), data=form | {"ship_city": "Galway"})
    assert answer.status_code == 303
    assert stored(order, found.id).ship_city == "Galway"  # type: ignore[union-attr]


def test_a_form_of_what_is_done_says_so_instead(orders: dict[str, Any], browsers: Callable[..., Browser]) -> None:
    answer = browsers("manager").get(paths.of_form(order, orders["fulfilled"].id), headers=JSON)
    assert answer.status_code == 409
    assert answer.json["message"] == "This order is fulfilled: it can't be edited any more."


def test_what_was_typed_before_it_went_on_is_refused_with_the_reason(
    orders: dict[str, Any], cast: Cast, browsers: Callable[..., Browser]
) -> None:
    manager, found = browsers("manager"), orders["draft"]
    form = forms.read(manager.get(paths.of_form(order, found.id)).text)
    shop.take(cast.frontdesk, found, "confirm")
    answer = manager.post(
        paths.of_form(order, found.id), data=form | {"required_on": "2031-01-01", "note": "typed"}, headers=JSON
    )
    assert answer.status_code == 409
    assert "This order is confirmed" in answer.text
    assert stored(order, found.id).note is None  # type: ignore[union-attr]


def test_a_cell_opens_and_saves_only_what_is_still_edited(
    orders: dict[str, Any], browsers: Callable[..., Browser]
) -> None:
    manager, found = browsers("manager"), orders["confirmed"]
    place = f"{paths.of_record(order, found.id)}/cell"
    assert manager.get(f"{place}?column=freight").status_code == 200
    assert manager.get(f"{place}?column=required_on", headers=JSON).status_code == 409
    version = stored(order, found.id).version  # type: ignore[union-attr]
    saved = manager.post(place, json={"column": "freight", "value": "3", "version": version}, headers=JSON)
    assert saved.status_code == 200
    assert "freight" in saved.json["still"]
    assert "required_on" not in saved.json["still"]
    again = {"column": "required_on", "value": "2031-01-01", "version": saved.json["version"]}
    assert manager.post(place, json=again, headers=JSON).status_code == 409


def test_a_records_page_offers_to_edit_while_something_is(
    orders: dict[str, Any], browsers: Callable[..., Browser]
) -> None:
    pages = {state: browsers("manager").get(paths.of_record(order, found.id)).text for state, found in orders.items()}
    assert {state: "data-edit-record" in page for state, page in pages.items()} == {
        "draft": True,
        "confirmed": True,
        "fulfilled": False,
    }
    assert {state: "data-delete" in page for state, page in pages.items()} == {
        "draft": True,
        "confirmed": False,
        "fulfilled": False,
    }
