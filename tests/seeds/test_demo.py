"""The demo shop: its size, that every screen has something to show, and that nothing is made twice."""

from __future__ import annotations

import os
import stat
from collections.abc import Iterator
from pathlib import Path

import pytest
import sqlalchemy as sa

from app.core import db, embedded
from app.core.actor import gate, system
from app.core.entity import entities, named
from app.core.errors import Invalid
from app.models.transfer import Transfer
from app.services import demo, files, records
from app.services.access import people
from app.services.access.attempts import Visitor
from app.services.demo import logins
from tests.databases import Database
from tests.seeds.conftest import ask, connect, count, everything, opened

SIZE = {
    "user": 26,
    "staff": 22,
    "client": 40,
    "location": 5,
    "service": 144,
    "product": 24,
    "stock_rule": 120,
    "staff_location": 27,
    "staff_service": 273,
    "location_service": 576,
}

NOTHING_TO_SHOW = {
    "api_token": "a key that nobody holds would be a lie",
    "session": "whoever looks at the list is in it",
    "operation": "the receipts come with the first write of a browser",
}


@pytest.fixture(scope="module")
def shop(server: embedded.Server, bare: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Database]:
    """The demo shop, made once for the tests that only look."""
    with opened(server, bare) as made:
        files.configure(tmp_path_factory.mktemp("files"), largest_mb=20)
        assert list(demo.plant(system("test"))) == [name for name, _ in demo.PARTS]
        yield made


@pytest.fixture
def connected(shop: Database) -> Iterator[Database]:
    connect(shop)
    yield shop
    db.release()


@pytest.mark.parametrize(("entity", "wanted"), SIZE.items(), ids=SIZE)
def test_the_demo_shop_has_its_size(shop: Database, entity: str, wanted: int) -> None:
    assert count(shop, named(entity)) == wanted


def test_each_product_lies_on_a_shelf_of_each_location_with_a_rule(shop: Database) -> None:
    shelves = "account_id IN (SELECT id FROM stock_accounts WHERE kind = 'shelf')"
    assert count(shop, "stock_levels", shelves) == 120
    without = """stock_levels l JOIN stock_accounts a ON a.id = l.account_id AND a.kind = 'shelf'
        LEFT JOIN stock_rules r ON r.location_id = a.location_id AND r.product_id = l.product_id"""
    assert count(shop, without, "r.id IS NULL") == 0


@pytest.mark.parametrize("entity", [cls for cls in entities() if cls.screen.menu], ids=lambda cls: cls.entity)
def test_every_screen_of_the_menu_has_something_to_show(shop: Database, entity: type) -> None:
    if entity.entity in NOTHING_TO_SHOW:
        assert count(shop, entity) == 0, f"{entity.entity} has rows now: take it out of NOTHING_TO_SHOW"
    else:
        assert count(shop, entity) > 0, f"the demo shop makes no {entity.entity}: add some in app/services/demo/"


def test_every_product_has_a_picture_and_a_barcode(shop: Database) -> None:
    assert count(shop, "products", "picture IS NULL") == 0
    assert count(shop, "products p", "NOT EXISTS (SELECT FROM product_barcodes b WHERE b.product_id = p.id)") == 0


def test_there_are_transfers_in_every_state(shop: Database) -> None:
    states = {choice.value for choice in Transfer.__table__.c.state.info["column"].choices}
    assert {row[0] for row in ask(shop, "SELECT DISTINCT state FROM transfers")} == states


def test_every_level_is_the_sum_of_its_moves(shop: Database) -> None:
    assert ask(shop, WRONG_LEVELS) == []
    assert count(shop, "stock_moves") > 500


WRONG_LEVELS = """
    SELECT l.id, l.on_hand, sum(m.change), l.seq, count(m.change)
    FROM stock_levels l LEFT JOIN (
        SELECT to_account_id AS account_id, product_id, quantity AS change FROM stock_moves
        UNION ALL SELECT from_account_id, product_id, -quantity FROM stock_moves
    ) m ON m.account_id = l.account_id AND m.product_id = l.product_id
    GROUP BY l.id HAVING l.on_hand <> coalesce(sum(m.change), 0) OR l.seq <> count(m.change)
"""


def test_the_moves_of_each_level_are_numbered_without_a_gap(shop: Database) -> None:
    gaps = """
        SELECT account_id, product_id FROM (
            SELECT to_account_id AS account_id, product_id, to_seq AS seq FROM stock_moves
            UNION ALL SELECT from_account_id, product_id, from_seq FROM stock_moves
        ) m GROUP BY 1, 2 HAVING min(seq) <> 1 OR max(seq) <> count(*) OR count(DISTINCT seq) <> count(*)
    """
    assert ask(shop, gaps) == []


