"""Whose access a batch of changes may have changed: they are asked again before anything else is told."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from uuid import UUID

from app.core.entity import Entity, named
from app.core.errors import NotFound
from app.services.feed.changes import Change


@dataclass(frozen=True)
class Doubt:
    """Whose access a batch may have changed.

    users     these; `None` for everybody: who holds a role would have to be looked up, so all are asked again
    sessions  sign-ins that changed: perhaps they ended
    """

    users: frozenset[UUID] | None = frozenset()
    sessions: frozenset[UUID] = frozenset()

    def __bool__(self) -> bool:
        return self.users is None or bool(self.users or self.sessions)

    def covers(
        self, user_id: UUID | None, session_id: UUID | None, standing_in_for: frozenset[UUID] = frozenset()
    ) -> bool:
        """Must this person's access be asked again?

        standing_in_for   people whose decisions they take at present: they hold no more of them than those do
        """
        if self.users is None or user_id in self.users or session_id in self.sessions:
            return True
        return not self.users.isdisjoint(standing_in_for)


WHOSE = {"delegation": "to_user_id"}
"""The column of a record about access that names the person it is about, where it isn't `user_id`."""


def raised_by(changes: Iterable[Change]) -> Doubt:
    """Whose access must be asked again before anything else of this batch is told."""
    users: set[UUID] = set()
    sessions: set[UUID] = set()
    for change in changes:
        cls = _named(change.entity)
        if change.entity == "session":
            sessions.add(change.record_id)
        elif change.entity == "user":
            users.add(change.record_id)
        elif cls is not None and cls.rules_access:
            said = change.diff.get(WHOSE.get(change.entity, "user_id"))
            if said is None:
                return Doubt(None)
            users.update(UUID(str(id)) for id in (said if isinstance(said, list) else [said]) if id)
    return Doubt(frozenset(users), frozenset(sessions))


def _named(name: str) -> type[Entity] | None:
    try:
        return named(name)
    except NotFound:
        return None
