"""A remark, a file, a question: whoever sees the record sees it, and nobody else, in its table, in the feed and in the past."""

from __future__ import annotations

import datetime as dt
from uuid import UUID

import pytest
import sqlalchemy as sa

import app.models  # noqa: F401  fills the registry
from app.core import db, grants
from app.core.actor import Actor, gate, system
from app.core.entity import entities, named
from app.core.scope import AsRecord
from app.services import records
from tests.cast import Cast
from tests.databases import Database
from tests.factory import making

COMMENT, LEAVE, STAFF, USER = (named(name) for name in ("comment", "leave", "staff", "user"))
EVERYONE = system("tests")


@pytest.fixture(scope="module")
def reader(database: Database) -> Actor:
    """Somebody who reads all remarks of all locations, and of records themselves only the brands."""
    role = records.create(EVERYONE, named("role"), {"name": "Reader of remarks"})
    for entity in ("comment", "brand"):
        records.create(EVERYONE, named("permission"), {"role_id": role.id, "entity": entity, "verb": "see"})
    given = {"name": "Reader", "email": "reader@example.com", "active": True}
    user = records.create(EVERYONE, USER, given)
    records.create(EVERYONE, named("grant"), {"user_id": user.id, "role_id": role.id})
    with db.reading(gate()) as session:
        found = grants.resolve(session, user.id)
    assert found is not None
    return found


def heard(actor: Actor, id: UUID) -> list[str]:
    """The changes of a comment that plain SQL shows to a person."""
    with db.reading(actor) as session:
        statement = sa.text("SELECT op FROM changes WHERE entity = 'comment' AND record_id = :id ORDER BY seq")
        return list(session.scalars(statement, {"id": id}))


def was(actor: Actor, id: UUID, moment: dt.datetime) -> str | None:
    """What a changed or deleted comment said at a moment, as plain SQL tells a person."""
    with db.reading(actor) as session:
        statement = sa.text("SELECT state ->> 'body' FROM backroom.past_states('comment', :at) WHERE id = :id")
        said: str | None = session.scalar(statement, {"at": moment, "id": id})
        return said


def clock() -> dt.datetime:
    with db.reading(system()) as session:
        found: dt.datetime = session.scalar(sa.text("SELECT clock_timestamp()"))
        return found


def test_the_database_knows_what_hangs_on_records(database: Database) -> None:
    with db.reading(system()) as session:
        known = session.scalar(sa.text("SELECT backroom.hanging()"))
    assert sorted(known) == sorted(cls.entity for cls in entities() if isinstance(cls.scope, AsRecord)), (
        "an entity that hangs on records was added or taken away: a new migration must say so in backroom.hanging()"
    )


def test_who_may_read_remarks_does_not_read_those_on_records_that_are_closed_to_them(
    reader: Actor, cast: Cast, database: Database
) -> None:
    with making(database, cast.north, cast.south) as factory:
        brand = factory.make(named("brand"))
    made = {
        kind: records.create(EVERYONE, COMMENT, {"entity": kind, "record_id": str(id), "body": f"On a {kind}"}).id
        for kind, id in (("user", cast.admin.id), ("brand", brand.id))
    }
    moment = clock()
    with db.transaction(EVERYONE) as session:
        session.execute(
            sa.text("UPDATE comments SET body = body || '!' WHERE id = ANY (:ids)"), {"ids": [*made.values()]}
        )
    assert heard(reader, made["brand"]) == ["insert", "update"]
    assert was(reader, made["brand"], moment) == "On a brand"
    assert heard(reader, made["user"]) == []
    assert was(reader, made["user"], moment) is None
    for id in made.values():
        records.remove(EVERYONE, COMMENT, id, expected_version=2)
    assert heard(reader, made["brand"]) == ["insert", "delete"], "which record a change was about, the row said"
    assert heard(reader, made["user"]) == []
    assert was(reader, made["user"], moment) is None
    assert heard(cast.admin, made["user"]) == ["insert", "update", "delete"]


def test_remarks_on_what_is_ones_own_are_read_without_a_permission(cast: Cast, database: Database) -> None:
    clerk = cast.north_clerk
    with making(database, cast.north, cast.south) as factory:
        staff = factory.make(STAFF, user_id=clerk.id)
        mine, other = factory.make(LEAVE, staff_id=staff.id), factory.make(LEAVE, staff_id=factory.make(STAFF).id)
    said = records.create(clerk, COMMENT, {"entity": "leave", "record_id": str(mine.id), "body": "Back on Monday"})
    hidden = records.create(EVERYONE, COMMENT, {"entity": "leave", "record_id": str(other.id), "body": "Not theirs"})
    moment = clock()
    with db.transaction(EVERYONE) as session:
        session.execute(sa.text("UPDATE comments SET body = body || '.' WHERE entity = 'leave'"))
    with db.reading(clerk) as session:
        shown = set(session.scalars(sa.text("SELECT id FROM comments WHERE entity = 'leave'")))
    assert shown == {said.id}
    assert (heard(clerk, said.id), heard(clerk, hidden.id)) == (["insert", "update"], [])
    assert (was(clerk, said.id, moment), was(clerk, hidden.id, moment)) == ("Back on Monday", None)
