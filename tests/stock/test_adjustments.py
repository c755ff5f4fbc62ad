"""Adjustments: who may put stock right, for which reason, and what waits for a manager; what is refused moves nothing."""

from __future__ import annotations

from decimal import Decimal
from typing import Any
from uuid import UUID, uuid4

import pytest

from app.core import access, db
from app.core.actor import Actor
from app.core.entity import Entity, named
from app.core.errors import Closed, Forbidden, Invalid, NotEnoughStock, NotFound, WrongState
from app.models.adjustment import Adjustment
from app.services import courses, records
from app.services.warehouse import adjustments
from tests.cast import Cast
from tests.stock.shop import document, level, look, on_shelf, product, reason, state, stock_up, take

ALL = {step.verb for step in adjustments.STEPS}


def draft(cast: Cast, *goods: tuple[UUID, object], why: UUID | None = None, **given: object) -> Entity:
    """An adjustment at North, by its clerk."""
    lines = [{"product_id": good, "quantity": str(quantity)} for good, quantity in goods]
    facts = {"location_id": cast.north, "reason_id": why or reason()}
    return document(cast.north_clerk, "adjustment", {"adjustment_line": lines}, **facts | given)


def stocked(cast: Cast, quantity: int = 10, cost: str = "4", **given: object) -> UUID:
    tea = product("Tea", **given)
    stock_up(cast.north, tea, quantity, cost)
    return tea


def offered(actor: Actor, adjustment: Any) -> set[str]:
    """The verbs that a person has as buttons."""
    with db.reading(actor):
        return {step.verb for step in courses.open_to(actor, access.get(actor, Adjustment, adjustment.id))}


def asked(adjustment: Entity) -> list[tuple[str, str | None]]:
    """What approvals say about it: state and note."""
    found = look(
        "SELECT array_agg(state || '/' || coalesce(note, '') ORDER BY created_at) AS said FROM approvals"
        " WHERE entity = 'adjustment' AND record_id = :id",
        id=adjustment.id,
    )
    return [tuple(one.split("/")) for one in found.said or []]  # type: ignore[misc]


def test_less_goes_to_loss_and_more_comes_back_from_there(cast: Cast) -> None:
    tea, jam = stocked(cast), stocked(cast, cost="2.50")
    found = draft(cast, (tea, -3), (jam, 2))
    done = take(cast.north_clerk, found, "post")
    assert done.state == "posted"
    assert (on_shelf(cast.north, tea), on_shelf(cast.north, jam)) == (7, 12)
    assert (level(cast.north, tea, "loss")[0], level(cast.north, jam, "loss")[0]) == (3, -2)
    kept = look("SELECT * FROM adjustments WHERE id = :id", id=found.id)
    assert (kept.value, kept.posted_by_id) == (Decimal("-7.00"), cast.north_clerk.id)
    moved = look(
        "SELECT count(*) AS n, min(reason_id::text) AS why FROM stock_moves WHERE document_id = :id", id=found.id
    )
    assert (moved.n, moved.why) == (2, str(kept.reason_id))


def test_what_was_never_here_is_found_at_its_usual_cost(cast: Cast) -> None:
    tea = product("Tea", cost="6")
    take(cast.north_clerk, draft(cast, (tea, 2)), "post")
    kept = look("SELECT value, unit_cost FROM stock_levels WHERE product_id = :id AND kind = 'shelf'", id=tea)
    assert (kept.value, kept.unit_cost) == (12, 6)


def test_above_the_limit_a_manager_is_asked_and_nothing_is_booked(cast: Cast) -> None:
    tea, why = stocked(cast), reason("Broken", approval_limit="20")
    found = draft(cast, (tea, -6), why=why, note="Shelf fell down.")
    done = take(cast.north_clerk, found, "post")
    assert done.state == "proposed"
    assert "a manager was asked" in done.said
    assert "24" not in done.said, "a clerk sees no cost"
    assert on_shelf(cast.north, tea) == 10
    kept = look("SELECT * FROM adjustments WHERE id = :id", id=found.id)
    assert (kept.value, kept.proposed_by_id, kept.posted_at) == (-24, cast.north_clerk.id, None)
    waits = look("SELECT * FROM approvals WHERE record_id = :id", id=found.id)
    assert (waits.state, waits.asked_by_id, waits.reason) == ("waiting", cast.north_clerk.id, "Shelf fell down.")
    with pytest.raises(Forbidden):
        take(cast.north_clerk, found, "approve")
    assert take(cast.manager, found, "approve").state == "posted"
    assert on_shelf(cast.north, tea) == 4
    kept = look("SELECT * FROM adjustments WHERE id = :id", id=found.id)
    assert (kept.decided_by_id, kept.posted_by_id) == (cast.manager.id, cast.manager.id)
    waits = look("SELECT * FROM approvals WHERE record_id = :id", id=found.id)
    assert (waits.state, waits.decided_by_id) == ("approved", cast.manager.id)
    assert waits.decided_at is not None


