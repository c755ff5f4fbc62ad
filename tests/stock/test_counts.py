"""Counts: people count while others sell, several at once, blind or not, and what is posted is only what differs."""

from __future__ import annotations

import threading
from collections.abc import Mapping
from decimal import Decimal
from typing import Any
from uuid import UUID, uuid4

import pytest

from app.core import access, db
from app.core.actor import Actor
from app.core.entity import Entity, named
from app.core.errors import Closed, Forbidden, Invalid, NotFound, WrongState
from app.models.stock_count import StockCount, StockCountLine
from app.services import courses, documents, records
from app.services.stock import chains, ledger
from app.services.stock.chains import Tail
from app.services.stock.ledger import Hold, Move, Place
from app.services.warehouse import count_reviews, counts
from tests.cast import Cast
from tests.stock.shop import (
    SYSTEM,
    document,
    level,
    line_ids,
    look,
    on_shelf,
    product,
    reason,
    state,
    stock_up,
    take,
)

ALL = {step.verb for step in counts.STEPS}


def stocked(cast: Cast, quantity: int = 10, cost: str = "4", **given: object) -> UUID:
    tea = product("Tea", **given)
    stock_up(cast.north, tea, quantity, cost)
    return tea


def draft(cast: Cast, *goods: UUID, **given: object) -> Entity:
    """A count at North of these products, by its clerk."""
    lines = [{"product_id": good} for good in goods]
    return document(
        cast.north_clerk,
        "stock_count",
        {"stock_count_line": lines},
        **{"location_id": cast.north, "kind": "cycle"} | given,
    )


def begun(cast: Cast, *goods: UUID, **given: object) -> Entity:
    found = draft(cast, *goods, **given)
    take(cast.north_clerk, found, "start")
    return found


def lines(count: Entity) -> list[UUID]:
    return line_ids("stock_count_line", "stock_count_id", count)


def line(count: Entity, good: UUID) -> Any:
    return look(
        "SELECT * FROM stock_count_lines WHERE stock_count_id = :id AND product_id = :good", id=count.id, good=good
    )


def listed(count: Entity) -> list[UUID]:
    return list(look(
        "SELECT array_agg(product_id ORDER BY id) AS goods FROM stock_count_lines WHERE stock_count_id = :id", id=count.id
    ).goods or [])  # fmt: skip


def counted(cast: Cast, count: Entity, amounts: Mapping[UUID, object], who: Actor | None = None) -> None:
    by_line = {line(count, good).id: {"counted": str(amount)} for good, amount in amounts.items()}
    take(who or cast.north_clerk, count, "count", lines=by_line)


def sell(cast: Cast, good: UUID, quantity: object, *, fact: bool = False) -> None:
    move = Move(good, Place("shelf", cast.north), Place("customer", cast.north), Decimal(str(quantity)))
    ledger.move(SYSTEM, [move], facts=fact)


def noticed(count: Entity) -> list[tuple[str, Decimal]]:
    """The exceptions that came of it: kind and quantity."""
    found = look(
        "SELECT array_agg(kind || '/' || quantity ORDER BY kind, quantity) AS said"
        " FROM stock_exceptions WHERE document_id = :id",
        id=count.id,
    )
    return [(one.split("/")[0], Decimal(one.split("/")[1])) for one in found.said or []]


def approvals_of(count: Entity) -> list[str]:
    found = look(
        "SELECT array_agg(state ORDER BY created_at) AS said FROM approvals WHERE record_id = :id", id=count.id
    )
    return list(found.said or [])


def test_a_difference_is_posted_at_the_average_cost(cast: Cast) -> None:
    tea, jam, oil = stocked(cast), stocked(cast, 5, "2.50"), stocked(cast, 3)
    found = begun(cast, tea, jam, oil)
    counted(cast, found, {tea: 8, jam: 6, oil: 3})
    take(cast.north_clerk, found, "review")
    kept = line(found, tea)
    assert (kept.expected_quantity, kept.difference, kept.difference_value) == (10, -2, -8)
    assert look("SELECT difference_value AS worth FROM stock_counts WHERE id = :id", id=found.id).worth == Decimal(
        "-5.50"
    )
    assert on_shelf(cast.north, tea) == 10, "a review books nothing"
    done = take(cast.manager, found, "approve")
    assert done.said.endswith("2 products put right.")
    assert [on_shelf(cast.north, good) for good in (tea, jam, oil)] == [8, 6, 3]
    assert look("SELECT count(*) AS n FROM stock_moves WHERE document_id = :id", id=found.id).n == 2
    assert look("SELECT value FROM stock_levels WHERE product_id = :id AND kind = 'shelf'", id=jam).value == 15


