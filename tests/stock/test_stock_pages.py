"""The manager's stock pages: figures that are right, for whoever may see them and nobody else."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from decimal import Decimal
from uuid import UUID, uuid4

import pytest
import sqlalchemy as sa

from app.core import db
from app.core.entity import Entity
from app.core.errors import Forbidden, NotFound
from app.services.stock import chains, ledger, reports, verification
from app.services.stock.ledger import Move, Place
from tests.cast import Cast
from tests.databases import Database
from tests.screens.conftest import app, browsers  # noqa: F401  the application and people's browsers
from tests.stock.shop import SYSTEM, document, line_ids, look, product, stock_up, take
from tests.web import Browser

Browsers = Callable[[str], Browser]

PAGES = ("/stock/as-of", "/stock/as-of?clock=happened", "/stock/in-transit", "/stock/verification")


@dataclass(frozen=True)
class Goods:
    """One product at North alone, one at South alone, and one that is on its way from South to nobody's shop."""

    north: UUID
    south: UUID
    leaving: UUID


@pytest.fixture(scope="module")
def goods(database: Database) -> Iterator[Goods]:
    cast = Cast.met(database)
    made = Goods(product("Northern tea"), product("Southern jam"), product("Leaving oil"))
    stock_up(cast.north, made.north, 10, "2.5")
    stock_up(cast.south, made.south, 7, "3")
    stock_up(cast.south, made.leaving, 9, "1")
    send(cast, made.leaving, cast.south, cast.elsewhere)
    yield made
    db.release()


def send(cast: Cast, good: UUID, source: UUID, target: UUID, quantity: str = "3") -> Entity:
    """A transfer that has left."""
    lines = {"transfer_line": [{"product_id": good, "quantity": quantity}]}
    made = document(cast.admin, "transfer", lines, from_location_id=source, to_location_id=target)
    for verb in ("request", "approve", "dispatch"):
        take(cast.admin, made, verb)
    return made


def level_of(place: UUID, good: UUID) -> UUID:
    return UUID(
        str(
            look(
                "SELECT id FROM stock_levels WHERE kind = 'shelf' AND location_id = :place AND product_id = :good",
                place=place,
                good=good,
            ).id
        )
    )


# --- who sees what ---------------------------------------------------------------------------------------------------


def test_a_clerk_of_north_meets_nothing_of_south_on_any_page(goods: Goods, cast: Cast, browsers: Browsers) -> None:
    verification.run(SYSTEM)
    clerk, manager = browsers("north_clerk"), browsers("manager")
    for page in (*PAGES, f"/stock/level/{level_of(cast.north, goods.north)}"):
        answer = clerk.get(page)
        assert answer.status_code == 200, page
        for word in ("Southern jam", "Leaving oil", "Elsewhere"):
            assert word not in answer.text, f"{page} shows {word}"
    assert "Northern tea" in clerk.get("/stock/as-of").text
    assert "Southern jam" in manager.get("/stock/as-of").text
    assert "Elsewhere" in manager.get("/stock/in-transit").text
    for missing in (level_of(cast.south, goods.south), uuid4()):
        assert clerk.get(f"/stock/level/{missing}").status_code == 404
    for place in (cast.south, uuid4(), "x"):
        assert clerk.get(f"/stock/as-of?location={place}").status_code == 404


def test_cost_is_hidden_from_those_who_may_not_see_it(goods: Goods, cast: Cast, browsers: Browsers) -> None:
    level = f"/stock/level/{level_of(cast.north, goods.north)}"
    for page in (level, "/stock/as-of", "/stock/in-transit"):
        for word in ("Value, €", "Unit cost", "Worth", "25.00", "2.50"):
            assert word not in browsers("north_clerk").get(page).text, f"{page} shows {word}"
    assert "Unit cost" in browsers("manager").get(level).text
    assert browsers("north_clerk").get("/stock/value").status_code == 403
    assert "Stock value" not in browsers("north_clerk").get("/").text
    assert "Stock value" in browsers("manager").get("/").text
    with pytest.raises(Forbidden):
        reports.value(cast.north_clerk)
    assert reports.as_of(cast.north_clerk, dt.datetime.now(dt.UTC)).total is None


def test_who_may_not_see_stock_gets_no_page_and_no_badge(goods: Goods, browsers: Browsers) -> None:
    nobody = browsers("nobody")
    for page in (*PAGES, "/stock/value", "/stock/verified"):
        assert nobody.get(page).status_code == 403, page
    assert nobody.get(f"/stock/level/{uuid4()}").status_code == 404
    assert "/stock/" not in nobody.get("/").text


# --- the chain -------------------------------------------------------------------------------------------------------


