"""Every word must occur, in any searched column that the person may see, at their own places."""

from __future__ import annotations

from uuid import UUID

import pytest

from app.core import access, listing, search, titles
from app.core.actor import system
from app.core.entity import named
from app.core.errors import BadRequest, Forbidden
from app.services import records
from tests.cast import Cast
from tests.listing.conftest import ORDER, Fill, Made, ids_of

TEXTS = {
    "river": ("Blue River", "Berlin"),
    "stone": ("Bluestone", "Rio"),
    "percent": ("100% wool", "a_b"),
    "accent": ("Müller Straße", "ZÜRICH"),
    "tokyo": ("東京タワー", ""),
    "empty": (None, None),
    "quote": ('O\'Brien \\ "co"', "x"),
}

SEARCHES: dict[str, set[str]] = {
    "blue": {"river", "stone"},
    "BLUE riv": {"river"},
    "river berlin": {"river"},
    "berlin river": {"river"},
    "luest": {"stone"},
    "ver": {"river"},
    "ri": {"river", "stone"},
    "b": {"river", "stone"},
    "rlin be": {"river"},
    "riverberlin": set(),
    "100%": {"percent"},
    "%": set(),
    "1_0": set(),
    "a_b": {"percent"},
    "müll": {"accent"},
    "MÜLL zürich": {"accent"},
    "京": {"tokyo"},
    "東京": {"tokyo"},
    "o'brien": {"quote"},
    "\\": {"quote"},
    "' or 1=1": set(),
    "   ": set(TEXTS),
    "zzz": set(),
}


@pytest.fixture(scope="module")
def texts(people: Cast, fill: Fill) -> dict[str, UUID]:
    made = {
        name: Made(people.north, number=f"#{turn}", ship_name=texts[0], ship_city=texts[1])
        for turn, (name, texts) in enumerate(TEXTS.items())
    }
    fill(list(made.values()))
    return {name: one.id for name, one in made.items()}


@pytest.mark.parametrize("term", SEARCHES)
def test_a_search_finds(people: Cast, texts: dict[str, UUID], term: str) -> None:
    wanted = {texts[name] for name in SEARCHES[term]}
    assert ids_of(people.admin, ORDER, {"q": term}) == wanted
    assert ids_of(people.north_clerk, ORDER, {"q": term}) == wanted
    assert ids_of(people.south_clerk, ORDER, {"q": term}) == set()


def test_a_search_looks_along_links(people: Cast) -> None:
    brand = records.create(system(), named("brand"), {"name": "Quellwasser"})
    product = records.create(
        system(), named("product"), {"sku": "QQ-1", "name": "Still", "price": "1", "brand_id": brand.id}
    )
    records.create(system(), named("product"), {"sku": "QQ-2", "name": "Loud", "price": "1"})
    assert ids_of(people.north_clerk, named("product"), {"q": "quellw"}) == {product.id}
    assert ids_of(people.north_clerk, named("product"), {"q": "quellw still"}) == {product.id}


def test_a_search_is_no_way_to_ask_for_hidden_columns(people: Cast) -> None:
    client = named("client")
    made = records.create(
        system(), client, {"name": "Paula Search", "phone": "+49 170 555123", "email": "paula@secret.example"}
    )
    assert ids_of(people.admin, client, {"q": "555123"}) == {made.id}
    hiding = next(
        actor
        for name, actor in people
        if access.may(actor, client, "see") and "phone" not in access.visible(actor, client)
    )
    assert ids_of(hiding, client, {"q": "paula"}) == {made.id}
    assert ids_of(hiding, client, {"q": "555123"}) == set()
    assert ids_of(hiding, client, {"q": "paula secret.example"}) == set()
    assert ids_of(hiding, client, {"q": "se"}) == {made.id}


def test_what_is_closed_can_not_be_searched(people: Cast) -> None:
    with pytest.raises(Forbidden):
        listing.parse(people.north_clerk, named("user"), {"q": ["admin"]})
    with pytest.raises(BadRequest):
        listing.parse(people.admin, ORDER, {"q": ["x" * 201]})


def test_secrets_are_in_no_index_and_in_no_title() -> None:
    sees = titles.seen_by(None)
    for name in ("user", "session", "api_token", "terminal"):
        entity = named(name)
        assert not {*search.columns(entity), *titles.columns(entity)} - set(sees(entity))
