"""A row carries the asked columns, the names behind its links, its own name and whom it concerns, in one query."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from uuid import UUID

import pytest
import sqlalchemy as sa

from app.core import access, db, listing, rows, schema, seen, titles
from app.core.actor import system
from app.core.entity import Entity, entities, named
from app.core.errors import BadRequest, Forbidden
from app.core.ids import uuid7
from app.core.scope import EVERYONE
from app.services import records
from tests.cast import Cast
from tests.databases import Database
from tests.factory import making
from tests.listing.conftest import ORDER, Fill, Made, ids_of


@contextmanager
def counted() -> Iterator[list[str]]:
    """The statements that run meanwhile, but for those by which a transaction says who acts."""
    said: list[str] = []

    def note(connection: object, cursor: object, statement: str, *_: object) -> None:
        if "set_config('role'" not in statement:
            said.append(statement)

    sa.event.listen(db.engine(), "before_cursor_execute", note)
    yield said
    sa.event.remove(db.engine(), "before_cursor_execute", note)


def test_a_row_has_its_values_names_and_title(people: Cast, clients: dict[str, UUID], fill: Fill) -> None:
    made = Made(people.north, number="SO-7", client_id=clients["Bert"])
    fill([made])
    with db.reading(people.north_clerk) as session, counted() as said:
        found = rows.by_ids(session, ORDER, [made.id, uuid7()], ("client_id", "location_id", "freight"))
    assert len(said) == 1
    assert list(found) == [made.id]
    row = found[made.id]
    assert (row.version, row.title) == (1, "SO-7")
    assert row.values == {"client_id": clients["Bert"], "location_id": people.north, "freight": None}
    # Clerks don't see clients, so not what they are called either.
    assert row.labels == {"location_id": "North"}
    with db.reading(people.frontdesk) as session:
        row = rows.by_ids(session, ORDER, [made.id], ("client_id", "location_id"))[made.id]
    assert row.labels == {"client_id": "Bert", "location_id": "North"}


def test_a_row_of_elsewhere_does_not_exist(people: Cast, fill: Fill) -> None:
    made = Made(people.south)
    fill([made])
    with db.reading(people.north_clerk) as session:
        assert rows.by_ids(session, ORDER, [made.id], ("number",)) == {}
        assert rows.title_of(session, ORDER, made.id) == ""


def test_columns_that_are_not_the_readers_are_not_read(people: Cast) -> None:
    made = records.create(system(), named("product"), {"sku": "R-1", "name": "Rope", "price": "3", "cost": "1.5"})
    with db.reading(people.north_clerk) as session, counted() as said:
        found = rows.by_ids(session, named("product"), [made.id], ("sku", "cost"))[made.id]
    assert set(found.values) == {"sku"}
    assert "cost" not in said[0]
    user = named("user")
    with db.reading(people.admin) as session:
        found = rows.by_ids(session, user, [people.admin.id], ("name", "password_hash"))[people.admin.id]  # type: ignore[index,list-item]
    assert found.values == {"name": "Admin"}


def test_people_are_called_by_name_before_everyone(people: Cast) -> None:
    picks = listing.pick(people.north_clerk, named("user"), "Manag")
    assert [(pick.id, pick.title, pick.subtitle) for pick in picks] == [(people.manager.id, "Manager", "")]
    view = records.create(people.manager, named("saved_view"), {"name": "Mine", "entity": "order", "shared": True})
    with db.reading(people.north_clerk) as session:
        found = rows.by_ids(session, named("saved_view"), [view.id], ("user_id",))
    assert found[view.id].labels == {"user_id": "Manager"}


def test_an_audience_is_read_with_the_row(people: Cast, fill: Fill) -> None:
    made = Made(people.south)
    fill([made])
    with db.reading(system()) as session:
        assert rows.by_ids(session, ORDER, [made.id], (), audience=True)[made.id].audience == {people.south}
        shop = rows.by_ids(session, named("location"), [people.south], (), audience=True)
        assert shop[people.south].audience == {EVERYONE}


def test_what_has_no_title_is_called_something(people: Cast, fill: Fill) -> None:
    brand = records.create(system(), named("brand"), {"name": "B"})
    with db.reading(people.admin) as session:
        assert rows.title_of(session, named("brand"), brand.id) == "B"
    assert rows.untitled(ORDER, UUID(int=255)) == "Order 0000ff"


@pytest.mark.parametrize(
    "entity", [e for e in entities() if seen.rule(e) is not None], ids=lambda entity: entity.entity
)
def test_lists_read_through_the_view_show_what_the_policy_shows(
    database: Database, people: Cast, entity: type[Entity]
) -> None:
    with making(database, people.north, people.south) as factory:
        factory.make(entity)
    with making(database, people.south, people.north) as factory:
        factory.make(entity)
    for name, actor in people:
        if name == "nobody" or actor.everywhere:
            continue
        with db.reading(actor) as session:
            by_policy = set(session.scalars(sa.select(entity.__table__.c.id)))
            by_view = set(session.scalars(sa.select(seen.source(actor, entity).c.id)))
        assert by_view == by_policy, f"{name} sees other rows of {entity.entity} in lists than the policy says"


@pytest.mark.parametrize("entity", entities(), ids=lambda entity: entity.entity)
def test_every_list_opens_for_everyone_it_is_open_to(people: Cast, entity: type[Entity]) -> None:
    for _, actor in people:
        if not access.may(actor, entity, "see"):
            with pytest.raises(Forbidden):
                listing.parse(actor, entity, {})
            continue
        page = listing.page(actor, entity, listing.parse(actor, entity, {}))
        for name in listing.sortable(actor, entity) if actor in (people.admin, people.north_clerk) else ():
            for place in ({}, {"page": ["last"]}):
                turned = listing.page(actor, entity, listing.parse(actor, entity, {"sort": [f"-{name}"], **place}))
                assert turned.total == page.total
        if listing.searchable(actor, entity):
            listing.page(actor, entity, listing.parse(actor, entity, {"q": ["xyzzy q"]}))
        listing.pick(actor, entity, "a b")
        for row in page.rows[:3]:
            assert row.title


def test_the_switcher_narrows_a_list_and_gives_no_right(people: Cast, fill: Fill) -> None:
    from dataclasses import replace

    north, south = Made(people.north), Made(people.south)
    fill([north, south])
    assert ids_of(replace(people.manager, chosen=people.south), ORDER, {}) == {south.id}
    assert ids_of(replace(people.admin, chosen=people.south), ORDER, {}) == {south.id}
    assert ids_of(replace(people.north_clerk, chosen=people.south), ORDER, {}) == set()


# --- where a changed row stands, and pickers --------------------------------------------------------------------------


def test_a_match_says_where_a_row_stands_now(people: Cast, fill: Fill) -> None:
    made = [Made(people.north, number=f"A{turn:03d}") for turn in range(80)]
    other = Made(people.south, number="A010b")
    fill([*made, other])
    query = listing.parse(people.north_clerk, ORDER, {"sort": ["number"], "size": ["25"], "f.0.number.starts": ["A"]})
    first = listing.page(people.north_clerk, ORDER, query)
    second_query = listing.parse(people.north_clerk, ORDER, listing.url_args(query, after=first.next))
    second = listing.page(people.north_clerk, ORDER, second_query)
    shown = [row.id for row in second.rows]
    asked = [made[3].id, made[25].id, made[30].id, made[49].id, made[50].id, other.id, uuid7()]
    with counted() as said:
        found = listing.match(
            people.north_clerk, ORDER, second_query, asked, shown=shown, previous=second.previous, next=second.next
        )
    assert len(said) == 1
    assert [found[id].place for id in asked] == ["before", "inside", "inside", "inside", "after", "out", "out"]
    assert [found[id].follows for id in asked[1:4]] == [None, made[29].id, made[48].id]


def test_a_match_refuses_a_crowd_and_forged_bounds(people: Cast) -> None:
    query = listing.parse(people.admin, ORDER, {})
    with pytest.raises(BadRequest):
        listing.match(people.admin, ORDER, query, [uuid7() for _ in range(501)])
    with pytest.raises(BadRequest):
        listing.match(people.admin, ORDER, query, [uuid7()], next="hello")
    assert listing.match(people.admin, ORDER, query, []) == {}


def test_a_picker_offers_what_begins_with_the_term_first_and_only_ones_own(people: Cast, fill: Fill) -> None:
    fill(
        [
            Made(people.north, number="XX-Alpha"),
            Made(people.north, number="Alpha-2"),
            Made(people.north, number="alpha-1"),
            Made(people.north, number="Beta", ship_name="alpha lane"),
            Made(people.south, number="Alpha-south"),
        ]
    )
    assert [pick.title for pick in listing.pick(people.north_clerk, ORDER, "alpha")] == [
        "alpha-1",
        "Alpha-2",
        "Beta",
        "XX-Alpha",
    ]
    assert len(listing.pick(people.north_clerk, ORDER, "", limit=10_000)) == 4
    assert len(listing.pick(people.admin, ORDER, "alpha", limit=2)) == 2
    assert len(listing.pick(people.admin, ORDER, "alpha", limit=-3)) == 1
    assert listing.pick(people.admin, ORDER, "%") == []
    with pytest.raises(BadRequest):
        listing.pick(people.admin, ORDER, "a\x00")
    with pytest.raises(Forbidden):
        listing.pick(people.nobody, ORDER, "a")


@pytest.mark.parametrize("entity", schema.tables(), ids=lambda cls: cls.entity)
def test_a_record_at_hand_is_called_what_the_database_calls_it(
    entity: type[Entity], database: Database, people: Cast
) -> None:
    with making(database, people.north, people.elsewhere) as factory:
        id = factory.make(entity).id
    with db.reading(people.admin) as session:
        said = titles.of_record(session.get_one(entity, id), titles.seen_by(people.admin))
        stored = rows.title_of(session, entity, id)
    own = {"text", "code", "email", "long_text"}
    assert (said is not None) >= all(
        name in entity.__table__.c and entity.__table__.c[name].info["column"].kind in own
        for name in entity.screen.title
    )
    assert said is None or (said or rows.untitled(entity, id)) == stored
