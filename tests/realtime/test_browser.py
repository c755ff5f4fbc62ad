"""Two people, two browsers: what one does appears in the other's table, and nothing the other is doing is disturbed."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from typing import Any
from uuid import UUID

import psycopg
import pytest
from playwright.sync_api import Page, expect

from app.core.entity import named
from tests.cast import Cast
from tests.databases import Database
from tests.factory import making
from tests.realtime.site import Server, serving
from tests.windows import Open, Windows

pytestmark = pytest.mark.browser

Sql = psycopg.Connection[Any]


@pytest.fixture(scope="module")
def site(database: Database, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    with serving(database, tmp_path_factory.mktemp("site")) as server:
        yield server


@pytest.fixture
def window(windows: Windows) -> Open:
    """A signed-in person's window at an address, live already unless `live` says what else."""

    def open(name: str, path: str, *, live: str = "live", before: Callable[[Page], None] | None = None) -> Page:
        page = windows.open(name, path, before=before)
        expect(page.locator("#live-chip")).to_have_attribute("data-state", live, timeout=15_000)
        return page

    return open


def made(database: Database, cast: Cast, entity: str, **given: Any) -> UUID:
    with making(database, cast.north, cast.south) as factory:
        return factory.make(named(entity), **given).id


def row(page: Page, id: UUID) -> Any:
    return page.locator(f'tr[data-id="{id}"]:not(.is-leaving)')


def cell(page: Page, id: UUID, column: str) -> Any:
    return row(page, id).locator(f'[data-column="{column}"]')


def test_a_colleagues_edit_appears_and_glows(window: Open, database: Database, cast: Cast) -> None:
    brand = made(database, cast, "brand", name="Alder")
    viewer, manager = window("viewer", "/brands/"), window("manager", "/brands/")
    cell(manager, brand, "name").dblclick()
    cell(manager, brand, "name").locator("input").fill("Almond")
    manager.keyboard.press("Enter")
    expect(cell(viewer, brand, "name")).to_have_text("Almond")
    expect(row(viewer, brand)).to_have_attribute("data-version", "2")
    expect(cell(viewer, brand, "name")).to_have_attribute("title", "Changed by Manager, just now")


def test_plain_sql_appears_and_the_row_moves_to_its_place(
    window: Open, database: Database, cast: Cast, sql: Sql
) -> None:
    first, last = made(database, cast, "brand", name="AAA first"), made(database, cast, "brand", name="ZZZ last")
    viewer = window("viewer", "/brands/")
    sql.execute("UPDATE brands SET name = 'ZZZZ moved' WHERE id = %s", [first])
    expect(cell(viewer, first, "name")).to_have_text("ZZZZ moved")
    viewer.wait_for_function(
        "([one, other]) => { const ids = [...document.querySelectorAll('#list tr[data-id]')].map((row) => row.dataset.id);"
        " return ids.indexOf(one) > ids.indexOf(other); }",
        arg=[str(first), str(last)],
    )


def test_a_new_row_comes_in_at_its_place_and_a_deleted_one_goes(
    window: Open, database: Database, cast: Cast, sql: Sql
) -> None:
    made(database, cast, "brand", name="Maple A"), made(database, cast, "brand", name="Maple C")
    viewer = window("viewer", "/brands/?q=maple")
    expect(viewer.locator("#list tr[data-id]")).to_have_count(2)
    between, other = made(database, cast, "brand", name="Maple B"), made(database, cast, "brand", name="Oak")
    expect(row(viewer, between)).to_be_visible()
    expect(viewer.locator("#list tr[data-id] [data-column=name]")).to_have_text(["Maple A", "Maple B", "Maple C"])
    sql.execute("DELETE FROM brands WHERE id = %s", [between])
    expect(viewer.locator("#list tr[data-id] [data-column=name]")).to_have_text(["Maple A", "Maple C"])
    expect(row(viewer, other)).to_have_count(0)


def test_an_empty_list_fills_and_empties(window: Open, database: Database, cast: Cast, sql: Sql) -> None:
    viewer = window("viewer", "/brands/?q=walnut")
    expect(viewer.locator("#list tr[data-id]")).to_have_count(0)
    walnut = made(database, cast, "brand", name="Walnut")
    expect(row(viewer, walnut)).to_be_visible()
    sql.execute("DELETE FROM brands WHERE id = %s", [walnut])
    expect(viewer.locator("#list tr[data-id]")).to_have_count(0)
    expect(viewer.get_by_text("Nothing fits")).to_be_visible()


