"""Purchase orders, step by step: approved, ordered, awaited, received in part or whole, and cancelled."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from typing import Any
from uuid import UUID, uuid4

import pytest

from app.core import db, grants
from app.core.actor import Actor, gate
from app.core.entity import Entity, named
from app.core.errors import AppError, Closed, Forbidden, Invalid, NotFound, WrongState
from app.models.goods_receipt import GoodsReceipt
from app.models.purchase_order import PurchaseOrder
from app.services import courses, records
from app.services.warehouse import purchasing
from tests.cast import Cast
from tests.stock import shop
from tests.stock.shop import SYSTEM, line_ids, look, on_shelf, product, state, take


def supplier(**given: Any) -> UUID:
    return records.create(SYSTEM, named("supplier"), {"name": f"Leaf & Sons {uuid4().hex[:8]}"} | given).id


def draft(cast: Cast, *goods: tuple[UUID, str], by: str = "north_clerk", **given: Any) -> Entity:
    """An order for North."""
    values = {"supplier_id": supplier(), "location_id": cast.north} | given
    return shop.draft(getattr(cast, by), "purchase_order", *goods, **values)


def ordered(cast: Cast, *goods: tuple[UUID, str], **given: Any) -> Entity:
    found = draft(cast, *goods, **given)
    take(cast.manager, found, "order")
    return found


def delivery(cast: Cast, order: Entity) -> Entity:
    """The draft receipt that the door's clerk gets for it."""
    done = take(cast.north_clerk, order, "receive")
    assert done.made is not None
    return records.access.get(SYSTEM, GoodsReceipt, done.made[1])


def correct(actor: Any, receipt: Entity, good: UUID, **values: str) -> None:
    """Somebody at the door counts another quantity than was listed."""
    line = look("SELECT id, version FROM goods_receipt_lines WHERE goods_receipt_id = :id AND product_id = :good",
                id=receipt.id, good=good)  # fmt: skip
    records.change(actor, named("goods_receipt_line"), line.id, values, expected_version=line.version)


def row(order: Entity) -> Any:
    return look("SELECT * FROM purchase_orders WHERE id = :id", id=order.id)


def came(order: Entity) -> list[Decimal]:
    found = look("SELECT array_agg(received_quantity ORDER BY id) AS q FROM purchase_order_lines"
                 " WHERE purchase_order_id = :id", id=order.id)  # fmt: skip
    return list(found.q)


def test_from_the_draft_to_the_last_piece(cast: Cast) -> None:
    tea, jam = product("Tea"), product("Jam")
    found = draft(cast, (tea, "10"), (jam, "5"))
    take(cast.manager, found, "approve")
    assert state(found) == "draft"
    done = take(cast.manager, found, "order")
    assert (done.state, row(found).total, row(found).approved_by_id) == ("ordered", 60, cast.manager.id)
    first = delivery(cast, found)
    correct(cast.north_clerk, first, tea, quantity="7", damaged_quantity="1")
    take(cast.north_clerk, first, "post")
    assert (state(found), came(found), on_shelf(cast.north, tea)) == ("partly_received", [8, 5], 7)
    second = delivery(cast, found)
    assert look("SELECT quantity FROM goods_receipt_lines WHERE goods_receipt_id = :id", id=second.id).quantity == 2
    take(cast.north_clerk, second, "post")
    assert (state(found), came(found), on_shelf(cast.north, tea)) == ("received", [10, 5], 9)
    assert row(found).closed_by_id == cast.north_clerk.id


def test_costs_come_from_the_supplier_or_the_product_and_make_the_total(cast: Cast) -> None:
    seller, tea, jam, gift = supplier(), product("Tea", cost="4"), product("Jam", cost="3"), product("Gift", cost=None)
    agreed = {"product_id": tea, "supplier_id": seller, "price": "2.345"}
    records.create(SYSTEM, named("product_supplier"), agreed)
    found = draft(cast, (tea, "3"), (jam, "2"), (gift, "1"), supplier_id=seller)
    take(cast.manager, found, "approve")
    costs = look("SELECT array_agg(unit_cost ORDER BY id) AS c FROM purchase_order_lines WHERE purchase_order_id = :id",
                 id=found.id)  # fmt: skip
    assert costs.c == [Decimal("2.345"), 3, None]
    assert row(found).total == Decimal("7.04") + 6


def test_when_it_should_come_is_known_from_the_supplier(cast: Cast) -> None:
    found = ordered(cast, (product("Tea"), "1"), supplier_id=supplier(lead_days=3))
    assert row(found).expected_on == dt.datetime.now(dt.UTC).date() + dt.timedelta(days=3)
    said = ordered(cast, (product("Tea"), "1"), supplier_id=supplier(lead_days=3), expected_on="2030-01-01")
    assert row(said).expected_on == dt.date(2030, 1, 1)


