"""Requests, step by step: who asks, who decides, what becomes of it, and what is refused."""

from __future__ import annotations

from uuid import UUID, uuid4

import pytest

from app.core.entity import Entity, named
from app.core.errors import AppError, Forbidden, Invalid, NotEnoughStock, NotFound, OtherSide, WrongState
from app.models.stock_request import StockRequest
from app.models.transfer import Transfer
from app.services import courses, records
from app.services.warehouse import requests
from tests.cast import Cast
from tests.stock import shop
from tests.stock.shop import SYSTEM, document, level, line_ids, look, on_shelf, product, state, stock_up, take


def draft(cast: Cast, *goods: tuple[UUID, str], by: str = "south_clerk", **given: object) -> Entity:
    """South asks North."""
    ends = {"from_location_id": cast.north, "to_location_id": cast.south}
    return shop.draft(getattr(cast, by), "stock_request", *goods, **ends | given)


def asked(cast: Cast, *goods: tuple[UUID, str]) -> Entity:
    found = draft(cast, *goods)
    take(cast.south_clerk, found, "request")
    return found


def lines(request: Entity) -> list[UUID]:
    return line_ids("stock_request_line", "stock_request_id", request)


def made(request: Entity) -> Entity:
    """The transfer that a request became."""
    id = look("SELECT id FROM transfers WHERE stock_request_id = :id", id=request.id).id
    return records.access.get(SYSTEM, Transfer, id)


def question(request: Entity) -> tuple[object, ...]:
    """The one question that stands about a request: how it was decided, who asked, who decided, and the note."""
    found = look("SELECT state, asked_by_id, decided_by_id, note, count(*) OVER () AS n FROM approvals"
                 " WHERE entity = 'stock_request' AND record_id = :id", id=request.id)  # fmt: skip
    assert found.n == 1
    return tuple(found)[:4]


def test_what_is_approved_becomes_a_transfer_and_ends_fulfilled(cast: Cast) -> None:
    tea, jam = product("Tea"), product("Jam")
    stock_up(cast.north, tea, 10)
    stock_up(cast.north, jam, 10)
    found = draft(cast, (tea, "4"), (jam, "2"))
    assert take(cast.south_clerk, found, "request").state == "requested"
    assert question(found) == ("waiting", cast.south_clerk.id, None, None)
    done = take(cast.manager, found, "approve")
    transfer = made(found)
    assert (done.state, done.made) == ("approved", ("transfer", str(transfer.id)))
    assert (transfer.state, transfer.from_location_id, transfer.to_location_id) == ("approved", cast.north, cast.south)
    assert level(cast.north, tea) == (10, 4, 6)
    assert level(cast.north, jam) == (10, 2, 8)
    take(cast.north_clerk, transfer, "dispatch")
    sent = line_ids("transfer_line", "transfer_id", transfer)
    take(cast.south_clerk, transfer, "receive", lines={sent[0]: {"received": "4"}, sent[1]: {"received": "2"}})
    assert state(found) == "fulfilled"
    assert on_shelf(cast.south, tea) == 4


def test_a_part_is_approved_and_a_line_of_nothing_is_left_out(cast: Cast) -> None:
    tea, jam = product("Tea"), product("Jam")
    stock_up(cast.north, tea, 3)
    found = asked(cast, (tea, "5"), (jam, "2"))
    one, other = lines(found)
    take(
        cast.manager,
        found,
        "approve",
        {"answer": "Jam is out."},
        lines={one: {"approved": "3"}, other: {"approved": "0"}},
    )
    kept = look("SELECT array_agg(approved_quantity ORDER BY id) AS q FROM stock_request_lines"
                " WHERE stock_request_id = :id", id=found.id)  # fmt: skip
    assert kept.q == [3, 0]
    sent = look("SELECT count(*) AS n, sum(quantity) AS q FROM transfer_lines WHERE transfer_id = :id",
                id=made(found).id)  # fmt: skip
    assert (sent.n, sent.q) == (1, 3)
    row = look("SELECT answer, decided_by_id FROM stock_requests WHERE id = :id", id=found.id)
    assert (row.answer, row.decided_by_id) == ("Jam is out.", cast.manager.id)


