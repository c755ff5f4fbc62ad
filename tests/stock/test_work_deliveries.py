"""Deliveries on the work screens: what a supplier brought is counted beside what was ordered, booked or discarded."""

from __future__ import annotations

import re
import threading
from collections.abc import Callable
from typing import Any
from uuid import UUID

import pytest

from app.core import access, db
from app.core.entity import Entity
from app.core.errors import Forbidden, NotFound, WrongState
from app.core.ids import uuid7
from app.models.goods_receipt import GoodsReceipt
from app.models.purchase_order import PurchaseOrder
from app.services.warehouse import deliveries
from tests.cast import Cast
from tests.screens.conftest import app, browsers  # noqa: F401 - fixtures
from tests.stock import shop
from tests.stock.test_purchasing import draft, ordered, supplier
from tests.web import Browser

Browsers = Callable[[str], Browser]


def sku(good: UUID) -> str:
    return str(shop.look("SELECT sku FROM products WHERE id = :id", id=good).sku)


def send(browser: Browser, path: str, **body: Any) -> Any:
    return browser.post(path, json={"operation": str(uuid7()), **body})


def begun(browser: Browser, order: Entity) -> str:
    """The address of the delivery that is counted for an order."""
    page = browser.get(f"/work/delivery/order/{order.id}")
    assert "Count what came" in page.text
    answer = browser.post(f"/work/delivery/order/{order.id}", data={"operation": str(uuid7())})
    assert answer.status_code == 303
    browser.get(answer.location)
    return str(answer.location)


def line(address: str, good: UUID) -> Any:
    return shop.look(
        "SELECT quantity, damaged_quantity FROM goods_receipt_lines WHERE goods_receipt_id = :id AND product_id = :good",
        id=UUID(address.rsplit("/", 1)[-1]),
        good=good,
    )


def receipt(address: str) -> Any:
    return shop.look("SELECT * FROM goods_receipts WHERE id = :id", id=UUID(address.rsplit("/", 1)[-1]))


def test_what_was_ordered_is_counted_short_over_damaged_and_unasked(browsers: Browsers, cast: Cast) -> None:
    tea, jam, rye, extra = (shop.product(name) for name in ("Tea", "Jam", "Rye", "Extra"))
    order = ordered(cast, (tea, "3"), (jam, "5"), (rye, "2"))
    browser = browsers("north_clerk")
    page = browser.get("/work/receive/").text
    assert f"/work/delivery/order/{order.id}" in page
    address = begun(browser, order)
    for code in (sku(tea), sku(tea), sku(tea), f"7*{sku(jam)}", sku(extra)):
        assert send(browser, f"{address}/scan", code=code, mode="good").status_code == 200
    answer = send(browser, f"{address}/scan", code=sku(jam), mode="damaged")
    assert answer.json["name"].endswith("damaged")
    send(browser, f"{address}/put", **answer.json["undo"])
    send(browser, f"{address}/scan", code="2", last=str(jam), mode="damaged")
    assert tuple(line(address, jam)) == (7, 2)
    html = browser.get(address).text
    assert "4 more than ordered" in html
    assert "not ordered" in html
    assert re.search(r"2 ordered", html)
    assert "1 of 4 lines complete" not in html  # what came over is complete as well
    assert "3 of 4 lines complete" in html
    assert 'data-ask="1 line is not complete"' in html
    answer = send(browser, f"{address}/do/post")
    assert "4 more of" in answer.json["said"]
    assert "was not ordered" in answer.json["said"]
    assert [shop.on_shelf(cast.north, good) for good in (tea, jam, rye, extra)] == [3, 7, 0, 1]
    assert shop.level(cast.north, jam, "loss")[0] == 2
    assert shop.state(order) == "partly_received"
    # What is still missing comes another day.
    address = begun(browser, order)
    html = browser.get(address).text
    assert "Rye" in html
    assert "Jam" not in html
    send(browser, f"{address}/scan", code=f"2*{sku(rye)}")
    assert send(browser, f"{address}/do/post").json["state"] == "posted"
    assert shop.state(order) == "received"
    assert "Count what came" not in browser.get(f"/work/delivery/order/{order.id}").text


def test_a_damaged_piece_alone_is_a_line_and_taking_it_back_leaves_none(browsers: Browsers, cast: Cast) -> None:
    tea = shop.product("Tea")
    browser = browsers("north_clerk")
    address = begun(browser, ordered(cast, (tea, "3")))
    answer = send(browser, f"{address}/scan", code=sku(tea), mode="damaged")
    assert tuple(line(address, tea)) == (0, 1)
    send(browser, f"{address}/scan", code=sku(tea), mode="good")
    send(browser, f"{address}/put", **answer.json["undo"])
    assert tuple(line(address, tea)) == (1, 0)
    send(browser, f"{address}/put", product=str(tea), to="0")
    assert line(address, tea) is None


