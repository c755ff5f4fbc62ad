"""Receipts: what was counted at the door is on the shelf, in the books and on the order; or nothing of it is."""

from __future__ import annotations

import threading
from decimal import Decimal
from typing import Any
from uuid import UUID, uuid4

import pytest

from app.core import db
from app.core.entity import Entity, named
from app.core.errors import (
    AppError,
    ChangedMeanwhile,
    Closed,
    Forbidden,
    Invalid,
    NotEnoughStock,
    NotFound,
    OperationReused,
    WrongState,
)
from app.models.goods_receipt import GoodsReceipt
from app.services import courses, documents, records
from app.services.warehouse import receipts
from tests.cast import Cast
from tests.stock.shop import SYSTEM, document, level, line_ids, look, on_shelf, product, state, take
from tests.stock.test_purchasing import came, correct, delivery, draft, ordered, supplier


def receipt(cast: Cast, *lines: dict[str, Any], by: str = "north_clerk", **given: Any) -> Entity:
    """A delivery at North."""
    values = {"supplier_id": supplier(), "location_id": cast.north} | given
    return document(getattr(cast, by), "goods_receipt", {"goods_receipt_line": list(lines)}, **values)


def row(found: Entity) -> Any:
    return look("SELECT * FROM goods_receipts WHERE id = :id", id=found.id)


def test_what_came_is_on_the_shelf_at_its_cost(cast: Cast) -> None:
    tea, jam = product("Tea", cost="4"), product("Jam", cost="3")
    found = receipt(
        cast,
        {"product_id": tea, "quantity": "8", "damaged_quantity": "2"},
        {"product_id": jam, "quantity": "5"},
    )
    records.change(
        cast.manager,
        named("goods_receipt_line"),
        line_ids("goods_receipt_line", "goods_receipt_id", found)[1],
        {"unit_cost": "2.5"},
        expected_version=1,
    )
    done = take(cast.north_clerk, found, "post")
    assert done.state == "posted"
    assert (row(found).value, row(found).posted_by_id) == (Decimal("52.50"), cast.north_clerk.id)
    assert (on_shelf(cast.north, tea), on_shelf(cast.north, jam)) == (8, 5)
    assert level(cast.north, tea, "loss")[0] == 2
    assert level(cast.north, tea, "supplier")[0] == -10
    worth = look("SELECT value, unit_cost FROM stock_levels WHERE kind = 'shelf' AND product_id = :good", good=jam)
    assert tuple(worth) == (Decimal("12.50"), Decimal("2.5"))
    move = look("SELECT * FROM stock_moves WHERE document = 'goods_receipt' AND document_id = :id LIMIT 1", id=found.id)
    assert (move.moved_by_id, move.effective_at) == (cast.north_clerk.id, row(found).received_at)


def test_everything_that_came_may_be_broken(cast: Cast) -> None:
    tea = product("Tea")
    found = receipt(cast, {"product_id": tea, "quantity": "0", "damaged_quantity": "3"})
    take(cast.north_clerk, found, "post")
    assert (on_shelf(cast.north, tea), level(cast.north, tea, "loss")[0]) == (0, 3)


def test_costs_are_as_ordered_else_as_agreed_else_as_usual(cast: Cast) -> None:
    seller, goods = supplier(), [product(name, cost="9") for name in ("Ordered", "Agreed", "Usual")]
    for good in goods[:2]:
        agreed = {"product_id": good, "supplier_id": seller, "price": "5"}
        records.create(SYSTEM, named("product_supplier"), agreed)
    nothing = product("Unknown", cost=None)
    order = draft(cast, (goods[0], "1"), supplier_id=seller)
    line = line_ids("purchase_order_line", "purchase_order_id", order)[0]
    records.change(cast.manager, named("purchase_order_line"), line, {"unit_cost": "2"}, expected_version=1)
    take(cast.manager, order, "order")
    found = receipt(
        cast,
        *({"product_id": good, "quantity": "1"} for good in (*goods, nothing)),
        supplier_id=seller,
        purchase_order_id=order.id,
    )
    take(cast.north_clerk, found, "post")
    costs = look("SELECT array_agg(unit_cost ORDER BY id) AS c, array_agg(purchase_order_line_id ORDER BY id) AS o"
                 " FROM goods_receipt_lines WHERE goods_receipt_id = :id", id=found.id)  # fmt: skip
    assert costs.c == [2, 5, 9, 0]
    assert costs.o == [line, None, None, None]


