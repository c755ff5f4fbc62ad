"""The verifier: green after whatever the ledger does, and every way of writing past the ledger is named."""

from __future__ import annotations

import datetime as dt
import json
import os
import random
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path
from uuid import UUID, uuid4

import pytest
import sqlalchemy as sa

from app.core import db
from app.core.errors import NotEnoughStock
from app.services.stock import ledger, verification
from app.services.stock.ledger import Hold, Move, Place
from tests.cast import Cast
from tests.databases import Database
from tests.stock.shop import SYSTEM, document, look, product, stock_up, take

ROOT = Path(__file__).resolve().parent.parent.parent


@dataclass(frozen=True)
class Shop:
    """A database of the test's own in which every kind of thing has happened once."""

    database: Database
    cast: Cast
    tea: UUID
    jam: UUID

    def tamper(self, *statements: str) -> None:
        """Write past every trigger, as an owner can who means harm."""
        engine = sa.create_engine(self.database.owner_url, poolclass=sa.NullPool)
        with engine.begin() as connection:
            for table in ("stock_levels", "stock_moves", "reservations", "transfers"):
                connection.exec_driver_sql(f"ALTER TABLE {table} DISABLE TRIGGER USER")
            for statement in statements:
                done = connection.exec_driver_sql(self.filled(statement) if "{" in statement else statement)
                assert done.rowcount != 0, f"nothing was tampered with: {statement}"

    def filled(self, statement: str, good: UUID | None = None) -> str:
        """A statement with what is meant in it: North's shelf of a product, its first move, its promise, its transfer."""
        good = good or self.tea
        first = (
            f"product_id = '{good}' AND to_seq = 1 AND to_account_id IN"
            f" (SELECT id FROM stock_accounts WHERE kind = 'shelf' AND location_id = '{self.cast.north}')"
        )
        return statement.format(
            shelf=f"kind = 'shelf' AND location_id = '{self.cast.north}' AND product_id = '{good}'",
            first=first,
            promise=f"state = 'held' AND product_id = '{good}'",
            transfer=f"id IN (SELECT transfer_id FROM transfer_lines WHERE product_id = '{good}')",
            elsewhere=self.cast.elsewhere,
        )


@pytest.fixture
def shop(fresh: Database) -> Iterator[Shop]:
    cast = Cast.met(fresh)
    made = Shop(fresh, cast, product("Tea"), product("Jam"))
    bought(cast, made.tea)
    stock_up(cast.south, made.jam, 5, "2")
    yield made
    db.release()


def bought(cast: Cast, good: UUID) -> None:
    """Everything that can happen to a product: two costs, a promise, and three on their way from North to South."""
    for place in (cast.north, cast.south):
        stock_up(place, good, 10, "3")
        stock_up(place, good, 10, "4")
    ledger.reserve(SYSTEM, [Hold(cast.north, good, Decimal(2), "order", uuid4())])
    lines = {"transfer_line": [{"product_id": good, "quantity": "3"}]}
    transfer = document(cast.north_clerk, "transfer", lines, from_location_id=cast.north, to_location_id=cast.south)
    for verb in ("request", "approve", "dispatch"):
        take(cast.manager, transfer, verb)


@pytest.mark.parametrize("seed", range(6))
def test_whatever_the_ledger_does_every_level_is_the_sum_of_its_moves(cast: Cast, seed: int) -> None:
    chance = random.Random(seed)
    goods = [product("Good") for _ in range(3)]
    places = [cast.north, cast.south]
    held: list[UUID] = []
    papers: list[UUID] = []
    for _ in range(60):
        good, here = chance.choice(goods), chance.choice(places)
        size = Decimal(chance.randrange(1, 9000)) / 1000
        paper = uuid4()
        try:
            match chance.choice(("came", "sold", "lost", "fact", "hold", "free", "back", "way")):
                case "came":
                    stock_up(here, good, size, str(Decimal(chance.randrange(0, 900_000)) / 10_000))
                case "sold":
                    ledger.move(SYSTEM, [_out(good, here, "customer", size, paper)])
                    papers.append(paper)
                case "lost":
                    ledger.move(SYSTEM, [_out(good, here, "loss", size, paper)])
                case "fact":
                    ledger.move(SYSTEM, [_out(good, here, "customer", size, paper)], facts=True)
                case "hold":
                    ledger.reserve(SYSTEM, [Hold(here, good, size, "order", paper)])
                    held.append(paper)
                case "free" if held:
                    ledger.end_holds(SYSTEM, "order", held.pop(), state=chance.choice(("used", "released")))
                case "back" if papers:
                    ledger.reverse(SYSTEM, "sale", papers.pop(), by=("sale", paper))
                case "way":
                    there = places[1 - places.index(here)]
                    ledger.move(SYSTEM, [Move(good, Place("shelf", here), Place("shelf", there), size)])
        except NotEnoughStock:
            continue
    report = verification.look(SYSTEM)
    assert [str(one) for one in report.problems] == []
    assert report.checked == look("SELECT count(*) AS n FROM stock_levels").n
    assert report.moves == look("SELECT count(*) AS n FROM stock_moves").n


