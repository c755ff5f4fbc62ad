"""The screens in a real browser: with the mouse, by keyboard alone, on a phone, and as a screen reader finds them."""

from __future__ import annotations

import re
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page, Route, expect

from app.core.entity import named
from app.views import paths
from tests.cast import Cast
from tests.databases import Database
from tests.factory import making
from tests.screens.conftest import Make, stored
from tests.windows import DESK, PHONE, Open, Windows

pytestmark = pytest.mark.browser


@pytest.fixture
def window(windows: Windows) -> Open:
    """The admin's window at an address."""

    def open(path: str, *, size: Any = DESK, dark: bool = False) -> Page:
        return windows.open("admin", path, size=size, dark=dark)

    return open


@pytest.fixture(scope="module")
def catalog(database: Database) -> None:
    """A dozen products of two brands."""
    cast = Cast.met(database)
    with making(database, cast.north, cast.south) as factory:
        brands = [factory.make(named("brand"), name=name).id for name in ("Aveda", "Davines")]
        for turn in range(12):
            factory.make(
                named("product"), name=f"Balm {turn:02}", sku=f"B-{turn:02}", brand_id=brands[turn % 2], price=turn
            )


def names(page: Page) -> list[str]:
    return page.locator("#list-table tbody th.cell-lead").all_inner_texts()


def test_a_filter_is_picked_shown_kept_in_the_address_and_removed(catalog: None, window: Open) -> None:
    page = window("/products/")
    page.get_by_role("button", name="Filter", exact=True).click()
    page.get_by_placeholder("Find a field").fill("bra")
    page.locator("[data-columns-pane]").get_by_role("button", name="Brand").click()
    page.locator("[data-filter-pane] .ts-control input").fill("Ave")
    page.get_by_role("option", name="Aveda").click()
    page.get_by_role("button", name="Add filter").click()
    expect(page.locator(".chip-main")).to_contain_text("Brand is any of Aveda")
    expect(page.locator("#list-count")).to_have_text("6")
    page.reload()
    expect(page.locator("#list-count")).to_have_text("6")
    page.get_by_role("link", name=re.compile("Remove filter Brand")).click()
    expect(page.locator(".chip-main")).to_have_count(0)
    page.go_back()
    expect(page.locator("#list-count")).to_have_text("6")


def test_the_search_box_is_reached_by_key_and_leaves_the_typing_alone(catalog: None, window: Open) -> None:
    page = window("/products/")
    page.keyboard.press("/")
    page.keyboard.type("Balm 0", delay=20)
    expect(page.locator("#list-count")).to_have_text("10")
    expect(page.locator("#list-search")).to_have_value("Balm 0")
    expect(page.locator("#list-search")).to_be_focused()


def test_a_heading_sorts_and_the_columns_can_be_chosen(catalog: None, window: Open) -> None:
    page = window("/products/?q=Balm")
    page.get_by_role("link", name=re.compile("^Price")).click()
    expect(page.locator('th[data-column="price"]')).to_have_attribute("aria-sort", "ascending")
    assert names(page)[0] == "Balm 00"
    page.get_by_role("link", name=re.compile("^Price")).click()
    expect(page.locator('th[data-column="price"]')).to_have_attribute("aria-sort", "descending")
    assert names(page)[0] == "Balm 11"
    page.get_by_role("button", name="Columns").click()
    page.get_by_label("Cost", exact=True).uncheck()
    page.get_by_role("button", name="Show these").click()
    expect(page.locator('th[data-column="cost"]')).to_have_count(0)
    assert "cols=" in page.url


def test_a_cell_is_edited_in_place_refused_saved_and_undone(make: Make, window: Open) -> None:
    brand = named("brand")
    id = make(brand, website="https://example.com/old")
    page = window("/brands/?cols=name,website")
    cell = page.locator(f'#row-{id} [data-column="website"]')
    cell.dblclick()
    field = cell.locator("input")
    expect(field).to_be_focused()
    field.fill("nonsense")
    field.press("Enter")
    expect(cell.get_by_role("alert")).to_contain_text("http")
    field.fill("https://example.com/new")
    field.press("Enter")
    expect(cell).to_have_text("example.com/new")
    page.get_by_role("button", name="Undo").click()
    expect(cell).to_have_text("example.com/old")
    assert stored(brand, id).website == "https://example.com/old"  # type: ignore[union-attr]


def test_editing_a_cell_moves_nothing(catalog: None, window: Open) -> None:
    page = window("/products/?q=Balm")
    heads = "[...document.querySelectorAll('#list-table th')].map((each) => Math.round(each.getBoundingClientRect().x))"
    tops = "[...document.querySelectorAll('#list-table tr')].map((each) => Math.round(each.getBoundingClientRect().y))"
    before = page.evaluate(heads), page.evaluate(tops)
    for column in ("sku", "price", "brand_id"):
        cell = page.locator(f'#list-table tbody tr >> nth=2 >> [data-column="{column}"]')
        cell.dblclick(position={"x": 4, "y": 4})
        page.locator("[data-cell-editor] :is(input, .ts-control)").first.wait_for()
        assert (page.evaluate(heads), page.evaluate(tops)) == before, column
        page.keyboard.press("Escape")
        expect(page.locator("[data-cell-editor]")).to_have_count(0)


