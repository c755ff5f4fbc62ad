"""Reordering: what runs low is proposed once, from the nearest that can spare it, else from whom it is bought."""

from __future__ import annotations

import threading
from dataclasses import replace
from decimal import Decimal
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import pytest

from app.core import db
from app.core.entity import named
from app.core.errors import Forbidden, Invalid, OperationReused
from app.models.location import Location
from app.models.purchase_order import PurchaseOrder
from app.models.stock_request import StockRequest
from app.services import records
from app.services.stock import ledger
from app.services.stock.ledger import Move, Place
from app.services.warehouse import reordering
from app.services.warehouse.reordering import Pick, Proposal
from tests.cast import Cast
from tests.databases import Database
from tests.stock.shop import SYSTEM, document, look, product, stock_up, take
from tests.web import application


@pytest.fixture
def cast(fresh: Database) -> Cast:
    """The cast in a database of the test's own: reordering looks at everything there is."""
    return Cast.met(fresh)


def rule(place: UUID, good: UUID, point: str, lot: str | None = None) -> None:
    values = {"location_id": place, "product_id": good, "reorder_point": point, "reorder_quantity": lot}
    records.create(SYSTEM, named("stock_rule"), values)


def place(name: str, **given: Any) -> UUID:
    return records.create(SYSTEM, Location, {"code": uuid4().hex[:8], "name": name} | given).id


def seller(good: UUID, *, preferred: bool = True, active: bool = True, **given: Any) -> UUID:
    """A supplier of a product."""
    id = records.create(SYSTEM, named("supplier"), {"name": f"Seller {uuid4().hex[:8]}", "active": active}).id
    offer = {"product_id": good, "supplier_id": id, "preferred": preferred} | given
    records.create(SYSTEM, named("product_supplier"), offer)
    return id


def written() -> list[int]:
    """How many requests and orders there are."""
    row = look("SELECT (SELECT count(*) FROM stock_requests) AS r, (SELECT count(*) FROM purchase_orders) AS o")
    return [row.r, row.o]


def test_what_another_location_can_spare_is_asked_of_it(cast: Cast) -> None:
    tea, jam = product("Tea"), product("Jam")
    for good in (tea, jam):
        rule(cast.north, good, "5", "10")
        rule(cast.south, good, "5", "10")
        stock_up(cast.north, good, 4)
        stock_up(cast.south, good, 40)
        seller(good)
    found = reordering.propose(cast.manager)
    assert [(wish.need.product, wish.quantity, wish.donor) for wish in found.transfers] == [
        (tea, 10, cast.south),
        (jam, 10, cast.south),
    ]
    assert (found.purchases, found.unmet) == ((), ())
    ((kind, id),) = found.documents
    request = records.access.get(cast.north_clerk, StockRequest, id)
    assert (kind, request.state, request.to_location_id, request.from_location_id) == (
        "stock_request",
        "draft",
        cast.north,
        cast.south,
    )
    take(cast.north_clerk, request, "request")
    take(cast.manager, request, "approve")


def test_what_nobody_can_spare_is_bought_in_whole_packs(cast: Cast) -> None:
    tea, jam, oil = product("Tea"), product("Jam", cost="3"), product("Oil")
    one = seller(tea, pack_size="6", price="2.5")
    records.create(SYSTEM, named("product_supplier"), {"product_id": jam, "supplier_id": one, "preferred": True})
    other = seller(oil, pack_size="1")
    for good in (tea, jam, oil):
        rule(cast.north, good, "5", "10")
    found = reordering.propose(cast.manager)
    assert {(wish.need.product, wish.quantity, wish.supplier, wish.unit_cost) for wish in found.purchases} == {
        (tea, Decimal(12), one, Decimal("2.5")),
        (jam, Decimal(10), one, Decimal(3)),
        (oil, Decimal(10), other, Decimal(4)),
    }
    orders = [records.access.get(cast.manager, PurchaseOrder, id) for _, id in found.documents]
    assert sorted((order.supplier_id, order.total, order.state) for order in orders) == sorted(
        [(one, Decimal(60), "draft"), (other, Decimal(40), "draft")]
    )
    for order in orders:
        assert take(cast.manager, order, "order").state == "ordered"


