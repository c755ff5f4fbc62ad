"""Signing in works the same however the server runs its requests."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import pytest
import requests

from tests.cast import PEOPLE
from tests.databases import Database
from tests.realtime.site import Browser, Server, serving

MODES = [
    pytest.param("eventlet", id="eventlet"),
    pytest.param("threading", id="threading", marks=pytest.mark.slow_modes),
]


@pytest.fixture(scope="module", params=MODES)
def site(
    request: pytest.FixtureRequest, database: Database, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Server]:
    with serving(database, tmp_path_factory.mktemp("served"), mode=request.param) as server:
        yield server


def test_the_whole_cast_signs_in_at_once_and_each_is_themselves(site: Server) -> None:
    with ThreadPoolExecutor(len(PEOPLE)) as everybody:
        browsers = list(everybody.map(lambda name: Browser(site.address, name), PEOPLE))
        pages = list(everybody.map(lambda browser: browser.get("/account/sessions").text, browsers))
    for name, page in zip(PEOPLE, pages, strict=True):
        assert f"{name.replace('_', ' ').capitalize()}: account and settings" in page
        assert page.count("This device") == 1


def test_signing_out_ends_it(site: Server) -> None:
    browser = Browser(site.address, "viewer")
    data = {"csrf_token": browser.token()}
    copy = requests.Session()
    copy.cookies.update(browser.http.cookies)
    browser.http.post(f"{site.address}/account/sign-out", data=data, timeout=20)
    assert copy.get(f"{site.address}/account/sessions", allow_redirects=False, timeout=20).status_code == 302


def test_a_body_over_the_limit_gets_an_answer(site: Server) -> None:
    answer = requests.post(
        f"{site.address}/sign-in",
        data=b"x" * 5_000_000,
        headers={"Content-Type": "application/x-www-form-urlencoded"},
        timeout=20,
    )
    assert answer.status_code == 413


def test_a_path_with_nul_gets_an_answer(site: Server) -> None:
    assert requests.get(f"{site.address}/%00", timeout=20).status_code == 404
