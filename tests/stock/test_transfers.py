"""Transfers, step by step: who may take which, what moves, and what is refused without leaving anything half done."""

from __future__ import annotations

from decimal import Decimal
from uuid import UUID, uuid4

import pytest

from app.core import access, db
from app.core.entity import Entity, named
from app.core.errors import (
    ChangedMeanwhile,
    Closed,
    Forbidden,
    Invalid,
    NotEnoughStock,
    NotFound,
    OperationReused,
    OtherSide,
    WrongState,
)
from app.models.transfer import Transfer
from app.services import courses, documents, records
from app.services.warehouse import transfers
from tests.cast import Cast
from tests.stock import shop
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


def draft(cast: Cast, *goods: tuple[UUID, str], by: str = "north_clerk", **given: object) -> Entity:
    """A transfer from North to South."""
    ends = {"from_location_id": cast.north, "to_location_id": cast.south}
    return shop.draft(getattr(cast, by), "transfer", *goods, **ends | given)


def approved(cast: Cast, *goods: tuple[UUID, str]) -> Entity:
    found = draft(cast, *goods)
    take(cast.north_clerk, found, "request")
    take(cast.manager, found, "approve")
    return found


def sent(cast: Cast, *goods: tuple[UUID, str]) -> Entity:
    found = approved(cast, *goods)
    take(cast.north_clerk, found, "dispatch")
    return found


def lines(transfer: Entity) -> list[UUID]:
    return line_ids("transfer_line", "transfer_id", transfer)


def test_goods_go_from_shelf_to_way_to_shelf(cast: Cast) -> None:
    tea, jam = product("Tea"), product("Jam")
    stock_up(cast.north, tea, 10)
    stock_up(cast.north, jam, 5)
    found = draft(cast, (tea, "4"), (jam, "5"))
    assert take(cast.north_clerk, found, "request").state == "requested"
    take(cast.manager, found, "approve")
    assert level(cast.north, tea) == (10, 4, 6)
    take(cast.north_clerk, found, "dispatch")
    assert level(cast.north, tea) == (6, 0, 6)
    assert on_shelf(cast.north, jam) == 0
    assert level(cast.north, tea, "transit")[0] == 4
    done = take(cast.south_clerk, found, "receive", lines={line: {"received": "4"} for line in lines(found)[:1]})
    assert done.state == "partly_received"
    assert on_shelf(cast.south, tea) == 4
    done = take(cast.south_clerk, found, "receive", lines={lines(found)[1]: {"received": "5"}})
    assert done.state == "closed"
    assert done.said.endswith("everything is accounted for.")
    assert level(cast.north, tea, "transit")[0] == 0
    assert on_shelf(cast.south, jam) == 5


def test_what_comes_broken_refused_or_not_at_all_has_its_place(cast: Cast) -> None:
    tea, why = product("Tea"), reason("Broken")
    stock_up(cast.north, tea, 10)
    found = sent(cast, (tea, "10"))
    (line,) = lines(found)
    take(
        cast.south_clerk,
        found,
        "receive",
        {"reason": why},
        lines={line: {"received": "5", "damaged": "2", "refused": "1"}},
    )
    assert (on_shelf(cast.south, tea), on_shelf(cast.north, tea)) == (5, 1)
    assert level(cast.south, tea, "loss")[0] == 2
    done = take(cast.south_clerk, found, "close", {"reason": why})
    assert done.state == "closed"
    assert level(cast.south, tea, "loss")[0] == 4
    assert level(cast.north, tea, "transit")[0] == 0
    kept = look("SELECT * FROM transfer_lines WHERE id = :id", id=line)
    assert (kept.received_quantity, kept.damaged_quantity, kept.returned_quantity, kept.short_quantity) == (5, 2, 1, 2)


def test_a_whole_transfer_is_sent_back(cast: Cast) -> None:
    tea = product("Tea")
    stock_up(cast.north, tea, 3)
    found = sent(cast, (tea, "3"))
    assert take(cast.south_clerk, found, "return").state == "returned"
    assert on_shelf(cast.north, tea) == 3


def test_cancelling_frees_what_was_held(cast: Cast) -> None:
    tea = product("Tea")
    stock_up(cast.north, tea, 3)
    found = approved(cast, (tea, "3"))
    assert level(cast.north, tea)[2] == 0
    take(cast.north_clerk, found, "cancel")
    assert level(cast.north, tea) == (3, 0, 3)