def _out(good: UUID, here: UUID, kind: str, size: Decimal, paper: UUID) -> Move:
    return Move(good, Place("shelf", here), Place(kind, here), size, document="sale", document_id=paper)


UNGUARDED = ("ALTER TABLE stock_levels DROP CONSTRAINT ck_stock_levels_covered", "DROP INDEX uq_stock_moves_to")
"""The database's own guards, which an owner can take away."""

TAMPERINGS = {
    "a level is raised": ({"on_hand", "value"}, "UPDATE stock_levels SET on_hand = on_hand + 1 WHERE {shelf}"),
    "a move is made larger": ({"on_hand"}, "UPDATE stock_moves SET quantity = quantity + 1 WHERE {first}"),
    "a move is taken out": ({"on_hand", "count", "gap"}, "DELETE FROM stock_moves WHERE {first}"),
    "a move is counted twice": ({"count"}, "UPDATE stock_levels SET seq = seq + 1 WHERE {shelf}"),
    "a number is skipped": ({"gap"}, "UPDATE stock_moves SET to_seq = 100 WHERE {first}"),
    "two moves share a number": (
        {"gap"},
        "UPDATE stock_moves SET to_seq = 2 WHERE {first}",
    ),
    "a promise is forgotten": ({"reserved"}, "UPDATE stock_levels SET reserved = 0 WHERE {shelf}"),
    "a reservation grows": ({"reserved"}, "UPDATE reservations SET quantity = quantity + 1 WHERE {promise}"),
    "a reservation ends by itself": ({"reserved"}, "UPDATE reservations SET state = 'used' WHERE {promise}"),
    "less than nothing is there": (
        {"on_hand", "below_nothing", "overpromised", "value"},
        "UPDATE stock_levels SET on_hand = -1 WHERE {shelf}",
    ),
    "more is promised than there is": (
        {"reserved", "overpromised"},
        "UPDATE stock_levels SET reserved = on_hand + 1 WHERE {shelf}",
    ),
    "a shelf may fall below nothing": ({"unbounded"}, "UPDATE stock_levels SET may_go_negative = true WHERE {shelf}"),
    "a value is made up": ({"value"}, "UPDATE stock_levels SET value = value + 5 WHERE {shelf}"),
    "a cost is made up": ({"cost"}, "UPDATE stock_levels SET unit_cost = 50, value = on_hand * 50 WHERE {shelf}"),
    "a level is gone": ({"missing"}, "DELETE FROM stock_levels WHERE {shelf}"),
    "a promise where no shelf is": (
        {"missing"},
        "UPDATE reservations SET location_id = '{elsewhere}' WHERE {promise}",
        "UPDATE stock_levels SET reserved = 0 WHERE {shelf}",
    ),
    "a transfer is closed with goods on the way": (
        {"transit"},
        "UPDATE transfers SET state = 'closed', closed_at = now() WHERE {transfer}",
    ),
    "a transfer becomes a draft with goods on the way": (
        {"transit"},
        "UPDATE transfers SET state = 'draft' WHERE {transfer}",
    ),
}


def test_every_way_of_writing_past_the_ledger_is_named_and_nothing_is_repaired(shop: Shop) -> None:
    goods = {name: product(name.capitalize()) for name in TAMPERINGS}
    for good in goods.values():
        bought(shop.cast, good)
    assert verification.look(SYSTEM).problems == ()
    statements = [shop.filled(one, goods[name]) for name, (_, *those) in TAMPERINGS.items() for one in those]
    shop.tamper(*UNGUARDED, *statements)
    found = verification.look(SYSTEM)
    kinds = {name: {one.kind for one in found.problems if one.product == good} for name, good in goods.items()}
    assert kinds == {name: expected for name, (expected, *_) in TAMPERINGS.items()}
    assert {one.product for one in found.problems} == set(goods.values()), "what is right was called wrong"
    names = {good: name for name, good in goods.items()}
    assert all(str(one).startswith(names[one.product].capitalize()) for one in found.problems if one.product)
    assert verification.look(SYSTEM).problems == found.problems


