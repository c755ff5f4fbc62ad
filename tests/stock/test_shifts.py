"""Shifts: one at a register, closed with what is counted beside what is expected."""

from __future__ import annotations

from decimal import Decimal
from uuid import UUID

import pytest

from app.core import access, db
from app.core.entity import Entity, named
from app.core.errors import Forbidden, Invalid, NotFound, WrongState
from app.models.register import Shift
from app.services import courses, records
from app.services.selling import sales, shifts
from app.services.selling.sales import SaleItem, Tender
from tests.cast import Cast
from tests.stock.shop import SYSTEM, document, look, product, state, take

_turn = iter(range(1, 1000))


def register(place: UUID, **given: object) -> UUID:
    """A drawer at a location."""
    turn = next(_turn)
    values = {"name": f"Desk {turn}", "code": f"R{turn}", "location_id": place} | given
    return records.create(SYSTEM, named("register"), values).id


def opened(cast: Cast, drawer: UUID, cash: str = "100") -> Entity:
    return shifts.open(cast.frontdesk, drawer, opening_cash=cash)


def sell(cast: Cast, drawer: UUID, *payments: Tender, price: str = "10") -> UUID:
    wrapping = product("Wrapping", tracks_stock=False, price=price)
    lines = [SaleItem(wrapping)]
    return sales.ring_up(cast.frontdesk, cast.north, lines=lines, payments=payments, register=drawer).id


def test_what_is_expected_is_what_was_there_and_what_came_in_as_cash(cast: Cast) -> None:
    drawer = register(cast.north)
    shift = opened(cast, drawer)
    sell(cast, drawer, Tender("cash", "20"), price="12.50")
    sell(cast, drawer, Tender("cash", "5"), Tender("card", "5"))
    sell(cast, drawer, Tender("card", "10"))
    back = sell(cast, drawer, Tender("cash", "10"))
    courses.take(cast.frontdesk, named("sale"), back, "refund")
    # A sale that is still open isn't sold: what is written down for it is no cash of the shift.
    grids = {"payment": [{"method": "cash", "amount": "7"}]}
    document(cast.frontdesk, "sale", grids, location_id=cast.north, register_id=drawer, shift_id=shift.id)
    done = take(cast.frontdesk, shift, "close", {"counted_cash": "115", "note": "A coin rolled away"})
    assert done.said.endswith("117.50 expected, 115.00 counted, 2.50 missing.")
    kept = look("SELECT * FROM shifts WHERE id = :id", id=shift.id)
    assert (kept.state, kept.expected_cash, kept.difference) == ("closed", Decimal("117.50"), Decimal("-2.50"))
    assert (kept.closed_by_id, kept.opened_by_id) == (cast.frontdesk.id, cast.frontdesk.id)
    assert kept.note == "A coin rolled away"


def test_a_register_has_one_open_shift(cast: Cast) -> None:
    drawer = register(cast.north)
    first = opened(cast, drawer)
    with pytest.raises(Invalid, match="open already"):
        opened(cast, drawer)
    given = {"register_id": drawer, "location_id": cast.north}
    with pytest.raises(Invalid, match="close it first"):
        records.create(cast.frontdesk, Shift, given)
    take(cast.frontdesk, first, "close", {"counted_cash": "100"})
    opened(cast, drawer)


def test_a_closed_shift_takes_no_more_sales(cast: Cast) -> None:
    drawer = register(cast.north)
    with pytest.raises(Invalid, match="No shift is open"):
        sell(cast, drawer, Tender("cash", "10"))
    shift = opened(cast, drawer)
    sold = sell(cast, drawer, Tender("cash", "10"))
    take(cast.frontdesk, shift, "close", {"counted_cash": "110"})
    with pytest.raises(Invalid, match="No shift is open"):
        sell(cast, drawer, Tender("cash", "10"))
    with pytest.raises(Invalid, match="No shift is open"):
        courses.take(cast.frontdesk, named("sale"), sold, "refund")
    done = courses.take(cast.frontdesk, named("sale"), sold, "refund", {"method": "card"})
    assert done.state == "refunded"
    with pytest.raises(WrongState):
        take(cast.frontdesk, shift, "close", {"counted_cash": "110"})


@pytest.mark.parametrize("counted", [None, "", "-1", "1.234", "a lot", "1e30"])
def test_cash_is_counted_in_amounts_that_can_be(cast: Cast, counted: str | None) -> None:
    shift = opened(cast, register(cast.north))
    with pytest.raises(Invalid) as refused:
        take(cast.frontdesk, shift, "close", {"counted_cash": counted})
    assert set(refused.value.fields) == {"counted_cash"}
    assert state(shift) == "open"


def test_shifts_are_the_front_desks_of_their_place(cast: Cast) -> None:
    shift = opened(cast, register(cast.north))
    for who, refusal in (
        (cast.viewer, Forbidden),
        (cast.north_clerk, (Forbidden, NotFound)),
        (cast.south_clerk, NotFound),
    ):
        with pytest.raises(refusal):
            take(who, shift, "close", {"counted_cash": "100"})
    with pytest.raises(NotFound):
        shifts.open(cast.frontdesk, register(cast.south))
    with db.reading(cast.frontdesk):
        steps = courses.open_to(cast.frontdesk, access.get(cast.frontdesk, Shift, shift.id))
    assert [step.verb for step in steps] == ["close"]
    assert state(shift) == "open"


def test_a_shift_is_worked_where_its_register_stands(cast: Cast) -> None:
    drawer, other = register(cast.north), register(cast.south)
    for given in (
        {"register_id": drawer, "location_id": cast.south},
        {"register_id": other, "location_id": cast.north},
    ):
        with pytest.raises(Invalid) as refused:
            records.create(cast.manager, Shift, given)
        assert "isn't there" in refused.value.fields["location_id"]
    shift = records.create(cast.manager, Shift, {"register_id": drawer, "location_id": cast.north})
    for changed in ({"location_id": cast.south}, {"register_id": other}):
        with pytest.raises(Invalid) as refused:
            records.change(cast.manager, Shift, shift.id, changed, expected_version=shift.version)
        assert "isn't there" in refused.value.fields["location_id"]
    moved = {"register_id": other, "location_id": cast.south}
    records.change(cast.manager, Shift, shift.id, moved, expected_version=shift.version)
    kept = look("SELECT location_id, register_id FROM shifts WHERE id = :id", id=shift.id)
    assert tuple(kept) == (cast.south, other)


def test_a_register_that_is_no_longer_used_stays_shut(cast: Cast) -> None:
    with pytest.raises(Invalid, match="no longer in use"):
        shifts.open(cast.frontdesk, register(cast.north, active=False))
