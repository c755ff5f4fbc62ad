"""Courses: every document's steps in one place, for the doors that offer and take them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

from app.core.actor import Actor
from app.core.entity import Entity
from app.services import approvals, documents, store_reports
from app.services.documents import Done
from app.services.selling import orders, sales, shifts
from app.services.steps import Step
from app.services.warehouse import adjustments, counts, exceptions, purchasing, receipts, requests, transfers

STEPS: Mapping[str, Sequence[Step]] = dict.fromkeys(approvals.WISHES, approvals.STEPS) | {
    "adjustment": adjustments.STEPS,
    "goods_receipt": receipts.STEPS,
    "order": orders.STEPS,
    "purchase_order": purchasing.STEPS,
    "stock_count": counts.STEPS,
    "stock_exception": exceptions.STEPS,
    "sale": sales.STEPS,
    "shift": shifts.STEPS,
    "store_report": store_reports.STEPS,
    "stock_request": requests.STEPS,
    "transfer": transfers.STEPS,
}
"""Entity → the steps of its documents, the usual next one first."""


def steps_of(entity: type[Entity]) -> Sequence[Step]:
    """The steps of a kind of document; none for any other record."""
    return STEPS.get(entity.entity, ())


def open_to(actor: Actor, record: Entity) -> list[Step]:
    """The steps that this person may take with this document now."""
    return documents.open_to(actor, record, steps_of(type(record)))


def take(
    actor: Actor,
    entity: type[Entity],
    id: UUID | str,
    verb: str,
    given: Mapping[str, Any] | None = None,
    *,
    lines: Mapping[str, Mapping[str, Any]] | None = None,
    seen: str | None = None,
    operation: UUID | None = None,
) -> Done:
    """Take a step with a document, as `documents.take` says."""
    steps = steps_of(entity)
    return documents.take(actor, entity, id, steps, verb, given, lines=lines, seen=seen, operation=operation)