def test_goods_come_without_an_order(browsers: Browsers, cast: Cast) -> None:
    tea, seller = shop.product("Tea"), supplier()
    browser = browsers("north_clerk")
    assert "It came without an order" in browser.get("/work/receive/").text
    once = str(uuid7())
    sent = [browser.post("/work/delivery/", data={"supplier": str(seller), "operation": once}) for _ in range(2)]
    assert sent[0].location == sent[1].location
    address = sent[0].location
    browser.get(address)
    send(browser, f"{address}/scan", code=f"4*{sku(tea)}")
    answer = send(browser, f"{address}/note", note=" LS-77 ")
    assert answer.json["said"] == "Delivery note LS-77"
    assert send(browser, f"{address}/do/post").json["state"] == "posted"
    assert shop.on_shelf(cast.north, tea) == 4
    assert receipt(address).delivery_note == "LS-77"


@pytest.mark.parametrize("supplier_said", ["", "nonsense", "00000000-0000-0000-0000-000000000000"])
def test_somebody_brought_it(browsers: Browsers, supplier_said: str) -> None:
    browser = browsers("north_clerk")
    browser.get("/work/receive/")
    answer = browser.post("/work/delivery/", data={"supplier": supplier_said, "operation": str(uuid7())})
    assert answer.status_code == 422


def test_a_count_that_was_begun_by_mistake_is_discarded(browsers: Browsers, cast: Cast) -> None:
    tea = shop.product("Tea")
    order = ordered(cast, (tea, "3"))
    browser = browsers("north_clerk")
    address = begun(browser, order)
    send(browser, f"{address}/scan", code=sku(tea))
    assert send(browser, f"{address}/do/discard").json["state"] == "discarded"
    assert shop.on_shelf(cast.north, tea) == 0
    assert shop.state(order) == "ordered"
    assert send(browser, f"{address}/scan", code=sku(tea)).status_code == 409
    assert send(browser, f"{address}/do/post").status_code == 409
    assert begun(browser, order) != address


@pytest.mark.parametrize("who", ["south_clerk", "frontdesk", "viewer", "nobody"])
def test_deliveries_are_their_places(browsers: Browsers, cast: Cast, who: str) -> None:
    tea = shop.product("Tea")
    order = ordered(cast, (tea, "3"))
    address = begun(browsers("north_clerk"), order)
    browser = browsers(who)
    browser.get("/work/find/")
    refused = {403, 404}
    assert browser.get(f"/work/delivery/order/{order.id}").status_code in refused
    assert browser.post(f"/work/delivery/order/{order.id}", data={"operation": str(uuid7())}).status_code in refused
    assert send(browser, f"{address}/scan", code=sku(tea)).status_code in refused
    assert send(browser, f"{address}/put", product=str(tea), to="1").status_code in refused
    assert send(browser, f"{address}/note", note="x").status_code in refused
    for verb in ("post", "discard"):
        assert send(browser, f"{address}/do/{verb}").status_code in refused
    assert receipt(address).state == "draft"
    assert line(address, tea) is None


def test_two_who_begin_at_once_count_into_the_same_receipt(cast: Cast) -> None:
    order = ordered(cast, (shop.product("Tea"), "3"))
    found: list[UUID] = []
    at_once = threading.Barrier(4)

    def begin() -> None:
        at_once.wait()
        found.append(deliveries.begin(cast.north_clerk, order.id).id)
        db.release()

    people = [threading.Thread(target=begin) for _ in range(4)]
    for each in people:
        each.start()
    for each in people:
        each.join()
    assert len(found) == 4
    assert len(set(found)) == 1


def test_what_is_not_awaited_is_not_counted(cast: Cast) -> None:
    order = draft(cast, (shop.product("Tea"), "3"))
    with pytest.raises(WrongState):
        deliveries.begin(cast.north_clerk, order.id)
    for who in (cast.south_clerk, cast.viewer, cast.frontdesk):
        with pytest.raises((Forbidden, NotFound)):
            deliveries.begin(who, order.id)
    with db.reading(cast.admin):
        assert access.get(cast.admin, PurchaseOrder, order.id).state == "draft"
    made = shop.look("SELECT count(*) AS n FROM goods_receipts WHERE purchase_order_id = :id", id=order.id)
    assert made.n == 0
    assert access.may(cast.north_clerk, GoodsReceipt, "discard")