def test_what_is_sold_before_during_and_after_stays_right(cast: Cast) -> None:
    tea = stocked(cast)
    found = begun(cast, tea)
    sell(cast, tea, 1)
    counted(cast, found, {tea: 7})  # nine are expected, two are missing
    sell(cast, tea, 3)
    take(cast.north_clerk, found, "review")
    assert (line(found, tea).expected_quantity, line(found, tea).difference) == (9, -2)
    sell(cast, tea, 1)
    stock_up(cast.north, tea, 6)
    take(cast.manager, found, "approve")
    assert on_shelf(cast.north, tea) == 7 - 3 - 1 + 6
    assert line(found, tea).posted_quantity == -2


def test_what_was_counted_can_overrule_what_happened_since(cast: Cast) -> None:
    tea = stocked(cast)
    found = begun(cast, tea)
    counted(cast, found, {tea: 8})
    sell(cast, tea, 3)
    take(cast.north_clerk, found, "review")
    take(cast.manager, found, "approve", lines={lines(found)[0]: {"decision": "keep_counted"}})
    assert on_shelf(cast.north, tea) == 8
    assert (line(found, tea).decision, line(found, tea).posted_quantity) == ("keep_counted", 1)


def test_two_counts_of_the_same_shelf_do_not_correct_it_twice(cast: Cast) -> None:
    tea = stocked(cast)
    one, other = begun(cast, tea), begun(cast, tea)
    counted(cast, one, {tea: 8})
    counted(cast, other, {tea: 8})
    for found in (one, other):
        take(cast.north_clerk, found, "review")
        take(cast.manager, found, "approve")
    assert on_shelf(cast.north, tea) == 8
    assert line(other, tea).posted_quantity == 0


def test_what_was_made_up_for_an_empty_shelf_is_not_made_up_again(cast: Cast) -> None:
    tea = stocked(cast, 3)
    found = begun(cast, tea)
    counted(cast, found, {tea: 5})
    sell(cast, tea, 4, fact=True)  # the books had three, so one came from shortage; one is left
    take(cast.north_clerk, found, "review")
    take(cast.manager, found, "approve")
    assert on_shelf(cast.north, tea) == 1


def test_a_difference_that_the_shelf_has_not_got_any_more_is_a_fact(cast: Cast) -> None:
    tea = stocked(cast)
    found = begun(cast, tea)
    counted(cast, found, {tea: 2})
    sell(cast, tea, 5)
    take(cast.north_clerk, found, "review")
    assert take(cast.manager, found, "approve").state == "posted"
    assert on_shelf(cast.north, tea) == 0
    assert level(cast.north, tea, "shortage")[0] == -3
    assert ("oversold", Decimal(3)) in noticed(found)


def test_promises_that_can_not_be_kept_are_broken_and_told(cast: Cast) -> None:
    tea, order = stocked(cast), uuid4()
    ledger.reserve(SYSTEM, [Hold(cast.north, tea, Decimal(6), "order", order)])
    found = begun(cast, tea)
    counted(cast, found, {tea: 4})
    take(cast.north_clerk, found, "review")
    take(cast.manager, found, "approve")
    assert level(cast.north, tea) == (4, 0, 4)
    told = look("SELECT kind, quantity FROM stock_exceptions WHERE document_id = :id", id=order)
    assert tuple(told) == ("broken_reservation", 6)


def test_a_blind_count_tells_what_was_expected_only_in_review(cast: Cast) -> None:
    tea = stocked(cast)
    found = begun(cast, tea, blind=True)
    assert line(found, tea).expected_quantity is None
    counted(cast, found, {tea: 9})
    assert line(found, tea).expected_quantity is None
    sell(cast, tea, 2)
    take(cast.north_clerk, found, "review")
    assert (line(found, tea).expected_quantity, line(found, tea).difference) == (10, -1)
    take(cast.manager, found, "recount", {"differing": True})
    assert line(found, tea).expected_quantity is None


def test_an_open_count_says_what_is_expected(cast: Cast) -> None:
    tea = stocked(cast)
    assert line(begun(cast, tea), tea).expected_quantity == 10


