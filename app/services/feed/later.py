"""Later: who did what to records after something had been done to them, of many records in one look."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.orm import Session

from app.services.feed import days


@dataclass(frozen=True)
class Later:
    """One later change of a record; `columns` are those that an update touched."""

    version: int
    at: dt.datetime
    by: str
    op: str
    columns: frozenset[str]


# The bound is literal for the planner's sake: it leaves out the days before.
_LATER = """
SELECT c.record_id, c.version, c.at, c.op, c.columns,
       coalesce(p.name, CASE c.source WHEN 'sql' THEN 'The database' ELSE 'Backroom' END) AS by_name
FROM unnest(CAST(:ids AS uuid[]), CAST(:versions AS integer[])) AS asked (id, version)
CROSS JOIN LATERAL (
    SELECT f.seq, f.record_id, f.version, f.at, f.op, f.actor_id, f.source,
           CASE f.op WHEN 'update' THEN ARRAY(SELECT jsonb_object_keys(f.diff)) ELSE ARRAY[]::text[] END AS columns
    FROM changes f
    WHERE f.entity = :entity AND f.record_id = asked.id AND f.version > asked.version
      AND f.at >= '{since}' AND f.at < '{until}'
    ORDER BY f.seq DESC LIMIT :most
) c
LEFT JOIN people p ON p.id = c.actor_id
ORDER BY c.seq DESC
"""


def of_records(
    session: Session, entity: str, after: Mapping[UUID, int], *, since: dt.datetime, most: int
) -> dict[UUID, list[Later]]:
    """What happened to records after a version of each, newest first, as far as the session's role sees it.

    since   when the oldest of these versions was made
    most    changes of one record
    """
    found: dict[UUID, list[Later]] = {}
    if not after:
        return found
    statement = sa.text(_LATER.format(since=days.day_of(since).isoformat(), until=days.tonight().isoformat()))
    facts = {"entity": entity, "ids": list(after), "versions": list(after.values()), "most": most}
    for row in session.execute(statement, facts):
        later = Later(row.version, row.at, row.by_name, row.op, frozenset(row.columns))
        found.setdefault(row.record_id, []).append(later)
    return found
