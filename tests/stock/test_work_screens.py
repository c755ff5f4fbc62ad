"""Work screens over HTTP: who has which, whose documents they open, and that a second tap books nothing."""

from __future__ import annotations

import re
from collections.abc import Callable
from decimal import Decimal
from typing import Any
from uuid import UUID

import pytest
from werkzeug.test import TestResponse

from app.core.entity import named
from app.core.errors import Busy
from app.core.ids import uuid7
from app.models.product import ProductBarcode
from app.services import courses, records
from app.views.work import labels
from tests.cast import Cast
from tests.screens.conftest import app, browsers  # noqa: F401 - fixtures
from tests.stock import shop
from tests.web import Browser

Browsers = Callable[[str], Browser]

TILES = {
    "admin": {"find", "send", "receive", "count", "adjust", "request", "sell", "refund"},
    "manager": {"find", "send", "receive", "count", "adjust", "request", "sell", "refund"},
    "north_clerk": {"find", "send", "receive", "count", "adjust", "request"},
    "frontdesk": {"find", "sell", "refund"},
    "viewer": {"find"},
}
"""Who has which kinds of work."""

EVERY = sorted(TILES["admin"])


def send(browser: Browser, path: str, **body: Any) -> TestResponse:
    """An action as the page sends it."""
    return browser.post(path, json={"operation": str(uuid7()), **body})


def draft(cast: Cast, **given: Any) -> Any:
    """A transfer from North to South that is still being filled."""
    values = {"from_location_id": cast.north, "to_location_id": cast.south} | given
    return records.create(cast.manager, named("transfer"), values)


def under_way(cast: Cast, good: UUID, quantity: int = 5, **given: Any) -> Any:
    """A transfer that has left North for South."""
    lines = {"transfer_line": [{"product_id": good, "quantity": quantity}]}
    values = {"from_location_id": cast.north, "to_location_id": cast.south} | given
    made = shop.document(cast.manager, "transfer", lines, **values)
    for verb in ("request", "approve", "dispatch"):
        shop.take(cast.manager, made, verb)
    return made


def quantities(record: Any, lines: str, link: str) -> list[Decimal]:
    with_ids = shop.line_ids(lines, link, record)
    table = named(lines).__tablename__
    return [shop.look(f"SELECT quantity FROM {table} WHERE id = :id", id=id).quantity for id in with_ids]


@pytest.fixture
def good(cast: Cast) -> UUID:
    """Something of which ten stand on North's shelf."""
    made = shop.product()
    shop.stock_up(cast.north, made, 10)
    return made


def sku(good: UUID) -> str:
    return str(shop.look("SELECT sku FROM products WHERE id = :id", id=good).sku)


@pytest.mark.parametrize("who", TILES)
def test_everybody_has_the_tiles_of_their_work_and_no_other_screen(browsers: Browsers, who: str) -> None:
    browser = browsers(who)
    page = browser.get("/work/")
    assert page.status_code == 200
    for name in EVERY:
        assert (f'href="/work/{name}/"' in page.text) == (name in TILES[who]), name
        answer = browser.get(f"/work/{name}/")
        # Whoever has several locations says first which one.
        allowed = answer.status_code == 200 or (answer.status_code == 303 and "/work/?next=" in answer.location)
        assert allowed == (name in TILES[who]), (name, answer.status_code)


