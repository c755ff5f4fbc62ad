"""Holds: what was kept for somebody long enough is free for others, and nothing else is."""

from __future__ import annotations

import threading
from decimal import Decimal
from uuid import UUID, uuid4

import pytest
import sqlalchemy as sa

from app.core import db
from app.core.errors import AppError
from app.services.stock import holds, ledger
from app.services.stock.ledger import Hold, Move, Place
from tests.cast import Cast
from tests.databases import Database
from tests.stock.shop import SYSTEM, document, level, look, product, state, stock_up, take

LATE, SOON, NEVER = "now() - interval '1 second'", "now() + interval '1 hour'", "NULL"


@pytest.fixture
def tea(cast: Cast) -> UUID:
    """Ten of it at North."""
    made = product("Tea")
    stock_up(cast.north, made, 10)
    return made


def held(cast: Cast, database: Database, good: UUID, quantity: int, until: str, place: UUID | None = None) -> UUID:
    """A reservation that ends at a moment, told in SQL."""
    (made,) = ledger.reserve(SYSTEM, [Hold(place or cast.north, good, Decimal(quantity), "order", uuid4())])
    ends(database, until, made)
    return made


def ends(database: Database, until: str, reservation: UUID) -> None:
    with sa.create_engine(database.owner_url, poolclass=sa.NullPool).begin() as connection:
        connection.execute(sa.text(f"UPDATE reservations SET until = {until} WHERE id = :id"), {"id": reservation})


def kept(reservation: UUID) -> tuple[str, bool]:
    """Its state, and whether it is known when it ended."""
    row = look("SELECT state, ended_at FROM reservations WHERE id = :id", id=reservation)
    return row.state, row.ended_at is not None


def test_what_was_held_long_enough_is_free_again(cast: Cast, database: Database, tea: UUID) -> None:
    late = [held(cast, database, tea, 3, LATE), held(cast, database, tea, 2, LATE)]
    soon, never = held(cast, database, tea, 1, SOON), held(cast, database, tea, 1, NEVER)
    assert level(cast.north, tea) == (10, 7, 3)
    assert holds.release_expired(SYSTEM) == 2
    assert [kept(one) for one in late] == [("released", True)] * 2
    assert [kept(one) for one in (soon, never)] == [("held", False)] * 2
    assert level(cast.north, tea) == (10, 2, 8)
    assert holds.release_expired(SYSTEM) == 0
    assert level(cast.north, tea) == (10, 2, 8)


def test_every_place_and_product_gets_its_own_back(
    cast: Cast, database: Database, tea: UUID, monkeypatch: pytest.MonkeyPatch
) -> None:
    jam = product("Jam")
    stock_up(cast.north, jam, 4)
    stock_up(cast.south, tea, 6)
    for good, quantity, place in ((tea, 3, cast.north), (jam, 4, cast.north), (tea, 5, cast.south)):
        held(cast, database, good, quantity, LATE, place)
    monkeypatch.setattr(holds, "AT_ONCE", 2)
    assert holds.release_expired(SYSTEM) == 3, "more than one transaction takes"
    assert [level(cast.north, tea)[1], level(cast.north, jam)[1], level(cast.south, tea)[1]] == [0, 0, 0]


def test_an_order_nobody_came_for_stays_and_takes_what_is_free(cast: Cast, database: Database, tea: UUID) -> None:
    lines = {"order_line": [{"product_id": tea, "quantity": "4", "unit_price": "10"}]}
    order = document(SYSTEM, "order", lines, location_id=cast.north)
    take(cast.manager, order, "confirm")
    ends(database, LATE, look("SELECT id FROM reservations WHERE document_id = :id", id=order.id).id)
    assert holds.release_expired(SYSTEM) == 1
    assert (state(order), level(cast.north, tea)) == ("confirmed", (10, 0, 10))
    take(cast.manager, order, "fulfil")
    assert level(cast.north, tea) == (6, 0, 6)


def test_what_ends_while_it_is_taken_is_freed_once(cast: Cast, database: Database, tea: UUID) -> None:
    """Two jobs, and people who take, reserve and count down the very shelves, all at once."""
    for _ in range(8):
        held(cast, database, tea, 1, LATE)
    gate, failures, released = threading.Barrier(5), list[BaseException](), list[int]()

    def run(work: str) -> None:
        try:
            gate.wait()
            if work == "job":
                released.append(holds.release_expired(SYSTEM))
            elif work == "sale":
                ledger.move(SYSTEM, [Move(tea, Place("shelf", cast.north), Place("customer", cast.north), Decimal(1))])
            else:
                ledger.reserve(SYSTEM, [Hold(cast.north, tea, Decimal(1), "order", uuid4())])
        except BaseException as error:  # noqa: BLE001  told to the test's own thread
            failures.append(error)
        db.release()

    threads = [threading.Thread(target=run, args=(work,)) for work in ("job", "job", "sale", "hold", "hold")]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert [one for one in failures if not isinstance(one, AppError)] == []
    assert sum(released) == 8
    on_hand, reserved, _ = level(cast.north, tea)
    assert (
        reserved == look("SELECT count(*) AS n FROM reservations WHERE product_id = :id AND state = 'held'", id=tea).n
    )
    assert on_hand in (9, 10)


def test_a_hold_that_was_prolonged_meanwhile_stays(cast: Cast, database: Database, tea: UUID) -> None:
    one = held(cast, database, tea, 3, LATE)
    engine = sa.create_engine(database.owner_url, poolclass=sa.NullPool)
    with engine.connect() as other:
        other.execute(sa.text(f"UPDATE reservations SET until = {SOON} WHERE id = :id"), {"id": one})
        job = threading.Thread(target=lambda: (holds.release_expired(SYSTEM), db.release()))
        job.start()
        # The job waits for the row, having seen the old moment.
        waiting = sa.text("SELECT count(*) FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND datname = :name")
        with engine.connect() as watch:
            name = watch.scalar(sa.text("SELECT current_database()"))
            while not watch.scalar(waiting, {"name": name}):
                watch.rollback()
        other.commit()
        job.join()
    assert (kept(one), level(cast.north, tea)) == (("held", False), (10, 3, 7))
