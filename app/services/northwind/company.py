"""Northwind's places and goods: regions, categories, suppliers, products with their stock."""

from __future__ import annotations

import io
import re
from collections import Counter
from uuid import UUID

from app.core.errors import Invalid
from app.models.category import Category
from app.models.location import Location
from app.models.product import Product
from app.models.reason import Reason
from app.models.stock_rule import StockRule
from app.models.supplier import Supplier
from app.services import files
from app.services.northwind.ground import Ground, Record, filled, fixed, labelled
from app.services.northwind.shop_file import Values
from app.services.records import Line
from app.services.stock import ledger
from app.services.stock.ledger import Move, Place

HEAD_OFFICE = fixed("location", "head office")
OPENING = "Opening stock"
WEB = re.compile(r"#(https?://[^#\s]+)#?")


def load_regions(ground: Ground) -> None:
    """The head office, which keeps the stock, and a store for each region, which takes the orders."""
    office = {
        "code": "NW",
        "name": "Northwind Traders",
        "kind": "head_office",
        "time_zone": "America/Los_Angeles",
        "receives_transfers": True,
    }
    stores = [
        Record(
            row["RegionID"],
            {
                "code": f"NW-{row['RegionDescription'][:30]}".upper().replace(" ", "-"),
                "name": f"Northwind {row['RegionDescription']}",
                "kind": "store",
                "parent_id": HEAD_OFFICE,
                "time_zone": "America/New_York",
            },
        )
        for row in ground.shop["Regions"]
    ]
    ground.load("The company", Location, [Record("head office", office)])
    ground.load("Regions", Location, stores, kind="region")


def region(key: object) -> UUID:
    """The location of a region."""
    return fixed("region", key)


def picture(raw: bytes | None) -> str | None:
    """The key of a stored picture; nothing for bytes that are no picture a browser shows."""
    if not raw:
        return None
    try:
        return files.store(io.BytesIO(raw), name="northwind", field="picture", picture=True).key
    except Invalid:
        return None


def load_categories(ground: Ground) -> None:
    """Categories with their pictures."""
    rows = ground.shop["Categories"]
    pictures = {row["CategoryID"]: picture(row["Picture"]) for row in rows}
    unreadable = sum(bool(row["Picture"]) and pictures[row["CategoryID"]] is None for row in rows)
    wanted = [
        Record(
            row["CategoryID"],
            filled(name=row["CategoryName"], description=row["Description"], picture=pictures[row["CategoryID"]]),
        )
        for row in rows
    ]
    ground.load("Categories", Category, wanted)
    ground.report.leave_out("Categories: pictures", "not a PNG, JPEG, WebP or GIF", unreadable)


def load_suppliers(ground: Ground) -> None:
    """Suppliers; fax numbers become a note, and home pages an address if they hold one."""
    ground.load("Suppliers", Supplier, [Record(row["SupplierID"], _supplier(row)) for row in ground.shop["Suppliers"]])
    no_address = sum(
        row["HomePage"] is not None and not WEB.search(row["HomePage"]) for row in ground.shop["Suppliers"]
    )
    ground.report.leave_out("Suppliers: home pages", "no web address in it, kept as a note", no_address)


def _supplier(row: Values) -> dict[str, object]:
    web = WEB.search(row["HomePage"] or "")
    note = labelled(row, Fax="Fax") if web else labelled(row, Fax="Fax", HomePage="Home page")
    return filled(
        name=row["CompanyName"],
        contact_name=row["ContactName"],
        contact_title=row["ContactTitle"],
        phone=row["Phone"],
        website=web[1] if web else None,
        address=row["Address"],
        city=row["City"],
        region=row["Region"],
        postcode=row["PostalCode"],
        country=row["Country"],
        note=note,
    )


def load_products(ground: Ground) -> None:
    """Products with who delivers them, when to order again, and what was on the shelf."""
    rows = ground.shop["Products"]
    suppliers, categories = ground.keys("Suppliers", "SupplierID"), ground.keys("Categories", "CategoryID")
    dangling: Counter[str] = Counter()
    for row in rows:
        dangling["its supplier is not in the file"] += row["SupplierID"] not in {*suppliers, None}
        dangling["its category is not in the file"] += row["CategoryID"] not in {*categories, None}
    wanted = [Record(row["ProductID"], _product(row, categories), _bought(row, suppliers)) for row in rows]
    made = ground.load("Products", Product, wanted)
    for reason, count in dangling.items():
        ground.report.leave_out("Products: links", reason, count)
    ground.load("Products: reorder levels", StockRule, [_rule(row) for row in rows])
    _open(ground, [row for row in rows if fixed("product", row["ProductID"]) in made])
    on_order = sum(row["UnitsOnOrder"] > 0 for row in rows)
    ground.report.leave_out("Products: units on order", "the file doesn't say in which order, or for when", on_order)
    ground.report.leave_out("Products: purchase prices", "the file has none, so the stock has no value", len(rows))


def _product(row: Values, categories: frozenset[object]) -> dict[str, object]:
    known = row["CategoryID"] in categories
    return filled(
        sku=f"NW-{row['ProductID']}",
        name=row["ProductName"],
        category_id=fixed("category", row["CategoryID"]) if known else None,
        price=row["UnitPrice"],
        contents=row["QuantityPerUnit"],
        active=not row["Discontinued"],
    )


def _bought(row: Values, suppliers: frozenset[object]) -> dict[str, list[Line]]:
    if row["SupplierID"] not in suppliers:
        return {}
    return {"product_supplier": [Line({"supplier_id": fixed("supplier", row["SupplierID"]), "preferred": True})]}


def _rule(row: Values) -> Record:
    values = {
        "location_id": HEAD_OFFICE,
        "product_id": fixed("product", row["ProductID"]),
        "reorder_point": row["ReorderLevel"],
    }
    return Record(row["ProductID"], values)


def _open(ground: Ground, rows: list[Values]) -> None:
    """What was in stock comes onto the head office's shelf; only for products that were made in this run."""
    ground.load(
        "The company: reason", Reason, [Record(OPENING, {"name": "Opening stock (Northwind)", "direction": "in"})]
    )
    source, shelf = Place("supplier", HEAD_OFFICE), Place("shelf", HEAD_OFFICE)
    reason = fixed("reason", OPENING)
    moves = [
        Move(fixed("product", row["ProductID"]), source, shelf, row["UnitsInStock"], reason=reason)
        for row in rows
        if row["UnitsInStock"] > 0
    ]
    if moves:
        ledger.move(ground.actor, moves)
    told = ground.outcome("Products: units in stock", "stock levels")
    told.placed += len(moves)
    in_stock = sum(row["UnitsInStock"] > 0 for row in ground.shop["Products"])
    told.already += in_stock - len(moves)