@pytest.mark.parametrize(
    ("approved", "said"),
    [
        ("6", "Only 5 are asked for."),
        ("-1", "At least 0."),
        ("0.0001", "At most 3 decimal places."),
        ("1.5", "comes in whole pieces only."),
        ("", "Please fill this in."),
        ("1e30", "That number is too large."),
        ("lots", "Write a number."),
        ("0", "Approve something, or reject the request."),
    ],
)
def test_no_other_quantity_is_approved(cast: Cast, approved: str, said: str) -> None:
    tea = product("Tea", unit="piece")
    stock_up(cast.north, tea, 9)
    found = asked(cast, (tea, "5"))
    with pytest.raises(Invalid) as refused:
        take(cast.manager, found, "approve", lines={lines(found)[0]: {"approved": approved}})
    told = refused.value.fields.get(f"line.{lines(found)[0]}.approved", refused.value.message)
    assert said in told
    assert state(found) == "requested"
    assert level(cast.north, tea) == (9, 0, 9)


def test_what_is_not_there_is_not_approved(cast: Cast) -> None:
    tea = product("Tea")
    stock_up(cast.north, tea, 2)
    found = asked(cast, (tea, "5"))
    with pytest.raises(NotEnoughStock):
        take(cast.manager, found, "approve")
    assert state(found) == "requested"
    assert look("SELECT count(*) AS n FROM transfers WHERE stock_request_id = :id", id=found.id).n == 0
    kept = look("SELECT max(approved_quantity) AS q FROM stock_request_lines WHERE stock_request_id = :id", id=found.id)
    assert kept.q is None


def test_a_refusal_says_why(cast: Cast) -> None:
    found = asked(cast, (product("Tea"), "5"))
    with pytest.raises(Invalid) as refused:
        take(cast.manager, found, "reject")
    assert refused.value.fields == {"answer": "Please fill this in."}
    take(cast.manager, found, "reject", {"answer": "We need it ourselves."})
    row = look("SELECT state, answer, decided_by_id FROM stock_requests WHERE id = :id", id=found.id)
    assert tuple(row) == ("rejected", "We need it ourselves.", cast.manager.id)
    assert question(found) == ("rejected", cast.south_clerk.id, cast.manager.id, "We need it ourselves.")


def test_what_is_not_needed_any_more_waits_for_nobody(cast: Cast) -> None:
    found = asked(cast, (product("Tea"), "5"))
    take(cast.south_clerk, found, "cancel")
    assert question(found)[0] == "withdrawn"


@pytest.mark.parametrize(
    ("who", "verb", "at"),
    [
        ("north_clerk", "request", "draft"),
        ("north_clerk", "cancel", "requested"),
        ("north_clerk", "approve", "requested"),
        ("south_clerk", "approve", "requested"),
        ("south_clerk", "reject", "requested"),
        ("viewer", "request", "draft"),
        ("frontdesk", "cancel", "requested"),
    ],
)
def test_who_asks_and_who_decides(cast: Cast, who: str, verb: str, at: str) -> None:
    tea = product("Tea")
    stock_up(cast.north, tea, 5)
    found = draft(cast, (tea, "1")) if at == "draft" else asked(cast, (tea, "1"))
    given = {"answer": "No"} if verb == "reject" else {}
    with pytest.raises((OtherSide, Forbidden, NotFound)):
        take(getattr(cast, who), found, verb, given)
    assert state(found) == at
    assert level(cast.north, tea) == (5, 0, 5)


def test_a_request_between_others_is_nobody_elses(cast: Cast) -> None:
    lines = [{"product_id": product("Tea"), "quantity": "1"}]
    found = document(
        cast.admin,
        "stock_request",
        {"stock_request_line": lines},
        from_location_id=cast.elsewhere,
        to_location_id=cast.south,
    )
    with pytest.raises(NotFound):
        take(cast.north_clerk, found, "request")
    take(cast.south_clerk, found, "request")
    for verb, given in (("approve", {}), ("reject", {"answer": "No"})):
        with pytest.raises(OtherSide):
            take(cast.manager, found, verb, given)
    assert state(found) == "requested"