def test_a_full_count_lists_what_lies_there_and_what_could(cast: Cast) -> None:
    here, never, retired = stocked(cast), product("Never here"), stocked(cast)
    gone, untracked = product("Gone", active=False), product("Bag", tracks_stock=False)
    records.change(SYSTEM, named("product"), retired, {"active": False}, expected_version=1)
    found = begun(cast, kind="full")
    goods = set(listed(found))
    assert {here, never, retired} <= goods
    assert not goods & {gone, untracked}
    counted(cast, found, {retired: 9})
    assert line(found, retired).counted_quantity == 9, "the last of what is no longer sold are counted too"


def test_lines_stand_in_the_order_of_the_shelf(cast: Cast) -> None:
    category = records.create(SYSTEM, named("category"), {"name": "Walked"}).id
    last, first = stocked(cast, category_id=category), stocked(cast, category_id=category)
    for good, place in ((last, "B2"), (first, "A1")):
        records.create(SYSTEM, named("stock_rule"), {"location_id": cast.north, "product_id": good, "place": place})
    assert listed(begun(cast, kind="category", category_id=category)) == [first, last]


def test_a_category_is_counted_with_its_branches(cast: Cast) -> None:
    skin = records.create(SYSTEM, named("category"), {"name": "Skin"}).id
    masks = records.create(SYSTEM, named("category"), {"name": "Masks", "parent_id": skin}).id
    mask, cream = stocked(cast, category_id=masks), stocked(cast, category_id=skin)
    stocked(cast)
    assert set(listed(begun(cast, kind="category", category_id=skin))) == {mask, cream}


def test_a_cycle_takes_what_was_not_counted_for_the_longest_and_is_worth_most(cast: Cast) -> None:
    place = records.create(SYSTEM, named("location"), {"code": "CYC", "name": "Cycle"}).id
    goods = [product("Cycled") for _ in range(counts.CYCLE + 5)]
    for index, good in enumerate(goods):
        stock_up(place, good, 10 + index)

    def cycle() -> Entity:
        found = document(cast.admin, "stock_count", {}, location_id=place, kind="cycle")
        take(cast.admin, found, "start")
        return found

    first = cycle()
    assert set(listed(first)) == set(goods[-counts.CYCLE :]), "never counted before: the most valuable ones"
    by_line = {id: {"counted": "5"} for id in lines(first)}
    take(cast.admin, first, "count", lines=by_line)
    take(cast.admin, first, "review")
    take(cast.admin, first, "approve")
    second = cycle()
    assert set(goods[:5]) <= set(listed(second)), "what the first one left out comes next"
    assert not set(goods[-counts.CYCLE :]) & set(listed(second)), (
        "while others were never counted, none has its turn again"
    )


def test_a_list_made_by_hand_is_what_is_counted(cast: Cast) -> None:
    tea = stocked(cast)
    stocked(cast)
    assert listed(begun(cast, tea)) == [tea]


def test_what_has_no_stock_is_not_on_the_list(cast: Cast) -> None:
    bag = product("Bag", tracks_stock=False)
    found = draft(cast, bag)
    with pytest.raises(Invalid, match="Take it off the list"):
        take(cast.north_clerk, found, "start")
    assert state(found) == "draft"


def test_counting_again_replaces_and_is_remembered(cast: Cast) -> None:
    tea = stocked(cast)
    found = begun(cast, tea)
    counted(cast, found, {tea: 4})
    sell(cast, tea, 1)
    done = take(cast.manager, found, "count", {"product": tea, "quantity": "9"})
    assert done.said.endswith("9 counted.")
    kept = line(found, tea)
    assert (kept.counted_quantity, kept.times_counted, kept.counted_by_id) == (9, 2, cast.manager.id)
    assert (kept.level_seq, kept.expected_quantity) == (2, 9)


def test_what_others_counted_is_not_sent_along(cast: Cast) -> None:
    """A field that began with the number counted an hour ago would count it again, with the sales since in it."""
    tea, jam = stocked(cast), stocked(cast)
    found = begun(cast, tea, jam)
    counted(cast, found, {tea: 10})
    before = line(found, tea)
    asked = documents.step_named(counts.STEPS, "count").lines
    assert asked is not None
    by_line = {}
    for id in lines(found):
        kept = access.get(cast.manager, StockCountLine, id)
        by_line[id] = {name: asked.begin(kept).get(name, "") for name in asked.columns}
    by_line[line(found, jam).id] = {"counted": "9"}
    sell(cast, tea, 1)
    take(cast.manager, found, "count", lines=by_line)
    after = line(found, tea)
    assert (after.level_seq, after.times_counted, after.version) == (before.level_seq, 1, before.version)


