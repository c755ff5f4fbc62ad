"""The moments beside a moment of a record's past: where it had last been something else, and where it is so next."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, Final
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.orm import Session

from app.core import access, audience, db
from app.core.actor import Actor, system
from app.core.entity import Entity
from app.services.feed import changes, days
from app.services.feed.changes import Change
from app.services.feed.days import Stretch
from app.services.history import walking

INSTANT: Final = dt.timedelta(microseconds=1)

_KEEPER: Final = system("history")


@dataclass(frozen=True)
class Beside:
    """Where to go from a moment of a record's past.

    earlier   just before its last change until then; None where it wasn't there, or wasn't the actor's to see
    later     its next change; None where it isn't there after that
    made      the next change makes the record
    deleted   the last one deleted it
    """

    earlier: dt.datetime | None
    later: dt.datetime | None
    made: bool
    deleted: bool


def beside(actor: Actor, entity: type[Entity], id: UUID, moment: dt.datetime) -> Beside:
    """The moments next to one, as far as the record was there at them, and for the actor to see."""
    access.require(actor, entity, "see")
    facts = {"entity": entity.entity, "id": id, "moment": moment, "open": walking.open_columns(actor, entity)}
    with db.reading(actor) as session:
        last = _nearest(session, facts, days.back(until=moment), "at <= :moment", "DESC")
        next = _nearest(session, facts, days.forth(since=moment), "at > :moment", "ASC")
        about = audience.abouts(session, [change for change in (last, next) if change]).get(id)
    was = last is not None and last.op != "insert" and audience.sees(actor, entity, last.before, about)
    will = next is not None and next.op != "delete" and audience.sees(actor, entity, next.after, about)
    return Beside(
        # A moment shows what was done until then: just before a change lies what had been before it.
        last.at - INSTANT if last and was else None,
        next.at if next and will else None,
        next is not None and next.op == "insert",
        last is not None and last.op == "delete",
    )


_FIRST = "SELECT at FROM changes WHERE at >= '{since}' AND at < '{until}' ORDER BY seq LIMIT 1"


def beginning(moment: dt.datetime) -> dt.datetime | None:
    """When the history begins, of whoever's records, if that is only after a moment."""
    now = dt.datetime.now(dt.UTC)
    with db.reading(_KEEPER) as session:
        for since, until in days.forth(since=changes.kept_since(now)):
            statement = sa.text(_FIRST.format(since=since.isoformat(), until=until.isoformat()))
            found: dt.datetime | None = session.scalar(statement)
            if found is not None:
                return found if found > moment else None
    return None


_NEAREST = (
    f"SELECT {changes.READ} FROM changes WHERE entity = :entity AND record_id = :id AND {{side}}"
    " AND at >= '{since}' AND at < '{until}' AND (op <> 'update' OR diff ?| CAST(:open AS text[])) ORDER BY seq {way} LIMIT 1"
)


def _nearest(
    session: Session, facts: dict[str, Any], stretches: Iterable[Stretch], side: str, way: str
) -> Change | None:
    for since, until in stretches:
        statement = _NEAREST.format(side=side, since=since.isoformat(), until=until.isoformat(), way=way)
        found = session.execute(sa.text(statement), facts).first()
        if found is not None:
            return changes.of_row(found)
    return None
