"""Every statement runs as whom it is meant for, however often the role changes hands in a transaction."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager, suppress
from uuid import uuid4

import psycopg
import pytest
import sqlalchemy as sa

from app.core import db
from app.core.actor import gate
from app.core.entity import named
from app.core.errors import Busy
from tests.cast import Cast
from tests.databases import Database
from tests.factory import making

ROLE = sa.text("SELECT current_user")
OPERATION = sa.text("SELECT current_setting('backroom.operation', true)")


@contextmanager
def told(monkeypatch: pytest.MonkeyPatch) -> Iterator[list[str]]:
    """What PostgreSQL is told meanwhile about who speaks."""
    said: list[str] = []
    tell = db.tell

    def note(connection: psycopg.Connection[object], name: str, value: str) -> None:
        said.append(value)
        tell(connection, name, value)

    monkeypatch.setattr(db, "tell", note)
    yield said


def test_a_role_is_taken_for_what_is_said_in_it(cast: Cast, monkeypatch: pytest.MonkeyPatch) -> None:
    own = cast.north_clerk.database_role
    with db.transaction(cast.north_clerk) as session, told(monkeypatch) as said:
        assert session.scalar(ROLE) == own
        with db.posting(cast.north_clerk):
            assert session.scalar(ROLE) == "backroom_posting"
            with db.posting(cast.north_clerk):
                assert session.scalar(ROLE) == "backroom_posting"
            assert session.scalar(ROLE) == "backroom_posting"
        with db.posting(cast.north_clerk):
            pass
        assert session.scalar(ROLE) == own
    assert said == ["backroom_posting", own]


def test_a_role_ends_with_its_block_also_when_something_goes_wrong(cast: Cast) -> None:
    with db.transaction(cast.north_clerk) as session:
        with suppress(ZeroDivisionError), db.posting(cast.north_clerk):
            assert session.scalar(ROLE) == "backroom_posting"
            raise ZeroDivisionError
        assert session.scalar(ROLE) == cast.north_clerk.database_role


def test_what_goes_wrong_in_the_database_leaves_no_role_behind(cast: Cast) -> None:
    with pytest.raises(sa.exc.DataError), db.transaction(cast.north_clerk) as session, db.posting(cast.north_clerk):
        session.execute(sa.text("SELECT 1 / 0"))
    with db.reading(cast.north_clerk) as session:
        assert session.scalar(ROLE) == cast.north_clerk.database_role


def test_an_operation_is_of_its_transaction_alone(cast: Cast) -> None:
    operation = uuid4()
    db.act_as(cast.north_clerk)
    assert db.session().scalar(OPERATION) == ""  # the page has looked at something before it writes
    with db.transaction(cast.north_clerk, operation=operation) as session:
        assert session.scalar(OPERATION) == str(operation)
    assert db.session().scalar(OPERATION) == ""
    with db.transaction(cast.north_clerk, operation=operation) as session:
        assert session.scalar(OPERATION) == str(operation)


def test_who_was_found_goes_on_in_the_transaction_that_found_them(cast: Cast) -> None:
    db.release()
    begun = sa.text("SELECT now()")
    with db.reading(gate()) as session:
        assert session.scalar(ROLE) == "backroom_gate"
        moment = session.scalar(begun)
        db.hand_over(cast.north_clerk)
    assert db.session().scalar(ROLE) == cast.north_clerk.database_role
    assert db.session().scalar(sa.text("SELECT backroom.actor()")) == cast.north_clerk.id
    assert db.session().scalar(begun) == moment


def test_nobody_found_leaves_nobody_acting(cast: Cast) -> None:
    db.release()
    with db.reading(gate()) as session:
        session.scalar(ROLE)
    with pytest.raises(db.NotSignedIn):
        db.session().scalar(ROLE)


def test_a_writer_is_never_handed_over(cast: Cast) -> None:
    with db.transaction(cast.north_clerk) as session:
        session.scalar(ROLE)
        with pytest.raises(RuntimeError):
            db.hand_over(cast.manager)


def test_a_connection_that_died_while_it_lay_idle_costs_nobody_a_page(
    cast: Cast, monkeypatch: pytest.MonkeyPatch
) -> None:
    with db.reading(cast.north_clerk) as session:
        old = session.scalar(sa.text("SELECT pg_backend_pid()"))
    with db.reading(cast.admin) as session:
        assert session.scalar(sa.text("SELECT pg_backend_pid()")) == old
    with db.engine().connect() as connection:
        connection.connection.driver_connection.close()
    monkeypatch.setattr(db, "TRUSTED", -1.0)
    with db.reading(cast.north_clerk) as session:
        assert session.scalar(sa.text("SELECT pg_backend_pid()")) != old


def test_a_row_that_changed_between_look_and_write_is_nobodys_error(cast: Cast, database: Database) -> None:
    with making(database, cast.north, cast.elsewhere) as factory:
        id = factory.make(named("brand")).id

    def remove() -> None:
        with db.transaction(cast.admin) as session:
            brand = session.get_one(named("brand"), id)
            with psycopg.connect(database.dsn, autocommit=True) as other:
                other.execute("UPDATE brands SET name = 'Another' WHERE id = %s", [id])
            session.delete(brand)

    with pytest.raises(Busy):
        remove()
    with db.reading(cast.admin) as session:
        assert session.get_one(named("brand"), id).name == "Another"
