"""Volume for measuring is a shop like any other, only larger: its stock adds up, and it comes to nobody's clients."""

from __future__ import annotations

import pytest

from app.core import access
from app.core.actor import system
from app.core.entity import named
from app.core.errors import HasClients
from app.services import records, volume
from app.services.volume import Size
from tests.databases import Database
from tests.seeds.conftest import ask, count, everything
from tests.seeds.test_demo import WRONG_LEVELS

SMALL = Size(locations=5, clients=300, moves=1_000)


def test_it_has_its_size_and_every_level_is_the_sum_of_its_moves(empty: Database) -> None:
    assert len(list(volume.fill(empty.owner_url, SMALL))) == volume.STEPS
    assert (count(empty, "stock_moves"), count(empty, "clients"), count(empty, "locations")) == (1_000, 300, 5)
    assert ask(empty, WRONG_LEVELS) == []


def test_the_change_feed_is_on_again_afterwards(empty: Database) -> None:
    list(volume.fill(empty.owner_url, SMALL))
    before = count(empty, "changes")
    client = ask(empty, "SELECT id, version FROM clients LIMIT 1")[0]
    with_name = records.change(system("test"), named("client"), str(client[0]), {"name": "New"}, expected_version=1)
    assert with_name.version == 2
    assert count(empty, "changes") == before + 1
    assert access.get(system("test"), named("client"), with_name.id).name == "New"


def test_a_database_with_clients_is_left_alone(empty: Database) -> None:
    records.create(system("test"), named("client"), {"name": "Somebody"})
    before = everything(empty)
    with pytest.raises(HasClients):
        list(volume.fill(empty.owner_url, SMALL))
    assert everything(empty) == before


def test_an_interrupted_run_leaves_nothing(empty: Database) -> None:
    before = everything(empty)
    run = volume.fill(empty.owner_url, SMALL)
    for _ in range(6):
        next(run)
    run.close()
    assert everything(empty) == before
    assert ask(empty, "SELECT DISTINCT tgenabled FROM pg_trigger WHERE NOT tgisinternal") == [("O",)]
