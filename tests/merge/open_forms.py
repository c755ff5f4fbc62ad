"""Forms open in somebody's window, a brand's unless a test says otherwise: opened, typed into, saved, left."""

from __future__ import annotations

import re
from typing import Any
from uuid import UUID

from playwright.sync_api import Page, expect

from app.core.actor import system
from app.core.entity import named
from app.services import records
from app.views import paths
from tests.cast import PASSWORD, email
from tests.windows import Windows

brand = named("brand")


def opened(windows: Windows, id: UUID, *, who: str = "admin", **how: Any) -> Page:
    """The form of a brand, following the record already."""
    page = windows.open(who, paths.of_form(brand, id), **how)
    follows(page)
    return page


def follows(page: Page) -> None:
    """Wait until the page hears of changes."""
    expect(page.locator("#live-chip")).to_have_attribute("data-state", re.compile("live|polling"), timeout=15_000)


def field(page: Page, name: str) -> Any:
    return page.locator(f'form[data-record-form] [name="{name}"]')


def theirs(id: UUID, version: int = 1, **given: Any) -> None:
    records.change(system("Anna"), brand, id, given, expected_version=version)


def save(page: Page) -> None:
    page.locator('.save-bar [type="submit"]').click()


def left(page: Page, id: UUID) -> None:
    """Wait until the saved record's page is there."""
    page.wait_for_url(f"**{paths.of_record(brand, id)}")


def sign_in(page: Page, name: str) -> None:
    page.get_by_label("E-mail").fill(email(name))
    page.get_by_label("Password", exact=True).fill(PASSWORD)
    page.get_by_role("button", name="Sign in").click()
