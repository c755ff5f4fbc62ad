"""Northwind's people: customers become clients, employees become staff."""

from __future__ import annotations

from collections import defaultdict
from uuid import UUID

from app.models.client import Client
from app.models.comment import Comment
from app.models.staff import Staff
from app.services.northwind.company import HEAD_OFFICE, picture, region
from app.services.northwind.ground import Ground, Record, filled, fixed, labelled, lines
from app.services.northwind.shop_file import Values

ADDRESS = {"Address": "Address", "City": "City", "Region": "Region", "PostalCode": "Postcode", "Country": "Country"}


def load_customers(ground: Ground) -> None:
    """Companies that buy; who to ask for there, and where they are, become notes."""
    ground.load("Customers", Client, [Record(row["CustomerID"], _client(row)) for row in ground.shop["Customers"]])


def _client(row: Values) -> dict[str, object]:
    contact = labelled(row, ContactName="Contact", ContactTitle="Contact's role")
    return filled(
        name=row["CompanyName"],
        phone=row["Phone"],
        notes=lines(contact, labelled(row, **ADDRESS), labelled(row, Fax="Fax")),
    )


def load_employees(ground: Ground) -> None:
    """Employees at the store of the region that they travel in, with photographs and what is told of them."""
    rows = ground.shop["Employees"]
    homes = homes_of(ground)
    photographs = {row["EmployeeID"]: picture(row["Photo"]) for row in rows}
    wanted = [
        Record(row["EmployeeID"], _member(row, homes[row["EmployeeID"]], photographs[row["EmployeeID"]]))
        for row in rows
    ]
    ground.load("Employees", Staff, wanted)
    told = {row["EmployeeID"]: remark for row in rows if (remark := _remark(ground, row))}
    remarks = [
        Record(key, {"entity": "staff", "record_id": fixed("staff", key), "body": body}) for key, body in told.items()
    ]
    made = ground.load("Employees: notes, superiors, territories", Comment, remarks)
    _tally_territories(ground, made)
    unreadable = sum(bool(row["Photo"]) and photographs[row["EmployeeID"]] is None for row in rows)
    ground.report.leave_out("Employees: photographs", "not a PNG, JPEG, WebP or GIF", unreadable)
    ground.report.leave_out(
        "Employees: home addresses", "not needed to work with somebody", ground.count("Employees", "Address")
    )
    ground.report.leave_out(
        "Employees: extensions, courtesy titles", "there is no field for them", ground.count("Employees", "Extension")
    )
    ground.report.leave_out(
        "Employees: paths of photographs", "they lead to a computer of 1998", ground.count("Employees", "PhotoPath")
    )


def _tally_territories(ground: Ground, made: set[UUID]) -> None:
    """Areas to travel in are no places where goods lie: they are told with the people who travel there."""
    travels = {row["TerritoryID"]: row["EmployeeID"] for row in ground.shop["EmployeeTerritories"]}
    known = [row["TerritoryID"] for row in ground.shop["Territories"] if row["TerritoryID"] in travels]
    told = ground.outcome("Territories", "remarks on staff")
    told.placed += sum(fixed("comment", travels[key]) in made for key in known)
    told.already += len(known) - told.placed
    free = len(ground.shop["Territories"]) - len(known)
    ground.report.leave_out("Territories", "nobody works there, and no goods lie there", free)


def homes_of(ground: Ground) -> dict[object, UUID]:
    """Where each employee works: the region of their first territory, else the head office."""
    regions = {row["TerritoryID"]: row["RegionID"] for row in ground.shop["Territories"]}
    known = ground.keys("Regions", "RegionID")
    homes: dict[object, UUID] = defaultdict(lambda: HEAD_OFFICE)
    for row in ground.shop["EmployeeTerritories"]:
        there = regions.get(row["TerritoryID"])
        if there in known:
            homes.setdefault(row["EmployeeID"], region(there))
    return homes


def _member(row: Values, home: UUID, photograph: str | None) -> dict[str, object]:
    return filled(
        name=f"{row['FirstName']} {row['LastName']}",
        location_id=home,
        job=row["Title"],
        employee_number=f"NW-{row['EmployeeID']}",
        phone=row["HomePhone"],
        birthday=row["BirthDate"],
        joined_on=row["HireDate"],
        picture=photograph,
    )


def _remark(ground: Ground, row: Values) -> str | None:
    names = {other["EmployeeID"]: f"{other['FirstName']} {other['LastName']}" for other in ground.shop["Employees"]}
    areas = {other["TerritoryID"]: other["TerritoryDescription"] for other in ground.shop["Territories"]}
    mine = [
        areas[link["TerritoryID"]]
        for link in ground.shop["EmployeeTerritories"]
        if link["EmployeeID"] == row["EmployeeID"] and link["TerritoryID"] in areas
    ]
    superior = names.get(row["ReportsTo"])
    return lines(
        row["Notes"],
        f"Reports to: {superior}" if superior else None,
        f"Territories: {', '.join(mine)}" if mine else None,
    )
