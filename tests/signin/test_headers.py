"""Every answer tells the browser to trust nothing but us."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from flask import Flask

from app import identity
from app.config import Settings
from tests.databases import Database
from tests.signin.conftest import Browser
from tests.web import application

PATHS = ["/sign-in", "/", "/nothing-here", "/healthz", "/account/sessions", "/welcome/x"]


@pytest.mark.parametrize("path", PATHS)
def test_every_answer_carries_the_policy(admin: Browser, path: str) -> None:
    headers = admin.get(path).headers
    policy = dict(part.split(" ", 1) for part in headers["Content-Security-Policy"].split("; "))
    assert policy["script-src"] == "'self'"
    assert policy["style-src"] == "'self'"
    assert policy["default-src"] == "'self'"
    assert policy["frame-ancestors"] == policy["base-uri"] == policy["object-src"] == "'none'"
    assert policy["form-action"] == "'self'"
    assert policy["connect-src"] == "'self' ws://localhost wss://localhost"
    assert "unsafe" not in headers["Content-Security-Policy"]
    assert headers["X-Content-Type-Options"] == "nosniff"
    assert headers["Referrer-Policy"] == "same-origin"
    assert headers["Cross-Origin-Opener-Policy"] == "same-origin"
    assert "geolocation=()" in headers["Permissions-Policy"]
    assert headers["Cache-Control"] == "no-store"
    assert "Strict-Transport-Security" not in headers


def test_a_hostile_host_name_can_not_widen_the_policy(guest: Browser) -> None:
    answer = guest.get("/sign-in", headers={"Host": "a; script-src *"})
    assert "script-src *" not in answer.headers.get("Content-Security-Policy", "")


def test_over_https_the_browser_stays_there(guest: Browser) -> None:
    assert "max-age" in guest.get("/sign-in", base_url="https://localhost").headers["Strict-Transport-Security"]


def test_only_a_trusted_proxy_says_who_the_client_is(
    app: Flask, guest: Browser, database: Database, sql: Callable[..., list], tmp_path: Path
) -> None:
    said = {"X-Forwarded-For": "203.0.113.7", "X-Forwarded-Proto": "https"}
    behind = Browser(application(database, tmp_path, trusted_proxies=1).test_client())
    for browser, email in ((guest, "direct@example.com"), (behind, "proxied@example.com")):
        data = {"email": email, "password": "x", "csrf_token": browser.token()}
        # Over HTTPS the CSRF check wants to see that the form came from here.
        answer = browser.client.post("/sign-in", data=data, headers={**said, "Referer": "https://localhost/sign-in"})
        assert ("Strict-Transport-Security" in answer.headers) == (browser is behind)
    [direct] = sql("SELECT address FROM sign_ins WHERE email = 'direct@example.com'")
    [proxied] = sql("SELECT address FROM sign_ins WHERE email = 'proxied@example.com'")
    assert (direct.address, proxied.address) == ("127.0.0.1", "203.0.113.7")


def test_a_secure_installation_sends_a_secure_cookie() -> None:
    probe = Flask("probe")
    identity._set_cookie(probe, Settings(cookie_secure=True))
    assert probe.config["SESSION_COOKIE_SECURE"]
    assert probe.config["SESSION_COOKIE_NAME"].startswith("__Host-")


def test_pages_have_nothing_inline(admin: Browser) -> None:
    for path in ("/sign-in", "/", "/account/sessions", "/account/password", "/nothing-here"):
        page = admin.get(path).text
        assert " style=" not in page
        assert "<style" not in page
        assert " onclick=" not in page
        assert "<script>" not in page


def test_static_files_may_be_kept(guest: Browser) -> None:
    assert guest.get("/static/tokens.css").headers.get("Cache-Control") != "no-store"
