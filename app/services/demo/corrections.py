"""The demo shop puts its stock right: what was used up, broke or turned up, what was counted, what didn't add up."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from decimal import Decimal
from uuid import UUID

from app.models.adjustment import Adjustment, AdjustmentLine
from app.models.approval import Approval
from app.models.stock_count import StockCount, StockCountLine
from app.models.stock_exception import StockException
from app.services.demo.catalog import PRODUCTS, SALONS, Good, place, reason
from app.services.demo.ground import Row, fixed
from app.services.demo.ledger import Ledger, Paper, outside, shelf
from app.services.demo.people import manager_of, user_at

CONSUMED = tuple(good for good in PRODUCTS if good.professional)
RETAIL = tuple(good for good in PRODUCTS if not good.professional)


@dataclass(frozen=True)
class Case:
    """An adjustment: key, location, days from today, reason, state, product, change, note."""

    key: str
    code: str
    days: int
    why: str
    state: str
    good: int
    change: int
    note: str | None = None


CASES = (
    Case("broken", "OLD", -22, "Damaged", "posted", 1, -2, "Fell off the trolley."),
    Case("leak", "HAR", -13, "Damaged", "posted", 4, -1, "Pump leaks."),
    Case("expired", "RIV", -18, "Expired", "posted", 6, -3),
    Case("tester", "HAR", -9, "Sample or tester", "posted", 5, -1),
    Case("found", "STA", -15, "Found", "posted", 11, 2, "Behind the counter."),
    Case("theft", "RIV", -6, "Theft", "proposed", 7, -2, "Two night serums gone from the display."),
    Case("rejected", "OLD", -10, "Theft", "rejected", 3, -4, "Not there this morning."),
    Case("draft", "HAR", -1, "Expired", "draft", 12, -2),
    Case("reversed", "STA", -8, "Damaged", "reversed", 8, -3, "Wrong product."),
)


@dataclass(frozen=True)
class Counting:
    """A stock count: key, location, days from today, kind, state, how many products, their differences by line."""

    key: str
    code: str
    days: int
    kind: str
    state: str
    lines: int
    differences: tuple[int, ...] = ()


COUNTS = (
    Counting("cycle-har", "HAR", -20, "cycle", "posted", 6, (0, -1, 0, 0, 1, 0)),
    Counting("cycle-old", "OLD", -11, "cycle", "posted", 5, (0, 0, -2, 0, 0)),
    Counting("skin-riv", "RIV", -4, "category", "review", 5, (0, -3, 0, 0, 0)),
    Counting("full-sta", "STA", -1, "full", "counting", 10, (0, 0, 0)),
    Counting("cycle-cw", "CW", -9, "cycle", "cancelled", 4),
    Counting("full-har", "HAR", 0, "full", "draft", 0),
)


def counted(key: str) -> UUID:
    """The id of a count."""
    return fixed("stock_count", key)


def plan(ledger: Ledger) -> None:
    """Weekly use in treatments, nine adjustments, six counts, and what they leave to resolve."""
    for code in SALONS:
        for days in (-30, -23, -16, -9, -2):
            _use(ledger, code, days)
    for case in CASES:
        when = min(ledger.ground.at(case.days, 16, 40), ledger.ground.now - dt.timedelta(minutes=15))
        ledger.plan(when, lambda ledger, case=case, when=when: _adjust(ledger, case, when))  # type: ignore[misc]
    for count in COUNTS:
        when = min(ledger.ground.at(count.days, 18, 5), ledger.ground.now - dt.timedelta(minutes=35))
        ledger.plan(when, lambda ledger, count=count, when=when: _count(ledger, count, when))  # type: ignore[misc]
    _oversold(ledger)


def _use(ledger: Ledger, code: str, days: int) -> None:
    when = ledger.ground.at(days, 17, 50)
    chance = ledger.ground.chance(f"use/{code}/{days}")

    def happen(ledger: Ledger) -> None:
        key, why = f"use/{code}/{days}", "Used in treatments"
        used = [(good, min(ledger.free(code, good), chance.randint(1, 2))) for good in CONSUMED]
        lines = [(good, -quantity) for good, quantity in used if quantity]
        if lines:
            _write(ledger, key, code, why, "posted", lines, when, None)
            paper = Paper("adjustment", fixed("adjustment", key), when, user_at(code), reason(why))
            for good, change in lines:
                ledger.move(good, shelf(code), outside("in_use", code), -change, paper)

    ledger.plan(when, happen)


def _adjust(ledger: Ledger, case: Case, when: dt.datetime) -> None:
    good = RETAIL[case.good]
    _write(ledger, case.key, case.code, case.why, case.state, [(good, case.change)], when, case.note)
    paper = Paper("adjustment", fixed("adjustment", case.key), when, user_at(case.code), reason(case.why))
    if case.state in ("posted", "reversed"):
        _change(ledger, case.code, good, case.change, paper)
    if case.state == "reversed":
        later = when + dt.timedelta(hours=1)
        key = f"{case.key}/back"
        row = _write(ledger, key, case.code, case.why, "posted", [(good, -case.change)], later, "Taken back.")
        row["reverses_id"] = fixed("adjustment", case.key)
        back = Paper("adjustment", fixed("adjustment", key), later, user_at(case.code), reason(case.why))
        _change(ledger, case.code, good, -case.change, back)
    if case.state in ("proposed", "rejected"):
        _ask(ledger, case, when)


def _change(ledger: Ledger, code: str, good: Good, change: int, paper: Paper) -> None:
    """More or less of a product than thought."""
    if change < 0:
        ledger.move(good, shelf(code), outside("loss", code), min(-change, ledger.free(code, good)), paper)
    elif change > 0:
        ledger.move(good, outside("loss", code), shelf(code), change, paper)


def _write(
    ledger: Ledger,
    key: str,
    code: str,
    why: str,
    state: str,
    lines: list[tuple[Good, int]],
    when: dt.datetime,
    note: str | None,
) -> Row:
    posted, asked, decided = state in ("posted", "reversed"), state in ("proposed", "rejected"), state == "rejected"
    row = {
        "id": fixed("adjustment", key),
        "location_id": place(code),
        "reason_id": reason(why),
        "state": state,
        "effective_at": when,
        "note": note,
        "value": sum((change * Decimal(good.cost) for good, change in lines), Decimal(0)),
        "proposed_at": when if asked else None,
        "proposed_by_id": user_at(code) if asked else None,
        "decided_at": when + dt.timedelta(hours=3) if decided else None,
        "decided_by_id": manager_of(code) if decided else None,
        "posted_at": when if posted else None,
        "posted_by_id": user_at(code) if posted else None,
        "reverses_id": None,
    }
    written = ledger.write(Adjustment, when, row)
    for good, change in lines:
        line = {
            "id": fixed("adjustment_line", key, good.sku),
            "adjustment_id": row["id"],
            "product_id": good.id,
            "quantity": Decimal(change),
            "unit_cost": Decimal(good.cost),
        }
        ledger.write(AdjustmentLine, when, line)
    return written


def _ask(ledger: Ledger, case: Case, when: dt.datetime) -> None:
    decided = case.state == "rejected"
    row = {
        "id": fixed("approval", "adjustment", case.key),
        "entity": "adjustment",
        "record_id": fixed("adjustment", case.key),
        "verb": "approve",
        "asked_by_id": user_at(case.code),
        "reason": case.note,
        "state": "rejected" if decided else "waiting",
        "decided_by_id": manager_of(case.code) if decided else None,
        "decided_at": when + dt.timedelta(hours=3) if decided else None,
        "note": "They are in the treatment room, second shelf." if decided else None,
    }
    ledger.write(Approval, when, row)


def _count(ledger: Ledger, count: Counting, when: dt.datetime) -> None:
    skin = fixed("category", "Skin")
    goods = [good for good in RETAIL if good.category == "Skin"] if count.kind == "category" else list(PRODUCTS)
    ledger.write(StockCount, when, _count_row(ledger, count, when, goods, skin))
    for index, good in enumerate(goods[: count.lines]):
        difference = count.differences[index] if index < len(count.differences) else None
        _count_line(ledger, count, good, difference, when)
        if difference and count.state == "posted":
            paper = Paper(
                "stock_count", fixed("stock_count", count.key), when, manager_of(count.code), reason("Count correction")
            )
            _change(ledger, count.code, good, difference, paper)
    if count.state == "review":
        ledger.write(StockException, when, _difference(count, goods[1], when))


def _count_row(ledger: Ledger, count: Counting, when: dt.datetime, goods: list[Good], category: UUID) -> Row:
    begun = count.state not in ("draft", "cancelled")
    reviewed, posted = count.state in ("review", "posted"), count.state == "posted"
    worth = sum((change * Decimal(goods[index].cost) for index, change in enumerate(count.differences)), Decimal(0))
    return {
        "id": fixed("stock_count", count.key),
        "location_id": place(count.code),
        "kind": count.kind,
        "category_id": category if count.kind == "category" else None,
        "blind": count.kind == "full",
        "state": count.state,
        "note": "Postponed to the end of the month." if count.state == "cancelled" else None,
        "started_at": when - dt.timedelta(minutes=30) if begun else None,
        "started_by_id": user_at(count.code) if begun else None,
        "reviewed_at": when if reviewed else None,
        "reviewed_by_id": manager_of(count.code) if posted else None,
        "posted_at": when + dt.timedelta(minutes=20) if posted else None,
        "posted_by_id": manager_of(count.code) if posted else None,
        "difference_value": worth if reviewed else None,
    }


def _count_line(ledger: Ledger, count: Counting, good: Good, difference: int | None, when: dt.datetime) -> None:
    expected = ledger.on_hand(count.code, good)
    counted = None if difference is None else max(expected + difference, Decimal(0))
    posted = count.state == "posted"
    row = {
        "id": fixed("stock_count_line", count.key, good.sku),
        "stock_count_id": fixed("stock_count", count.key),
        "product_id": good.id,
        "counted_quantity": counted,
        "counted_at": None if counted is None else when,
        "counted_by_id": None if counted is None else user_at(count.code),
        "level_seq": None if counted is None else ledger.seq(count.code, good),
        # Whoever counts blind is told in the review.
        "expected_quantity": None if count.kind == "full" and count.state == "counting" else expected,
        "difference_value": None if counted is None else (counted - expected) * Decimal(good.cost),
        "times_counted": 0 if counted is None else 1,
        "decision": "keep_difference" if posted else None,
        "posted_quantity": counted - expected if posted and counted is not None else None,
    }
    ledger.write(StockCountLine, when, row)


def _difference(count: Counting, good: Good, when: dt.datetime) -> Row:
    return {
        "id": fixed("stock_exception", count.key),
        "kind": "count_difference",
        "location_id": place(count.code),
        "product_id": good.id,
        "summary": "Three fewer counted than expected.",
        "quantity": Decimal(-3),
        "value": -3 * Decimal(good.cost),
        "document": "stock_count",
        "document_id": fixed("stock_count", count.key),
        "noticed_at": when,
        "state": "open",
    }


def _oversold(ledger: Ledger) -> None:
    when = ledger.ground.at(-12, 19, 5)
    row = {
        "id": fixed("stock_exception", "oversold"),
        "kind": "oversold",
        "location_id": place("OLD"),
        "product_id": RETAIL[3].id,
        "summary": "Sold while the till was offline; the shelf was empty.",
        "quantity": Decimal(-1),
        "noticed_at": when,
        "state": "resolved",
        "owner_id": user_at("OLD"),
        "resolution": "One was still in the display.",
        "resolved_at": when + dt.timedelta(hours=14),
        "resolved_by_id": manager_of("OLD"),
    }
    ledger.plan(when, lambda ledger: ledger.write(StockException, when, row))
