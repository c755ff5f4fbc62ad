"""The demo shop buys: opening stock at every place, orders to suppliers, and what came of them."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal

from app.models.goods_receipt import GoodsReceipt, GoodsReceiptLine
from app.models.purchase_order import PurchaseOrder, PurchaseOrderLine
from app.services.demo.catalog import CODES, PRODUCTS, SUPPLIERS, Good, House, place
from app.services.demo.ground import Row, fixed
from app.services.demo.ledger import Ledger, Paper, outside, shelf
from app.services.demo.people import manager_of, user_at

OPENING_DAY = -42

ORDERS: tuple[tuple[int, int, str], ...] = (
    (-36, 0, "received"),
    (-31, 1, "received"),
    (-24, 2, "received"),
    (-17, 3, "received"),
    (-15, 1, "cancelled"),
    (-10, 0, "received"),
    (-6, 1, "partly_received"),
    (-2, 2, "ordered"),
    (0, 3, "draft"),
)
"""Days from today, supplier, state."""

Lines = list[tuple[Good, int]]


def plan(ledger: Ledger) -> None:
    """Opening stock and nine orders of the warehouse, in every state."""
    for code in CODES:
        for house in SUPPLIERS:
            _open(ledger, code, house)
    for index, (days, supplier, state) in enumerate(ORDERS):
        _order(ledger, index, days, SUPPLIERS[supplier], state)
    _waiting_delivery(ledger)


def _goods(house: House) -> list[Good]:
    return [good for good in PRODUCTS if good.supplier == house]


def _open(ledger: Ledger, code: str, house: House) -> None:
    chance = ledger.ground.chance(f"opening/{code}/{house.name}")
    lines = [(good, _opening_quantity(code, good, chance.random())) for good in _goods(house)]
    when = ledger.ground.at(OPENING_DAY, 8, 10 + CODES.index(code) * 7 + SUPPLIERS.index(house))
    ledger.plan(when, lambda ledger: _receive(ledger, f"opening/{code}", code, house, lines, when, None))


def _opening_quantity(code: str, good: Good, luck: float) -> int:
    if code == "CW":
        return 90 + int(luck * 80)
    return 8 + int(luck * 8) if good.professional else 16 + int(luck * 22)


def _order(ledger: Ledger, index: int, days: int, house: House, state: str) -> None:
    chance = ledger.ground.chance(f"order/{index}")
    lines = [(good, 6 * chance.randint(4, 10)) for good in _goods(house)]
    when = min(ledger.ground.at(days, 8, 5 + index), ledger.ground.now - dt.timedelta(minutes=70))
    id = fixed("purchase_order", index)
    came = dict.fromkeys((good.sku for good, _ in lines), 0)
    if state == "received":
        came = {good.sku: quantity for good, quantity in lines}
    elif state == "partly_received":
        came |= {good.sku: quantity for good, quantity in lines[: len(lines) // 2]}

    def happen(ledger: Ledger) -> None:
        ledger.write(PurchaseOrder, when, _order_row(ledger, index, when, house, state, lines))
        for good, quantity in lines:
            line = {
                "id": fixed("purchase_order_line", index, good.sku),
                "purchase_order_id": id,
                "product_id": good.id,
                "quantity": Decimal(quantity),
                "received_quantity": Decimal(came[good.sku]),
                "unit_cost": Decimal(good.cost),
            }
            ledger.write(PurchaseOrderLine, when, line)

    ledger.plan(when, happen)
    if any(came.values()):
        arrival = when + dt.timedelta(days=3, hours=2)
        received = [(good, came[good.sku]) for good, _ in lines if came[good.sku]]
        ledger.plan(arrival, lambda ledger: _receive(ledger, f"order/{index}", "CW", house, received, arrival, index))


def _order_row(ledger: Ledger, index: int, when: dt.datetime, house: House, state: str, lines: Lines) -> Row:
    sent = state not in ("draft", "cancelled")
    closed = state in ("received", "cancelled")
    return {
        "id": fixed("purchase_order", index),
        "supplier_id": house.id,
        "location_id": place("CW"),
        "state": state,
        "expected_on": (when + dt.timedelta(days=house.days)).date(),
        "supplier_reference": f"AB-{4711 + index}" if sent else None,
        "note": "Ordered twice by mistake." if state == "cancelled" else None,
        "total": sum((quantity * Decimal(good.cost) for good, quantity in lines), Decimal(0)),
        "approved_at": when if sent else None,
        "approved_by_id": manager_of("CW") if sent else None,
        "ordered_at": when if sent else None,
        "ordered_by_id": user_at("CW") if sent else None,
        "closed_at": when + dt.timedelta(days=3, hours=3) if closed else None,
        "closed_by_id": manager_of("CW") if closed else None,
    }


def _receive(
    ledger: Ledger, key: str, code: str, house: House, lines: Lines, when: dt.datetime, order: int | None
) -> None:
    id = fixed("goods_receipt", key, house.name)
    by = user_at(code)
    row = _receipt_row(key, code, house, when) | {
        "purchase_order_id": None if order is None else fixed("purchase_order", order),
        "state": "posted",
        "note": "Opening stock." if order is None else None,
        "value": sum((quantity * Decimal(good.cost) for good, quantity in lines), Decimal(0)),
        "posted_at": when,
        "posted_by_id": by,
    }
    ledger.write(GoodsReceipt, when, row)
    paper = Paper("goods_receipt", id, when, by)
    for good, quantity in lines:
        line = {
            "id": fixed("goods_receipt_line", key, good.sku),
            "goods_receipt_id": id,
            "product_id": good.id,
            "quantity": Decimal(quantity),
            "unit_cost": Decimal(good.cost),
            "purchase_order_line_id": None if order is None else fixed("purchase_order_line", order, good.sku),
        }
        ledger.write(GoodsReceiptLine, when, line)
        ledger.move(good, outside("supplier", code), shelf(code), quantity, paper)


def _receipt_row(key: str, code: str, house: House, when: dt.datetime) -> Row:
    return {
        "id": fixed("goods_receipt", key, house.name),
        "supplier_id": house.id,
        "location_id": place(code),
        "received_at": when,
        "delivery_note": f"DN{when:%y%m%d}-{CODES.index(code) + 1}{SUPPLIERS.index(house) + 1}",
    }


def _waiting_delivery(ledger: Ledger) -> None:
    """A delivery that stands in the hall, half typed in."""
    when, house = ledger.ground.now - dt.timedelta(minutes=40), SUPPLIERS[0]

    def happen(ledger: Ledger) -> None:
        ledger.write(GoodsReceipt, when, _receipt_row("waiting", "CW", house, when) | {"state": "draft"})
        for good in _goods(house)[:3]:
            line = {
                "id": fixed("goods_receipt_line", "waiting", good.sku),
                "goods_receipt_id": fixed("goods_receipt", "waiting", house.name),
                "product_id": good.id,
                "quantity": Decimal(12),
                "unit_cost": Decimal(good.cost),
            }
            ledger.write(GoodsReceiptLine, when, line)

    ledger.plan(when, happen)
