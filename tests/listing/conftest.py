"""Orders for lists: few values, many of them equal or missing, at both shops."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from uuid import UUID

import pytest
import sqlalchemy as sa

import app.models  # noqa: F401  fills the registry
from app.core import db
from app.core.actor import Actor, system
from app.core.entity import Entity, named
from app.core.ids import uuid7
from app.services import records
from tests.cast import Cast
from tests.databases import Database

ORDER = named("order")


@dataclass(frozen=True)
class Made:
    """An order as it was put into the database."""

    location_id: UUID
    number: str = ""
    client_id: UUID | None = None
    state: str = "draft"
    ordered_on: dt.date | None = None
    shipped_on: dt.date | None = None
    freight: Decimal | None = None
    ship_name: str | None = None
    ship_city: str | None = None
    id: UUID = field(default_factory=uuid7)


Fill = Callable[[Sequence[Made]], None]


@pytest.fixture(scope="module")
def owning(database: Database) -> Iterator[sa.Engine]:
    """The database as its owner, for putting in what a test needs past every rule."""
    engine = sa.create_engine(database.owner_url)
    yield engine
    engine.dispose()


@pytest.fixture(scope="module")
def fill(owning: sa.Engine) -> Fill:
    """Makes the orders exactly these."""

    def put(made: Sequence[Made]) -> None:
        rows = [vars(one) | {"number": one.number or f"N-{one.id}"[:40]} for one in made]
        with owning.begin() as connection:
            connection.execute(sa.text("TRUNCATE orders CASCADE"))
            if rows:
                connection.execute(sa.insert(ORDER), rows)

    return put


@pytest.fixture(scope="module")
def people(database: Database) -> Cast:
    """The cast, resolved once for the module."""
    return Cast.met(database)


@pytest.fixture(scope="module")
def clients(people: Cast) -> dict[str, UUID]:
    """Clients by name."""
    return {
        name: records.create(system("tests"), named("client"), {"name": name}).id for name in ("anna", "Bert", "carla")
    }


@pytest.fixture(autouse=True)
def _let_go() -> Iterator[None]:
    yield
    db.release()


def ids_of(actor: Actor, entity: type[Entity], args: dict[str, str | list[str]]) -> set[UUID]:
    """Everything that a list shows for URL arguments, on however many pages."""
    from app.core import listing

    found: set[UUID] = set()
    query = listing.parse(
        actor, entity, {name: [value] if isinstance(value, str) else value for name, value in args.items()}
    )
    while True:
        page = listing.page(actor, entity, query)
        found |= {row.id for row in page.rows}
        if page.next is None:
            return found
        query = listing.parse(actor, entity, listing.url_args(query, after=page.next))
