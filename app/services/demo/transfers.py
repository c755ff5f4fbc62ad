"""The demo shop's goods on their way: weekly deliveries to the salons, what they asked for, and one of each state."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from decimal import Decimal
from uuid import UUID

from app.models.stock_exception import StockException
from app.models.stock_request import StockRequest, StockRequestLine
from app.models.transfer import Transfer, TransferLine
from app.services.demo.catalog import PRODUCTS, SALONS, Good, place, reason
from app.services.demo.ground import Ground, Row, fixed
from app.services.demo.ledger import Ledger, Paper, outside, shelf
from app.services.demo.people import manager_of, user_at
from app.services.stock.ledger import Place

ROUNDS = (-33, -26, -19, -12, -5)
"""Days on which the van drives to all four salons."""

SENT = ("dispatched", "partly_received", "closed", "returned")

REQUESTS = (
    ("STA", "CW", -20, "fulfilled"),
    ("RIV", "CW", -3, "approved"),
    ("OLD", "HAR", -1, "requested"),
    ("HAR", "CW", -8, "rejected"),
    ("STA", "RIV", -11, "cancelled"),
    ("HAR", "CW", 0, "draft"),
)
"""Who needs it, who is asked, days from today, state."""


@dataclass(frozen=True)
class Trip:
    """A transfer: its key, from where to where, how many days from today, how far it has come."""

    key: str
    source: str
    target: str
    days: int
    state: str
    note: str | None = None
    request: UUID | None = None

    @property
    def id(self) -> UUID:
        return fixed("transfer", self.key)

    @property
    def transit(self) -> Place:
        return Place("transit", place(self.source), place(self.target), self.id)


def trips() -> list[Trip]:
    """All transfers: the rounds, and some that are on their way or came to nothing."""
    rounds = [Trip(f"{days}/{code}", "CW", code, days, "closed") for days in ROUNDS for code in SALONS]
    return [
        *rounds,
        Trip("draft", "CW", "HAR", 0, "draft", "Waiting for the new polish colours."),
        Trip("requested", "OLD", "HAR", -1, "requested"),
        Trip("approved", "CW", "RIV", -2, "approved", request=fixed("stock_request", "RIV", "approved")),
        Trip("dispatched", "CW", "STA", -1, "dispatched"),
        Trip("overdue", "HAR", "STA", -9, "dispatched", "Sent with the courier."),
        Trip("partly", "CW", "OLD", -3, "partly_received", "The second box is still missing."),
        Trip("cancelled", "RIV", "OLD", -14, "cancelled", "Not needed any more."),
        Trip("returned", "CW", "HAR", -16, "returned", "Wrong goods, sent back."),
        Trip("request", "CW", "STA", -19, "closed", request=fixed("stock_request", "STA", "fulfilled")),
        Trip("crossing", "STA", "RIV", -7, "closed"),
    ]


def plan(ledger: Ledger) -> None:
    """All transfers and requests, at their moments."""
    for index, trip in enumerate(trips()):
        when = _moment(ledger.ground, trip, index)
        ledger.plan(when, lambda ledger, trip=trip, when=when: _travel(ledger, trip, when))  # type: ignore[misc]
    for target, source, days, state in REQUESTS:
        _request(ledger, target, source, days, state)
    _overdue(ledger)


def _moment(ground: Ground, trip: Trip, index: int) -> dt.datetime:
    return min(ground.at(trip.days, 9, 10 + index), ground.now - dt.timedelta(minutes=25))


def _travel(ledger: Ledger, trip: Trip, when: dt.datetime) -> None:
    chance = ledger.ground.chance(f"transfer/{trip.key}")
    goods = chance.sample(PRODUCTS, 8 if trip.days in ROUNDS and trip.source == "CW" else 3)
    lines = [(good, wanted) for good in goods if (wanted := min(chance.randint(4, 12), ledger.free(trip.source, good)))]
    ledger.write(Transfer, when, _row(trip, when))
    for index, (good, quantity) in enumerate(lines):
        came = _arrived(trip, index, quantity)
        _line(ledger, trip, good, quantity, came, when)
        _move(ledger, trip, good, quantity, came, when)


def _arrived(trip: Trip, index: int, quantity: int) -> dict[str, int]:
    """How many of a line came, came broken, are missing or went back."""
    if trip.state == "returned":
        return {"returned": quantity}
    if trip.state == "partly_received":
        return {"received": quantity} if index == 0 else {}
    if trip.state != "closed":
        return {}
    if trip.key == "-12/RIV" and index == 0:
        return {"received": quantity - 2, "damaged": 1, "short": 1}
    return {"received": quantity}


def _line(ledger: Ledger, trip: Trip, good: Good, quantity: int, came: dict[str, int], when: dt.datetime) -> None:
    row: Row = {
        "id": fixed("transfer_line", trip.key, good.sku),
        "transfer_id": trip.id,
        "product_id": good.id,
        "quantity": Decimal(quantity),
        "dispatched_quantity": Decimal(quantity if trip.state in SENT else 0),
        "short_reason_id": reason("Damaged") if "damaged" in came else None,
    }
    row |= {f"{how}_quantity": Decimal(came.get(how, 0)) for how in ("received", "damaged", "short", "returned")}
    ledger.write(TransferLine, when, row)


def _move(ledger: Ledger, trip: Trip, good: Good, quantity: int, came: dict[str, int], when: dt.datetime) -> None:
    sender = Paper("transfer", trip.id, when + dt.timedelta(minutes=20), user_at(trip.source))
    if trip.state == "approved":
        ledger.hold(trip.source, good, quantity, sender, when + dt.timedelta(days=7))
    if trip.state not in SENT:
        return
    ledger.move(good, shelf(trip.source), trip.transit, quantity, sender)
    broken = Paper("transfer", trip.id, when + dt.timedelta(hours=5), user_at(trip.target), reason("Damaged"))
    receiver = Paper("transfer", trip.id, when + dt.timedelta(hours=5), user_at(trip.target))
    for how, there, paper in (
        ("received", shelf(trip.target), receiver),
        ("damaged", outside("loss", trip.target), broken),
        ("short", outside("loss", trip.target), broken),
        ("returned", shelf(trip.source), sender),
    ):
        if came.get(how):
            ledger.move(good, trip.transit, there, came[how], paper)


def _row(trip: Trip, when: dt.datetime) -> Row:
    begun, agreed = trip.state != "draft", trip.state in ("approved", *SENT)
    sent, ended = trip.state in SENT, trip.state in ("closed", "cancelled", "returned")
    return {
        "id": trip.id,
        "from_location_id": place(trip.source),
        "to_location_id": place(trip.target),
        "state": trip.state,
        "expected_on": (when + dt.timedelta(days=1)).date(),
        "blind_receive": trip.key == "partly",
        "note": trip.note,
        "stock_request_id": trip.request,
        "requested_at": when if begun else None,
        "requested_by_id": user_at(trip.target) if begun else None,
        "approved_at": when + dt.timedelta(minutes=10) if agreed else None,
        "approved_by_id": manager_of(trip.source) if agreed else None,
        "dispatched_at": when + dt.timedelta(minutes=20) if sent else None,
        "dispatched_by_id": user_at(trip.source) if sent else None,
        "closed_at": when + dt.timedelta(hours=5) if ended else None,
        "closed_by_id": user_at(trip.target) if ended else None,
    }


def _request(ledger: Ledger, target: str, source: str, days: int, state: str) -> None:
    chance = ledger.ground.chance(f"request/{target}/{state}")
    when = min(ledger.ground.at(days, 8, 30), ledger.ground.now - dt.timedelta(minutes=50))
    asked, decided = state != "draft", state in ("approved", "fulfilled", "rejected")
    id = fixed("stock_request", target, state)
    answers = {"rejected": "We are short ourselves until Friday.", "approved": "Goes out with the next van."}

    def happen(ledger: Ledger) -> None:
        row = {
            "id": id,
            "to_location_id": place(target),
            "from_location_id": place(source),
            "state": state,
            "needed_on": (when + dt.timedelta(days=4)).date(),
            "requested_at": when if asked else None,
            "requested_by_id": user_at(target) if asked else None,
            "decided_at": when + dt.timedelta(hours=2) if decided else None,
            "decided_by_id": manager_of(source) if decided else None,
            "answer": answers.get(state),
        }
        ledger.write(StockRequest, when, row)
        for good in chance.sample(PRODUCTS[:20], 3):
            quantity = Decimal(chance.randint(3, 10))
            line = {
                "id": fixed("stock_request_line", target, state, good.sku),
                "stock_request_id": id,
                "product_id": good.id,
                "quantity": quantity,
                "approved_quantity": quantity if state in ("approved", "fulfilled") else None,
            }
            ledger.write(StockRequestLine, when, line)

    ledger.plan(when, happen)


def _overdue(ledger: Ledger) -> None:
    """The courier's parcel that never came is something to resolve."""
    trip = next(trip for trip in trips() if trip.key == "overdue")
    when = ledger.ground.at(trip.days + 3, 6)
    row = {
        "id": fixed("stock_exception", "overdue"),
        "kind": "overdue_transit",
        "location_id": place(trip.target),
        "summary": "Sent nine days ago with the courier, not received.",
        "document": "transfer",
        "document_id": trip.id,
        "noticed_at": when,
        "state": "open",
        "owner_id": user_at(trip.target),
    }
    ledger.plan(when, lambda ledger: ledger.write(StockException, when, row))
