"""The pages of the past show what was there then, to whoever could have seen it, and say what they don't know."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Callable
from urllib.parse import quote

import pytest

import app.models  # noqa: F401  fills the registry
from app.core.actor import system
from app.core.entity import Entity, entities, named
from app.core.ids import uuid7
from app.services import attachments, records
from app.services.files import Stored
from app.services.history import past
from app.views import paths
from tests.cast import Cast
from tests.databases import Database
from tests.factory import making
from tests.history.test_pages import MISSING, Browsers, product, text

COMMENT, PRODUCT, ORDER, RULE = (named(name) for name in ("comment", "product", "order", "stock_rule"))
EVERYONE = system("tests")
Now = Callable[[], dt.datetime]


def at(moment: dt.datetime) -> str:
    return f"at={quote(moment.isoformat())}"


def test_a_list_and_a_record_as_they_were(cast: Cast, browsers: Browsers, now: Now) -> None:
    soap = product(cast, name="Old name")
    moment = now()
    records.change(cast.manager, PRODUCT, soap, {"name": "New name", "price": "99"}, expected_version=1)
    listed = browsers("north_clerk").get(f"/products/past?{at(moment)}")
    assert listed.status_code == 200, listed.text[:500]
    assert "Old name" in text(listed.text)
    assert "New name" not in text(listed.text)
    record = browsers("north_clerk").get(f"/products/{soap}/past?{at(moment)}")
    assert "Old name" in text(record.text)
    assert "€ 12.00" in text(record.text)
    assert "New name" in text(browsers("north_clerk").get(f"/products/{soap}/past?{at(now())}").text)


def test_the_clock_of_a_fresh_record_leads_to_where_it_was_and_a_list_says_when_its_history_begins(
    cast: Cast, browsers: Browsers, now: Now
) -> None:
    soap = product(cast, name="Fresh")
    assert browsers("manager").get(f"/products/{soap}/past").status_code == 200, "as it is, where it was nothing else"
    records.change(cast.manager, PRODUCT, soap, {"name": "Later"}, expected_version=1)
    page = browsers("manager").get(f"/products/{soap}/past")
    assert (page.status_code, "<h1" in page.text, "Fresh" in text(page.text)) == (200, True, True)
    empty = browsers("manager").get(f"/products/past?{at(now() - dt.timedelta(days=364))}&q=nothing-like-it")
    assert "The history begins only at" in text(empty.text)
    assert "The history begins" not in browsers("manager").get(f"/products/past?{at(now())}&q=nothing-like-it").text


def test_one_walks_from_change_to_change(cast: Cast, browsers: Browsers, now: Now) -> None:
    soap = product(cast, name="Step 0")
    for turn in (1, 2):
        records.change(cast.manager, PRODUCT, soap, {"name": f"Step {turn}"}, expected_version=turn)
    path, seen = f"/products/{soap}/past?{at(now())}", []
    while path:
        page = browsers("manager").get(path.replace("&amp;", "&"))
        assert page.status_code == 200, "no way leads to where the record was not"
        seen.append(re.search(r"<h1[^>]*>(Step \d)", page.text)[1])  # type: ignore[index]
        found = re.search(r'href="([^"]+)" aria-label="Before the change', page.text)
        path = found[1] if found else ""
    assert seen == ["Step 2", "Step 1", "Step 0"]


def test_before_it_was_made_and_after_its_end_a_record_is_said_not_to_be_there_to_those_who_saw_it(
    cast: Cast, browsers: Browsers, database: Database, now: Now
) -> None:
    before = now()
    with making(database, cast.south, cast.north) as factory:
        rule = factory.make(RULE).id
    lived = now()
    page = browsers("south_clerk").get(f"/stock-rules/{rule}/past?{at(before)}")
    assert (page.status_code, "It did not exist yet" in page.text) == (404, True)
    assert "Start of yesterday" not in page.text, "no way leads to a moment from before it"
    way = re.search(r'href="([^"]+)">As it was made', page.text)
    assert way is not None
    assert browsers("south_clerk").get(way[1].replace("&amp;", "&")).status_code == 200
    there = browsers("south_clerk").get(f"/stock-rules/{rule}/past?{at(lived)}").text
    assert "Start of yesterday" not in there
    assert "Before the change" not in there
    records.remove(EVERYONE, RULE, rule, expected_version=1)
    page = browsers("south_clerk").get(f"/stock-rules/{rule}/past?{at(now())}")
    assert (page.status_code, "It had been deleted" in page.text) == (404, True)
    way = re.search(r'href="([^"]+)"><svg.*?As it was last', page.text, re.DOTALL)
    assert way is not None
    assert browsers("south_clerk").get(way[1].replace("&amp;", "&")).status_code == 200
    for moment in (before, now()):
        other = browsers("north_clerk").get(f"/stock-rules/{rule}/past?{at(moment)}")
        missing = browsers("north_clerk").get(f"/stock-rules/{MISSING}/past?{at(moment)}")
        assert (other.status_code, text(other.text)) == (404, text(missing.text))


def test_a_record_shows_the_remarks_and_files_that_it_had(cast: Cast, browsers: Browsers, now: Now) -> None:
    soap = product(cast, name="Talked about")
    on = {"entity": "product", "record_id": str(soap)}
    first = records.create(cast.north_clerk, COMMENT, {**on, "body": "Smells <of> rose"})
    attachments.attach(
        cast.manager, "product", soap, Stored("f" * 64 + ".pdf", 9, "application/pdf"), name="Data sheet.pdf"
    )
    moment = now()
    records.create(cast.manager, COMMENT, {**on, "body": "Said later"})
    records.remove(cast.manager, COMMENT, first.id, expected_version=1)
    page = browsers("viewer").get(f"/products/{soap}/past?{at(moment)}").text
    assert "Smells &lt;of&gt; rose" in page
    assert "North clerk" in page
    assert "Said later" not in page
    assert "Data sheet.pdf</a>" in page
    assert "Said later" in browsers("viewer").get(f"/products/{soap}/past?{at(now())}").text
    for door in (f"/comments/past?{at(moment)}", f"/comments/{first.id}/past?{at(moment)}"):
        was = browsers("viewer").get(door)
        assert (was.status_code, "Smells &lt;of&gt; rose" in was.text, "Talked about" in was.text) == (
            200,
            True,
            True,
        ), door
    assert "Smells" not in browsers("viewer").get(f"/comments/past?{at(now())}").text


def test_the_past_of_what_is_not_ones_own_looks_like_that_of_what_does_not_exist(
    cast: Cast, browsers: Browsers, database: Database, now: Now
) -> None:
    with making(database, cast.south, cast.north) as factory:
        rule = factory.make(RULE).id
    moment = now()
    for id in (rule, MISSING):
        assert browsers("north_clerk").get(f"/stock-rules/{id}/past?{at(moment)}").status_code == 404
    for path in (f"/stock-rules/past?{at(moment)}", "/stock-rules/differences?from=2026-01-01T00:00"):
        page = browsers("north_clerk").get(path)
        assert page.status_code == 200
        assert str(rule) not in page.text
    for door in (f"{cast.admin.id}/past", "past", "differences"):
        assert browsers("north_clerk").get(f"/users/{door}").status_code == 403
    assert browsers("south_clerk").get(f"/stock-rules/{rule}/past?{at(moment)}").status_code == 200


@pytest.mark.parametrize("entity", [cls for cls in entities() if past.is_kept(cls)], ids=lambda cls: cls.entity)
def test_every_kept_entity_has_its_past(
    entity: type[Entity], cast: Cast, browsers: Browsers, database: Database, now: Now
) -> None:
    with making(database, cast.north, cast.south) as factory:
        id = factory.make(entity).id
    moment = now()
    for door in (
        f"{id}/past?{at(moment)}",
        f"past?{at(moment)}",
        f"{id}/history",
        "history",
        "differences?from=2026-11-01T00:00",
    ):
        page = browsers("admin").get(f"{paths.of_list(entity)}{door}")
        assert page.status_code == 200, f"{door}: {page.status_code} {text(page.text)[:300]}"
    fresh = text(browsers("admin").get(paths.of_past(entity, id) + f"?{at(moment)}").text)
    assert "Nothing can be changed here" in fresh


@pytest.mark.parametrize(
    ("query", "words"),
    [
        ("at=yesterday", "Write a day and a time"), ("at=2099-01-01T00:00", "still to come"), ("at=2001-01-01", "kept for 365 days"),
        ("at=%00", "can't be stored"), ("at=2026-11-20T00:00&sort=nothing", "can't be sorted"),
    ],
)  # fmt: skip
def test_a_moment_that_will_not_do_gets_a_sentence(query: str, words: str, browsers: Browsers) -> None:
    page = browsers("manager").get(f"/products/past?{query}")
    assert page.status_code == 400
    assert words in text(page.text).replace("&#39;", "'")


def test_every_entity_has_a_past_or_a_reason_to_have_none(browsers: Browsers) -> None:
    assert {cls.entity for cls in entities() if not past.is_kept(cls)} == set(past.WITHOUT) == {"change"}
    assert all(reason.endswith(".") for reason in past.WITHOUT.values())
    page = browsers("admin").get("/changes/past")
    assert page.status_code == 404
    assert "not kept as they were" in text(page.text)
    assert browsers("admin").get("/changes/?f.0.at.before=2026-01-01").status_code == 200


def test_a_moment_is_meant_in_the_readers_own_zone(cast: Cast, browsers: Browsers, now: Now) -> None:
    moment = (now() - dt.timedelta(hours=30)).replace(microsecond=0)
    local = moment.astimezone(dt.timezone(dt.timedelta(hours=9))).strftime("%Y-%m-%dT%H:%M:%S")
    page = browsers("manager").get(f"/products/past?at={local}&tz=Asia/Tokyo")
    assert f'value="{local}"' in page.text
    assert f'datetime="{moment.astimezone(dt.timezone(dt.timedelta(hours=9))).isoformat()}"' in page.text


def test_filters_and_order_of_the_list_go_along_to_the_past(cast: Cast, browsers: Browsers, now: Now) -> None:
    word = f"Zone {uuid7().hex[:8]}"
    for price in ("1", "2", "3"):
        product(cast, name=f"{word} {price}", price=price)
    moment = now()
    page = (
        browsers("manager")
        .get(f"/products/past?{at(moment)}&f.0.name.starts={quote(word)}&f.0.price.gt=1&sort=-price")
        .text
    )
    assert re.findall(rf"{word} (\d)</a>", page) == ["3", "2"]
    assert browsers("manager").get("/products/?f.0.price.gt=1").text.count("/products/past?") >= 1


def test_differences_between_two_moments_and_the_overview(cast: Cast, browsers: Browsers, now: Now) -> None:
    soap = product(cast, name="Differing")
    since = now()
    records.change(cast.admin, PRODUCT, soap, {"price": "44.5"}, expected_version=1)
    page = browsers("manager").get(f"/products/differences?from={quote(since.isoformat())}")
    assert page.status_code == 200
    assert "Differing changed by Admin , last" in text(page.text)
    assert "€ 12.00 became € 44.50" in text(page.text)
    overview = browsers("manager").get(f"/what-changed?from={quote(since.isoformat())}")
    assert overview.status_code == 200
    assert "Products" in text(overview.text)
    assert browsers("manager").get("/what-changed").status_code == 200
    assert "Nothing new" in browsers("manager").get(f"/what-changed?from={quote(now().isoformat())}").text
    assert browsers("manager").get("/products/differences?from=2026-11-20T00:00&to=2026-11-19T00:00").status_code == 400


def test_a_document_shows_its_lines_of_then(cast: Cast, browsers: Browsers, now: Now) -> None:
    soap = product(cast, name="In a line")
    order = records.create(
        cast.manager, ORDER, {"location_id": cast.north},
        children={"order_line": [records.Line({"product_id": soap, "quantity": "7", "unit_price": "1"})]},
    )  # fmt: skip
    page = browsers("north_clerk").get(f"/orders/{order.id}/past?{at(now())}")
    assert page.status_code == 200
    assert "In a line" in text(page.text)
