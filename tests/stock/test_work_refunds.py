"""Refunds on the work screens: the sale is found by its receipt, and what comes back is scanned and paid back once."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any
from uuid import UUID

import pytest

from app.core.entity import named
from app.core.ids import uuid7
from app.services import records
from app.services.selling import sales
from app.services.selling.sales import SaleItem, Tender
from tests.cast import Cast
from tests.screens.conftest import app, browsers  # noqa: F401 - fixtures
from tests.stock import shop
from tests.web import Browser

Browsers = Callable[[str], Browser]


def send(browser: Browser, path: str, **body: Any) -> Any:
    return browser.post(path, json={"operation": str(uuid7()), **body})


def sold(cast: Cast, *items: SaleItem, **given: Any) -> Any:
    """A sale at North, paid in cash."""
    total = sales.priced(cast.manager, cast.north, items)[0].total
    done = sales.ring_up(cast.manager, cast.north, lines=items, payments=[Tender("cash", total)], **given)
    return shop.look("SELECT * FROM sales WHERE id = :id", id=done.id)


def lines(sale: Any) -> list[str]:
    return [str(id) for id in shop.line_ids_of("sale_line", "sale_id", sale.id)]


@pytest.fixture
def good(cast: Cast) -> UUID:
    made = shop.product("Tea")
    shop.stock_up(cast.north, made, 10)
    return made


@pytest.fixture
def desk(browsers: Browsers) -> Browser:
    browser = browsers("frontdesk")
    browser.get("/work/refund/")
    return browser


def sku(good: UUID) -> str:
    return str(shop.look("SELECT sku FROM products WHERE id = :id", id=good).sku)


def test_a_receipt_is_found_by_its_number_its_digits_a_product_or_the_client(
    desk: Browser, cast: Cast, good: UUID
) -> None:
    client = records.create(cast.admin, named("client"), {"name": "Zoë Quill"}).id
    sale = sold(cast, SaleItem(good), client=client)
    at = {"url": f"/work/refund/{sale.id}"}
    for code in (sale.number, sale.number.lower(), str(int(sale.number[-7:]))):
        answer = desk.get("/work/refund/find", query_string={"code": code})
        assert (answer.status_code, answer.json) == (200, at), code
    for code in (sku(good), "quill"):
        answer = desk.get("/work/refund/find", query_string={"code": code})
        assert answer.status_code == 404
        assert [one["url"] for one in answer.json["offers"]] == [at["url"]], code
    assert at["url"] in desk.get("/work/refund/").text


@pytest.mark.parametrize("code", ["", "nothing", "99999999", "%", "x' OR 1=1", "NORTH-%", "7" * 300, "٣"])
def test_what_is_no_receipt_finds_none(desk: Browser, cast: Cast, good: UUID, code: str) -> None:
    sold(cast, SaleItem(good))
    answer = desk.get("/work/refund/find", query_string={"code": code})
    assert (answer.status_code, answer.json["offers"]) == (404, [])


def test_pieces_are_scanned_priced_and_paid_back_once(desk: Browser, cast: Cast, good: UUID) -> None:
    sale = sold(cast, SaleItem(good, quantity=3), SaleItem(good, quantity=2, discount="10"))
    dear, cheap = lines(sale)
    path = f"/work/refund/{sale.id}"
    assert "3 sold, 10.00 each" in desk.get(path).text
    answer = desk.get(f"{path}/line", query_string={"code": f"2*{sku(good)}"})
    assert (answer.json["lines"], answer.json["quantity"]) == ([dear, cheap], "2")
    back = {dear: {"good": "1", "damaged": "1"}, cheap: {"good": "1", "damaged": "0"}}
    assert desk.post(f"{path}/worth", json={"lines": back}).json == {"total": "29.00"}
    once = str(uuid7())
    answers = [
        desk.post(f"{path}/do/refund", json={"operation": once, "lines": back, "asks": {"note": "Too small"}})
        for _ in range(2)
    ]
    assert answers[0].json == answers[1].json
    assert (shop.on_shelf(cast.north, good), shop.level(cast.north, good, "loss")[0]) == (7, 1)
    receipt = desk.get(answers[0].json["url"]).text
    assert sale.number in receipt
    assert "-29.00" in receipt
    page = desk.get(path).text
    assert "<b>1 left</b>" in page
    answer = send(desk, f"{path}/do/refund", lines={dear: {"good": "2"}})
    assert answer.status_code == 422
    answer = send(desk, f"{path}/do/refund", lines={dear: {"good": "1"}, cheap: {"good": "1"}})
    assert answer.json["state"] == "refunded"
    assert "All of it has come back." in desk.get(path).text
    assert "This is a refund itself" in desk.get(answer.json["url"].replace("/sell/", "/refund/")).text


@pytest.mark.parametrize("body", [
    {"lines": {}}, {"lines": None}, {"lines": {"x": {"good": "1"}}}, {"lines": {"LINE": "1"}}, {},
    {"lines": {"LINE": {"good": "-1"}}}, {"lines": {"LINE": {"good": "0"}}}, {"lines": {"LINE": {"good": "much"}}},
    {"lines": {"LINE": {"good": "1", "damaged": "1e9"}}}, {"lines": {"LINE": {"good": "0.5"}}},
    {"lines": {"LINE": {"good": "1"}}, "asks": {"method": "shells"}},
    {"lines": {"LINE": {"good": "1"}}, "asks": {"register_id": "x"}},
])  # fmt: skip
def test_nothing_else_is_paid_back(desk: Browser, cast: Cast, good: UUID, body: dict[str, Any]) -> None:
    sale = sold(cast, SaleItem(good, quantity=2))
    (line,) = lines(sale)
    said = body.get("lines")
    if isinstance(said, dict):
        body = body | {"lines": {line if key == "LINE" else key: value for key, value in said.items()}}
    answer = send(desk, f"/work/refund/{sale.id}/do/refund", **body)
    assert 400 <= answer.status_code < 500
    assert answer.json["message"]
    assert shop.on_shelf(cast.north, good) == 8
    assert shop.look("SELECT count(*) AS n FROM sales WHERE refund_of_id = :id", id=sale.id).n == 0


@pytest.mark.parametrize("who", ["north_clerk", "south_clerk", "viewer", "nobody"])
def test_refunds_are_the_front_desks(browsers: Browsers, cast: Cast, good: UUID, who: str) -> None:
    sale = sold(cast, SaleItem(good))
    (line,) = lines(sale)
    browser = browsers(who)
    browser.get("/work/find/")
    path, back = f"/work/refund/{sale.id}", {line: {"good": "1"}}
    assert browser.get("/work/refund/").status_code == 403
    assert browser.get("/work/refund/find", query_string={"code": sale.number}).status_code == 403
    for url in (path, f"{path}/line?code={sku(good)}"):
        assert browser.get(url).status_code in (403, 404)
    for url in (f"{path}/worth", f"{path}/do/refund"):
        assert send(browser, url, lines=back).status_code in (403, 404)
    assert shop.on_shelf(cast.north, good) == 9


def test_another_locations_sale_is_not_found_here(desk: Browser, cast: Cast) -> None:
    good = shop.product("Tea", tracks_stock=False)
    done = sales.ring_up(cast.manager, cast.south, lines=[SaleItem(good)], payments=[Tender("card", "10")])
    number = shop.look("SELECT number FROM sales WHERE id = :id", id=done.id).number
    assert desk.get("/work/refund/find", query_string={"code": number}).status_code == 404
    assert desk.get(f"/work/refund/{done.id}").status_code == 404
