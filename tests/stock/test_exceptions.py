"""Exceptions: what did not add up is told once, waits for somebody, and says in the end what it was."""

from __future__ import annotations

import re
import threading
from decimal import Decimal
from typing import Any
from uuid import UUID

import pytest
import sqlalchemy as sa

from app.core import access, db
from app.core.entity import Entity, named
from app.core.errors import Closed, Forbidden, Invalid, NotFound, WrongState
from app.models.stock_exception import StockException
from app.services import courses, records
from app.services.stock import ledger, reports
from app.services.stock.ledger import Move, Place
from app.services.warehouse import exceptions
from app.services.warehouse.exceptions import Found
from tests.cast import Cast
from tests.databases import Database
from tests.stock.shop import SYSTEM, document, look, product, state, stock_up, take


def found_at(cast: Cast, place: UUID | None = None) -> Entity:
    """Something to resolve, at North unless said."""
    found = Found("other", place or cast.north, product("Tea"), summary="One box too many.", quantity=Decimal(1))
    (id,) = exceptions.report(SYSTEM, [found])
    return access.get(SYSTEM, StockException, id)


def kept(record: Entity) -> Any:
    return look("SELECT * FROM stock_exceptions WHERE id = :id", id=record.id)


def test_what_was_sold_without_being_there_waits_to_be_resolved(cast: Cast) -> None:
    tea = product("Tea")
    stock_up(cast.north, tea, 1)
    ledger.move(SYSTEM, [Move(tea, Place("shelf", cast.north), Place("customer", cast.north), Decimal(3))], facts=True)
    told = look("SELECT * FROM stock_exceptions WHERE product_id = :id", id=tea)
    assert (told.kind, told.quantity, told.state) == ("oversold", 2, "open")


def test_resolving_says_what_it_was_and_who_looked(cast: Cast) -> None:
    found = found_at(cast)
    with pytest.raises(Invalid) as refused:
        take(cast.manager, found, "resolve", {"resolution": "  "})
    assert refused.value.fields == {"resolution": "Please fill this in."}
    assert state(found) == "open"
    take(cast.manager, found, "resolve", {"resolution": "It was in the cellar."})
    row = kept(found)
    assert (row.state, row.resolution, row.resolved_by_id) == ("resolved", "It was in the cellar.", cast.manager.id)
    assert row.owner_id == cast.manager.id, "whoever resolves what was nobody's has looked after it"
    assert row.resolved_at is not None


def test_whoever_looks_after_it_stays_its_owner(cast: Cast) -> None:
    found = found_at(cast)
    version = kept(found).version
    records.change(cast.manager, StockException, found.id, {"owner_id": cast.admin.id}, expected_version=version)
    take(cast.manager, found, "resolve", {"resolution": "Found."})
    assert kept(found).owner_id == cast.admin.id


def test_what_comes_up_again_is_opened_again(cast: Cast) -> None:
    found = found_at(cast)
    take(cast.manager, found, "resolve", {"resolution": "Found."})
    with pytest.raises(WrongState):
        take(cast.manager, found, "resolve", {"resolution": "Found."})
    take(cast.manager, found, "reopen")
    row = kept(found)
    assert (row.state, row.resolved_at, row.resolved_by_id, row.resolution) == ("open", None, None, "Found.")
    with db.reading(cast.manager):
        record = access.get(cast.manager, StockException, found.id)
        assert {step.verb for step in courses.open_to(cast.manager, record)} == {"resolve"}


@pytest.mark.parametrize(("who", "error"), [
    ("north_clerk", Forbidden), ("viewer", Forbidden), ("south_clerk", NotFound), ("nobody", NotFound),
])  # fmt: skip
def test_only_managers_of_the_place_resolve(cast: Cast, who: str, error: type[Exception]) -> None:
    found = found_at(cast)
    with pytest.raises(error):
        take(getattr(cast, who), found, "resolve", {"resolution": "Nothing to see."})
    assert state(found) == "open"


def test_what_is_found_in_a_step_that_fails_was_not_found(cast: Cast) -> None:
    tea = product("Tea")

    def step_that_fails() -> None:
        with db.transaction(cast.north_clerk):
            exceptions.report(cast.north_clerk, [Found("other", cast.north, tea)])
            raise RuntimeError("and then it fails")

    with pytest.raises(RuntimeError):
        step_that_fails()
    assert look("SELECT count(*) AS n FROM stock_exceptions WHERE product_id = :id", id=tea).n == 0


def test_what_was_resolved_is_edited_no_more(cast: Cast) -> None:
    found = found_at(cast)
    take(cast.manager, found, "resolve", {"resolution": "Found."})
    with pytest.raises(Closed):
        records.change(
            cast.manager, StockException, found.id, {"resolution": "x"}, expected_version=kept(found).version
        )


