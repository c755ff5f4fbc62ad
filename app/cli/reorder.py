"""`flask reorder`: what runs low becomes draft requests and orders, for a timer or by hand."""

from __future__ import annotations

from uuid import UUID

import click
import sqlalchemy as sa
from flask.cli import with_appcontext

from app.cli.connection import connected
from app.core import db
from app.core.actor import system
from app.models.location import Location
from app.models.product import Product
from app.models.supplier import Supplier
from app.services.steps import plain
from app.services.warehouse import reordering
from app.services.warehouse.reorder_drafts import Wish
from app.services.warehouse.reordering import Proposal

REORDER = system("flask reorder")


@click.command()
@click.option("--location", "code", help="Only for the location with this code.")
@click.option("--preview", is_flag=True, help="Say what would be reordered, and write nothing.")
@with_appcontext
def reorder(code: str | None, preview: bool) -> None:
    """Draft requests and orders for what has fallen to its reorder point, preferring what other locations can spare."""
    with connected():
        place = None if code is None else _place(code)
        found = reordering.preview(REORDER, place) if preview else reordering.propose(REORDER, place)
        for line in _told(found):
            click.echo(line)
        click.echo("Nothing was written." if preview else f"{len(found.documents)} drafts made.")


def _place(code: str) -> UUID:
    with db.reading(REORDER) as session:
        id = session.scalar(sa.select(Location.id).where(Location.code == code))
    if id is None:
        raise click.ClickException(f"No location has the code {code}.")
    return id


def _told(found: Proposal) -> list[str]:
    """A line for each need, in words."""
    with db.reading(REORDER) as session:
        tables = (Location.__table__, Product.__table__, Supplier.__table__)
        names: dict[UUID | None, str] = {
            row.id: row.name for table in tables for row in session.execute(sa.select(table.c.id, table.c.name))
        }

    def line(wish: Wish) -> str:
        goods = f"{names[wish.need.location]}: {plain(wish.quantity)} × {names[wish.need.product]}"
        if not wish.donor and not wish.supplier:
            return f"{goods}, and nobody to get it from"
        return f"{goods} from {names[wish.donor or wish.supplier]}"

    return [line(wish) for wish in (*found.transfers, *found.purchases, *found.unmet)]
