"""The reorder page: what runs low with whom to get it from, ticked and put right, becomes drafts that are linked."""

from __future__ import annotations

import html
import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any
from uuid import UUID, uuid4

import pytest

from app.core.entity import named
from app.services import records
from tests.cast import Cast
from tests.screens.conftest import app, browsers  # noqa: F401  the application and people's browsers
from tests.stock.shop import SYSTEM, look, product, stock_up
from tests.web import Browser

Browsers = Callable[[str], Browser]
PAGE = "/stock/reorder"


@dataclass(frozen=True)
class Low:
    """What runs low: tea, of which South has plenty; jam, which is bought; salt, which nobody sells."""

    tea: UUID
    jam: UUID
    salt: UUID


@pytest.fixture
def low(cast: Cast) -> Low:
    made = Low(product("Tea"), product("Jam"), product("Salt"))
    stock_up(cast.south, made.tea, 90)
    stock_up(cast.north, made.jam, 3)
    sells = records.create(SYSTEM, named("supplier"), {"name": f"Grocer {uuid4().hex[:6]}"}).id
    offer = {"product_id": made.jam, "supplier_id": sells, "pack_size": "6", "price": "2.5", "preferred": True}
    records.create(SYSTEM, named("product_supplier"), offer)
    for good in (made.tea, made.jam, made.salt):
        rule = {"location_id": cast.north, "product_id": good, "reorder_point": "5", "reorder_quantity": "10"}
        records.create(SYSTEM, named("stock_rule"), rule)
    return made


def row(page: str, good: UUID) -> str:
    """What stands in the line of a product, without its markup."""
    found = next(part for part in page.split("<tr")[1:] if f"/products/{good}" in part)
    return " ".join(html.unescape(re.sub(r"<[^>]+>", " ", found.split(">", 1)[1])).split())


def sent(page: str, *picked: str, **quantities: str) -> dict[str, Any]:
    """The form as the browser sends it: these lines ticked, these quantities typed over."""
    shown = dict(re.findall(r'name="((?:quantity|source)\.[^"]+)"[^>]*? value="([^"]*)"', page))
    operation = re.search(r'name="operation" value="([^"]+)"', page)
    assert operation
    typed = {f"quantity.{key.replace('_', '.')}": value for key, value in quantities.items()}
    return shown | typed | {"pick": list(picked), "operation": operation[1]}


def key(cast: Cast, good: UUID) -> str:
    return f"{cast.north}.{good}"


def lines_of(good: UUID) -> list[str]:
    """The drafts with a product in them, as kind and quantity."""
    found = look(
        "SELECT array_agg(said ORDER BY said) AS said FROM ("
        " SELECT 'request ' || trim_scale(quantity) AS said FROM stock_request_lines WHERE product_id = :id UNION ALL"
        " SELECT 'order ' || trim_scale(quantity) FROM purchase_order_lines WHERE product_id = :id) x",
        id=good,
    )
    return list(found.said or [])


def test_each_line_says_how_it_stands_and_whom_to_get_it_from(low: Low, cast: Cast, browsers: Browsers) -> None:
    page = browsers("manager").get(PAGE)
    assert page.status_code == 200
    assert re.search(r"Tea \d+ 0 0 0 5 South Request: they can spare it", row(page.text, low.tea))
    assert re.search(r"Jam \d+ 3 3 0 5 Grocer \w+ Order, packs of 6, € 2.50 each", row(page.text, low.jam))
    assert re.search(r"Salt \d+ 0 0 0 5 10 Nobody known Say who sells it", row(page.text, low.salt))
    assert f'value="{key(cast, low.tea)}" checked' in page.text
    assert f'value="{key(cast, low.salt)}"' not in page.text, "nobody is asked, so it can't be ticked"


def test_a_clerk_sees_their_place_and_no_costs(low: Low, cast: Cast, browsers: Browsers) -> None:
    page = browsers("north_clerk").get(PAGE).text
    assert "packs of 6" in row(page, low.jam)
    assert "€" not in row(page, low.jam)
    assert "Ask a manager who sells it" in row(page, low.salt)
    assert f"/products/{low.tea}" not in browsers("south_clerk").get(PAGE).text


