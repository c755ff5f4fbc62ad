"""Receipts: what was sold or came back, for the client, on the screen and on a narrow printer."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from flask.typing import ResponseReturnValue

from app.core import access, db, entity, rows
from app.core.actor import Actor
from app.core.entity import columns_of
from app.identity import current_actor
from app.models.client import Client
from app.models.loyalty import LoyaltyEntry
from app.models.product import Product
from app.models.sale import Payment, Sale, SaleLine
from app.models.service import Service
from app.models.staff import Staff
from app.services import courses, documents
from app.views import paths
from app.views.work import door, labels
from app.views.work.door import blueprint


@blueprint.get("/sell/<id>")
def receipt(id: str) -> ResponseReturnValue:
    """The receipt of a sale, made to be printed."""
    actor = current_actor()
    sale = door.document(actor, Sale, id, "location_id", "see")
    with db.reading(actor) as session:
        parts = documents.lines_of(session, SaleLine, sale)
        payments = documents.lines_of(session, Payment, sale)
        names = names_of(session, parts)
        servers = _names(session, Staff, {line.staff_id for line in parts}) if access.may(actor, Staff, "see") else {}
        back_of = rows.title_of(session, Sale, sale.refund_of_id) if sale.refund_of_id else ""
        points = _points(actor, session, sale)
        client = (
            rows.title_of(session, Client, sale.client_id)
            if sale.client_id and access.may(actor, Client, "see")
            else ""
        )
    ways = {one.value: one.label for one in columns_of(Payment)["method"].info["column"].choices}
    return door.page(
        "receipt",
        sale=sale,
        place=door.names(actor, {sale.location_id}).get(sale.location_id, ""),
        lines=[(line, names.get(line.id, "")) for line in parts],
        payments=[(one, "Change" if one.amount < 0 else ways.get(one.method, one.method)) for one in payments],
        client=client,
        servers=servers,
        points=points,
        back_of=back_of,
        bars=labels.bars(sale.number) if sale.number else "",
        may_refund=any(step.verb == "refund" for step in courses.open_to(actor, sale)),
        url=paths.of_record(Sale, sale.id),
    )


def _points(actor: Actor, session: Any, sale: Sale) -> int:
    """The points that a sale brought its client, or that a refund took back."""
    if not access.may(actor, LoyaltyEntry, "see"):
        return 0
    return int(session.scalar(sa.select(sa.func.sum(LoyaltyEntry.points)).where(LoyaltyEntry.sale_id == sale.id)) or 0)


def names_of(session: Any, parts: Sequence[SaleLine]) -> dict[UUID, str]:
    """Line → what was sold."""
    goods = _names(session, Product, (line.product_id for line in parts))
    services = _names(session, Service, (line.service_id for line in parts))
    return {line.id: goods.get(line.product_id) or services.get(line.service_id) or "" for line in parts}


def _names(session: Any, cls: type[entity.Entity], ids: Any) -> dict[UUID | None, str]:
    wanted = {id for id in ids if id is not None}
    table = cls.__table__
    return {
        row.id: row.name for row in session.execute(sa.select(table.c.id, table.c.name).where(table.c.id.in_(wanted)))
    }
