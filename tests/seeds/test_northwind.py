"""Northwind comes in whole, once, and says what it had no place for."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from app.core import embedded
from app.core.actor import system
from app.services import files, northwind
from app.services.northwind.report import Report
from tests.databases import Database
from tests.seeds.conftest import ask, connect, count, opened
from tests.seeds.test_demo import WRONG_LEVELS

LOADED = {
    "categories": 8,
    "suppliers": 29,
    "products": 77,
    "product_suppliers": 77,
    "stock_rules": 77,
    "clients": 93,
    "staff": 9,
    "orders": 830,
    "order_lines": 2155,
    "locations": 5,
    "comments": 9,
}


@pytest.fixture(scope="module")
def loaded(
    server: embedded.Server, bare: str, northwind_file: Path, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[tuple[Database, Report]]:
    with opened(server, bare) as made:
        files.configure(tmp_path_factory.mktemp("files"), largest_mb=20)
        yield made, northwind.load(system("test"), northwind_file)


@pytest.mark.parametrize(("table", "wanted"), LOADED.items(), ids=LOADED)
def test_every_row_is_in(loaded: tuple[Database, Report], table: str, wanted: int) -> None:
    assert count(loaded[0], table) == wanted


def test_twice_doubles_nothing(loaded: tuple[Database, Report], northwind_file: Path) -> None:
    database, first = loaded
    connect(database)
    told: list[tuple[str, int, int]] = []
    again = northwind.load(system("test"), northwind_file, told=lambda *step: told.append(step))
    assert {table: count(database, table) for table in LOADED} == LOADED
    assert sum(outcome.placed for outcome in again.outcomes.values()) == 0
    assert {name: outcome.already for name, outcome in again.outcomes.items()} == {
        name: outcome.placed for name, outcome in first.outcomes.items()
    }
    assert ("Orders", 830, 830) in told


def test_stock_is_what_the_file_says_and_what_was_moved(loaded: tuple[Database, Report]) -> None:
    shelf = """stock_levels l JOIN stock_accounts a ON a.id = l.account_id AND a.kind = 'shelf'
        JOIN products p ON p.id = l.product_id"""
    assert ask(loaded[0], f"SELECT l.on_hand FROM {shelf} WHERE p.name = 'Chai'") == [(39,)]
    assert ask(loaded[0], f"SELECT sum(l.on_hand) FROM {shelf}") == [(3119,)]
    assert ask(loaded[0], WRONG_LEVELS) == []


def test_a_discontinued_product_is_not_active(loaded: tuple[Database, Report]) -> None:
    assert count(loaded[0], "products", "NOT active") == 8


def test_a_discount_is_per_cent_and_a_shipped_order_is_fulfilled(loaded: tuple[Database, Report]) -> None:
    assert ask(loaded[0], "SELECT max(discount), min(discount) FROM order_lines") == [(25, 0)]
    assert dict(ask(loaded[0], "SELECT state, count(*) FROM orders GROUP BY 1")) == {"fulfilled": 809, "confirmed": 21}


def test_orders_are_at_the_store_of_whoever_took_them(loaded: tuple[Database, Report]) -> None:
    other = "orders o JOIN staff s ON s.id = o.staff_id"
    assert count(loaded[0], other, "s.location_id <> o.location_id") == 0
    assert ask(loaded[0], "SELECT count(DISTINCT location_id) FROM orders") == [(4,)]


def test_photographs_are_pictures_of_staff(loaded: tuple[Database, Report]) -> None:
    assert count(loaded[0], "staff", "picture LIKE '%.jpg'") == 9


def test_what_had_no_place_is_told_with_the_reason(loaded: tuple[Database, Report]) -> None:
    left = {name: outcome.left_out.total() for name, outcome in loaded[1].outcomes.items() if outcome.left_out}
    assert left["Territories"] == 4
    assert left["Products: units on order"] == 17
    assert left["Shippers: phones"] == 3
    assert all(reason for outcome in loaded[1].outcomes.values() for reason in outcome.left_out)
