"""Pages put one behind the other are the whole list in its order, whatever it is sorted by and wherever one turns."""

from __future__ import annotations

import base64
import datetime as dt
import json
import random
from collections.abc import Callable
from dataclasses import replace
from decimal import Decimal
from typing import Any
from uuid import UUID

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from app.core import listing
from app.core.actor import Actor
from app.core.entity import named
from app.core.errors import BadRequest
from app.core.query import Query
from tests.cast import Cast
from tests.listing.conftest import ORDER, Fill, Made

SORTS: dict[str, Callable[[Made, dict[UUID, str]], Any]] = {
    "ordered_on": lambda order, names: order.ordered_on,
    "freight": lambda order, names: order.freight,
    "ship_name": lambda order, names: order.ship_name and order.ship_name.lower(),
    "number": lambda order, names: order.number,
    "state": lambda order, names: order.state,
    "client_id": lambda order, names: names.get(order.client_id) if order.client_id else None,
    "location_id": lambda order, names: names[order.location_id],
    "id": lambda order, names: order.id,
}
"""What each column sorts by, in Python; `None` comes last."""

orders = st.fixed_dictionaries(
    {
        "place": st.booleans(),
        "client": st.sampled_from([None, "anna", "Bert", "carla"]),
        "state": st.sampled_from(["draft", "confirmed"]),
        "ordered_on": st.sampled_from([None, None, dt.date(2026, 1, 1), dt.date(2026, 1, 2), dt.date(2025, 5, 5)]),
        "freight": st.sampled_from([None, Decimal("0.00"), Decimal("9.50"), Decimal("10.00"), Decimal("10.01")]),
        "ship_name": st.sampled_from([None, "", "apple", "Apple", "Zebra", "äpfel", "100%", "a_b", "\\"]),
    }
)


@settings(max_examples=40, deadline=None, suppress_health_check=list(HealthCheck))
@given(
    made=st.lists(orders, min_size=4, max_size=24),
    column=st.sampled_from(list(SORTS)),
    descending=st.booleans(),
    back=st.booleans(),
    size=st.integers(1, 5),
    who=st.sampled_from(["admin", "manager", "frontdesk"]),
    narrowed=st.sampled_from([{}, {"f.0.state.any": ["draft"]}, {"q": ["number"]}]),
)
def test_pages_one_behind_the_other_are_the_whole_list(
    people: Cast,
    clients: dict[str, UUID],
    fill: Fill,
    made: list[dict[str, Any]],
    column: str,
    descending: bool,
    back: bool,
    size: int,
    who: str,
    narrowed: dict[str, list[str]],
) -> None:
    rows = [
        Made(
            people.north if facts["place"] else people.south,
            number=f"number-{turn % 5}-{turn}",
            client_id=clients.get(facts["client"]),
            **{name: value for name, value in facts.items() if name not in ("place", "client")},
        )
        for turn, facts in enumerate(made)
    ]
    fill(rows)
    mine = [
        order
        for order in rows
        if (who != "frontdesk" or order.location_id == people.north)
        and ("f.0.state.any" not in narrowed or order.state == "draft")
    ]
    names = {id: name.lower() for name, id in clients.items()} | {people.north: "north", people.south: "south"}

    actor = getattr(people, who)
    query = listing.parse(actor, ORDER, {"sort": [f"-{column}" if descending else column], **narrowed})
    assert walk(actor, replace(query, size=size), back=back) == expected(mine, SORTS[column], names, descending)


@pytest.fixture(scope="module")
def twins(people: Cast, clients: dict[str, UUID]) -> list[Made]:
    """Orders of which each value occurs three times and is missing as often, in no order."""
    chosen = random.Random(7)
    days = [None, dt.date(2026, 1, 1), dt.date(2026, 1, 2), dt.date(2025, 5, 5)]
    made = [
        Made(
            people.north if turn % 2 else people.south,
            number=f"number-{turn}",
            client_id=[None, *clients.values()][turn % 4],
            state=["draft", "confirmed", "cancelled"][turn % 3],
            ordered_on=days[turn % 4],
            freight=[None, Decimal("9.50"), Decimal("10.00")][turn % 3],
            ship_name=[None, "apple", "Apple", "Zebra"][turn % 4],
        )
        for turn in range(14)
    ]
    chosen.shuffle(made)
    return made