def test_a_number_opens_every_move_that_made_it(cast: Cast, browsers: Browsers) -> None:
    good = product("Chained")
    stock_up(cast.north, good, 500)
    for turn in range(2 * chains.PAGE + 5):
        ledger.move(
            SYSTEM, [Move(good, Place("shelf", cast.north), Place("customer", cast.north), Decimal(1 + turn % 3))]
        )
        if turn % 9 == 0:
            stock_up(cast.north, good, 2)
    level = level_of(cast.north, good)
    links, before = [], None
    while True:
        part = chains.chain(cast.north_clerk, level, before=before)
        links += part.links
        before = part.older
        if before is None:
            break
    assert [link.seq for link in links] == list(range(len(links), 0, -1))
    assert links[0].balance == part.level.values["on_hand"]
    balance = Decimal(0)
    for link in reversed(links):
        balance += link.change
        assert link.balance == balance
    page = browsers("north_clerk").get(f"/stock/level/{level}").text
    older = re.search(rf"/stock/level/{level}\?before=(\d+)", page)
    assert older
    assert browsers("north_clerk").get(older[0]).status_code == 200


def test_a_move_leads_to_its_document_for_those_who_may_see_it(cast: Cast, browsers: Browsers) -> None:
    good = product("Papered")
    stock_up(cast.south, good, 5)
    transfer = send(cast, good, cast.south, cast.north)
    take(
        cast.admin,
        transfer,
        "receive",
        lines={id: {"received": "3"} for id in line_ids("transfer_line", "transfer_id", transfer)},
    )
    page = browsers("north_clerk").get(f"/stock/level/{level_of(cast.north, good)}").text
    assert f'href="/transfers/{transfer.id}"' in page
    assert transfer.number in page
    paper = uuid4()
    place = cast.north
    sold = Move(good, Place("shelf", place), Place("customer", place), Decimal(1), document="sale", document_id=paper)
    ledger.move(SYSTEM, [sold])
    page = browsers("north_clerk").get(f"/stock/level/{level_of(place, good)}").text
    assert "Sale" in page
    assert str(paper) not in page


def test_lists_and_records_lead_to_the_chain_and_say_whether_it_is_true(
    goods: Goods, cast: Cast, browsers: Browsers
) -> None:
    verification.run(SYSTEM)
    clerk, level = browsers("north_clerk"), level_of(cast.north, goods.north)
    listed = clerk.get("/stock-levels/?f.1.kind.any=shelf").text
    assert f'href="/stock/level/{level}"' in listed
    assert "data-stock-badge" in listed
    record = clerk.get(f"/stock-levels/{level}").text
    assert "Moves one by one" in record
    assert "data-stock-badge" not in clerk.get("/products/").text
    said = clerk.get("/stock/verified").get_json()
    assert (said["tone"], said["words"]) == ("success", "Verified")
    assert 0 <= said["age"] < 100


# --- as of a moment --------------------------------------------------------------------------------------------------


def test_stock_as_of_a_moment_is_what_was_there_then(cast: Cast) -> None:
    good = product("Dated")
    noted: list[tuple[dt.datetime, Decimal, Decimal]] = []
    for turn in range(6):
        stock_up(cast.north, good, 4 + turn, str(2 + turn))
        out = Move(good, Place("shelf", cast.north), Place("loss", cast.north), Decimal("1.5"))
        ledger.move(SYSTEM, [out, *([out] if turn % 2 else [])])
        found = look(
            "SELECT now() AS at, on_hand, value FROM stock_levels WHERE kind = 'shelf' AND product_id = :good",
            good=good,
        )
        noted.append((found.at, found.on_hand, found.value))
    for at, on_hand, value in noted:
        (line,) = reports.as_of(cast.manager, at, location=cast.north, search="Dated").lines
        assert line.on_hand == on_hand
        assert line.value is not None
        assert abs(line.value - value) <= Decimal("0.01")
    before = noted[0][0] - dt.timedelta(hours=1)
    assert reports.as_of(cast.manager, before, search="Dated").lines == ()


def test_a_late_booking_counts_when_it_happened_if_one_asks_so(cast: Cast) -> None:
    good = product("Late")
    then = dt.datetime(2026, 1, 5, 12, tzinfo=dt.UTC)
    place = Place("shelf", cast.north)
    ledger.move(SYSTEM, [Move(good, Place("supplier", cast.north), place, Decimal(5), Decimal(1), effective_at=then)])
    after = then + dt.timedelta(days=1)
    assert reports.as_of(cast.manager, after, search="Late").lines == ()
    (line,) = reports.as_of(cast.manager, after, clock="happened", search="Late").lines
    assert (line.name.split()[0], line.on_hand) == ("Late", 5)


