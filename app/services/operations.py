"""An operation happens once: a write that is sent again gets the first answer, and does nothing."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.orm import Session

from app.core.actor import Actor
from app.core.errors import Busy, OperationReused

_FIND = sa.text("SELECT same, answer FROM backroom.receipt(:id, :hash)")
_FIND_ALL = sa.text("SELECT id, actor_id, payload_hash, answer FROM operations WHERE id = ANY (:ids)")
_KEEP = sa.text(
    "INSERT INTO operations (id, actor_id, payload_hash, answer) VALUES (:id, :actor, :hash, CAST(:answer AS jsonb))"
    " ON CONFLICT (id) DO NOTHING RETURNING id"
)


def fingerprint(*facts: Any) -> str:
    """A hash of what a write is to do, equal for equal payloads."""
    return hashlib.sha256(json.dumps(facts, sort_keys=True, default=str).encode()).hexdigest()


def claim(session: Session, actor: Actor, id: UUID, payload: str) -> Mapping[str, Any] | None:
    """Begin the operation in this transaction; the stored answer when it has been done before.

    Who gets no answer does it and calls `finish`. A second sender of the same id waits here until the first has
    committed or rolled back. Raises `OperationReused` when the id was used for something else, or by someone else.
    """
    known = session.execute(_FIND, {"id": id, "hash": payload}).one_or_none()
    if known is None:
        session.info.setdefault("claimed", {})[id] = (actor, payload)
        return None
    if not known.same:
        raise OperationReused()
    answer: Mapping[str, Any] = known.answer or {}
    return answer


def take(session: Session, actor: Actor, id: UUID, payload: str) -> None:
    """Make an id this actor's, for what is done under it piece by piece, each piece with a receipt of its own.

    Raises `OperationReused` as `claim` does.
    """
    if claim(session, actor, id, payload) is None:
        finish(session, id, {})


def finish(session: Session, id: UUID, answer: Mapping[str, Any]) -> None:
    """Note down the operation that was claimed with its answer, in the same transaction as its effect."""
    actor, payload = session.info["claimed"].pop(id)
    keep(session, actor, id, payload, answer)


def answers(session: Session, actor: Actor, payloads: Mapping[UUID, str]) -> dict[UUID, Mapping[str, Any]]:
    """The stored answers of those of many operations that have been done before, in one look.

    Who asks this first writes each with `keep`. Raises `OperationReused` as `claim` does.
    """
    found = session.execute(_FIND_ALL, {"ids": list(payloads)}).all()
    if any(one.actor_id != actor.id or one.payload_hash != payloads[one.id] for one in found):
        raise OperationReused()
    return {one.id: one.answer or {} for one in found}


def keep(session: Session, actor: Actor, id: UUID, payload: str, answer: Mapping[str, Any]) -> None:
    """Note down an operation with its answer at the end of the transaction that did it.

    Raises `Busy` when somebody has done it meanwhile: what was done here is rolled back, and asked for again it has
    their answer.
    """
    facts = {"id": id, "actor": actor.id, "hash": payload, "answer": json.dumps(answer, default=str)}
    if session.execute(_KEEP, facts).first() is None:
        raise Busy()
