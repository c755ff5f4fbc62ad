"""The demo shop is no picture: what waits in it can be counted, decided, booked and resolved by the next person."""

from __future__ import annotations

from collections.abc import Iterator
from uuid import UUID

import pytest

from app.core import db, embedded
from app.core.actor import system
from app.core.entity import named
from app.services import courses, demo, files
from app.services.documents import Done
from app.services.warehouse import counts
from tests.databases import Database
from tests.seeds.conftest import ask, connect, opened
from tests.seeds.test_demo import WRONG_LEVELS

SYSTEM = system("test")


@pytest.fixture(scope="module")
def shop(server: embedded.Server, bare: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Database]:
    with opened(server, bare) as made:
        files.configure(tmp_path_factory.mktemp("files"), largest_mb=20)
        assert list(demo.plant(SYSTEM))
        yield made


@pytest.fixture(autouse=True)
def _sound(shop: Database) -> Iterator[None]:
    """Whatever is done next, stock stays the sum of its moves."""
    connect(shop)
    yield
    assert ask(shop, WRONG_LEVELS) == []
    db.release()


def those(shop: Database, entity: str, where: str) -> list[UUID]:
    rows = ask(shop, f"SELECT id FROM {named(entity).__tablename__} WHERE {where} ORDER BY created_at")
    assert rows, f"the demo shop has no {entity} with {where}"
    return [UUID(str(row[0])) for row in rows]


def take(entity: str, id: UUID, verb: str, given: dict[str, object] | None = None, **how: object) -> Done:
    return courses.take(SYSTEM, named(entity), id, verb, given, **how)  # type: ignore[arg-type]


def test_what_was_proposed_is_approved_or_not(shop: Database) -> None:
    for id in those(shop, "adjustment", "state = 'proposed'"):
        take("adjustment", id, "approve")
        assert ask(shop, f"SELECT state FROM approvals WHERE record_id = '{id}'") == [("approved",)]


def test_what_was_posted_is_taken_back(shop: Database) -> None:
    id = those(shop, "adjustment", "state = 'posted' AND reverses_id IS NULL AND note IS NOT NULL")[0]
    assert take("adjustment", id, "reverse").state == "reversed"


def test_the_count_in_review_is_posted(shop: Database) -> None:
    (id,) = those(shop, "stock_count", "state = 'review'")
    assert take("stock_count", id, "approve").state == "posted"
    posted = ask(shop, f"SELECT sum(posted_quantity) FROM stock_count_lines WHERE stock_count_id = '{id}'")
    assert posted == [(-3,)]


def test_the_running_count_goes_on_to_its_end(shop: Database) -> None:
    (id,) = those(shop, "stock_count", "state = 'counting'")
    assert ask(shop, f"SELECT count(expected_quantity) FROM stock_count_lines WHERE stock_count_id = '{id}'") == [(0,)]
    open_lines = those(shop, "stock_count_line", f"stock_count_id = '{id}' AND counted_quantity IS NULL")
    take("stock_count", id, "count", lines={str(line): {"counted": "4"} for line in open_lines})
    take("stock_count", id, "review")
    assert take("stock_count", id, "approve").state == "posted"


def test_the_next_count_begins(shop: Database) -> None:
    (id,) = those(shop, "stock_count", "state = 'draft'")
    take("stock_count", id, "start")
    assert ask(shop, f"SELECT count(*) FROM stock_count_lines WHERE stock_count_id = '{id}'")[0][0] == 24
    assert counts.CYCLE < 24


@pytest.mark.parametrize("entity", ["leave", "cash_request"])
def test_what_somebody_asked_for_is_decided(shop: Database, entity: str) -> None:
    for id in those(shop, entity, "state = 'proposed'"):
        assert take(entity, id, "approve").state == "approved"


def test_what_did_not_add_up_is_resolved(shop: Database) -> None:
    for id in those(shop, "stock_exception", "state = 'open'"):
        assert take("stock_exception", id, "resolve", {"resolution": "Looked into."}).state == "resolved"
