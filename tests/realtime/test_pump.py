"""What the pump decides before it asks anybody: what counts of a batch, whose access is in doubt, how long to wait."""

from __future__ import annotations

import datetime as dt
from typing import Any
from uuid import UUID, uuid4

import app.models  # noqa: F401  fills the registry
from app.core.entity import named
from app.realtime import batch, doubt, kin
from app.realtime.doubt import Doubt
from app.realtime.listener import Pace
from app.services.feed.changes import Change

NORTH, SOUTH = uuid4(), uuid4()


def change(entity: str, id: UUID, version: int, **facts: Any) -> Change:
    given: dict[str, Any] = {
        "op": "update",
        "before": frozenset({NORTH}),
        "after": frozenset({NORTH}),
        "diff": {},
    } | facts
    return Change(
        seq=version,
        at=dt.datetime.now(dt.UTC),
        actor_id=None,
        source="sql",
        entity=entity,
        record_id=id,
        version=version,
        **given,
    )


def test_of_many_changes_of_a_record_the_last_version_counts_and_all_columns() -> None:
    id = uuid4()
    one, other = (
        change("register", id, 3, diff={"name": ["a", "b"]}),
        change("register", id, 2, diff={"active": [True, False]}),
    )
    (found,) = batch.coalesce([one, other])["register"].values()
    assert (found.version, found.columns, found.moved) == (3, {"name", "active"}, False)


def test_nobody_whom_one_of_several_changes_concerned_is_forgotten() -> None:
    id = uuid4()
    moves = [
        change("register", id, 2, after=frozenset({SOUTH})),
        change("register", id, 3, op="delete", before=frozenset({SOUTH}), after=frozenset()),
    ]
    (found,) = batch.coalesce(moves)["register"].values()
    assert found.audience == {NORTH, SOUTH}
    assert found.moved


def test_what_hangs_on_a_record_says_on_which_kind() -> None:
    made = change("comment", uuid4(), 1, op="insert", diff={"entity": "transfer", "record_id": str(uuid4())})
    (found,) = batch.coalesce([made])["comment"].values()
    assert found.about == "transfer"


def test_a_grant_puts_its_person_in_doubt_and_a_role_everybody() -> None:
    person, other = uuid4(), uuid4()
    grant = change("grant", uuid4(), 1, op="insert", diff={"user_id": str(person)})
    assert doubt.raised_by([grant]).covers(person, None)
    assert not doubt.raised_by([grant]).covers(other, None)
    assert doubt.raised_by([change("permission", uuid4(), 1)]).covers(other, None)
    assert doubt.raised_by([change("role", uuid4(), 1)]).covers(other, None)


def test_a_session_puts_only_itself_in_doubt() -> None:
    session = uuid4()
    found = doubt.raised_by([change("session", session, 2, diff={"ended_at": [None, "now"]})])
    assert found.covers(uuid4(), session)
    assert not found.covers(uuid4(), uuid4())


def test_other_changes_put_nobody_in_doubt() -> None:
    assert not doubt.raised_by([change("product", uuid4(), 2)])
    assert doubt.raised_by([]) == Doubt()


def test_when_a_document_moves_its_lines_do_and_when_it_is_renamed_they_do_not() -> None:
    line = named("transfer_line")
    assert line in kin.hanging_on(named("transfer"))
    assert kin.shifts(line, change("transfer", uuid4(), 2, after=frozenset({SOUTH})))
    assert not kin.shifts(line, change("transfer", uuid4(), 2, diff={"note": ["", "x"]}))


def test_a_workplace_given_or_taken_moves_the_person_and_what_hangs_on_them() -> None:
    staff, hours = named("staff"), named("staff_hours")
    assert staff in kin.hanging_on(named("staff_location"))
    assert kin.shifts(staff, change("staff_location", uuid4(), 1, op="insert"))
    assert hours in kin.dependants(named("staff_location"))


def test_the_window_widens_while_busy_and_shrinks_again() -> None:
    pace = Pace()
    assert pace.after(0.001, 1) == pace.shortest
    for _ in range(10):
        pace.after(0.1, 200)
    assert pace.window == pace.longest
    for _ in range(20):
        pace.after(0.001, 1)
    assert pace.window == pace.shortest
