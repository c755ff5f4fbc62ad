"""Home says how many documents wait for the person: theirs to decide, where they may, and not their own."""

from __future__ import annotations

from uuid import UUID

import pytest
from flask import Flask

from app.core.actor import Actor
from app.core.entity import named
from app.services import inbox, records
from tests.cast import Cast
from tests.databases import Database
from tests.stock.shop import SYSTEM, take
from tests.stock.test_approvals import cash, staff
from tests.stock.test_delegations import DOCUMENTS, again, decide, goods, hand_over, person
from tests.web import Browser, application


def waits(actor: Actor) -> int:
    return inbox.waiting_for(actor).count


ASKED = sorted(set(DOCUMENTS) - {"purchase_order"})
"""All but orders: a draft order asks nobody until somebody approves it."""


@pytest.mark.parametrize("entity", ASKED)
def test_each_kind_of_document_is_counted_for_those_who_decide_and_nobody_else(cast: Cast, entity: str) -> None:
    north, south = person(("manager", cast.north)), person(("manager", cast.south))
    people = [north, cast.manager, cast.admin, south, cast.south_clerk, cast.north_clerk, cast.viewer, cast.nobody]
    before = [waits(actor) for actor in people]
    found = DOCUMENTS[entity](cast)
    assert [waits(actor) - was for actor, was in zip(people, before, strict=True)] == [1, 1, 1, 0, 0, 0, 0, 0]
    decide(north, found)
    assert [waits(actor) for actor in people] == before


def test_ones_own_wish_doesnt_wait_for_oneself(cast: Cast) -> None:
    north = person(("manager", cast.north))
    before = waits(north), waits(cast.manager)
    cash(cast, north.id)
    assert (waits(north), waits(cast.manager)) == (before[0], before[1] + 1)


def test_what_a_manager_writes_down_for_somebody_or_asks_of_themselves_does_wait(cast: Cast) -> None:
    north = person(("manager", cast.north))
    before = waits(north)
    days = {"starts_on": "2026-03-02", "ends_on": "2026-03-06"}
    records.create(north, named("leave"), {"staff_id": staff(cast), "location_id": cast.north} | days)
    goods(cast, "transfer", by=north)
    assert waits(north) == before + 2
    robin = person(("clerk", cast.south))
    hand_over(person(("manager", cast.north)), robin)
    assert waits(again(robin)) == before + 2
    goods(cast, "transfer", by=again(robin))
    assert waits(again(robin)) == before + 2, "what one asked for isn't one's to decide for somebody else"
    assert waits(north) == before + 3


def test_it_counts_at_the_chosen_location(cast: Cast) -> None:
    def at(place: UUID) -> int:
        return waits(Actor(cast.manager.id, "Manager", cast.manager.access, chosen=place))

    before = at(cast.north), at(cast.south)
    cash(cast)
    assert (at(cast.north), at(cast.south)) == (before[0] + 1, before[1])


def test_whoever_decides_for_somebody_has_their_inbox(cast: Cast) -> None:
    north, robin = person(("manager", cast.north)), person()
    assert inbox.waiting_for(robin) == inbox.Waiting(0)
    made = hand_over(north, robin)
    cash(cast)
    assert inbox.waiting_for(again(robin)) == inbox.Waiting(waits(north), ("Robin",))
    records.remove(SYSTEM, named("delegation"), made.id, expected_version=made.version)
    assert inbox.waiting_for(again(robin)) == inbox.Waiting(0)


@pytest.fixture(scope="module")
def app(database: Database, tmp_path_factory: pytest.TempPathFactory) -> Flask:
    return application(database, tmp_path_factory.mktemp("var"))


def test_home_says_it_and_leads_there(cast: Cast, app: Flask) -> None:
    found = cash(cast)
    home = Browser.of(app, "manager").get("/").text
    assert f"{waits(cast.manager)} document" in home
    assert "for your decision" in home
    assert "for your decision" not in Browser.of(app, "nobody").get("/").text
    take(cast.manager, found, "approve")


def test_home_says_for_whom_one_decides(cast: Cast, app: Flask) -> None:
    browser = Browser.of(app, "viewer")
    assert "You decide for" not in browser.get("/").text
    made = hand_over(person(("manager", cast.north)), cast.viewer)
    assert "You decide for Robin at present" in browser.get("/").text
    records.remove(SYSTEM, named("delegation"), made.id, expected_version=made.version)
    assert "You decide for" not in browser.get("/").text
