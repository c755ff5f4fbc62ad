"""Undo in a real browser: 500 rows of which three were touched since, and a deleted order back from what is said."""

from __future__ import annotations

import re

import pytest
import sqlalchemy as sa
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page, expect

from app.core import db
from app.core.actor import system
from app.core.ids import uuid7
from app.services import many_records, records
from tests.cast import Cast
from tests.history.test_undo import BRAND, ORDER, lines_of, order_with_lines, stored
from tests.windows import DESK, PHONE, Windows

pytestmark = pytest.mark.browser

MADE = sa.text("INSERT INTO brands (name) SELECT 'Brand ' || n FROM generate_series(1, 500) n RETURNING id, name")


def test_of_500_rows_three_were_touched_since_and_the_page_names_them(cast: Cast, windows: Windows) -> None:
    with db.transaction(system("tests")) as session:
        made = session.execute(MADE).all()
    key = uuid7()
    many_records.change(cast.manager, BRAND, [(row.id, 1) for row in made], {"note": "Checked"}, operation=key)
    for row in made[:3]:
        records.change(cast.admin, BRAND, row.id, {"note": "Mine"}, expected_version=2)
    page = windows.open("manager", f"/undo/{key}")
    expect(page.get_by_role("heading", name="Goes back 497")).to_be_visible()
    page.get_by_role("button", name="Undo 497 changes", exact=True).click()
    page.wait_for_url(re.compile("done="), timeout=120_000)
    expect(page.locator(".callout")).to_contain_text("497 are as before; 3 are not")
    stays = page.get_by_role("region", name="Stays as it is 3")
    for row in made[:3]:
        expect(stays.get_by_role("link", name=row.name, exact=True)).to_be_visible()
    expect(stays).to_contain_text("Admin changed it since")
    with db.reading(system()) as session:
        notes = session.execute(sa.text("SELECT note, count(*) FROM brands WHERE name LIKE 'Brand %' GROUP BY note"))
        assert dict(notes.tuples().all()) == {None: 497, "Mine": 3}
    assert windows.complaints == []


def test_a_deleted_order_comes_back_with_its_lines_from_what_is_said(cast: Cast, windows: Windows) -> None:
    order = order_with_lines(cast)
    page = windows.open("manager", f"/orders/{order.id}")
    page.get_by_role("button", name="More actions").click()
    page.get_by_role("button", name="Delete").click()
    page.get_by_role("button", name="Delete order").click()
    page.wait_for_url(re.compile("/orders/$"))
    expect(page.locator("#toasts")).to_contain_text("Order deleted.")
    assert stored(ORDER, order.id) is None
    page.get_by_role("button", name="Undo").click()
    expect(page.locator("#toasts")).to_contain_text("3 put back.")
    expect(page.locator(f"#row-{order.id}")).to_be_visible()
    assert [line.quantity for line in lines_of(order.id)] == [1, 2]
    assert windows.complaints == []


def test_a_saved_form_offers_undo_and_what_was_touched_since_leads_to_the_page(cast: Cast, windows: Windows) -> None:
    brand = records.create(cast.manager, BRAND, {"name": f"Form {uuid7()}"})
    page = windows.open("manager", f"/brands/{brand.id}/edit")
    page.get_by_label("Note").fill("Typed")
    page.get_by_role("button", name="Save").click()
    page.wait_for_url(re.compile(f"/brands/{brand.id}$"))
    records.change(cast.admin, BRAND, brand.id, {"note": "Mine"}, expected_version=2)
    page.get_by_role("button", name="Undo").click()
    expect(page.locator("#toasts")).to_contain_text("Admin changed it since.")
    page.get_by_role("button", name="Show").click()
    page.wait_for_url(re.compile("/undo/"))
    expect(page.get_by_role("region", name="Stays as it is 1")).to_contain_text("Note stays: Admin changed it since")


def test_the_button_says_how_many_changes_go_back_and_in_red_how_many_records_that_deletes(
    cast: Cast, windows: Windows
) -> None:
    key = uuid7()
    with db.transaction(cast.manager, operation=key):
        for _ in range(2):
            records.create(cast.manager, BRAND, {"name": f"Counted {uuid7()}"})
        changed = records.create(cast.manager, BRAND, {"name": f"Counted {uuid7()}"})
        records.change(cast.manager, BRAND, changed.id, {"note": "Checked"}, expected_version=1)
    page = windows.open("manager", f"/undo/{key}")
    deleting = page.locator("[data-undo-deleting]")
    expect(page.get_by_role("button", name="Undo 4 changes", exact=True)).to_be_visible()
    expect(deleting).to_contain_text("This deletes 3 records")
    for box in page.get_by_role("checkbox", name=re.compile("is deleted")).all():
        box.uncheck()
    expect(page.get_by_role("button", name="Undo 1 change", exact=True)).to_be_enabled()
    expect(deleting).to_be_hidden()
    assert windows.complaints == []


@pytest.mark.parametrize("size", [DESK, PHONE], ids=["desk", "phone"])
@pytest.mark.parametrize("dark", [False, True], ids=["light", "dark"])
def test_the_page_is_sound_for_screen_readers(cast: Cast, windows: Windows, size: object, dark: bool) -> None:
    made = [records.create(cast.manager, BRAND, {"name": f"Axe {uuid7()}"}) for _ in range(3)]
    key = uuid7()
    many_records.change(cast.manager, BRAND, [(one.id, 1) for one in made], {"note": "Checked"}, operation=key)
    records.change(cast.admin, BRAND, made[0].id, {"note": "Mine"}, expected_version=2)
    for path in (f"/undo/{key}", "/brands/history"):
        page = windows.open("manager", path, size=size, dark=dark)
        assert serious(page) == []
        assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")


def serious(page: Page) -> list[str]:
    found = Axe().run(page).response["violations"]
    return [f"{one['id']}: {one['nodes'][0]['target']}" for one in found if one["impact"] in ("serious", "critical")]
