"""The frame in a real browser: readable for everybody, in both themes, on a phone, by keyboard, nothing refused."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page, expect

pytestmark = pytest.mark.browser

Open = Callable[..., Page]
PLACES = {
    "home": {"path": "/"},
    "list": {"path": "/locations/"},
    "empty list": {"path": "/transfers/"},
    "sessions": {"path": "/account/sessions"},
    "password": {"path": "/account/password"},
    "nowhere": {"path": "/no-such-page", "status": 404},
    "sign-in": {"path": "/sign-in", "person": False},
}
LOOKS = [(1440, "light"), (1440, "dark"), (390, "light"), (390, "dark")]


@pytest.mark.parametrize(("width", "scheme"), LOOKS, ids=lambda value: str(value))
@pytest.mark.parametrize("place", PLACES.values(), ids=PLACES)
def test_a_page_is_accessible_and_fits(open_page: Open, place: dict[str, Any], width: int, scheme: str) -> None:
    page = open_page(**place, width=width, scheme=scheme)
    expect(page.locator("html")).to_have_attribute("data-bs-theme", scheme)
    page.evaluate("document.fonts.ready")
    found = Axe().run(page).response["violations"]
    assert [f"{rule['id']}: {node['html'][:160]}" for rule in found for node in rule["nodes"]] == []
    assert page.evaluate("document.documentElement.scrollWidth - innerWidth") <= 0, "the page scrolls sideways"


def test_the_chosen_theme_is_there_before_the_first_paint(open_page: Open) -> None:
    page = open_page("/")
    page.get_by_role("button", name="account and settings").click()
    page.get_by_role("button", name="Dark").click()
    expect(page.locator("html")).to_have_attribute("data-bs-theme", "dark")
    # What the body is painted with when the parser reaches it, in a page that has loaded no module yet.
    page.add_init_script(
        "new MutationObserver((_, watch) => { if (!document.body) return; watch.disconnect();"
        " window.firstTheme = document.documentElement.dataset.bsTheme })"
        ".observe(document, { childList: true, subtree: true })"
    )
    page.reload()
    assert page.evaluate("window.firstTheme") == "dark"


def test_the_palette_finds_a_screen_and_opens_it(open_page: Open) -> None:
    page = open_page("/")
    page.keyboard.press("Control+k")
    page.keyboard.type("locat")
    expect(page.locator(".palette-item[aria-selected=true]")).to_contain_text("Locations")
    page.keyboard.press("Enter")
    page.wait_for_url("**/locations/")


def test_the_palette_gives_the_focus_back(open_page: Open) -> None:
    page = open_page("/")
    page.locator(".rail-brand").focus()
    page.keyboard.press("Control+k")
    page.keyboard.press("Escape")
    expect(page.locator(".rail-brand")).to_be_focused()


def test_the_question_mark_lists_every_shortcut_of_the_page(open_page: Open) -> None:
    page = open_page("/")
    page.keyboard.press("?")
    expect(page.get_by_role("dialog", name="Keyboard shortcuts")).to_contain_text("Search or jump to")


def test_a_question_mark_in_a_field_is_a_question_mark(open_page: Open) -> None:
    page = open_page("/account/password")
    page.get_by_label("Current password").fill("")
    page.keyboard.type("?")
    expect(page.get_by_label("Current password")).to_have_value("?")
    expect(page.locator("#shortcuts")).not_to_be_visible()


def test_an_opened_area_stays_open_on_the_next_page(open_page: Open) -> None:
    page = open_page("/")
    page.locator("summary", has_text="Catalog").click()
    page.goto("/locations/")
    for area in ("Places", "Catalog"):
        expect(page.locator(f'[data-area="{area}"]')).to_have_attribute("open", "")
    page.goto("/account/sessions")
    expect(page.locator('[data-area="Catalog"]')).to_have_attribute("open", "")
    expect(page.locator('[data-area="Places"]')).not_to_have_attribute("open", "")  # was open for being there


def test_the_switcher_narrows_to_a_location_and_comes_back_to_the_same_page(open_page: Open) -> None:
    page = open_page("/account/sessions")
    page.get_by_role("button", name="Location: All my locations").click()
    page.get_by_role("button", name="North").click()
    page.wait_for_url("**/account/sessions")
    expect(page.get_by_role("button", name="Location: North")).to_be_visible()
    page.get_by_role("button", name="Location: North").click()
    page.get_by_role("button", name="All my locations").click()
    expect(page.get_by_role("button", name="Location: All my locations")).to_be_visible()


def test_the_rail_of_a_phone_opens_closes_and_gives_the_focus_back(open_page: Open) -> None:
    page = open_page("/", width=390)
    expect(page.get_by_role("navigation", name="Areas")).not_to_be_visible()
    page.get_by_role("button", name="Open menu").click()
    expect(page.get_by_role("navigation", name="Areas")).to_be_visible()
    page.keyboard.press("Escape")
    expect(page.get_by_role("navigation", name="Areas")).not_to_be_visible()
    expect(page.get_by_role("button", name="Open menu")).to_be_focused()


def test_a_wrong_password_is_said_and_the_address_kept(open_page: Open) -> None:
    page = open_page("/sign-in", person=False)
    page.get_by_label("E-mail").fill("somebody@example.com")
    page.get_by_label("Password", exact=True).fill("not this")
    with page.expect_navigation():
        page.get_by_role("button", name="Sign in").click()
    expect(page.get_by_role("alert")).to_be_visible()
    expect(page.get_by_label("E-mail")).to_have_value("somebody@example.com")
    expect(page.get_by_label("Password", exact=True)).to_be_focused()


@pytest.mark.parametrize(
    ("ago_seconds", "words"),
    [(5, "just now"), (5 * 60, "5 min ago"), (-20 * 60, "in 20 min"), (400 * 24 * 3600, "20")],
)
def test_times_are_relative_while_fresh_and_exact_on_hover(open_page: Open, ago_seconds: int, words: str) -> None:
    page = open_page("/")
    said = page.evaluate(
        """(ago) => {
          const time = document.createElement("time");
          time.setAttribute("datetime", new Date(Date.now() - ago * 1000).toISOString());
          document.querySelector("main").append(time);
          return new Promise((done) => setTimeout(() => done([time.textContent, time.title]), 50));
        }""",
        ago_seconds,
    )
    assert words in said[0]
    assert ":" in said[1]


def test_a_toast_offers_undo_and_an_error_stays(open_page: Open) -> None:
    page = open_page("/")
    page.evaluate(
        """async () => {
          const { toast } = await import("/static/toast.js");
          toast("3 products deleted", { undo: () => (window.undone = true) });
          toast("Not enough stock", { kind: "bad" });
        }"""
    )
    page.get_by_role("button", name="Undo").click()
    assert page.evaluate("window.undone") is True
    expect(page.get_by_text("3 products deleted")).to_have_count(0)
    expect(page.get_by_text("Not enough stock")).to_be_visible()


@pytest.mark.parametrize("state", ["live", "catching-up", "polling", "offline"])
def test_the_live_chip_says_its_state_in_a_word(open_page: Open, state: str) -> None:
    page = open_page("/")
    expect(page.locator("#live-chip")).to_have_css("visibility", "hidden")
    page.evaluate("async (state) => (await import('/static/live_chip.js')).setState(state)", state)
    expect(page.locator("#live-chip")).to_have_attribute("data-state", state)
    expect(page.locator("#live-chip .live-word")).not_to_be_empty()
