"""The Northwind file: read whole and checked before anything is written, for a file can hold anything."""

from __future__ import annotations

import datetime as dt
import math
import sqlite3
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import closing, contextmanager
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path
from typing import Any
from urllib.parse import quote

from app.core.errors import AppError, BadShopFile, Invalid

MAGIC = b"SQLite format 3\x00"
MOST_ROWS = 200_000
LARGEST_VALUE = 20 << 20  # bytes of one text or picture
LARGEST_NUMBER = 10**9
PATIENCE = 30.0  # seconds that reading may take; a hostile view can run for ever

Reader = Callable[[Any], Any]
Values = Mapping[str, Any]


def _text(raw: Any) -> str | None:
    if raw is None:
        return None
    if not isinstance(raw, str):
        raise ValueError("text is expected")
    if "\x00" in raw:
        raise ValueError("it contains a NUL character")
    return raw.strip() or None


def _name(raw: Any) -> str:
    text = _text(raw)
    if text is None:
        raise ValueError("it is empty")
    return text


def _key(raw: Any) -> int | str:
    if isinstance(raw, int) or (isinstance(raw, str) and raw and "\x00" not in raw):
        return raw
    raise ValueError("a key is expected")


def _number(raw: Any) -> Decimal | None:
    if raw is None:
        return None
    if not isinstance(raw, int | float) or not math.isfinite(raw) or abs(raw) > LARGEST_NUMBER:
        raise ValueError("a number is expected")
    return Decimal(str(raw))


def _amount(raw: Any) -> Decimal:
    number = _number(raw)
    if number is None or number < 0:
        raise ValueError("a number from 0 on is expected")
    return number


def _pieces(raw: Any) -> Decimal:
    number = _amount(raw)
    if number != round(number, 3):
        raise ValueError("a number with at most 3 decimal places is expected")
    return number


def _day(raw: Any) -> dt.date | None:
    if raw is None:
        return None
    if not isinstance(raw, str):
        raise ValueError("a date is expected")
    try:
        return dt.date.fromisoformat(raw[:10])
    except ValueError:
        raise ValueError("a date like 1996-07-04 is expected") from None


def _yes(raw: Any) -> bool:
    if raw not in (0, 1, "0", "1"):
        raise ValueError("0 or 1 is expected")
    return str(raw) == "1"


def _bytes(raw: Any) -> bytes | None:
    if raw is not None and not isinstance(raw, bytes):
        raise ValueError("a picture is expected")
    return raw


def _reference(raw: Any) -> int | str | None:
    return None if raw is None else _key(raw)


TABLES: dict[str, dict[str, Reader]] = {
    "Categories": {"CategoryID": _key, "CategoryName": _name, "Description": _text, "Picture": _bytes},
    "Suppliers": {
        "SupplierID": _key,
        "CompanyName": _name,
        "ContactName": _text,
        "ContactTitle": _text,
        "Address": _text,
        "City": _text,
        "Region": _text,
        "PostalCode": _text,
        "Country": _text,
        "Phone": _text,
        "Fax": _text,
        "HomePage": _text,
    },
    "Products": {
        "ProductID": _key,
        "ProductName": _name,
        "SupplierID": _reference,
        "CategoryID": _reference,
        "QuantityPerUnit": _text,
        "UnitPrice": _amount,
        "UnitsInStock": _pieces,
        "UnitsOnOrder": _pieces,
        "ReorderLevel": _pieces,
        "Discontinued": _yes,
    },
    "Customers": {
        "CustomerID": _key,
        "CompanyName": _name,
        "ContactName": _text,
        "ContactTitle": _text,
        "Address": _text,
        "City": _text,
        "Region": _text,
        "PostalCode": _text,
        "Country": _text,
        "Phone": _text,
        "Fax": _text,
    },
    "Regions": {"RegionID": _key, "RegionDescription": _name},
    "Territories": {"TerritoryID": _key, "TerritoryDescription": _name, "RegionID": _key},
    "Employees": {
        "EmployeeID": _key,
        "LastName": _name,
        "FirstName": _name,
        "Title": _text,
        "TitleOfCourtesy": _text,
        "BirthDate": _day,
        "HireDate": _day,
        "Address": _text,
        "HomePhone": _text,
        "Extension": _text,
        "Photo": _bytes,
        "Notes": _text,
        "ReportsTo": _reference,
        "PhotoPath": _text,
    },
    "EmployeeTerritories": {"EmployeeID": _key, "TerritoryID": _key},
    "Shippers": {"ShipperID": _key, "CompanyName": _name, "Phone": _text},
    "Orders": {
        "OrderID": _key,
        "CustomerID": _reference,
        "EmployeeID": _reference,
        "OrderDate": _day,
        "RequiredDate": _day,
        "ShippedDate": _day,
        "ShipVia": _reference,
        "Freight": _number,
        "ShipName": _text,
        "ShipAddress": _text,
        "ShipCity": _text,
        "ShipRegion": _text,
        "ShipPostalCode": _text,
        "ShipCountry": _text,
    },
    "Order Details": {
        "OrderID": _key,
        "ProductID": _key,
        "UnitPrice": _amount,
        "Quantity": _pieces,
        "Discount": _amount,
    },
}
"""What is read: table → column → how its values are checked."""