def test_a_row_that_leaves_the_filter_goes(window: Open, database: Database, cast: Cast, sql: Sql) -> None:
    brand = made(database, cast, "brand", name="Cedar one")
    viewer = window("viewer", "/brands/?q=cedar")
    sql.execute("UPDATE brands SET name = 'Pine' WHERE id = %s", [brand])
    expect(row(viewer, brand)).to_have_count(0)


def test_moving_a_register_shows_in_the_right_shops_only(
    window: Open, database: Database, cast: Cast, sql: Sql
) -> None:
    register = made(database, cast, "register", name="Till one")
    heard: list[str] = []

    def listen(page: Page) -> None:
        page.on("websocket", lambda socket: socket.on("framereceived", lambda frame: heard.append(str(frame))))

    north, both = window("frontdesk", "/registers/", before=listen), window("manager", "/registers/")
    expect(row(north, register)).to_be_visible()
    sql.execute("UPDATE registers SET location_id = %s, name = 'Till two' WHERE id = %s", [cast.south, register])
    expect(cell(both, register, "name")).to_have_text("Till two")
    expect(row(north, register)).to_have_count(0)
    sql.execute("UPDATE registers SET name = 'Till three' WHERE id = %s", [register])
    expect(cell(both, register, "name")).to_have_text("Till three")
    assert not [frame for frame in heard if "Till two" in frame or "Till three" in frame]


def test_a_renamed_brand_is_renamed_in_the_product_table(
    window: Open, database: Database, cast: Cast, sql: Sql
) -> None:
    brand = made(database, cast, "brand", name="Elm")
    product = made(database, cast, "product", brand_id=brand)
    viewer = window("viewer", "/products/")
    expect(cell(viewer, product, "brand_id")).to_have_text("Elm")
    sql.execute("UPDATE brands SET name = 'Elm & daughters' WHERE id = %s", [brand])
    expect(cell(viewer, product, "brand_id")).to_have_text("Elm & daughters")


def test_a_cell_being_edited_is_not_overwritten(window: Open, database: Database, cast: Cast, sql: Sql) -> None:
    brand = made(database, cast, "brand", name="Birch")
    manager = window("manager", "/brands/?q=birch")
    cell(manager, brand, "name").dblclick()
    cell(manager, brand, "name").locator("input").fill("Birch and I")
    sql.execute("UPDATE brands SET name = 'Birch and they' WHERE id = %s", [brand])
    note = cell(manager, brand, "name").locator(".field-news")
    expect(note).to_contain_text("Changed by the database")
    expect(cell(manager, brand, "name").locator("input")).to_have_value("Birch and I")
    note.get_by_role("button", name="Take theirs").click()
    expect(cell(manager, brand, "name")).to_have_text("Birch and they")


def test_a_storm_is_one_line_and_the_table_ends_right(window: Open, database: Database, cast: Cast, sql: Sql) -> None:
    sql.execute("INSERT INTO brands (name) SELECT 'Storm ' || lpad(n::text, 3, '0') FROM generate_series(1, 80) n")
    viewer = window("viewer", "/brands/?q=storm&size=100")
    expect(viewer.locator("#list tr[data-id]")).to_have_count(80)
    sql.execute("UPDATE brands SET name = name || ' over' WHERE name LIKE 'Storm %'")
    expect(viewer.locator(".storm")).to_contain_text("80 rows changed")
    expect(viewer.locator("#list tr[data-id] [data-column=name]").last).to_have_text("Storm 080 over")
    sql.execute("DELETE FROM brands WHERE name LIKE 'Storm %'")
    expect(viewer.locator("#list tr[data-id]")).to_have_count(0)


def test_scroll_and_selection_stay_when_rows_come_above(window: Open, database: Database, cast: Cast, sql: Sql) -> None:
    sql.execute("INSERT INTO brands (name) SELECT 'Tall ' || lpad(n::text, 3, '0') FROM generate_series(10, 90) n")
    manager = window("manager", "/brands/?q=tall&size=100")
    manager.locator("#list tr[data-id]").nth(60).locator("input[type=checkbox]").check()
    manager.locator("#list tr[data-id]").nth(60).scroll_into_view_if_needed()
    at = manager.locator("#list tr[data-id]").nth(60)
    id = at.get_attribute("data-id")
    was = at.bounding_box()
    sql.execute("INSERT INTO brands (name) VALUES ('Tall 050 and a half'), ('Tall 001')")
    expect(manager.get_by_text("Tall 050 and a half")).to_be_attached()
    expect(manager.locator(".pill-new")).to_have_text("1 new")
    here = manager.locator(f'tr[data-id="{id}"]')
    assert was
    assert abs(here.bounding_box()["y"] - was["y"]) < 2
    expect(here.locator("input[type=checkbox]")).to_be_checked()
    manager.locator(".pill-new").click()
    expect(manager.get_by_text("Tall 001")).to_be_visible()
    sql.execute("DELETE FROM brands WHERE name LIKE 'Tall %'")