def on_the_way(cast: Cast, database: Database, days: float) -> Entity:
    """A transfer from North to South of three at 4, that was sent so many days ago."""
    tea = product("Tea")
    stock_up(cast.north, tea, 3)
    ends = {"from_location_id": cast.north, "to_location_id": cast.south}
    sent = document(cast.admin, "transfer", {"transfer_line": [{"product_id": tea, "quantity": "3"}]}, **ends)
    for verb in ("request", "approve", "dispatch"):
        take(cast.admin, sent, verb)
    with sa.create_engine(database.owner_url, poolclass=sa.NullPool).begin() as owner:
        owner.execute(
            sa.text("UPDATE transfers SET dispatched_at = now() - :days * interval '1 day' WHERE id = :id"),
            {"days": days, "id": sent.id},
        )
    return sent


def told_of(transfer: Entity) -> list[Any]:
    found = look("SELECT json_agg(e) AS rows FROM stock_exceptions e WHERE document_id = :id", id=transfer.id)
    return found.rows or []


def test_what_is_overdue_is_told_once_where_it_is_missed(cast: Cast, database: Database) -> None:
    late, recent = on_the_way(cast, database, 8.5), on_the_way(cast, database, 6.5)
    exceptions.look_for_overdue(SYSTEM)
    exceptions.look_for_overdue(SYSTEM)
    (told,) = told_of(late)
    assert (told["kind"], told["location_id"], told["document"]) == ("overdue_transit", str(cast.south), "transfer")
    assert (told["quantity"], told["value"]) == (3, 12)
    assert told["summary"].endswith("has been on its way for 8 days.")
    assert told_of(recent) == []
    take(
        cast.manager, access.get(SYSTEM, StockException, told["id"]), "resolve", {"resolution": "Lost by the carrier."}
    )
    assert exceptions.look_for_overdue(SYSTEM) == [], "what was resolved is not told again"


def test_a_day_that_was_promised_counts_before_the_usual_days(cast: Cast, database: Database) -> None:
    late, in_time = on_the_way(cast, database, 1.5), on_the_way(cast, database, 1.5)
    with sa.create_engine(database.owner_url, poolclass=sa.NullPool).begin() as connection:
        # Two days on either side: which day it is depends on where one asks.
        for id, days in ((late.id, -2), (in_time.id, 2)):
            moved = sa.text("UPDATE transfers SET expected_on = current_date + :days WHERE id = :id")
            connection.execute(moved, {"id": id, "days": days})
    exceptions.look_for_overdue(SYSTEM)
    (told,) = told_of(late)
    assert re.search(r"was expected by \d+ \w+ \d{4} and has been on its way for 1 day\.$", told["summary"])
    assert told_of(in_time) == []
    marks = {one.transfer.id: one.overdue for one in reports.in_transit(SYSTEM)}
    assert (marks[late.id], marks[in_time.id]) == (True, False), "the page goes by the same rule"


def test_what_arrived_is_not_overdue(cast: Cast, database: Database) -> None:
    sent = on_the_way(cast, database, 30)
    take(cast.admin, sent, "return")
    exceptions.look_for_overdue(SYSTEM)
    assert told_of(sent) == []


@pytest.mark.parametrize(("value", "told"), [("2", True), ("5", False), ("soon", False), ("", False), ("-1", False)])
def test_the_installation_says_how_long_is_too_long(cast: Cast, database: Database, value: str, told: bool) -> None:
    """What is no number of days leaves the usual seven."""
    setting = records.create(SYSTEM, named("setting"), {"name": "overdue_transit_days", "value": value})
    sent = on_the_way(cast, database, 3)
    exceptions.look_for_overdue(SYSTEM)
    assert bool(told_of(sent)) is told
    records.remove(SYSTEM, named("setting"), setting.id, expected_version=setting.version)


def test_two_jobs_at_once_tell_it_once(cast: Cast, database: Database) -> None:
    sent = [on_the_way(cast, database, 20) for _ in range(3)]
    at_once, failures = threading.Barrier(3), list[BaseException]()

    def job() -> None:
        try:
            at_once.wait()
            exceptions.look_for_overdue(SYSTEM)
        except BaseException as error:  # noqa: BLE001  told to the test's own thread
            failures.append(error)
        db.release()

    jobs = [threading.Thread(target=job) for _ in range(3)]
    for one in jobs:
        one.start()
    for one in jobs:
        one.join()
    assert failures == []
    assert [len(told_of(one)) for one in sent] == [1, 1, 1]