@pytest.mark.parametrize("who", ["viewer", "frontdesk", "nobody"])
def test_whoever_may_not_order_has_no_such_page(low: Low, cast: Cast, browsers: Browsers, who: str) -> None:
    browser = browsers(who)
    assert browser.get(PAGE).status_code == 403
    assert browser.post(PAGE, data={"pick": [key(cast, low.tea)]}).status_code == 403
    assert PAGE not in browser.get("/").text
    assert PAGE in browsers("north_clerk").get("/").text
    assert lines_of(low.tea) == []


def test_what_is_ticked_becomes_drafts_that_are_linked(low: Low, cast: Cast, browsers: Browsers) -> None:
    clerk = browsers("north_clerk")
    data = sent(clerk.get(PAGE).text, key(cast, low.tea), key(cast, low.jam))
    data[f"quantity.{key(cast, low.jam)}"] = "24"
    done = clerk.post(PAGE, data=data)
    assert done.status_code == 303
    assert (lines_of(low.tea), lines_of(low.jam)) == (["request 10"], ["order 24"])
    page = clerk.get(done.location).text
    assert "2 drafts are ready" in page
    links = re.findall(r'<li><a href="(/(?:stock-requests|purchase-orders)/[^"]+)">(\w+ \w+) (\w+-\d+)</a>', page)
    assert [what for _, what, _ in links] == ["Stock request", "Purchase order"]
    for address, _, number in links:
        assert number in clerk.get(address).text
    assert f"/products/{low.tea}" not in page
    again = clerk.post(PAGE, data=data)
    assert (again.status_code, again.location) == (303, done.location), "pressed twice"
    assert (lines_of(low.tea), lines_of(low.jam)) == (["request 10"], ["order 24"])


def test_a_refused_form_comes_back_as_it_was_filled(low: Low, cast: Cast, browsers: Browsers) -> None:
    manager = browsers("manager")
    data = sent(manager.get(PAGE).text, key(cast, low.tea))
    data |= {f"quantity.{key(cast, low.tea)}": "many", f"quantity.{key(cast, low.jam)}": "18"}
    page = manager.post(PAGE, data=data)
    assert page.status_code == 422
    assert "No draft was made" in page.text
    assert "number" in row(page.text, low.tea)
    assert re.search(r'name="quantity\.[^"]+" value="many"[^>]+aria-invalid="true"', page.text)
    assert f'name="quantity.{key(cast, low.jam)}" value="18"' in page.text
    assert f'value="{key(cast, low.tea)}" checked' in page.text
    assert f'value="{key(cast, low.jam)}" checked' not in page.text
    assert lines_of(low.tea) == []


def test_what_a_colleague_was_faster_with_is_named_above(low: Low, cast: Cast, browsers: Browsers) -> None:
    clerk, manager = browsers("north_clerk"), browsers("manager")
    data = sent(clerk.get(PAGE).text, key(cast, low.tea), key(cast, low.jam))
    assert manager.post(PAGE, data=sent(manager.get(PAGE).text, key(cast, low.tea))).status_code == 303
    page = clerk.post(PAGE, data=data)
    assert page.status_code == 422
    assert re.search(r"<h2>Tea \d+ is no longer needed: it is on its way already.</h2>", page.text)
    assert (lines_of(low.tea), lines_of(low.jam)) == (["request 10"], [])


@pytest.mark.parametrize(
    "pick", ["", "x", "a.b", "{north}", "{north}.x", "{north}.{north}", "{north}.{tea}.{tea}", "\u00b2.\u00b2"]
)
def test_ticks_that_mean_nothing_make_nothing(low: Low, cast: Cast, browsers: Browsers, pick: str) -> None:
    page = browsers("manager").post(PAGE, data={"pick": [pick.format(north=cast.north, tea=low.tea)]})
    assert page.status_code == 422
    assert lines_of(low.tea) == []


@pytest.mark.parametrize("made", ["x", "stock_request:x", "user:{id}", "stock_request:{id}", ":", ",,,", "%00"])
def test_an_address_that_was_made_up_names_nothing(cast: Cast, browsers: Browsers, made: str) -> None:
    page = browsers("north_clerk").get(f"{PAGE}?made={made.format(id=cast.admin.id)}")
    assert page.status_code in (200, 400)
    assert "ready for you" not in page.text


def test_drafts_of_another_place_are_not_named(low: Low, cast: Cast, browsers: Browsers) -> None:
    manager = browsers("manager")
    done = manager.post(PAGE, data=sent(manager.get(PAGE).text, key(cast, low.jam)))
    assert "1 draft is ready" in manager.get(done.location).text
    assert "ready for you" not in browsers("south_clerk").get(done.location).text