def test_a_revoked_grant_empties_the_open_table(window: Open, database: Database, cast: Cast, sql: Sql) -> None:
    register = made(database, cast, "register", name="Not for long")
    desk = window("frontdesk", "/registers/")
    expect(row(desk, register)).to_be_visible()
    grant = sql.execute(
        "DELETE FROM grants WHERE user_id = %s RETURNING user_id, role_id, location_id", [cast.frontdesk.id]
    ).fetchone()
    expect(row(desk, register)).to_have_count(0, timeout=3000)
    sql.execute("INSERT INTO grants (user_id, role_id, location_id) VALUES (%s, %s, %s)", grant)


def block(page: Page) -> None:
    """No websocket gets through, as behind some companies' proxies."""
    page.add_init_script(
        "window.WebSocket = class { constructor() { setTimeout(() => this.onerror?.(new Event('error'))); } close() {} };"
    )


def test_without_websockets_the_page_asks_every_few_seconds(
    window: Open, database: Database, cast: Cast, sql: Sql
) -> None:
    brand = made(database, cast, "brand", name="Polled")
    viewer = window("viewer", "/brands/?q=polled", live="polling", before=block)
    sql.execute("UPDATE brands SET name = 'Polled again' WHERE id = %s", [brand])
    expect(cell(viewer, brand, "name")).to_have_text("Polled again", timeout=15_000)


def test_without_websockets_lines_are_closed_when_their_document_goes_on(
    window: Open, database: Database, cast: Cast, sql: Sql
) -> None:
    order = made(database, cast, "order", state="draft", location_id=cast.north)
    line = made(database, cast, "order_line", order_id=order, quantity=3)
    manager = window("manager", "/order-lines/", live="polling", before=block)
    expect(cell(manager, line, "quantity")).to_have_class(re.compile("cell-edit"))
    sql.execute("UPDATE orders SET state = 'fulfilled' WHERE id = %s", [order])
    expect(row(manager, line)).to_have_attribute("data-still", "", timeout=15_000)
    expect(cell(manager, line, "quantity")).not_to_have_class(re.compile("cell-edit"))


def test_without_websockets_people_see_each_other_too(window: Open, database: Database, cast: Cast) -> None:
    brand = made(database, cast, "brand", name="Met without sockets")
    viewer = window("viewer", f"/brands/{brand}")
    manager = window("manager", f"/brands/{brand}/edit", live="polling", before=block)
    expect(manager.locator(".present")).to_contain_text("Viewer is here", timeout=15_000)
    manager.get_by_label("Name").fill("Typed")
    expect(viewer.locator(".present")).to_contain_text("Manager is editing", timeout=15_000)


def test_after_a_restart_the_page_catches_up(
    window: Open, database: Database, cast: Cast, sql: Sql, site: Server
) -> None:
    brand = made(database, cast, "brand", name="Restart")
    viewer = window("viewer", "/brands/?q=restart")
    viewer.context.set_offline(True)
    expect(viewer.locator("#live-chip")).to_have_attribute("data-state", "offline")
    sql.execute("UPDATE brands SET name = 'Restart missed' WHERE id = %s", [brand])
    viewer.context.set_offline(False)
    expect(cell(viewer, brand, "name")).to_have_text("Restart missed", timeout=60_000)


def test_a_detail_page_follows_and_a_form_keeps_the_typing(
    window: Open, database: Database, cast: Cast, sql: Sql
) -> None:
    brand = made(database, cast, "brand", name="Detail")
    viewer, manager = window("viewer", f"/brands/{brand}"), window("manager", f"/brands/{brand}/edit", live="live")
    manager.get_by_label("Name").fill("Typed")
    sql.execute("UPDATE brands SET name = 'Detail changed' WHERE id = %s", [brand])
    expect(viewer.locator('dd[data-column="name"]')).to_have_text("Detail changed")
    expect(manager.locator('[data-field="name"] .field-news')).to_contain_text("Changed by the database")
    expect(manager.get_by_label("Name")).to_have_value("Typed")
