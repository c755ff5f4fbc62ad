"""Client orders: what is confirmed is held, what is handed over leaves the shelf, and what is cancelled is free again."""

from __future__ import annotations

from decimal import Decimal
from uuid import UUID, uuid4

import pytest

from app.core import access, db
from app.core.entity import Entity, named
from app.core.errors import Closed, Forbidden, Invalid, NotEnoughStock, NotFound, WrongState
from app.models.order import Order
from app.services import courses, documents, records
from app.services.selling import orders
from app.services.stock import ledger
from tests.cast import Cast
from tests.stock.shop import SYSTEM, document, level, look, on_shelf, product, state, stock_up, take


def draft(cast: Cast, *goods: tuple[UUID, str], by: str = "frontdesk", **given: object) -> Entity:
    """An order at North."""
    lines = [{"product_id": good, "quantity": quantity, "unit_price": "10"} for good, quantity in goods]
    return document(getattr(cast, by), "order", {"order_line": lines}, **{"location_id": cast.north} | given)


def test_an_order_is_held_then_handed_over(cast: Cast) -> None:
    tea, wrapping = product("Tea"), product("Wrapping", tracks_stock=False)
    stock_up(cast.north, tea, 10)
    found = draft(cast, (tea, "3"), (tea, "1"), (wrapping, "4"))
    assert take(cast.frontdesk, found, "confirm").state == "confirmed"
    assert level(cast.north, tea) == (10, 4, 6)
    done = take(cast.frontdesk, found, "fulfil")
    assert done.state == "fulfilled"
    assert level(cast.north, tea) == (6, 0, 6)
    assert level(cast.north, tea, "customer")[0] == 4
    held = look("SELECT min(state) AS first, max(state) AS last FROM reservations WHERE document_id = :id", id=found.id)
    assert (held.first, held.last) == ("used", "used")
    kept = look("SELECT ordered_on, shipped_on FROM orders WHERE id = :id", id=found.id)
    assert kept.ordered_on == kept.shipped_on is not None


def test_what_is_held_for_one_is_not_promised_to_another(cast: Cast) -> None:
    tea, jam = product("Tea"), product("Jam")
    stock_up(cast.north, tea, 5)
    stock_up(cast.north, jam, 1)
    take(cast.frontdesk, draft(cast, (tea, "4")), "confirm")
    second = draft(cast, (tea, "2"), (jam, "3"))
    with pytest.raises(NotEnoughStock) as refused:
        take(cast.frontdesk, second, "confirm")
    assert {(line.product, line.available) for line in refused.value.lines} == {(tea, Decimal(1)), (jam, Decimal(1))}
    assert state(second) == "draft"
    assert level(cast.north, tea) == (5, 4, 1)
    assert level(cast.north, jam) == (1, 0, 1)
    assert look("SELECT ordered_on FROM orders WHERE id = :id", id=second.id).ordered_on is None


def test_what_is_cancelled_is_free_again(cast: Cast) -> None:
    tea = product("Tea")
    stock_up(cast.north, tea, 5)
    found = draft(cast, (tea, "4"))
    take(cast.frontdesk, found, "confirm")
    assert take(cast.frontdesk, found, "cancel").state == "cancelled"
    assert level(cast.north, tea) == (5, 0, 5)
    assert look("SELECT state FROM reservations WHERE document_id = :id", id=found.id).state == "released"
    with pytest.raises(WrongState):
        take(cast.frontdesk, found, "fulfil")


def test_an_order_from_elsewhere_holds_nothing_and_takes_what_is_free(cast: Cast) -> None:
    tea = product("Tea")
    stock_up(cast.north, tea, 5)
    found, late = draft(cast, (tea, "4")), draft(cast, (tea, "4"))
    for order in (found, late):
        with db.transaction(SYSTEM):
            documents.came_as(SYSTEM, access.get(SYSTEM, Order, order.id), "confirmed")
    take(cast.frontdesk, found, "fulfil")
    assert level(cast.north, tea) == (1, 0, 1)
    with pytest.raises(NotEnoughStock):
        take(cast.frontdesk, late, "fulfil")
    assert state(late) == "confirmed"
    assert on_shelf(cast.north, tea) == 1


