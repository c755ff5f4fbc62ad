"""A record or a list as it was: rebuilt from its history, for whoever could have seen it there and then."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Mapping, Sequence
from decimal import Decimal
from typing import Any
from uuid import UUID

import pytest
import sqlalchemy as sa
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import app.models  # noqa: F401  fills the registry
from app.core import db, listing
from app.core.actor import Actor, system
from app.core.entity import Entity, columns_of, named
from app.core.errors import BadRequest, NotFound, NotKept, TooLongAgo
from app.core.ids import uuid7
from app.core.rows import Row
from app.services import records
from app.services.history import past
from tests.cast import Cast
from tests.databases import Database
from tests.factory import making

BRAND, PRODUCT, ORDER, LINE, RULE = (named(name) for name in ("brand", "product", "order", "order_line", "stock_rule"))
COMMENT, REQUEST, REGISTER, SHIFT = (named(name) for name in ("comment", "cash_request", "register", "shift"))
Now = Callable[[], dt.datetime]
EVERYONE = system("tests")


def listed(actor: Actor, entity: type[Entity], moment: dt.datetime, **arguments: str) -> list[Row]:
    """Every row of the past list, page by page."""
    found: list[Row] = []
    after: str | None = None
    while True:
        asked = {name.replace("__", "."): [value] for name, value in arguments.items()} | (
            {"after": [after]} if after else {}
        )
        page = past.page(actor, entity, listing.parse(actor, entity, asked), moment)
        found += page.rows
        after = page.next
        if after is None:
            return found


def ids(rows: Sequence[Row]) -> set[UUID]:
    return {row.id for row in rows}


def test_a_record_is_shown_as_it_was_between_two_changes(cast: Cast, now: Now) -> None:
    brand = records.create(cast.manager, BRAND, {"name": "First", "note": "one"})
    moments, shown = [], []
    for name in ("Second", "Third"):
        moments.append(now())
        shown.append(brand.name)
        brand = records.change(cast.manager, BRAND, brand.id, {"name": name}, expected_version=brand.version)
    for moment, name in zip(moments, shown, strict=True):
        row = past.record(cast.manager, BRAND, brand.id, moment)
        assert (row.values["name"], row.values["note"], row.title) == (name, "one", name)
    assert past.record(cast.manager, BRAND, brand.id, moments[1]).version == 2
    assert past.record(cast.manager, BRAND, brand.id, now()).values["name"] == "Third"
    assert past.record(cast.manager, BRAND, brand.id, moments[1]).values["updated_at"] is not None


def test_before_it_was_made_there_was_no_record_and_after_its_end_there_still_had_been_one(
    cast: Cast, now: Now
) -> None:
    before = now()
    brand = records.create(cast.manager, BRAND, {"name": "Mayfly"})
    while_it_lived = now()
    records.remove(cast.manager, BRAND, brand.id, expected_version=1)
    after = now()
    for moment in (before, after):
        with pytest.raises(NotFound):
            past.record(cast.manager, BRAND, brand.id, moment)
        assert brand.id not in ids(listed(cast.manager, BRAND, moment))
    assert past.record(cast.manager, BRAND, brand.id, while_it_lived).title == "Mayfly"
    assert brand.id in ids(listed(cast.manager, BRAND, while_it_lived))


def test_what_was_at_ones_place_then_is_seen_and_what_was_elsewhere_is_not(
    cast: Cast, database: Database, now: Now
) -> None:
    with making(database, cast.north, cast.south) as factory:
        rule = factory.make(RULE, reorder_point=Decimal(3))
    in_north = now()
    moved = {"location_id": cast.south, "reorder_point": "5"}
    records.change(EVERYONE, RULE, rule.id, moved, expected_version=1)
    in_south = now()
    records.change(EVERYONE, RULE, rule.id, {"reorder_point": "6"}, expected_version=2)
    records.remove(EVERYONE, RULE, rule.id, expected_version=3)
    for moment, seer, other, point in (
        (in_north, cast.north_clerk, cast.south_clerk, 3),
        (in_south, cast.south_clerk, cast.north_clerk, 5),
    ):
        assert past.record(seer, RULE, rule.id, moment).values["reorder_point"] == point
        assert rule.id in ids(listed(seer, RULE, moment))
        with pytest.raises(NotFound):
            past.record(other, RULE, rule.id, moment)
        assert rule.id not in ids(listed(other, RULE, moment))
        assert rule.id in ids(listed(cast.manager, RULE, moment))
        assert rule.id in ids(listed(cast.admin, RULE, moment))


def test_lines_below_a_document_that_was_elsewhere_then_are_not_shown(cast: Cast, database: Database, now: Now) -> None:
    with making(database, cast.south, cast.north) as factory:
        order = factory.make(ORDER)
        line = factory.make(LINE, order_id=order.id)
    in_south = now()
    records.change(EVERYONE, ORDER, order.id, {"location_id": cast.north}, expected_version=1)
    in_north = now()
    assert line.id in ids(listed(cast.north_clerk, LINE, in_north))
    assert line.id not in ids(listed(cast.north_clerk, LINE, in_south)), "the line didn't move, but its order did"
    with pytest.raises(NotFound):
        past.record(cast.north_clerk, LINE, line.id, in_south)


def test_a_closed_field_stays_closed_in_the_past(cast: Cast, now: Now) -> None:
    soap = records.create(
        cast.manager, PRODUCT, {"sku": f"P{uuid7().hex[-10:]}", "name": "Soap", "price": "12", "cost": "4.5"}
    )
    moment = now()
    records.change(cast.manager, PRODUCT, soap.id, {"cost": "5", "price": "13"}, expected_version=1)
    seen = past.record(cast.north_clerk, PRODUCT, soap.id, moment)
    assert seen.values["price"] == Decimal("12.00")
    assert "cost" not in seen.values
    assert past.record(cast.manager, PRODUCT, soap.id, moment).values["cost"] == Decimal("4.5")
    for arguments in ({"sort": "cost"}, {"f__0__cost__gt": "1"}):
        with pytest.raises(BadRequest):
            listed(cast.north_clerk, PRODUCT, moment, **arguments)


def test_linked_records_are_called_what_they_were_called_then(cast: Cast, now: Now) -> None:
    brand = records.create(cast.manager, BRAND, {"name": "Then"})
    soap = records.create(
        cast.manager, PRODUCT, {"sku": f"P{uuid7().hex[-10:]}", "name": "Soap", "price": "1", "brand_id": str(brand.id)}
    )
    named_then, unlinked = now(), {"brand_id": None}
    records.change(cast.manager, BRAND, brand.id, {"note": "not its name"}, expected_version=1)
    records.change(cast.manager, BRAND, brand.id, {"name": "Later"}, expected_version=2)
    named_later = now()
    records.change(cast.manager, BRAND, brand.id, {"name": "Last"}, expected_version=3)

    def called(moment: dt.datetime) -> set[str]:
        row = past.record(cast.north_clerk, PRODUCT, soap.id, moment)
        rows = listed(cast.north_clerk, PRODUCT, moment, f__0__sku__is=soap.sku)
        return {row.labels["brand_id"], *(row.labels["brand_id"] for row in rows)}

    assert [called(moment) for moment in (named_then, named_later, now())] == [{"Then"}, {"Later"}, {"Last"}]
    records.change(cast.manager, PRODUCT, soap.id, unlinked, expected_version=1)
    records.remove(cast.manager, BRAND, brand.id, expected_version=4)
    assert [called(moment) for moment in (named_then, named_later)] == [{"Then"}, {"Later"}]


def test_a_name_from_elsewhere_is_not_told(cast: Cast, database: Database, now: Now) -> None:
    with making(database, cast.south, cast.north) as factory:
        register = factory.make(REGISTER, name="Secret of the south")
    with making(database, cast.north, cast.south) as factory:
        shift = factory.make(SHIFT, register_id=register.id)
    moment = now()
    with db.transaction(EVERYONE) as session:
        moved = {"north": cast.north, "register": register.id}
        session.execute(sa.text("UPDATE registers SET name = 'Open', location_id = :north WHERE id = :register"), moved)
    for actor, name in ((cast.frontdesk, "Open"), (cast.manager, "Secret of the south")):
        assert past.record(actor, SHIFT, shift.id, moment).labels["register_id"] == name


def test_remarks_are_seen_with_the_record_they_hung_on_where_it_was_then(
    cast: Cast, database: Database, now: Now
) -> None:
    with making(database, cast.north, cast.south) as factory:
        request = factory.make(REQUEST)
    given = {"entity": "cash_request", "record_id": str(request.id), "body": "For the till"}
    kept, gone = (records.create(EVERYONE, COMMENT, given).id for _ in range(2))
    in_north = now()
    with db.transaction(EVERYONE) as session:
        moved = {"south": cast.south, "id": request.id}
        session.execute(sa.text("UPDATE cash_requests SET location_id = :south WHERE id = :id"), moved)
    records.remove(EVERYONE, COMMENT, gone, expected_version=1)
    in_south = now()
    for actor, moment, remarks in (
        (cast.north_clerk, in_north, {kept, gone}),
        (cast.north_clerk, in_south, set()),
        (cast.south_clerk, in_north, set()),
        (cast.south_clerk, in_south, {kept}),
        (cast.admin, in_north, {kept, gone}),
    ):
        assert ids(past.hanging(actor, COMMENT, REQUEST, request.id, moment)) == remarks
        assert ids(listed(actor, COMMENT, moment)) & {kept, gone} <= remarks
    assert ids(listed(cast.south_clerk, COMMENT, in_south)) >= {kept}
    assert ids(listed(cast.admin, COMMENT, in_north)) >= {kept, gone}
    assert past.hanging(cast.nobody, COMMENT, REQUEST, request.id, in_north) == []


def test_a_record_of_then_says_when_it_had_been_changed_last(cast: Cast, now: Now) -> None:
    brand = records.create(cast.manager, BRAND, {"name": "Dated"})
    made = now()
    records.change(cast.manager, BRAND, brand.id, {"note": "1"}, expected_version=1)
    changed = now()
    records.change(cast.manager, BRAND, brand.id, {"note": "2"}, expected_version=2)
    first, second = (past.record(cast.manager, BRAND, brand.id, moment).values for moment in (made, changed))
    assert first["updated_at"] == first["created_at"] == brand.created_at
    assert made < second["updated_at"] < changed


def test_secrets_do_not_come_back(cast: Cast, now: Now) -> None:
    moment = now()
    with db.transaction(EVERYONE) as session:
        user = session.scalar(sa.text("UPDATE users SET name = name || '!' WHERE email LIKE 'viewer%' RETURNING id"))
    for actor in (cast.admin, EVERYONE):
        with db.reading(actor) as session:
            state = session.scalar(
                sa.text("SELECT state FROM backroom.past_states('user', :at) WHERE id = :id"),
                {"at": moment, "id": user},
            )
        assert state["name"] == "Viewer"
        assert not {name for name, column in columns_of(named("user")).items() if column.info["column"].secret} & set(
            state
        )
    with db.reading(cast.north_clerk) as session:
        hidden = session.scalar(sa.text("SELECT count(state) FROM backroom.past_states('user', :at)"), {"at": moment})
    assert hidden == 0, "people of one location see no users, neither today nor in the past"


@pytest.mark.parametrize("name", ["manager", "north_clerk", "admin"])
def test_the_past_list_is_what_the_list_was(
    name: str, cast: Cast, database: Database, now: Now, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The list's own answers, kept at each of several moments, against the past list at these moments."""
    actor = getattr(cast, name)
    orders = [
        records.create(
            EVERYONE, ORDER,
            {"location_id": (cast.north, cast.south)[turn % 2], "freight": turn or None, "ship_city": f"City {turn % 3}"},
        ) for turn in range(8)
    ]  # fmt: skip
    questions: list[dict[str, str]] = [
        {}, {"sort": "freight"}, {"sort": "-freight"}, {"sort": "ship_city"}, {"f__0__freight__gt": "3"}, {"sort": "location_id"},
        {"f__0__ship_city__is": "City 1", "f__1__freight__lt": "2"}, {"sort": "-number"}, {"q": "city"},
    ]  # fmt: skip
    kept: list[tuple[dt.datetime, list[list[Mapping[str, Any]]]]] = []

    def look() -> None:
        kept.append((now(), [[row.values for row in current(actor, question)] for question in questions]))

    look()
    for turn, order in enumerate(orders):
        if turn % 4 == 0:
            records.change(EVERYONE, ORDER, order.id, {"freight": "99", "location_id": cast.north}, expected_version=1)
        if turn % 4 == 1:
            records.change(
                EVERYONE, ORDER, order.id, {"freight": None, "location_id": cast.elsewhere}, expected_version=1
            )
        if turn % 4 == 2:
            records.remove(EVERYONE, ORDER, order.id, expected_version=1)
        if turn % 3 == 0:
            records.create(EVERYONE, ORDER, {"location_id": cast.north, "freight": 2 * turn})
            look()
    monkeypatch.setattr("app.core.query.USUAL_SIZE", 25)
    for moment, answers in kept:
        for question, answer in zip(questions, answers, strict=True):
            assert [row.values for row in listed(actor, ORDER, moment, **question)] == answer, question


