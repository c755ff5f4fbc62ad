"""People's windows in a real browser: what every test shares that looks at a page as a person does."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, sync_playwright

from tests.cast import PASSWORD, email
from tests.databases import Database
from tests.realtime.site import Server, serving
from tools import browser as chromium

DESK, PHONE = {"width": 1440, "height": 900}, {"width": 390, "height": 844}

Open = Callable[..., Page]
"""Opens a page; what it takes is said by the fixture `window` of the test's module."""


class Windows:
    """Windows of the cast's people on one server; each person signs in once."""

    def __init__(self, chrome: Browser, address: str, cookies: dict[str, Any]) -> None:
        self.chrome, self.address, self.cookies = chrome, address, cookies
        self.complaints: list[str] = []
        self._contexts: list[BrowserContext] = []

    def open(
        self,
        name: str,
        path: str,
        *,
        size: Any = DESK,
        dark: bool = False,
        before: Callable[[Page], None] | None = None,
    ) -> Page:
        """A person's window at an address; `before` gets the page while it is still blank."""
        state = self.signed_in(name)
        context = self.chrome.new_context(
            base_url=self.address, viewport=size, storage_state=state, color_scheme="dark" if dark else "light"
        )
        self._contexts.append(context)
        page = context.new_page()
        page.on("pageerror", lambda error: self.complaints.append(str(error)))
        page.on("console", lambda said: self.complaints.append(said.text) if "Content Security" in said.text else None)
        if before:
            before(page)
        page.goto(path)
        page.wait_for_load_state("load")
        return page

    def signed_in(self, name: str) -> Any:
        """A person's cookies."""
        if name not in self.cookies:
            context = self.chrome.new_context(base_url=self.address)
            page = context.new_page()
            page.goto("/sign-in")
            page.get_by_label("E-mail").fill(email(name))
            page.get_by_label("Password", exact=True).fill(PASSWORD)
            page.get_by_role("button", name="Sign in").click()
            page.wait_for_url(f"{self.address}/")
            self.cookies[name] = context.storage_state()
            context.close()
        return self.cookies[name]

    def close(self) -> None:
        """Close them all."""
        for context in self._contexts:
            context.close()


@pytest.fixture(scope="module")
def site(database: Database, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """The application, serving the module's database."""
    with serving(database, tmp_path_factory.mktemp("site")) as server:
        yield server


@pytest.fixture(scope="module")
def chrome() -> Iterator[Browser]:
    """Chromium."""
    with sync_playwright() as playwright:
        started = playwright.chromium.launch(executable_path=str(chromium.find()), args=chromium.arguments())
        yield started
        started.close()


@pytest.fixture(scope="module")
def cookies() -> dict[str, Any]:
    """Who is signed in already."""
    return {}


@pytest.fixture
def windows(chrome: Browser, site: Server, cookies: dict[str, Any]) -> Iterator[Windows]:
    """Windows of anybody, closed at the end; whatever their scripts complain of fails the test."""
    opened = Windows(chrome, site.address, cookies)
    yield opened
    opened.close()
    assert opened.complaints == []