@pytest.mark.parametrize("until", ["draft", "requested", "approved", "dispatched", "closed"])
def test_what_is_asked_for_is_proposed_once(cast: Cast, until: str) -> None:
    tea = product("Tea")
    rule(cast.north, tea, "5", "10")
    rule(cast.south, tea, "5", "10")
    stock_up(cast.south, tea, 100)
    first = reordering.propose(cast.manager)
    request = records.access.get(SYSTEM, StockRequest, first.documents[0][1])
    way = {"requested": 1, "approved": 2, "dispatched": 3, "closed": 4}.get(until, 0)
    for verb in ("request", "approve")[:way]:
        take(cast.manager, request, verb)
    if way > 2:
        id = look("SELECT id FROM transfers").id
        transfer = records.access.get(SYSTEM, named("transfer"), id)
        take(cast.manager, transfer, "dispatch")
        if way > 3:
            line = look("SELECT id FROM transfer_lines").id
            take(cast.manager, transfer, "receive", lines={line: {"received": "10"}})
    assert reordering.propose(cast.manager) == Proposal()
    assert written() == [1, 0]


@pytest.mark.parametrize("until", ["draft", "ordered", "partly_received", "received"])
def test_what_is_ordered_is_proposed_once(cast: Cast, until: str) -> None:
    tea = product("Tea")
    seller(tea)
    rule(cast.north, tea, "5", "10")
    first = reordering.propose(cast.manager)
    order = records.access.get(SYSTEM, PurchaseOrder, first.documents[0][1])
    if until != "draft":
        take(cast.manager, order, "order")
    if until.endswith("received"):
        done = take(cast.manager, order, "receive")
        line = look("SELECT id FROM goods_receipt_lines").id
        if until == "partly_received":
            records.change(cast.manager, named("goods_receipt_line"), line, {"quantity": "1"}, expected_version=1)
        take(cast.manager, records.access.get(SYSTEM, named("goods_receipt"), done.made[1]), "post")  # type: ignore[index]
    assert reordering.propose(cast.manager) == Proposal()
    assert written() == [0, 1]


def test_what_was_refused_is_proposed_again(cast: Cast) -> None:
    tea = product("Tea")
    rule(cast.north, tea, "5", "10")
    stock_up(cast.south, tea, 100)
    request = records.access.get(SYSTEM, StockRequest, reordering.propose(cast.manager).documents[0][1])
    take(cast.manager, request, "request")
    take(cast.manager, request, "reject", {"answer": "Not now."})
    assert len(reordering.propose(cast.manager).documents) == 1


def test_goods_that_stand_at_the_door_count(cast: Cast) -> None:
    tea = product("Tea")
    by = seller(tea)
    rule(cast.north, tea, "5", "10")
    lines = {"goods_receipt_line": [{"product_id": tea, "quantity": "6"}]}
    document(cast.north_clerk, "goods_receipt", lines, supplier_id=by, location_id=cast.north)
    assert reordering.propose(cast.manager) == Proposal()


@pytest.mark.parametrize(
    ("there", "point", "lot", "wanted"),
    [
        (6, "5", "10", 0),
        (5, "5", "10", 10),
        (0, "5", "10", 10),
        (0, "25", "10", 30),
        (0, "20", "10", 30),
        (0, "0", "4", 4),
        (1, "0", "4", 0),
        (2, "5", None, 8),
        (0, "0", None, 1),
    ],
)
def test_how_much_is_wanted(cast: Cast, there: int, point: str, lot: str | None, wanted: int) -> None:
    tea = product("Tea")
    seller(tea)
    rule(cast.north, tea, point, lot)
    if there:
        stock_up(cast.north, tea, there)
    found = reordering.preview(cast.manager)
    assert [wish.quantity for wish in found.purchases] == ([wanted] if wanted else [])
    assert written() == [0, 0]


