"""A file that is broken or means harm is refused with a sentence, and nothing of it stays."""

from __future__ import annotations

import shutil
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path

import pytest

from app.core import embedded
from app.core.actor import system
from app.core.entity import named
from app.core.errors import BadShopFile
from app.services import files, northwind, records
from tests.databases import Database
from tests.seeds.conftest import count, everything, opened

Spoil = Callable[[Path], None]


def sql(*statements: str) -> Spoil:
    """A copy of the shop after these statements."""

    def spoil(path: Path) -> None:
        with closing(sqlite3.connect(path)) as source:
            source.execute("PRAGMA ignore_check_constraints = ON")
            for statement in statements:
                source.execute(statement)
            source.commit()

    return spoil


def cut(path: Path) -> None:
    path.write_bytes(path.read_bytes()[:100_000])


def overwrite(path: Path) -> None:
    whole = bytearray(path.read_bytes())
    whole[4096 : 4096 * 30] = b"\xff" * (4096 * 29)
    path.write_bytes(whole)


FEWER = ("DELETE FROM Orders WHERE OrderID < 11070", 'DELETE FROM "Order Details" WHERE OrderID < 11070')
"""Enough of a shop to spoil."""

ENDLESS = "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n) SELECT i FROM n"

SPOILT: dict[str, tuple[Spoil, str]] = {
    "empty": (lambda path: path.write_bytes(b"") and None, "not an SQLite database"),
    "text": (lambda path: path.write_text("hello") and None, "not an SQLite database"),
    "cut off": (cut, "can't be read"),
    "overwritten": (overwrite, "can't be"),
    "no orders": (sql('DROP TABLE "Order Details"'), "no table Order Details"),
    "a column missing": (sql("ALTER TABLE Products RENAME COLUMN UnitPrice TO Price"), "no column UnitPrice"),
    "a view instead": (
        sql("ALTER TABLE Shippers RENAME TO S", f"CREATE VIEW Shippers AS {ENDLESS}"),
        "no table Shippers",
    ),
    "text for a price": (sql("UPDATE Products SET UnitPrice = 'dear' WHERE ProductID = 5"), "UnitPrice: a number"),
    "bytes for a name": (sql("UPDATE Customers SET CompanyName = x'00ff'"), "CompanyName: text"),
    "no name": (sql("UPDATE Categories SET CategoryName = NULL"), "CategoryName: it is empty"),
    "NUL in a name": (sql("UPDATE Products SET ProductName = 'Chai' || char(0) || 'x'"), "NUL"),
    "not UTF-8": (sql("UPDATE Customers SET City = CAST(x'ff41' AS TEXT)"), "can't be read"),
    "infinite price": (sql('UPDATE "Order Details" SET UnitPrice = 9e999'), "UnitPrice: a number"),
    "below nothing": (sql("UPDATE Products SET UnitsInStock = -4"), "UnitsInStock: a number from 0"),
    "too many pieces": (sql("UPDATE Products SET UnitsInStock = 99999999999999"), "UnitsInStock: a number"),
    "no date": (sql("UPDATE Orders SET OrderDate = 'yesterday' WHERE OrderID = 11072"), "OrderDate: a date"),
    "200 per cent off": (sql('UPDATE "Order Details" SET Discount = 2 WHERE OrderID = 11077'), "Orders 11077"),
    "a name too long": (sql("UPDATE Employees SET LastName = hex(zeroblob(5000)) WHERE EmployeeID = 9"), "At most"),
    "a phone with letters": (sql("UPDATE Customers SET Phone = '<script>'"), "phone"),
    "no quantity": (sql('UPDATE "Order Details" SET Quantity = 0 WHERE OrderID = 11077'), "Orders 11077"),
    "two of a name": (sql("UPDATE Suppliers SET CompanyName = 'Tokyo Traders'"), "taken already"),
}


@pytest.fixture(scope="module")
def untouched(server: embedded.Server, bare: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Database]:
    """One database for all files that are refused: it stays as it is."""
    with opened(server, bare) as made:
        files.configure(tmp_path_factory.mktemp("files"), largest_mb=20)
        yield made


@pytest.mark.parametrize("name", SPOILT)
def test_a_spoilt_file_is_refused_with_a_sentence_and_changes_nothing(
    untouched: Database, northwind_file: Path, tmp_path: Path, name: str
) -> None:
    spoil, said = SPOILT[name]
    path = tmp_path / "shop.sqlite"
    shutil.copyfile(northwind_file, path)
    path.chmod(0o600)
    sql(*FEWER)(path)
    spoil(path)
    before = everything(untouched)
    with pytest.raises(BadShopFile) as refused:
        northwind.load(system("test"), path)
    assert said in refused.value.message
    assert "Nothing was changed" in refused.value.message
    assert everything(untouched) == before


@pytest.mark.parametrize("path", ["/does/not/exist.sqlite", "nul\x00.sqlite", "/"])
def test_a_path_that_leads_nowhere_is_told(untouched: Database, path: str) -> None:
    with pytest.raises(BadShopFile):
        northwind.load(system("test"), Path(path))


def test_rows_that_point_to_nothing_are_left_out_and_told(
    empty: Database, northwind_file: Path, tmp_path: Path
) -> None:
    path = tmp_path / "shop.sqlite"
    shutil.copyfile(northwind_file, path)
    path.chmod(0o600)
    sql(
        "DELETE FROM Orders WHERE OrderID > 10260",
        'DELETE FROM "Order Details" WHERE OrderID > 10262',
        "DELETE FROM Products WHERE ProductID = 11",
        "DELETE FROM Customers WHERE CustomerID = 'VINET'",
        "DELETE FROM Suppliers WHERE SupplierID = 1",
    )(path)
    report = northwind.load(system("test"), path)
    assert report.outcomes["Order Details"].left_out["the order is not in the file"] > 0
    assert report.outcomes["Order Details"].left_out["the product is not in the file"] == 1
    assert report.outcomes["Orders: customers"].left_out.total() == 1
    assert report.outcomes["Products: links"].left_out.total() == 3
    assert count(empty, "orders", "client_id IS NULL") == 1


def test_somebody_elses_record_in_the_way_is_told(empty: Database, northwind_file: Path) -> None:
    records.create(system("test"), named("product"), {"sku": "NW-7", "name": "Ours", "price": "1"})
    with pytest.raises(BadShopFile, match="Products 7: sku"):
        northwind.load(system("test"), northwind_file)
    assert count(empty, "products") == 1
