"""Scans: what a scanned code stands for, and how it gets into a document that is still open."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.orm import Session

from app.core import access, db
from app.core.actor import Actor
from app.core.entity import Entity, document_of
from app.core.errors import Invalid, NotFound
from app.models.product import Product, ProductBarcode
from app.services import documents, operations, records
from app.services.stock import goods

NOTHING = Decimal(0)

LONGEST_CODE = 200

SIZES = ("quantity", "damaged_quantity")
"""Columns of lines that are filled by scanning; a line in which all of them say nothing goes away."""


@dataclass(frozen=True)
class Scanned:
    """The product behind a code.

    quantity   how many pieces the code stands for: 12 on a case of twelve
    """

    product: UUID
    name: str
    quantity: Decimal = Decimal(1)


@dataclass(frozen=True)
class Put:
    """What became of a document's line: how much of the product it says now, and by how much that is more or less."""

    product: UUID
    name: str
    quantity: Decimal
    change: Decimal


def read(actor: Actor, code: str, *, stocked: bool = True) -> Scanned:
    """The product of a barcode, else of a sku.

    stocked   refuse what is no longer active or has no stock

    Raises `NotFound` and `Invalid`, each with a sentence.
    """
    wanted = " ".join(code.split())
    if not wanted or len(wanted) > LONGEST_CODE:
        raise NotFound("Scan a code, or type one.")
    access.require(actor, Product, "see")
    with db.reading(actor) as session:
        found = (
            session.execute(_BY_BARCODE, {"code": wanted}).first() or session.execute(_BY_SKU, {"code": wanted}).first()
        )
    if found is None:
        raise NotFound(f"No product has the code {wanted[:40]}.")
    product = named_product(actor, found.id)
    if stocked:
        refuse_unstocked(product)
    return Scanned(product.id, product.name, found.quantity)


def named_product(actor: Actor, id: UUID | str) -> Product:
    """A product by its id. Raises `NotFound`."""
    return access.get(actor, Product, id)


def refuse_unstocked(product: Product) -> None:
    """Raise `Invalid` for what nobody can move."""
    problem = goods.problem_with(product, Decimal(1))
    if problem:
        raise Invalid({}, problem)


def put(
    actor: Actor,
    lines: type[Entity],
    document: UUID | str,
    product: UUID | str,
    *,
    by: Decimal | None = None,
    to: Decimal | None = None,
    column: str = "quantity",
    operation: UUID | None = None,
) -> Put:
    """Make a product's line in an open document more or less `by` a quantity, or set it `to` one; nothing left takes
    the line away.

    column   which of the line's quantities, one of `SIZES`

    Raises `NotFound`, `Forbidden`, `Closed` for a document that has gone on, `Invalid` for what can't be moved.
    """

    def work() -> Put:
        with db.transaction(actor, operation=operation) as session:
            if operation is not None:
                what = operations.fingerprint(
                    "put", lines.entity, str(document), str(product), str(by), str(to), column
                )
                known = operations.claim(session, actor, operation, what)
                if known is not None:
                    return _known(known)
            done = _put(actor, session, lines, document, product, by, to, column)
            if operation is not None:
                facts = {"product": done.product, "name": done.name, "quantity": done.quantity, "change": done.change}
                operations.finish(session, operation, facts)
            return done

    return documents.again_if_busy(work)


def _put(
    actor: Actor,
    session: Session,
    lines: type[Entity],
    document: UUID | str,
    product: UUID | str,
    by: Decimal | None,
    to: Decimal | None,
    column: str,
) -> Put:
    found = document_of(lines)
    assert found is not None, f"{lines.__name__} are no lines of a document"
    parent, link = found
    # Two who scan into the same document wait for each other here, so neither counts from an old number.
    record = access.get(actor, parent, document, to="change", lock=True)
    good = named_product(actor, product)
    line: Any = session.scalars(
        sa.select(lines)
        .where(lines.__table__.c[link] == record.id, lines.__table__.c.product_id == good.id)
        .execution_options(populate_existing=True)
    ).one_or_none()
    before = getattr(line, column) if line is not None else NOTHING
    after = to if to is not None else before + (by or NOTHING)
    if before and after and (before > 0) != (after > 0) and to is None:
        after = NOTHING  # taken back more than there was
    if after and abs(after) > abs(before):
        _refuse(good, after)
    if line is None and after:
        records.create(actor, lines, {link: record.id, "product_id": good.id, "quantity": NOTHING, column: after})
    elif line is not None and not after and not _others(line, column):
        records.remove(actor, lines, line.id, expected_version=line.version)
    elif line is not None and after != before:
        if after:
            _refuse(good, after)
        records.change(actor, lines, line.id, {column: after}, expected_version=line.version)
    return Put(good.id, good.name, after, after - before)


def _others(line: Any, column: str) -> bool:
    """Does another of the line's quantities say something?"""
    return any(getattr(line, name, None) for name in SIZES if name != column)


def _refuse(product: Product, quantity: Decimal) -> None:
    problem = goods.problem_with(product, quantity)
    if problem:
        raise Invalid({}, problem)


def _known(answer: Mapping[str, Any]) -> Put:
    return Put(
        UUID(str(answer["product"])),
        str(answer["name"]),
        Decimal(str(answer["quantity"])),
        Decimal(str(answer["change"])),
    )


# Exact first: what a scanner reads is what was stored. Letters of a sku are typed as they come.
_BY_BARCODE = (
    sa.select(ProductBarcode.product_id.label("id"), ProductBarcode.quantity)
    .where(ProductBarcode.barcode == sa.bindparam("code"))
    .limit(1)
)
_BY_SKU = (
    sa.select(Product.id, sa.literal(Decimal(1)).label("quantity"))
    .where(sa.func.lower(Product.sku) == sa.func.lower(sa.bindparam("code")))
    .order_by((Product.sku == sa.bindparam("code")).desc())
    .limit(1)
)
