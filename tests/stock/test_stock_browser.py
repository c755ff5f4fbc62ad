"""The manager's stock pages in a real browser: numbers lead to their moves, and the badge tells when they are wrong."""

from __future__ import annotations

import datetime as dt
import re
from dataclasses import dataclass
from decimal import Decimal
from typing import Any
from uuid import UUID

import pytest
import sqlalchemy as sa
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Locator, Page, expect

from app.core.entity import Entity, named
from app.services import records
from app.services.stock import ledger, verification
from app.services.stock.ledger import Move, Place
from tests.cast import Cast
from tests.databases import Database
from tests.stock.shop import SYSTEM, document, line_ids, look, product, stock_up, take
from tests.windows import DESK, PHONE, Windows

pytestmark = pytest.mark.browser

PATIENT = 20_000
"""Milliseconds that a busy machine may take for what it does at once otherwise."""

RULES = {"runOnly": {"type": "tag", "values": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"]}}


@dataclass(frozen=True)
class Good:
    """A product of which there are ten at North."""

    id: UUID
    name: str
    level: UUID


@pytest.fixture
def good(cast: Cast) -> Good:
    id = product("Clay mask")
    stock_up(cast.north, id, 10, "2.5")
    found = look(
        "SELECT l.id, p.name FROM stock_levels l JOIN products p ON p.id = l.product_id"
        " WHERE l.product_id = :id AND l.location_id = :place AND l.kind = 'shelf'",
        id=id,
        place=cast.north,
    )
    return Good(id, found.name, found.id)


def sell(cast: Cast, good: Good, quantity: int, **given: Any) -> None:
    move = Move(good.id, Place("shelf", cast.north), Place("customer", cast.north), Decimal(quantity), **given)
    ledger.move(SYSTEM, [move])


def row(page: Page, name: str) -> Locator:
    """The line of a table that is about a product."""
    return page.locator("tbody tr", has_text=name)


def figure(page: Page, name: str) -> Locator:
    return page.locator(f".stock-figures [data-column={name}]")


def live(page: Page) -> None:
    expect(page.locator("#live-chip")).to_have_attribute("data-state", "live", timeout=PATIENT)


def tamper(database: Database, statement: str, **facts: Any) -> None:
    """Write past the ledger, as the database's owner can."""
    with sa.create_engine(database.owner_url, poolclass=sa.NullPool).begin() as connection:
        connection.exec_driver_sql("ALTER TABLE stock_levels DISABLE TRIGGER USER")
        assert connection.execute(sa.text(statement), facts).rowcount == 1
        connection.exec_driver_sql("ALTER TABLE stock_levels ENABLE TRIGGER USER")


def test_a_number_in_the_list_opens_its_moves_and_follows_them(windows: Windows, cast: Cast, good: Good) -> None:
    sell(cast, good, 3)
    page = windows.open("manager", f"/stock-levels/?f.1.product_id.any={good.id}&f.1.kind.any=shelf")
    row(page, good.name).get_by_role("link", name="7", exact=True).first.click()
    page.wait_for_url(f"**/stock/level/{good.level}")
    expect(page.locator(".stock-chain tbody tr")).to_have_count(2)
    expect(page.locator(".stock-balance")).to_have_text(["7", "10"])
    expect(page.locator(".rail-link[aria-current]")).to_have_text("Stock levels")
    expect(page.locator(".rail-link[aria-current]")).to_be_visible()
    live(page)
    sell(cast, good, 2)
    expect(page.locator(".stock-balance")).to_have_text(["5", "7", "10"], timeout=PATIENT)
    expect(figure(page, "on_hand")).to_have_text("5")


def test_the_badge_turns_red_names_the_row_and_turns_green_again(
    windows: Windows, cast: Cast, database: Database, good: Good
) -> None:
    verification.run(SYSTEM)
    page = windows.open("manager", "/stock/value")
    badge = page.locator("[data-stock-badge]")
    expect(badge).to_have_text(re.compile(r"^Verified \d+ s ago$"))
    expect(badge).to_have_class(re.compile("tone-success"))
    tamper(database, "UPDATE stock_levels SET on_hand = on_hand + 1, value = value + 2.5 WHERE id = :id", id=good.level)
    verification.run(SYSTEM)
    looks_again(page)
    expect(badge).to_have_text("1 level doesn't match its moves", timeout=PATIENT)
    expect(badge).to_have_class(re.compile("tone-danger"))
    badge.click()
    page.wait_for_url("**/stock/verification")
    expect(row(page, good.name).first).to_contain_text("On hand is not what its moves add up to")
    expect(row(page, good.name).first.locator("td.num")).to_have_text(["10", "11"])
    row(page, good.name).first.get_by_role("link", name=good.name).click()
    page.wait_for_url(f"**/stock/level/{good.level}")
    expect(page.get_by_role("alert")).to_contain_text("expected 10, found 11")
    tamper(database, "UPDATE stock_levels SET on_hand = on_hand - 1, value = value - 2.5 WHERE id = :id", id=good.level)
    verification.run(SYSTEM)
    looks_again(page)
    expect(badge).to_have_text(re.compile(r"^Verified \d+ s ago$"), timeout=PATIENT)
    expect(badge).to_have_class(re.compile("tone-success"))
    page.reload()
    expect(page.get_by_role("alert")).to_have_count(0)


def looks_again(page: Page) -> None:
    """What the browser tells a page that one comes back to."""
    page.evaluate("document.dispatchEvent(new Event('visibilitychange'))")


def test_stock_as_of_a_moment_by_either_clock(windows: Windows, cast: Cast, good: Good) -> None:
    sell(cast, good, 4, effective_at=dt.datetime.now(dt.UTC) - dt.timedelta(days=3))
    page = windows.open("manager", "/stock/as-of")
    page.get_by_label("Product").fill(good.name)
    page.get_by_role("button", name="Show", exact=True).click()
    expect(row(page, good.name).locator("td").nth(1)).to_have_text("6", timeout=PATIENT)
    page.get_by_role("link", name="A week ago").click()
    expect(page.get_by_text("Nothing fits")).to_be_visible(timeout=PATIENT)
    page.get_by_label("At", exact=True).fill(
        (dt.datetime.now(dt.UTC) - dt.timedelta(days=2)).strftime("%Y-%m-%dT%H:%M")
    )
    page.get_by_label("Moves count").select_option("happened")
    page.get_by_role("button", name="Show", exact=True).click()
    expect(row(page, good.name).locator("td").nth(1)).to_have_text("−4", timeout=PATIENT)


def test_the_value_of_a_place_follows_its_stock(windows: Windows, cast: Cast, good: Good) -> None:
    page = windows.open("manager", "/stock/value")
    live(page)
    before = figure(page, "shelf").inner_text()
    stock_up(cast.north, good.id, 100, "2.5")
    expect(figure(page, "shelf")).not_to_have_text(before, timeout=PATIENT)
    worth = Decimal(figure(page, "shelf").inner_text().replace(",", "")) - Decimal(before.replace(",", ""))
    assert worth == 250
    north = page.locator("tbody tr", has=page.get_by_role("link", name="North", exact=True))
    north.get_by_role("link", name="North", exact=True).click()
    page.wait_for_url("**/stock-levels/?**")
    expect(row(page, good.name)).to_contain_text("110")


@pytest.fixture
def review(cast: Cast, good: Good) -> Entity:
    """A count at North that found two too few, since when one was sold."""
    made = document(
        cast.north_clerk,
        "stock_count",
        {"stock_count_line": [{"product_id": good.id}]},
        location_id=cast.north,
        kind="cycle",
    )
    take(cast.north_clerk, made, "start")
    (line,) = line_ids("stock_count_line", "stock_count_id", made)
    take(cast.north_clerk, made, "count", lines={line: {"counted": "8"}})
    sell(cast, good, 1)
    take(cast.north_clerk, made, "review")
    return made


def test_a_count_is_reviewed_and_approved(windows: Windows, cast: Cast, good: Good, review: Entity) -> None:
    page = windows.open("manager", f"/stock-counts/{review.id}")
    page.get_by_role("link", name="Approve").click()
    page.wait_for_url(f"**/stock-counts/{review.id}/do/approve")
    line = row(page, good.name)
    expect(line.locator("td")).to_contain_text([good.name, "10", "8", "−2", "−5.00", "−1 in 1 move"])
    since = line.get_by_text("in 1 move")
    since.click()
    expect(line.get_by_role("link", name="Client · North")).to_be_visible()
    expect(line.get_by_role("link", name="All moves of this level")).to_have_attribute(
        "href", f"/stock/level/{good.level}"
    )
    expect(page.locator("tfoot")).to_contain_text("1 of 1 product differs")
    page.get_by_role("button", name="Approve").click()
    page.wait_for_url(f"**/stock-counts/{review.id}", timeout=PATIENT)
    expect(page.locator("h1")).to_contain_text("Posted")
    left = look("SELECT on_hand FROM stock_levels WHERE id = :id", id=good.level).on_hand
    assert left == 7, "eight were there, and one was sold since"


def test_looking_at_a_review_leaves_nothing_unsaved(windows: Windows, cast: Cast, review: Entity) -> None:
    for verb in ("approve", "recount"):
        page = windows.open("manager", f"/stock-counts/{review.id}/do/{verb}")
        changed = "(values) => values.changed(document.querySelector('[data-record-form]')).size"
        assert page.evaluate(f"import('/static/form_values.js').then({changed})") == 0, verb


@pytest.fixture
def low(cast: Cast) -> tuple[str, str]:
    """Two products that run low at North, of which South has plenty: their names."""
    names = []
    for name in ("Face oil", "Hand soap"):
        id = product(name)
        stock_up(cast.south, id, 50)
        rule = {"location_id": cast.north, "product_id": id, "reorder_point": "5", "reorder_quantity": "10"}
        records.create(SYSTEM, named("stock_rule"), rule)
        names.append(str(look("SELECT name FROM products WHERE id = :id", id=id).name))
    return names[0], names[1]


@pytest.mark.parametrize("size", [DESK, PHONE], ids=["desk", "phone"])
def test_what_runs_low_is_ticked_and_becomes_a_draft(
    windows: Windows, cast: Cast, low: tuple[str, str], size: Any
) -> None:
    oil, soap = low
    page = windows.open("north_clerk", "/stock/reorder", size=size)
    every = page.locator("[data-reorder-all]").first
    make = page.locator("[data-reorder-make]")
    if size == DESK:
        every.uncheck()
    else:
        for tick in page.locator("[name=pick]").all():
            tick.uncheck()
    expect(make).to_be_disabled()
    page.get_by_label(f"How much {oil} for North").fill("12")
    expect(page.get_by_label(f"Reorder {oil} for North")).to_be_checked()
    expect(make).to_have_text("Make a draft of 1 line")
    make.click()
    page.wait_for_url("**/stock/reorder?made=**", timeout=PATIENT)
    expect(row(page, oil)).to_have_count(0)
    expect(row(page, soap)).to_have_count(1)
    page.get_by_role("link", name=re.compile(r"^Stock request RQ-\d+$")).click()
    page.wait_for_url("**/stock-requests/**")
    expect(page.locator("main")).to_contain_text(oil)
    expect(page.locator("main")).to_contain_text("12")


@pytest.mark.parametrize("dark", [False, True], ids=["light", "dark"])
@pytest.mark.parametrize("size", [DESK, PHONE], ids=["desk", "phone"])
def test_the_pages_are_for_everybody(
    windows: Windows, cast: Cast, good: Good, review: Entity, low: tuple[str, str], size: Any, dark: bool
) -> None:
    sell(cast, good, 1)
    page = windows.open("manager", "/stock/value", size=size, dark=dark)
    for path in (
        "/stock/value",
        "/stock/as-of",
        "/stock/in-transit",
        "/stock/reorder",
        "/stock/verification",
        f"/stock/level/{good.level}",
        f"/stock-counts/{review.id}/do/approve",
        f"/stock-counts/{review.id}/do/recount",
    ):
        page.goto(path)
        page.wait_for_load_state("load")
        for since in page.locator("details.since").all():
            since.evaluate("(one) => { one.open = true }")
        found = Axe().run(page, options=RULES)
        assert found.violations_count == 0, f"{path}: {found.generate_report()[:3000]}"
        assert page.evaluate("document.documentElement.scrollWidth") <= size["width"], path