@pytest.mark.parametrize(("limit", "quantities", "outcome"), [
    (None, (-9,), "posted"),
    ("20", (-5,), "posted"),       # worth exactly the limit
    ("20", (-3, 3), "proposed"),   # more and less don't cancel out
    ("0", (-1,), "proposed"),
])  # fmt: skip
def test_the_limit_is_the_worth_of_all_that_changes(
    cast: Cast, limit: str | None, quantities: tuple[int, ...], outcome: str
) -> None:
    why = reason("Broken", approval_limit=limit)
    found = draft(cast, *((stocked(cast), quantity) for quantity in quantities), why=why)
    assert take(cast.north_clerk, found, "post").state == outcome


def test_nothing_worth_still_waits_when_everything_does(cast: Cast) -> None:
    tea = product("Tea", cost=None)
    stock_up(cast.north, tea, 3, "0")
    found = draft(cast, (tea, -1), why=reason("Theft", approval_limit="0"))
    assert take(cast.north_clerk, found, "post").state == "proposed"


def test_who_may_approve_posts_above_the_limit_at_once(cast: Cast) -> None:
    tea = stocked(cast)
    found = draft(cast, (tea, -9), why=reason("Broken", approval_limit="1"))
    assert take(cast.manager, found, "post").state == "posted"
    assert asked(found) == []


def test_a_rejection_says_why_and_moves_nothing(cast: Cast) -> None:
    tea = stocked(cast)
    found = draft(cast, (tea, -2))
    take(cast.north_clerk, found, "propose")
    with pytest.raises(Invalid) as refused:
        take(cast.manager, found, "reject")
    assert refused.value.fields == {"note": "Please fill this in."}
    assert take(cast.manager, found, "reject", {"note": "Look again."}).state == "rejected"
    assert on_shelf(cast.north, tea) == 10
    assert asked(found) == [("rejected", "Look again.")]


def test_a_reversal_books_it_back_as_a_document_of_its_own(cast: Cast) -> None:
    tea = stocked(cast)
    found = draft(cast, (tea, -3))
    take(cast.north_clerk, found, "post")
    done = take(cast.manager, found, "reverse")
    assert state(found) == "reversed"
    assert done.made is not None
    assert on_shelf(cast.north, tea) == 10
    back = look("SELECT * FROM adjustments WHERE id = :id", id=UUID(done.made[1]))
    assert (back.state, back.reverses_id, back.value) == ("posted", found.id, 12)
    assert look("SELECT quantity FROM adjustment_lines WHERE adjustment_id = :id", id=back.id).quantity == 3
    assert offered(cast.manager, back) == set(), "a reversal isn't reversed: make a new adjustment"


def test_what_was_found_and_sold_since_can_not_be_taken_back(cast: Cast) -> None:
    tea = product("Tea")
    found = draft(cast, (tea, 2))
    take(cast.north_clerk, found, "post")
    take(cast.north_clerk, draft(cast, (tea, -1)), "post")
    with pytest.raises(NotEnoughStock):
        take(cast.manager, found, "reverse")
    assert (state(found), on_shelf(cast.north, tea)) == ("posted", 1)
    assert look("SELECT count(*) AS n FROM adjustments WHERE reverses_id = :id", id=found.id).n == 0


def test_every_short_line_is_named_and_none_is_booked(cast: Cast) -> None:
    tea, jam, oil = stocked(cast, 1), stocked(cast, 2), stocked(cast, 9)
    found = draft(cast, (tea, -5), (jam, -7), (oil, -1))
    with pytest.raises(NotEnoughStock) as refused:
        take(cast.north_clerk, found, "post")
    assert {(line.product, line.available) for line in refused.value.lines} == {(tea, Decimal(1)), (jam, Decimal(2))}
    assert [on_shelf(cast.north, good) for good in (tea, jam, oil)] == [1, 2, 9]
    assert state(found) == "draft"


@pytest.mark.parametrize(("direction", "quantity", "sentence"), [
    ("out", 2, "makes stock less: write -2 instead"),
    ("in", -2, "makes stock more: write 2 instead"),
])  # fmt: skip
def test_a_reason_goes_its_own_way_only(cast: Cast, direction: str, quantity: int, sentence: str) -> None:
    tea = stocked(cast)
    found = draft(cast, (tea, quantity), why=reason("Why", direction=direction))
    with pytest.raises(Invalid, match=sentence):
        take(cast.north_clerk, found, "post")
    assert (state(found), on_shelf(cast.north, tea)) == ("draft", 10)