@pytest.mark.parametrize("back", [False, True], ids=["forwards", "backwards"])
@pytest.mark.parametrize("descending", [False, True], ids=["up", "down"])
@pytest.mark.parametrize("column", SORTS)
def test_equal_and_missing_values_are_walked_one_by_one(
    people: Cast, clients: dict[str, UUID], fill: Fill, twins: list[Made], column: str, descending: bool, back: bool
) -> None:
    fill(twins)
    names = {id: name.lower() for name, id in clients.items()} | {people.north: "north", people.south: "south"}
    query = listing.parse(people.manager, ORDER, {"sort": [f"-{column}" if descending else column]})
    assert walk(people.manager, replace(query, size=2), back=back) == expected(twins, SORTS[column], names, descending)


def expected(
    rows: list[Made], value: Callable[[Made, dict[UUID, str]], Any], names: dict[UUID, str], descending: bool
) -> list[UUID]:
    """The list's order: by value, then by id, both in the asked direction, and what has no value last."""
    some = sorted(
        (order for order in rows if value(order, names) is not None),
        key=lambda order: (value(order, names), order.id),
        reverse=descending,
    )
    none = sorted(
        (order for order in rows if value(order, names) is None), key=lambda order: order.id, reverse=descending
    )
    return [order.id for order in some + none]


def walk(actor: Actor, query: Query, *, back: bool) -> list[UUID]:
    """All ids, page by page from the beginning, or with `back` from the end."""
    found: list[UUID] = []
    query = replace(query, last=back)
    for _ in range(100):
        page = listing.page(actor, ORDER, query)
        ids = [row.id for row in page.rows]
        found = ids + found if back else found + ids
        token = page.previous if back else page.next
        if token is None:
            assert page.total == listing.Total(len(found), True)
            return found
        # Through the URL, as a browser does it; the odd page size is ours.
        arguments = listing.url_args(query, before=token) if back else listing.url_args(query, after=token)
        query = replace(listing.parse(actor, ORDER, {**arguments, "size": ["25"]}), size=query.size)
    raise AssertionError("the list never ends")


def test_a_page_says_what_lies_around_it(people: Cast, fill: Fill) -> None:
    fill([Made(people.north, number=f"A{turn:03d}") for turn in range(60)])
    first = listing.page(people.admin, ORDER, listing.parse(people.admin, ORDER, {"sort": ["number"], "size": ["25"]}))
    assert (first.first, first.previous, len(first.rows), first.total) == (True, None, 25, listing.Total(60, True))
    arguments = {"sort": ["number"], "size": ["25"]}
    second = listing.page(
        people.admin, ORDER, listing.parse(people.admin, ORDER, {**arguments, "after": [str(first.next)]})
    )
    assert (second.first, len(second.rows)) == (False, 25)
    again = listing.page(
        people.admin, ORDER, listing.parse(people.admin, ORDER, {**arguments, "before": [str(second.previous)]})
    )
    assert [row.id for row in again.rows] == [row.id for row in first.rows]
    assert again.first


def test_a_row_that_goes_between_two_pages_takes_no_other_with_it(people: Cast, fill: Fill) -> None:
    made = [Made(people.north, number=f"A{turn:03d}") for turn in range(60)]
    fill(made)
    query = listing.parse(people.admin, ORDER, {"sort": ["number"], "size": ["25"]})
    first = listing.page(people.admin, ORDER, query)
    fill([one for one in made if one.number != "A024"])
    second = listing.page(
        people.admin, ORDER, listing.parse(people.admin, ORDER, listing.url_args(query, after=first.next))
    )
    assert second.rows[0].title == "A025"


def _token(*facts: Any) -> str:
    return base64.urlsafe_b64encode(json.dumps(facts).encode()).decode().rstrip("=")


