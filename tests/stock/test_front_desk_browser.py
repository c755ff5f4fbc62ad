"""The front desk and the back door in a real browser at a phone's width: discounts, refunds, deliveries."""

from __future__ import annotations

import re
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page, expect

from app.core.entity import named
from app.services import records
from app.services.selling import sales
from app.services.selling.sales import SaleItem, Tender
from tests.cast import Cast
from tests.stock import shop
from tests.stock.test_purchasing import ordered, supplier
from tests.stock.test_work_browser import Goods, answered, goods, line, quantity, ready, scan, window  # noqa: F401
from tests.windows import PHONE, Open

pytestmark = pytest.mark.browser


def sold(cast: Cast, *items: SaleItem) -> Any:
    """A sale at North, paid in cash."""
    total = sales.priced(cast.manager, cast.north, items)[0].total
    done = sales.ring_up(cast.manager, cast.north, lines=items, payments=[Tender("cash", total)])
    return shop.look("SELECT * FROM sales WHERE id = :id", id=done.id)


def delivered(page: Page, cast: Cast) -> None:
    """Begin to count what came for the order that the page shows."""
    page.get_by_role("button", name="Count what came").click()
    page.wait_for_url(re.compile(r"/work/delivery/[0-9a-f-]{36}$"))
    ready(page)


def test_a_delivery_is_scanned_beside_its_order_and_a_colleague_sees_it(window: Open, cast: Cast) -> None:
    tea, jam, extra = Goods(cast, "Tea tin"), Goods(cast, "Jam jar"), Goods(cast, "Extra")
    order = ordered(cast, (tea.id, "3"), (jam.id, "2"))
    page = window("north_clerk", "/work/receive/")
    page.locator(f"#open-{order.id} a").click()
    page.wait_for_url(f"**/work/delivery/order/{order.id}")
    delivered(page, cast)
    other = window("manager", page.url)
    ready(other)
    expect(page.locator(".work-progress")).to_contain_text("0 of 2 lines complete")
    scan(page, tea.code, tea.code, extra.code)
    answered(page, extra.name)
    expect(line(page, extra)).to_contain_text("not ordered")
    expect(line(other, tea)).to_contain_text("of 3")
    expect(other.locator(".work-people")).to_contain_text("North clerk")
    page.get_by_role("button", name="Damaged", exact=True).click()
    scan(page, tea.code)
    expect(page.get_by_role("textbox", name=f"Damaged of {tea.name}")).to_have_value("1")
    expect(page.locator(".work-progress")).to_contain_text("2 of 3 lines complete")
    scan(page, tea.code)
    expect(line(page, tea)).to_contain_text("1 more than ordered")
    page.get_by_role("button", name="Undo").click()
    expect(page.get_by_role("textbox", name=f"Damaged of {tea.name}")).to_have_value("1")
    page.get_by_label("Delivery note number").fill("LS-4711")
    page.get_by_label("Delivery note number").press("Enter")
    answered(page, "Delivery note LS-4711", "done")
    page.get_by_role("button", name="Book 2 lines").click()
    page.get_by_role("button", name="Go on").click()
    answered(page, "was not ordered", "done")
    expect(other.locator(".work-stands")).to_contain_text("Posted")
    assert (shop.on_shelf(cast.north, tea.id), shop.on_shelf(cast.north, extra.id)) == (12, 11)
    assert shop.state(order) == "partly_received"


def test_a_delivery_without_an_order_is_discarded_or_booked(window: Open, cast: Cast, goods: Goods) -> None:
    seller = supplier()
    name = shop.look("SELECT name FROM suppliers WHERE id = :id", id=seller).name
    for button, state in (("Discard", "Discarded"), ("Book 1 line", "Posted")):
        page = window("north_clerk", "/work/receive/")
        page.get_by_role("combobox", name="Supplier").click()
        page.get_by_role("combobox", name="Supplier").fill(name)
        page.get_by_role("option", name=name).click()
        page.get_by_role("button", name="Count the delivery").click()
        page.wait_for_url(re.compile(r"/work/delivery/[0-9a-f-]{36}$"))
        ready(page)
        scan(page, goods.code, "6")
        expect(quantity(page, goods)).to_have_value("6")
        page.get_by_role("button", name=button).click()
        if button == "Discard":
            page.get_by_role("button", name="Go on").click()
        expect(page.locator(".work-stands")).to_contain_text(state)
        expect(page.locator("form[data-scan]")).to_be_hidden()
    assert shop.on_shelf(cast.north, goods.id) == 16


