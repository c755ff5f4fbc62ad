"""People see who else is at their record, and nobody learns by it of a record that is not theirs."""

from __future__ import annotations

import contextlib
import dataclasses
import json
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import psycopg
import pytest

from app.core.actor import Access, system
from app.core.entity import named
from app.core.errors import NotFound
from app.realtime import async_mode, presence, presence_words
from app.realtime.listener import SAFETY_POLL, Line, Listener
from app.realtime.presence import Presence
from app.realtime.presence_words import Person, Word
from app.realtime.rooms import House, Watcher
from app.services import records
from tests.cast import Cast
from tests.databases import Database
from tests.factory import making
from tests.realtime.site import Browser, Page, Server, free_port, serving, until

Open = Callable[..., Page]
Sql = psycopg.Connection[Any]


@pytest.fixture
def brand(database: Database, cast: Cast) -> UUID:
    """A record that everybody may see."""
    with making(database, cast.north, cast.south) as factory:
        id: UUID = factory.make(named("brand")).id
        return id


@pytest.fixture
def at_north(database: Database, cast: Cast) -> UUID:
    """A record of North."""
    with making(database, cast.north, cast.elsewhere) as factory:
        id: UUID = factory.make(named("cash_request")).id
        return id


def here(page: Page, id: UUID, *, entity: str = "brand", editing: bool = False) -> Any:
    return page.ask("here", {"entity": entity, "id": str(id), "editing": editing})


def told(page: Page, id: UUID) -> list[tuple[str, bool]] | None:
    """Who is at the record, as the page was told last."""
    words = [word for word in page.events("presence") if word["id"] == str(id)]
    return [(one["name"], one["editing"]) for one in words[-1]["people"]] if words else None


Told = dict[str, list[str]]


@contextlib.contextmanager
def speaking(**times: float) -> Iterator[tuple[Presence, Told]]:
    """What a process knows of who is where, without its sockets; and of whom it told each page last."""
    told: Told = {}

    def emit(event: str, said: dict[str, Any], *, to: str) -> None:
        told[to] = [person["name"] for person in said["people"]]

    made = Presence(emit, House(), async_mode.mode("threading"), **times)
    made.start()
    try:
        yield made, told
    finally:
        made.stop()


def stand(process: Presence, cast: Cast, id: UUID, name: str) -> str:
    """Somebody of this name opens the record at this process; gives the page."""
    person = dataclasses.replace(cast.manager, id=uuid4(), name=name)
    watcher = process.house.enter(uuid4().hex, person)
    process.here(watcher, "brand", id, editing=False)
    return watcher.sid


def answer(process: Presence, page: str, id: UUID) -> None:
    """The page says that it is still there."""
    watcher = process.house.watcher(page)
    assert watcher
    process.here(watcher, "brand", id, editing=False)


def test_two_at_a_record_see_each_other_and_who_is_editing(open_page: Open, brand: UUID) -> None:
    manager, clerk = open_page("manager", "brand"), open_page("north_clerk", "brand")
    assert here(manager, brand) == {"people": []}
    [seen] = here(clerk, brand)["people"]
    assert (seen["name"], seen["editing"]) == ("Manager", False)
    until(lambda: told(manager, brand) == [("North clerk", False)], why="the first was not told of the second")
    here(clerk, brand, editing=True)
    until(lambda: told(manager, brand) == [("North clerk", True)], why="nobody was told of the editing")
    here(clerk, brand)
    until(lambda: told(manager, brand) == [("North clerk", False)])


def test_who_leaves_or_closes_is_gone_at_once(open_page: Open, brand: UUID) -> None:
    manager, clerk, other = (open_page(name, "brand") for name in ("manager", "north_clerk", "south_clerk"))
    for page in (manager, clerk, other):
        here(page, brand)
    until(lambda: len(told(manager, brand) or []) == 2)
    clerk.ask("here", {"entity": "", "id": "", "editing": False})
    until(lambda: told(manager, brand) == [("South clerk", False)], 3, why="who left is still shown")
    other.close()
    until(lambda: told(manager, brand) == [], 3, why="who closed the page is still shown")