SOME = "019f0000-0000-7000-8000-000000000000"
FORGED = {
    "letters": "hello",
    "no base64": "!!!!",
    "not ascii": "ü",
    "no JSON": base64.urlsafe_b64encode(b"\xff\xfe").decode(),
    "deep": base64.urlsafe_b64encode(b"[" * 2000).decode(),
    "too long": "A" * 100_000,
    "another list's": _token("product", "-ordered_on", "2026-01-01", SOME),
    "another order's": _token("order", "ordered_on", "2026-01-01", SOME),
    "wrong type": _token("order", "-ordered_on", 7, SOME),
    "no date": _token("order", "-ordered_on", "2026-99-01", SOME),
    "no id": _token("order", "-ordered_on", "2026-01-01", "me"),
    "a number for an id": _token("order", "-ordered_on", "2026-01-01", 5),
    "too few": _token("order", "-ordered_on"),
    "a mapping": base64.urlsafe_b64encode(b'{"a": 1}').decode(),
}


@pytest.mark.parametrize("name", FORGED)
@pytest.mark.parametrize("where", ["after", "before"])
def test_a_cursor_that_is_not_this_lists_is_refused(people: Cast, name: str, where: str) -> None:
    with pytest.raises(BadRequest):
        listing.page(people.admin, ORDER, listing.parse(people.admin, ORDER, {where: [FORGED[name]]}))


@pytest.mark.parametrize(
    ("sort", "value"),
    [
        ("freight", "1e999999"),
        ("freight", "NaN"),
        ("freight", 5),
        ("ship_name", "a\x00b"),
        ("ship_name", "\ud800"),
        ("number", None),
        ("id", "x"),
    ],
)
def test_a_cursor_with_a_value_that_no_row_can_have_is_refused(people: Cast, sort: str, value: Any) -> None:
    with pytest.raises(BadRequest):
        listing.page(
            people.admin,
            ORDER,
            listing.parse(people.admin, ORDER, {"sort": [sort], "after": [_token("order", sort, value, SOME)]}),
        )


@pytest.mark.parametrize("size", ["0", "-1", "26", "1000000", "abc", "٢٥", "25.0", "9" * 400])
def test_a_page_size_that_is_not_offered_is_refused(people: Cast, size: str) -> None:
    with pytest.raises(BadRequest):
        listing.parse(people.admin, ORDER, {"size": [size]})


def test_a_sort_that_is_hidden_or_unknown_gets_one_answer(people: Cast) -> None:
    answers = set()
    for name in ("cost", "nothing_such"):
        with pytest.raises(BadRequest) as refused:
            listing.parse(people.north_clerk, named("product"), {"sort": [name]})
        answers.add(refused.value.message.replace(name, "…"))
    assert len(answers) == 1
    with pytest.raises(BadRequest):
        listing.parse(people.admin, named("user"), {"sort": ["password_hash"]})


def test_the_url_of_a_query_leads_to_the_query(people: Cast) -> None:
    arguments = {
        "q": ["blue sky"],
        "f.0.state.any": ["draft", "confirmed"],
        "f.0.freight.between": ["1..2"],
        "f.2.ordered_on.empty": ["1"],
        "sort": ["client"],
        "size": ["100"],
        "cols": ["number,freight"],
    }
    query = listing.parse(people.admin, ORDER, arguments)
    assert listing.parse(people.admin, ORDER, listing.url_args(query)) == query
    assert listing.url_args(listing.parse(people.admin, ORDER, {})) == {}
    assert listing.sorted_by(query, "number")["sort"] == ["number"]
    assert listing.sorted_by(listing.parse(people.admin, ORDER, {"sort": ["number"]}), "number")["sort"] == ["-number"]
    assert "f.0.freight.between" not in listing.without(query, 0, 1)


def test_columns_that_one_may_not_see_are_left_out(people: Cast) -> None:
    product = named("product")
    assert listing.parse(people.north_clerk, product, {"cols": ["cost,sku,nothing"]}).columns == ("sku",)
    assert listing.parse(people.admin, product, {"cols": ["cost,sku"]}).columns == ("cost", "sku")
    assert "cost" not in listing.parse(people.north_clerk, product, {}).columns
