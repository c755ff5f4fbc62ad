"""What somebody typed and did not save is kept in their browser, for them alone, and put back where it fits."""

from __future__ import annotations

import re
from typing import Any

import psycopg
import pytest
from playwright.sync_api import Page, expect

from app.core.entity import named
from app.views import paths
from tests.cast import email
from tests.merge.open_forms import brand, field, left, opened, save, sign_in, theirs
from tests.realtime.site import until
from tests.screens.conftest import Make, stored
from tests.windows import Windows

pytestmark = pytest.mark.browser

DRAFTS = "Object.keys(localStorage).filter(name => name.startsWith('draft:')).length"


def test_typing_survives_a_reload_and_is_offered_again(make: Make, windows: Windows) -> None:
    id = make(brand, note="before")
    page = opened(windows, id)
    page.on("dialog", lambda dialog: dialog.accept())
    field(page, "note").fill("mine")
    page.reload()
    expect(field(page, "note")).to_have_value("before")
    page.get_by_role("button", name="Put them back").click()
    expect(field(page, "note")).to_have_value("mine")
    save(page)
    left(page, id)
    assert stored(brand, id).note == "mine"  # type: ignore[union-attr]
    page.goto(paths.of_form(brand, id))
    expect(page.locator(".form-news")).to_have_count(0)


def test_a_draft_from_before_a_colleagues_save_is_asked_about(make: Make, windows: Windows) -> None:
    id = make(brand, note="before")
    page = opened(windows, id)
    page.on("dialog", lambda dialog: dialog.accept())
    field(page, "note").fill("mine")
    page.goto("/brands/")
    theirs(id, note="theirs")
    page.goto(paths.of_form(brand, id))
    page.get_by_role("button", name="Put them back").click()
    save(page)
    dialog = page.locator("dialog[data-merge]")
    expect(dialog).to_be_visible()
    dialog.get_by_label("Theirs").check()
    dialog.get_by_role("button", name="Save").click()
    left(page, id)
    assert stored(brand, id).note == "theirs"  # type: ignore[union-attr]


def test_a_session_that_ends_in_the_middle_costs_no_typing(
    make: Make, windows: Windows, sql: psycopg.Connection[Any], cookies: dict[str, Any]
) -> None:
    id = make(brand, note="before")
    page = opened(windows, id, who="manager")
    field(page, "note").fill("mine")
    sql.execute(
        "UPDATE sessions SET ended_at = now() WHERE user_id = (SELECT id FROM users WHERE email = %s)",
        [email("manager")],
    )
    cookies.pop("manager")
    save(page)
    page.get_by_role("link", name="Sign in and go on").click()
    page.wait_for_url("**/sign-in**")
    sign_in(page, "manager")
    page.wait_for_url(f"**{paths.of_form(brand, id)}")
    expect(field(page, "note")).to_have_value("mine")
    save(page)
    left(page, id)
    assert stored(brand, id).note == "mine"  # type: ignore[union-attr]


def test_a_draft_is_never_shown_to_another_person(make: Make, windows: Windows) -> None:
    id = make(brand, note="before")
    page = opened(windows, id)
    page.on("dialog", lambda dialog: dialog.accept())
    field(page, "note").fill("private")
    page.goto("/brands/")
    page.context.clear_cookies()
    page.goto("/sign-in")
    sign_in(page, "manager")
    page.wait_for_url(re.compile(r"/$"))
    page.goto(paths.of_form(brand, id))
    expect(field(page, "note")).to_have_value("before")
    expect(page.locator(".form-news")).to_have_count(0)


def test_typing_into_a_new_record_is_offered_again_and_signing_out_forgets_it(
    windows: Windows, cookies: dict[str, Any]
) -> None:
    page = windows.open("frontdesk", "/clients/new")
    page.on("dialog", lambda dialog: dialog.accept())
    field(page, "name").fill("Half a client")
    page.goto("/clients/")
    page.goto("/clients/new")
    expect(page.locator('.form-news[data-kind="draft"]')).to_contain_text("You left 1 change")
    page.get_by_role("button", name="Put them back").click()
    expect(field(page, "name")).to_have_value("Half a client")
    page.get_by_role("button", name=re.compile("account and settings")).click()
    page.get_by_role("button", name="Sign out").click()
    page.wait_for_url("**/sign-in**")
    cookies.pop("frontdesk")
    assert page.evaluate(DRAFTS) == 0


def came_back(page: Page, words: str) -> None:
    """Wait until the form offers what was left."""
    expect(page.locator('.form-news[data-kind="draft"]')).to_contain_text(words)


def test_two_windows_on_one_new_record_keep_what_is_typed_into_either(windows: Windows) -> None:
    one = windows.open("admin", "/brands/new")
    field(one, "name").fill("First window")
    until(lambda: one.evaluate(DRAFTS) == 1)
    other = one.context.new_page()
    other.goto("/brands/new")
    field(other, "note").fill("and of the second")
    field(other, "name").fill("Second window")
    # The first is still open: what is typed there is not offered here.
    expect(other.locator(".form-news")).to_have_count(0)
    until(lambda: one.evaluate(DRAFTS) == 2)
    for page in (one, other):
        page.close(run_before_unload=False)
    page = one.context.new_page()
    page.goto("/brands/new")
    came_back(page, "You left 2 changes")
    page.get_by_role("button", name="Throw them away").click()
    came_back(page, "You left 1 change")
    page.get_by_role("button", name="Put them back").click()
    expect(field(page, "name")).to_have_value("First window")


def test_what_is_only_offered_outlives_a_letter_and_what_fits_nowhere_is_there_to_copy(
    make: Make, windows: Windows, sql: psycopg.Connection[Any]
) -> None:
    order = named("order")
    id = make(order, ship_name="before")
    page = windows.open("manager", paths.of_form(order, id))
    page.on("dialog", lambda dialog: dialog.accept())
    field(page, "ship_name").fill("mine")
    field(page, "note").fill("mine, too")
    page.goto("/orders/")
    try:
        sql.execute(
            "INSERT INTO permissions (role_id, entity, field, level)"
            " SELECT id, 'order', 'ship_name', 'see' FROM roles WHERE name = 'manager'"
        )
        page.goto(paths.of_form(order, id))
        came_back(page, "You left 2 changes")
        field(page, "note").fill("x")
        page.reload()
        came_back(page, "You left 1 change")
        page.get_by_role("button", name="Throw them away").click()
        came_back(page, "You left 2 changes")
        field(page, "note").fill("y")
        page.get_by_role("button", name="Put them back").click()
        expect(field(page, "note")).to_have_value("mine, too")
        for _ in range(2):
            expect(page.locator('.form-news[data-kind="rest"] textarea')).to_have_value("Note: y\nShip name: mine")
            page.reload()
            page.get_by_role("button", name="Put them back").click()
        page.get_by_role("button", name="Throw the rest away").click()
        expect(field(page, "note")).to_have_value("mine, too")
        page.reload()
        came_back(page, "You left 1 change")
    finally:
        sql.execute("DELETE FROM permissions WHERE field = 'ship_name'")