def current(actor: Actor, question: Mapping[str, str]) -> list[Row]:
    asked = {name.replace("__", "."): [value] for name, value in question.items()} | {"size": ["200"]}
    return list(listing.page(actor, ORDER, listing.parse(actor, ORDER, asked)).rows)


def test_pages_of_the_past_hold_every_row_once_in_both_directions(cast: Cast, database: Database, now: Now) -> None:
    with making(database, cast.north, cast.south) as factory:
        for turn in range(70):
            factory.make(ORDER, freight=Decimal(turn % 7) if turn % 5 else None)
    moment = now()
    whole = [row.id for row in listed(cast.north_clerk, ORDER, moment, sort="freight", size="200")]
    with db.transaction(EVERYONE) as session:
        session.execute(sa.text("UPDATE orders SET freight = 5 - freight WHERE id = ANY (:ids)"), {"ids": whole[::2]})
        session.execute(sa.text("DELETE FROM orders WHERE id = ANY (:ids)"), {"ids": whole[1::6]})
    assert [row.id for row in listed(cast.north_clerk, ORDER, moment, sort="freight", size="25")] == whole
    query = listing.parse(cast.north_clerk, ORDER, {"sort": ["freight"], "size": ["25"], "page": ["last"]})
    backwards: list[UUID] = []
    while True:
        page = past.page(cast.north_clerk, ORDER, query, moment)
        backwards = [row.id for row in page.rows] + backwards
        if page.previous is None:
            break
        asked = {"sort": ["freight"], "size": ["25"], "before": [page.previous]}
        query = listing.parse(cast.north_clerk, ORDER, asked)
    assert backwards == whole


