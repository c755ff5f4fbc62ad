"""A batch of changes as records: each once, at its last version, with everybody whom one of its changes concerned."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from app.core.audience import about
from app.services.feed.changes import Change


@dataclass(frozen=True)
class Touched:
    """One record in a batch, however often it changed there.

    version   of its last change
    audience  everybody whom one of its changes concerned, before or after
    columns   what its changes touched; empty for a record that was made or removed
    moved     it concerns others than before
    about     for what hangs on another record: the name of that record's entity, if the change says so
    """

    id: UUID
    version: int
    audience: frozenset[UUID]
    columns: frozenset[str] = frozenset()
    moved: bool = False
    made: bool = False
    actor_id: UUID | None = None
    source: str = ""
    at: datetime | None = None
    about: str | None = None


def coalesce(changes: Iterable[Change]) -> dict[str, dict[UUID, Touched]]:
    """Each record once per entity: the last version wins, and nobody whom one of the changes concerned is forgotten."""
    found: dict[str, dict[UUID, Touched]] = {}
    for change in sorted(changes, key=lambda change: (change.version, change.seq)):
        records = found.setdefault(change.entity, {})
        before = records.get(change.record_id)
        records[change.record_id] = Touched(
            id=change.record_id,
            version=change.version,
            audience=change.before | change.after | (before.audience if before else frozenset()),
            columns=(frozenset(change.diff) if change.op == "update" else frozenset())
            | (before.columns if before else frozenset()),
            moved=(change.op == "update" and change.before != change.after) or bool(before and before.moved),
            made=change.op == "insert" or bool(before and before.made),
            actor_id=change.actor_id,
            source=change.source,
            at=change.at,
            about=about(change) or (before.about if before else None),
        )
    return found
