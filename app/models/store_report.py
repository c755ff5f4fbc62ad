"""Store reports: what staff hand in about their day, with the products it concerns."""

import datetime as dt
from decimal import Decimal
from uuid import UUID

from sqlalchemy.orm import Mapped

from app.core.columns import choice, date, link, long_text, number, quantity, text
from app.core.entity import Entity
from app.core.scope import at, part_of
from app.core.screen import Screen


class StoreReport(Entity):
    """A report from a location: remarks, and products with quantities."""

    scope = at("location_id")
    verbs = ("submit", "read")
    open_in = ("draft",)
    access = {"clerk": ("see", "create", "change", "submit"), "frontdesk": ("see", "create", "change", "submit")}
    screen = Screen(
        area="Schedule",
        icon="report",
        title=("number",),
        columns=("number", "reported_on", "location_id", "author_id", "state", "remarks"),
        search=("number", "remarks"),
        sort="-reported_on",
        state="state",
        children=("StoreReportLine",),
        empty="No reports yet. Write one at the end of the day.",
    )

    number: Mapped[str] = number("SR")
    location_id: Mapped[UUID] = link("Location", required=True)
    reported_on: Mapped[dt.date] = date(required=True, label="Date")
    author_id: Mapped[UUID | None] = link("User")
    remarks: Mapped[str | None] = long_text(longest=4_000)
    state: Mapped[str] = choice(
        ("draft", "Draft", "light"),
        ("submitted", "Submitted", "primary"),
        ("read", "Read", "success"),
        default="draft",
        by_machine=True,
    )


class StoreReportLine(Entity):
    """One product that a report mentions."""

    scope = part_of("StoreReport", "store_report_id")
    screen = Screen(
        area="Schedule",
        icon="list-details",
        title=("product_id",),
        columns=("store_report_id", "product_id", "quantity", "remark"),
        search=("remark",),
        sort="created_at",
        menu=False,
    )

    store_report_id: Mapped[UUID] = link("StoreReport", required=True)
    product_id: Mapped[UUID] = link("Product", required=True)
    quantity: Mapped[Decimal] = quantity(default=1)
    remark: Mapped[str | None] = text()
