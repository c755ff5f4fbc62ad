"""The demo shop sells: four weeks of tills, the drawers behind them, and what clients ordered."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass, field
from decimal import Decimal
from random import Random
from uuid import UUID

from app.models.cash_request import CashRequest
from app.models.order import Order, OrderLine
from app.models.register import Register, Shift
from app.models.sale import Payment, Sale, SaleLine
from app.services.demo.catalog import PRODUCTS, SALONS, TAXES, Good, place
from app.services.demo.clients import NAMES, client
from app.services.demo.ground import Ground, Row, fixed
from app.services.demo.ledger import Ledger, Paper, outside, shelf
from app.services.demo.people import PERFORMERS, Worker, desk_at, skills_of
from app.services.demo.price_list import SERVICES

DAYS = 28
SUNDAY = 6
RATES = {name: Decimal(rate) for name, rate in TAXES}
PRICES = {
    fixed("service", category, name): price for category, services in SERVICES.items() for name, _, price in services
}
RETAIL = tuple(good for good in PRODUCTS if not good.professional)
CENT = Decimal("0.01")
FLOAT = Decimal(150)
"""Coins and notes that a drawer begins the day with."""

ORDERS = (
    ("HAR", -24, "fulfilled"),
    ("OLD", -17, "fulfilled"),
    ("RIV", -12, "fulfilled"),
    ("STA", -9, "cancelled"),
    ("RIV", -6, "fulfilled"),
    ("HAR", -3, "confirmed"),
    ("OLD", -1, "confirmed"),
    ("STA", 0, "draft"),
)


@dataclass
class Till:
    """One location's sales while they are planned: the last number, cash taken by day, the present shift."""

    code: str
    number: int = 0
    cash: dict[int, Decimal] = field(default_factory=dict)
    shift: Row = field(default_factory=dict)

    def next_number(self) -> str:
        self.number += 1
        return f"{self.code}-{self.number:07d}"


Earned = dict[UUID, list[tuple[UUID, int, dt.datetime]]]


def open_registers(ground: Ground) -> None:
    """A cash drawer at each salon."""
    rows = [
        {"id": fixed("register", code), "name": "Front desk", "code": f"{code}-1", "location_id": place(code)}
        for code in SALONS
    ]
    ground.add(Register, rows)


def plan(ledger: Ledger) -> Earned:
    """Everything that goes over the counter; fills what clients earned by it while the ledger runs."""
    earned: Earned = {}
    for code in SALONS:
        till = Till(code)
        for days in range(-DAYS, 1):
            if ledger.ground.day(days).weekday() != SUNDAY:
                _day(ledger, till, days, earned)
    for index, (code, days, state) in enumerate(ORDERS):
        _order(ledger, index, code, days, state)
    for index in range(6):
        _cash_request(ledger, index)
    return earned


def _day(ledger: Ledger, till: Till, days: int, earned: Earned) -> None:
    chance = ledger.ground.chance(f"sales/{till.code}/{days}")
    opened, closed = ledger.ground.at(days, 9), ledger.ground.at(days, 18, 10)
    shift, missing = fixed("shift", till.code, days), Decimal("2.50") if chance.random() < 0.08 else Decimal(0)
    ledger.plan(opened, lambda ledger: _open(ledger, till, shift, opened))
    ledger.plan(closed, lambda ledger: _close(till, closed, missing))
    for index in range(chance.randint(3, 6)):
        when = ledger.ground.at(days, chance.randint(9, 17), chance.randint(1, 59))
        luck = Random(chance.random())
        key = f"{till.code}/{days}/{index}"

        def happen(ledger: Ledger, key: str = key, when: dt.datetime = when, luck: Random = luck) -> None:
            _sell(ledger, till, key, shift, when, luck, earned)

        ledger.plan(when, happen)