def test_a_second_heap_is_added_and_a_slip_is_taken_back(cast: Cast) -> None:
    tea = stocked(cast)
    found = begun(cast, tea)
    take(cast.north_clerk, found, "count", {"product": tea, "quantity": "4"})
    take(cast.north_clerk, found, "count", {"product": tea, "quantity": "5", "more": True})
    assert line(found, tea).counted_quantity == 9
    take(cast.north_clerk, found, "count", {"undo": tea})
    kept = line(found, tea)
    assert (kept.counted_quantity, kept.level_seq, kept.counted_by_id) == (None, None, None)
    with pytest.raises(Invalid) as refused:
        take(cast.north_clerk, found, "count", {"undo": tea})
    assert refused.value.fields == {"undo": "That one hasn't been counted yet."}


def test_what_was_not_listed_is_added_when_it_is_scanned(cast: Cast) -> None:
    tea, jam = stocked(cast), product("Jam")
    found = begun(cast, tea)
    take(cast.north_clerk, found, "count", {"product": jam, "quantity": "2"})
    assert (line(found, jam).counted_quantity, line(found, jam).level_seq) == (2, 0)
    take(cast.north_clerk, found, "review")
    take(cast.manager, found, "approve")
    assert on_shelf(cast.north, jam) == 2
    worth = look("SELECT value FROM stock_levels WHERE product_id = :id AND kind = 'shelf'", id=jam).value
    assert worth == 8, "what never lay here comes at its usual cost"


def test_several_people_count_at_once(cast: Cast) -> None:
    goods = [stocked(cast) for _ in range(6)]
    extra = product("Extra")
    found = begun(cast, *goods)
    ids = {good: line(found, good).id for good in goods}
    at_once, failures = threading.Barrier(3), list[BaseException]()

    def person(who: Actor, mine: list[UUID]) -> None:
        try:
            at_once.wait()
            for good in mine:
                take(who, found, "count", lines={ids[good]: {"counted": "7"}})
            take(who, found, "count", {"product": extra, "quantity": "1", "more": True})
        except BaseException as error:  # noqa: BLE001  told to the test's own thread
            failures.append(error)
        db.release()

    people = [
        threading.Thread(target=person, args=(cast.north_clerk, goods[:2])),
        threading.Thread(target=person, args=(cast.manager, goods[2:4])),
        threading.Thread(target=person, args=(cast.admin, goods[4:])),
    ]
    for one in people:
        one.start()
    for one in people:
        one.join()
    assert failures == []
    assert [line(found, good).counted_quantity for good in goods] == [7] * 6
    assert (line(found, extra).counted_quantity, line(found, extra).times_counted) == (3, 3)


def test_chosen_lines_are_counted_again_before_the_next_review(cast: Cast) -> None:
    tea, jam = stocked(cast), stocked(cast)
    found = begun(cast, tea, jam)
    counted(cast, found, {tea: 1, jam: 9})
    take(cast.north_clerk, found, "review")
    with pytest.raises(Invalid, match="Choose what"):
        take(cast.manager, found, "recount")
    take(cast.manager, found, "recount", lines={line(found, tea).id: {"again": "true"}})
    assert state(found) == "counting"
    assert (line(found, tea).counted_quantity, line(found, tea).decision) == (None, "recount")
    assert line(found, jam).counted_quantity == 9
    with pytest.raises(Invalid, match="still to be counted again"):
        take(cast.north_clerk, found, "review")
    counted(cast, found, {tea: 10})
    take(cast.north_clerk, found, "review")
    take(cast.manager, found, "approve")
    assert (on_shelf(cast.north, tea), on_shelf(cast.north, jam)) == (10, 9)
    assert approvals_of(found) == ["withdrawn", "approved"]


def test_what_was_not_counted_stays_as_it_is(cast: Cast) -> None:
    tea, jam = stocked(cast), stocked(cast)
    found = begun(cast, tea, jam)
    with pytest.raises(Invalid, match="Nothing has been counted yet"):
        take(cast.north_clerk, found, "review")
    counted(cast, found, {tea: 0})
    assert "1 product not counted" in take(cast.north_clerk, found, "review").said
    take(cast.manager, found, "approve")
    assert (on_shelf(cast.north, tea), on_shelf(cast.north, jam)) == (0, 10)


