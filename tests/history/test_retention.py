"""What is old goes, what has to be kept stays, and nobody who works meanwhile notices."""

from __future__ import annotations

import datetime as dt
import json
import threading
from collections.abc import Callable
from pathlib import Path

import psycopg
import pytest
from flask import Flask

import app.models
from app.core import db
from app.core.actor import system
from app.core.entity import named
from app.core.errors import AppError, CursorExpired, Forbidden, Invalid, TooLongAgo
from app.services import records
from app.services.feed import changes, cursors, retention
from app.services.history import past
from tests.cast import Cast
from tests.databases import Database
from tests.web import Browser, application

BRAND = named("brand")
CLEANER = system("tests")
TODAY = dt.datetime.now(dt.UTC).date()


def day(ago: int) -> dt.date:
    return TODAY - dt.timedelta(days=ago)


@pytest.fixture
def sql(fresh: Database):  # type: ignore[no-untyped-def]
    with psycopg.connect(fresh.dsn, autocommit=True, options="-c TimeZone=UTC") as connection:
        yield connection


@pytest.fixture
def aged(sql: psycopg.Connection) -> psycopg.Connection:
    """A feed that reaches 400 days back: with a change on some days, and one on a day without a partition."""
    for ago in (400, 366, 364, 30, 2):
        sql.execute(
            f"CREATE TABLE changes_{day(ago):%Y%m%d} PARTITION OF changes FOR VALUES FROM ('{day(ago)}') TO ('{day(ago - 1)}')"
        )
    for ago in (500, 400, 366, 364, 30, 2):
        sql.execute(
            "INSERT INTO changes (at, entity, record_id, op, version, diff) VALUES (%s, 'brand', gen_random_uuid(), 'update', 2, '{}')",
            [dt.datetime.combine(day(ago), dt.time(12))],
        )
    return sql


def days_with_changes(sql: psycopg.Connection) -> list[int]:
    found = sql.execute("SELECT DISTINCT at::date FROM changes WHERE at < current_date - 1 ORDER BY 1").fetchall()
    return [(TODAY - row[0]).days for row in found]


def test_what_is_older_than_history_is_kept_goes_by_whole_days(aged: psycopg.Connection) -> None:
    done = retention.clean(CLEANER)
    assert (done.days, done.busy) == ((day(400), day(366)), False)
    assert days_with_changes(aged) == [364, 30, 2]
    assert aged.execute("SELECT to_regclass(%s)", [f"changes_{day(400):%Y%m%d}"]).fetchone() == (None,)


def test_to_clean_twice_is_to_clean_once(aged: psycopg.Connection) -> None:
    first, second = retention.clean(CLEANER), retention.clean(CLEANER)
    assert second.days == ()
    assert second.history_since == first.history_since
    assert days_with_changes(aged) == [364, 30, 2]


