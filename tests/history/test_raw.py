"""The feed hands out a record's changes, and those of one operation, as they were written."""

from __future__ import annotations

import app.models  # noqa: F401  fills the registry
from app.core import db
from app.core.entity import named
from app.core.ids import uuid7
from app.services import history, records
from tests.cast import Cast

BRAND = named("brand")


def test_the_rows_of_a_bulk_edit_share_their_operation(cast: Cast) -> None:
    operation = uuid7()
    made = [records.create(cast.manager, BRAND, {"name": f"Bulk {turn}"}) for turn in range(3)]
    records.change_many(
        cast.manager, BRAND, [(brand.id, brand.version) for brand in made], {"note": "Checked"}, operation=operation
    )
    with db.reading(cast.manager) as session:
        found = history.of_operation(session, operation)
        alone = history.of_transaction(session, found[0].transaction)
    assert [change.record_id for change in found] == [brand.id for brand in made]
    assert all(change.diff == {"note": [None, "Checked"]} for change in found)
    assert {change.operation for change in found} == {str(operation)}
    assert [change.record_id for change in alone] == [made[0].id]


def test_a_records_changes_come_newest_first_and_page_by_page(cast: Cast) -> None:
    brand = records.create(cast.manager, BRAND, {"name": "Ordered"})
    for turn in range(3):
        brand = records.change(cast.manager, BRAND, brand.id, {"note": f"{turn}"}, expected_version=brand.version)
    with db.reading(cast.manager) as session:
        whole = history.of_record(session, "brand", brand.id)
        first = history.of_record(session, "brand", brand.id, limit=2)
        rest = history.of_record(session, "brand", brand.id, before=first[-1].seq)
    assert [change.version for change in whole] == [4, 3, 2, 1]
    assert [change.op for change in whole] == ["update", "update", "update", "insert"]
    assert first + rest == whole