@pytest.mark.parametrize(("limit", "told"), [("39", True), ("40", False), ("0", True), (None, False)])
def test_a_difference_above_the_reasons_limit_is_something_to_resolve(
    cast: Cast, limit: str | None, told: bool
) -> None:
    tea, why = stocked(cast), reason("Count correction", approval_limit=limit)
    found = begun(cast, tea)
    counted(cast, found, {tea: 0})
    take(cast.north_clerk, found, "review")
    take(cast.manager, found, "approve", {"reason": why})
    assert noticed(found) == ([("count_difference", Decimal(-10))] if told else [])
    assert look("SELECT reason_id FROM stock_moves WHERE document_id = :id", id=found.id).reason_id == why


def test_without_a_reason_a_fixed_limit_stands(cast: Cast) -> None:
    tea, jam = stocked(cast, 26), stocked(cast, 25)
    found = begun(cast, tea, jam)
    counted(cast, found, {tea: 0, jam: 0})
    take(cast.north_clerk, found, "review")
    take(cast.manager, found, "approve")
    assert noticed(found) == [("count_difference", Decimal(-26))]


def test_a_reason_for_one_way_does_not_fit_more_and_less(cast: Cast) -> None:
    tea, why = stocked(cast), reason("Theft", direction="out")
    found = begun(cast, tea)
    counted(cast, found, {tea: 11})
    take(cast.north_clerk, found, "review")
    with pytest.raises(Invalid) as refused:
        take(cast.manager, found, "approve", {"reason": why})
    assert "one way only" in refused.value.fields["reason"]
    assert (state(found), on_shelf(cast.north, tea), line(found, tea).posted_quantity) == ("review", 10, None)


def test_the_review_can_show_what_moved_since(cast: Cast) -> None:
    tea = stocked(cast)
    found = begun(cast, tea)
    assert moved_since(cast.north_clerk, found) == {}
    counted(cast, found, {tea: 10})
    assert moved_since(cast.north_clerk, found) == {}
    sell(cast, tea, 3)
    stock_up(cast.north, tea, 5)
    tail = moved_since(cast.north_clerk, found)[tea]
    assert (tail.change, tail.moves) == (2, 2)
    assert [(move.change, move.balance, move.row.labels[move.other]) for move in tail.links] == [
        (5, 12, "Supplier · North"),
        (-3, 7, "Client · North"),
    ]
    for _ in range(chains.TAIL):
        sell(cast, tea, "0.5")
    tail = moved_since(cast.manager, found)[tea]
    assert (tail.change, tail.moves, len(tail.links)) == (-4, chains.TAIL + 2, chains.TAIL)
    assert moved_since(cast.south_clerk, found) == {}, "what moves at North is not theirs"


def moved_since(actor: Actor, count: Entity) -> Mapping[UUID, Tail]:
    with db.reading(SYSTEM) as session:
        kept = session.get_one(StockCount, count.id)
        return count_reviews.moves_since(actor, kept, documents.lines_of(session, StockCountLine, kept))


@pytest.mark.parametrize("amount", ["-1", "0.0001", "1.5", "99999999", "1e30", "NaN", "some"])
def test_amounts_that_can_not_be_are_refused_at_their_line(cast: Cast, amount: str) -> None:
    tea, jam = stocked(cast, unit="piece"), stocked(cast)
    found = begun(cast, tea, jam)
    with pytest.raises(Invalid) as refused:
        counted(cast, found, {tea: amount, jam: 3})
    assert list(refused.value.fields) == [f"line.{line(found, tea).id}.counted"]
    with pytest.raises(Invalid) as refused:
        take(cast.north_clerk, found, "count", {"product": tea, "quantity": amount})
    assert list(refused.value.fields) == ["quantity"]
    assert line(found, jam).counted_quantity is None


@pytest.mark.parametrize("given", [{"active": False}, {"tracks_stock": False}])
def test_products_without_stock_are_not_added(cast: Cast, given: dict[str, object]) -> None:
    found, other = begun(cast, stocked(cast)), product("Other", **given)
    with pytest.raises(Invalid):
        take(cast.north_clerk, found, "count", {"product": other, "quantity": "1"})
    assert other not in listed(found)


@pytest.mark.parametrize(("given", "field"), [
    ({}, None), ({"quantity": "3"}, "product"), ({"product": "tea"}, "quantity"), ({"product": "nonsense"}, "product"),
])  # fmt: skip
def test_half_an_answer_is_asked_for_the_rest(cast: Cast, given: dict[str, str], field: str | None) -> None:
    tea = stocked(cast)
    found = begun(cast, tea)
    typed = {name: str(tea) if value == "tea" else value for name, value in given.items()}
    with pytest.raises(Invalid) as refused:
        take(cast.north_clerk, found, "count", typed)
    assert list(refused.value.fields) == ([field] if field else [])