def test_more_than_ordered_and_what_was_not_ordered_is_taken_and_said(cast: Cast) -> None:
    tea, jam, seller = product("Tea"), product("Jam"), supplier()
    order = ordered(cast, (tea, "10"), supplier_id=seller)
    found = receipt(
        cast,
        {"product_id": tea, "quantity": "12"},
        {"product_id": jam, "quantity": "1"},
        supplier_id=seller,
        purchase_order_id=order.id,
    )
    said = take(cast.north_clerk, found, "post").said
    assert "2 more of Tea" in said
    assert "than ordered." in said
    assert "was not ordered." in said
    assert (state(order), came(order), on_shelf(cast.north, tea)) == ("received", [12], 12)


def test_the_same_delivery_note_twice_is_said(cast: Cast) -> None:
    tea, seller = product("Tea"), supplier()
    one, other = (
        receipt(cast, {"product_id": tea, "quantity": "1"}, supplier_id=seller, delivery_note="LS-77") for _ in range(2)
    )
    assert "Delivery note" not in take(cast.north_clerk, one, "post").said
    assert (
        f"Delivery note LS-77 is on Goods receipt {row(one).number} too." in take(cast.north_clerk, other, "post").said
    )


def test_a_reversal_takes_everything_back(cast: Cast) -> None:
    tea, jam = product("Tea"), product("Jam")
    order = ordered(cast, (tea, "10"), (jam, "5"))
    found = delivery(cast, order)
    correct(cast.north_clerk, found, tea, quantity="8", damaged_quantity="2")
    take(cast.north_clerk, found, "post")
    assert state(order) == "received"
    done = take(cast.manager, found, "reverse", {"note": "Booked at the wrong shop."})
    back = look("SELECT * FROM goods_receipts WHERE reverses_id = :id", id=found.id)
    assert (done.state, done.made) == ("reversed", ("goods_receipt", str(back.id)))
    assert (back.state, back.value, back.note) == ("posted", -row(found).value, "Booked at the wrong shop.")
    assert (on_shelf(cast.north, tea), on_shelf(cast.north, jam)) == (0, 0)
    assert (level(cast.north, tea, "loss")[0], level(cast.north, tea, "supplier")[0]) == (0, 0)
    assert (state(order), came(order)) == ("ordered", [0, 0])
    closed = look("SELECT closed_at, closed_by_id FROM purchase_orders WHERE id = :id", id=order.id)
    assert tuple(closed) == (None, None)
    # The goods are awaited again, and the reversal itself is the end of it.
    reversal = records.access.get(cast.manager, GoodsReceipt, back.id)
    assert courses.open_to(cast.manager, reversal) == []
    with pytest.raises(WrongState):
        take(cast.manager, reversal, "reverse", {"note": "No, it was right."})
    take(cast.north_clerk, delivery(cast, order), "post")
    assert on_shelf(cast.north, tea) == 10


def test_what_was_sold_on_cannot_go_back(cast: Cast) -> None:
    tea, order_of = product("Tea"), product("Jam")
    order = ordered(cast, (tea, "10"), (order_of, "1"))
    found = delivery(cast, order)
    take(cast.north_clerk, found, "post")
    away = document(
        cast.manager,
        "transfer",
        {"transfer_line": [{"product_id": tea, "quantity": "4"}]},
        from_location_id=cast.north,
        to_location_id=cast.south,
    )
    take(cast.manager, away, "request")
    take(cast.manager, away, "approve")
    with pytest.raises(NotEnoughStock, match="North has 6 of Tea"):
        take(cast.manager, found, "reverse", {"note": "Wrong."})
    assert (state(found), state(order), came(order)) == ("posted", "received", [10, 1])
    assert look("SELECT count(*) AS n FROM goods_receipts WHERE reverses_id = :id", id=found.id).n == 0
    assert level(cast.north, tea) == (10, 4, 6)