@pytest.fixture
def buyer(cast: Cast) -> Actor:
    """May order at North what somebody else approved."""
    turn = uuid4().hex[:8]
    role = records.create(SYSTEM, named("role"), {"name": f"Buyer {turn}"})
    for verb in ("see", "create", "change", "order"):
        may = {"role_id": role.id, "entity": "purchase_order", "verb": verb}
        records.create(SYSTEM, named("permission"), may)
    user = records.create(SYSTEM, named("user"), {"name": "Buyer", "email": f"{turn}@example.com", "active": True})
    records.create(SYSTEM, named("grant"), {"user_id": user.id, "role_id": role.id, "location_id": cast.north})
    with db.reading(gate()) as session:
        found = grants.resolve(session, user.id)
    assert found is not None
    return found


def test_a_buyer_orders_what_was_approved(cast: Cast, buyer: Actor) -> None:
    found = draft(cast, (product("Tea"), "1"))
    with pytest.raises(Forbidden, match="has to be approved first"):
        take(buyer, found, "order")
    assert state(found) == "draft"
    take(cast.manager, found, "approve")
    assert take(buyer, found, "order").state == "ordered"
    assert (row(found).approved_by_id, row(found).ordered_by_id) == (cast.manager.id, buyer.id)
    decided = look("SELECT state, decided_by_id FROM approvals WHERE record_id = :id", id=found.id)
    assert tuple(decided) == ("approved", cast.manager.id)


@pytest.mark.parametrize("edit", ["document", "line", "added", "removed"])
def test_what_is_edited_after_its_approval_waits_for_another(cast: Cast, buyer: Actor, edit: str) -> None:
    tea, jam = product("Tea"), product("Jam")
    found = draft(cast, (tea, "1"), (jam, "1"))
    take(cast.manager, found, "approve")
    line = look("SELECT id, version FROM purchase_order_lines WHERE purchase_order_id = :id ORDER BY id LIMIT 1",
                id=found.id)  # fmt: skip
    if edit == "document":
        records.change(cast.north_clerk, PurchaseOrder, found.id, {"note": "!"}, expected_version=row(found).version)
    elif edit == "line":
        records.change(cast.north_clerk, named("purchase_order_line"), line.id, {"quantity": "99"},
                       expected_version=line.version)  # fmt: skip
    elif edit == "added":
        more = {"purchase_order_id": found.id, "product_id": product("Oil"), "quantity": "1"}
        records.create(cast.north_clerk, named("purchase_order_line"), more)
    else:
        records.remove(cast.north_clerk, named("purchase_order_line"), line.id, expected_version=line.version)
    with pytest.raises(Forbidden, match="approved first"):
        take(buyer, found, "order")
    take(cast.manager, found, "approve")
    assert take(buyer, found, "order").state == "ordered"


def test_two_at_the_door_count_on_one_receipt(cast: Cast) -> None:
    found = ordered(cast, (product("Tea"), "10"))
    first = delivery(cast, found)
    done = take(cast.manager, found, "receive")
    assert done.made == ("goods_receipt", str(first.id))
    assert "already" in done.said


def test_what_came_stays_when_the_rest_is_cancelled(cast: Cast) -> None:
    tea = product("Tea")
    found = ordered(cast, (tea, "10"))
    receipt = delivery(cast, found)
    with pytest.raises(Invalid, match="being counted"):
        take(cast.manager, found, "cancel")
    correct(cast.north_clerk, receipt, tea, quantity="4")
    take(cast.north_clerk, receipt, "post")
    assert take(cast.manager, found, "cancel").state == "received"
    assert (on_shelf(cast.north, tea), row(found).closed_by_id) == (4, cast.manager.id)
    # The rest was given up: what goes back, or comes late, doesn't make it awaited again.
    take(cast.manager, receipt, "reverse", {"note": "Not ours."})
    assert (state(found), came(found), on_shelf(cast.north, tea)) == ("cancelled", [0], 0)


@pytest.mark.parametrize(
    ("who", "verb", "at"),
    [
        ("north_clerk", "approve", "draft"),
        ("north_clerk", "order", "draft"),
        ("north_clerk", "cancel", "ordered"),
        ("south_clerk", "receive", "ordered"),
        ("frontdesk", "receive", "ordered"),
        ("viewer", "receive", "ordered"),
        ("nobody", "receive", "ordered"),
    ],
)
def test_who_may_not(cast: Cast, who: str, verb: str, at: str) -> None:
    found = draft(cast, (product("Tea"), "1")) if at == "draft" else ordered(cast, (product("Tea"), "1"))
    with pytest.raises((Forbidden, NotFound)):
        take(getattr(cast, who), found, verb)
    assert state(found) == at
    assert look("SELECT count(*) AS n FROM goods_receipts WHERE purchase_order_id = :id", id=found.id).n == 0


