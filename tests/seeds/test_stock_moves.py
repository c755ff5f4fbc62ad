"""Stock is moved rightly: numbered, valued, never below nothing, and by two people at once."""

from __future__ import annotations

import threading
from decimal import Decimal
from uuid import UUID, uuid4

import pytest
import sqlalchemy as sa

from app.core import db
from app.core.actor import system
from app.core.entity import named
from app.core.errors import NotEnoughStock
from app.services import records
from app.services.stock import ledger
from app.services.stock.ledger import Hold, Move, Place
from tests.databases import Database
from tests.seeds.conftest import ask
from tests.seeds.test_demo import WRONG_LEVELS

SYSTEM = system("test")


def shop(code: str) -> UUID:
    return records.create(SYSTEM, named("location"), {"code": code, "name": f"Shop {code}"}).id


def good(sku: str) -> UUID:
    return records.create(SYSTEM, named("product"), {"sku": sku, "name": f"Good {sku}", "price": "2"}).id


def came(product: UUID, location: UUID, quantity: str, cost: str) -> Move:
    return Move(product, Place("supplier", location), Place("shelf", location), Decimal(quantity), Decimal(cost))


def sold(product: UUID, location: UUID, quantity: str) -> Move:
    return Move(product, Place("shelf", location), Place("customer", location), Decimal(quantity))


def shelf(database: Database, location: UUID) -> list[tuple[object, ...]]:
    return ask(
        database,
        "SELECT l.on_hand, l.reserved, l.value, l.unit_cost, l.seq FROM stock_levels l"
        f" JOIN stock_accounts a ON a.id = l.account_id AND a.kind = 'shelf' AND a.location_id = '{location}'",
    )


def test_costs_are_a_moving_average_and_the_last_one_stands(empty: Database) -> None:
    here, tea = shop("A"), good("TEA")
    posted = ledger.move(SYSTEM, [came(tea, here, "10", "2"), came(tea, here, "10", "3")])
    assert shelf(empty, here) == [(20, 0, 50, Decimal("2.5"), 2)]
    posted += ledger.move(SYSTEM, [sold(tea, here, "5")])
    assert [move.unit_cost for move in posted] == [2, 3, Decimal("2.5")]
    assert shelf(empty, here) == [(15, 0, Decimal("37.50"), Decimal("2.5"), 3)]
    ledger.move(SYSTEM, [sold(tea, here, "15")])
    assert shelf(empty, here) == [(0, 0, 0, Decimal("2.5"), 4)]


def test_every_short_line_is_told_and_nothing_is_moved(empty: Database) -> None:
    here, tea, jam, oil = shop("A"), good("TEA"), good("JAM"), good("OIL")
    ledger.move(SYSTEM, [came(tea, here, "3", "1"), came(jam, here, "1", "1"), came(oil, here, "9", "1")])
    with pytest.raises(NotEnoughStock) as refused:
        ledger.move(SYSTEM, [sold(tea, here, "2"), sold(tea, here, "2"), sold(jam, here, "1.5"), sold(oil, here, "9")])
    assert [(line.product, line.wanted, line.available) for line in refused.value.lines] == [
        (tea, Decimal(4), Decimal(3)),
        (jam, Decimal("1.5"), Decimal(1)),
    ]
    assert refused.value.message == "Shop A has 3 of Good TEA, not 4. Shop A has 1 of Good JAM, not 1.5."
    assert ask(empty, "SELECT sum(quantity) FROM stock_moves") == [(13,)]
    assert ask(empty, WRONG_LEVELS) == []


def test_what_is_held_is_not_there_for_others(empty: Database) -> None:
    here, tea = shop("A"), good("TEA")
    ledger.move(SYSTEM, [came(tea, here, "5", "1")])
    ledger.reserve(SYSTEM, [Hold(here, tea, Decimal(4), "order", uuid4())])
    with pytest.raises(NotEnoughStock):
        ledger.move(SYSTEM, [sold(tea, here, "2")])
    with pytest.raises(NotEnoughStock):
        ledger.reserve(SYSTEM, [Hold(here, tea, Decimal(2), "order", uuid4())])
    assert shelf(empty, here)[0][:2] == (5, 4)


def test_a_quantity_of_nothing_is_a_mistake(empty: Database) -> None:
    with pytest.raises(ValueError, match="above nothing"):
        ledger.move(SYSTEM, [sold(good("TEA"), shop("A"), "0")])


def test_two_tills_can_not_sell_the_same_piece(empty: Database) -> None:
    here, tea = shop("A"), good("TEA")
    ledger.move(SYSTEM, [came(tea, here, "20", "1")])
    outcomes: list[str] = []
    at_once = threading.Barrier(4)

    def sell() -> None:
        at_once.wait()
        for _ in range(10):
            try:
                ledger.move(SYSTEM, [sold(tea, here, "1")])
                outcomes.append("sold")
            except NotEnoughStock:
                outcomes.append("short")
        db.release()

    tills = [threading.Thread(target=sell) for _ in range(4)]
    for till in tills:
        till.start()
    for till in tills:
        till.join()
    assert (outcomes.count("sold"), outcomes.count("short")) == (20, 20)
    assert shelf(empty, here)[0][0] == 0
    assert ask(empty, WRONG_LEVELS) == []


def test_crossing_moves_do_not_wait_in_a_circle(empty: Database) -> None:
    first, second = shop("A"), shop("B")
    goods = [good(f"G{index}") for index in range(6)]
    ledger.move(SYSTEM, [came(one, place, "100", "1") for one in goods for place in (first, second)])
    failures: list[BaseException] = []
    at_once = threading.Barrier(2)

    def cross(source: UUID, target: UUID, order: list[UUID]) -> None:
        at_once.wait()
        try:
            for _ in range(15):
                there = Place("shelf", target)
                ledger.move(SYSTEM, [Move(one, Place("shelf", source), there, Decimal(1)) for one in order])
        except BaseException as error:  # noqa: BLE001  told to the test's own thread
            failures.append(error)
        db.release()

    both = [
        threading.Thread(target=cross, args=(first, second, goods)),
        threading.Thread(target=cross, args=(second, first, goods[::-1])),
    ]
    for each in both:
        each.start()
    for each in both:
        each.join()
    assert failures == []
    assert ask(empty, WRONG_LEVELS) == []


def test_only_the_posting_role_writes_quantities(empty: Database) -> None:
    here, tea = shop("A"), good("TEA")
    ledger.move(SYSTEM, [came(tea, here, "5", "1")])
    with pytest.raises(sa.exc.ProgrammingError, match="permission denied"), db.transaction(SYSTEM) as session:
        session.execute(sa.text("UPDATE stock_levels SET on_hand = 50"))
    with db.transaction(SYSTEM) as session:
        with pytest.raises(NotEnoughStock):
            ledger.move(SYSTEM, [sold(tea, here, "6")])
        # The refusal gave the role back: what follows in the transaction is the actor's own.
        assert session.scalar(sa.text("SELECT current_user")) == "backroom_global"
