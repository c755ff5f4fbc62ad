"""The demo shop's diary: appointments, who came and went, days off, bonuses, and the reports of the day."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from uuid import UUID

from app.models.appointment import Appointment
from app.models.attendance import Attendance
from app.models.bonus import Bonus
from app.models.leave import Leave
from app.models.store_report import StoreReport, StoreReportLine
from app.services.demo.catalog import PRODUCTS, SALONS, place
from app.services.demo.clients import NAMES, client
from app.services.demo.ground import Ground, Row, fixed
from app.services.demo.people import PERFORMERS, STAFF, Worker, desk_at, manager_of, skills_of
from app.services.demo.price_list import SERVICES

SLOTS = ((9, 30), (11, 45), (14, 0), (16, 0))
"""When appointments begin; two hours fit between any two."""

LASTING = {
    fixed("service", category, name): minutes
    for category, services in SERVICES.items()
    for name, minutes, _ in services
}
SUNDAY = 6

LEAVES = (
    ("Zofia Wójcik", "holiday", 12, 18, "proposed", "Wedding in Kraków."),
    ("Isabelle Martin", "sick", -2, 3, "approved", None),
    ("Oisín Keane", "holiday", -25, -19, "approved", None),
    ("Hannah Schmidt", "training", 20, 21, "approved", "Lash course."),
    ("Darragh Quinn", "unpaid", 5, 5, "rejected", "Moving house."),
    ("Eoin Byrne", "holiday", 30, 40, "proposed", None),
)

BONUSES = (
    ("Ailbhe Moran", "120.00", "approved", "Most new clients in a month."),
    ("Tomás Ribeiro", "80.00", "approved", "Covered two Saturdays."),
    ("Róisín Nolan", "60.00", "proposed", "Stocktake finished a day early."),
    ("Ronan Healy", "150.00", "rejected", "Sold the most clay."),
)

REMARKS = (
    "Quiet morning, full afternoon. The hand dryer is loud again.",
    "Two clients asked for the fig hand cream in a larger size.",
    "Delivery came at noon, all fine.",
    "Window display changed. Rosewood polish is nearly out.",
)


def plant(ground: Ground) -> None:
    """Four weeks of appointments, two of attendance, and what goes with them."""
    ground.add(Appointment, _appointments(ground))
    ground.add(Attendance, _attendance(ground))
    ground.add(Leave, [_leave(ground, *facts) for facts in LEAVES])
    ground.add(Bonus, [_bonus(ground, index, *facts) for index, facts in enumerate(BONUSES)])
    reports = [(code, days) for code in SALONS for days in (-6, -4, -2, -1)]
    ground.add(StoreReport, [_report(ground, code, days) for code, days in reports])
    ground.add(StoreReportLine, [_mention(ground, code, days) for code, days in reports])


def _appointments(ground: Ground) -> list[Row]:
    rows = []
    for worker in PERFORMERS:
        chance = ground.chance(f"appointments/{worker.name}")
        for days in range(-14, 15):
            busy = ground.day(days).weekday() != SUNDAY and not (worker.name == "Isabelle Martin" and -3 < days < 4)
            for slot, (hour, minute) in enumerate(SLOTS):
                likely, luck, who, what = 0.62 if days < 4 else 0.3, chance.random(), chance.random(), chance.random()
                if busy and luck < likely:
                    rows.append(_appointment(ground, worker, days, slot, ground.at(days, hour, minute), who, what))
    return sorted(rows, key=lambda row: (row["created_at"], row["starts_at"]))


def _appointment(
    ground: Ground, worker: Worker, days: int, slot: int, when: dt.datetime, who: float, what: float
) -> Row:
    skills = skills_of(worker)
    service = skills[int(what * len(skills))]
    booked = min(when - dt.timedelta(days=1 + int(who * 12), hours=int(what * 5)), ground.now)
    return {
        "id": fixed("appointment", worker.name, days, slot),
        "location_id": place(worker.places[days % len(worker.places)]),
        "client_id": client(int(who * len(NAMES))),
        "staff_id": worker.id,
        "service_id": service,
        "starts_at": when,
        "minutes": min(LASTING[service], 120),
        "state": _state(ground, when, who * 7 % 1),
        "note": "First visit." if what < 0.05 else None,
        "created_at": booked,
        "updated_at": booked,
    }


def _state(ground: Ground, when: dt.datetime, luck: float) -> str:
    if when + dt.timedelta(hours=2) < ground.now:
        return "no_show" if luck < 0.05 else "cancelled" if luck < 0.12 else "done"
    if when < ground.now:
        return "arrived"
    return "cancelled" if luck < 0.04 else "confirmed" if luck < 0.5 else "booked"


def _attendance(ground: Ground) -> list[Row]:
    rows = []
    for worker in STAFF:
        chance = ground.chance(f"attendance/{worker.name}")
        for days in range(-14, 1):
            came = ground.at(days, 8, 40 + chance.randint(0, 19))
            went: dt.datetime | None = ground.at(days, 17, 30 + chance.randint(0, 25))
            free = ground.day(days).weekday() in (SUNDAY, 5 if worker.home == "CW" else 0)
            if free or came > ground.now:
                continue
            if went is not None and went > ground.now:
                went = None
            rows.append(
                {
                    "id": fixed("attendance", worker.name, days),
                    "staff_id": worker.id,
                    "location_id": place(worker.home),
                    "clocked_in_at": came,
                    "clocked_out_at": went,
                    "source": "manager" if chance.random() < 0.05 else "terminal",
                    "created_at": came,
                    "updated_at": went or came,
                }
            )
    return sorted(rows, key=lambda row: row["created_at"])


def _leave(ground: Ground, name: str, kind: str, first: int, last: int, state: str, why: str | None) -> Row:
    worker = _worker(name)
    return {
        "id": fixed("leave", name),
        "staff_id": worker.id,
        "location_id": place(worker.home),
        "kind": kind,
        "starts_on": ground.day(first),
        "ends_on": ground.day(last),
        "reason": why,
        "state": state,
    }


def _bonus(ground: Ground, index: int, name: str, amount: str, state: str, why: str) -> Row:
    worker = _worker(name)
    return {
        "id": fixed("bonus", name),
        "staff_id": worker.id,
        "location_id": place(worker.home),
        "granted_on": ground.day(-20 + index * 5),
        "amount": Decimal(amount),
        "reason": why,
        "state": state,
    }


def _worker(name: str) -> Worker:
    return next(worker for worker in STAFF if worker.name == name)


def _report(ground: Ground, code: str, days: int) -> Row:
    when = ground.at(days, 18, 20)
    state = {-1: "draft", -2: "submitted"}.get(days, "read")
    return {
        "id": _report_id(code, days),
        "location_id": place(code),
        "reported_on": ground.day(days),
        "author_id": desk_at(code) if days % 4 else manager_of(code),
        "remarks": REMARKS[(SALONS.index(code) - days) % len(REMARKS)],
        "state": state,
        "created_at": when,
        "updated_at": when,
    }


def _report_id(code: str, days: int) -> UUID:
    return fixed("store_report", code, days)


def _mention(ground: Ground, code: str, days: int) -> Row:
    chance = ground.chance(f"report/{code}/{days}")
    return {
        "id": fixed("store_report_line", code, days),
        "store_report_id": _report_id(code, days),
        "product_id": chance.choice(PRODUCTS[:20]).id,
        "quantity": Decimal(chance.randint(1, 4)),
        "remark": chance.choice(("Asked for", "Nearly out", "Box damaged", "Sold well")),
    }
