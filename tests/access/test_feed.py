"""The feed and the sockets tell of every entity to those whom it concerns, and not a byte to anyone else."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from uuid import UUID

import pytest

import app.models  # noqa: F401  fills the registry
from app.core.entity import Entity, entities
from tests.access import oracle
from tests.cast import PEOPLE, Cast
from tests.databases import Database
from tests.factory import making
from tests.realtime.site import Browser, Page, serving, until

EVERY = [cls for cls in entities() if cls.captured]
each_entity = pytest.mark.parametrize("entity", EVERY, ids=lambda cls: cls.entity)


@dataclass(frozen=True)
class Told:
    """What was made at each shop, and what each person then heard, by socket and by asking the feed."""

    made: dict[tuple[str, str], UUID]
    by_socket: dict[str, str]
    by_feed: dict[str, str]


@pytest.fixture(scope="module")
def told(database: Database, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Told]:
    met = Cast.met(database)
    with serving(database, tmp_path_factory.mktemp("site")) as site:
        people = {name: Browser(site.address, name) for name in PEOPLE}
        start = people["admin"].get("/api/v1/changes").json()["cursor"]
        names = [cls.entity for cls in EVERY]
        # A page follows at most 50 entities, so each person has two open.
        pages = {
            name: [Page(site.address, browser.cookie, some).open() for some in (names[:40], names[40:])]
            for name, browser in people.items()
        }
        made: dict[tuple[str, str], UUID] = {}
        for place, id in (("North", met.north), ("South", met.south)):
            for entity in EVERY:
                # Each in a transaction of its own, so that no storm sums them up.
                with making(database, id, met.elsewhere) as factory:
                    made[entity.entity, place] = factory.make(entity).id
        last = made[EVERY[-1].entity, "South"]
        until(lambda: str(last) in heard(pages["admin"]), 60, why="the admin was not told of the last record")
        yield Told(
            made,
            {name: heard(opened) for name, opened in pages.items()},
            {name: feed_of(browser, start) for name, browser in people.items()},
        )
        for opened in pages.values():
            for page in opened:
                page.close()


def heard(pages: list[Page]) -> str:
    """Everything that a person's pages were sent."""
    return " ".join(page.text() for page in pages)


def feed_of(browser: Browser, cursor: str) -> str:
    """All pages of the feed since the cursor, as text."""
    said = []
    more = True
    while more:
        answer = browser.get(f"/api/v1/changes?after={cursor}&limit=500").json()
        said += answer["changes"]
        cursor, more = answer["cursor"], answer["more"]
    return json.dumps(said)


@each_entity
@pytest.mark.parametrize("name", list(PEOPLE))
def test_nobody_hears_of_what_is_not_theirs(entity: type[Entity], name: str, told: Told) -> None:
    for place in ("North", "South"):
        if not oracle.may(name, entity, "see", place):
            id = str(told.made[entity.entity, place])
            assert id not in told.by_socket[name], f"{name}'s socket told of {entity.entity} at {place}"
            assert id not in told.by_feed[name], f"the feed told {name} of {entity.entity} at {place}"


@each_entity
@pytest.mark.parametrize("name", list(PEOPLE))
def test_everybody_hears_of_what_is_theirs(entity: type[Entity], name: str, told: Told) -> None:
    for place in ("North", "South"):
        if oracle.may(name, entity, "see", place):
            id = str(told.made[entity.entity, place])
            assert id in told.by_feed[name], f"the feed kept {entity.entity} at {place} from {name}"
            assert id in told.by_socket[name], f"{name}'s socket kept {entity.entity} at {place} back"


def test_a_closed_entity_looks_like_none(database: Database, tmp_path: Path) -> None:
    with serving(database, tmp_path) as site:
        nobody = Browser(site.address, "nobody")
        closed, unknown = nobody.get("/api/v1/changes?entity=product"), nobody.get("/api/v1/changes?entity=unicorn")
        assert closed.status_code == unknown.status_code == 400
        assert closed.json() == unknown.json()