def test_a_broken_promise_is_kept_when_there_is_enough_again(cast: Cast) -> None:
    tea = product("Tea")
    stock_up(cast.north, tea, 4)
    found = draft(cast, (tea, "4"))
    take(cast.frontdesk, found, "confirm")
    shelf, customer = ledger.Place("shelf", cast.north), ledger.Place("customer", cast.north)
    ledger.move(SYSTEM, [ledger.Move(tea, shelf, customer, Decimal(2))], facts=True)
    with pytest.raises(NotEnoughStock):
        take(cast.frontdesk, found, "fulfil")
    stock_up(cast.north, tea, 2)
    assert take(cast.frontdesk, found, "fulfil").state == "fulfilled"
    assert level(cast.north, tea) == (0, 0, 0)


@pytest.mark.parametrize(("at", "verbs"), [
    ("draft", {"confirm", "cancel"}),
    ("confirmed", {"fulfil", "cancel"}),
    ("fulfilled", set()),
    ("cancelled", set()),
])  # fmt: skip
def test_every_state_has_exactly_its_steps(cast: Cast, at: str, verbs: set[str]) -> None:
    tea = product("Tea")
    stock_up(cast.north, tea, 5)
    found = draft(cast, (tea, "5"))
    way = {"draft": (), "confirmed": ("confirm",), "fulfilled": ("confirm", "fulfil"), "cancelled": ("cancel",)}
    for verb in way[at]:
        take(cast.admin, found, verb)
    assert {step.verb for step in courses.open_to(cast.admin, access.get(cast.admin, Order, found.id))} == verbs
    for step in orders.STEPS:
        if step.verb not in verbs:
            with pytest.raises(WrongState):
                take(cast.admin, found, step.verb)


@pytest.mark.parametrize(("who", "refusal"), [
    ("north_clerk", Forbidden), ("viewer", Forbidden), ("south_clerk", NotFound), ("nobody", NotFound),
])  # fmt: skip
def test_orders_are_the_front_desks_of_their_place(cast: Cast, who: str, refusal: type[Exception]) -> None:
    tea = product("Tea")
    stock_up(cast.north, tea, 5)
    found = draft(cast, (tea, "1"))
    with pytest.raises((refusal, Forbidden)):
        take(getattr(cast, who), found, "confirm")
    south = draft(cast, (tea, "1"), by="manager", location_id=cast.south)
    with pytest.raises(NotFound):
        take(cast.frontdesk, south, "confirm")
    assert state(found) == state(south) == "draft"
    assert level(cast.north, tea) == (5, 0, 5)


@pytest.mark.parametrize("quantity", ["0", "-1", "0.0001", "99999999", "1.5", "NaN", "a lot"])
def test_quantities_that_cannot_be_are_refused(cast: Cast, quantity: str) -> None:
    tea = product("Tea", unit="piece")
    stock_up(cast.north, tea, 5)
    with pytest.raises(Invalid):
        take(cast.frontdesk, draft(cast, (tea, quantity)), "confirm")
    assert level(cast.north, tea) == (5, 0, 5)


def test_nothing_and_products_that_are_gone_are_not_ordered(cast: Cast) -> None:
    with pytest.raises(Invalid, match="nothing is ordered"):
        take(cast.frontdesk, draft(cast), "confirm")
    with pytest.raises(Invalid, match="no longer active"):
        take(cast.frontdesk, draft(cast, (product("Old", active=False), "1")), "confirm")


def test_confirmed_twice_by_the_same_click_it_is_held_once(cast: Cast) -> None:
    tea = product("Tea")
    stock_up(cast.north, tea, 5)
    found, once = draft(cast, (tea, "2")), uuid4()
    first = take(cast.frontdesk, found, "confirm", operation=once)
    assert take(cast.frontdesk, found, "confirm", operation=once) == first
    assert level(cast.north, tea) == (5, 2, 3)


def test_what_is_confirmed_is_edited_no_more(cast: Cast) -> None:
    tea = product("Tea")
    stock_up(cast.north, tea, 5)
    found = draft(cast, (tea, "2"))
    take(cast.frontdesk, found, "confirm")
    given = {"order_id": found.id, "product_id": tea, "quantity": "1", "unit_price": "1"}
    with pytest.raises(Closed):
        records.create(cast.frontdesk, named("order_line"), given)
