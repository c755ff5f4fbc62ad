"""A shop to move stock in: products, full shelves, documents, and what the database says of them afterwards."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from decimal import Decimal
from itertools import count
from typing import Any
from uuid import UUID

import sqlalchemy as sa

from app.core import db
from app.core.actor import Actor, system
from app.core.entity import Entity, named
from app.services import courses, records
from app.services.documents import Done
from app.services.records import Line
from app.services.stock import ledger
from app.services.stock.ledger import Move, Place
from tests.seeds.test_demo import WRONG_LEVELS

SYSTEM = system("tests")

_turn = count(1)


def product(name: str = "Good", **given: Any) -> UUID:
    """A product that is stocked and sold; each has its own sku."""
    turn = next(_turn)
    values = {"sku": f"S-{turn:05}", "name": f"{name} {turn}", "price": "10", "cost": "4", "tracks_stock": True} | given
    return records.create(SYSTEM, named("product"), values).id


def reason(name: str = "Why", **given: Any) -> UUID:
    """A reason for either direction that asks for nothing."""
    values = {"name": f"{name} {next(_turn)}", "direction": "both"} | given
    return records.create(SYSTEM, named("reason"), values).id


def stock_up(place: UUID, good: UUID, quantity: str | int, cost: str = "4") -> None:
    """Put goods on a location's shelf, as a supplier would."""
    move = Move(good, Place("supplier", place), Place("shelf", place), Decimal(str(quantity)), Decimal(cost))
    ledger.move(SYSTEM, [move])


def document(actor: Actor, entity: str, lines: Mapping[str, Sequence[Mapping[str, Any]]], **given: Any) -> Entity:
    """A draft as a person makes it in its form; `lines` is child entity → the lines' values."""
    grids = {name: [Line(values) for values in rows] for name, rows in lines.items()}
    return records.create(actor, named(entity), given, children=grids)


def draft(actor: Actor, entity: str, *goods: tuple[UUID, Any], **given: Any) -> Entity:
    """A draft with a line for each (product, quantity)."""
    lines = [{"product_id": good, "quantity": str(quantity)} for good, quantity in goods]
    return document(actor, entity, {f"{entity}_line": lines}, **given)


def take(
    actor: Actor,
    record: Entity,
    verb: str,
    given: Mapping[str, Any] | None = None,
    *,
    lines: Mapping[UUID, Mapping[str, Any]] | None = None,
    **how: Any,
) -> Done:
    """Take a step with a document, as its page does."""
    by_id = {str(id): values for id, values in (lines or {}).items()}
    return courses.take(actor, type(record), record.id, verb, given, lines=by_id, **how)


def look(statement: str, **facts: Any) -> Any:
    """The first row of a query, past every rule."""
    with db.reading(SYSTEM) as session:
        found = session.execute(sa.text(statement), facts).first()
        session.rollback()
    return found


def level(place: UUID, good: UUID, kind: str = "shelf") -> tuple[Decimal, Decimal, Decimal]:
    """On hand, reserved and available; nothing where there is no level yet."""
    found = look(
        "SELECT coalesce(sum(on_hand), 0) AS on_hand, coalesce(sum(reserved), 0) AS reserved,"
        " coalesce(sum(available), 0) AS available"
        " FROM stock_levels WHERE location_id = :place AND product_id = :good AND kind = :kind",
        place=place,
        good=good,
        kind=kind,
    )
    return (found.on_hand, found.reserved, found.available)


def on_shelf(place: UUID, good: UUID) -> Decimal:
    """How much of a product lies on a location's shelf."""
    return level(place, good)[0]


def state(record: Entity) -> str:
    """Where a document stands now."""
    table, column = type(record).__tablename__, type(record).screen.state
    return str(look(f"SELECT {column} AS state FROM {table} WHERE id = :id", id=record.id).state)


def line_ids(entity: str, link: str, record: Entity) -> list[UUID]:
    """The lines of a document, in the order in which they were added."""
    return line_ids_of(entity, link, record.id)


def line_ids_of(entity: str, link: str, document: UUID) -> list[UUID]:
    """The same by the document's id."""
    with db.reading(SYSTEM) as session:
        table = named(entity).__table__
        ids = list(session.scalars(sa.select(table.c.id).where(table.c[link] == document).order_by(table.c.id)))
        session.rollback()
    return ids


def wrong_levels() -> list[Any]:
    """Levels that aren't the sum of their moves, that miss a number, or that promise more than there is."""
    with db.reading(SYSTEM) as session:
        found = list(session.execute(sa.text(WRONG_LEVELS)))
        session.rollback()
    return found
