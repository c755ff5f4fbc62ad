"""Between two moments: what became of records, netted, and as far as it was the reader's at both."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from decimal import Decimal

import pytest
import sqlalchemy as sa

import app.models  # noqa: F401  fills the registry
from app.core import db
from app.core.actor import Actor, system
from app.core.entity import Entity, named
from app.core.errors import BadRequest, Forbidden
from app.core.ids import uuid7
from app.services import records
from app.services.feed import changes
from app.services.history import differences, past
from app.services.history.differences import Outcome
from tests.cast import Cast
from tests.databases import Database
from tests.factory import making

BRAND, PRODUCT, ORDER, LINE, RULE = (named(name) for name in ("brand", "product", "order", "order_line", "stock_rule"))
Now = Callable[[], dt.datetime]
EVERYONE = system("tests")


def found(
    actor: Actor, entity: type[Entity], since: dt.datetime, until: dt.datetime, **asked: bool
) -> dict[str, Outcome]:
    return {one.title: one for one in differences.between(actor, entity, since, until, **asked).found}


def test_differences_are_netted(cast: Cast, now: Now) -> None:
    kept, back, gone = (records.create(cast.manager, BRAND, {"name": name}) for name in ("Kept", "Back", "Gone"))
    since = now()
    kept = records.change(
        cast.manager, BRAND, kept.id, {"note": "one", "website": "https://a.example"}, expected_version=1
    )
    records.change(cast.admin, BRAND, kept.id, {"note": "two"}, expected_version=2)
    back = records.change(cast.manager, BRAND, back.id, {"name": "Otherwise"}, expected_version=1)
    records.change(cast.manager, BRAND, back.id, {"name": "Back"}, expected_version=2)
    records.remove(cast.manager, BRAND, gone.id, expected_version=1)
    records.create(cast.manager, BRAND, {"name": "New"})
    mayfly = records.create(cast.manager, BRAND, {"name": "Mayfly"})
    records.remove(cast.manager, BRAND, mayfly.id, expected_version=1)
    until = now()
    records.create(cast.manager, BRAND, {"name": "Too late"})
    seen = found(cast.manager, BRAND, since, until)
    assert {title: one.way for title, one in seen.items()} == {"Kept": "changed", "Gone": "deleted", "New": "created"}
    changed = seen["Kept"]
    assert changed.columns == ("website", "note")
    assert changed.before
    assert changed.after
    assert (changed.before.values["note"], changed.after.values["note"]) == (None, "two")
    assert set(changed.by) == {"Manager", "Admin"}
    assert set(found(cast.manager, BRAND, since, until, others=True)) == {"Kept"}


def test_what_others_did_is_told_by_all_that_happened_to_the_record(cast: Cast, now: Now) -> None:
    old = records.create(cast.manager, BRAND, {"name": "Mine to delete"})
    since = now()
    new = records.create(cast.manager, BRAND, {"name": "Mine and edited"})
    records.change(cast.admin, BRAND, new.id, {"note": "by the admin"}, expected_version=1)
    records.change(cast.admin, BRAND, old.id, {"note": "by the admin"}, expected_version=1)
    records.remove(cast.manager, BRAND, old.id, expected_version=2)
    records.create(cast.manager, BRAND, {"name": "Mine alone"})
    seen = found(cast.manager, BRAND, since, now(), others=True)
    assert {title: one.way for title, one in seen.items()} == {
        "Mine and edited": "created",
        "Mine to delete": "deleted",
    }
    assert set(seen["Mine and edited"].by) == {"Admin", "Manager"}


def test_a_page_says_that_not_all_was_looked_at_also_when_nothing_of_it_is_told(
    cast: Cast, now: Now, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(differences, "MOST", 3)
    since = now()
    soap = records.create(cast.manager, PRODUCT, {"sku": f"F{uuid7().hex[-10:]}", "name": "Full", "price": "12"})
    assert not differences.between(cast.north_clerk, PRODUCT, since, now()).full
    for version in (1, 2, 3):
        records.change(cast.manager, PRODUCT, soap.id, {"cost": str(version)}, expected_version=version)
    page = differences.between(cast.north_clerk, PRODUCT, since, now())
    assert (page.found, page.next, page.full) == ((), None, True), "costs are closed to a clerk, and hide the rest"


def test_what_a_reader_may_not_see_makes_no_difference(cast: Cast, database: Database, now: Now) -> None:
    soap = records.create(
        cast.manager, PRODUCT, {"sku": f"D{uuid7().hex[-10:]}", "name": "Closed", "price": "12", "cost": "4"}
    )
    with making(database, cast.north, cast.south) as factory:
        rule = factory.make(RULE, reorder_point=Decimal(3))
    since = now()
    records.change(cast.manager, PRODUCT, soap.id, {"cost": "5"}, expected_version=1)
    records.change(EVERYONE, RULE, rule.id, {"location_id": cast.south, "reorder_point": "9"}, expected_version=1)
    until = now()
    assert "Closed" not in found(cast.north_clerk, PRODUCT, since, until)
    assert found(cast.manager, PRODUCT, since, until)["Closed"].columns == ("cost",)
    (north,) = differences.between(cast.north_clerk, RULE, since, until).found
    (south,) = differences.between(cast.south_clerk, RULE, since, until).found
    assert (north.way, north.after, south.way, south.before) == ("left", None, "came", None)
    assert north.before
    assert north.before.values["reorder_point"] == 3
    with pytest.raises(Forbidden):
        differences.between(cast.north_clerk, named("user"), since, until)
    with pytest.raises(BadRequest):
        differences.between(cast.manager, BRAND, since, now() + dt.timedelta(hours=1))


def test_pages_of_differences_hold_every_record_once(cast: Cast, now: Now, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(differences, "RECORDS", 7)
    since = now()
    made = {records.create(cast.manager, BRAND, {"name": f"Counted {turn}"}).id for turn in range(20)}
    until = now()
    seen, before = [], changes.NEWEST
    while before:
        page = differences.between(cast.manager, BRAND, since, until, before=before)
        seen += [one.id for one in page.found]
        before = page.next
    assert len(seen) == 20
    assert set(seen) == made


def test_the_overview_counts_what_others_touched_and_the_reader_may_see(
    cast: Cast, database: Database, now: Now
) -> None:
    since = now()
    soap = records.create(cast.manager, PRODUCT, {"sku": f"O{uuid7().hex[-10:]}", "name": "Counted", "price": "12"})
    with making(database, cast.south, cast.north) as factory:
        factory.make(RULE)
    theirs = {one.entity.entity: one.records for one in differences.overview(cast.north_clerk, since)}
    assert theirs["product"] >= 1
    assert "stock_rule" not in theirs
    assert "stock_rule" in {one.entity.entity for one in differences.overview(cast.south_clerk, since)}
    before = now()
    records.change(cast.manager, PRODUCT, soap.id, {"cost": "7"}, expected_version=1)
    assert differences.overview(cast.north_clerk, before) == []
    assert [one.entity for one in differences.overview(cast.admin, before)] == [PRODUCT]
    assert differences.overview(cast.manager, before) == [], "one's own changes are no news"


def test_the_last_visit_is_the_one_before_this_session(cast: Cast, database: Database, now: Now) -> None:
    from dataclasses import replace

    assert abs(differences.last_visit(cast.viewer, now()) - (now() - differences.AWAY)) < dt.timedelta(minutes=1)
    earlier, this = now() - dt.timedelta(days=3), uuid7()
    with making(database, cast.north, cast.south) as factory:
        session = named("session")
        factory.make(session, user_id=cast.viewer.id, last_seen_at=earlier)
        made = factory.make(session, user_id=cast.viewer.id, last_seen_at=now() + dt.timedelta(minutes=5))
        this = made.id
    assert differences.last_visit(replace(cast.viewer, session_id=this), now()) == earlier


def test_a_document_shows_the_lines_it_had(cast: Cast, now: Now) -> None:
    soap = records.create(cast.manager, PRODUCT, {"sku": f"L{uuid7().hex[-10:]}", "name": "Line", "price": "12"})
    lines = [records.Line({"product_id": soap.id, "quantity": str(turn), "unit_price": "1"}) for turn in (1, 2)]
    order = records.create(cast.manager, ORDER, {"location_id": cast.north}, children={"order_line": lines})
    with db.reading(cast.manager) as session:
        first, second = session.scalars(sa.select(LINE).where(LINE.__table__.c.order_id == order.id).order_by(LINE.id))
    then = now()
    records.change(cast.manager, LINE, first.id, {"quantity": "9"}, expected_version=1)
    records.remove(cast.manager, LINE, second.id, expected_version=1)
    shown = past.parts(cast.north_clerk, LINE, "order_id", order.id, then)
    assert sorted(row.values["quantity"] for row in shown) == [1, 2]
    assert [row.values["quantity"] for row in past.parts(cast.north_clerk, LINE, "order_id", order.id, now())] == [9]
    assert past.parts(cast.south_clerk, LINE, "order_id", order.id, then) == []
