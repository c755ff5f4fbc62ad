"""The feed hands out a record's changes, and those of one operation, as they were written."""

from __future__ import annotations

from collections.abc import Callable

import sqlalchemy as sa

from app.core import db
from app.core.entity import named
from app.core.ids import uuid7
from app.services import many_records, records
from app.services.feed import changes
from tests.cast import Cast
from tests.screens.conftest import app as app
from tests.screens.conftest import browsers as browsers
from tests.web import Browser

BRAND = named("brand")


def test_the_rows_of_a_bulk_edit_share_their_operation(cast: Cast) -> None:
    operation = uuid7()
    made = [records.create(cast.manager, BRAND, {"name": f"Bulk {turn}"}) for turn in range(3)]
    many_records.change(
        cast.manager, BRAND, [(brand.id, brand.version) for brand in made], {"note": "Checked"}, operation=operation
    )
    with db.reading(cast.manager) as session:
        found = changes.of_operation(session, operation)
        alone = changes.of_transaction(session, found[0].transaction)
    assert [change.record_id for change in found] == [brand.id for brand in made]
    assert all(change.diff == {"note": [None, "Checked"]} for change in found)
    assert {change.operation for change in found} == {str(operation)}
    assert [change.record_id for change in alone] == [made[0].id]


def test_a_records_changes_come_newest_first_with_the_name_of_who_made_them(cast: Cast) -> None:
    brand = records.create(cast.manager, BRAND, {"name": "Ordered"})
    for turn in range(3):
        brand = records.change(cast.manager, BRAND, brand.id, {"note": f"{turn}"}, expected_version=brand.version)
    with db.reading(cast.manager) as session:
        whole = changes.of_record(session, "brand", brand.id)
        since = changes.of_record(session, "brand", brand.id, after_version=2)
        newest = changes.of_record(session, "brand", brand.id, limit=1)
        name = session.scalar(sa.text("SELECT name FROM people WHERE id = :id"), {"id": cast.manager.id})
    assert [(change.version, change.op) for change, _ in whole] == [
        (4, "update"),
        (3, "update"),
        (2, "update"),
        (1, "insert"),
    ]
    assert {by for _, by in whole} == {name}
    assert since == whole[:2]
    assert newest == whole[:1]


def test_who_polls_hears_that_a_remark_was_changed(cast: Cast, browsers: Callable[[str], Browser]) -> None:
    brand = records.create(cast.manager, BRAND, {"name": f"Discussed {uuid7()}"})
    given = {"entity": "brand", "record_id": str(brand.id), "body": "Good"}
    remark = records.create(cast.admin, named("comment"), given)
    manager = browsers("manager")
    cursor = manager.get("/api/v1/changes").json["cursor"]
    records.change(cast.admin, named("comment"), remark.id, {"body": "Better"}, expected_version=1)
    told = manager.get(f"/api/v1/changes?after={cursor}").json["changes"]
    assert [(one["entity"], one["id"], one["op"]) for one in told] == [("comment", str(remark.id), "put")]
