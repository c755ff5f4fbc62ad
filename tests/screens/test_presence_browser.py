"""Two people at one record see each other beside its title, and who of them is typing."""

from __future__ import annotations

from uuid import UUID

import pytest
from playwright.sync_api import Page, expect

from app.core.entity import named
from app.views import paths
from tests.cast import Cast
from tests.databases import Database
from tests.factory import making
from tests.windows import PHONE, Windows

pytestmark = pytest.mark.browser

BRAND = named("brand")


@pytest.fixture
def brand(database: Database, cast: Cast) -> UUID:
    with making(database, cast.north, cast.south) as factory:
        id: UUID = factory.make(BRAND).id
        return id


def said(page: Page, words: str) -> None:
    expect(page.locator(".page-head .present")).to_contain_text(words, timeout=15_000)


def nobody(page: Page) -> None:
    expect(page.locator(".present-faces")).to_have_count(0, timeout=15_000)


def test_who_types_in_a_form_is_named_to_whoever_looks_until_they_leave(windows: Windows, brand: UUID) -> None:
    looking = windows.open("manager", paths.of_record(BRAND, brand))
    form = windows.open("admin", paths.of_form(BRAND, brand), size=PHONE)
    said(looking, "Admin is here")
    expect(looking.locator(".present > span bdi")).to_have_text("Admin")
    said(form, "Manager is here")
    form.locator(".present-who > summary").click()
    expect(form.get_by_role("listitem").filter(has_text="Manager is here")).to_be_visible()
    note = form.locator('form[data-record-form] [name="note"]')
    note.fill("typing")
    said(looking, "Admin is editing")
    note.fill("")
    said(looking, "Admin is here")
    looking.context.set_offline(True)
    nobody(looking)  # without a connection nobody knows
    looking.context.set_offline(False)
    said(looking, "Admin is here")
    form.close(run_before_unload=False)
    nobody(looking)


def test_nobody_sees_themselves(windows: Windows, brand: UUID) -> None:
    one = windows.open("manager", paths.of_record(BRAND, brand))
    windows.open("manager", paths.of_record(BRAND, brand))
    windows.open("admin", paths.of_record(BRAND, brand))
    said(one, "Admin is here")
    expect(one.locator(".present-faces .avatar")).to_have_count(1)
