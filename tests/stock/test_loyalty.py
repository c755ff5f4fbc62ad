"""Points: earned by what is bought, taken back with what comes back, spent as far as they go; always the sum of entries."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from typing import Any
from uuid import UUID, uuid4

import pytest

from app.core import db
from app.core.entity import named
from app.core.errors import Forbidden, Invalid, NotFound, OperationReused
from app.services import courses, records
from app.services.selling import loyalty, sales
from app.services.selling.sales import SaleItem, Tender
from tests.cast import Cast
from tests.databases import Database
from tests.stock.shop import SYSTEM, line_ids, look, product

_turn = iter(range(1, 1000))


@pytest.fixture(autouse=True)
def _sums(database: Database) -> Iterator[None]:
    """Whatever a test did, an account has what its entries say."""
    yield
    wrong = look(
        "SELECT count(*) AS n FROM loyalty_accounts a WHERE points <>"
        " (SELECT coalesce(sum(e.points), 0) FROM loyalty_entries e WHERE e.account_id = a.id)"
    )
    assert wrong.n == 0


@pytest.fixture(autouse=True)
def program(database: Database) -> UUID:
    """The one active program of these tests: two points for each unit spent."""
    known = look("SELECT id FROM loyalty_programs WHERE active")
    if known is not None:
        return UUID(str(known.id))
    records.create(SYSTEM, named("loyalty_program"), {"name": "Old", "points_per_unit": "5", "active": False})
    return records.create(SYSTEM, named("loyalty_program"), {"name": "Club", "points_per_unit": "2"}).id


def client() -> UUID:
    return records.create(SYSTEM, named("client"), {"name": f"Bo {next(_turn)}"}).id


def buy(cast: Cast, buyer: UUID | None, price: str = "12.30", quantity: str = "1") -> UUID:
    wrapping = product("Wrapping", tracks_stock=False, price=price)
    line = SaleItem(wrapping, quantity=quantity)
    total = sales.priced(cast.manager, cast.north, [line])[0].total
    return sales.ring_up(cast.frontdesk, cast.north, lines=[line], payments=[Tender("card", total)], client=buyer).id


def account(buyer: UUID) -> Any:
    return look("SELECT * FROM loyalty_accounts WHERE client_id = :id", id=buyer)


def test_a_client_joins_with_the_first_points(cast: Cast, program: UUID) -> None:
    buyer = client()
    sold = buy(cast, buyer)
    assert (account(buyer).points, account(buyer).program_id) == (24, program)
    entry = look("SELECT * FROM loyalty_entries WHERE sale_id = :id", id=sold)
    assert (entry.kind, entry.points) == ("earned", 24)
    buy(cast, buyer)
    assert account(buyer).points == 48


def test_nobody_and_small_change_earn_nothing(cast: Cast) -> None:
    buyer, before = client(), look("SELECT count(*) AS n FROM loyalty_entries").n
    buy(cast, None)
    buy(cast, buyer, price="0.49")
    assert account(buyer) is None
    assert look("SELECT count(*) AS n FROM loyalty_entries").n == before


def test_points_go_back_with_the_goods_to_the_last(cast: Cast) -> None:
    buyer = client()
    sold = buy(cast, buyer, price="3.33", quantity="3")
    assert account(buyer).points == 19
    (line,) = line_ids("sale_line", "sale_id", _Id(sold))
    left = []
    for _ in range(3):
        courses.take(cast.frontdesk, named("sale"), sold, "refund", lines={str(line): {"back": "1"}})
        left.append(account(buyer).points)
    assert left == [13, 7, 0]


def test_points_that_were_spent_on_it_come_back_too(cast: Cast) -> None:
    buyer = client()
    buy(cast, buyer, price="100")
    sold = buy(cast, buyer, price="10")
    loyalty.spend(cast.frontdesk, account(buyer).id, "150", sale=sold)
    assert account(buyer).points == 70
    courses.take(cast.frontdesk, named("sale"), sold, "refund")
    assert account(buyer).points == 200


def test_points_are_spent_as_far_as_they_go(cast: Cast) -> None:
    buyer, once = client(), uuid4()
    buy(cast, buyer, price="50")
    mine = account(buyer).id
    first = loyalty.spend(cast.frontdesk, mine, 60, note="Six off", operation=once)
    assert loyalty.spend(cast.frontdesk, mine, 60, note="Six off", operation=once).id == first.id
    with pytest.raises(OperationReused):
        loyalty.spend(cast.frontdesk, mine, 61, operation=once)
    with pytest.raises(Invalid) as refused:
        loyalty.spend(cast.frontdesk, mine, 41)
    assert "has 40 points, not 41." in refused.value.fields["points"]
    for points in ("0", "-5", "1.5", "a few", None, "9" * 20):
        with pytest.raises(Invalid):
            loyalty.spend(cast.frontdesk, mine, points)
    assert account(buyer).points == 40


def test_two_tills_do_not_spend_the_same_points(cast: Cast) -> None:
    buyer = client()
    buy(cast, buyer, price="50")
    mine, outcomes, at_once = account(buyer).id, list[str](), threading.Barrier(3)

    def spend() -> None:
        at_once.wait()
        try:
            loyalty.spend(cast.frontdesk, mine, 60)
            outcomes.append("spent")
        except Invalid:
            outcomes.append("refused")
        db.release()

    tills = [threading.Thread(target=spend) for _ in range(3)]
    for till in tills:
        till.start()
    for till in tills:
        till.join()
    assert sorted(outcomes) == ["refused", "refused", "spent"]
    assert account(buyer).points == 40


def test_corrections_are_the_managers_and_say_why(cast: Cast) -> None:
    buyer = client()
    buy(cast, buyer)
    mine = account(buyer).id
    with pytest.raises(Forbidden):
        loyalty.correct(cast.frontdesk, mine, 5, note="For waiting")
    with pytest.raises(Invalid, match="marked fields"):
        loyalty.correct(cast.manager, mine, 5, note=" ")
    with pytest.raises(Invalid):
        loyalty.correct(cast.manager, mine, -25, note="More than there are")
    loyalty.correct(cast.manager, mine, "-4", note="Counted twice")
    assert account(buyer).points == 20
    with pytest.raises(NotFound):
        loyalty.correct(cast.manager, uuid4(), 5, note="Nobody's")
    with pytest.raises((Forbidden, NotFound)):
        loyalty.spend(cast.north_clerk, mine, 1)


class _Id:
    """A record as far as its id goes."""

    def __init__(self, id: UUID) -> None:
        self.id = id
