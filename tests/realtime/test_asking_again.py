"""What open sockets are checked against by time, for a sign-in may end without a change."""

from __future__ import annotations

from typing import Any
from uuid import uuid4

import psycopg

from app.core import db, grants
from app.services.access import sessions
from app.services.access.attempts import Visitor
from tests.cast import Cast


def test_of_all_sessions_only_those_that_go_on_are_named(cast: Cast, sql: psycopg.Connection[Any]) -> None:
    assert cast.viewer.id
    with db.transaction(sessions.GATE) as session:
        tokens = [sessions.start(session, cast.viewer.id, Visitor("127.0.0.1", "tests")) for _ in range(2)]
    going, ending = (sessions.actor_of(token) for token in tokens)
    assert going
    assert ending
    assert sessions.still_open({going.session_id, ending.session_id, uuid4()}) == {going.session_id, ending.session_id}
    sql.execute("UPDATE sessions SET expires_at = now() - interval '1 second' WHERE id = %s", [ending.session_id])
    assert sessions.still_open({going.session_id, ending.session_id}) == {going.session_id}


def test_a_number_rises_with_every_change_of_access(cast: Cast, sql: psycopg.Connection[Any]) -> None:
    def epoch() -> int:
        with db.reading(sessions.GATE) as session:
            return grants.epoch(session)

    before = epoch()
    sql.execute("UPDATE grants SET location_id = NULL WHERE user_id = %s", [cast.viewer.id])
    assert epoch() > before