@pytest.mark.parametrize(("who", "error"), [
    ("south_clerk", NotFound), ("frontdesk", NotFound), ("viewer", Forbidden), ("nobody", NotFound),
])  # fmt: skip
def test_only_the_clerks_of_the_place_count_it(cast: Cast, who: str, error: type[Exception]) -> None:
    tea = stocked(cast)
    found = begun(cast, tea)
    with pytest.raises((error, Forbidden)):
        take(getattr(cast, who), found, "count", {"product": tea, "quantity": "1"})
    assert line(found, tea).counted_quantity is None


def test_clerks_do_not_approve_their_own_count(cast: Cast) -> None:
    tea = stocked(cast)
    found = begun(cast, tea)
    counted(cast, found, {tea: 1})
    take(cast.north_clerk, found, "review")
    for verb in ("approve", "recount", "cancel"):
        with pytest.raises(Forbidden):
            take(cast.north_clerk, found, verb)
    assert on_shelf(cast.north, tea) == 10


@pytest.mark.parametrize(("way", "at", "verbs"), [
    ((), "draft", {"start", "cancel"}),
    (("start",), "counting", {"count", "review", "cancel"}),
    (("start", "count", "review"), "review", {"approve", "recount", "cancel"}),
    (("start", "count", "review", "approve"), "posted", set()),
    (("start", "count", "review", "recount"), "counting", {"count", "review", "cancel"}),
    (("cancel",), "cancelled", set()),
])  # fmt: skip
def test_every_state_has_exactly_its_steps(cast: Cast, way: tuple[str, ...], at: str, verbs: set[str]) -> None:
    tea = stocked(cast)
    found = draft(cast, tea)
    given = {"count": {"product": tea, "quantity": "1"}, "recount": {"differing": True}}
    for verb in way:
        take(cast.manager, found, verb, given.get(verb))
    assert state(found) == at
    with db.reading(cast.manager):
        record = access.get(cast.manager, StockCount, found.id)
        assert {step.verb for step in courses.open_to(cast.manager, record)} == verbs
    for verb in ALL - verbs:
        with pytest.raises(WrongState):
            take(cast.manager, found, verb, given.get(verb))
    assert on_shelf(cast.north, tea) == (1 if at == "posted" else 10)


def test_sent_twice_it_is_counted_and_posted_once(cast: Cast) -> None:
    tea = stocked(cast)
    found, once, twice = begun(cast, tea), uuid4(), uuid4()
    for _ in range(2):
        take(cast.north_clerk, found, "count", {"product": tea, "quantity": "4", "more": True}, operation=once)
    assert line(found, tea).counted_quantity == 4
    take(cast.north_clerk, found, "review")
    for _ in range(2):
        take(cast.manager, found, "approve", operation=twice)
    assert on_shelf(cast.north, tea) == 4


def test_what_is_being_counted_is_edited_no_more(cast: Cast) -> None:
    tea = stocked(cast)
    found = begun(cast, tea)
    counted(cast, found, {tea: 1})
    take(cast.north_clerk, found, "review")
    take(cast.manager, found, "approve")
    record = access.get(cast.manager, StockCount, found.id)
    with pytest.raises(Closed):
        records.change(cast.manager, StockCount, found.id, {"note": "x"}, expected_version=record.version)
    kept = access.get(cast.manager, StockCountLine, lines(found)[0])
    with pytest.raises(Closed):
        records.change(cast.manager, StockCountLine, kept.id, {"note": "x"}, expected_version=kept.version)


def test_selling_while_a_count_is_approved_loses_nothing(cast: Cast) -> None:
    goods = [stocked(cast, 100) for _ in range(4)]
    found = begun(cast, *goods)
    counted(cast, found, dict.fromkeys(goods, 95))
    take(cast.north_clerk, found, "review")
    at_once, failures = threading.Barrier(2), list[BaseException]()

    def till() -> None:
        try:
            at_once.wait()
            for _ in range(10):
                for good in goods[::-1]:
                    sell(cast, good, 1)
        except BaseException as error:  # noqa: BLE001  told to the test's own thread
            failures.append(error)
        db.release()

    selling = threading.Thread(target=till)
    selling.start()
    at_once.wait()
    take(cast.manager, found, "approve")
    selling.join()
    assert failures == []
    assert [on_shelf(cast.north, good) for good in goods] == [85] * 4
