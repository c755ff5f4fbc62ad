"""Each operator finds what its words say, on real rows, and what can't be understood is refused with a sentence."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from decimal import Decimal
from uuid import UUID

import pytest

from app.core import filters, listing
from app.core.columns import Column
from app.core.entity import columns_of, entities, named
from app.core.errors import BadRequest
from tests.cast import Cast
from tests.listing.conftest import ORDER, Fill, Made, ids_of

TODAY = dt.datetime.now(dt.UTC).date()
NAMES = (None, "", "Apple", "apple pie", "100%", "a_b", "axb", "back\\slash", "Äpfel", "<b>bold</b>", "=1+1")
DAYS = (
    None,
    dt.date(2026, 1, 1),
    dt.date(2026, 1, 31),
    dt.date(2026, 2, 1),
    TODAY,
    TODAY - dt.timedelta(days=6),
    TODAY - dt.timedelta(days=7),
)
FREIGHTS = (None, Decimal("0.00"), Decimal("9.99"), Decimal("10.00"), Decimal("10.01"), Decimal("500.00"))

FOUND: dict[str, Callable[[Made], bool]] = {
    "ship_name.contains=APPLE": lambda made: "apple" in (made.ship_name or "").lower(),
    "ship_name.contains=%": lambda made: "%" in (made.ship_name or ""),
    "ship_name.contains=_": lambda made: "_" in (made.ship_name or ""),
    "ship_name.contains=\\": lambda made: "\\" in (made.ship_name or ""),
    "ship_name.contains=<b>": lambda made: "<b>" in (made.ship_name or ""),
    "ship_name.contains=e p": lambda made: "e p" in (made.ship_name or ""),
    "ship_name.starts=äP": lambda made: (made.ship_name or "").lower().startswith("äp"),
    "ship_name.starts=apple": lambda made: (made.ship_name or "").lower().startswith("apple"),
    "ship_name.is=apple": lambda made: (made.ship_name or "").lower() == "apple",
    "ship_name.is=a_b": lambda made: made.ship_name == "a_b",
    "ship_name.empty=1": lambda made: not made.ship_name,
    "ship_name.filled=1": lambda made: bool(made.ship_name),
    "freight.eq=10": lambda made: made.freight == 10,
    "freight.eq=10,01": lambda made: made.freight == Decimal("10.01"),
    "freight.ne=10": lambda made: made.freight != 10,
    "freight.lt=10": lambda made: made.freight is not None and made.freight < 10,
    "freight.gt=-5": lambda made: made.freight is not None,
    "freight.between=9.99..10.00": lambda made: made.freight is not None and Decimal("9.99") <= made.freight <= 10,
    "freight.empty=1": lambda made: made.freight is None,
    "freight.filled=1": lambda made: made.freight is not None,
    "ordered_on.on=2026-01-31": lambda made: made.ordered_on == dt.date(2026, 1, 31),
    "ordered_on.before=2026-01-31": lambda made: made.ordered_on is not None and made.ordered_on < dt.date(2026, 1, 31),
    "ordered_on.after=2026-01-31": lambda made: made.ordered_on is not None and made.ordered_on > dt.date(2026, 1, 31),
    "ordered_on.between=2026-01-01..2026-01-31": lambda made: (
        made.ordered_on is not None and dt.date(2026, 1, 1) <= made.ordered_on <= dt.date(2026, 1, 31)
    ),
    "ordered_on.within=today": lambda made: made.ordered_on == TODAY,
    "ordered_on.within=last-7-days": lambda made: (
        made.ordered_on is not None and TODAY - dt.timedelta(days=6) <= made.ordered_on <= TODAY
    ),
    "ordered_on.within=this-month": lambda made: (
        made.ordered_on is not None and made.ordered_on.replace(day=1) == TODAY.replace(day=1)
    ),
    "ordered_on.empty=1": lambda made: made.ordered_on is None,
    "created_at.on=" + TODAY.isoformat(): lambda made: True,
    "created_at.within=today": lambda made: True,
    "created_at.before=" + TODAY.isoformat(): lambda made: False,
    "created_at.after=" + TODAY.isoformat(): lambda made: False,
    "state.any=draft": lambda made: made.state == "draft",
    "state.any=draft,confirmed": lambda made: made.state in ("draft", "confirmed"),
    "state.none=draft": lambda made: made.state != "draft",
    "client.empty=1": lambda made: made.client_id is None,
    "client_id.filled=1": lambda made: made.client_id is not None,
}


@pytest.fixture(scope="module")
def made(people: Cast, clients: dict[str, UUID], fill: Fill) -> list[Made]:
    rows = [
        Made(
            people.north,
            client_id=(None, clients["anna"], clients["Bert"])[turn % 3],
            state=("draft", "confirmed", "cancelled")[turn % 3],
            ordered_on=DAYS[turn % len(DAYS)],
            freight=FREIGHTS[turn % len(FREIGHTS)],
            ship_name=NAMES[turn % len(NAMES)],
        )
        for turn in range(60)
    ]
    fill(rows)
    return rows


@pytest.mark.parametrize("condition", FOUND)
def test_an_operator_finds_what_it_says(people: Cast, made: list[Made], condition: str) -> None:
    name, value = condition.split("=", 1)
    wanted = {one.id for one in made if FOUND[condition](one)}
    assert ids_of(people.admin, ORDER, {f"f.0.{name}": value}) == wanted
    assert ids_of(people.north_clerk, ORDER, {f"f.0.{name}": value}) == wanted
    assert ids_of(people.south_clerk, ORDER, {f"f.0.{name}": value}) == set()


def test_links_are_found_by_id(people: Cast, made: list[Made], clients: dict[str, UUID]) -> None:
    anna, bert = clients["anna"], clients["Bert"]
    assert ids_of(people.admin, ORDER, {"f.0.client.any": f"{anna},{bert}"}) == {
        one.id for one in made if one.client_id
    }
    assert ids_of(people.admin, ORDER, {"f.0.client.any": [str(anna), str(bert)]}) == {
        one.id for one in made if one.client_id
    }
    assert ids_of(people.admin, ORDER, {"f.0.client.none": str(anna)}) == {
        one.id for one in made if one.client_id != anna
    }
    assert ids_of(people.admin, ORDER, {"f.0.id.any": str(made[3].id)}) == {made[3].id}


def test_all_of_a_group_must_hold_and_any_of_the_groups(people: Cast, made: list[Made]) -> None:
    asked: dict[str, str | list[str]] = {"f.0.state.any": "draft", "f.0.freight.gt": "9", "f.3.ship_name.is": "a_b"}
    wanted = {one.id for one in made if (one.state == "draft" and (one.freight or 0) > 9) or one.ship_name == "a_b"}
    assert ids_of(people.admin, ORDER, asked) == wanted
    twice: dict[str, str | list[str]] = {"f.0.ship_name.contains": ["apple", "pie"]}
    assert ids_of(people.admin, ORDER, twice) == {one.id for one in made if one.ship_name == "apple pie"}


def test_an_empty_box_filters_nothing(people: Cast, made: list[Made]) -> None:
    asked: dict[str, str | list[str]] = {"f.0.ship_name.contains": "", "f.1.freight.gt": " ", "f.2.state.any": ","}
    assert ids_of(people.admin, ORDER, asked) == {one.id for one in made}


NONSENSE = {
    "f.": "1",
    "f.0": "1",
    "f.0.freight": "1",
    "f.x.freight.eq": "1",
    "f.-1.freight.eq": "1",
    "f.100.freight.eq": "1",
    "f.0.freight.eq.more": "1",
    "f.0.freight.like": "1",
    "f.0.freight.contains": "1",
    "f.0.nothing.eq": "1",
    "f.0.id.empty": "1",
    "f.0.version;drop.eq": "1",
    "f.0.freight.eq": "abc",
    "f.0.freight.gt": "1e999",
    "f.0.freight.lt": "NaN",
    "f.1.freight.eq": "1" * 150,
    "f.0.freight.between": "1",
    "f.1.freight.between": "1..2..3",
    "f.2.freight.between": "..",
    "f.0.ordered_on.on": "2026-02-30",
    "f.0.ordered_on.within": "whenever",
    "f.0.created_at.on": "0001-01-01",
    "f.1.created_at.after": "9999-12-31",
    "f.0.state.any": "nothing",
    "f.0.client.any": "anna",
    "f.1.client.any": "' OR 1=1 --",
    "f.0.ship_name.contains": "a\x00b",
    "f.1.ship_name.contains": "\ud800",
    "f.2.ship_name.contains": "x" * 201,
    "f.3.state.any": ",".join(["draft"] * 101 + [str(n) for n in range(101)]),
    "q": "a\x00b",
}


@pytest.mark.parametrize("name", NONSENSE)
def test_nonsense_is_refused_with_a_sentence(people: Cast, name: str) -> None:
    with pytest.raises(BadRequest) as refused:
        listing.page(people.admin, ORDER, listing.parse(people.admin, ORDER, {name: [NONSENSE[name]]}))
    assert refused.value.message.endswith(".")


def test_too_many_filters_are_refused(people: Cast) -> None:
    with pytest.raises(BadRequest):
        listing.parse(people.admin, ORDER, {f"f.{group}.freight.gt": ["1"] for group in range(6)})
    with pytest.raises(BadRequest):
        listing.parse(people.admin, ORDER, {"f.0.freight.gt": ["1"] * 21})
    with pytest.raises(BadRequest):
        listing.parse(people.admin, ORDER, {"q": ["a b c d e f g h i"]})


def test_a_hidden_a_secret_and_an_unknown_column_get_one_answer(people: Cast) -> None:
    def refusal(entity: str, column: str) -> str:
        with pytest.raises(BadRequest) as refused:
            listing.parse(
                people.frontdesk if entity == "product" else people.admin,
                named(entity),
                {f"f.0.{column}.filled": ["1"]},
            )
        return refused.value.message.replace(column, "…")

    assert refusal("product", "cost") == refusal("product", "nothing") == refusal("user", "password_hash")


def test_every_column_of_every_entity_has_its_operators_or_none_on_purpose() -> None:
    for entity in entities():
        for name, column in columns_of(entity).items():
            described: Column = column.info["column"]
            none = described.secret or described.kind in ("structure", "differences")
            assert bool(filters.operators(described)) != none, (
                f"{entity.entity}.{name}: give the kind {described.kind!r} a row in filters.OPERATORS"
            )