@pytest.mark.parametrize("note", [None, "", "  "])
def test_a_reason_that_asks_for_a_note_gets_one(cast: Cast, note: str | None) -> None:
    tea, why = stocked(cast), reason("Theft", needs_note=True)
    for verb in ("post", "propose"):
        with pytest.raises(Invalid, match="asks for an explanation"):
            take(cast.north_clerk, draft(cast, (tea, -1), why=why, note=note), verb)
    take(cast.north_clerk, draft(cast, (tea, -1), why=why, note="Seen on the camera."), "post")
    assert on_shelf(cast.north, tea) == 9


def test_a_reason_nobody_uses_any_more_is_refused(cast: Cast) -> None:
    found = draft(cast, (stocked(cast), -1), why=reason("Old", active=False))
    with pytest.raises(Invalid, match="no longer used"):
        take(cast.north_clerk, found, "post")


def test_nothing_happens_tomorrow(cast: Cast) -> None:
    found = draft(cast, (stocked(cast), -1), effective_at="2190-01-01T10:00")
    with pytest.raises(Invalid, match="future"):
        take(cast.north_clerk, found, "post")


def test_without_lines_there_is_nothing_to_post(cast: Cast) -> None:
    for verb in ("post", "propose"):
        with pytest.raises(Invalid, match="at least one line"):
            take(cast.north_clerk, draft(cast), verb)


@pytest.mark.parametrize("quantity", ["0", "0.0001", "-1.5", "99999999", "1e30", "NaN", "many"])
@pytest.mark.parametrize("verb", ["post", "propose"])
def test_quantities_that_can_not_be_are_refused(cast: Cast, quantity: str, verb: str) -> None:
    tea = stocked(cast, unit="piece")
    with pytest.raises(Invalid):
        take(cast.north_clerk, draft(cast, (tea, quantity)), verb)
    assert level(cast.north, tea) == (10, 0, 10)


def test_part_of_a_kilo_is_all_right(cast: Cast) -> None:
    tea = stocked(cast, unit="kg")
    take(cast.north_clerk, draft(cast, (tea, "-0.125")), "post")
    assert on_shelf(cast.north, tea) == Decimal("9.875")


@pytest.mark.parametrize("given", [{"active": False}, {"tracks_stock": False}])
def test_products_without_stock_are_refused(cast: Cast, given: dict[str, object]) -> None:
    found = draft(cast, (product("Tea", **given), 1))
    with pytest.raises(Invalid):
        take(cast.north_clerk, found, "post")


@pytest.mark.parametrize(("who", "error"), [
    ("south_clerk", NotFound), ("frontdesk", NotFound), ("viewer", Forbidden), ("nobody", NotFound),
])  # fmt: skip
def test_only_the_clerks_of_the_place_put_its_stock_right(cast: Cast, who: str, error: type[Exception]) -> None:
    tea = stocked(cast)
    found = draft(cast, (tea, -1))
    with pytest.raises((error, Forbidden)):
        take(getattr(cast, who), found, "post")
    assert (state(found), on_shelf(cast.north, tea)) == ("draft", 10)


@pytest.mark.parametrize(("way", "at", "verbs"), [
    ((), "draft", {"post", "propose"}),
    (("propose",), "proposed", {"approve", "reject", "withdraw"}),
    (("propose", "reject"), "rejected", set()),
    (("propose", "approve"), "posted", {"reverse"}),
    (("post",), "posted", {"reverse"}),
    (("post", "reverse"), "reversed", set()),
])  # fmt: skip
def test_every_state_has_exactly_its_steps(cast: Cast, way: tuple[str, ...], at: str, verbs: set[str]) -> None:
    found = draft(cast, (stocked(cast), -1))
    for verb in way:
        take(cast.manager, found, verb, {"note": "No."} if verb == "reject" else {})
    assert state(found) == at
    assert offered(cast.manager, found) == verbs
    assert offered(cast.north_clerk, found) == verbs & {"post", "propose", "withdraw"}
    for verb in ALL - verbs:
        with pytest.raises(WrongState):
            take(cast.manager, found, verb, {"note": "No."} if verb == "reject" else {})


def test_sent_twice_it_is_posted_once(cast: Cast) -> None:
    tea = stocked(cast)
    found, once = draft(cast, (tea, -3)), uuid4()
    first = take(cast.north_clerk, found, "post", operation=once)
    assert take(cast.north_clerk, found, "post", operation=once) == first
    assert on_shelf(cast.north, tea) == 7


@pytest.mark.parametrize("verb", ["post", "propose"])
def test_what_went_on_is_edited_no_more(cast: Cast, verb: str) -> None:
    found = draft(cast, (stocked(cast), -1))
    take(cast.north_clerk, found, verb)
    record = access.get(cast.manager, Adjustment, found.id)
    with pytest.raises(Closed):
        records.change(cast.manager, Adjustment, found.id, {"note": "x"}, expected_version=record.version)
    with pytest.raises(Closed):
        records.create(
            cast.manager,
            named("adjustment_line"),
            {"adjustment_id": found.id, "product_id": product(), "quantity": "1"},
        )