@dataclass(frozen=True)
class Shop:
    """Everything that was read: table → its rows, checked."""

    tables: Mapping[str, tuple[Values, ...]]

    def __getitem__(self, table: str) -> tuple[Values, ...]:
        return self.tables[table]


def read(path: Path) -> Shop:
    """Read and check the whole file. Raises `BadShopFile` saying what is wrong with it, and where."""
    _look_at(path)
    try:
        with closing(_opened(path)) as source:
            return Shop({table: tuple(_rows(source, table, columns)) for table, columns in TABLES.items()})
    except (sqlite3.Error, UnicodeDecodeError) as error:
        raise BadShopFile(reason=f"it can't be read ({error})") from error


def _look_at(path: Path) -> None:
    if "\x00" in str(path) or not path.exists():
        raise BadShopFile(reason=f"there is no file {str(path)!r}")
    if not path.is_file():
        raise BadShopFile(reason=f"{path} is not a file")
    try:
        with path.open("rb") as file:
            head = file.read(len(MAGIC))
    except OSError as error:
        raise BadShopFile(reason=f"it can't be opened ({error.strerror})") from error
    if head != MAGIC:
        raise BadShopFile(reason=f"{path.name} is not an SQLite database")


def _opened(path: Path) -> sqlite3.Connection:
    source = sqlite3.connect(f"file:{quote(str(path.absolute()))}?mode=ro", uri=True)
    source.setlimit(sqlite3.SQLITE_LIMIT_LENGTH, LARGEST_VALUE)
    # Nothing that the file brings along is run: no functions in views, no writing.
    source.execute("PRAGMA trusted_schema = OFF")
    source.execute("PRAGMA query_only = ON")
    deadline = time.monotonic() + PATIENCE
    source.set_progress_handler(lambda: time.monotonic() > deadline, 100_000)
    return source


def _rows(source: sqlite3.Connection, table: str, columns: Mapping[str, Reader]) -> Iterator[Values]:
    _has(source, table, columns)
    names = ", ".join(f'"{name}"' for name in columns)
    for index, row in enumerate(source.execute(f'SELECT {names} FROM "{table}" LIMIT {MOST_ROWS + 1}'), 1):
        if index > MOST_ROWS:
            raise BadShopFile(reason=f"table {table} has more than {MOST_ROWS:,} rows")
        given = zip(columns.items(), row, strict=True)
        yield {name: _checked(table, index, name, check, raw) for (name, check), raw in given}


def _has(source: sqlite3.Connection, table: str, columns: Mapping[str, Reader]) -> None:
    kind = source.execute("SELECT type FROM sqlite_master WHERE name = ? AND type = 'table'", [table]).fetchone()
    if kind is None:
        raise BadShopFile(reason=f"it has no table {table}")
    there = {row[1] for row in source.execute(f'PRAGMA table_info("{table}")')}
    missing = [name for name in columns if name not in there]
    if missing:
        raise BadShopFile(reason=f"table {table} has no column {', '.join(missing)}")


def _checked(table: str, index: int, name: str, check: Reader, raw: Any) -> Any:
    try:
        return check(raw)
    except ValueError as error:
        raise BadShopFile(reason=f"{table}, row {index}, {name}: {error}") from error


@contextmanager
def row_of(table: str, key: object) -> Iterator[None]:
    """Inside, what a field refuses is said with the row of the file that it came from."""
    try:
        yield
    except AppError as error:
        fields = error.fields if isinstance(error, Invalid) else {}
        told = "; ".join(f"{name}: {text}" for name, text in fields.items()) or error.message
        raise BadShopFile(reason=f"{table} {key}: {told}") from error
