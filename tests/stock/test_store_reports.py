"""A report is written, handed in and read, in this order and by those whose it is."""

from __future__ import annotations

import pytest

from app.core import access
from app.core.errors import Closed, Forbidden, Invalid, WrongState
from app.models.store_report import StoreReport
from app.services import records
from tests.cast import Cast
from tests.stock.shop import document, state, take


def test_from_the_clerk_to_whoever_reads_it(cast: Cast) -> None:
    report = document(
        cast.north_clerk,
        "store_report",
        {},
        reported_on="2026-11-20",
        location_id=cast.north,
        remarks="The door sticks.",
    )
    with pytest.raises(WrongState):
        take(cast.manager, report, "read")
    take(cast.north_clerk, report, "submit")
    with pytest.raises(Forbidden):
        take(cast.north_clerk, report, "read")
    take(cast.manager, report, "read")
    assert state(report) == "read"


def test_what_was_handed_in_stays_as_it_was(cast: Cast) -> None:
    report = document(
        cast.north_clerk, "store_report", {}, reported_on="2026-11-20", location_id=cast.north, remarks="All well."
    )
    take(cast.north_clerk, report, "submit")
    version = access.get(cast.north_clerk, StoreReport, report.id).version
    with pytest.raises(Closed):
        records.change(cast.north_clerk, StoreReport, report.id, {"remarks": "No."}, expected_version=version)


def test_an_empty_one_is_not_handed_in(cast: Cast) -> None:
    report = document(cast.north_clerk, "store_report", {}, reported_on="2026-11-20", location_id=cast.north)
    with pytest.raises(Invalid, match="the report is empty"):
        take(cast.north_clerk, report, "submit")
    assert state(report) == "draft"