def test_a_line_and_the_whole_bill_get_a_discount_and_somebody_served(window: Open, cast: Cast, goods: Goods) -> None:
    ann = records.create(shop.SYSTEM, named("staff"), {"name": "Ann Server", "location_id": cast.north}).id
    page = window("frontdesk", "/work/sell/")
    ready(page)
    scan(page, goods.code, "4")
    expect(page.locator("[data-total]")).to_contain_text("40.00")
    page.get_by_role("button", name=f"{goods.name}: discount").click()
    page.get_by_label("Per cent off").fill("ten")
    page.get_by_role("button", name="Done").click()
    expect(page.get_by_role("alert")).to_contain_text("between 0 and 100")
    page.get_by_label("Per cent off").fill("10")
    page.locator("#line-staff").select_option(label="Ann Server")
    page.get_by_label("Per cent off").press("Enter")
    expect(page.locator("[data-basket]")).to_contain_text("10 % off · Ann Server")
    expect(page.locator("[data-total]")).to_contain_text("36.00")
    page.get_by_role("button", name="Discount", exact=True).click()
    page.get_by_label(re.compile(r"^\S+ off$")).fill("9")
    page.get_by_role("button", name="Done").click()
    expect(page.locator("[data-rest]")).to_contain_text("ask a manager")
    page.get_by_role("button", name=re.compile(r"9\.00 off$")).click()
    page.get_by_label(re.compile(r"^\S+ off$")).fill("1,50")
    page.get_by_role("button", name="Done").click()
    expect(page.locator("[data-total]")).to_contain_text("34.50")
    expect(page.locator("[data-off]")).to_contain_text("5.50 less")
    page.locator("#staff").select_option(label="Ann Server")
    page.get_by_role("button", name="Card", exact=True).click()
    page.get_by_role("button", name=re.compile("^Sell for")).click()
    page.wait_for_url(re.compile(r"/work/sell/[0-9a-f-]{36}$"))
    expect(page.locator(".receipt")).to_contain_text("Ann Server")
    kept = shop.look("SELECT * FROM sales WHERE id = :id", id=page.url.rsplit("/", 1)[-1])
    assert (str(kept.total), kept.staff_id) == ("34.50", ann)
    part = shop.look("SELECT * FROM sale_lines WHERE sale_id = :id", id=kept.id)
    assert (str(part.discount), str(part.reduction), part.staff_id) == ("10.000", "1.50", ann)


def test_a_receipt_is_scanned_and_what_comes_back_is_paid_back(window: Open, cast: Cast, goods: Goods) -> None:
    sale = sold(cast, SaleItem(goods.id, quantity=2), SaleItem(goods.id, quantity=2, discount="50"))
    watcher = window("north_clerk", f"/work/find/{goods.id}")
    ready(watcher)
    page = window("frontdesk", "/work/refund/")
    ready(page)
    scan(page, "no such receipt")
    answered(page, "No sale here has the number", "wrong")
    scan(page, sale.number)
    page.wait_for_url(f"**/work/refund/{sale.id}")
    ready(page)
    # The product stands on two lines: once the dear one is full, the cheap one takes the next.
    scan(page, goods.code, goods.code)
    page.get_by_role("button", name="Damaged", exact=True).click()
    scan(page, goods.code)
    expect(page.get_by_role("button", name=re.compile(r"^Pay back \S+ 25\.00$"))).to_be_enabled()
    page.reload()
    ready(page)
    page.get_by_role("button", name="Damaged", exact=True).click()
    scan(page, goods.code, goods.code)
    answered(page, "only 2 can come back", "wrong")
    page.get_by_role("button", name="Undo").click()
    page.get_by_label("Why").fill("Leaks")
    page.get_by_role("button", name=re.compile(r"^Pay back \S+ 30\.00$")).dblclick()
    page.wait_for_url(re.compile(r"/work/sell/[0-9a-f-]{36}$"))
    expect(page.locator(".receipt")).to_contain_text(f"Refund of {sale.number}")
    expect(page.locator(".receipt")).to_contain_text("-30.00")
    expect(watcher.locator(".find-stock .is-main dd")).to_have_text("8")
    kept = shop.look("SELECT count(*) AS n, min(note) AS why FROM sales WHERE refund_of_id = :id", id=sale.id)
    assert (kept.n, kept.why) == (1, "Leaks")
    assert shop.level(cast.north, goods.id, "loss")[0] == 2


