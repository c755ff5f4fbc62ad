"""Wishes wait for those who decide from the moment they are made, and whoever asked can think better of it."""

from __future__ import annotations

import pytest

from app.core import access, db, listing
from app.core.actor import Actor
from app.core.entity import Entity, named
from app.core.errors import Closed, Conflict, Forbidden, Invalid, NotFound, OnlyWhoAsked, WrongState, YourOwn
from app.models.approval import Approval
from app.services import records
from tests.cast import Cast
from tests.stock.shop import document, level, look, product, reason, state, stock_up, take
from tests.stock.test_approvals import WISHES, cash, decisions, each_wish, leave, offered, staff, states


def inbox(actor: Actor) -> set[str]:
    """What the approvals' list shows as the menu opens it: ids of the documents."""
    usual = dict([Approval.screen.usual.split("=")])
    query = listing.parse(actor, Approval, {name: [value] for name, value in usual.items()} | {"size": ["200"]})
    with db.reading(actor):
        page = listing.page(actor, Approval, query)
    with db.reading(actor) as session:
        return {str(session.get_one(Approval, row.id).record_id) for row in page.rows}


@each_wish
def test_a_wish_waits_from_the_moment_it_is_made(cast: Cast, wish: str) -> None:
    found = WISHES[wish](cast, cast.north_clerk.id)
    (kept,) = decisions(found)
    assert (kept["entity"], kept["verb"], kept["state"]) == (wish, "approve", "waiting")
    assert kept["asked_by_id"] == str(cast.north_clerk.id)
    assert str(found.id) in inbox(cast.manager)
    assert str(found.id) not in inbox(cast.south_clerk)
    take(cast.manager, found, "approve")
    assert str(found.id) not in inbox(cast.manager)


def test_who_asks_without_naming_anybody_asks_themselves(cast: Cast) -> None:
    given = {"location_id": cast.north, "amount": "20", "purpose": "Window cleaner"}
    found = records.create(cast.north_clerk, named("cash_request"), given)
    (kept,) = decisions(found)
    assert (kept["asked_by_id"], kept["reason"]) == (str(cast.north_clerk.id), "Window cleaner")
    mine = records.create(cast.manager, named("cash_request"), given)
    with pytest.raises(YourOwn):
        take(cast.manager, mine, "approve")
    assert states(mine) == ["waiting"]


def test_a_wish_that_is_refused_asks_nobody(cast: Cast) -> None:
    before = look("SELECT count(*) AS n FROM approvals").n
    given = {"staff_id": staff(cast), "location_id": cast.north, "starts_on": "2026-03-06", "ends_on": "2026-03-02"}
    with pytest.raises(Invalid):
        records.create(cast.manager, named("leave"), given)
    assert look("SELECT count(*) AS n FROM approvals").n == before


@each_wish
def test_a_deleted_wish_waits_no_more(cast: Cast, wish: str) -> None:
    found = WISHES[wish](cast)
    record = access.get(cast.manager, type(found), found.id)
    records.remove(cast.manager, type(found), found.id, expected_version=record.version)
    assert states(found) == ["withdrawn"]


def test_a_wish_that_someone_else_changed_is_neither_deleted_nor_withdrawn(cast: Cast) -> None:
    found = cash(cast)
    record = access.get(cast.manager, type(found), found.id)
    records.change(cast.manager, type(found), found.id, {"note": "x"}, expected_version=record.version)
    with pytest.raises(Conflict):
        records.remove(cast.manager, type(found), found.id, expected_version=record.version)
    assert states(found) == ["waiting"]


def test_who_asked_withdraws_it(cast: Cast) -> None:
    for found in (leave(cast, cast.north_clerk.id), cash(cast, cast.north_clerk.id)):
        assert "withdraw" in offered(cast.north_clerk, found)
        assert take(cast.north_clerk, found, "withdraw").state == "withdrawn"
        assert states(found) == ["withdrawn"]
        for verb, given in (("approve", {}), ("reject", {"note": "Too late."}), ("withdraw", {})):
            with pytest.raises(WrongState):
                take(cast.manager, found, verb, given)
        record = access.get(cast.manager, type(found), found.id)
        with pytest.raises(Closed):
            records.remove(cast.manager, type(found), found.id, expected_version=record.version)


