"""While a list is open a document goes on: what can no longer be edited stops being offered before one's eyes."""

from __future__ import annotations

from typing import Any
from uuid import UUID

import pytest
from playwright.sync_api import Page, expect

from app.core.entity import Entity
from tests.cast import Cast
from tests.stock import shop
from tests.windows import Open, Windows

pytestmark = pytest.mark.browser


@pytest.fixture
def window(windows: Windows) -> Open:
    """The manager's window at an address, live already."""

    def open(path: str) -> Page:
        page = windows.open("manager", path)
        expect(page.locator("#live-chip")).to_have_attribute("data-state", "live", timeout=15_000)
        return page

    return open


def order(cast: Cast, *verbs: str) -> Entity:
    tea = shop.product("Tea")
    shop.stock_up(cast.north, tea, 5)
    lines = {"order_line": [{"product_id": tea, "quantity": "2", "unit_price": "10"}]}
    found = shop.document(cast.frontdesk, "order", lines, location_id=cast.north)
    for verb in verbs:
        shop.take(cast.frontdesk, found, verb)
    return found


def cell(page: Page, id: UUID, column: str) -> Any:
    return page.locator(f'tr[data-id="{id}"] [data-column="{column}"]')


def test_an_open_list_stops_offering_what_went_on(window: Open, cast: Cast) -> None:
    found = order(cast)
    page = window("/orders/")
    cell(page, found.id, "required_on").dblclick()
    expect(cell(page, found.id, "required_on").locator("input")).to_be_visible()
    page.keyboard.press("Escape")
    shop.take(cast.frontdesk, found, "confirm")
    row = page.locator(f'tr[data-id="{found.id}"]')
    expect(cell(page, found.id, "state")).to_have_text("Confirmed")
    expect(cell(page, found.id, "required_on")).not_to_contain_class("cell-edit")
    expect(cell(page, found.id, "freight")).to_contain_class("cell-edit")
    cell(page, found.id, "required_on").dblclick()
    cell(page, found.id, "freight").dblclick()
    expect(row.locator("[data-cell-editor]")).to_have_count(1)
    cell(page, found.id, "freight").locator("input").fill("4.5")
    page.keyboard.press("Enter")
    expect(cell(page, found.id, "freight")).to_have_text("4.50")
    expect(cell(page, found.id, "required_on")).not_to_contain_class("cell-edit")
    shop.take(cast.frontdesk, found, "fulfil")
    expect(cell(page, found.id, "freight")).not_to_contain_class("cell-edit")
    expect(row.locator("[data-quick-edit]")).to_be_hidden()


def test_an_open_list_of_lines_goes_by_its_documents(window: Open, cast: Cast) -> None:
    found, other = order(cast), order(cast)
    [mine], [theirs] = (shop.line_ids("order_line", "order_id", one) for one in (found, other))
    page = window("/order-lines/")
    expect(cell(page, mine, "quantity")).to_contain_class("cell-edit")
    shop.take(cast.frontdesk, found, "confirm")
    expect(cell(page, mine, "quantity")).not_to_contain_class("cell-edit")
    expect(cell(page, theirs, "quantity")).to_contain_class("cell-edit")


def test_a_new_row_offers_what_it_may_whatever_stands_above_it(window: Open, cast: Cast) -> None:
    order(cast, "confirm", "fulfil")
    page = window("/orders/")
    drafted = order(cast)
    expect(cell(page, drafted.id, "freight")).to_contain_class("cell-edit")
    expect(page.locator(f'tr[data-id="{drafted.id}"] [data-quick-edit]')).to_be_visible()


def test_many_rows_are_offered_what_some_of_them_allow(window: Open, cast: Cast) -> None:
    drafted, confirmed, done = order(cast), order(cast, "confirm"), order(cast, "confirm", "fulfil")
    page = window("/orders/")

    def select(*records: Entity) -> None:
        page.keyboard.press("Escape")
        for record in records:
            page.locator(f'tr[data-id="{record.id}"] [data-select]').check()

    select(done)
    page.locator("[data-bulk-edit]").click()
    expect(page.get_by_text("This one has gone on and can't be changed any more.")).to_be_visible()
    select(confirmed, done)
    page.locator("[data-bulk-edit]").click()
    fields = page.locator("#bulk-column option")
    expect(fields.filter(has_text="Shipper")).to_have_count(1)
    expect(fields.filter(has_text="Location")).to_have_count(0)
    page.locator("#bulk-column").select_option(label="Shipper")
    expect(page.get_by_text("1 of 2 has gone on and stays as it is.")).to_be_visible()
    page.locator("dialog[open] [data-close]").first.click()
    select(drafted, confirmed)
    page.locator("[data-bulk-delete]").click()
    expect(page.get_by_role("heading", name="Delete 1 order?")).to_be_visible()
    expect(page.get_by_text("1 of 2 has gone on and stays as it is.")).to_be_visible()


def test_the_button_to_edit_goes_when_the_document_is_done(window: Open, cast: Cast) -> None:
    found = order(cast, "confirm")
    page = window(f"/orders/{found.id}")
    expect(page.locator("[data-edit-record]")).to_be_visible()
    shop.take(cast.frontdesk, found, "fulfil")
    expect(page.locator("[data-edit-record]")).to_have_count(0)