def test_who_is_asked_does_not_withdraw_it(cast: Cast) -> None:
    found = document(
        cast.admin,
        "stock_request",
        {"stock_request_line": [{"product_id": product("Tea"), "quantity": "1"}]},
        from_location_id=cast.north,
        to_location_id=cast.elsewhere,
    )
    for at in ("draft", "requested"):
        with pytest.raises(OtherSide):
            take(cast.manager, found, "cancel")
        assert state(found) == at
        if at == "draft":
            with pytest.raises(OtherSide):
                take(cast.manager, found, "request")
            take(cast.admin, found, "request")


@pytest.mark.parametrize(("way", "at", "verbs"), [
    ((), "draft", {"request", "cancel"}),
    (("request",), "requested", {"approve", "reject", "cancel"}),
    (("request", "approve"), "approved", set()),
    (("request", "reject"), "rejected", set()),
    (("cancel",), "cancelled", set()),
])  # fmt: skip
def test_every_state_has_exactly_its_steps(cast: Cast, way: tuple[str, ...], at: str, verbs: set[str]) -> None:
    tea = product("Tea")
    stock_up(cast.north, tea, 5)
    found = draft(cast, (tea, "5"))
    for verb in way:
        take(cast.admin, found, verb, {"answer": "No"} if verb == "reject" else {})
    assert state(found) == at
    record = records.access.get(cast.admin, StockRequest, found.id)
    assert {step.verb for step in courses.open_to(cast.admin, record)} == verbs
    for step in requests.STEPS:
        if step.verb not in verbs:
            with pytest.raises(WrongState):
                take(cast.admin, found, step.verb, {"answer": "No"} if step.asks else {})
    assert state(found) == at


@pytest.mark.parametrize("quantity", ["0", "-1", "0.0001", "1e30", "99999999", "1.5", "NaN", "a lot"])
def test_quantities_that_cannot_be_are_refused(cast: Cast, quantity: str) -> None:
    tea = product("Tea", unit="piece")
    with pytest.raises(AppError) as refused:
        asked(cast, (tea, quantity))
    assert refused.value.status == 422


@pytest.mark.parametrize(
    ("given", "said"), [({"active": False}, "no longer active"), ({"tracks_stock": False}, "no stock")]
)
def test_products_that_cannot_be_sent_are_not_asked_for(cast: Cast, given: dict[str, object], said: str) -> None:
    found = draft(cast, (product("Tea", **given), "1"))
    with pytest.raises(Invalid) as refused:
        take(cast.south_clerk, found, "request")
    assert said in refused.value.fields[f"line.{lines(found)[0]}.quantity"]
    assert state(found) == "draft"


@pytest.mark.parametrize(
    ("side", "given", "said"),
    [
        ("from_location_id", {"active": False}, "closed: nothing is sent from there"),
        ("to_location_id", {"active": False}, "closed: nothing can be sent there"),
        ("to_location_id", {"receives_transfers": False}, "doesn't take transfers"),
    ],
)
def test_locations_that_take_no_part(cast: Cast, side: str, given: dict[str, object], said: str) -> None:
    code = f"X{uuid4().hex[:6]}"
    shut = records.create(SYSTEM, named("location"), {"code": code, "name": "Shut", **given})
    found = draft(cast, (product("Tea"), "1"), by="admin", **{side: shut.id})
    with pytest.raises(Invalid) as refused:
        take(cast.admin, found, "request")
    assert said in refused.value.fields[side]
    assert state(found) == "draft"


def test_nothing_is_not_asked_for(cast: Cast) -> None:
    found = draft(cast)
    with pytest.raises(Invalid, match="at least one line"):
        take(cast.south_clerk, found, "request")
    assert state(found) == "draft"


def test_approved_twice_it_is_one_transfer(cast: Cast) -> None:
    tea = product("Tea")
    stock_up(cast.north, tea, 10)
    found, once = asked(cast, (tea, "4")), uuid4()
    assert take(cast.manager, found, "approve", operation=once) == take(cast.manager, found, "approve", operation=once)
    with pytest.raises(WrongState):
        take(cast.manager, found, "approve")
    assert look("SELECT count(*) AS n FROM transfers WHERE stock_request_id = :id", id=found.id).n == 1
    assert level(cast.north, tea) == (10, 4, 6)
