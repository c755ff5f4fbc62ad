"""Work screens in a real browser at a phone's width, with a scanner that types fast and presses Enter."""

from __future__ import annotations

import re
from decimal import Decimal
from typing import Any
from uuid import UUID

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page, expect

from app.core.entity import named
from app.models.product import ProductBarcode
from app.services import records
from tests.cast import Cast
from tests.realtime.site import until
from tests.stock import shop
from tests.windows import PHONE, Open, Windows

pytestmark = pytest.mark.browser


@pytest.fixture
def window(windows: Windows) -> Open:
    """A signed-in person's phone at an address."""

    def open(name: str, path: str, *, size: Any = PHONE, dark: bool = False) -> Page:
        return windows.open(name, path, size=size, dark=dark)

    return open


class Goods:
    """A product with a barcode, ten of it at North."""

    def __init__(self, cast: Cast, name: str = "Aloe gel") -> None:
        self.id = shop.product(name)
        self.code = f"40{int(str(self.id.int)[-10:]):011d}"
        self.name = str(shop.look("SELECT name FROM products WHERE id = :id", id=self.id).name)
        records.create(cast.admin, ProductBarcode, {"product_id": self.id, "barcode": self.code})
        shop.stock_up(cast.north, self.id, 10)


@pytest.fixture
def goods(cast: Cast) -> Goods:
    return Goods(cast)


def scan(page: Page, *codes: str) -> None:
    """A keyboard wedge: all of a code at once, then Enter, wherever the focus is."""
    for code in codes:
        page.keyboard.type(code)
        page.keyboard.press("Enter")


def ready(page: Page) -> None:
    """The scan box has the focus, and the page follows the database."""
    expect(page.get_by_role("textbox", name=re.compile("^Scan"))).to_be_focused()
    if page.locator("[data-work]").get_attribute("data-live"):
        expect(page.locator("#live-chip")).to_have_attribute("data-state", "live", timeout=15_000)


def line(page: Page, goods: Goods) -> Any:
    return page.locator(".work-line", has_text=goods.name)


def quantity(page: Page, goods: Goods) -> Any:
    return line(page, goods).get_by_role("textbox")


def answered(page: Page, words: str | re.Pattern[str], kind: str = "right") -> None:
    expect(page.locator(f'.answer[data-kind="{kind}"]')).to_contain_text(words)


def transfer(cast: Cast, goods: Goods, *verbs: str, **given: Any) -> Any:
    """From North to South, five of the goods."""
    lines = {"transfer_line": [{"product_id": goods.id, "quantity": 5}]}
    values = {"from_location_id": cast.north, "to_location_id": cast.south} | given
    made = shop.document(cast.manager, "transfer", lines, **values)
    for verb in verbs:
        shop.take(cast.manager, made, verb)
    return made


def test_a_product_is_found_and_its_stock_falls_before_ones_eyes(window: Open, cast: Cast, goods: Goods) -> None:
    page = window("north_clerk", "/work/")
    page.get_by_role("navigation", name="Kinds of work").get_by_role("link", name="Find").click()
    page.wait_for_url("**/work/find/")
    ready(page)
    scan(page, goods.code)
    expect(page.get_by_role("heading", name=goods.name)).to_be_visible()
    expect(page.locator(".find-stock .is-main dd")).to_have_text("10")
    made = transfer(cast, goods, "request", "approve", "dispatch")
    expect(page.locator(".find-stock .is-main dd")).to_have_text("5")
    assert shop.state(made) == "dispatched"
    scan(page, "no-such-code")
    answered(page, "No product has the code", "wrong")
    expect(page.get_by_role("textbox", name=re.compile("^Scan"))).to_be_focused()


def test_a_box_is_filled_by_scanning_asked_for_packed_and_sent(window: Open, cast: Cast, goods: Goods) -> None:
    page = window("north_clerk", "/work/send/")
    page.get_by_role("button", name="South").click()
    page.wait_for_url(re.compile(r"/work/send/[0-9a-f-]{36}$"))
    ready(page)
    scan(page, goods.code, goods.code, goods.code)
    expect(quantity(page, goods)).to_have_value("3")
    page.get_by_role("button", name="Undo").click()
    expect(quantity(page, goods)).to_have_value("2")
    scan(page, "4")
    expect(quantity(page, goods)).to_have_value("4")
    line(page, goods).get_by_role("button", name=re.compile("more$")).click()
    expect(quantity(page, goods)).to_have_value("5")
    scan(page, "nonsense")
    answered(page, "No product has the code nonsense", "wrong")
    page.get_by_role("button", name="Ask to send 1 line").click()
    answered(page, "is requested", "done")
    expect(page.locator("form[data-scan]")).to_be_hidden()
    address = page.url
    boss = window("manager", address)
    boss.get_by_role("button", name="Approve, then pack").click()
    # The sender's page follows by itself.
    expect(page.get_by_role("heading", name="Pack for South")).to_be_visible()
    ready(page)
    scan(page, goods.code, "5", goods.code)
    answered(page, "only 5 wanted", "wrong")
    page.get_by_role("button", name="Undo").click()
    expect(page.locator("[data-progress]")).to_have_text("1 of 1 lines packed")
    page.get_by_role("button", name="Dispatch 5 pieces").click()
    answered(page, "is dispatched", "done")
    assert shop.on_shelf(cast.north, goods.id) == 5