def test_less_is_sent_than_was_asked_for(cast: Cast) -> None:
    tea = product("Tea")
    stock_up(cast.north, tea, 5)
    found = approved(cast, (tea, "5"))
    take(cast.north_clerk, found, "dispatch", lines={lines(found)[0]: {"sent": "2"}})
    assert level(cast.north, tea) == (3, 0, 3)
    assert level(cast.north, tea, "transit")[0] == 2


def test_every_short_line_is_named_with_what_there_is(cast: Cast) -> None:
    tea, jam = product("Tea"), product("Jam")
    stock_up(cast.north, tea, 1)
    stock_up(cast.north, jam, 2)
    found = draft(cast, (tea, "5"), (jam, "7"))
    take(cast.north_clerk, found, "request")
    with pytest.raises(NotEnoughStock) as refused:
        take(cast.manager, found, "approve")
    assert {(line.product, line.available) for line in refused.value.lines} == {(tea, Decimal(1)), (jam, Decimal(2))}
    assert "North has 1 of Tea" in refused.value.message
    assert "North has 2 of Jam" in refused.value.message
    assert state(found) == "requested"
    assert level(cast.north, tea) == (1, 0, 1)


@pytest.mark.parametrize(
    ("who", "verb", "at"),
    [
        ("south_clerk", "dispatch", "approved"),
        ("north_clerk", "receive", "dispatched"),
        ("north_clerk", "close", "dispatched"),
        ("north_clerk", "return", "dispatched"),
        ("north_clerk", "approve", "requested"),
        ("viewer", "dispatch", "approved"),
        ("frontdesk", "receive", "dispatched"),
    ],
)
def test_each_side_does_its_own_part_only(cast: Cast, who: str, verb: str, at: str) -> None:
    tea, why = product("Tea"), reason()
    stock_up(cast.north, tea, 5)
    found = draft(cast, (tea, "5"))
    for wanted, actor in (("request", cast.north_clerk), ("approve", cast.manager), ("dispatch", cast.north_clerk)):
        if state(found) != at:
            take(actor, found, wanted)
    given = {"reason": why} if verb in ("close",) else {}
    with pytest.raises((OtherSide, Forbidden, NotFound)):
        take(getattr(cast, who), found, verb, given)
    assert state(found) == at


def test_nobody_from_elsewhere_learns_of_it(cast: Cast) -> None:
    tea = product("Tea")
    found = document(
        cast.admin,
        "transfer",
        {"transfer_line": [{"product_id": tea, "quantity": "1"}]},
        from_location_id=cast.south,
        to_location_id=cast.elsewhere,
    )
    with pytest.raises(NotFound):
        take(cast.north_clerk, found, "request")


@pytest.mark.parametrize(("at", "verbs"), [
    ("draft", {"request", "cancel"}),
    ("requested", {"approve", "cancel"}),
    ("approved", {"dispatch", "cancel"}),
    ("dispatched", {"receive", "close", "return"}),
    ("closed", set()),
    ("cancelled", set()),
])  # fmt: skip
def test_every_state_has_exactly_its_steps(cast: Cast, at: str, verbs: set[str]) -> None:
    tea = product("Tea")
    stock_up(cast.north, tea, 5)
    found = draft(cast, (tea, "5"))
    way = {"draft": (), "requested": ("request",), "approved": ("request", "approve"), "cancelled": ("cancel",)}
    for verb in way.get(at, ("request", "approve", "dispatch")):
        take(cast.admin, found, verb)
    if at == "closed":
        take(cast.admin, found, "receive", lines={lines(found)[0]: {"received": "5"}})
    record = access.get(cast.admin, Transfer, found.id)
    assert {step.verb for step in courses.open_to(cast.admin, record)} == verbs
    for step in transfers.STEPS:
        if step.verb not in verbs:
            with pytest.raises((WrongState, Invalid)):
                take(cast.admin, found, step.verb)


@pytest.mark.parametrize("quantity", ["0", "-1", "0.0001", "1e30", "99999999", "1.5", "NaN", "a lot", "²"])
def test_quantities_that_cannot_be_are_refused_at_their_line(cast: Cast, quantity: str) -> None:
    tea = product("Tea", unit="piece")
    stock_up(cast.north, tea, 5)
    with pytest.raises(Invalid):
        take(cast.north_clerk, draft(cast, (tea, quantity)), "request")
    assert level(cast.north, tea) == (5, 0, 5)


