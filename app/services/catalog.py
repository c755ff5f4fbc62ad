"""The catalog at the scanner: which product a code stands for."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from uuid import UUID

import sqlalchemy as sa

from app.core import access, db
from app.core.actor import Actor
from app.core.errors import NotStocked, UnknownCode
from app.models.product import Product, ProductBarcode

ONE = Decimal(1)


@dataclass(frozen=True)
class Scanned:
    """What was scanned. `counts_as` is how many units the code stands for: 12 for a case of twelve."""

    product: UUID
    name: str
    sku: str
    unit: str
    counts_as: Decimal = ONE


def by_barcode(actor: Actor, code: str, *, sold: bool = False) -> Scanned:
    """The product with exactly this barcode, else with this SKU.

    sold   it is to be sold, so it needn't be one that is kept in stock

    Raises `UnknownCode`, and `NotStocked` for a product that is no longer active or never counted.
    """
    code = code.strip()
    with db.reading(actor) as session:
        by_code = (
            access.select(actor, Product)
            .join(ProductBarcode, ProductBarcode.product_id == Product.id)
            .where(ProductBarcode.barcode == code)
            .add_columns(ProductBarcode.quantity)
        )
        row = session.execute(by_code).first()
        if row is None:
            by_sku = access.select(actor, Product).where(Product.sku == code).add_columns(sa.literal(ONE))
            row = session.execute(by_sku).first()
    if row is None:
        raise UnknownCode(scanned=code)
    product, counts_as = row
    if not product.active:
        raise NotStocked(product=product.name, why="is no longer active")
    if not product.tracks_stock and not sold:
        raise NotStocked(product=product.name, why="is not kept in stock")
    return Scanned(product.id, product.name, product.sku, product.unit, counts_as)
