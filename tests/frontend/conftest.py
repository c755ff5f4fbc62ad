"""A real browser on a real server, for what only a browser can tell."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any, Literal

import pytest
from playwright.sync_api import Browser, BrowserContext, Page

from tests.databases import Database
from tests.realtime.site import Server, serving
from tests.windows import Windows


@pytest.fixture(scope="module")
def site(database: Database, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """The application, serving the module's database."""
    with serving(database, tmp_path_factory.mktemp("site"), mode="threading") as server:
        yield server


@pytest.fixture(scope="module")
def frames(chrome: Browser, site: Server, cookies: dict[str, Any]) -> Iterator[Callable[..., BrowserContext]]:
    """Windows by size, theme and person, opened once: style sheets are read from the cache, as people's browsers do."""
    known: dict[tuple[int, str, bool], BrowserContext] = {}

    def of(width: int, scheme: Literal["light", "dark"], person: bool) -> BrowserContext:
        if (width, scheme, person) not in known:
            known[width, scheme, person] = chrome.new_context(
                base_url=site.address,
                viewport={"width": width, "height": 900},
                color_scheme=scheme,
                has_touch=width < 500,
                is_mobile=width < 500,
                storage_state=Windows(chrome, site.address, cookies).signed_in("admin") if person else None,
            )
        return known[width, scheme, person]

    yield of
    for window in known.values():
        window.close()


@pytest.fixture
def open_page(frames: Callable[..., BrowserContext]) -> Iterator[Callable[..., Page]]:
    """A page, the admin's unless `person` is false; at its end nothing may have been refused, missing or thrown."""
    pages: list[Page] = []
    complaints: list[str] = []

    def open(path: str, *, width: int = 1440, scheme: str = "light", person: bool = True, status: int = 200) -> Page:
        page = frames(width, scheme, person).new_page()
        pages.append(page)
        answers = {f"status of {status}", *(() if person else ("status of 401",))}

        def complain(words: str) -> None:
            if not any(answer in words for answer in answers):
                complaints.append(f"{path}: {words}")

        page.on("pageerror", lambda error: complain(str(error)))
        page.on("console", lambda words: complain(words.text) if words.type == "error" else None)
        answer = page.goto(path)
        assert answer is not None
        assert answer.status == status
        return page

    yield open
    for page in pages:
        page.evaluate("localStorage.clear()")
        page.close()
    assert complaints == []