def test_the_nearest_gives_else_who_has_most_and_none_gives_below_its_own_point(cast: Cast) -> None:
    region = place("Region", kind="region")
    shop, near, far, poor = (
        place("Shop", parent_id=region),
        place("Near", parent_id=region),
        place("Far"),
        place("Poor", parent_id=region),
    )
    tea = product("Tea")
    rule(shop, tea, "5", "10")
    for where, there in ((near, 15), (far, 90), (poor, 50)):
        rule(where, tea, "45" if where == poor else "5", "10")
        stock_up(where, tea, there)
    assert [wish.donor for wish in reordering.preview(cast.admin, shop).transfers] == [near]
    document(
        cast.admin,
        "stock_request",
        {"stock_request_line": [{"product_id": tea, "quantity": "1"}]},
        from_location_id=near,
        to_location_id=cast.north,
    )
    # One piece of it is promised elsewhere by now, so nine are left to give.
    assert [wish.donor for wish in reordering.preview(cast.admin, shop).transfers] == [far]


def test_nobody_gives_the_same_goods_twice(cast: Cast) -> None:
    tea = product("Tea")
    by = seller(tea)
    rule(cast.north, tea, "5", "10")
    rule(cast.south, tea, "5", "10")
    stock_up(cast.elsewhere, tea, 15)
    found = reordering.propose(cast.admin)
    assert [(wish.need.location, wish.donor) for wish in found.transfers] == [(cast.north, cast.elsewhere)]
    assert [(wish.need.location, wish.supplier) for wish in found.purchases] == [(cast.south, by)]


def test_what_is_held_for_others_is_not_spare(cast: Cast) -> None:
    tea = product("Tea")
    rule(cast.north, tea, "5", "10")
    stock_up(cast.elsewhere, tea, 15)
    lines = {"transfer_line": [{"product_id": tea, "quantity": "6"}]}
    away = document(cast.admin, "transfer", lines, from_location_id=cast.elsewhere, to_location_id=cast.south)
    for verb in (None, "request", "approve"):
        if verb:
            take(cast.admin, away, verb)
        found = reordering.preview(cast.admin, cast.north)
        assert (found.transfers, [wish.need.product for wish in found.unmet]) == ((), [tea])


@pytest.mark.parametrize("given", [{"active": False}, {"tracks_stock": False}])
def test_products_that_are_not_stocked_are_left_alone(cast: Cast, given: dict[str, Any]) -> None:
    tea = product("Tea", **given)
    seller(tea)
    rule(cast.north, tea, "5", "10")
    assert reordering.propose(cast.manager) == Proposal()


def test_who_takes_no_transfers_buys(cast: Cast) -> None:
    tea = product("Tea")
    by = seller(tea)
    outlet = place("Outlet", receives_transfers=False)
    rule(outlet, tea, "5", "10")
    stock_up(cast.north, tea, 90)
    assert [wish.supplier for wish in reordering.preview(cast.admin).purchases] == [by]


def test_a_closed_location_neither_gives_nor_takes(cast: Cast) -> None:
    tea, shut = product("Tea"), place("Shut")
    stock_up(shut, tea, 90)
    rule(shut, tea, "100", "10")
    rule(cast.north, tea, "5", "10")
    version = look("SELECT version FROM locations WHERE id = :id", id=shut).version
    records.change(SYSTEM, Location, shut, {"active": False}, expected_version=version)
    found = reordering.preview(cast.admin)
    assert [wish.need.location for wish in found.unmet] == [cast.north]


def test_the_preferred_supplier_is_asked_and_never_one_that_is_gone(cast: Cast) -> None:
    tea, jam, oil = product("Tea"), product("Jam"), product("Oil")
    seller(tea, preferred=False, price="1")
    best = seller(tea, price="9")
    cheap = seller(jam, preferred=False, price="1")
    seller(jam, preferred=False, price="2")
    seller(oil, active=False)
    for good in (tea, jam, oil):
        rule(cast.north, good, "5", "10")
    found = reordering.preview(cast.manager)
    assert [(wish.need.product, wish.supplier) for wish in found.purchases] == [(tea, best), (jam, cheap)]
    assert [wish.need.product for wish in found.unmet] == [oil]


def test_everybody_reorders_for_their_own_places_only(cast: Cast) -> None:
    tea = product("Tea")
    seller(tea)
    for where in (cast.north, cast.south, cast.elsewhere):
        rule(where, tea, "5", "10")
    assert [wish.need.location for wish in reordering.preview(cast.north_clerk).purchases] == [cast.north]
    assert {wish.need.location for wish in reordering.preview(cast.manager).purchases} == {cast.north, cast.south}
    assert len(reordering.preview(cast.admin).purchases) == 3
    for actor, where in (
        (cast.north_clerk, cast.south),
        (cast.manager, cast.elsewhere),
        (cast.frontdesk, None),
        (cast.viewer, None),
        (cast.nobody, None),
    ):
        with pytest.raises(Forbidden):
            reordering.propose(actor, where)
    assert written() == [0, 0]


