"""Approvals: every decision is written down once, by whom and why; nobody decides about their own money or days."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any
from uuid import UUID

import pytest

from app.core import access, db
from app.core.actor import Actor
from app.core.entity import Entity, named
from app.core.errors import Closed, Forbidden, Invalid, NotFound, NotSupported, WrongState, YourOwn
from app.models.approval import Approval
from app.services import courses, records
from tests.cast import Cast
from tests.stock.shop import SYSTEM, document, look, product, reason, state, stock_up, take


def staff(cast: Cast, user: UUID | None = None) -> UUID:
    """Somebody who works at North; a user is one member of staff at most."""
    known = look("SELECT id FROM staff WHERE user_id = :user", user=user)
    if known is not None:
        return UUID(str(known.id))
    return records.create(SYSTEM, named("staff"), {"name": "Sam", "location_id": cast.north, "user_id": user}).id


def leave(cast: Cast, user: UUID | None = None) -> Entity:
    days = {"starts_on": "2026-03-02", "ends_on": "2026-03-06"}
    return records.create(SYSTEM, named("leave"), {"staff_id": staff(cast, user), "location_id": cast.north} | days)


def bonus(cast: Cast, user: UUID | None = None) -> Entity:
    facts = {"granted_on": "2026-03-02", "amount": "50", "reason": "Stood in twice."}
    return records.create(SYSTEM, named("bonus"), {"staff_id": staff(cast, user), "location_id": cast.north} | facts)


def cash(cast: Cast, user: UUID | None = None) -> Entity:
    facts = {"location_id": cast.north, "amount": "20", "purpose": "Window cleaner", "requested_by_id": user}
    return records.create(SYSTEM, named("cash_request"), facts)


WISHES: Mapping[str, Callable[..., Entity]] = {"leave": leave, "bonus": bonus, "cash_request": cash}
each_wish = pytest.mark.parametrize("wish", list(WISHES))


def decisions(record: Entity) -> list[Any]:
    found = look(
        "SELECT json_agg(a ORDER BY created_at, id) AS rows FROM approvals a WHERE record_id = :id", id=record.id
    )
    return found.rows or []


def states(record: Entity) -> list[str]:
    return [kept["state"] for kept in decisions(record)]


def offered(actor: Actor, record: Entity) -> set[str]:
    with db.reading(actor):
        return {step.verb for step in courses.open_to(actor, access.get(actor, type(record), record.id))}


@each_wish
def test_a_wish_is_granted_and_who_granted_it_is_known(cast: Cast, wish: str) -> None:
    found = WISHES[wish](cast, cast.north_clerk.id)
    assert offered(cast.manager, found) == {"approve", "reject", "withdraw"}
    assert take(cast.manager, found, "approve").state == "approved"
    (kept,) = decisions(found)
    assert (kept["entity"], kept["state"], kept["verb"]) == (wish, "approved", "approve")
    assert kept["decided_by_id"] == str(cast.manager.id)
    assert kept["asked_by_id"] == str(cast.north_clerk.id)
    assert kept["decided_at"] is not None


@each_wish
def test_a_no_says_why(cast: Cast, wish: str) -> None:
    found = WISHES[wish](cast)
    with pytest.raises(Invalid):
        take(cast.manager, found, "reject", {"note": " "})
    assert (state(found), states(found)) == ("proposed", ["waiting"])
    take(cast.manager, found, "reject", {"note": "Too many are away."})
    (kept,) = decisions(found)
    assert (state(found), kept["state"], kept["note"]) == ("rejected", "rejected", "Too many are away.")
    assert kept["asked_by_id"] is None, "nobody is said to have asked who didn't"
    assert offered(cast.manager, found) == set()
    with pytest.raises(WrongState):
        take(cast.manager, found, "approve")


@each_wish
def test_a_decision_can_be_taken_back_and_both_are_kept(cast: Cast, wish: str) -> None:
    found = WISHES[wish](cast)
    take(cast.manager, found, "approve")
    assert offered(cast.manager, found) == {"reject"}
    take(cast.manager, found, "reject", {"note": "The fair was moved."})
    assert states(found) == ["approved", "rejected"]


@each_wish
@pytest.mark.parametrize("verb", ["approve", "reject"])
def test_nobody_decides_about_their_own(cast: Cast, wish: str, verb: str) -> None:
    found = WISHES[wish](cast, cast.manager.id)
    with pytest.raises(YourOwn):
        take(cast.manager, found, verb, {"note": "Mine."} if verb == "reject" else {})
    assert (state(found), states(found)) == ("proposed", ["waiting"])
    assert take(cast.admin, found, "approve").state == "approved"


@each_wish
def test_the_one_at_the_top_has_nobody_to_ask(cast: Cast, wish: str) -> None:
    assert take(cast.admin, WISHES[wish](cast, cast.admin.id), "approve").state == "approved"


@each_wish
@pytest.mark.parametrize("who", ["north_clerk", "south_clerk", "frontdesk", "viewer", "nobody"])
def test_only_managers_of_the_place_decide(cast: Cast, wish: str, who: str) -> None:
    found = WISHES[wish](cast)
    with pytest.raises((Forbidden, NotFound)):
        take(getattr(cast, who), found, "approve")
    assert state(found) == "proposed"


@each_wish
def test_what_was_decided_is_edited_no_more(cast: Cast, wish: str) -> None:
    found = WISHES[wish](cast)
    take(cast.manager, found, "approve")
    record = access.get(cast.manager, type(found), found.id)
    given = {"note": "x"} if wish == "cash_request" else {"reason": "x"}
    with pytest.raises(Closed):
        records.change(cast.manager, type(found), found.id, given, expected_version=record.version)
    with pytest.raises(Closed):
        records.remove(cast.manager, type(found), found.id, expected_version=record.version)


def test_a_question_is_seen_where_its_document_is_and_nowhere_else(cast: Cast) -> None:
    tea = product("Tea")
    stock_up(cast.north, tea, 5)
    facts = {"location_id": cast.north, "reason_id": reason()}
    found = document(
        cast.north_clerk, "adjustment", {"adjustment_line": [{"product_id": tea, "quantity": "-1"}]}, **facts
    )
    take(cast.north_clerk, found, "propose")
    (kept,) = decisions(found)
    for who, sees in (("manager", True), ("north_clerk", True), ("south_clerk", False), ("nobody", False)):
        actor = getattr(cast, who)
        if sees:
            assert access.get(actor, Approval, kept["id"]).state == "waiting"
        else:
            with pytest.raises(NotFound):
                access.get(actor, Approval, kept["id"])


@pytest.mark.parametrize("who", ["manager", "north_clerk"])
def test_a_decision_is_made_with_its_document_or_not_at_all(cast: Cast, who: str) -> None:
    """Nobody writes or changes an approval by hand."""
    found = cash(cast)
    take(cast.manager, found, "approve")
    (kept,) = decisions(found)
    actor = getattr(cast, who)
    with pytest.raises((NotSupported, Forbidden)):
        records.create(actor, Approval, {"entity": "cash_request", "record_id": str(found.id)})
    with pytest.raises((NotSupported, Forbidden)):
        records.change(actor, Approval, kept["id"], {"note": "x"}, expected_version=kept["version"])
