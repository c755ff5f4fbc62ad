"""Northwind's trade: orders with their lines, each at the store of whoever took it."""

from __future__ import annotations

from collections import defaultdict
from decimal import Decimal
from typing import Any
from uuid import UUID

from app.models.order import Order
from app.services.northwind.ground import Ground, Record, filled, fixed
from app.services.northwind.people import homes_of
from app.services.northwind.shop_file import Values
from app.services.records import Line

CENT = Decimal("0.01")


def load_orders(ground: Ground) -> None:
    """Orders with their lines; a shipped one is fulfilled. They move no stock: what is left was counted after them."""
    rows, details = ground.shop["Orders"], _details(ground)
    shippers = {row["ShipperID"]: row["CompanyName"] for row in ground.shop["Shippers"]}
    homes = homes_of(ground)
    wanted = [
        Record(
            row["OrderID"],
            _order(ground, row, homes[row["EmployeeID"]], shippers.get(row["ShipVia"])),
            {"order_line": [_line(detail) for detail in details[row["OrderID"]]]},
            "fulfilled" if row["ShippedDate"] else "confirmed",
        )
        for row in rows
    ]
    made = ground.load("Orders", Order, wanted)
    placed = sum(len(details[row["OrderID"]]) for row in rows if fixed("order", row["OrderID"]) in made)
    told = ground.outcome("Order Details", "order lines")
    told.placed += placed
    told.already += sum(len(details[row["OrderID"]]) for row in rows) - placed
    _shippers(ground, made)


def _details(ground: Ground) -> dict[Any, list[Values]]:
    """The lines by order; those that belong to nothing in the file are told of."""
    orders, products = ground.keys("Orders", "OrderID"), ground.keys("Products", "ProductID")
    found: dict[Any, list[Values]] = defaultdict(list)
    for row in ground.shop["Order Details"]:
        if row["OrderID"] not in orders:
            ground.report.leave_out("Order Details", "the order is not in the file")
        elif row["ProductID"] not in products:
            ground.report.leave_out("Order Details", "the product is not in the file")
        else:
            found[row["OrderID"]].append(row)
    return found


def _order(ground: Ground, row: Values, home: UUID, shipper: str | None) -> dict[str, object]:
    customer, employee = row["CustomerID"], row["EmployeeID"]
    known = customer in ground.keys("Customers", "CustomerID"), employee in ground.keys("Employees", "EmployeeID")
    if customer is not None and not known[0]:
        ground.report.leave_out("Orders: customers", "the customer is not in the file")
    return filled(
        client_id=fixed("client", customer) if known[0] else None,
        location_id=home,
        staff_id=fixed("staff", employee) if known[1] else None,
        ordered_on=row["OrderDate"],
        required_on=row["RequiredDate"],
        shipped_on=row["ShippedDate"],
        shipper=shipper,
        freight=None if row["Freight"] is None else row["Freight"].quantize(CENT),
        ship_name=row["ShipName"],
        ship_address=row["ShipAddress"],
        ship_city=row["ShipCity"],
        ship_region=row["ShipRegion"],
        ship_postcode=row["ShipPostalCode"],
        ship_country=row["ShipCountry"],
        note=f"Northwind order {row['OrderID']}",
    )


def _line(row: Values) -> Line:
    values = {
        "product_id": fixed("product", row["ProductID"]),
        "quantity": row["Quantity"],
        "unit_price": row["UnitPrice"].quantize(CENT),
        "discount": row["Discount"] * 100,
    }
    return Line(values)


def _shippers(ground: Ground, made: set[UUID]) -> None:
    now = {row["ShipVia"] for row in ground.shop["Orders"] if fixed("order", row["OrderID"]) in made}
    used = {row["ShipVia"] for row in ground.shop["Orders"]}
    names = ground.outcome("Shippers", "a name on orders")
    for row in ground.shop["Shippers"]:
        names.placed += row["ShipperID"] in now
        names.already += row["ShipperID"] in used - now
    unused = sum(row["ShipperID"] not in used for row in ground.shop["Shippers"])
    ground.report.leave_out("Shippers", "no order went with them", unused)
    ground.report.leave_out("Shippers: phones", "an order names its shipper only", ground.count("Shippers", "Phone"))
