"""How many rows a list has: exact while that is cheap, else an estimate that says it is one."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.orm import Session

from app.core import access, scan, seen
from app.core.actor import Actor
from app.core.entity import Entity
from app.core.query import Query
from app.core.rows import MAIN

COUNTED = 10_000
"""Rows up to which a total is exact."""

DEAREST_COUNT = 25_000.0
"""Planner's cost above which even a bounded count is left to the estimate; about a tenth of a second."""


@dataclass(frozen=True)
class Total:
    """How many rows there are; not `exact`: about so many."""

    count: int
    exact: bool


def total(session: Session, actor: Actor, entity: type[Entity], query: Query, *, alone: int | None) -> Total:
    """Exact while that is cheap, else the planner's estimate."""
    if alone is not None:
        return Total(alone, True)
    source = seen.source(actor, entity, MAIN)
    wanted = scan.conditions(actor, entity, query, source)
    placed = access.where(actor, entity, source)
    if placed is not None:
        wanted.append(placed)
    everything: sa.Select[Any] = sa.select(sa.literal_column("1")).select_from(source).where(*wanted)
    if not wanted and seen.rule(entity) is None:
        known = (
            session.scalar(
                sa.text("SELECT reltuples::bigint FROM pg_class WHERE oid = to_regclass(:name)"),
                {"name": entity.__tablename__},
            )
            or 0
        )
        if known > 2 * COUNTED:
            return Total(int(known), False)
    bounded = everything.limit(COUNTED + 1)
    if wanted and _plan(session, bounded)["Total Cost"] > DEAREST_COUNT:
        return Total(max(1, int(_plan(session, everything)["Plan Rows"])), False)
    count = session.scalar(sa.select(sa.func.count()).select_from(bounded.subquery())) or 0
    if count <= COUNTED:
        return Total(count, True)
    return Total(max(count, int(_plan(session, everything)["Plan Rows"])), False)


def _plan(session: Session, statement: sa.Select[Any]) -> dict[str, Any]:
    found = session.scalar(_Explain(statement))
    plan: dict[str, Any] = found[0]["Plan"]
    return plan


class _Explain(sa.sql.expression.Executable, sa.sql.ClauseElement):
    """The planner's opinion of a statement, with the statement's own parameters."""

    inherit_cache = False

    def __init__(self, statement: sa.Select[Any]) -> None:
        self.statement = statement


@compiles(_Explain, "postgresql")
def _compile(element: _Explain, compiler: Any, **options: Any) -> str:
    return f"EXPLAIN (FORMAT JSON) {compiler.process(element.statement, **options)}"