def _sell(ledger: Ledger, till: Till, key: str, shift: UUID, when: dt.datetime, luck: Random, earned: Earned) -> None:
    id = fixed("sale", key)
    workers = [worker for worker in PERFORMERS if till.code in worker.places]
    worker = luck.choice(workers)
    buyer = client(luck.randrange(len(NAMES))) if luck.random() < 0.7 else None
    lines = _lines(ledger, till.code, key, worker, luck)
    if not lines:
        return
    total = sum((_total(line) for line in lines), Decimal(0))
    row = ledger.write(Sale, when, _sale_row(till, id, shift, when, worker, buyer, lines) | {"state": "paid"})
    for line in lines:
        ledger.write(SaleLine, when, line | {"sale_id": id})
    method = luck.choice(("cash", "card", "card", "card", "wallet"))
    _pay(ledger, key, id, method, total, when)
    if method == "cash":
        till.cash[when.toordinal()] = till.cash.get(when.toordinal(), Decimal(0)) + total
    _take(ledger, till.code, lines, Paper("sale", id, when, desk_at(till.code)))
    if buyer and total >= 1:
        earned.setdefault(buyer, []).append((id, int(total), when))
    if key == "OLD/-8/1":
        _refund(ledger, till, id, row, lines, when)


def _lines(ledger: Ledger, code: str, key: str, worker: Worker, luck: Random) -> list[Row]:
    lines = []
    if luck.random() < 0.85:
        service = luck.choice([id for id in skills_of(worker) if PRICES[id]])
        lines.append(_line(key, 0, PRICES[service], 1, service=service, staff=worker.id))
    goods = [good for good in luck.sample(RETAIL, luck.choice((0, 1, 1, 2))) if ledger.free(code, good) > 2]
    for index, good in enumerate(goods or ([] if lines else RETAIL[:1]), 1):
        quantity = min(luck.choice((1, 1, 1, 2)), ledger.free(code, good))
        if quantity > 0:
            discount = luck.choice((0, 0, 0, 0, 10))
            lines.append(_line(key, index, Decimal(good.price), quantity, good=good, discount=discount))
    return lines


def _line(
    key: str,
    index: int,
    price: Decimal | int,
    quantity: int,
    *,
    good: Good | None = None,
    service: UUID | None = None,
    staff: UUID | None = None,
    discount: int = 0,
) -> Row:
    return {
        "id": fixed("sale_line", key, index),
        "product_id": good.id if good else None,
        "service_id": service,
        "staff_id": staff,
        "quantity": Decimal(quantity),
        "unit_price": Decimal(price),
        "discount": Decimal(discount),
        "tax_rate_id": fixed("tax", "Standard rate" if good else "Reduced rate"),
    }


def _total(line: Row) -> Decimal:
    total: Decimal = line["quantity"] * line["unit_price"] * (1 - line["discount"] / 100)
    return total.quantize(CENT)


def _tax(line: Row) -> Decimal:
    rate = RATES["Standard rate" if line["product_id"] else "Reduced rate"]
    return (_total(line) * rate / (100 + rate)).quantize(CENT)


def _sale_row(
    till: Till, id: UUID, shift: UUID, when: dt.datetime, worker: Worker, buyer: UUID | None, lines: list[Row]
) -> Row:
    return {
        "id": id,
        "number": till.next_number(),
        "location_id": place(till.code),
        "register_id": fixed("register", till.code),
        "shift_id": shift,
        "client_id": buyer,
        "staff_id": worker.id,
        "sold_at": when,
        "total": sum((_total(line) for line in lines), Decimal(0)),
        "tax": sum((_tax(line) for line in lines), Decimal(0)),
        "refund_of_id": None,
        "note": None,
    }


def _pay(ledger: Ledger, key: str, sale: UUID, method: str, amount: Decimal, when: dt.datetime) -> None:
    row = {
        "id": fixed("payment", key),
        "sale_id": sale,
        "method": method,
        "amount": amount,
        "paid_at": when,
        "reference": f"T{when:%m%d%H%M}" if method == "card" else None,
    }
    ledger.write(Payment, when, row)


def _take(ledger: Ledger, code: str, lines: list[Row], paper: Paper) -> None:
    """Goods over the counter; back again where a quantity is below nothing."""
    goods = {good.id: good for good in RETAIL}
    for line in lines:
        if line["product_id"] is not None and line["quantity"] > 0:
            ledger.move(goods[line["product_id"]], shelf(code), outside("customer", code), int(line["quantity"]), paper)
        elif line["product_id"] is not None:
            back = -int(line["quantity"])
            ledger.move(goods[line["product_id"]], outside("customer", code), shelf(code), back, paper)