def test_a_count_that_lost_against_another_transaction_is_begun_again(
    browsers: Browsers, cast: Cast, good: UUID, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As when PostgreSQL gives way to somebody else: the first time is undone, the second counts."""
    take, tried = courses.take, []

    def busy_once(*given: Any, **how: Any) -> Any:
        tried.append(given)
        if len(tried) == 1:
            raise Busy()
        return take(*given, **how)

    monkeypatch.setattr(courses, "take", busy_once)
    browser = browsers("north_clerk")
    browser.get("/work/count/")
    before = shop.look("SELECT count(*) AS n FROM stock_counts").n
    answer = browser.post("/work/count/", data={"operation": str(uuid7()), "kind": "full"})
    assert answer.status_code == 303
    assert len(tried) == 2
    assert shop.look("SELECT count(*) AS n FROM stock_counts").n == before + 1
    id = answer.location.rsplit("/", 1)[-1]
    assert shop.look("SELECT state FROM stock_counts WHERE id = :id", id=id).state == "counting"


def test_nobody_has_no_work_and_no_menu_entry(browsers: Browsers) -> None:
    browser = browsers("nobody")
    assert browser.get("/work/").status_code == 403
    assert browser.get("/work/find/").status_code == 403
    assert 'href="/work/"' not in browser.get("/").text


def test_the_menu_leads_to_work(browsers: Browsers) -> None:
    assert 'href="/work/"' in browsers("north_clerk").get("/").text


def test_whoever_has_several_locations_chooses_one_and_goes_on(browsers: Browsers, cast: Cast) -> None:
    browser = browsers("manager")
    browser.post("/account/location", data={"location": ""})
    answer = browser.get("/work/adjust/")
    assert (answer.status_code, answer.location) == (303, "/work/?next=/work/adjust/")
    assert "Choose where you work now" in browser.get(answer.location).text
    browser.post("/account/location", data={"location": str(cast.north), "next": "/work/adjust/"})
    assert browser.get("/work/adjust/").status_code == 200
    browser.post("/account/location", data={"location": ""})


def test_a_draft_is_filled_by_scanning_and_the_last_scan_undone(browsers: Browsers, cast: Cast, good: UUID) -> None:
    browser, transfer = browsers("north_clerk"), draft(cast)
    browser.get(f"/work/send/{transfer.id}")
    for _ in range(2):
        answer = send(browser, f"/work/send/{transfer.id}/scan", code=sku(good))
    assert (answer.status_code, answer.json["quantity"]) == (200, "2")
    answer = send(browser, f"/work/send/{transfer.id}/scan", code="7", last=str(good))
    assert answer.json["quantity"] == "7"
    answer = send(browser, f"/work/send/{transfer.id}/put", **answer.json["undo"])
    assert quantities(transfer, "transfer_line", "transfer_id") == [2]
    send(browser, f"/work/send/{transfer.id}/scan", code=f"3*{sku(good)}")
    assert quantities(transfer, "transfer_line", "transfer_id") == [5]
    send(browser, f"/work/send/{transfer.id}/put", product=str(good), to="0")
    assert quantities(transfer, "transfer_line", "transfer_id") == []


def test_a_case_of_twelve_counts_as_twelve(browsers: Browsers, cast: Cast, good: UUID) -> None:
    records.create(cast.admin, ProductBarcode, {"product_id": good, "barcode": "4006381333931", "quantity": 12})
    browser, transfer = browsers("north_clerk"), draft(cast)
    send(browser, f"/work/send/{transfer.id}/scan", code="4006381333931")
    assert quantities(transfer, "transfer_line", "transfer_id") == [12]


def test_what_is_sent_twice_is_booked_once(browsers: Browsers, cast: Cast, good: UUID) -> None:
    browser, transfer, operation = browsers("north_clerk"), draft(cast), str(uuid7())
    for _ in range(2):
        answer = browser.post(f"/work/send/{transfer.id}/scan", json={"operation": operation, "code": sku(good)})
        assert (answer.status_code, answer.json["quantity"]) == (200, "1")
    assert quantities(transfer, "transfer_line", "transfer_id") == [1]
    assert browser.post(f"/work/send/{transfer.id}/scan", json={"code": sku(good)}).status_code == 400


def test_a_refused_scan_says_why_and_changes_nothing(browsers: Browsers, cast: Cast) -> None:
    browser, transfer = browsers("north_clerk"), draft(cast)
    cases = {
        "no-such-code": (404, "No product has the code no-such-code."),
        sku(shop.product("Old", active=False)): (422, "no longer active"),
        sku(shop.product("Advice", tracks_stock=False)): (422, "no stock to move"),
        f"2.5*{sku(shop.product('Whole'))}": (422, "whole pieces"),
        f"0*{sku(shop.product('None'))}": (422, "not none"),
        "x" * 300: (404, "Scan a code"),
    }
    for code, (status, words) in cases.items():
        answer = send(browser, f"/work/send/{transfer.id}/scan", code=code)
        assert answer.status_code == status, (code, answer.text[:300])
        assert words in answer.text
    good = shop.product("Much")
    for raw in ("-1", "abc", "1e9", "1.2345", "99999999"):
        answer = send(browser, f"/work/send/{transfer.id}/put", product=str(good), to=raw)
        assert answer.status_code == 422, raw
    assert quantities(transfer, "transfer_line", "transfer_id") == []


def test_a_typed_word_offers_what_is_called_so(browsers: Browsers, cast: Cast) -> None:
    shop.product("Rosewater")
    answer = send(browsers("north_clerk"), f"/work/send/{draft(cast).id}/scan", code="rosewat")
    assert [offer["title"].split()[0] for offer in answer.json["offers"]] == ["Rosewater"]


def test_a_requested_transfer_takes_no_more_scans(browsers: Browsers, cast: Cast, good: UUID) -> None:
    browser, transfer = browsers("north_clerk"), draft(cast)
    send(browser, f"/work/send/{transfer.id}/scan", code=sku(good))
    answer = send(browser, f"/work/send/{transfer.id}/do/request")
    assert (answer.status_code, shop.state(transfer)) == (200, "requested")
    answer = send(browser, f"/work/send/{transfer.id}/scan", code=sku(good))
    assert answer.status_code == 409
    assert quantities(transfer, "transfer_line", "transfer_id") == [1]


def test_packing_and_receiving_move_what_was_scanned(browsers: Browsers, cast: Cast, good: UUID) -> None:
    lines = {"transfer_line": [{"product_id": good, "quantity": 5}]}
    transfer = shop.document(cast.manager, "transfer", lines, from_location_id=cast.north, to_location_id=cast.south)
    for verb in ("request", "approve"):
        shop.take(cast.manager, transfer, verb)
    north, south = browsers("north_clerk"), browsers("south_clerk")
    found = north.get(f"/work/send/{transfer.id}/line?code={sku(good)}").json
    [line] = shop.line_ids("transfer_line", "transfer_id", transfer)
    assert (found["line"], found["quantity"]) == (str(line), "1")
    other = north.get(f"/work/send/{transfer.id}/line?code={sku(shop.product())}")
    assert other.status_code == 404
    answer = send(north, f"/work/send/{transfer.id}/do/dispatch", lines={str(line): {"sent": "4"}})
    assert answer.status_code == 200, answer.text
    assert shop.on_shelf(cast.north, good) == 6
    path = f"/work/receive/{transfer.id}/do/receive"
    answer = send(south, path, lines={str(line): {"received": "9"}})
    assert (answer.status_code, shop.on_shelf(cast.south, good)) == (422, 0)
    answer = send(south, path, lines={str(line): {"received": "2", "damaged": "1"}})
    assert answer.status_code == 422
    reason = str(shop.reason())
    answer = send(south, path, lines={str(line): {"received": "2", "damaged": "1"}}, asks={"reason": reason})
    assert answer.status_code == 200, answer.text
    assert (shop.on_shelf(cast.south, good), shop.state(transfer)) == (2, "partly_received")
    operation = str(uuid7())
    for _ in range(2):
        answer = south.post(path, json={"operation": operation, "lines": {str(line): {"received": "1"}}})
        assert answer.status_code == 200
    assert (shop.on_shelf(cast.south, good), shop.state(transfer)) == (3, "closed")


def test_the_other_sides_documents_are_not_there(browsers: Browsers, cast: Cast, good: UUID) -> None:
    arriving = under_way(cast, good)
    [line] = shop.line_ids("transfer_line", "transfer_id", arriving)
    assert browsers("north_clerk").get(f"/work/receive/{arriving.id}").status_code == 404
    assert browsers("south_clerk").get(f"/work/send/{arriving.id}").status_code == 404
    answer = send(
        browsers("north_clerk"), f"/work/receive/{arriving.id}/do/receive", lines={str(line): {"received": "1"}}
    )
    assert answer.status_code == 404
    mine = draft(cast)
    assert send(browsers("south_clerk"), f"/work/send/{mine.id}/scan", code=sku(good)).status_code == 404
    assert browsers("south_clerk").get(f"/work/send/{mine.id}/line?code=x").status_code == 404
    reason = shop.reason()
    documents = {
        "adjust": records.create(cast.manager, named("adjustment"), {"location_id": cast.north, "reason_id": reason}),
        "count": records.create(cast.manager, named("stock_count"), {"location_id": cast.north, "kind": "full"}),
        "request": records.create(
            cast.manager, named("stock_request"), {"to_location_id": cast.north, "from_location_id": cast.south}
        ),
    }
    for screen, record in documents.items():
        assert browsers("north_clerk").get(f"/work/{screen}/{record.id}").status_code == 200, screen
        for stranger in ("south_clerk", "frontdesk"):
            path = f"/work/{screen}/{record.id}"
            assert browsers(stranger).get(path).status_code == 404, (screen, stranger)
            assert send(browsers(stranger), f"{path}/scan", code=sku(good)).status_code == 404, (screen, stranger)
    for garbage in ("x", str(uuid7())):
        assert browsers("north_clerk").get(f"/work/send/{garbage}").status_code == 404


def test_a_viewer_changes_nothing(browsers: Browsers, cast: Cast, good: UUID) -> None:
    transfer = draft(cast)
    assert send(browsers("viewer"), f"/work/send/{transfer.id}/scan", code=sku(good)).status_code in (403, 404)
    assert quantities(transfer, "transfer_line", "transfer_id") == []


def test_a_blind_receiver_is_shown_nothing_of_what_was_sent(browsers: Browsers, cast: Cast) -> None:
    good = shop.product("Hidden balm")
    shop.stock_up(cast.north, good, 40)
    transfer = under_way(cast, good, 37, blind_receive=True)
    page = browsers("south_clerk").get(f"/work/receive/{transfer.id}").text
    assert "Count without knowing" in page
    assert "Hidden balm" not in page
    assert not re.search(r"\b37\b", re.sub(r"<[^>]*>", " ", page.split('id="work-live"')[1]))


def test_find_shows_the_stock_of_my_locations_alone(browsers: Browsers, cast: Cast, good: UUID) -> None:
    shop.stock_up(cast.south, good, 33)
    found = browsers("north_clerk").get(f"/work/code?code={sku(good)}").json
    assert found["id"] == str(good)
    page = browsers("north_clerk").get(f"/work/find/{good}").text
    assert "Available here" in page
    assert ">33<" not in page
    assert ">33<" in browsers("manager").get(f"/work/find/{good}").text
    # The front desk may see products and no stock.
    page = browsers("frontdesk").get(f"/work/find/{good}").text
    assert "Available" not in page


def test_an_adjustment_takes_its_sign_from_the_reason_and_is_booked(browsers: Browsers, cast: Cast, good: UUID) -> None:
    browser = browsers("north_clerk")
    reason = shop.reason("Broken", direction="out")
    browser.get("/work/adjust/")
    answer = browser.post("/work/adjust/", data={"reason": str(reason), "operation": str(uuid7())})
    assert answer.status_code == 303, answer.text[:500]
    path = answer.location
    for _ in range(3):
        answer = send(browser, f"{path}/scan", code=sku(good), less=True)
    assert answer.json["quantity"] == "3"
    send(browser, f"{path}/put", **answer.json["undo"])
    answer = send(browser, f"{path}/do/post")
    assert (answer.status_code, answer.json["state"]) == (200, "posted"), answer.text[:500]
    assert shop.on_shelf(cast.north, good) == 8


def test_a_reason_that_wants_a_note_asks_before_anything_is_made(browsers: Browsers) -> None:
    browser, reason = browsers("north_clerk"), shop.reason("Theft", direction="out", needs_note=True)
    browser.get("/work/adjust/")
    answer = browser.post("/work/adjust/", data={"reason": str(reason), "operation": str(uuid7())})
    assert (answer.status_code, "write a note first" in answer.text) == (422, True)
    facts = {"reason": str(reason), "note": "Window broken", "operation": str(uuid7())}
    assert browser.post("/work/adjust/", data=facts).status_code == 303


def test_an_adjustment_above_the_limit_waits_for_a_manager(browsers: Browsers, cast: Cast, good: UUID) -> None:
    browser, reason = browsers("north_clerk"), shop.reason("Dear", direction="out", approval_limit="5")
    values = {"location_id": cast.north, "reason_id": reason}
    record = records.create(cast.north_clerk, named("adjustment"), values)
    send(browser, f"/work/adjust/{record.id}/scan", code=f"4*{sku(good)}", less=True)
    answer = send(browser, f"/work/adjust/{record.id}/do/post")
    assert (answer.status_code, shop.state(record)) == (200, "proposed")
    assert "waits for a manager" in answer.json["html"]
    assert shop.on_shelf(cast.north, good) == 10


def test_a_count_is_begun_counted_by_two_and_reviewed(browsers: Browsers, cast: Cast, good: UUID) -> None:
    browser, other = browsers("north_clerk"), browsers("manager")
    browser.get("/work/count/")
    answer = browser.post("/work/count/", data={"kind": "full", "blind": "1", "operation": str(uuid7())})
    assert answer.status_code == 303, answer.text[:500]
    path = answer.location
    page = browser.get(path).text
    assert "Still to count" in page
    assert "expected" not in page, "a blind count keeps to itself what should be there"
    first = send(browser, f"{path}/scan", code=sku(good))
    assert (first.status_code, first.json["quantity"]) == (200, "1")
    assert send(other, f"{path}/scan", code=sku(good)).json["quantity"] == "2"
    answer = send(browser, f"{path}/scan", code="9", last=str(good))
    assert (answer.json["quantity"], answer.json["undo"]["to"]) == ("9", "2")
    assert send(browser, f"{path}/put", **answer.json["undo"]).json["quantity"] == "2"
    assert send(browser, f"{path}/put", **first.json["undo"]).json["quantity"] == ""
    send(browser, f"{path}/put", product=str(good), to="9")
    answer = send(browser, f"{path}/do/review")
    assert (answer.status_code, answer.json["state"]) == (200, "review"), answer.text[:400]


def test_a_request_is_filled_and_asked(browsers: Browsers, cast: Cast, good: UUID) -> None:
    browser = browsers("north_clerk")
    browser.get("/work/request/")
    answer = browser.post("/work/request/", data={"of": str(cast.south), "operation": str(uuid7())})
    assert answer.status_code == 303, answer.text[:500]
    send(browser, f"{answer.location}/scan", code=sku(good))
    answer = send(browser, f"{answer.location}/do/request")
    assert (answer.status_code, answer.json["state"]) == (200, "requested")


def test_the_start_page_shows_what_waits_here(browsers: Browsers, cast: Cast, good: UUID) -> None:
    arriving, mine = under_way(cast, good), draft(cast)
    north, south = browsers("north_clerk").get("/work/").text, browsers("south_clerk").get("/work/").text
    assert f"/work/send/{mine.id}" in north
    assert f"/work/receive/{arriving.id}" not in north
    assert f"/work/receive/{arriving.id}" in south
    assert f"/work/send/{mine.id}" not in south


def test_a_sale_is_priced_paid_with_change_and_has_its_receipt(browsers: Browsers, cast: Cast, good: UUID) -> None:
    browser = browsers("frontdesk")
    browser.get("/work/sell/")
    item = browser.get(f"/work/sell/item?code={sku(good)}").json
    lines = [{"product": item["product"], "quantity": "2"}]
    assert browser.post("/work/sell/price", json={"lines": lines}).json["total"] == "20.00"
    short = send(browser, "/work/sell/ring", lines=lines, payments=[{"method": "card", "amount": "5"}])
    assert (short.status_code, shop.on_shelf(cast.north, good)) == (422, 10)
    operation = str(uuid7())
    paid = [{"method": "card", "amount": "5"}, {"method": "cash", "amount": "20"}]
    urls = set()
    for _ in range(2):
        answer = browser.post("/work/sell/ring", json={"operation": operation, "lines": lines, "payments": paid})
        assert answer.status_code == 200, answer.text
        urls.add(answer.json["url"])
    assert (len(urls), shop.on_shelf(cast.north, good)) == (1, 8)
    [url] = urls
    page = browser.get(url).text
    assert "Change" in page
    assert "20.00" in page
    assert browsers("north_clerk").get(url).status_code in (403, 404)


def test_more_than_there_is_is_not_sold(browsers: Browsers, cast: Cast, good: UUID) -> None:
    lines = [{"product": str(good), "quantity": "11"}]
    paid = [{"method": "cash", "amount": "110"}]
    answer = send(browsers("frontdesk"), "/work/sell/ring", lines=lines, payments=paid)
    assert (answer.status_code, shop.on_shelf(cast.north, good)) == (409, 10)
    assert "has 10 of" in answer.json["message"]


def test_what_is_no_action_is_refused(browsers: Browsers, cast: Cast) -> None:
    browser, transfer = browsers("north_clerk"), draft(cast)
    assert browser.post(f"/work/send/{transfer.id}/scan", json=["x"]).status_code == 400
    assert browser.post(f"/work/send/{transfer.id}/scan", data={"code": "x"}).status_code == 400
    assert browsers("frontdesk").post("/work/sell/price", json={"lines": "x"}).status_code == 400
    assert send(browser, f"/work/send/{transfer.id}/do/fly").status_code == 404
    for path in ("find/{0}/scan", "sell/{0}/put", "find/{0}/do/request", "count/{0}/do/approve"):
        assert send(browser, f"/work/{path.format(transfer.id)}", code="x").status_code == 404, path
    assert browser.get(f"/work/adjust/{transfer.id}/line?code=x").status_code == 404
    assert send(browser, f"/work/send/{transfer.id}/put", product=str(uuid7()), to="1").status_code == 404


def test_labels_carry_the_products_code_and_not_the_cases(browsers: Browsers, cast: Cast, good: UUID) -> None:
    records.create(cast.admin, ProductBarcode, {"product_id": good, "barcode": "CASE-OF-12", "quantity": 12})
    browser = browsers("north_clerk")
    page = browser.get(f"/work/labels?product={good}&quantity=3").text
    assert page.count('class="label"') == 3
    assert page.count(f'aria-label="Barcode {sku(good)}"') == 3
    assert "CASE-OF-12" not in page
    records.create(cast.admin, ProductBarcode, {"product_id": good, "barcode": "5012345678900", "quantity": 1})
    assert 'aria-label="Barcode 5012345678900"' in browser.get(f"/work/labels?product={good}").text
    assert "style=" not in page.split('id="work-live"')[1]
    for wrong in ("", f"?product={good}&quantity=0", f"?product={good}&quantity=-1", f"?product={good}&quantity=501"):
        assert browser.get(f"/work/labels{wrong}").status_code == 422, wrong
    assert browser.get(f"/work/labels?product={uuid7()}").status_code == 404


def test_bars_are_the_code_that_was_asked_for() -> None:
    # By the table of Code 128: start B, "A" (33), checksum (104 + 33) % 103 = 34, stop.
    wanted = "11010010000" + "10100011000" + "10001011000" + "1100011101011"
    found = "".join(
        ("0" * (int(x) - at)) + "1" * int(width)
        for at, (x, width) in _joined(re.findall(r'<rect x="(\d+)" y="0" width="(\d+)"', labels.bars("A")))
    )
    assert found == wanted
    assert labels.bars("ä") == ""


def _joined(rects: list[tuple[str, str]]) -> list[tuple[int, tuple[str, str]]]:
    """Each bar with the place where the one before it ended."""
    ends = [labels.QUIET, *(int(x) + int(width) for x, width in rects)]
    return list(zip(ends, rects, strict=False))


def test_a_blind_count_sheet_keeps_what_is_expected_to_itself(browsers: Browsers, cast: Cast, good: UUID) -> None:
    browser = browsers("north_clerk")
    browser.get("/work/count/")
    for blind in ("1", ""):
        data = {"kind": "full", "blind": blind, "operation": str(uuid7())}
        path = browser.post("/work/count/", data=data).location
        page = browser.get(f"{path}/sheet")
        assert (page.status_code, f"Barcode {sku(good)}" in page.text) == (200, True)
        assert ("Expected" in page.text) == (not blind)
        assert browsers("south_clerk").get(f"{path}/sheet").status_code == 404
