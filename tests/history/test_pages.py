"""The pages of the past: sentences that people read, filters, files, and nothing that is not the reader's."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Callable
from decimal import Decimal
from urllib.parse import quote
from uuid import UUID

import pytest

import app.models  # noqa: F401  fills the registry
from app.core.actor import system
from app.core.entity import named
from app.core.ids import uuid7
from app.services import many_records, records
from app.services.history import walking
from app.views.history import history_pages
from tests.cast import Cast
from tests.databases import Database
from tests.factory import making
from tests.history.test_undo import stored
from tests.web import Browser

BRAND, PRODUCT, ORDER, RULE, GRANT = (named(name) for name in ("brand", "product", "order", "stock_rule", "grant"))
EVERYONE = system("tests")
MISSING = "00000000-0000-7000-8000-000000000000"
Browsers = Callable[[str], Browser]


def words(page: str) -> list[str]:
    """The sentences of a history as they are read."""
    found = re.findall(r'<(?:p|div) class="history-words">(.*?)(?:<span class="timeline-when">|</p>)', page, re.S)
    return [" ".join(re.sub(r"<[^>]+>", "", one).split()) for one in found]


def text(page: str) -> str:
    return " ".join(re.sub(r"<[^>]+>", " ", page).split())


def product(cast: Cast, **given: object) -> UUID:
    values = {"sku": f"S{uuid7().hex[-12:]}", "name": "Soap", "price": "12.00"} | given
    return records.create(cast.manager, PRODUCT, values).id


def test_a_history_is_read_as_sentences(cast: Cast, browsers: Browsers) -> None:
    brand = records.create(cast.manager, BRAND, {"name": "Lather & Co"}).id
    soap = product(cast, name="<b>Soap</b>")
    for version, given in enumerate(
        (
            {"price": "13.50"},
            {"brand_id": brand},
            {"active": "no"},
            {"description": "Long"},
            {"name": "Bar", "price": "1234.5"},
        ),
        1,
    ):
        records.change(cast.manager, PRODUCT, soap, given, expected_version=version)
    page = browsers("manager").get(f"/products/{soap}/history")
    assert page.status_code == 200
    read = words(page.text)
    assert read[:5] == [
        "Manager changed Name and Price",
        "Manager changed Description",
        "Manager switched Active off",
        "Manager set Brand to Lather &amp; Co",
        "Manager changed Price from € 12.00 to € 13.50",
    ]
    assert "<b>Brand</b> to <bdi>" in page.text  # a name can't turn the words around it
    assert read[5] == "Manager created this product"
    assert "<b>Soap</b>" not in page.text
    assert "1,234.50" in text(page.text)


def test_the_history_of_what_is_not_ones_own_looks_like_that_of_what_does_not_exist(
    cast: Cast, browsers: Browsers, database: Database
) -> None:
    with making(database, cast.south, cast.north) as factory:
        rule = factory.make(RULE).id
    for door in ("history", "history.csv", "history/reorder_point"):
        theirs = browsers("north_clerk").get(f"/stock-rules/{rule}/{door}")
        nobodys = browsers("north_clerk").get(f"/stock-rules/{MISSING}/{door}")
        assert theirs.status_code == nobodys.status_code
        assert theirs.status_code in (403, 404)
    assert browsers("north_clerk").get(f"/users/{cast.admin.id}/history").status_code == 403
    assert browsers("north_clerk").get("/users/history").status_code == 403
    assert str(rule) not in browsers("north_clerk").get("/stock-rules/history").text
    assert browsers("south_clerk").get(f"/stock-rules/{rule}/history").status_code == 200


def test_a_closed_field_is_in_no_history_no_file_and_behind_no_cell(cast: Cast, browsers: Browsers) -> None:
    soap = product(cast, cost="4.25")
    records.change(cast.manager, PRODUCT, soap, {"cost": "7.75", "price": "15"}, expected_version=1)
    for path in (f"/products/{soap}/history", "/products/history"):
        mine, theirs = browsers("manager").get(path).text, browsers("viewer").get(path).text
        assert ("7.75" in mine, "4.25" in mine) == (True, True)
        assert not {"7.75", "4.25"} & set(re.findall(r"\d+\.\d+", theirs))
    assert browsers("viewer").get(f"/products/{soap}/history/cost").status_code == 400
    assert browsers("viewer").get(f"/products/{soap}/history?field=cost").status_code == 400
    file = browsers("viewer").get(f"/products/{soap}/history.csv")
    assert file.status_code == 200
    assert "7.75" not in file.text
    assert "7.75" in browsers("manager").get(f"/products/{soap}/history.csv").text


def test_behind_a_cell_stands_who_changed_it_last(cast: Cast, browsers: Browsers) -> None:
    soap = product(cast)
    records.change(cast.admin, PRODUCT, soap, {"price": "13.50"}, expected_version=1)
    answer = browsers("manager").get(f"/products/{soap}/history/price")
    assert answer.status_code == 200
    said = text(answer.text)
    assert "Admin changed it from € 12.00 to € 13.50" in said
    assert "Manager wrote € 12.00" in said
    assert browsers("manager").get(f"/products/{soap}/history/nothing").status_code == 400


def test_what_was_restored_was_not_created_and_a_line_that_is_gone_has_its_name(cast: Cast, browsers: Browsers) -> None:
    soap = product(cast, name="Restored soap")
    lines = [records.Line({"product_id": soap, "quantity": str(turn), "unit_price": "12"}) for turn in (1, 2, 3, 4)]
    order = records.create(cast.manager, ORDER, {"location_id": cast.north}, children={"order_line": lines}).id
    manager = browsers("manager")
    side = manager.get(f"/orders/{order}/history", headers={"X-Fragment": "latest"})
    assert words(side.text) == ["Manager created this order, with 4 order lines"]
    records.remove(cast.manager, ORDER, order, expected_version=stored(ORDER, order).version)
    gone = manager.get(f"/orders/{order}/history").text
    assert "deleted order line Restored soap" in text(gone)
    way = re.search(r'class="btn btn-primary" href="([^"]+)">.*?Restore…', gone)
    assert way is not None, "what is deleted is not only told, but offered back"
    assert "Deleted</span></h1>" in gone
    assert "> Undo<" not in gone, "of a record that is gone no older change goes back"
    manager.post(way[1])
    page = manager.get(f"/orders/{order}/history").text
    assert next(one.rstrip(" Undo") for one in words(page)) == "Manager restored this order, with 4 order lines"
    assert "Restore…" not in page, "it is there already"
    assert "Restore" not in manager.get("/orders/history?op=delete").text.split("data-found")[1].split(str(order))[0]
    cell = manager.get(f"/orders/{order}/history/location_id").text
    assert "Manager restored it with" in text(cell)


def test_one_field_stands_beside_its_sentence_and_of_what_was_not_there_nothing_is_said(
    cast: Cast, browsers: Browsers, database: Database
) -> None:
    brand = records.create(cast.manager, BRAND, {"name": "Single"}).id
    records.change(cast.manager, BRAND, brand, {"note": "Long words"}, expected_version=1)
    page = browsers("manager").get(f"/brands/{brand}/history").text
    assert "1 field" not in page
    assert '<div class="history-one"><del><span class="cell-meant">nothing</span></del>' in page
    with making(database, cast.north, cast.south) as factory:
        grant = factory.make(GRANT, user_id=cast.viewer.id, location_id=cast.north).id
    records.remove(cast.admin, GRANT, grant, expected_version=1)
    gone = browsers("admin").get(f"/grants/{grant}/history").text
    assert "All locations" not in gone
    assert re.search(r"<h1[^>]*>\s*History of Viewer · [^<]+ · North", gone)


def test_a_file_of_history_holds_no_formula(cast: Cast, browsers: Browsers) -> None:
    brand = records.create(cast.manager, BRAND, {"name": "=HYPERLINK(1)"}).id
    records.change(cast.manager, BRAND, brand, {"note": "@SUM(A1)"}, expected_version=1)
    records.change(cast.manager, BRAND, brand, {"note": "＝SUM(A1)"}, expected_version=2)
    priced = browsers("manager").get(f"/products/{product(cast, price='32')}/history.csv").text
    assert ",Price,,32.00\r\n" in priced, "an amount has its digits, as it is written"
    answer = browsers("manager").get(f"/brands/{brand}/history.csv")
    assert answer.mimetype == "text/csv"
    lines = list(csv.reader(io.StringIO(answer.text.lstrip("\ufeff"))))
    assert lines[0] == ["At", "By", "From where", "What", "Kind", "Record", "Field", "Before", "After"]
    assert ["Manager", "on the screen", "changed", "Brand", "'=HYPERLINK(1)", "Note", "", "'@SUM(A1)"] in [
        one[1:] for one in lines
    ]
    assert not [cell for line in lines[1:] for cell in line if cell.startswith(("=", "@", "+", "＝"))]


def test_a_file_of_a_list_holds_every_change_of_more_than_a_page(cast: Cast, browsers: Browsers) -> None:
    brand = records.create(cast.manager, BRAND, {"name": "Filed away"})
    for turn in range(60):
        brand = records.change(cast.manager, BRAND, brand.id, {"note": f"turn {turn}"}, expected_version=brand.version)
    lines = browsers("manager").get("/brands/history.csv?field=note").text
    assert [f"turn {turn}" for turn in range(60) if f"turn {turn}\r\n" not in lines] == []


def test_somebody_who_may_not_export_gets_no_file(cast: Cast, browsers: Browsers) -> None:
    soap = product(cast)
    assert browsers("north_clerk").get(f"/products/{soap}/history").status_code == 200
    assert browsers("north_clerk").get(f"/products/{soap}/history.csv").status_code == 403
    assert "history.csv" not in browsers("north_clerk").get(f"/products/{soap}/history").text


def test_filters_stand_in_the_address(cast: Cast, browsers: Browsers) -> None:
    soap = product(cast)
    records.change(cast.admin, PRODUCT, soap, {"price": "13.50"}, expected_version=1)
    path = f"/products/{soap}/history"
    assert len(words(browsers("manager").get(f"{path}?by={cast.admin.id}").text)) == 1
    assert len(words(browsers("manager").get(f"{path}?op=insert").text)) == 1
    assert len(words(browsers("manager").get(f"{path}?field=price").text)) == 2
    assert "No change matches" in browsers("manager").get(f"{path}?by=nobody").text
    assert "No change matches" in browsers("manager").get(f"{path}?to=2020-01-01&tz=Europe/Dublin").text
    assert len(words(browsers("manager").get(f"{path}?from=2020-01-01&tz=Nowhere/Land").text)) == 2


BAD = (
    "by=x",
    "by=%00",
    "op=drop",
    "from=yesterday",
    "to=99999-01-01",
    "before=1",
    "before=20260101-20250101-5",
    "field=secret",
    "field=%00",
)


@pytest.mark.parametrize("query", BAD)
@pytest.mark.parametrize("path", ["/products/history", "/products/{id}/history", "/products/history.csv"])
def test_garbage_in_an_address_gets_a_sentence(query: str, path: str, cast: Cast, browsers: Browsers) -> None:
    answer = browsers("manager").get(f"{path.format(id=product(cast))}?{query}")
    assert answer.status_code == 400, answer.status


def test_a_deed_of_many_rows_is_one_line_that_opens(cast: Cast, browsers: Browsers) -> None:
    made = [records.create(cast.manager, BRAND, {"name": f"Many {turn}"}) for turn in range(25)]
    many_records.change(
        cast.manager,
        BRAND,
        [(one.id, one.version) for one in made],
        {"website": "https://x.example"},
        operation=uuid7(),
    )
    page = browsers("manager").get("/brands/history").text
    assert "Manager set Website of 25 brands to" in words(page)[0]
    more = re.search(r'href="([^"]*deed=[^"]*)">and 5 more', page)
    assert more
    assert text(browsers("manager").get(more[1]).text).count("Many ") >= 25


def test_the_location_names_of_a_document_that_moved_are_told_to_each_side(
    cast: Cast, browsers: Browsers, database: Database
) -> None:
    with making(database, cast.north, cast.south) as factory:
        rule = factory.make(RULE, reorder_point=Decimal(3)).id
    records.change(EVERYONE, RULE, rule, {"location_id": cast.south, "reorder_point": "77"}, expected_version=1)
    north = browsers("north_clerk").get(f"/stock-rules/{rule}/history").text
    assert "moved" in words(north)[0]
    assert "77" not in text(north)
    assert "brought" in words(browsers("south_clerk").get(f"/stock-rules/{rule}/history").text)[0]


def test_a_filter_that_nothing_fits_finds_the_record_that_moved_away(
    cast: Cast, browsers: Browsers, database: Database
) -> None:
    with making(database, cast.north, cast.south) as factory:
        rule = factory.make(RULE).id
        theirs = factory.make(RULE, location_id=cast.south).id
    records.change(EVERYONE, RULE, rule, {"location_id": cast.south}, expected_version=1)
    for query in ("op=delete", f"by={cast.viewer.id}", "from=2001-01-01&to=2001-01-02"):
        page = browsers("north_clerk").get(f"/stock-rules/{rule}/history?{query}")
        assert (page.status_code, "No change matches" in page.text) == (200, True), query
        assert browsers("north_clerk").get(f"/stock-rules/{rule}/history.csv?{query}").status_code in (200, 403)
    assert browsers("north_clerk").get(f"/stock-rules/{rule}/history/place").status_code == 200
    for id in (theirs, MISSING):
        assert browsers("north_clerk").get(f"/stock-rules/{id}/history?op=delete").status_code == 404


def test_a_file_that_is_full_says_where_the_next_one_is(
    cast: Cast, browsers: Browsers, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(history_pages, "PAGES_OF_A_FILE", 2)
    monkeypatch.setattr(history_pages, "DEEDS_OF_A_FILE", 3)
    brand = records.create(cast.manager, BRAND, {"name": "Filed in parts"}).id
    for version in range(1, 10):
        records.change(cast.manager, BRAND, brand, {"note": f"{version}"}, expected_version=version)
    address: str | None = f"/brands/{brand}/history.csv?tz=UTC"
    told, files = [], 0
    while address:
        lines = list(csv.reader(io.StringIO(browsers("manager").get(address).text.lstrip("\ufeff"))))
        found = re.search(r"What is older is in the next one: http://[^/]+(/\S+)", lines[-1][0])
        address, files = (found[1] if found else None), files + 1
        told += [line[8] for line in lines[1:] if len(line) > 1 and line[6] == "Note"]
    assert (told, files) == ([str(version) for version in range(9, 0, -1)], 2)


def test_looking_further_back_goes_on_below_and_says_how_far(
    cast: Cast, browsers: Browsers, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(walking, "WALKED_OF_RECORD", 4)
    monkeypatch.setattr(walking, "LOOKS", 1)
    brand = records.create(cast.manager, BRAND, {"name": "Looked at"}).id
    for version in range(1, 7):
        records.change(cast.manager, BRAND, brand, {"note": f"{version}"}, expected_version=version)
    page = browsers("manager").get(f"/brands/{brand}/history?op=insert")
    assert "Nothing so far" in page.text
    assert "Looked back to" in text(page.text)
    further = re.search(r'href="([^"]+)" rel="next"', page.text)
    assert further
    added = browsers("manager").get(further[1].replace("&amp;", "&"), headers={"X-Fragment": "further"})
    assert words(added.text) == ["Manager created this brand"]
    assert "<html" not in added.text
    assert "There is nothing older" in added.text
    assert "Nobody has changed it lately" in browsers("manager").get(f"/brands/{brand}/history/website").text


def test_quoting(cast: Cast, browsers: Browsers) -> None:
    soap = product(cast, name='50% off; "now"')
    answer = browsers("manager").get(f"/products/{soap}/history.csv")
    assert quote("50% off") in answer.headers["Content-Disposition"]