def test_two_tabs_of_one_person_are_one_person(open_page: Open, brand: UUID) -> None:
    one, two, other = open_page("manager", "brand"), open_page("manager", "brand"), open_page("north_clerk", "brand")
    here(one, brand, editing=True)
    assert here(two, brand) == {"people": []}
    assert [person["editing"] for person in here(other, brand)["people"]] == [True]
    one.close()
    until(lambda: told(other, brand) == [("Manager", False)], why="the second tab no longer counts")


def test_a_page_is_at_one_record_only(open_page: Open, brand: UUID, database: Database, cast: Cast) -> None:
    with making(database, cast.north, cast.south) as factory:
        second = factory.make(named("brand")).id
    manager, clerk = open_page("manager", "brand"), open_page("north_clerk", "brand")
    here(manager, brand)
    here(clerk, brand)
    here(clerk, second)
    until(lambda: told(manager, brand) == [], why="it is still shown where it was")


def test_a_hidden_record_and_none_are_told_alike_and_neither_tells_of_anybody(open_page: Open, at_north: UUID) -> None:
    north, south = open_page("north_clerk", "cash_request"), open_page("south_clerk", "cash_request")
    assert here(north, at_north, entity="cash_request") == {"people": []}
    hidden = here(south, at_north, entity="cash_request", editing=True)
    assert hidden == here(south, uuid4(), entity="cash_request")
    assert hidden["error"] == "not_found"
    assert here(north, at_north, entity="cash_request") == {"people": []}
    assert "North clerk" not in south.text()
    assert told(north, at_north) in (None, [])


def test_nonsense_is_answered_with_a_sentence(open_page: Open, brand: UUID) -> None:
    page = open_page("manager", "brand")
    for place in (
        {"entity": "unicorn", "id": str(brand)},
        {"entity": "brand", "id": "x"},
        {"entity": 5},
        {"entity": "brand"},
    ):
        assert page.ask("here", place)["error"] in ("not_found", "bad_request"), place


def test_whoever_loses_the_grant_is_shown_no_more_and_hears_no_more(
    open_page: Open, at_north: UUID, cast: Cast, sql: Sql
) -> None:
    manager, clerk = open_page("manager", "cash_request"), open_page("north_clerk", "cash_request")
    here(manager, at_north, entity="cash_request")
    here(clerk, at_north, entity="cash_request")
    until(lambda: told(manager, at_north) == [("North clerk", False)])
    grants = sql.execute(
        "DELETE FROM grants WHERE user_id = %s RETURNING role_id, location_id", [cast.north_clerk.id]
    ).fetchall()
    try:
        until(lambda: told(manager, at_north) == [], why="who lost the grant is still shown")
        until(lambda: told(clerk, at_north) == [], why="who lost the grant still sees who is there")
        heard = len(clerk.events("presence"))
        here(manager, at_north, entity="cash_request", editing=True)
        assert here(clerk, at_north, entity="cash_request")["error"] == "not_found"
        assert len(clerk.events("presence")) == heard
    finally:
        for role, place in grants:
            sql.execute(
                "INSERT INTO grants (user_id, role_id, location_id) VALUES (%s, %s, %s)",
                [cast.north_clerk.id, role, place],
            )


def test_a_record_that_moves_out_of_sight_takes_its_readers_along(
    open_page: Open, at_north: UUID, cast: Cast, sql: Sql
) -> None:
    clerk, manager = open_page("north_clerk", "cash_request"), open_page("manager", "cash_request")
    here(clerk, at_north, entity="cash_request")
    here(manager, at_north, entity="cash_request")
    until(lambda: told(clerk, at_north) == [("Manager", False)])
    sql.execute("UPDATE cash_requests SET location_id = %s WHERE id = %s", [cast.south, at_north])
    until(lambda: told(manager, at_north) == [], why="who no longer sees it is still shown")
    until(lambda: told(clerk, at_north) == [], why="who no longer sees it still sees who is there")


