"""The database's own wall: whoever acts in plain SQL reaches the rows of the screens, and no others, by any statement."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from uuid import UUID

import pytest
import sqlalchemy as sa
from sqlalchemy.exc import ProgrammingError

import app.models  # noqa: F401  fills the registry
from app.core import db
from app.core.actor import Actor
from app.core.entity import Entity, columns_of, entities
from app.core.scope import AsRecord, Permission
from tests.access import oracle
from tests.cast import PEOPLE, Cast
from tests.databases import Database
from tests.factory import making

RULED = [cls for cls in entities() if cls.captured and cls.scope.policy("t", Permission(cls.entity, "see")) is not None]
SCOPED = [name for name in PEOPLE if name != "admin"]
each_entity = pytest.mark.parametrize("entity", RULED, ids=lambda cls: cls.entity)
each_person = pytest.mark.parametrize("name", SCOPED)

Rows = dict[tuple[str, str], UUID]


@pytest.fixture(scope="module")
def world(database: Database) -> Rows:
    met = Cast.met(database)
    found: Rows = {}
    for place, id in (("North", met.north), ("South", met.south)):
        with making(database, id, met.elsewhere) as factory:
            for entity in RULED:
                found[entity.entity, place] = factory.make(entity).id
    return found


@contextmanager
def acting(actor: Actor) -> Iterator[sa.Connection]:
    """A connection of the web's login that acts as a person does, and is rolled back."""
    with db.engine().connect() as connection:
        connection.execute(
            sa.text("SELECT set_config('role', :role, true), set_config('backroom.actor', :id, true)"),
            {"role": actor.database_role, "id": str(actor.id)},
        )
        yield connection
        connection.rollback()


def count(connection: sa.Connection, statement: str, id: UUID) -> int:
    """Rows that a statement reaches; none where it is refused altogether."""
    try:
        with connection.begin_nested():
            return connection.execute(sa.text(statement), {"id": id}).rowcount
    except ProgrammingError as error:
        if getattr(error.orig, "sqlstate", "") != "42501":
            raise
        return 0


@each_person
@each_entity
def test_plain_select_shows_what_is_theirs(entity: type[Entity], name: str, world: Rows, cast: Cast) -> None:
    with acting(getattr(cast, name)) as connection:
        for place in ("North", "South"):
            wanted = int(oracle.may(name, entity, "see", place))
            for source in (entity.__tablename__, f"backroom.seen_{entity.__tablename__}"):
                seen = count(connection, f"SELECT id FROM {source} WHERE id = :id", world[entity.entity, place])
                assert seen == wanted, f"{name} and {source} at {place}"


@each_person
@each_entity
def test_plain_update_and_delete_touch_what_is_theirs(entity: type[Entity], name: str, world: Rows, cast: Cast) -> None:
    table = entity.__tablename__
    with acting(getattr(cast, name)) as connection:
        for place in ("North", "South"):
            id = world[entity.entity, place]
            changed = count(connection, f"UPDATE {table} SET created_at = now() WHERE id = :id", id)
            assert changed <= int(oracle.may(name, entity, "change", place)), f"{name} changes {table} of {place}"
            try:
                gone = count(connection, f"DELETE FROM {table} WHERE id = :id", id)
            except sa.exc.IntegrityError:
                gone = 1  # others point to it: PostgreSQL would have deleted it
            assert gone <= int(oracle.may(name, entity, "delete", place)), f"{name} deletes {table} of {place}"


@each_person
@each_entity
def test_plain_insert_makes_nothing_elsewhere(
    entity: type[Entity], name: str, world: Rows, cast: Cast, owner: sa.Connection
) -> None:
    """A copy of a row at a shop may be refused for other reasons; where the person may not create, it must be."""
    table = entity.__tablename__
    names = [
        column
        for column, found in columns_of(entity).items()
        if column not in ("id", "version") and found.computed is None and not found.info["column"].secret
    ]
    columns = ", ".join(f'"{column}"' for column in names)
    for place in ("North", "South"):
        if oracle.may(name, entity, "create", place):
            continue
        id = world[entity.entity, place]
        values = owner.execute(sa.text(f"SELECT {columns} FROM {table} WHERE id = :id"), {"id": id}).one()
        marks = ", ".join(f":v{index}" for index in range(len(names)))
        statement = sa.text(f"INSERT INTO {table} ({columns}) VALUES ({marks})").bindparams(
            *(
                sa.bindparam(f"v{index}", value, columns_of(entity)[column].type)
                for index, (column, value) in enumerate(zip(names, values, strict=True))
            )
        )
        with acting(getattr(cast, name)) as connection, pytest.raises(ProgrammingError) as refused:
            connection.execute(statement)
        assert refused.value.orig.sqlstate == "42501", f"{name} makes {table} at {place}"


def test_the_feed_shows_what_concerned_them(world: Rows, cast: Cast) -> None:
    for name in SCOPED:
        with acting(getattr(cast, name)) as connection:
            # What hangs on a record is told by where that record is; on what it hangs, only its own table's rule knows.
            for entity in [cls for cls in RULED if not isinstance(cls.scope, AsRecord)]:
                for place in ("North", "South"):
                    seen = count(
                        connection, "SELECT id FROM changes WHERE record_id = :id", world[entity.entity, place]
                    )
                    assert bool(seen) <= oracle.may(name, entity, "see", place), f"{name}, {entity.entity} at {place}"


def test_people_read_no_partition_and_write_no_change(cast: Cast, owner: sa.Connection) -> None:
    partitions = owner.scalars(
        sa.text("SELECT inhrelid::regclass::text FROM pg_inherits WHERE inhparent = 'changes'::regclass")
    )
    with acting(cast.manager) as connection:
        for partition in partitions:
            with pytest.raises(ProgrammingError), connection.begin_nested():
                connection.execute(sa.text(f"SELECT 1 FROM {partition}"))
        for statement in ("DELETE FROM changes", "UPDATE changes SET source = 'x'", "TRUNCATE changes"):
            with pytest.raises(ProgrammingError), connection.begin_nested():
                connection.execute(sa.text(statement))


ASKED_BY_RULES = {
    "actor", "uuid7", "locations", "everywhere", "can", "my_staff", "sees_record", "sees_change", "staff_locations_within",
    "places_seen", "past_states", "moved_since", "discount_limit",
}  # fmt: skip
"""Functions that row rules, defaults and the sale call as the person: they tell about the person, or one setting."""


ASKED_BY_THE_HOUSE = {
    ("handed_over", "backroom_gate"), ("standing_in", "backroom_gate"), ("user_of_staff", "backroom_posting"),
    ("receipt", "backroom_scoped"),
}  # fmt: skip
"""Functions that only signing in, or a step while it books, may ask: who decides for whom, whose wish a wish is; and
whether an operation id has been used, with the answer for whoever used it for the same."""


def test_people_call_no_function_that_looks_past_the_rules(cast: Cast, owner: sa.Connection) -> None:
    found = owner.execute(
        sa.text(
            "SELECT p.proname AS name, r.rolname AS role FROM pg_proc p, pg_roles r"
            " WHERE p.pronamespace = 'backroom'::regnamespace AND p.prosecdef AND p.prorettype <> 'trigger'::regtype"
            " AND r.rolname IN ('backroom_scoped', 'backroom_gate', 'backroom_feed', 'backroom_posting')"
            " AND has_function_privilege(r.oid, p.oid, 'EXECUTE')"
        )
    )
    reached = {(row.name, row.role) for row in found if row.name not in ASKED_BY_RULES}
    assert not reached - ASKED_BY_THE_HOUSE