@pytest.mark.parametrize(
    ("lines", "status"),
    [
        ({"quantity": "0"}, 422),
        ({"quantity": "-1"}, 422),
        ({"quantity": "1", "damaged_quantity": "-1"}, 422),
        ({"quantity": "0.0001"}, 422),
        ({"quantity": "1.5"}, 422),
        ({"quantity": "1", "damaged_quantity": "0.5"}, 422),
        ({"quantity": "1", "damaged_quantity": "99999999"}, 422),
        ({"quantity": "99999999"}, 422),
        ({"quantity": "1e30"}, 422),
        ({"quantity": "NaN"}, 422),
        ({"quantity": ""}, 422),
    ],
)
def test_quantities_that_cannot_be_are_refused(cast: Cast, lines: dict[str, str], status: int) -> None:
    tea = product("Tea", unit="piece")
    with pytest.raises(AppError) as refused:
        take(cast.north_clerk, receipt(cast, {"product_id": tea} | lines), "post")
    assert refused.value.status == status
    assert look("SELECT count(*) AS n FROM stock_moves WHERE product_id = :good", good=tea).n == 0


@pytest.mark.parametrize(
    ("given", "said"), [({"active": False}, "no longer active"), ({"tracks_stock": False}, "no stock")]
)
def test_products_that_are_not_stocked_are_refused(cast: Cast, given: dict[str, Any], said: str) -> None:
    found = receipt(cast, {"product_id": product("Tea", **given), "quantity": "1"})
    with pytest.raises(Invalid) as refused:
        take(cast.north_clerk, found, "post")
    (line,) = line_ids("goods_receipt_line", "goods_receipt_id", found)
    assert said in refused.value.fields[f"line.{line}.quantity"]
    assert state(found) == "draft"


def test_nothing_is_received_where_nobody_is_or_of_nothing(cast: Cast) -> None:
    shut = records.create(SYSTEM, named("location"), {"code": uuid4().hex[:8], "name": "Shut", "active": False}).id
    tea = product("Tea")
    found = receipt(cast, {"product_id": tea, "quantity": "1"}, by="admin", location_id=shut)
    with pytest.raises(Invalid) as refused:
        take(cast.admin, found, "post")
    assert "closed" in refused.value.fields["location_id"]
    with pytest.raises(Invalid, match="what came"):
        take(cast.north_clerk, receipt(cast), "post")


@pytest.mark.parametrize(
    ("order", "said"),
    [
        ("not ordered", "has not been ordered yet"),
        ("cancelled", "is cancelled"),
        ("another supplier", "went to another supplier"),
        ("another location", "to another location"),
    ],
)
def test_goods_come_only_for_an_order_they_can_have_come_for(cast: Cast, order: str, said: str) -> None:
    tea, seller = product("Tea"), supplier()
    theirs = supplier() if order == "another supplier" else seller
    place = cast.south if order == "another location" else cast.north
    wanted = draft(cast, (tea, "5"), by="manager", supplier_id=theirs, location_id=place)
    if order == "cancelled":
        take(cast.manager, wanted, "cancel")
    elif order != "not ordered":
        take(cast.manager, wanted, "order")
    found = receipt(
        cast, {"product_id": tea, "quantity": "5"}, by="manager", supplier_id=seller, purchase_order_id=wanted.id
    )
    with pytest.raises(Invalid) as refused:
        take(cast.manager, found, "post")
    assert said in refused.value.fields["purchase_order_id"]
    assert (state(found), on_shelf(cast.north, tea), came(wanted)) == ("draft", 0, [0])


def test_a_clerk_names_no_order_of_another_shop(cast: Cast) -> None:
    wanted = draft(cast, (product("Tea"), "5"), by="south_clerk", location_id=cast.south)
    with pytest.raises(Invalid) as refused:
        receipt(cast, purchase_order_id=wanted.id)
    assert "purchase_order_id" in refused.value.fields


