"""A deed is whose it was: nobody does anything under somebody else's operation, and no history says they did."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any
from uuid import UUID

import pytest

from app.core import db
from app.core.entity import named
from app.core.errors import OperationReused
from app.core.ids import uuid7
from app.services import many_records, records
from app.services.history import deeds, undo
from app.services.history.walking import Asked
from tests.cast import Cast
from tests.history.test_undo import BRAND, bulk, newest, stored
from tests.stock import shop
from tests.web import Browser


def brand(cast: Cast, **given: object) -> Any:
    return records.create(cast.manager, BRAND, {"name": f"Whose {uuid7()}"} | given)


def edited(cast: Cast) -> UUID:
    return UUID(bulk(cast, 1, note="Checked")[1])


def undone(cast: Cast) -> UUID:
    return undo.operation(cast.manager, str(edited(cast))).operation


def deleted(cast: Cast) -> UUID:
    key = uuid7()
    records.remove(cast.manager, BRAND, brand(cast).id, expected_version=1, operation=key)
    return key


@pytest.mark.parametrize("used", [edited, undone, deleted])
def test_nothing_is_done_under_an_operation_that_was_somebody_elses(used: Callable[[Cast], UUID], cast: Cast) -> None:
    theirs, mine = used(cast), brand(cast, note="first")
    records.change(cast.admin, BRAND, mine.id, {"note": "second"}, expected_version=1)
    ways: list[Callable[[], Any]] = [
        lambda: records.change(cast.admin, BRAND, mine.id, {"note": "third"}, expected_version=2, operation=theirs),
        lambda: records.remove(cast.admin, BRAND, mine.id, expected_version=2, operation=theirs),
        lambda: many_records.change(cast.admin, BRAND, [(mine.id, 2)], {"note": "third"}, operation=theirs),
        lambda: undo.operation(cast.admin, str(newest(BRAND, mine.id).transaction), under=theirs),
    ]
    for way in ways:
        with pytest.raises(OperationReused):
            way()
    assert stored(BRAND, mine.id).note == "second"


def test_the_door_of_undo_refuses_it_in_a_sentence_that_tells_nothing(
    cast: Cast, browsers: Callable[[str], Browser]
) -> None:
    made, key = bulk(cast, 1, note="Checked")
    sent = {"operation": key}
    answer = browsers("admin").post(f"/undo/{key}", data=sent, headers={"Accept": "application/json"})
    assert (answer.status_code, answer.json["error"]) == (422, "operation_reused")
    assert "Manager" not in answer.text
    assert stored(BRAND, made[0].id).note == "Checked"


def test_a_deletion_that_is_sent_again_has_been_done(cast: Cast) -> None:
    made, key = brand(cast), uuid7()
    for _ in range(2):
        records.remove(cast.manager, BRAND, made.id, expected_version=1, operation=key)
    assert stored(BRAND, made.id) is None


def test_what_two_people_did_under_one_id_are_two_deeds_and_go_back_one_by_one(cast: Cast) -> None:
    key, made = uuid7(), brand(cast)
    for version, (actor, column) in enumerate(((cast.manager, "note"), (cast.admin, "website")), 1):
        with db.transaction(actor, operation=key):
            given = {column: "https://example.com/"}
            records.change(actor, BRAND, made.id, given, expected_version=version)
    told = deeds.of_record(cast.manager, BRAND, made.id, Asked()).deeds
    assert [(deed.by, deed.count) for deed in told] == [("Admin", 1), ("Manager", 1), ("Manager", 1)]
    opened = deeds.of_record(cast.manager, BRAND, made.id, Asked(operation=told[1].key)).deeds
    assert [(deed.by, deed.count) for deed in opened] == [("Manager", 1)]
    assert undo.operation(cast.manager, told[1].key).count("back") == 1
    assert (stored(BRAND, made.id).note, stored(BRAND, made.id).website) == (None, "https://example.com/")


def test_a_step_that_touched_stock_is_reversed_and_not_undone(cast: Cast) -> None:
    good = shop.product()
    shop.stock_up(cast.north, good, 5)
    lines = {"order_line": [{"product_id": good, "quantity": "2", "unit_price": "10"}]}
    order = shop.document(cast.manager, "order", lines, location_id=cast.north)
    shop.take(cast.manager, order, "confirm")
    change = newest(named("order"), order.id)
    for actor in (cast.manager, cast.admin):
        done = undo.operation(actor, change.operation or str(change.transaction))
        assert {outcome.state for outcome in done.outcomes} == {"left"}
        assert "reverse it instead" in done.outcomes[0].message
    assert shop.state(order) == "confirmed"
