"""Find: what a thing in the hand is, where it stands, and how much of it there is, here and elsewhere."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from uuid import UUID

import sqlalchemy as sa
from flask import current_app, jsonify, request
from flask.typing import ResponseReturnValue

from app.core import access, db, entity, picking
from app.core.actor import Actor
from app.core.errors import NotFound
from app.identity import current_actor
from app.models.location import Location
from app.models.product import Product, ProductBarcode
from app.models.stock_account import KINDS, StockAccount, StockLevel
from app.models.stock_move import StockMove
from app.models.stock_rule import StockRule
from app.services import documents
from app.services.warehouse import scans
from app.views import paths
from app.views.work import door
from app.views.work.door import blueprint

LAST_MOVES = 8

MOST_OFFERS = 8

LIVE = ("stock_level", "stock_rule", "product")


@dataclass(frozen=True)
class Stand:
    """A product at one location: how much of it, and where on the shelf."""

    location: UUID
    name: str
    on_hand: Decimal
    reserved: Decimal
    available: Decimal
    place: str
    here: bool


@dataclass(frozen=True)
class Moved:
    """One move of a product over the shelf of this location, as a person reads it."""

    change: Decimal
    words: str
    at: datetime
    by: str
    url: str
    document: str


@blueprint.get("/find/")
def find_start() -> ResponseReturnValue:
    """The scan box, waiting."""
    actor = current_actor()
    access.require(actor, Product, "see")
    return door.page("find", live=_live(actor), product=None)


@blueprint.get("/find/<id>")
def find_product(id: str) -> ResponseReturnValue:
    """One product."""
    actor = current_actor()
    product = access.get(actor, Product, id)
    place = door.here(actor)
    stands = levels(actor, product.id, place.id if place else None)
    with db.reading(actor) as session:
        barcodes = list(
            session.scalars(
                sa.select(ProductBarcode.barcode).where(ProductBarcode.product_id == product.id).order_by("barcode")
            )
        )
    return door.page(
        "find",
        live=_live(actor),
        product=product,
        picture=picture(product.id, product.picture),
        barcodes=barcodes,
        url=paths.of_record(Product, product.id),
        sees_stock=access.may(actor, StockLevel, "see"),
        place=place,
        mine=next((one for one in stands if one.here), None),
        others=[one for one in stands if not one.here],
        moves=moves(actor, product.id, place.id) if place else [],
        labels="work.labels" in current_app.view_functions,
    )


def _live(actor: Actor) -> tuple[str, ...]:
    return LIVE if access.may(actor, StockLevel, "see") else ("product",)


@blueprint.get("/code")
def code() -> ResponseReturnValue:
    """Which product a scanned code stands for; for letters, those that are called so."""
    actor = current_actor()
    typed = request.args.get("code", "")
    try:
        found = scans.read(actor, typed, stocked=False)
    except NotFound as error:
        return jsonify(error="not_found", message=error.message, offers=offers(actor, typed)), 404
    return jsonify(id=str(found.product), name=found.name, quantity=documents.plain(found.quantity))


def offers(actor: Actor, typed: str) -> list[dict[str, str]]:
    """Products whose name holds what was typed, for those who type a word instead of scanning a code."""
    term = typed.strip()[: scans.LONGEST_CODE]
    if len(term) < 2 or not any(letter.isalpha() for letter in term):
        return []
    found = picking.pick(actor, Product, term, limit=MOST_OFFERS)
    return [{"id": str(one.id), "title": one.title, "code": one.subtitle} for one in found]


def picture(id: UUID, key: str | None) -> str:
    """The address of a product's small picture; empty where there is none."""
    return f"{paths.of_file(Product, id, 'picture')}?small=1&v={key[-12:]}" if key else ""


def levels(actor: Actor, product: UUID, here: UUID | None) -> list[Stand]:
    """The product on the shelf of each of the person's locations, this one first."""
    if not access.may(actor, StockLevel, "see"):
        return []
    level, rule, place = StockLevel.__table__, StockRule.__table__, Location.__table__
    same = sa.and_(rule.c.location_id == level.c.location_id, rule.c.product_id == level.c.product_id)
    statement = (
        sa.select(level.c.location_id, place.c.name, level.c.on_hand, level.c.reserved, level.c.available, rule.c.place)
        .select_from(level.join(place, place.c.id == level.c.location_id).outerjoin(rule, same))
        .where(level.c.product_id == product, level.c.kind == "shelf")
        .order_by((level.c.location_id == here).desc() if here else place.c.name, place.c.name)
    )
    with db.reading(actor) as session:
        return [
            Stand(row.location_id, row.name, row.on_hand, row.reserved, row.available, row.place or "",
                  row.location_id == here)
            for row in session.execute(statement)
        ]  # fmt: skip


def moves(actor: Actor, product: UUID, here: UUID) -> Sequence[Moved]:
    """The last moves over this location's shelf, the newest first; none for those who may not see the ledger."""
    if not access.may(actor, StockMove, "see"):
        return []
    move, source, target = (StockMove.__table__, StockAccount.__table__.alias("s"), StockAccount.__table__.alias("t"))
    out = sa.and_(source.c.kind == "shelf", source.c.location_id == here)
    into = sa.and_(target.c.kind == "shelf", target.c.location_id == here)
    statement = (
        sa.select(
            move.c.quantity,
            move.c.effective_at,
            move.c.document,
            move.c.document_id,
            source.c.kind.label("source"),
            target.c.kind.label("target"),
            out.label("out"),
            sa.text("p.name AS by"),
        )
        .select_from(
            move.join(source, source.c.id == move.c.from_account_id)
            .join(target, target.c.id == move.c.to_account_id)
            .outerjoin(sa.text("people p"), sa.text("p.id = stock_moves.moved_by_id"))
        )
        .where(move.c.product_id == product, sa.or_(out, into))
        .order_by(move.c.id.desc())
        .limit(LAST_MOVES)
    )
    with db.reading(actor) as session:
        return [_moved(row) for row in session.execute(statement)]


_WORDS = {kind: label for kind, label, _ in KINDS}


def _moved(row: sa.Row) -> Moved:
    change = -row.quantity if row.out else row.quantity
    words = f"to {_WORDS[row.target].lower()}" if row.out else f"from {_WORDS[row.source].lower()}"
    cls = entity.named(row.document) if row.document else None
    url = paths.of_record(cls, row.document_id) if cls is not None and row.document_id else ""
    return Moved(change, words, row.effective_at, row.by or "", url, entity.label_of(cls) if cls is not None else "")