def test_a_page_that_answers_no_beat_is_gone(database: Database, cast: Cast, brand: UUID) -> None:
    assert presence.GONE_AFTER + presence.LOOK_EVERY + 3 * presence.TOLD_EVERY < 30
    assert presence.GONE_AFTER > 3 * presence.BEAT, "one or two late answers must not end it"
    with speaking(every=0.3, gone_after=1.2) as (process, told):
        _, page = (stand(process, cast, brand, name) for name in ("Silent", "Answers"))
        polling = Watcher("no socket", dataclasses.replace(cast.manager, id=uuid4(), name="Polled once"))
        process.here(polling, "brand", brand, editing=False, polling=True)
        until(lambda: told.get(page) == ["Polled once", "Silent"])
        began = time.monotonic()

        def gone() -> bool:
            answer(process, page, brand)
            return told[page] == []

        until(gone, 5, why="who is silent is still shown")
        assert time.monotonic() - began > 0.6, "one late answer must not end it"


def visit(browser: Browser, id: UUID, *, entity: str = "brand", editing: bool = False) -> Any:
    """The page says where it is by HTTP, as pages do where websockets are blocked."""
    place = {"entity": entity, "id": str(id), "editing": editing, "page": "one"}
    headers = {"X-CSRFToken": browser.token(), "Accept": "application/json"}
    return browser.http.post(f"{browser.address}/api/v1/here", json=place, headers=headers, timeout=20).json()


def test_who_has_no_socket_is_seen_and_sees_the_others(
    open_page: Open, browsers: Callable[[str], Browser], brand: UUID, at_north: UUID
) -> None:
    manager, clerk = open_page("manager", "brand"), browsers("north_clerk")
    here(manager, brand)
    assert [person["name"] for person in visit(clerk, brand)["people"]] == ["Manager"]
    until(lambda: told(manager, brand) == [("North clerk", False)], why="who has no socket is not shown")
    visit(clerk, brand, editing=True)
    until(lambda: told(manager, brand) == [("North clerk", True)])
    visit(clerk, at_north, entity="cash_request")
    until(lambda: told(manager, brand) == [], why="who went to another record is still shown")
    # What South may not see tells South of nobody, and nobody of South.
    south = browsers("south_clerk")
    assert visit(south, at_north, entity="cash_request")["error"] == "not_found"
    assert visit(south, uuid4(), entity="cash_request")["error"] == "not_found"
    assert visit(clerk, at_north, entity="cash_request") == {"people": []}
    bare = clerk.http.post(f"{clerk.address}/api/v1/here", json=[], headers={"X-CSRFToken": clerk.token()}, timeout=20)
    assert bare.status_code == 400


def test_who_has_no_socket_is_asked_for_each_time(database: Database, cast: Cast, brand: UUID) -> None:
    with speaking() as (process, told):
        page = stand(process, cast, brand, "Onlooker")
        person = dataclasses.replace(cast.manager, id=uuid4(), name="Polls")
        process.here(Watcher("no socket", person), "brand", brand, editing=False, polling=True)
        until(lambda: told.get(page) == ["Polls"])
        stranger = dataclasses.replace(person, access=Access())
        with pytest.raises(NotFound):
            process.here(Watcher("no socket", stranger), "brand", brand, editing=False, polling=True)
        until(lambda: told[page] == [], why="who lost access between two words is still shown")


# --- several processes -----------------------------------------------------------------------------------------------------


@pytest.fixture
def two(database: Database, tmp_path: Path) -> Iterator[tuple[Server, Server]]:
    """Two web processes, of either kind, on one database."""
    with (
        serving(database, tmp_path, port=free_port()) as one,
        serving(database, tmp_path, mode="threading", port=free_port()) as other,
    ):
        yield one, other


def test_people_at_different_processes_see_each_other_until_one_process_dies(
    two: tuple[Server, Server], brand: UUID
) -> None:
    pages = [
        Page(server.address, Browser(server.address, name).cookie, ["brand"]).open()
        for server, name in zip(two, ("manager", "north_clerk"), strict=True)
    ]
    manager, clerk = pages
    try:
        here(manager, brand, editing=True)
        here(clerk, brand)
        until(lambda: told(clerk, brand) == [("Manager", True)], why="the later one was not told who was there before")
        until(lambda: told(manager, brand) == [("North clerk", False)], why="the earlier one was not told of the later")
        here(clerk, brand, editing=True)
        until(lambda: told(manager, brand) == [("North clerk", True)])
        two[1].kill()
        beats = 0

        def gone() -> bool:
            nonlocal beats
            now = sum(1 for word in manager.events("presence") if word["beat"])
            if now > beats:
                beats = now
                here(manager, brand)
            return told(manager, brand) == []

        until(gone, 30, why="people of a process that died are still shown")
    finally:
        manager.close()


