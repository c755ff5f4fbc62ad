"""The past in a real browser: behind a cell, at the side of a record, in the reader's own clock, and for screen readers."""

from __future__ import annotations

import datetime as dt
import re
from uuid import UUID

import pytest
import sqlalchemy as sa
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page, expect

import app.models  # noqa: F401  fills the registry
from app.core.entity import named
from app.core.ids import uuid7
from app.services import records
from tests.cast import Cast
from tests.windows import DESK, PHONE, Windows

pytestmark = pytest.mark.browser

PRODUCT = named("product")


@pytest.fixture
def soap(cast: Cast) -> UUID:
    """A product whose price the admin has changed."""
    values = {"sku": f"W{uuid7().hex[-12:]}", "name": "Windowed soap", "price": "12.00"}
    made = records.create(cast.manager, PRODUCT, values)
    records.change(cast.admin, PRODUCT, made.id, {"price": "13.50"}, expected_version=1)
    return made.id


def answer(page: Page):  # type: ignore[no-untyped-def]
    return page.locator(".cell-answer")


def test_the_button_at_a_cell_tells_who_changed_it(soap: UUID, windows: Windows) -> None:
    page = windows.open("manager", f"/products/{soap}")
    page.locator('dd[data-column="price"]').hover()
    page.get_by_role("button", name="Who changed Price?").click()
    expect(answer(page)).to_contain_text("Admin changed it from € 12.00 to € 13.50")
    page.keyboard.press("Escape")
    expect(answer(page)).to_be_hidden()
    assert windows.complaints == []


def test_a_key_tells_it_in_a_list_and_the_focus_comes_back(soap: UUID, windows: Windows) -> None:
    page = windows.open("manager", f"/products/?f.0.name.is=Windowed soap&f.0.id.any={soap}")
    cell = page.locator('#list-table td[data-column="price"]')
    cell.focus()
    page.keyboard.press("h")
    expect(answer(page)).to_contain_text("Admin changed it from")
    page.keyboard.press("Escape")
    expect(answer(page)).to_be_hidden()
    expect(cell).to_be_focused()


def test_a_finger_reaches_it_too(soap: UUID, windows: Windows) -> None:
    page = windows.open("manager", f"/products/{soap}", size=PHONE)
    page.locator('dd[data-column="price"]').click()
    page.get_by_role("button", name="Who changed Price?").click()
    expect(answer(page)).to_contain_text("Admin changed it from")


def test_the_side_of_a_record_tells_the_last_deeds_and_follows_what_happens(
    soap: UUID, windows: Windows, cast: Cast
) -> None:
    page = windows.open("manager", f"/products/{soap}")
    side = page.locator("[data-latest]")
    expect(side).to_contain_text("Admin changed Price from € 12.00 to € 13.50")
    expect(page.locator("#live-chip")).to_have_attribute("data-state", "live")
    records.change(cast.manager, PRODUCT, soap, {"name": "Renamed soap"}, expected_version=2)
    expect(side).to_contain_text("changed Name from Windowed soap to Renamed soap")


def test_a_moment_is_typed_in_the_readers_own_clock(soap: UUID, windows: Windows) -> None:
    page = windows.open("manager", "/products/past")
    page.get_by_label("As they were at").fill("2026-11-20T08:30:00")
    page.get_by_role("button", name="Show").click()
    page.wait_for_url(re.compile("at=2026-11-20T08"))
    assert "tz=" in page.url
    zone = page.evaluate("document.body.dataset.tz || Intl.DateTimeFormat().resolvedOptions().timeZone")
    assert f"tz={zone}".replace("/", "%2F") in page.url
    expect(page.get_by_label("As they were at")).to_have_value(re.compile("2026-11-20T08:30"))


def test_from_the_list_to_its_past_and_to_its_history(soap: UUID, windows: Windows) -> None:
    page = windows.open("manager", "/products/?f.0.price.gt=1")
    page.get_by_role("button", name="History", exact=True).click()
    page.get_by_role("link", name="This list as it was").click()
    page.wait_for_url(re.compile(r"/products/past\?.*price"))
    expect(page.get_by_role("heading", level=1)).to_have_text("Products as they were")
    page.get_by_role("link", name="Today's list", exact=True).click()
    page.wait_for_url(re.compile(r"/products/\?.*price"))


@pytest.mark.parametrize("size", [DESK, PHONE], ids=["desk", "phone"])
@pytest.mark.parametrize("dark", [False, True], ids=["light", "dark"])
def test_the_pages_have_no_barrier(soap: UUID, windows: Windows, size: dict[str, int], dark: bool) -> None:
    at = (dt.datetime.now(dt.UTC)).isoformat().replace("+", "%2B")
    for path in (
        f"/products/{soap}/history", "/products/history", f"/products/{soap}/past?at={at}", f"/products/past?at={at}",
        "/products/differences?from=2026-01-20T00:00", "/what-changed",
    ):  # fmt: skip
        page = windows.open("manager", path, size=size, dark=dark)
        found = Axe().run(page, options={"runOnly": ["wcag2a", "wcag2aa", "wcag21aa", "wcag22aa"]})
        assert found.violations_count == 0, f"{path}: {found.generate_report()[:3000]}"
        page.context.close()


def test_what_is_older_is_added_below_and_the_place_is_kept(windows: Windows, cast: Cast, owner: sa.Connection) -> None:
    brand = records.create(cast.manager, named("brand"), {"name": "Long remembered"})
    for turn in range(55):
        owner.execute(sa.text("UPDATE brands SET note = :note WHERE id = :id"), {"note": str(turn), "id": brand.id})
        owner.commit()
    page = windows.open("manager", f"/brands/{brand.id}/history")
    deeds = page.locator(".history-line > li")
    expect(deeds).to_have_count(50)
    further = page.get_by_role("link", name="Older")
    further.scroll_into_view_if_needed()
    before = page.evaluate("scrollY")
    further.click()
    expect(deeds).to_have_count(56)
    expect(deeds.nth(50)).to_be_focused()
    expect(deeds.nth(55)).to_contain_text("Manager created this brand")
    expect(page.locator(".history-foot")).to_have_text("There is nothing older.")
    assert page.evaluate("scrollY") == before
    assert windows.complaints == []