def test_what_arrives_is_scanned_and_a_colleagues_part_appears(window: Open, cast: Cast, goods: Goods) -> None:
    made = transfer(cast, goods, "request", "approve", "dispatch")
    page, other = (window(who, f"/work/receive/{made.id}") for who in ("south_clerk", "manager"))
    ready(page)
    ready(other)
    scan(page, goods.code, goods.code)
    expect(quantity(page, goods)).to_have_value("2")
    # A reload loses nothing of what was counted and is not booked yet.
    page.reload()
    ready(page)
    expect(quantity(page, goods)).to_have_value("2")
    page.get_by_role("button", name="Damaged").click()
    scan(page, goods.code)
    page.get_by_role("button", name="Receive 3 pieces").click()
    answered(page, "Say why something is damaged", "wrong")
    page.get_by_label("Why damaged?").select_option(label=reason_name())
    page.get_by_role("button", name="Receive 3 pieces").dblclick()
    answered(page, "2 still on the way", "done")
    expect(line(other, goods)).to_contain_text("2 to come")
    expect(other.locator(".work-people")).to_contain_text("South clerk")
    scan(other, goods.code, "2")
    other.get_by_role("button", name="Receive 2 pieces").click()
    answered(other, "everything is accounted for", "done")
    expect(page.locator(".work-stands")).to_contain_text("Closed")
    assert shop.on_shelf(cast.south, goods.id) == 4


def reason_name() -> str:
    """A reason that can be chosen for what is broken."""
    id = shop.reason("Broken", direction="out") if not _reasons else _reasons[0]
    if not _reasons:
        _reasons.append(id)
    return str(shop.look("SELECT name FROM reasons WHERE id = :id", id=id).name)


_reasons: list[UUID] = []


@pytest.fixture(autouse=True)
def _a_reason(cast: Cast) -> None:
    reason_name()


def test_a_blind_receiver_counts_and_is_told_no_number(window: Open, cast: Cast) -> None:
    goods = Goods(cast, "Secret oil")
    made = transfer(cast, goods, "request", "approve", "dispatch", blind_receive=True)
    page = window("south_clerk", f"/work/receive/{made.id}")
    ready(page)
    expect(page.locator("#work-live")).not_to_contain_text("Secret oil")
    scan(page, goods.code, goods.code)
    expect(quantity(page, goods)).to_have_value("2")
    page.get_by_role("button", name="Receive 2 pieces").click()
    answered(page, re.compile("Received"), "done")
    assert shop.on_shelf(cast.south, goods.id) == 2


def test_two_people_count_the_same_shelf(window: Open, cast: Cast, goods: Goods) -> None:
    page = window("north_clerk", "/work/count/")
    page.get_by_role("button", name=re.compile("^Everything")).click()
    page.wait_for_url(re.compile(r"/work/count/[0-9a-f-]{36}$"))
    ready(page)
    other = window("manager", page.url)
    ready(other)
    scan(page, goods.code, goods.code)
    answered(page, goods.name)
    expect(quantity(other, goods)).to_have_value("2")
    scan(other, goods.code, "9")
    expect(quantity(page, goods)).to_have_value("9")
    expect(page.locator(".work-people")).to_contain_text("Manager")
    other.get_by_role("button", name="Undo").click()
    expect(quantity(page, goods)).to_have_value("3")
    page.get_by_role("button", name="All counted: review").click()
    confirm = page.get_by_role("button", name="Go on")
    if page.locator("[data-ask]").count():
        confirm.click()
    answered(page, "is in review", "done")
    expect(other.locator(".work-stands")).to_contain_text("In review")


def test_what_broke_is_adjusted(window: Open, cast: Cast, goods: Goods) -> None:
    page = window("north_clerk", "/work/adjust/")
    page.get_by_role("button", name=reason_name()).click()
    page.wait_for_url(re.compile(r"/work/adjust/[0-9a-f-]{36}$"))
    ready(page)
    scan(page, goods.code, goods.code, goods.code)
    expect(quantity(page, goods)).to_have_value("3")
    line(page, goods).get_by_role("button", name=re.compile("less$")).click()
    expect(quantity(page, goods)).to_have_value("2")
    page.get_by_role("button", name="Book 1 product").click()
    answered(page, "is posted", "done")
    assert shop.on_shelf(cast.north, goods.id) == 8


def test_what_is_missing_is_asked_for(window: Open, cast: Cast, goods: Goods) -> None:
    page = window("north_clerk", "/work/request/")
    page.get_by_role("button", name="South").click()
    page.wait_for_url(re.compile(r"/work/request/[0-9a-f-]{36}$"))
    ready(page)
    scan(page, f"6*{goods.code}")
    expect(quantity(page, goods)).to_have_value("6")
    page.get_by_role("button", name="Ask for 1 product").click()
    answered(page, "is requested", "done")


