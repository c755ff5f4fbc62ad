"""Fifty people move five products through web processes that are killed again and again: nothing is lost, nothing doubled."""

from __future__ import annotations

import json
import subprocess
import sys
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from decimal import Decimal
from typing import Any
from uuid import UUID, uuid4

import psycopg
import pytest

from app.core import db
from app.core.entity import named
from app.core.errors import AppError
from app.services import operations, records
from app.services.stock import ledger, shelves, verification
from app.services.stock.ledger import Hold, Move, Place
from bench import _stock_ledger, _stock_web, house
from bench._stock_ledger import Verdict
from tests.cast import Cast
from tests.databases import Database
from tests.realtime.site import until
from tests.stock.shop import SYSTEM, look, on_shelf, product, reason, stock_up

LEAST_SECONDS = 12
MOST_SECONDS = 75
KILLED = 4
MOVES = 200
"""It goes on until so many web processes were killed and so many moves booked: on a busy machine that takes longer."""

PEOPLE = (
    [("frontdesk", ["sale north"])] * 14
    + [("north_clerk", ["adjustment north"])] * 8
    + [("south_clerk", ["adjustment south"])] * 8
    + [("manager", ["transfer north", "transfer south", "sale south", "count north", "count south"])] * 20
)
"""Fifty clients: who is signed in, and what they do."""


def signed_in(address: str) -> list[dict[str, Any]]:
    """Each person once; their clients share the session, but no connection."""
    found = {}
    for name in dict.fromkeys(name for name, _ in PEOPLE):
        http = house.browser(address, name)
        cookie = "; ".join(f"{one.name}={one.value}" for one in http.cookies)
        found[name] = {"cookie": cookie, "token": str(http.headers["X-CSRFToken"])}
    return [{**found[name], "works": works} for name, works in PEOPLE]


@pytest.fixture(scope="module")
def webs(database: Database, tmp_path_factory: pytest.TempPathFactory) -> Iterator[_stock_web.Webs]:
    with _stock_web.serving(database.url, database.owner_url, tmp_path_factory.mktemp("webs")) as served:
        yield served


@pytest.fixture
def goods(cast: Cast) -> list[str]:
    """Five products of which the shops have so few that people are in each other's way."""
    made = [product("Hot") for _ in range(5)]
    for good in made:
        stock_up(cast.north, good, 12)
        stock_up(cast.south, good, 12)
    return [str(good) for good in made]


