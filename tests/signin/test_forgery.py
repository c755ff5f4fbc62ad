"""No other site can make a signed-in browser do anything: every route that changes something wants our token."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from flask import Flask
from werkzeug.routing import Rule

from tests.signin.conftest import Browser

CHANGING = {"POST", "PUT", "PATCH", "DELETE"}

AS_JSON = {"Accept": "application/json"}


def doors(app: Flask) -> Iterator[tuple[str, str]]:
    """Every (method, address) of the application that could change something."""
    adapter = app.url_map.bind("localhost")
    for rule in app.url_map.iter_rules():
        for method in sorted(CHANGING & (rule.methods or set())):
            yield method, adapter.build(rule.endpoint, _filled(rule), method=method)


def _filled(rule: Rule) -> dict[str, object]:
    kinds = {"UUIDConverter": "018f0000-0000-7000-8000-000000000000", "IntegerConverter": 1, "PathConverter": "x"}
    return {
        name: kinds.get(type(rule._converters[name]).__name__, "018f0000-0000-7000-8000-000000000000")
        for name in rule.arguments
    }


@pytest.mark.parametrize("token", [None, "", "forged", "IjEyMyI.aaaa.bbbb"])
def test_no_door_opens_without_the_token(app: Flask, admin: Browser, token: str | None) -> None:
    tried = 0
    for method, path in doors(app):
        data = {"csrf_token": token} if token is not None else {}
        answer = admin.client.open(path, method=method, data=data, headers=AS_JSON)
        assert answer.status_code == 400, f"{method} {path} answered {answer.status_code}"
        assert answer.json["error"] == "csrf", f"{method} {path} was refused for another reason: {answer.json}"
        tried += 1
    assert tried > 10


def test_no_door_opens_with_the_token_of_another_session(app: Flask, admin: Browser, another: Browser) -> None:
    another.sign_in("viewer@example.com")
    theirs = another.token()
    for method, path in doors(app):
        answer = admin.client.open(path, method=method, data={"csrf_token": theirs}, headers=AS_JSON)
        assert answer.status_code == 400, f"{method} {path} answered {answer.status_code}"


def test_a_json_request_needs_the_header(admin: Browser) -> None:
    refused = admin.client.post("/account/location", json={"location": ""})
    assert refused.status_code == 400
    assert refused.json is not None
    assert refused.json["error"] == "csrf"
    assert "load the page and try again" in refused.json["message"]
    accepted = admin.client.post("/account/location", json={}, headers={"X-CSRFToken": admin.token()})
    assert accepted.status_code == 303


def test_every_view_but_the_marked_ones_wants_a_person(app: Flask, guest: Browser) -> None:
    adapter = app.url_map.bind("localhost")
    opened = set()
    for rule in app.url_map.iter_rules():
        if "GET" not in (rule.methods or set()) or rule.endpoint == "static":
            continue
        answer = guest.get(adapter.build(rule.endpoint, _filled(rule), method="GET"))
        sent_away = answer.status_code == 302 and answer.location.startswith("/sign-in")
        if sent_away or answer.status_code == 401:
            continue
        opened.add(rule.endpoint)
    assert opened <= {"account.sign_in", "account.welcome", "health.healthz", "health.readyz", "health.metrics"}