def test_every_check_has_been_broken_on_purpose() -> None:
    broken = set().union(*(kinds for kinds, *_ in TAMPERINGS.values()))
    assert broken == set(verification.KINDS)


def test_people_hear_of_their_own_stock_alone_and_of_amounts_only_where_they_see_cost(shop: Shop) -> None:
    cast = shop.cast
    verification.run(SYSTEM)
    assert verification.sentence(verification.latest(cast.north_clerk)) == "Verified"
    shop.tamper("UPDATE stock_levels SET value = value + 5, seq = seq + 1 WHERE {shelf}")
    verification.run(SYSTEM)
    for actor in (cast.admin, cast.manager):
        seen = verification.latest(actor)
        assert {(one.kind, one.expected, one.found) for one in seen.problems} == {
            ("count", "3", "4"),
            ("value", "59.5", "64.5"),
        }
        assert verification.sentence(seen) == "1 level doesn't match its moves"
    clerk = verification.latest(cast.north_clerk)
    assert {(one.kind, one.expected, one.found) for one in clerk.problems} == {("count", "3", "4"), ("value", "", "")}
    other = verification.latest(cast.south_clerk)
    assert (other.good, other.problems, verification.sentence(other)) == (True, (), "Verified")
    assert verification.latest(cast.nobody).problems == ()


def test_both_ends_hear_of_what_is_on_the_way(shop: Shop) -> None:
    shop.tamper("UPDATE transfers SET state = 'closed', closed_at = now()")
    verification.run(SYSTEM)
    for actor in (shop.cast.north_clerk, shop.cast.south_clerk):
        assert [one.kind for one in verification.latest(actor).problems] == ["transit"]


def test_a_run_is_kept_and_old_good_ones_are_forgotten(shop: Shop) -> None:
    verification.run(SYSTEM)
    shop.tamper("UPDATE stock_levels SET on_hand = on_hand + 1 WHERE {shelf}")
    verification.run(SYSTEM)
    kept = "SELECT string_agg(state, ' ' ORDER BY started_at) AS states, max(problem) AS problem FROM job_runs"
    found = look(f"{kept} WHERE name = 'verify stock'")
    assert found.states == "done failed"
    assert found.problem.startswith("1 level wrong. First: Tea")
    with sa.create_engine(shop.database.owner_url, poolclass=sa.NullPool).begin() as connection:
        connection.exec_driver_sql("UPDATE job_runs SET started_at = started_at - interval '8 days'")
    verification.run(SYSTEM)
    assert look(f"{kept} WHERE name = 'verify stock'").states == "failed failed"


def command(shop: Shop, *words: str) -> subprocess.CompletedProcess[str]:
    environment = {
        "PATH": os.environ["PATH"],
        "DATABASE_URL": shop.database.url,
        "DIRECT_DATABASE_URL": shop.database.owner_url,
    }
    return subprocess.run(
        [sys.executable, "-m", "flask", "--app", "app", *words],
        cwd=ROOT,
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )


def test_the_command_names_each_and_ends_with_one(shop: Shop) -> None:
    good = command(shop, "verify")
    assert (good.returncode, good.stdout.count("every level is the sum of its moves")) == (0, 1), good.stderr
    shop.tamper("UPDATE stock_levels SET on_hand = on_hand + 1 WHERE {shelf}")
    bad = command(shop, "verify", "--json")
    assert bad.returncode == 1, bad.stderr
    said = json.loads(bad.stdout)
    level = look(
        "SELECT id FROM stock_levels WHERE kind = 'shelf' AND location_id = :place AND product_id = :good",
        place=shop.cast.north,
        good=shop.tea,
    )
    assert {(one["kind"], one["level"]) for one in said["problems"]} == {
        ("on_hand", str(level.id)),
        ("value", str(level.id)),
    }
    assert said["wrong"] == 2


def test_the_worker_does_it_too_and_whatever_else_is_due(shop: Shop) -> None:
    hold = Hold(shop.cast.north, shop.tea, Decimal(1), "order", uuid4(), dt.datetime(2026, 1, 1, tzinfo=dt.UTC))
    ledger.reserve(SYSTEM, [hold])
    done = command(shop, "worker", "--once")
    assert done.returncode == 0, done.stderr
    assert "Released 1 reservation " in done.stdout
    assert (
        look("SELECT state FROM reservations WHERE product_id = :id AND until IS NOT NULL", id=shop.tea).state
        == "released"
    )
    assert look("SELECT count(*) AS n FROM job_runs WHERE name = 'verify stock' AND state = 'done'").n == 1