@pytest.mark.parametrize(
    ("who", "verb"),
    [("south_clerk", "post"), ("frontdesk", "post"), ("viewer", "post"), ("nobody", "post"), ("north_clerk", "reverse"),
     ("viewer", "reverse")],
)  # fmt: skip
def test_who_may_not(cast: Cast, who: str, verb: str) -> None:
    tea = product("Tea")
    found = receipt(cast, {"product_id": tea, "quantity": "5"})
    if verb == "reverse":
        take(cast.north_clerk, found, "post")
    before = (state(found), on_shelf(cast.north, tea))
    with pytest.raises((Forbidden, NotFound)):
        take(getattr(cast, who), found, verb, {"note": "x"} if verb == "reverse" else {})
    assert (state(found), on_shelf(cast.north, tea)) == before


@pytest.mark.parametrize(("way", "verbs"), [
    ((), {"post", "discard"}),
    (("discard",), set()),
    (("post",), {"reverse"}),
    (("post", "reverse"), set()),
])  # fmt: skip
def test_every_state_has_exactly_its_steps(cast: Cast, way: tuple[str, ...], verbs: set[str]) -> None:
    found = receipt(cast, {"product_id": product("Tea"), "quantity": "5"})
    for verb in way:
        take(cast.admin, found, verb, {"note": "x"} if verb == "reverse" else {})
    record = records.access.get(cast.admin, GoodsReceipt, found.id)
    assert {step.verb for step in courses.open_to(cast.admin, record)} == verbs
    for step in receipts.STEPS:
        if step.verb not in verbs:
            with pytest.raises(WrongState):
                take(cast.admin, found, step.verb, {"note": "x"} if step.asks else {})


def test_posted_twice_it_is_booked_once(cast: Cast) -> None:
    tea, once = product("Tea"), uuid4()
    found = receipt(cast, {"product_id": tea, "quantity": "5"})
    first = take(cast.north_clerk, found, "post", operation=once)
    assert take(cast.north_clerk, found, "post", operation=once) == first
    with pytest.raises(WrongState):
        take(cast.north_clerk, found, "post")
    with pytest.raises(OperationReused):
        take(cast.north_clerk, receipt(cast, {"product_id": tea, "quantity": "1"}), "post", operation=once)
    assert on_shelf(cast.north, tea) == 5


def test_two_receipts_for_one_order_at_the_same_moment_both_count(cast: Cast) -> None:
    tea, jam, seller = product("Tea"), product("Jam"), supplier()
    order = ordered(cast, (tea, "10"), (jam, "10"), supplier_id=seller)
    both = [
        receipt(cast, {"product_id": tea, "quantity": "5"}, {"product_id": jam, "quantity": "5"},
                supplier_id=seller, purchase_order_id=order.id)
        for _ in range(2)
    ]  # fmt: skip
    failures: list[AppError] = []

    def post(found: Entity) -> None:
        try:
            take(cast.north_clerk, found, "post")
        except AppError as error:
            failures.append(error)
        finally:
            db.release()

    threads = [threading.Thread(target=post, args=(found,)) for found in both]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert failures == []
    assert (state(order), came(order), on_shelf(cast.north, tea)) == ("received", [10, 10], 10)


def test_what_was_counted_since_one_looked_is_looked_at_again(cast: Cast) -> None:
    tea = product("Tea")
    found = receipt(cast, {"product_id": tea, "quantity": "5"})
    with db.reading(cast.north_clerk) as session:
        seen = documents.mark_of(session, found)
    more: dict[str, UUID | str] = {"goods_receipt_id": found.id, "product_id": product("Jam"), "quantity": "9"}
    records.create(cast.manager, named("goods_receipt_line"), more)
    with pytest.raises(ChangedMeanwhile):
        take(cast.north_clerk, found, "post", seen=seen)
    assert (state(found), on_shelf(cast.north, tea)) == ("draft", 0)


def test_what_is_posted_is_edited_no_more(cast: Cast) -> None:
    found = receipt(cast, {"product_id": product("Tea"), "quantity": "5"})
    take(cast.north_clerk, found, "post")
    (line,) = line_ids("goods_receipt_line", "goods_receipt_id", found)
    version = look("SELECT version FROM goods_receipt_lines WHERE id = :id", id=line).version
    with pytest.raises(Closed):
        records.change(cast.manager, named("goods_receipt_line"), line, {"quantity": "1"}, expected_version=version)