def test_a_clerk_reorders_and_it_is_said_who_did(cast: Cast) -> None:
    tea = product("Tea")
    seller(tea)
    rule(cast.north, tea, "5", "10")
    ((_, id),) = reordering.propose(cast.north_clerk).documents
    found = look("SELECT actor_id FROM changes WHERE entity = 'purchase_order' AND record_id = :id", id=id)
    assert found.actor_id == cast.north_clerk.id


def test_two_who_propose_at_the_same_moment_order_once(cast: Cast) -> None:
    for turn in range(5):
        good = product(f"Good {turn}")
        seller(good)
        rule(cast.north, good, "5", "10")
    gate, found = threading.Barrier(4), []

    def propose() -> None:
        gate.wait()
        try:
            found.append(reordering.propose(cast.manager))
        finally:
            db.release()

    threads = [threading.Thread(target=propose) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(len(one.documents) for one in found) == [0, 0, 0, 5]
    assert written() == [0, 5]


# --- what a person picks ----------------------------------------------------------------------------------------------


def picks(found: Proposal, **quantities: str) -> list[Pick]:
    """Every line of a proposal, as it was shown; `all` is a quantity for each of them."""
    return [
        Pick(wish.need.location, wish.need.product, wish.source, quantities.get("all", str(wish.quantity)))
        for wish in (*found.transfers, *found.purchases)
    ]


@pytest.fixture
def low(cast: Cast) -> tuple[UUID, UUID]:
    """Tea, of which South has plenty, and jam, which has to be bought: both low at North."""
    tea, jam = product("Tea", unit="piece"), product("Jam", unit="kg")
    seller(jam, pack_size="6", price="2")
    for good in (tea, jam):
        rule(cast.north, good, "5", "10")
    stock_up(cast.south, tea, 90)
    return tea, jam


def drafted() -> dict[str, Decimal]:
    """What stands in drafts, by the product's name without its number."""
    row = look(
        "SELECT coalesce(json_object_agg(split_part(p.name, ' ', 1), quantity), '{}') AS found FROM ("
        " SELECT product_id, quantity FROM stock_request_lines UNION ALL"
        " SELECT product_id, quantity FROM purchase_order_lines) l JOIN products p ON p.id = l.product_id"
    )
    return {name: Decimal(str(quantity)) for name, quantity in row.found.items()}


def test_what_is_picked_is_drafted_in_the_quantity_the_person_wants(cast: Cast, low: tuple[UUID, UUID]) -> None:
    found = reordering.preview(cast.north_clerk)
    assert [(wish.need.on_hand, wish.need.level, wish.pack_size) for wish in found.purchases] == [(0, None, 6)]
    tea, jam = picks(found)
    made = reordering.draft(cast.north_clerk, [replace(tea, quantity="25"), replace(jam, quantity="7.5")])
    assert [kind for kind, _ in made] == ["stock_request", "purchase_order"]
    assert drafted() == {"Tea": 25, "Jam": Decimal("7.5")}
    order = records.access.get(cast.manager, PurchaseOrder, made[1][1])
    assert order.total == 15
    assert reordering.preview(cast.north_clerk) == Proposal()


def test_what_is_not_picked_is_proposed_again(cast: Cast, low: tuple[UUID, UUID]) -> None:
    tea, jam = picks(reordering.preview(cast.north_clerk))
    reordering.draft(cast.north_clerk, [jam])
    assert drafted() == {"Jam": 12}
    assert [pick.product for pick in picks(reordering.preview(cast.north_clerk))] == [tea.product]


def test_the_same_operation_makes_the_same_drafts_once(cast: Cast, low: tuple[UUID, UUID]) -> None:
    wanted, operation = picks(reordering.preview(cast.north_clerk)), uuid4()
    first = reordering.draft(cast.north_clerk, wanted, operation=operation)
    assert reordering.draft(cast.north_clerk, wanted, operation=operation) == first
    assert written() == [1, 1]
    with pytest.raises(OperationReused):
        reordering.draft(cast.north_clerk, wanted[:1], operation=operation)
    with pytest.raises(OperationReused):
        reordering.draft(cast.manager, wanted, operation=operation)
    assert written() == [1, 1]


@pytest.mark.parametrize(("quantity", "said"), [
    ("", "Please fill this in."), ("0", "At least"), ("-3", "At least"), ("some", "number"), ("1.5", "whole pieces"),
    ("1.0001", "decimal"), ("2000000", "can't be right"), ("NaN", "number"), ("1e400", ""),
])  # fmt: skip
def test_a_quantity_that_can_not_be_stops_all_of_it(
    cast: Cast, low: tuple[UUID, UUID], quantity: str, said: str
) -> None:
    tea, jam = picks(reordering.preview(cast.north_clerk))
    with pytest.raises(Invalid) as refused:
        reordering.draft(cast.north_clerk, [replace(tea, quantity=quantity), jam], operation=uuid4())
    ((field, sentence),) = refused.value.fields.items()
    assert field == f"line.{cast.north}.{tea.product}"
    assert said in sentence
    assert written() == [0, 0]


def test_what_somebody_else_has_reordered_is_not_ordered_again(cast: Cast, low: tuple[UUID, UUID]) -> None:
    wanted = picks(reordering.preview(cast.north_clerk))
    reordering.draft(cast.manager, wanted[:1])
    with pytest.raises(Invalid) as refused:
        reordering.draft(cast.north_clerk, wanted)
    (said,) = refused.value.fields.values()
    assert said.startswith("Tea")
    assert said.endswith("is no longer needed: it is on its way already.")
    assert written() == [1, 0]


def test_what_would_come_from_somebody_else_by_now_is_looked_at_again(cast: Cast, low: tuple[UUID, UUID]) -> None:
    seller(low[0])
    wanted = picks(reordering.preview(cast.north_clerk))
    sold = Move(low[0], Place("shelf", cast.south), Place("customer", cast.south), Decimal(85))
    ledger.move(SYSTEM, [sold])
    with pytest.raises(Invalid) as refused:
        reordering.draft(cast.north_clerk, wanted)
    (said,) = refused.value.fields.values()
    assert "comes from somebody else now" in said
    assert written() == [0, 0]
    reordering.draft(cast.north_clerk, picks(reordering.preview(cast.north_clerk)))
    assert written() == [0, 2]


def test_a_pick_for_another_ones_place_finds_nothing(cast: Cast, low: tuple[UUID, UUID]) -> None:
    rule(cast.south, low[1], "5", "10")
    (theirs,) = picks(reordering.preview(cast.manager, cast.south))
    with pytest.raises(Invalid):
        reordering.draft(cast.north_clerk, [theirs])
    for actor in (cast.frontdesk, cast.viewer, cast.nobody):
        assert not reordering.may(actor)
        with pytest.raises(Forbidden):
            reordering.draft(actor, [theirs])
    assert (reordering.may(cast.north_clerk, cast.north), reordering.may(cast.north_clerk, cast.south)) == (True, False)
    with pytest.raises(Invalid, match="Tick what you want"):
        reordering.draft(cast.north_clerk, [])
    assert written() == [0, 0]


def test_the_command_says_what_it_drafts(fresh: Database, cast: Cast, tmp_path: Path) -> None:
    tea, jam, oil = product("Tea"), product("Jam"), product("Oil")
    seller(jam)
    for good in (tea, jam, oil):
        rule(cast.north, good, "5", "10")
    stock_up(cast.south, tea, 90)
    run = application(fresh, tmp_path).test_cli_runner().invoke
    looked = run(args=["reorder", "--location", "NORTH", "--preview"])
    assert looked.exit_code == 0, looked.output
    assert "from South" in looked.output
    assert "from Seller" in looked.output
    assert "nobody to get it from" in looked.output
    assert "Nothing was written." in looked.output
    assert written() == [0, 0]
    done = run(args=["reorder"])
    assert "2 drafts made." in done.output
    assert written() == [1, 1]
    unknown = run(args=["reorder", "--location", "NOWHERE"])
    assert unknown.exit_code == 1
    assert "No location has the code NOWHERE." in unknown.output