def _refund(ledger: Ledger, till: Till, sale: UUID, row: Row, lines: list[Row], when: dt.datetime) -> None:
    """One sale is taken back the same day."""
    later, key = when + dt.timedelta(minutes=20), "refund"
    id = fixed("sale", key)
    back = [
        line | {"id": fixed("sale_line", key, index), "quantity": -line["quantity"]} for index, line in enumerate(lines)
    ]
    amounts = {"total": -row["total"], "tax": -row["tax"], "sold_at": later, "refund_of_id": sale}
    note = {"id": id, "number": till.next_number(), "note": "Client changed her mind."}
    ledger.write(Sale, later, row | amounts | note)
    row["state"] = "refunded"
    for line in back:
        ledger.write(SaleLine, later, line | {"sale_id": id})
    _pay(ledger, key, id, "card", -row["total"], later)
    _take(ledger, till.code, back, Paper("sale", id, later, desk_at(till.code)))


def _open(ledger: Ledger, till: Till, id: UUID, when: dt.datetime) -> None:
    row = {
        "id": id,
        "location_id": place(till.code),
        "register_id": fixed("register", till.code),
        "state": "open",
        "opened_by_id": desk_at(till.code),
        "opened_at": when,
        "opening_cash": FLOAT,
        "closed_by_id": None,
        "closed_at": None,
        "expected_cash": None,
        "counted_cash": None,
    }
    till.shift = ledger.write(Shift, when, row)


def _close(till: Till, when: dt.datetime, missing: Decimal) -> None:
    expected = FLOAT + till.cash.get(when.toordinal(), Decimal(0))
    till.shift |= {
        "state": "closed",
        "closed_by_id": desk_at(till.code),
        "closed_at": when,
        "expected_cash": expected,
        "counted_cash": expected - missing,
    }


def _order(ledger: Ledger, index: int, code: str, days: int, state: str) -> None:
    chance = ledger.ground.chance(f"client order/{index}")
    when = min(ledger.ground.at(days, 12, 15), ledger.ground.now - dt.timedelta(minutes=20))
    id, buyer = fixed("order", index), chance.randrange(len(NAMES))
    handed = state == "fulfilled"

    def happen(ledger: Ledger) -> None:
        row = {
            "id": id,
            "client_id": client(buyer),
            "location_id": place(code),
            "staff_id": None,
            "state": state,
            "ordered_on": when.date(),
            "required_on": (when + dt.timedelta(days=5)).date(),
            "shipped_on": (when + dt.timedelta(days=2)).date() if handed else None,
            "shipper": "Collected in the shop" if index % 2 else "An Post",
            "ship_name": NAMES[buyer],
            "ship_city": "Dublin",
            "ship_country": "Ireland",
        }
        ledger.write(Order, when, row)
        paper = Paper("order", id, when, desk_at(code))
        for good in chance.sample(RETAIL, 2):
            if ledger.free(code, good) < 3:
                continue
            line = {
                "id": fixed("order_line", index, good.sku),
                "order_id": id,
                "product_id": good.id,
                "quantity": Decimal(2),
                "unit_price": Decimal(good.price),
            }
            ledger.write(OrderLine, when, line)
            if handed:
                ledger.move(good, shelf(code), outside("customer", code), 2, paper)
            elif state == "confirmed":
                ledger.hold(code, good, 2, paper, when + dt.timedelta(days=14))

    ledger.plan(when, happen)


CASH = (
    ("Milk, coffee and biscuits", "24.60", "approved"),
    ("Window cleaner", "45.00", "approved"),
    ("Flowers for the desk", "30.00", "rejected"),
    ("Light bulbs", "18.90", "approved"),
    ("Taxi for a late client", "22.00", "proposed"),
    ("Change from the bank", "200.00", "proposed"),
)


def _cash_request(ledger: Ledger, index: int) -> None:
    purpose, amount, state = CASH[index]
    code = SALONS[index % len(SALONS)]
    when = min(ledger.ground.at(-15 + index * 3, 10, 20), ledger.ground.now - dt.timedelta(minutes=30))
    row = {
        "id": fixed("cash_request", index),
        "location_id": place(code),
        "amount": Decimal(amount),
        "purpose": purpose,
        "requested_by_id": desk_at(code),
        "state": state,
    }
    ledger.plan(when, lambda ledger: ledger.write(CashRequest, when, row))