def test_two_who_clean_at_once_share_the_work(aged: psycopg.Connection) -> None:
    done: list[retention.Cleaned] = []

    def clean() -> None:
        try:
            done.append(retention.clean(CLEANER))
        finally:
            db.release()

    threads = [threading.Thread(target=clean) for _ in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert sorted(each for one in done for each in one.days) == [day(400), day(366)]
    assert not any(one.busy for one in done)


def test_hours_let_cursors_expire_and_leave_history_alone(aged: psycopg.Connection) -> None:
    def cursor(hours: float) -> str:
        with db.reading(CLEANER) as session:
            now = cursors.read(changes.snapshot(session))
        return str(cursors.Cursor(now.generation, now.snapshot, now.taken - hours * 3600))

    def good(text: str) -> bool:
        with db.reading(CLEANER) as session:
            try:
                changes.since(session, text)
            except CursorExpired:
                return False
        return True

    old, young = cursor(3), cursor(1)
    assert good(old)
    retention.clean(CLEANER, hours=2)
    assert (good(old), good(young)) == (False, True)
    assert days_with_changes(aged) == [364, 30, 2]
    retention.clean(CLEANER, hours=10)
    assert not good(old), "a clean-up that keeps more must not wake up what has expired"


def test_younger_history_goes_for_whoever_asks_for_that(aged: psycopg.Connection) -> None:
    done = retention.clean(CLEANER, hours=40 * 24, history=True)
    assert days_with_changes(aged) == [30, 2]
    assert done.days == (day(400), day(366), day(364))


def test_nobody_looks_back_to_where_history_is_no_longer_whole(aged: psycopg.Connection) -> None:
    now = dt.datetime.now(dt.UTC)
    past.require_moment(BRAND, now - dt.timedelta(days=360))
    retention.clean(CLEANER, hours=10 * 24, history=True)
    past.require_moment(BRAND, now - dt.timedelta(days=5))
    with pytest.raises(TooLongAgo):
        past.require_moment(BRAND, now - dt.timedelta(days=31))


def test_who_writes_while_days_go_writes_on_and_is_in_the_feed_once(fresh: Database, aged: psycopg.Connection) -> None:
    with db.reading(CLEANER) as session:
        cursor = changes.snapshot(session)
    halt, seen, failed = threading.Event(), [], []
    made: list[str] = []

    def write(turn: int) -> None:
        try:
            number = 0
            while not halt.is_set() and number < 500:
                number += 1
                made.append(str(records.create(CLEANER, BRAND, {"name": f"Busy {turn}.{number}"}).id))
        except AppError as error:
            failed.append(error)
        finally:
            db.release()

    def take() -> None:
        nonlocal cursor
        with db.reading(CLEANER) as session:
            batch = changes.since(session, cursor)
        seen.extend(str(change.record_id) for change in batch.changes)
        cursor = batch.cursor
        db.release()

    writers = [threading.Thread(target=write, args=[turn]) for turn in range(2)]
    for writer in writers:
        writer.start()
    try:
        gone: list[dt.date] = []
        for hours in (10_000, 9_000, 2_000, 100):
            gone += retention.clean(CLEANER, hours=hours, history=True).days
            take()
    finally:
        halt.set()
        for writer in writers:
            writer.join(60)
    take()
    assert failed == []
    assert sorted(seen) == sorted(made)
    assert len(made) > 4
    assert gone == [day(400), day(366), day(364), day(30)]


def test_the_feed_is_left_to_whoever_is_in_it_for_long(aged: psycopg.Connection, fresh: Database) -> None:
    with psycopg.connect(fresh.dsn) as long:
        long.execute("SELECT count(*) FROM changes")
        done = retention.clean(CLEANER)
        assert (done.days, done.busy) == ((), True)
        records.create(CLEANER, BRAND, {"name": "Written meanwhile"})
    assert retention.clean(CLEANER).days == (day(400), day(366))


def test_status_says_how_far_the_feed_reaches(aged: psycopg.Connection) -> None:
    aged.execute("ANALYZE changes")
    retention.clean(CLEANER)
    found = retention.status(CLEANER)
    assert found.oldest is not None
    assert found.oldest.date() == day(364)
    assert found.days in (363, 364)
    assert found.ahead == 14
    assert found.bytes > 0
    assert found.records > 3


def test_only_admins_clean_up(cast: Cast) -> None:
    for person in (cast.manager, cast.north_clerk, cast.viewer):
        with pytest.raises(Forbidden):
            retention.clean(person)
        with pytest.raises(Forbidden):
            retention.status(person)
    for hours, history in ((0, False), (-1, False), (10**9, False), (None, True)):
        with pytest.raises(Invalid):
            retention.clean(cast.admin, hours=hours, history=history)


# --- doors ---------------------------------------------------------------------------------------------------------------

CLEANUP = "/api/v1/changes/cleanup"


@pytest.fixture(scope="module")
def app(database: Database, tmp_path_factory: pytest.TempPathFactory) -> Flask:
    return application(database, tmp_path_factory.mktemp("var"))


@pytest.fixture(scope="module")
def browser(app: Flask) -> Callable[[str], Browser]:
    known: dict[str, Browser] = {}

    def of(name: str) -> Browser:
        if name not in known:
            known[name] = Browser.of(app, name)
        return known[name]

    return of


def test_the_api_cleans_up_for_admins(browser: Callable[[str], Browser]) -> None:
    answer = browser("admin").post(CLEANUP, json={"hoursToKeep": 24})
    assert answer.status_code == 200, answer.text
    assert set(answer.json or {}) == {"days", "busy", "cursorsSince", "historySince"}
    assert browser("admin").post(CLEANUP, json={}).status_code == 200


@pytest.mark.parametrize("name", ["manager", "north_clerk", "viewer", "nobody"])
def test_the_api_and_the_page_are_closed_to_everybody_else(name: str, browser: Callable[[str], Browser]) -> None:
    answer = browser(name).post(CLEANUP, json={"hoursToKeep": 24})
    assert (answer.status_code, (answer.json or {})["error"]) == (403, "forbidden")
    assert browser(name).get("/system/feed/").status_code == 403
    assert browser(name).post("/system/feed/cleanup").status_code == 403
    assert "/system/feed/" not in browser(name).get("/").text


def test_strangers_are_asked_to_sign_in(app: Flask) -> None:
    guest = Browser(app)
    guest.get("/sign-in")
    assert guest.post(CLEANUP, json={"hoursToKeep": 24}).status_code == 401


@pytest.mark.parametrize(
    "body",
    [
        {"hoursToKeep": 0},
        {"hoursToKeep": -5},
        {"hoursToKeep": "24"},
        {"hoursToKeep": 1.5},
        {"hoursToKeep": True},
        {"hoursToKeep": 10**30},
        {"hoursToKeep": 24, "historyToo": "yes"},
        {"historyToo": True},
        {"daysToKeep": 1},
    ],
)
def test_what_makes_no_sense_is_refused_with_a_sentence_and_cleans_nothing(
    body: dict[str, object], browser: Callable[[str], Browser]
) -> None:
    answer = browser("admin").post(CLEANUP, json=body)
    assert (answer.status_code, (answer.json or {})["error"]) == (422, "invalid"), answer.text
    assert all(sentence.endswith(".") for sentence in (answer.json or {})["fields"].values())


def test_what_is_no_object_is_refused(browser: Callable[[str], Browser]) -> None:
    for body in ("[]", "24", "{"):
        answer = browser("admin").post(CLEANUP, data=body, content_type="application/json")
        assert answer.status_code == 400, body


def test_the_page_tells_the_size_and_cleans_up(browser: Callable[[str], Browser]) -> None:
    admin = browser("admin")
    page = admin.get("/system/feed/")
    assert page.status_code == 200
    assert "Oldest change" in page.text
    assert "Days made ahead" in page.text
    assert admin.post("/system/feed/cleanup").status_code == 303
    assert "Nothing to let go" in admin.get("/system/feed/").text


def test_the_commands_tell_and_clean(fresh: Database, aged: psycopg.Connection, tmp_path: Path) -> None:
    run = application(fresh, tmp_path).test_cli_runner()
    told = run.invoke(args=["feed", "status", "--json"])
    assert told.exit_code == 0, told.output
    assert json.loads(told.output)["ahead"] == 14
    done = run.invoke(args=["feed", "clean"])
    assert "2 days of the change feed let go" in done.output
    assert "Nothing to let go" in run.invoke(args=["feed", "clean", "--hours-to-keep", "24"]).output
    refused = run.invoke(args=["feed", "clean", "--hours-to-keep", "0"])
    assert refused.exit_code == 1
    assert "whole number of hours" in refused.output
    assert days_with_changes(aged) == [364, 30, 2]


def test_not_ready_when_tomorrow_has_no_place(fresh: Database, sql: psycopg.Connection, tmp_path: Path) -> None:
    guest = Browser(application(fresh, tmp_path))
    assert guest.get("/readyz").status_code == 200
    sql.execute(f"DROP TABLE changes_{day(-1):%Y%m%d}")
    answer = guest.get("/readyz")
    assert (answer.status_code, (answer.json or {})["checks"]["change feed"]) == (503, "not ready")
    sql.execute("SELECT backroom.make_partitions(14)")
    assert guest.get("/readyz").status_code == 200


def test_the_worker_cleans_by_itself(fresh: Database, aged: psycopg.Connection, tmp_path: Path) -> None:
    done = application(fresh, tmp_path).test_cli_runner().invoke(args=["worker", "--once"])
    assert done.exit_code == 0, done.output
    assert "2 days of the change feed let go" in done.output
    assert days_with_changes(aged) == [364, 30, 2]