@pytest.mark.parametrize(("way", "at", "verbs"), [
    ((), "draft", {"approve", "order", "cancel"}),
    (("approve",), "draft", {"order", "cancel"}),
    (("order",), "ordered", {"receive", "cancel"}),
    (("order", "some"), "partly_received", {"receive", "cancel"}),
    (("order", "all"), "received", set()),
    (("cancel",), "cancelled", set()),
])  # fmt: skip
def test_every_state_has_exactly_its_steps(cast: Cast, way: tuple[str, ...], at: str, verbs: set[str]) -> None:
    tea = product("Tea")
    found = draft(cast, (tea, "5"))
    for verb in way:
        if verb in ("some", "all"):
            receipt = delivery(cast, found)
            correct(cast.north_clerk, receipt, tea, quantity="2" if verb == "some" else "5")
            take(cast.north_clerk, receipt, "post")
        else:
            take(cast.admin, found, verb)
    assert state(found) == at
    record = records.access.get(cast.admin, PurchaseOrder, found.id)
    with db.reading(cast.admin):
        assert {step.verb for step in courses.open_to(cast.admin, record)} == verbs
    for step in purchasing.STEPS:
        if step.verb not in verbs:
            with pytest.raises(WrongState):
                take(cast.admin, found, step.verb)


@pytest.mark.parametrize("quantity", ["0", "-1", "0.0001", "1e30", "99999999", "1.5", "NaN", "a lot"])
@pytest.mark.parametrize("verb", ["approve", "order"])
def test_quantities_that_cannot_be_are_refused(cast: Cast, quantity: str, verb: str) -> None:
    with pytest.raises(AppError) as refused:
        take(cast.manager, draft(cast, (product("Tea", unit="piece"), quantity)), verb)
    assert refused.value.status == 422


@pytest.mark.parametrize(
    ("given", "said"), [({"active": False}, "no longer active"), ({"tracks_stock": False}, "no stock")]
)
def test_products_that_cannot_be_stocked_are_not_ordered(cast: Cast, given: dict[str, Any], said: str) -> None:
    found = draft(cast, (product("Tea", **given), "1"))
    with pytest.raises(Invalid) as refused:
        take(cast.manager, found, "order")
    (line,) = line_ids("purchase_order_line", "purchase_order_id", found)
    assert said in refused.value.fields[f"line.{line}.quantity"]
    assert state(found) == "draft"


def test_nothing_is_ordered_from_or_for_who_takes_no_part(cast: Cast) -> None:
    gone = draft(cast, (product("Tea"), "1"), supplier_id=supplier(active=False))
    with pytest.raises(Invalid) as refused:
        take(cast.manager, gone, "order")
    assert "choose another supplier" in refused.value.fields["supplier_id"]
    shut = records.create(SYSTEM, named("location"), {"code": uuid4().hex[:8], "name": "Shut", "active": False}).id
    nowhere = draft(cast, (product("Tea"), "1"), by="admin", location_id=shut)
    with pytest.raises(Invalid) as refused:
        take(cast.admin, nowhere, "order")
    assert "closed" in refused.value.fields["location_id"]
    with pytest.raises(Invalid, match="nothing to order"):
        take(cast.manager, draft(cast), "order")


def test_a_total_beyond_reason_is_refused(cast: Cast) -> None:
    found = draft(cast, (product("Gold", cost="9999999"), "1000000"))
    with pytest.raises(Invalid, match="look at the quantities and costs again"):
        take(cast.manager, found, "order")
    assert (state(found), row(found).total) == ("draft", None)


def test_sent_twice_it_is_one_receipt(cast: Cast) -> None:
    found, once = ordered(cast, (product("Tea"), "1")), uuid4()
    first = take(cast.north_clerk, found, "receive", operation=once)
    assert take(cast.north_clerk, found, "receive", operation=once) == first
    assert look("SELECT count(*) AS n FROM goods_receipts WHERE purchase_order_id = :id", id=found.id).n == 1


def test_what_was_ordered_is_edited_no_more(cast: Cast) -> None:
    found = ordered(cast, (product("Tea"), "1"))
    with pytest.raises(Closed):
        records.change(cast.manager, PurchaseOrder, found.id, {"number": "x"}, expected_version=row(found).version)