def test_what_no_process_would_say_is_passed_over(open_page: Open, brand: UUID, sql: Sql) -> None:
    manager, clerk = open_page("manager", "brand"), open_page("north_clerk", "brand")
    here(manager, brand)
    words = ("", "x", "x {}", 'x [["brand", "no", false, 5]]', "x " + json.dumps([1]), "x 1", "x " + "[" * 7_000)
    for word in (*words, f'x [["brand", "{brand}", false, [["one", "two"]]]]'):
        sql.execute("SELECT pg_notify(%s, %s)", [presence_words.CHANNEL, word])
    records.create(system("tests"), named("brand"), {"name": f"After the nonsense {uuid4()}"})
    here(clerk, brand)
    until(lambda: told(manager, brand) == [("North clerk", False)], why="nonsense ended presence")


def test_a_crowd_with_long_names_keeps_nobody_else_from_being_told_of(
    database: Database, cast: Cast, brand: UUID, sql: Sql
) -> None:
    with making(database, cast.north, cast.south) as factory:
        quiet = factory.make(named("brand")).id
    sql.execute(f"LISTEN {presence_words.CHANNEL}")
    with speaking() as (one, _), speaking() as (other, told):
        crowded, alone = (stand(other, cast, id, "Onlooker") for id in (brand, quiet))
        for number in range(presence.MOST_AT_ONE + 5):
            stand(one, cast, brand, f"{number:02} " + "Щ" * 100)
        stand(one, cast, quiet, "Alone")

        def heard(page: str) -> list[str]:
            for word in sql.notifies(timeout=0.05):
                other.hear(word.payload)
            return told.get(page, [])

        until(lambda: heard(alone) == ["Alone"], 3, why="a crowd elsewhere kept it from being told")
        until(lambda: len(heard(crowded)) > presence.MOST_AT_ONE / 2, 3, why="a crowd is told of as nobody")


def test_many_records_are_told_in_few_words_that_fit_and_none_is_lost() -> None:
    crowd = tuple(Person(str(uuid4()), f'"{number}\\ 松本' * 12, number < 2) for number in range(30))
    words = [Word(("brand", uuid4()), crowd[: number % 31], number % 2 == 0) for number in range(100)]
    told = presence_words.payloads("me", words)
    assert max(len(text.encode()) for text in told) < 8_000
    read = [word for text in told for word in presence_words.read(text)[1]]
    assert [(word.key, word.asking) for word in read] == [(word.key, word.asking) for word in words]
    assert all(word.people == whole.people[: len(word.people)] for word, whole in zip(read, words, strict=True))
    assert all(len(word.people) >= min(len(whole.people), 14) for word, whole in zip(read, words, strict=True))
    small = [Word(("brand", uuid4()), crowd[:1]) for _ in range(15)]
    assert len(presence_words.payloads("me", small)) == 1


def test_a_word_of_who_is_where_makes_nobody_read_the_feed(database: Database, sql: Sql) -> None:
    heard: list[str] = []
    turns: list[float] = []

    def turn(line: Line) -> int:
        turns.append(time.monotonic())
        return 0

    way = async_mode.mode("threading")
    words = {presence_words.CHANNEL: heard.append}
    listener = Listener(database.owner_url, way, turn=turn, resume=lambda _: None, words=words)
    listener.start()
    try:
        until(lambda: turns)
        began, before = time.monotonic(), len(turns)
        for number in range(20):
            sql.execute("SELECT pg_notify(%s, %s)", [presence_words.CHANNEL, str(number)])
            until(lambda number=number: str(number) in heard, 0.5, why="it waited for a change to be announced")
        assert len(turns) - before <= 1 + (time.monotonic() - began) / SAFETY_POLL
        before = len(turns)
        sql.execute("INSERT INTO brands (name) VALUES (gen_random_uuid()::text)")
        until(lambda: len(turns) > before, SAFETY_POLL / 2, why="a change did not wake it")
    finally:
        listener.stop()
