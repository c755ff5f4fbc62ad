"""A delivery through the pages: the clerk at the door counts it in, and never reads what it cost."""

from __future__ import annotations

import re
from typing import Any
from uuid import UUID, uuid4

import pytest

from app.core.entity import Entity, named
from app.models.goods_receipt import GoodsReceipt
from app.services import records
from tests.cast import Cast
from tests.databases import Database
from tests.stock.shop import SYSTEM, look, on_shelf, product, state
from tests.stock.test_purchasing import ordered
from tests.web import Browser, application

FRAGMENT = {"X-Fragment": "step", "Accept": "application/json"}
COST = "77.31"


@pytest.fixture(scope="module")
def clerk(database: Database, tmp_path_factory: pytest.TempPathFactory) -> Browser:
    return Browser.of(application(database, tmp_path_factory.mktemp("var")), "north_clerk")


@pytest.fixture
def tea(cast: Cast) -> UUID:
    return product("Tea", cost=COST)


@pytest.fixture
def order(cast: Cast, tea: UUID) -> Entity:
    return ordered(cast, (tea, "10"))


def url(record: Entity, verb: str = "") -> str:
    return f"/{type(record).__tablename__.replace('_', '-')}/{record.id}" + (f"/do/{verb}" if verb else "")


def press(browser: Browser, record: Entity, verb: str, **data: Any) -> Any:
    return browser.post(url(record, verb), data={"operation": str(uuid4())} | data, headers=FRAGMENT)


def receipt_of(order: Entity) -> Entity:
    id = look("SELECT id FROM goods_receipts WHERE purchase_order_id = :id", id=order.id).id
    return records.access.get(SYSTEM, GoodsReceipt, id)


def test_receiving_leads_to_the_receipt_and_posting_puts_it_on_the_shelf(
    clerk: Browser, cast: Cast, order: Entity, tea: UUID
) -> None:
    offered = re.findall(rf"{url(order)}/do/(\w+)", clerk.get(url(order)).text)
    assert offered == ["receive"]
    answer = press(clerk, order, "receive")
    receipt = receipt_of(order)
    assert answer.json["url"].rstrip("/") == url(receipt)
    page = clerk.get(url(receipt))
    assert set(re.findall(rf"{url(receipt)}/do/(\w+)", page.text)) == {"post", "discard"}
    posted = press(clerk, receipt, "post")
    assert posted.status_code == 200
    assert (state(receipt), state(order), on_shelf(cast.north, tea)) == ("posted", "received", 10)
    for text in (page.text, posted.text, clerk.get(url(receipt)).text, clerk.get(url(order)).text):
        assert "77.31" not in text
        assert "773.1" not in text


def test_what_speaks_against_posting_is_said_in_words(clerk: Browser, order: Entity, tea: UUID, cast: Cast) -> None:
    press(clerk, order, "receive")
    receipt = receipt_of(order)
    version = look("SELECT version FROM products WHERE id = :id", id=tea).version
    records.change(SYSTEM, named("product"), tea, {"active": False}, expected_version=version)
    answer = press(clerk, receipt, "post")
    assert answer.status_code == 422
    assert any("no longer active" in sentence for sentence in answer.json["fields"].values())
    assert (state(receipt), on_shelf(cast.north, tea)) == ("draft", 0)