def hammer(plan: dict[str, Any], is_enough: Callable[[], bool]) -> list[dict[str, Any]]:
    """Let the clients work until it is enough; what they sent and heard."""
    clients = subprocess.Popen(
        [sys.executable, "-m", "bench._stock_clients"],
        cwd=house.ROOT,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    try:
        assert clients.stdin
        assert clients.stdout
        print(json.dumps(plan), file=clients.stdin, flush=True)
        assert clients.stdout.readline().strip() == "ready"
        print("go", file=clients.stdin, flush=True)
        began = time.monotonic()
        while time.monotonic() < began + MOST_SECONDS and not is_enough():
            time.sleep(0.2)
        said, _ = clients.communicate("end\n", timeout=60)
    finally:
        clients.kill()
        clients.wait()
    assert clients.returncode == 0
    posts: list[dict[str, Any]] = json.loads(said)["posts"]
    return posts


def strange(posts: Sequence[dict[str, Any]]) -> Counter[tuple[Any, ...]]:
    """Answers that nobody should get, however many press at once: all but “done” and “not enough on the shelf”."""
    return Counter(
        (post["what"], post["status"], post["error"])
        for post in posts
        if post["status"] != 200 and not post["error"].startswith("not_enough_stock")
    )


@pytest.mark.slow
@pytest.mark.timeout(180)
def test_nothing_is_lost_or_doubled_while_web_processes_are_killed(
    cast: Cast, database: Database, webs: _stock_web.Webs, goods: list[str]
) -> None:
    plan = {
        "port": webs.port,
        "seconds": MOST_SECONDS,
        "rate": 0,
        "seed": 11,
        "clients": signed_in(webs.address),
        "goods": goods,
        "north": str(cast.north),
        "south": str(cast.south),
        "reason": str(reason()),
        "counted": [0, 20],
    }
    before, began = _stock_ledger.stand(database.dsn), time.monotonic()

    def is_enough() -> bool:
        moves = look("SELECT count(*) AS n FROM stock_moves WHERE operation_id IS NOT NULL").n
        return time.monotonic() > began + LEAST_SECONDS and webs.killed >= KILLED and moves >= MOVES

    with _stock_web.killing(webs, seed=11):
        posts = hammer(plan, is_enough)
    assert webs.killed >= KILLED
    assert strange(posts) == Counter()
    assert sum(post["busy"] for post in posts) == 0, "somebody was told to try again"
    assert sum(post["tries"] > 1 for post in posts) > 10, "too few lost connections to prove anything"
    verdict = _stock_ledger.judge(database.dsn, before, posts)
    assert verdict.booked > 50
    assert verdict == Verdict(verdict.booked)
    assert verification.look(SYSTEM).problems == ()
    kinds = Counter(post["what"] for post in posts if post["status"] == 200)
    assert {"sale pay", "adjustment post", "transfer dispatch", "transfer receive", "count approve"} <= set(kinds)
    assert any(post["error"].startswith("not_enough_stock") for post in posts), "nobody met an empty shelf"


def waits(dsn: str) -> bool:
    """Does somebody wait for a lock in this database?"""
    with psycopg.connect(dsn) as sql:
        query = "SELECT 1 FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'"
        return sql.execute(query).fetchone() is not None


def count_holds(place: UUID, good: UUID) -> None:
    """As when a count is approved."""
    shelves.hold(SYSTEM, place, {good})


def order_lets_go(place: UUID, good: UUID) -> None:
    """As when an order is handed over: what was held for it is used."""
    ledger.end_holds(SYSTEM, "order", good)


@pytest.mark.parametrize(("begin", "outside"), [(count_holds, "loss"), (order_lets_go, "customer")])
def test_who_holds_a_shelf_and_then_books_from_it_waits_for_nobody_in_a_circle(
    cast: Cast, database: Database, begin: Callable[[UUID, UUID], None], outside: str
) -> None:
    tea = product("Tea")
    place = records.create(SYSTEM, named("location"), {"code": f"W-{outside}", "name": outside, "kind": "store"}).id
    shelf, world = Place("shelf", place), Place(outside, place)
    # The outer account is older, so its id comes first: by ids alone it would be locked before the shelf.
    ledger.move(SYSTEM, [Move(tea, Place("supplier", place), world, Decimal(9))])
    stock_up(place, tea, 9)
    ledger.reserve(SYSTEM, [Hold(place, tea, Decimal(2), "order", tea)])
    failed: list[Exception] = []

    def bring_back() -> None:
        try:
            ledger.move(SYSTEM, [Move(tea, world, shelf, Decimal(1))])
        except AppError as error:
            failed.append(error)
        finally:
            db.release()

    other = threading.Thread(target=bring_back)
    with db.transaction(SYSTEM):
        begin(place, tea)
        other.start()
        until(lambda: waits(database.dsn), why="the other did not wait for the shelf")
        ledger.move(SYSTEM, [Move(tea, shelf, world, Decimal(2))])
    other.join(20)
    assert failed == []
    assert on_shelf(place, tea) == 8


def test_who_sends_an_operation_again_while_it_runs_waits_for_its_one_receipt(cast: Cast, database: Database) -> None:
    once, heard = uuid4(), list[Any]()

    def send_again() -> None:
        try:
            with db.transaction(SYSTEM, operation=once) as session:
                heard.append(operations.claim(session, SYSTEM, once, "a write"))
        finally:
            db.release()

    other = threading.Thread(target=send_again)
    with db.transaction(SYSTEM, operation=once) as session:
        assert operations.claim(session, SYSTEM, once, "a write") is None
        other.start()
        until(lambda: waits(database.dsn), why="the other did not wait for the first")
        operations.finish(session, once, {"said": "Done."})
    other.join(20)
    assert heard == [{"said": "Done."}]
    changes = "SELECT array_agg(op) AS ops FROM changes WHERE entity = 'operation' AND record_id = :id"
    assert look(changes, id=once).ops == ["insert"]
