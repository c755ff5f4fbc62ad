"""The review of a count on screen: the dearest difference first, what moved since, and what all of it comes to."""

from __future__ import annotations

import re
from collections.abc import Callable
from decimal import Decimal

import pytest

from app.core.entity import Entity, named
from app.services import records
from app.services.stock import ledger
from app.services.stock.ledger import Move, Place
from app.views import lines as grids
from tests.cast import Cast
from tests.screens.conftest import app, browsers  # noqa: F401  the application and people's browsers
from tests.stock.shop import SYSTEM, document, line_ids, look, product, stock_up, take
from tests.web import Browser

Browsers = Callable[[str], Browser]
COUNTED = {
    "Cheap tea": ("1", 10, "3"),
    "Dear jam": ("50", 10, "9"),
    "Right oil": ("5", 10, "10"),
    "More salt": ("2", 5, "8"),
}


@pytest.fixture
def review(cast: Cast) -> Entity:
    """A count at North of four products, two of them missing some, one with more; then some of it was sold."""
    goods = [product(name) for name in COUNTED]
    for good, (cost, there, _) in zip(goods, COUNTED.values(), strict=True):
        stock_up(cast.north, good, there, cost)
    lines = {"stock_count_line": [{"product_id": good} for good in goods]}
    made = document(cast.north_clerk, "stock_count", lines, location_id=cast.north, kind="cycle")
    take(cast.north_clerk, made, "start")
    amounts = zip(line_ids("stock_count_line", "stock_count_id", made), COUNTED.values(), strict=True)
    take(cast.north_clerk, made, "count", lines={line: {"counted": counted} for line, (_, _, counted) in amounts})
    for good, sold in ((goods[0], 2), (goods[0], 1), (goods[2], 4)):
        shelf, client = Place("shelf", cast.north), Place("customer", cast.north)
        ledger.move(SYSTEM, [Move(good, shelf, client, Decimal(sold), document="stock_count", document_id=made.id)])
    take(cast.north_clerk, made, "review")
    return made


def rows(page: str) -> list[str]:
    """What stands in each line of the review, without its markup."""
    body = page[page.index("<tbody>") : page.index("</tbody>")]
    return [
        " ".join(re.sub(r"<select.*?</select>|<[^>]+>", " ", row, flags=re.S).split()) for row in body.split("<tr>")[1:]
    ]


@pytest.mark.parametrize("verb", ["approve", "recount"])
def test_the_dearest_difference_stands_first_with_what_moved_since(
    review: Entity,
    browsers: Browsers,
    verb: str,
) -> None:
    page = browsers("manager").get(f"/stock-counts/{review.id}/do/{verb}")
    assert page.status_code == 200
    told = rows(page.text)
    assert [re.match(r"(\w+ \w+) \d+ (.*?) (?:–|−\d+ in)", row).groups() for row in told] == [  # type: ignore[union-attr]
        ("Dear jam", "10 9 −1 −50.00"),
        ("Cheap tea", "10 3 −7 −7.00"),
        ("More salt", "5 8 3 6.00"),
        ("Right oil", "10 10 0 0.00"),
    ]
    assert "−3 in 2 moves −1 to Client · North" in told[1]
    assert "−4 in 1 move" in told[3]
    foot = page.text[page.text.index("<tfoot>") : page.text.index("</tfoot>")]
    assert "3 of 4 products differ" in foot
    assert "−51.00" in foot


def test_a_move_since_leads_to_its_paper_and_to_all_moves(review: Entity, browsers: Browsers, cast: Cast) -> None:
    manager = browsers("manager")
    page = manager.get(f"/stock-counts/{review.id}/do/approve").text
    assert f'<a href="/stock-counts/{review.id}">Stock count' in page
    chains = re.findall(r'href="(/stock/level/[^"]+)"', page)
    assert len(chains) == 2
    for chain in chains:
        assert manager.get(chain).status_code == 200
    assert browsers("south_clerk").get(chains[0]).status_code == 404


def test_a_review_has_a_page_of_its_own_and_other_steps_a_panel(review: Entity, browsers: Browsers) -> None:
    def buttons() -> dict[str, bool]:
        page = browsers("manager").get(f"/stock-counts/{review.id}").text
        return {verb: bool(panel) for verb, panel in re.findall(r'/do/(\w+)"( data-open-step)?>', page)}

    assert (buttons()["approve"], buttons()["recount"]) == (False, False)
    take(SYSTEM, review, "recount", {"differing": "1"})
    assert buttons()["count"] is True


def test_a_refused_review_comes_back_in_the_same_order(review: Entity, browsers: Browsers) -> None:
    page = browsers("manager").post(f"/stock-counts/{review.id}/do/recount", data={"seen": ""})
    assert page.status_code == 422
    assert [row.split(" ")[0] for row in rows(page.text)] == ["Dear", "Cheap", "More", "Right"]


def test_of_a_long_count_the_dearest_lines_are_shown(
    review: Entity,
    browsers: Browsers,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(grids, "MOST", 2)
    page = browsers("manager").get(f"/stock-counts/{review.id}/do/approve").text
    assert [row.split(" ")[0] for row in rows(page)] == ["Dear", "Cheap"]
    assert "Only the first 2 of 4 lines stand here" in page
    assert "3 of 4 products differ" in page


def test_who_may_not_see_costs_gets_the_largest_difference_first_and_no_amounts(
    review: Entity,
    browsers: Browsers,
    cast: Cast,
) -> None:
    role = look("SELECT role_id FROM grants WHERE user_id = :id", id=cast.north_clerk.id).role_id
    may = records.create(SYSTEM, named("permission"), {"role_id": role, "entity": "stock_count", "verb": "approve"})
    page = browsers("north_clerk").get(f"/stock-counts/{review.id}/do/approve")
    records.remove(SYSTEM, named("permission"), may.id, expected_version=1)
    assert page.status_code == 200
    assert [row.split(" ")[0] for row in rows(page.text)] == ["Cheap", "More", "Dear", "Right"]
    assert "Difference worth" not in page.text
    assert "50.00" not in page.text
