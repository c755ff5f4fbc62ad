"""The feed hands out a record's changes, and those of one operation, as they were written."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import sqlalchemy as sa
from sqlalchemy.orm import Session

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
        told = {"brand": ["note"]}
        found = changes.of_deed(session, str(operation), told=told, limit=10)
        alone = changes.of_deed(session, str(found[-1].transaction), told=told, limit=10)
        assert changes.of_deed(session, str(operation), told={"brand": ["name"], "product": ["note"]}, limit=10) == []
        assert changes.of_deed(session, str(operation), told=told, limit=1, before=found[0].seq) == found[1:2]
    assert [change.record_id for change in reversed(found)] == [brand.id for brand in made]
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


def test_a_records_changes_of_many_months_are_whole_and_its_newest_are_found_at_once(
    cast: Cast, owner: sa.Connection
) -> None:
    brand = records.create(cast.manager, BRAND, {"name": "Often changed"})
    for turn in range(6):
        brand = records.change(cast.manager, BRAND, brand.id, {"note": f"{turn}"}, expected_version=brand.version)
    for version, days_ago in enumerate((350, 200, 90, 24, 9, 1), 1):
        told = {"id": brand.id, "version": version, "days": days_ago}
        owner.execute(
            sa.text(
                "UPDATE changes SET at = now() - make_interval(days => :days) WHERE record_id = :id AND version = :version"
            ),
            told,
        )
    owner.commit()

    def asked(**narrowed: object) -> tuple[list[int], int]:
        with db.reading(cast.north_clerk) as session, counted(session) as statements:
            found = changes.of_record(session, "brand", brand.id, **narrowed)
        assert all(" AND c.at >= '" in one for one in statements), "without bounds every day of a year is planned for"
        return [change.version for change, _ in found], len(statements)

    assert asked()[0] == [7, 6, 5, 4, 3, 2, 1]
    assert asked(after_version=2)[0] == [7, 6, 5, 4, 3]
    assert asked(limit=4)[0] == [7, 6, 5, 4]
    assert asked(after_version=5) == ([7, 6], 1)
    assert asked(limit=1) == ([7], 1)
    month_ago = dt.datetime.now(dt.UTC) - dt.timedelta(days=24)
    assert asked(after_version=3, limit=1, since=month_ago, until=month_ago + dt.timedelta(days=1)) == ([4], 1)


@contextmanager
def counted(session: Session) -> Iterator[list[str]]:
    """The statements about changes that the session sends within."""
    sent: list[str] = []
    note = lambda *told: "FROM changes" in told[2] and sent.append(told[2])  # noqa: E731
    engine = session.get_bind()
    sa.event.listen(engine, "before_cursor_execute", note)
    try:
        yield sent
    finally:
        sa.event.remove(engine, "before_cursor_execute", note)