WITHDRAWING = [
    ("leave", "north_clerk", NotFound),
    ("leave", "manager", None),
    ("cash_request", "north_clerk", OnlyWhoAsked),
    ("cash_request", "south_clerk", NotFound),
    ("cash_request", "viewer", Forbidden),
    ("cash_request", "manager", None),
    ("bonus", "north_clerk", NotFound),
    ("bonus", "manager", None),
]


@pytest.mark.parametrize(("wish", "who", "refusal"), WITHDRAWING)
def test_others_withdraw_it_only_if_they_decide_about_it(
    cast: Cast, wish: str, who: str, refusal: type[Exception] | None
) -> None:
    found = WISHES[wish](cast, cast.frontdesk.id)
    if refusal is None:
        assert take(getattr(cast, who), found, "withdraw").state == "withdrawn"
        return
    with pytest.raises(refusal):
        take(getattr(cast, who), found, "withdraw")
    assert (state(found), states(found)) == ("proposed", ["waiting"])


def test_a_bonus_is_not_withdrawn_by_whom_it_is_for(cast: Cast) -> None:
    found = WISHES["bonus"](cast, cast.north_clerk.id)
    with pytest.raises(Forbidden):
        take(cast.north_clerk, found, "withdraw")
    assert states(found) == ["waiting"]


def adjustment(cast: Cast) -> tuple[Entity, object]:
    tea = product("Tea")
    stock_up(cast.north, tea, 5)
    found = document(
        cast.north_clerk,
        "adjustment",
        {"adjustment_line": [{"product_id": tea, "quantity": "-2"}]},
        location_id=cast.north,
        reason_id=reason(),
    )
    take(cast.north_clerk, found, "propose")
    return found, tea


def test_a_proposed_adjustment_goes_back_to_its_clerk_and_can_be_proposed_again(cast: Cast) -> None:
    found, tea = adjustment(cast)
    assert take(cast.north_clerk, found, "withdraw").state == "draft"
    assert states(found) == ["withdrawn"]
    record = access.get(cast.north_clerk, type(found), found.id)
    assert (record.proposed_at, record.proposed_by_id) == (None, None)
    records.change(cast.north_clerk, type(found), found.id, {"note": "Two"}, expected_version=record.version)
    take(cast.north_clerk, found, "propose")
    assert states(found) == ["withdrawn", "waiting"]
    take(cast.manager, found, "approve")
    assert (states(found), level(cast.north, tea)[0]) == (["withdrawn", "approved"], 3)
    with pytest.raises(WrongState):
        take(cast.north_clerk, found, "withdraw")


@pytest.mark.parametrize(
    ("who", "refusal"), [("south_clerk", NotFound), ("viewer", Forbidden), ("frontdesk", Forbidden)]
)
def test_only_people_of_the_place_take_an_adjustment_back(cast: Cast, who: str, refusal: type[Exception]) -> None:
    found, _ = adjustment(cast)
    with pytest.raises((refusal, NotFound)):
        take(getattr(cast, who), found, "withdraw")
    assert (state(found), states(found)) == ("proposed", ["waiting"])


ASKING = ("transfer", "stock_request")


@pytest.mark.parametrize("entity", ASKING)
@pytest.mark.parametrize(("verb", "becomes"), [("approve", "approved"), ("cancel", "withdrawn")])
def test_goods_that_are_asked_for_wait_until_they_are_approved_or_cancelled(
    cast: Cast, entity: str, verb: str, becomes: str
) -> None:
    tea = product("Tea")
    stock_up(cast.south, tea, 5)
    found = document(
        cast.north_clerk,
        entity,
        {f"{entity}_line": [{"product_id": tea, "quantity": "2"}]},
        from_location_id=cast.south,
        to_location_id=cast.north,
    )
    take(cast.north_clerk, found, "request")
    (kept,) = decisions(found)
    assert (kept["state"], kept["asked_by_id"]) == ("waiting", str(cast.north_clerk.id))
    assert str(found.id) in inbox(cast.manager)
    lines = {}
    if (entity, verb) == ("stock_request", "approve"):
        line = look("SELECT id FROM stock_request_lines WHERE stock_request_id = :id", id=found.id).id
        lines = {line: {"approved": "2"}}
    take(cast.manager if verb == "approve" else cast.north_clerk, found, verb, lines=lines)
    assert states(found) == [becomes]
    assert str(found.id) not in inbox(cast.manager)
