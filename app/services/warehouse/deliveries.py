"""Deliveries: the receipt that people fill at the door, scan by scan, one at a time for each order."""

from __future__ import annotations

from uuid import UUID

from app.core import access, db
from app.core.actor import Actor
from app.core.errors import WrongState
from app.models.goods_receipt import GoodsReceipt
from app.models.purchase_order import PurchaseOrder
from app.services import documents, records
from app.services.warehouse import purchasing

AWAITED = ("ordered", "partly_received")
"""States of an order that goods can come for."""


def begin(actor: Actor, order: UUID | str, *, operation: UUID | None = None) -> GoodsReceipt:
    """An empty receipt for an order, or the one that is being counted for it already.

    Raises `NotFound`, `Forbidden`, `WrongState` when nothing of the order is awaited.
    """

    def work() -> GoodsReceipt:
        with db.transaction(actor):
            # Held, so that two who begin at once count into the same receipt.
            held = purchasing.awaiting(actor, access.get(actor, PurchaseOrder, order, to="receive").id)
            if held.state not in AWAITED:
                title, state = documents.title(held), documents.state_words(held)
                raise WrongState(title=title, state=state, done="received")
            found = purchasing.being_counted(actor, held)
            if found is not None:
                return found
            given = {"supplier_id": held.supplier_id, "location_id": held.location_id, "purchase_order_id": held.id}
            return records.create(actor, GoodsReceipt, given, operation=operation)

    return documents.again_if_busy(work)