def test_what_is_reserved_is_what_the_reservations_hold(shop: Database) -> None:
    wrong = """
        SELECT l.id FROM stock_levels l JOIN stock_accounts a ON a.id = l.account_id
        LEFT JOIN reservations r ON r.location_id = a.location_id AND r.product_id = l.product_id
            AND r.state = 'held' AND a.kind = 'shelf'
        GROUP BY l.id HAVING l.reserved <> coalesce(sum(r.quantity), 0)
    """
    assert ask(shop, wrong) == []


def test_the_documents_agree_with_the_moves_behind_them(shop: Database) -> None:
    sold = "SELECT sum(quantity) FROM sale_lines WHERE product_id IS NOT NULL"
    moved = """SELECT sum(CASE WHEN f.kind = 'shelf' THEN m.quantity ELSE -m.quantity END) FROM stock_moves m
        JOIN stock_accounts f ON f.id = m.from_account_id WHERE m.document = 'sale'"""
    assert ask(shop, sold) == ask(shop, moved)
    paid = "sales s JOIN (SELECT sale_id, sum(amount) AS paid FROM payments GROUP BY 1) p ON p.sale_id = s.id"
    assert count(shop, paid, "p.paid <> s.total") == 0
    lines = "sales s JOIN (SELECT sale_id, sum(total) AS worth FROM sale_lines GROUP BY 1) l ON l.sale_id = s.id"
    assert count(shop, lines, "l.worth <> s.total") == 0


def test_nothing_of_the_past_lies_in_the_future(shop: Database) -> None:
    for table, column in (("sales", "sold_at"), ("stock_moves", "created_at"), ("transfers", "created_at")):
        assert count(shop, table, f"{column} > now()") == 0
    assert count(shop, "appointments", "starts_at > now()") > 0
    assert count(shop, "appointments", "starts_at > now() AND state IN ('done', 'no_show')") == 0


def test_a_second_run_adds_nothing(connected: Database) -> None:
    before = everything(connected)
    list(demo.plant(system("test")))
    assert everything(connected) == before


@pytest.mark.parametrize("after", [1, len(demo.PARTS) - 2])
def test_an_interrupted_run_is_finished_by_the_next(shop: Database, empty: Database, after: int) -> None:
    connect(empty)
    run = demo.plant(system("test"))
    for _ in range(after):
        next(run)
    run.close()
    list(demo.plant(system("test")))
    made, whole = everything(empty), everything(shop)
    assert {name: made[name] for name in SIZE} == {name: whole[name] for name in SIZE}
    assert ask(empty, WRONG_LEVELS) == []


def test_a_part_that_fails_leaves_nothing_of_itself(empty: Database) -> None:
    records.create(system("test"), named("tax_rate"), {"name": "Standard rate", "rate": "20"})
    with pytest.raises(Invalid):
        list(demo.plant(system("test")))
    assert count(empty, "locations") == 0


def test_the_logins_work_and_only_their_owner_reads_them(connected: Database, tmp_path: Path) -> None:
    table = demo.hand_out_logins(tmp_path / "var")
    file = tmp_path / "var" / "demo-logins"
    assert file.read_text() == table
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    rows = [line.split("  ") for line in table.splitlines()[1:]]
    found = [[cell.strip() for cell in row if cell.strip()] for row in rows]
    assert [row[0] for row in found] == ["admin", "manager", "clerk", "clerk", "frontdesk", "viewer"]
    assert len({row[2] for row in found}) == len(found)
    clerks = [row[3] for row in found if row[0] == "clerk"]
    assert len(set(clerks)) == 2
    for _, email, password, _ in found:
        assert people.sign_in(Visitor("192.0.2.1", "test"), email=email, password=password)


def test_a_second_run_keeps_the_passwords_and_a_lost_file_makes_new_ones(connected: Database, tmp_path: Path) -> None:
    first = demo.hand_out_logins(tmp_path)
    assert demo.hand_out_logins(tmp_path) == first
    os.remove(tmp_path / logins.FILE)
    again = demo.hand_out_logins(tmp_path)
    assert again != first


def test_a_file_of_another_database_is_not_believed(connected: Database, tmp_path: Path) -> None:
    (tmp_path / logins.FILE).write_text("admin  admin@fernandcomb.example  of-an-older-database\n")
    with db.transaction(gate()) as session:
        session.execute(sa.text("UPDATE users SET password_hash = NULL WHERE email LIKE 'viewer@%'"))
    assert "of-an-older-database" not in demo.hand_out_logins(tmp_path)


def test_passwords_are_made_up_anew_each_time() -> None:
    assert len({logins.make_up() for _ in range(200)}) == 200
