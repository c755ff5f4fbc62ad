"""Northwind: the well-known sample shop of a food trader, loaded through the same services that people use."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from app.core import db
from app.core.actor import Actor
from app.services.northwind import company, people, shop_file, trade
from app.services.northwind.ground import Ground
from app.services.northwind.report import Report

Told = Callable[[str, int, int], None]
"""Is told what is being loaded, how many rows of it are done, and of how many."""


def load(actor: Actor, path: Path, *, told: Told = lambda kind, done, total: None) -> Report:
    """Load the shop in `path`: all of it or, when something is wrong with the file, nothing.

    A row is known again by its key, so a second run adds nothing and leaves alone what people changed since. Raises
    `BadShopFile` with the row that doesn't fit.
    """
    shop = shop_file.read(path)
    with db.transaction(actor) as session:
        ground = Ground(actor, session, shop, Report(), told)
        for load_kind in KINDS:
            load_kind(ground)
    return ground.report


KINDS = (
    company.load_regions,
    company.load_categories,
    company.load_suppliers,
    company.load_products,
    people.load_customers,
    people.load_employees,
    trade.load_orders,
)
"""In the order in which they point to each other."""