def test_the_second_editor_of_a_cell_decides(make: Make, window: Open) -> None:
    brand = named("brand")
    id = make(brand, website="https://example.com/old")
    first, second = (window("/brands/?cols=name,website").locator(f'#row-{id} [data-column="website"]') for _ in "ab")
    for cell in (first, second):
        cell.dblclick()
        expect(cell.locator("input")).to_be_focused()
    first.locator("input").fill("https://example.com/first")
    first.locator("input").press("Enter")
    expect(first).to_have_text("example.com/first")
    second.locator("input").fill("https://example.com/second")
    second.locator("input").press("Enter")
    expect(second.get_by_role("alert")).to_contain_text("Changed by")
    expect(second.get_by_role("alert")).to_contain_text("example.com/first")
    expect(second.locator("input")).to_have_value("https://example.com/second")
    assert stored(brand, id).website == "https://example.com/first"  # type: ignore[union-attr]
    # Going elsewhere answers nothing: the question stays, and so does theirs.
    second.page.locator("h1").click()
    second.page.wait_for_timeout(300)
    expect(second.get_by_role("alert")).to_be_visible()
    assert stored(brand, id).website == "https://example.com/first"  # type: ignore[union-attr]
    second.get_by_role("button", name="Keep mine").click()
    expect(second).to_have_text("example.com/second")
    second.page.get_by_role("button", name="Undo").click()
    expect(second).to_have_text("example.com/first")


def test_rows_are_walked_selected_and_changed_by_keyboard_and_bar(make: Make, window: Open) -> None:
    brand = named("brand")
    ids = [make(brand, name=f"Bulk {turn}", website=None) for turn in range(3)]
    page = window("/brands/?q=Bulk")
    for key in "jxjx":
        page.keyboard.press(key)
    expect(page.locator(".selection-count")).to_have_text("2 selected")
    page.get_by_role("button", name="Edit", exact=True).click()
    page.locator("#bulk-column").select_option("website")
    page.locator("dialog [data-cell-editor] input").fill("https://example.com/bulk")
    page.get_by_role("button", name="Change", exact=True).click()
    expect(page.locator("#toasts")).to_contain_text("2 brands changed")
    found = [stored(brand, id).website for id in ids]  # type: ignore[union-attr]
    assert found == ["https://example.com/bulk"] * 2 + [None]


def test_a_bulk_edit_whose_answer_is_lost_is_sent_again_happens_once_and_is_undone(make: Make, window: Open) -> None:
    brand = named("brand")
    ids = [make(brand, name=f"Lossy {turn}", website=None) for turn in range(2)]
    page = window("/brands/?q=Lossy")

    def lose(route: Route) -> None:
        route.fetch()  # it arrives, and the answer is lost
        route.abort()

    page.route("**/brands/bulk", lose, times=1)
    for key in "jxjx":
        page.keyboard.press(key)
    page.get_by_role("button", name="Edit", exact=True).click()
    page.locator("#bulk-column").select_option("website")
    page.locator("dialog [data-cell-editor] input").fill("https://example.com/lossy")
    page.get_by_role("button", name="Change", exact=True).click()
    page.get_by_role("button", name="Send again").click()
    expect(page.locator("#toasts")).to_contain_text("2 brands changed")
    assert [stored(brand, id).version for id in ids] == [2, 2]  # type: ignore[union-attr]
    page.route("**/undo/*", lose, times=1)
    page.get_by_role("button", name="Undo").click()
    page.get_by_role("button", name="Try again").click()
    expect(page.locator("#toasts")).to_contain_text("2 put back")
    assert [stored(brand, id).version for id in ids] == [3, 3]  # type: ignore[union-attr]


def test_a_choice_made_while_one_still_types_leaves_the_focus_where_one_goes_on(catalog: None, window: Open) -> None:
    page = window("/orders/new")
    page.get_by_role("button", name="Add order line").click()
    row = page.locator('[data-lines="order_line"] tbody tr').first
    expect(page.get_by_role("option", name="Balm 07")).to_be_visible()
    row.locator(".ts-control input").fill("Balm 07")
    page.get_by_role("option", name="Balm 07").click()
    quantity = row.get_by_label("Quantity")
    quantity.click()
    page.wait_for_timeout(600)  # longer than the picker waits for more of a word
    expect(quantity).to_be_focused()
    expect(page.locator(".ts-dropdown:visible")).to_have_count(0)


