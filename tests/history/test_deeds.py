"""A history tells what was done to a record or a list: to each reader what was theirs to know, and nothing else."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from dataclasses import replace
from decimal import Decimal
from uuid import UUID

import pytest
import sqlalchemy as sa

import app.models  # noqa: F401  fills the registry
from app.core import access, db
from app.core.actor import Actor, system
from app.core.entity import named
from app.core.errors import BadRequest, Forbidden
from app.core.ids import uuid7
from app.services import many_records, records, remains
from app.services.history import deeds, undo_plan, walking
from app.services.history.deeds import Page, Told
from app.services.history.walking import Asked
from tests.cast import Cast
from tests.databases import Database
from tests.factory import making
from tests.history.test_undo import newest

BRAND, PRODUCT, ORDER, LINE, RULE = (named(name) for name in ("brand", "product", "order", "order_line", "stock_rule"))
COMMENT = named("comment")
Now = Callable[[], dt.datetime]


def all_told(page: Page) -> list[Told]:
    return [one for deed in page.deeds for one in deed.told]


def fields(told: Told) -> dict[str, tuple[object, object]]:
    return {found.column: (found.old, found.new) for found in told.differences}


def product(actor: Actor, **given: object) -> object:
    return records.create(actor, PRODUCT, {"sku": f"S{uuid7().hex[-12:]}", "name": "Soap", "price": "12.00"} | given)


def test_a_record_tells_who_changed_which_field_from_what_to_what(cast: Cast) -> None:
    soap = product(cast.manager)
    records.change(cast.manager, PRODUCT, soap.id, {"price": "13.50"}, expected_version=1)
    page = deeds.of_record(cast.manager, PRODUCT, soap.id, Asked())
    assert [(deed.by, deed.source, deed.count) for deed in page.deeds] == [("Manager", "screen", 1)] * 2
    changed, created = all_told(page)
    assert (changed.way, created.way) == ("changed", "created")
    assert fields(changed) == {"price": (12.00, 13.5)}
    assert fields(created)["name"] == (None, "Soap")
    assert changed.title == "Soap"
    assert page.next is None


def test_a_field_that_is_closed_to_the_reader_is_not_told_and_a_change_of_it_alone_did_not_happen(cast: Cast) -> None:
    soap = product(cast.manager, cost="4.00")
    soap = records.change(cast.manager, PRODUCT, soap.id, {"cost": "5.00"}, expected_version=1)
    records.change(cast.manager, PRODUCT, soap.id, {"cost": "6.00", "price": "14"}, expected_version=2)
    assert "cost" not in access.visible(cast.north_clerk, PRODUCT)
    seen = all_told(deeds.of_record(cast.north_clerk, PRODUCT, soap.id, Asked()))
    assert [(one.change.version, set(fields(one)) & {"cost", "price"}) for one in seen] == [
        (3, {"price"}),
        (1, {"price"}),
    ]
    everything = all_told(deeds.of_record(cast.manager, PRODUCT, soap.id, Asked()))
    assert [fields(one).get("cost") for one in everything] == [(5.0, 6.0), (4.0, 5.0), (None, 4.0)]
    with pytest.raises(BadRequest):
        deeds.of_record(cast.north_clerk, PRODUCT, soap.id, Asked(column="cost"))


def test_of_a_record_that_moved_each_side_knows_its_own_part(cast: Cast, database: Database) -> None:
    with making(database, cast.north, cast.south) as factory:
        rule = factory.make(RULE, reorder_point=Decimal(3))
    everyone = system("tests")
    changed = records.change(everyone, RULE, rule.id, {"reorder_point": "4"}, expected_version=1)
    moved = {"location_id": cast.south, "reorder_point": "5"}
    changed = records.change(everyone, RULE, rule.id, moved, expected_version=changed.version)
    records.change(everyone, RULE, rule.id, {"reorder_point": "6"}, expected_version=changed.version)
    north = all_told(deeds.of_record(cast.north_clerk, RULE, rule.id, Asked()))
    south = all_told(deeds.of_record(cast.south_clerk, RULE, rule.id, Asked()))
    assert [one.way for one in north] == ["left", "changed", "created"]
    assert [one.way for one in south] == ["changed", "came"]
    assert fields(north[0])["reorder_point"] == (4, None), "what it became elsewhere is not North's to know"
    assert fields(south[1])["reorder_point"] == (None, 5), "what it was elsewhere is not South's to know"
    assert (north[0].here, south[0].here) == (False, True)
    assert [one.way for one in all_told(deeds.of_record(cast.manager, RULE, rule.id, Asked()))] == [
        "changed", "changed", "changed", "created",
    ]  # fmt: skip


def test_the_history_of_a_deleted_record_stays_for_those_who_saw_it(cast: Cast, database: Database) -> None:
    with making(database, cast.north, cast.south) as factory:
        rule = factory.make(RULE)
    records.remove(system("tests"), RULE, rule.id, expected_version=1)
    seen = all_told(deeds.of_record(cast.north_clerk, RULE, rule.id, Asked()))
    assert [one.way for one in seen] == ["deleted", "created"]
    assert all_told(deeds.of_record(cast.south_clerk, RULE, rule.id, Asked())) == []
    brand = records.create(cast.manager, BRAND, {"name": "Short-lived"})
    records.remove(cast.manager, BRAND, brand.id, expected_version=1)
    assert [one.title for one in all_told(deeds.of_record(cast.north_clerk, BRAND, brand.id, Asked()))] == [
        "Short-lived"
    ] * 2


def test_links_are_told_by_name_also_of_what_is_gone(cast: Cast) -> None:
    old, new = (records.create(cast.manager, BRAND, {"name": name}) for name in ("Old brand", "New brand"))
    soap = product(cast.manager, brand_id=old.id)
    records.change(cast.manager, PRODUCT, soap.id, {"brand_id": new.id}, expected_version=1)
    records.remove(cast.manager, BRAND, old.id, expected_version=1)
    page = deeds.of_record(cast.manager, PRODUCT, soap.id, Asked())
    (difference,) = all_told(page)[0].differences
    assert page.names.title("brand", UUID(difference.old)) == "Old brand"
    assert page.names.title("brand", UUID(difference.new)) == "New brand"
    assert (page.names.here("brand", old.id), page.names.here("brand", new.id)) == (False, True)


def test_a_documents_history_holds_its_lines_also_the_deleted_ones(cast: Cast) -> None:
    soap = product(cast.manager)
    order = records.create(
        cast.manager, ORDER, {"location_id": cast.north},
        children={"order_line": [records.Line({"product_id": soap.id, "quantity": "2", "unit_price": "12"})]},
    )  # fmt: skip
    with db.reading(cast.manager) as session:
        line = session.scalars(sa.select(LINE).where(LINE.__table__.c.order_id == order.id)).one()
    records.change(cast.manager, LINE, line.id, {"quantity": "3"}, expected_version=line.version)
    records.remove(cast.manager, LINE, line.id, expected_version=line.version + 1)
    told = all_told(deeds.of_record(cast.north_clerk, ORDER, order.id, Asked()))
    of_lines = [one for one in told if one.entity is LINE]
    assert [one.way for one in of_lines] == ["deleted", "changed", "created"]
    assert fields(of_lines[1])["quantity"] == (2, 3)
    assert {one.title for one in of_lines} == {"Soap"}, "a line is called what it stands for, also when it is gone"
    (last,) = deeds.of_record(cast.manager, ORDER, order.id, Asked(op="insert", shown=0)).deeds
    assert (last.count, [one.entity for one in last.told]) == (2, [ORDER]), "the record itself is always told"
    assert all_told(deeds.of_record(cast.south_clerk, ORDER, order.id, Asked())) == []


def test_a_bulk_edit_is_one_deed_of_a_list(cast: Cast) -> None:
    made = [records.create(cast.manager, BRAND, {"name": f"Of many {turn}"}) for turn in range(30)]
    items = [(brand.id, brand.version) for brand in made]
    many_records.change(cast.manager, BRAND, items, {"note": "Checked"}, operation=uuid7())
    page = deeds.of_list(cast.manager, BRAND, Asked(shown=5))
    deed = page.deeds[0]
    assert (deed.count, len(deed.told), deed.by) == (30, 5, "Manager")
    rest = deeds.of_list(cast.manager, BRAND, Asked(operation=deed.key, shown=100))
    assert [len(each.told) for each in rest.deeds] == [30]


def test_a_deed_counts_what_is_told_of_it(cast: Cast) -> None:
    brand = records.create(cast.manager, BRAND, {"name": "Talked about"})
    with db.transaction(cast.admin):
        for kind, id in (("brand", brand.id), ("user", cast.viewer.id)):
            records.create(cast.admin, COMMENT, {"entity": kind, "record_id": str(id), "body": "Good"})
    page = deeds.of_list(cast.viewer, COMMENT, Asked())
    assert (page.deeds[0].count, len(page.deeds[0].told)) == (1, 1), "a remark on a user is nothing to a viewer"
    assert deeds.of_list(cast.admin, COMMENT, Asked()).deeds[0].count == 2


def test_pages_hold_every_change_once(cast: Cast, database: Database) -> None:
    brand = records.create(cast.manager, BRAND, {"name": "Paged"})
    operation = uuid7()
    for turn in range(24):
        with db.transaction(cast.manager, operation=operation if turn % 3 == 0 else None):
            brand = records.change(cast.manager, BRAND, brand.id, {"note": f"{turn}"}, expected_version=brand.version)
    found, before, pages = [], None, 0
    while before or not pages:
        page = deeds.of_record(cast.manager, BRAND, brand.id, Asked(before=before, size=5))
        assert len(page.deeds) <= 5
        found += [one.change.seq for one in all_told(page)]
        before, pages = page.next, pages + 1
    assert len(found) == len(set(found)) == 25
    assert pages > 2


def test_a_page_that_looked_through_enough_says_how_far_and_where_to_look_on(
    cast: Cast, now: Now, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(walking, "WALKED_OF_RECORD", 5)
    monkeypatch.setattr(walking, "LOOKS", 2)
    begun = now()
    brand = records.create(cast.manager, BRAND, {"name": "Long"})
    for turn in range(25):
        brand = records.change(cast.manager, BRAND, brand.id, {"note": f"{turn}"}, expected_version=brand.version)
    before, reached, page = None, [now()], None
    while page is None or before:
        page = deeds.of_record(cast.manager, BRAND, brand.id, Asked(op="insert", before=before))
        before = page.next
        if before:
            assert page.reached
            reached.append(page.reached)
    assert len(reached) == 3, "26 changes, of which 2 times 5 are looked through for a page"
    assert reached == sorted(reached, reverse=True)
    assert reached[-1] > begun
    assert [one.way for one in all_told(page)] == ["created"], "what is rare is found by looking further"
    assert len(all_told(deeds.of_record(cast.manager, BRAND, brand.id, Asked()))) == 5, "where all fits one look does"


def test_looking_back_ends_where_a_record_was_made_but_not_where_it_was_restored(
    cast: Cast, owner: sa.Connection, monkeypatch: pytest.MonkeyPatch
) -> None:
    looks: list[object] = []
    look = walking._look
    monkeypatch.setattr(walking, "_look", lambda *given: looks.append(given) or look(*given))
    brand = records.create(cast.manager, BRAND, {"name": f"Begun {uuid7()}"})
    assert [one.way for one in all_told(deeds.of_record(cast.manager, BRAND, brand.id, Asked()))] == ["created"]
    assert len(looks) == 1, "before a record was made nothing is looked for"
    records.remove(cast.manager, BRAND, brand.id, expected_version=1)
    ended = newest(BRAND, brand.id)
    owner.execute(sa.text("UPDATE changes SET at = now() - interval '30 days' WHERE record_id = :id"), {"id": brand.id})
    owner.commit()
    remains.restore(cast.manager, undo_plan.remains_of(ended))
    told = all_told(deeds.of_record(cast.manager, BRAND, brand.id, Asked()))
    assert [one.way for one in told] == ["restored", "deleted", "created"]


def test_filters_by_person_field_time_and_kind(cast: Cast, now: Now) -> None:
    brand = records.create(cast.manager, BRAND, {"name": "Filtered"})
    between = now()
    brand = records.change(cast.admin, BRAND, brand.id, {"note": "by the admin"}, expected_version=1)
    brand = records.change(cast.manager, BRAND, brand.id, {"website": "https://a.example"}, expected_version=2)
    after = now()
    records.change(cast.manager, BRAND, brand.id, {"note": "by the manager"}, expected_version=3)

    def versions(**asked: object) -> list[int]:
        return [one.change.version for one in all_told(deeds.of_record(cast.manager, BRAND, brand.id, Asked(**asked)))]

    assert versions() == [4, 3, 2, 1]
    assert versions(person=cast.admin.id) == [2]
    assert versions(by_nobody=True) == []
    assert versions(column="note") == [4, 2]
    assert versions(since=between, until=after) == [3, 2]
    assert versions(op="insert") == [1]


def test_a_list_whose_entity_is_closed_to_somebody_has_no_history_for_them(cast: Cast) -> None:
    with pytest.raises(Forbidden):
        deeds.of_list(cast.nobody, BRAND, Asked())
    with pytest.raises(Forbidden):
        deeds.of_list(cast.north_clerk, named("user"), Asked())


def test_the_location_in_the_switcher_narrows_a_lists_history(cast: Cast, database: Database) -> None:
    with making(database, cast.north, cast.south) as factory:
        here = factory.make(RULE).id
    with making(database, cast.south, cast.north) as factory:
        there = factory.make(RULE).id
    ids = {
        one.change.record_id for one in all_told(deeds.of_list(replace(cast.manager, chosen=cast.south), RULE, Asked()))
    }
    assert there in ids
    assert here not in ids


def test_a_history_of_many_months_is_whole(cast: Cast, owner: sa.Connection) -> None:
    brand = records.create(cast.manager, BRAND, {"name": "Old firm"})
    owner.execute(
        sa.text("UPDATE changes SET at = now() - interval '350 days' WHERE record_id = :id"), {"id": brand.id}
    )
    # Laid down in the order of their times, as they would have been.
    owner.execute(
        sa.text(
            "INSERT INTO changes (at, source, operation, entity, record_id, op, version, audience_before, audience_after, diff)"
            " SELECT now() - make_interval(days => d), 'screen', 'long-ago-' || d, 'brand', :id, 'update', 1,"
            " :everyone, :everyone, jsonb_build_object('note', jsonb_build_array(d, d - 1))"
            " FROM unnest(ARRAY[340, 300, 290, 120, 90, 50, 24, 12, 9, 6, 4, 3, 1]) d"
        ),
        {"id": brand.id, "everyone": [UUID(int=0)]},
    )
    owner.commit()

    def days(asked: Asked) -> list[int]:
        found: list[int] = []
        while True:
            page = deeds.of_record(cast.north_clerk, BRAND, brand.id, asked)
            found += [int(fields(one)["note"][0]) for one in all_told(page) if one.way == "changed"]
            if page.next is None:
                return found
            asked = replace(asked, before=page.next)

    whole = [1, 3, 4, 6, 9, 12, 24, 50, 90, 120, 290, 300, 340]
    for size in (1, 2, 5, 50):
        assert days(Asked(size=size)) == whole
    now = dt.datetime.now(dt.UTC)
    some = Asked(size=2, since=now - dt.timedelta(days=100, hours=1), until=now - dt.timedelta(days=8))
    assert days(some) == [9, 12, 24, 50, 90]