@pytest.mark.parametrize("given", [{"active": False}, {"tracks_stock": False}])
def test_products_that_do_not_move_are_refused(cast: Cast, given: dict[str, object]) -> None:
    tea = product("Tea", **given)
    found = draft(cast, (tea, "1"))
    with pytest.raises(Invalid):
        take(cast.north_clerk, found, "request")


def test_nothing_is_sent_to_who_takes_no_transfers(cast: Cast) -> None:
    shut = records.create(SYSTEM, named("location"), {"code": "SHUT", "name": "Shut", "receives_transfers": False})
    tea = product("Tea")
    stock_up(cast.north, tea, 1)
    found = draft(cast, (tea, "1"), to_location_id=shut.id)
    with pytest.raises(Invalid, match="Shut doesn't take transfers"):
        take(cast.north_clerk, found, "request")


def test_no_more_is_received_than_was_sent(cast: Cast) -> None:
    tea = product("Tea")
    stock_up(cast.north, tea, 5)
    found = sent(cast, (tea, "5"))
    (line,) = lines(found)
    with pytest.raises(Invalid) as refused:
        take(cast.south_clerk, found, "receive", lines={line: {"received": "4", "refused": "2"}})
    assert refused.value.fields == {f"line.{line}.received": "Only 5 of it are on the way."}
    assert on_shelf(cast.south, tea) == 0
    assert state(found) == "dispatched"


def test_who_counts_blind_is_not_told_by_a_refusal(cast: Cast) -> None:
    tea = product("Tea")
    stock_up(cast.north, tea, 5)
    found = draft(cast, (tea, "5"), blind_receive="true")
    for actor, verb in ((cast.north_clerk, "request"), (cast.manager, "approve"), (cast.north_clerk, "dispatch")):
        take(actor, found, verb)
    (line,) = lines(found)
    with pytest.raises(Invalid) as refused:
        take(cast.south_clerk, found, "receive", lines={line: {"received": "6"}})
    assert "5" not in refused.value.fields[f"line.{line}.received"]


def test_a_line_of_another_document_is_not_received(cast: Cast) -> None:
    tea = product("Tea")
    stock_up(cast.north, tea, 9)
    one, other = sent(cast, (tea, "5")), sent(cast, (tea, "4"))
    with pytest.raises(NotFound):
        take(cast.south_clerk, one, "receive", lines={lines(other)[0]: {"received": "1"}})


def test_sent_twice_it_happens_once(cast: Cast) -> None:
    tea = product("Tea")
    stock_up(cast.north, tea, 5)
    found = sent(cast, (tea, "5"))
    (line,) = lines(found)
    once = uuid4()
    first = take(cast.south_clerk, found, "receive", lines={line: {"received": "2"}}, operation=once)
    again = take(cast.south_clerk, found, "receive", lines={line: {"received": "2"}}, operation=once)
    assert again == first
    assert on_shelf(cast.south, tea) == 2
    with pytest.raises(OperationReused):
        take(cast.south_clerk, found, "receive", lines={line: {"received": "3"}}, operation=once)


def test_what_changed_since_one_looked_is_looked_at_again(cast: Cast) -> None:
    tea, jam = product("Tea"), product("Jam")
    stock_up(cast.north, tea, 5)
    found = draft(cast, (tea, "1"))
    with db.reading(cast.north_clerk) as session:
        seen = documents.mark_of(session, found)
    records.create(cast.manager, named("transfer_line"), {"transfer_id": found.id, "product_id": jam, "quantity": "9"})
    with pytest.raises(ChangedMeanwhile):
        take(cast.north_clerk, found, "request", seen=seen)
    assert state(found) == "draft"


def test_what_was_sent_is_edited_no_more(cast: Cast) -> None:
    tea = product("Tea")
    stock_up(cast.north, tea, 5)
    found = sent(cast, (tea, "5"))
    record = access.get(cast.manager, Transfer, found.id)
    with pytest.raises(Closed):
        records.change(cast.manager, Transfer, found.id, {"note": "x"}, expected_version=record.version)
    with pytest.raises(Closed):
        records.change(cast.manager, named("transfer_line"), lines(found)[0], {"quantity": "1"},
                       expected_version=look("SELECT version FROM transfer_lines WHERE id = :id", id=lines(found)[0]).version)  # fmt: skip
    with pytest.raises((Closed, Forbidden)):
        records.remove(cast.manager, Transfer, found.id, expected_version=record.version)