def test_an_order_with_lines_is_written_without_leaving_the_keyboard(catalog: None, window: Open) -> None:
    page = window("/orders/new")
    page.locator("[data-field=location_id] .ts-control input").fill("North")
    page.get_by_role("option", name="North").click()
    page.get_by_role("button", name="Add order line").click()
    row = page.locator('[data-lines="order_line"] tbody tr').first
    row.locator(".ts-control input").fill("Balm 07")
    page.get_by_role("option", name="Balm 07").click()
    row.get_by_label("Quantity").fill("3")
    row.get_by_label("Unit price").fill("2.5")
    row.get_by_label("Unit price").press("Enter")
    expect(page.locator('[data-lines="order_line"] tbody tr')).to_have_count(2)
    expect(page.locator('[data-lines="order_line"] tbody tr').nth(1).locator(":focus")).to_have_count(1)
    page.keyboard.press("Control+Backspace")
    expect(page.locator('[data-lines="order_line"] tbody tr')).to_have_count(1)
    page.keyboard.press("Control+s")
    page.wait_for_url(re.compile(r"/orders/[0-9a-f-]{36}$"))
    expect(page.locator('table[data-live-entity="order_line"]')).to_contain_text("7.50")


def test_a_brand_is_made_in_place_while_a_product_is_written(window: Open) -> None:
    page = window("/products/new")
    page.get_by_label(re.compile("^Name")).fill("Mint water")
    page.locator("[data-field=brand_id] .ts-control input").fill("Made in place")
    page.get_by_text("New brand “Made in place”").click()
    panel = page.locator("dialog.side-panel")
    expect(panel.get_by_label(re.compile("^Name"))).to_have_value("Made in place")
    page.keyboard.press("Control+s")
    expect(panel).to_have_count(0)
    expect(page.locator("[data-field=brand_id] .ts-control")).to_contain_text("Made in place")
    expect(page.get_by_label(re.compile("^Name"))).to_have_value("Mint water")


def test_what_is_wrong_is_said_and_reached_from_the_summary(window: Open) -> None:
    page = window("/products/new")
    page.get_by_label(re.compile("^Name")).fill("Kept")
    page.keyboard.press("Control+s")
    summary = page.locator(".error-summary")
    expect(summary).to_be_focused()
    summary.get_by_role("link", name=re.compile("SKU")).click()
    expect(page.get_by_label(re.compile("^SKU"))).to_be_focused()
    expect(page.get_by_label(re.compile("^Name"))).to_have_value("Kept")


def test_leaving_a_changed_form_is_guarded(make: Make, window: Open) -> None:
    brand = named("brand")
    page = window(paths.of_form(brand, make(brand)))
    asked = []
    page.on("dialog", lambda dialog: (asked.append(dialog.type), dialog.accept()))
    page.get_by_label(re.compile("^Website")).fill("https://example.com/unsaved")
    expect(page.locator(".save-words")).to_have_text("1 change")
    page.get_by_role("link", name="Home").click()
    page.wait_for_url(re.compile(r"/$"))
    assert asked == ["beforeunload"]


def test_a_row_is_edited_at_the_side_and_the_list_follows(make: Make, window: Open) -> None:
    brand = named("brand")
    id = make(brand, name="Side by side")
    page = window("/brands/?q=Side")
    page.keyboard.press("j")
    page.keyboard.press("o")
    panel = page.locator("dialog.side-panel")
    expect(panel.get_by_label(re.compile("^Name"))).to_be_visible()
    page.keyboard.press("Escape")
    expect(panel).to_have_count(0)
    page.keyboard.press("o")
    panel.get_by_label(re.compile("^Name")).fill("Side by side, changed")
    panel.get_by_role("button", name="Save").click()
    expect(panel).to_have_count(0)
    expect(page.locator(f"#row-{id} .cell-lead")).to_have_text("Side by side, changed")


def places(database: Database, make: Make) -> list[str]:
    product, order = make(named("product")), make(named("order"))
    make(named("order_line"), order_id=order)
    return [
        "/products/",
        "/brands/?q=nothing-like-this",
        paths.of_record(named("product"), product),
        paths.of_form(named("order"), order),
        "/products/new",
        "/permission-matrix/",
        "/lists/",
    ]


@pytest.mark.parametrize("dark", [False, True], ids=["light", "dark"])
def test_every_kind_of_page_is_accessible(
    dark: bool, catalog: None, database: Database, make: Make, window: Open
) -> None:
    for path in places(database, make):
        page = window(path, dark=dark)
        page.wait_for_timeout(150)
        found = Axe().run(page, options={"runOnly": ["wcag2a", "wcag2aa", "wcag21aa", "wcag22aa"]})
        assert found.violations_count == 0, f"{path}: {found.generate_report()[:3000]}"


def test_nothing_is_wider_than_a_phone(catalog: None, database: Database, make: Make, window: Open) -> None:
    for path in places(database, make):
        page = window(path, size=PHONE)
        width = page.evaluate("document.documentElement.scrollWidth")
        assert width <= PHONE["width"], f"{path} is {width} px wide"