def test_a_moment_that_nothing_is_known_of_is_refused_with_a_sentence(cast: Cast, now: Now) -> None:
    query = listing.parse(cast.manager, BRAND, {})
    with pytest.raises(BadRequest, match="still to come"):
        past.page(cast.manager, BRAND, query, now() + dt.timedelta(hours=1))
    with pytest.raises(TooLongAgo, match="365 days"):
        past.page(cast.manager, BRAND, query, now() - dt.timedelta(days=400))
    with pytest.raises(NotKept):
        past.page(cast.admin, named("change"), listing.parse(cast.admin, named("change"), {}), now())


STEPS = st.lists(st.sampled_from(["name", "note", "both", "remove", "again", "clear"]), min_size=1, max_size=8)


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(steps=STEPS)
def test_whatever_happened_every_state_there_was_comes_back(steps: list[str], cast: Cast, now: Now) -> None:
    id = uuid7()
    states: list[tuple[dt.datetime, tuple[str, str | None] | None]] = [(now(), None)]
    work = {
        "name": "UPDATE brands SET name = :word WHERE id = :id",
        "note": "UPDATE brands SET note = :word WHERE id = :id",
        "both": "UPDATE brands SET name = :word, note = :word WHERE id = :id",
        "clear": "UPDATE brands SET note = NULL WHERE id = :id",
        "remove": "DELETE FROM brands WHERE id = :id",
        "again": "INSERT INTO brands (id, name) VALUES (:id, :word) ON CONFLICT DO NOTHING",
    }
    for turn, step in enumerate(("again", *steps)):
        with db.transaction(EVERYONE) as session:
            session.execute(sa.text(work[step]), {"id": id, "word": f"{id} {turn}"[-40:]})
            row = session.execute(sa.text("SELECT name, note FROM brands WHERE id = :id"), {"id": id}).one_or_none()
        states.append((now(), tuple(row) if row else None))
    for moment, state in states:
        found = past.by_ids(cast.manager, BRAND, [id], ["name", "note"], moment)
        assert (tuple(found[id].values.values()) if found else None) == state