def test_two_who_refund_the_same_sale_see_what_is_left(window: Open, cast: Cast, goods: Goods) -> None:
    sale = sold(cast, SaleItem(goods.id, quantity=3))
    page, other = (window(who, f"/work/refund/{sale.id}") for who in ("frontdesk", "manager"))
    ready(page)
    ready(other)
    scan(other, goods.code, "3")
    expect(quantity(other, goods)).to_have_value("3")
    scan(page, goods.code, "2")
    page.get_by_role("button", name=re.compile("^Pay back")).click()
    page.wait_for_url(re.compile(r"/work/sell/[0-9a-f-]{36}$"))
    expect(other.locator(".work-line")).to_contain_text("1 left")
    other.get_by_role("button", name=re.compile("^Pay back")).click()
    answered(other, "more than there can be", "wrong")
    assert shop.on_shelf(cast.north, goods.id) == 9


def places(cast: Cast) -> list[tuple[str, str]]:
    goods = Goods(cast)
    waiting, counted = ordered(cast, (goods.id, "3")), ordered(cast, (goods.id, "3"))
    values = {"supplier_id": counted.supplier_id, "location_id": cast.north, "purchase_order_id": counted.id}
    rows = {"goods_receipt_line": [{"product_id": goods.id, "quantity": "4", "damaged_quantity": "1"}]}
    receipt = shop.document(cast.manager, "goods_receipt", rows, **values)
    sale = sold(cast, SaleItem(goods.id, quantity=2, discount="10"))
    return [
        ("north_clerk", "/work/receive/"),
        ("north_clerk", f"/work/delivery/order/{waiting.id}"),
        ("north_clerk", f"/work/delivery/{receipt.id}"),
        ("frontdesk", "/work/refund/"),
        ("frontdesk", f"/work/refund/{sale.id}"),
        ("frontdesk", f"/work/sell/{sale.id}"),
        ("frontdesk", "/work/sell/"),
    ]


@pytest.mark.parametrize("dark", [False, True], ids=["light", "dark"])
def test_every_screen_is_accessible_fits_and_has_targets_for_a_thumb(window: Open, cast: Cast, dark: bool) -> None:
    rules = {"runOnly": ["wcag2a", "wcag2aa", "wcag21aa", "wcag22aa"]}
    for who, path in places(cast):
        page = window(who, path, dark=dark)
        if path == "/work/sell/":
            page.locator("#staff").wait_for()
            page.get_by_role("button", name="Discount", exact=True).wait_for()
        found = Axe().run(page, options=rules)
        assert found.violations_count == 0, f"{path}: {found.generate_report()[:3000]}"
        width = page.evaluate("document.documentElement.scrollWidth")
        assert width <= PHONE["width"], f"{path} is {width} px wide"
        small = page.evaluate(
            "[...document.querySelectorAll('.work button, .work a.btn, .work-open, .work select, .scan-input')]"
            ".filter((one) => one.offsetParent && !one.closest('.ts-wrapper')).filter((one) => one.getBoundingClientRect()"
            ".height < 47.5).map((one) => one.outerHTML.slice(0, 120))"
        )
        assert small == [], f"{path}: {small}"
        page.context.close()
