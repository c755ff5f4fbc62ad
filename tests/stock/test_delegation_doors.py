"""Deciding for somebody at the doors: the page, its buttons, the list of what waits, and forged posts."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from flask import Flask

from app.core.entity import Entity, named
from app.services import records
from tests.cast import Cast
from tests.databases import Database
from tests.stock.shop import SYSTEM, look, state
from tests.stock.test_approvals import cash, decisions, states
from tests.stock.test_delegations import day, hand_over, person
from tests.web import Browser, application

FRAGMENT = {"X-Fragment": "step", "Accept": "application/json"}


@pytest.fixture(scope="module")
def app(database: Database, tmp_path_factory: pytest.TempPathFactory) -> Flask:
    return application(database, tmp_path_factory.mktemp("var"))


@pytest.fixture(scope="module")
def browser(app: Flask) -> Browser:
    """Nobody's: signed in once, before anything is handed over."""
    return Browser.of(app, "nobody")


@pytest.fixture
def handed(cast: Cast) -> Iterator[Entity]:
    """North's manager is away today, and nobody decides instead."""
    made = hand_over(person(("manager", cast.north)), cast.nobody)
    yield made
    left = look("SELECT version FROM delegations WHERE id = :id", id=made.id)
    if left is not None:
        records.remove(SYSTEM, named("delegation"), made.id, expected_version=left.version)


def url(record: Entity, verb: str = "") -> str:
    return f"/cash-requests/{record.id}" + (f"/do/{verb}" if verb else "")


def press(browser: Browser, record: Entity, verb: str, **data: Any) -> Any:
    return browser.post(url(record, verb), data=data, headers=FRAGMENT)


def test_what_waits_is_one_click_from_its_decision(cast: Cast, browser: Browser, handed: Entity) -> None:
    found = cash(cast, cast.north_clerk.id)
    inbox = browser.get(f"/approvals/?{named('approval').screen.usual}")
    assert url(found) in inbox.text
    assert f"{url(found)}/do/approve" in browser.get(url(found)).text
    answer = press(browser, found, "approve")
    assert (answer.status_code, state(found)) == (200, "approved")
    assert decisions(found)[0]["on_behalf_of_id"] == str(handed.user_id)
    assert url(found) not in browser.get(f"/approvals/?{named('approval').screen.usual}").text


def test_the_menu_opens_what_waits(cast: Cast, browser: Browser, handed: Entity) -> None:
    assert 'href="/approvals/?f.1.state.any=waiting"' in browser.get("/").text


@pytest.mark.parametrize("verb", ["approve", "reject"])
def test_a_forged_post_outside_its_days_is_refused(cast: Cast, browser: Browser, handed: Entity, verb: str) -> None:
    found = cash(cast, cast.north_clerk.id)
    for days in ({"starts_on": day(1), "ends_on": day(3)}, {"starts_on": day(-3), "ends_on": day(-1)}):
        version = look("SELECT version FROM delegations WHERE id = :id", id=handed.id).version
        records.change(SYSTEM, named("delegation"), handed.id, days, expected_version=version)
        assert press(browser, found, verb, note="No.").status_code in (403, 404)
        assert browser.get(url(found)).status_code in (403, 404)
    assert (state(found), states(found)) == ("proposed", ["waiting"])


def test_a_forged_post_at_another_place_finds_nothing(cast: Cast, browser: Browser, handed: Entity) -> None:
    facts = {"location_id": cast.south, "amount": "20", "purpose": "Window cleaner"}
    found = records.create(SYSTEM, named("cash_request"), facts)
    assert press(browser, found, "approve").status_code == 404
    assert state(found) == "proposed"


@pytest.mark.parametrize("verb", ["withdraw", "edit", "delete"])
def test_nothing_but_deciding_is_handed_over(cast: Cast, browser: Browser, handed: Entity, verb: str) -> None:
    found = cash(cast, cast.north_clerk.id)
    if verb == "withdraw":
        assert press(browser, found, verb).status_code == 403
    else:
        assert browser.post(f"{url(found)}/{verb}", data={"version": "1", "amount": "9"}).status_code in (403, 404)
    assert look("SELECT amount FROM cash_requests WHERE id = :id", id=found.id).amount == 20
    assert (state(found), states(found)) == ("proposed", ["waiting"])


def test_ones_own_wish_is_refused_in_words(cast: Cast, browser: Browser, handed: Entity) -> None:
    for whose, words in (
        (cast.nobody.id, "is your own: somebody else has to decide about it."),
        (handed.user_id, "is a wish of the person you decide for: somebody else has to decide about it."),
    ):
        found = cash(cast, whose)
        answer = press(browser, found, "approve")
        assert answer.status_code == 403
        assert words in answer.json["message"]
        assert (state(found), states(found)) == ("proposed", ["waiting"])


def test_the_form_refuses_who_has_nothing_to_hand_over(cast: Cast, browser: Browser) -> None:
    """No delegation runs here: nobody decides about anything."""
    browser.get("/delegations/new")
    given = {"to_user_id": str(cast.manager.id), "starts_on": day(0), "ends_on": day(0)}
    answer = browser.post("/delegations/new", data=given | {"user_id": str(cast.nobody.id)})
    assert answer.status_code == 422
    assert "You decide about nothing that could be handed over." in answer.text