def test_a_sale_is_rung_up_with_change_while_another_sees_the_stock_fall(
    window: Open, cast: Cast, goods: Goods
) -> None:
    watcher = window("north_clerk", f"/work/find/{goods.id}")
    ready(watcher)
    expect(watcher.locator(".find-stock .is-main dd")).to_have_text("10")
    page = window("frontdesk", "/work/sell/")
    ready(page)
    scan(page, goods.code, goods.code)
    expect(page.locator("[data-total]")).to_contain_text("20.00")
    page.get_by_role("button", name="Card", exact=True).click()
    page.get_by_label("Amount by Card").fill("5")
    page.get_by_role("button", name="Cash", exact=True).click()
    page.get_by_label("Amount by Cash").fill("20")
    expect(page.locator("[data-rest]")).to_contain_text("Change")
    expect(page.locator("[data-rest]")).to_contain_text("5.00")
    page.get_by_role("button", name=re.compile("^Sell for")).dblclick()
    page.wait_for_url(re.compile(r"/work/sell/[0-9a-f-]{36}$"))
    expect(page.locator(".receipt")).to_contain_text("Change")
    expect(watcher.locator(".find-stock .is-main dd")).to_have_text("8")


def test_without_a_connection_scans_wait_and_are_booked_once(window: Open, cast: Cast, goods: Goods) -> None:
    values = {"from_location_id": cast.north, "to_location_id": cast.south}
    made = records.create(cast.manager, named("transfer"), values)
    page = window("north_clerk", f"/work/send/{made.id}")
    ready(page)
    lost = []

    def lose(route: Any) -> None:
        # The first time the server has it, and its answer never comes.
        if not lost:
            lost.append(route.fetch().status)
            route.abort()
        else:
            route.continue_()

    page.route("**/scan", lose)
    scan(page, goods.code, goods.code)
    answered(page, "No connection", "wait")
    expect(quantity(page, goods)).to_have_value("2")
    assert lost == [200]
    [stored] = shop.line_ids("transfer_line", "transfer_id", made)
    until(lambda: shop.look("SELECT quantity FROM transfer_lines WHERE id = :id", id=stored).quantity == Decimal(2))


def places(cast: Cast) -> list[tuple[str, str]]:
    goods = Goods(cast)
    arriving, packing = (
        transfer(cast, goods, "request", "approve", "dispatch"),
        transfer(cast, goods, "request", "approve"),
    )
    draft = transfer(cast, goods)
    count = records.create(cast.manager, named("stock_count"), {"location_id": cast.north, "kind": "full"})
    shop.take(cast.manager, count, "start")
    values = {"location_id": cast.north, "reason_id": _reasons[0]}
    adjustment = records.create(cast.manager, named("adjustment"), values)
    return [
        ("north_clerk", "/work/"),
        ("north_clerk", f"/work/find/{goods.id}"),
        ("north_clerk", "/work/send/"),
        ("north_clerk", f"/work/send/{draft.id}"),
        ("north_clerk", f"/work/send/{packing.id}"),
        ("south_clerk", "/work/receive/"),
        ("south_clerk", f"/work/receive/{arriving.id}"),
        ("north_clerk", "/work/count/"),
        ("north_clerk", f"/work/count/{count.id}"),
        ("north_clerk", f"/work/count/{count.id}/sheet"),
        ("north_clerk", "/work/adjust/"),
        ("north_clerk", f"/work/adjust/{adjustment.id}"),
        ("north_clerk", f"/work/labels?product={goods.id}&quantity=2"),
        ("frontdesk", "/work/sell/"),
    ]


@pytest.mark.parametrize("dark", [False, True], ids=["light", "dark"])
def test_every_work_screen_is_accessible_fits_and_has_targets_for_a_thumb(window: Open, cast: Cast, dark: bool) -> None:
    rules = {"runOnly": ["wcag2a", "wcag2aa", "wcag21aa", "wcag22aa"]}
    for who, path in places(cast):
        page = window(who, path, dark=dark)
        if page.locator("form[data-scan]:visible").count():
            scan(page, "x?")
            page.locator(".answer").wait_for()
        found = Axe().run(page, options=rules)
        assert found.violations_count == 0, f"{path}: {found.generate_report()[:3000]}"
        width = page.evaluate("document.documentElement.scrollWidth")
        assert width <= PHONE["width"], f"{path} is {width} px wide"
        small = page.evaluate(
            "[...document.querySelectorAll('.work button, .work a.btn, .work-tile, .work-open, .scan-input')]"
            ".filter((one) => one.offsetParent).filter((one) => one.getBoundingClientRect().height < 48"
            " || one.getBoundingClientRect().width < 48).map((one) => one.outerHTML.slice(0, 120))"
        )
        assert small == [], f"{path}: {small}"
        page.context.close()
