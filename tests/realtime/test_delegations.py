"""Open pages of somebody who decides for somebody else: they begin and end with it, without signing in again."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any
from uuid import UUID, uuid4

import psycopg
import pytest

from app.core import db, grants
from app.core.actor import Actor
from app.realtime import doubt
from app.services.access import sessions
from tests.cast import Cast
from tests.databases import Database
from tests.realtime.site import Page, until
from tests.realtime.test_live import made, settled
from tests.realtime.test_pump import change

Open = Callable[..., Page]
Sql = psycopg.Connection[Any]

GRANTS = ("grants", {"signed_in": True})


def heard(page: Page, times: int) -> None:
    until(lambda: page.heard.count(GRANTS) == times, why="the page was not told that its access changed")


@pytest.fixture
def away(sql: Sql, cast: Cast) -> Iterator[UUID]:
    """A manager of North and nothing else."""
    row = sql.execute(
        "INSERT INTO users (name, email) VALUES ('Away', %s) RETURNING id", [f"{uuid4()}@example.com"]
    ).fetchone()
    assert row
    sql.execute(
        "INSERT INTO grants (user_id, role_id, location_id) SELECT %s, id, %s FROM roles WHERE name = 'manager'",
        [row[0], cast.north],
    )
    yield row[0]
    sql.execute("DELETE FROM delegations WHERE user_id = %s", [row[0]])
    sql.execute("DELETE FROM grants WHERE user_id = %s", [row[0]])


def hand_over(sql: Sql, away: UUID, to: Actor) -> None:
    today = "(now() AT TIME ZONE 'UTC')::date"
    sql.execute(
        f"INSERT INTO delegations (user_id, to_user_id, starts_on, ends_on) VALUES (%s, %s, {today}, {today} + 1)",
        [away, to.id],
    )


ENDS = {
    "it is taken back": "DELETE FROM delegations WHERE user_id = %s",
    "its days are over": "UPDATE delegations SET starts_on = starts_on - 9, ends_on = ends_on - 9 WHERE user_id = %s",
    "whose it was is disabled": "UPDATE users SET active = false WHERE id = %s",
    "whose it was decides no more": "DELETE FROM grants WHERE user_id = %s",
}


@pytest.mark.parametrize("end", list(ENDS))
def test_open_pages_hear_of_it_while_it_runs_and_not_a_byte_after(
    open_page: Open, sql: Sql, database: Database, cast: Cast, away: UUID, end: str
) -> None:
    """The person watches before they may see anything of it."""
    page = open_page("south_clerk", "cash_request", "brand")
    before = made(database, "cash_request", cast.north)
    settled(page, sql)
    assert str(before) not in page.text()
    hand_over(sql, away, cast.south_clerk)
    heard(page, 1)
    while_it_runs = made(database, "cash_request", cast.north)
    until(lambda: page.has("cash_request", while_it_runs), why="what may be decided now did not arrive")
    sql.execute(ENDS[end], [away])
    heard(page, 2)
    after = made(database, "cash_request", cast.north)
    settled(page, sql)
    assert str(after) not in page.text()


def test_what_begins_and_ends_by_time_is_noticed_without_a_change(cast: Cast, sql: Sql, away: UUID) -> None:
    def now() -> set[tuple[UUID, UUID]]:
        with db.reading(sessions.GATE) as session:
            return {(person, by) for person, by, _ in grants.standing_in(session)}

    assert cast.viewer.id
    pair = (cast.viewer.id, away)
    assert pair not in now()
    hand_over(sql, away, cast.viewer)
    assert pair in now()
    # As if the days had passed: no trigger, no change, no epoch.
    sql.execute("ALTER TABLE delegations DISABLE TRIGGER USER")
    try:
        sql.execute(
            "UPDATE delegations SET starts_on = starts_on - 9, ends_on = ends_on - 9 WHERE user_id = %s", [away]
        )
    finally:
        sql.execute("ALTER TABLE delegations ENABLE TRIGGER USER")
    assert pair not in now()


def test_whoever_stands_in_for_somebody_is_asked_again_with_them() -> None:
    away, other = uuid4(), uuid4()
    found = doubt.raised_by([change("user", away, 1)])
    assert found.covers(uuid4(), None, frozenset({away}))
    assert not found.covers(uuid4(), None, frozenset({other}))
    handed = doubt.raised_by([change("delegation", uuid4(), 1, diff={"user_id": str(away), "to_user_id": str(other)})])
    assert handed.covers(other, None)
    assert doubt.raised_by([change("delegation", uuid4(), 2, diff={"ends_on": ["a", "b"]})]).covers(other, None)