def test_pages_of_products_leave_none_out_and_name_none_twice(cast: Cast, browsers: Browsers) -> None:
    made = {product(name) for name in ("Paged", "paged", "PAGED") for _ in range(reports.PAGE // 2)}
    for good in made:
        stock_up(cast.north, good, 1)
    names, address = [], "/stock/as-of?q=paged"
    for _ in range(9):
        page = browsers("manager").get(address).text
        names += re.findall(r'cell-title" href="/products/([0-9a-f-]{36})"', page)
        found = re.search(r'href="([^"]+)" rel="next"', page)
        if not found:
            break
        address = found[1].replace("&amp;", "&")
    assert len(names) == len(made)
    assert {UUID(name) for name in names} == made


@pytest.mark.parametrize(
    ("path", "status"),
    [
        ("/stock/as-of?at=yesterday", 422),
        ("/stock/as-of?at=0001-01-01T00:00", 422),
        ("/stock/as-of?at=9999-12-31T23:59", 422),
        ("/stock/as-of?at=2026-02-30T10:00", 422),
        ("/stock/as-of?at=2026-03-01", 200),
        ("/stock/as-of?at=2090-03-01T10:00", 200),
        ("/stock/as-of?at=2026-03-01T10:00%2B05:30", 200),
        ("/stock/as-of?clock=%00", 400),
        ("/stock/as-of?clock=never", 200),
        ("/stock/as-of?q=%25_%5C%27", 200),
        ("/stock/as-of?after=x", 400),
        ("/stock/as-of?after=x~y", 400),
        ("/stock/level/x", 404),
        ("/stock/level/00000000-0000-0000-0000-000000000000", 404),
    ],
)
def test_bad_addresses_get_a_sentence(goods: Goods, browsers: Browsers, path: str, status: int) -> None:
    answer = browsers("manager").get(path)
    assert answer.status_code == status
    assert "Traceback" not in answer.text


@pytest.mark.parametrize("before", ["x", "-1", "1.5", "9" * 30, "%00"])
def test_a_garbled_place_in_the_chain_gets_a_sentence(
    goods: Goods, cast: Cast, browsers: Browsers, before: str
) -> None:
    assert (
        browsers("manager").get(f"/stock/level/{level_of(cast.north, goods.north)}?before={before}").status_code == 400
    )


# --- value, and what is on its way -----------------------------------------------------------------------------------


def test_value_adds_up_to_the_levels_and_counts_nothing_twice(goods: Goods, cast: Cast) -> None:
    good = product("Valued")
    stock_up(cast.north, good, 10, "3")
    send(cast, good, cast.north, cast.south, "4")
    total = look("SELECT sum(value) AS value FROM stock_levels WHERE kind IN ('shelf', 'in_use', 'transit')").value
    assert sum(one.total for one in reports.value(cast.admin)) == total
    mine = {one.name: one for one in reports.value(cast.manager)}
    assert set(mine) == {"North", "South"}
    coming = "SELECT sum(value) AS value FROM stock_levels l JOIN stock_accounts a ON a.id = l.account_id"
    found = look(f"{coming} WHERE l.kind = 'transit' AND a.other_location_id = :place", place=cast.south)
    assert mine["South"].coming == found.value


def test_what_is_on_the_way_stands_there_until_it_has_come(cast: Cast, database: Database, browsers: Browsers) -> None:
    good = product("Travelling")
    stock_up(cast.north, good, 10, "3")
    transfer = send(cast, good, cast.north, cast.south, "4")

    def shown() -> reports.OnTheWay | None:
        return next((one for one in reports.in_transit(cast.manager) if one.transfer.id == transfer.id), None)

    fresh = shown()
    assert fresh is not None
    assert (fresh.products, fresh.quantity, fresh.value, fresh.overdue) == (1, 4, 12, False)
    with sa.create_engine(database.owner_url, poolclass=sa.NullPool).begin() as connection:
        late = "UPDATE transfers SET dispatched_at = now() - interval '30 days' WHERE id = :id"
        connection.execute(sa.text(late), {"id": transfer.id})
    old = shown()
    assert old is not None
    assert (old.days, old.overdue) == (30, True)
    page = browsers("north_clerk").get("/stock/in-transit").text
    assert "Overdue" in page
    assert transfer.number in page
    lines = {id: {"received": "4"} for id in line_ids("transfer_line", "transfer_id", transfer)}
    take(cast.admin, transfer, "receive", lines=lines)
    assert shown() is None


def test_a_level_of_somewhere_else_has_no_chain(goods: Goods, cast: Cast) -> None:
    with pytest.raises(NotFound):
        chains.chain(cast.south_clerk, level_of(cast.north, goods.north))


# --- the menu --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("address", "marked"),
    [
        ("/stock-levels/", "Stock levels"),
        ("/stock/level/{level}", "Stock levels"),
        ("/stock/as-of?clock=happened", "Stock as of"),
        ("/stock/value", "Stock value"),
        ("/stock/in-transit", "In transit"),
        ("/stock/verification", "Verification"),
    ],
)
def test_every_stock_page_is_marked_in_the_open_menu(
    goods: Goods, cast: Cast, browsers: Browsers, address: str, marked: str
) -> None:
    page = browsers("manager").get(address.format(level=level_of(cast.north, goods.north)))
    assert page.status_code == 200
    open_areas = re.findall(r'<details class="rail-area is-here" data-area="(\w+)" open>', page.text)
    current = re.findall(r'<a class="rail-link"[^>]*aria-current="page"[^>]*><span[^>]*>([^<]+)<', page.text)
    assert (open_areas, current) == (["Stock"], [marked])
