"""How many rows a list has: exact while that is cheap, else an estimate that says it is one."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.orm import Session
from sqlalchemy.sql.elements import ColumnElement
from sqlalchemy.sql.selectable import FromClause

from app.core import access, scan, seen
from app.core.actor import Actor
from app.core.entity import Entity
from app.core.query import Query
from app.core.rows import MAIN

COUNTED = 10_000
"""Rows up to which a total is exact."""


@dataclass(frozen=True)
class Total:
    """How many rows there are; not `exact`: about so many."""

    count: int
    exact: bool


def total(
    session: Session, actor: Actor, entity: type[Entity], query: Query, found: scan.Found, *, alone: bool
) -> Total:
    """How many rows match, from what finding the page brought to light and, if need be, one more question."""
    if alone:
        return Total(len(found.places), True)
    if found.matches is not None:
        return Total(found.matches, True)
    source = seen.source(actor, entity, MAIN)
    placed = access.where(actor, entity, source)
    conditions = [] if placed is None else [placed]
    expected = _expected(session, actor, entity, source, conditions)
    if expected > 2 * COUNTED:
        return Total(max(1, round(expected * (found.share or 1))), False)
    conditions += scan.conditions(actor, entity, query, source)
    bounded: sa.Select[Any] = (
        sa.select(sa.literal_column("1")).select_from(source).where(*conditions).limit(COUNTED + 1)
    )
    count = session.scalar(sa.select(sa.func.count()).select_from(bounded.subquery())) or 0
    return Total(count, count <= COUNTED)


def _expected(
    session: Session, actor: Actor, entity: type[Entity], source: FromClause, placed: list[ColumnElement[bool]]
) -> float:
    """About how many rows there are for the actor, by the statistics of the table."""
    known = session.scalar(_KNOWN, {"name": entity.__tablename__}) or 0
    if known <= 2 * COUNTED or (not placed and (seen.rule(entity) is None or actor.database_role != seen.SCOPED)):
        return float(known)
    everything: sa.Select[Any] = sa.select(sa.literal_column("1")).select_from(source)
    mine = _plan(session, everything.where(*placed))
    # The planner can't know whom the rule of the view lets pass; the same guess in both cancels out.
    return float(known * mine / max(1, _plan(session, everything))) if placed else float(mine)


_KNOWN = sa.text("SELECT reltuples::bigint FROM pg_class WHERE oid = to_regclass(:name)")


def _plan(session: Session, statement: sa.Select[Any]) -> float:
    found = session.scalar(_Explain(statement))
    return float(found[0]["Plan"]["Plan Rows"])


class _Explain(sa.sql.expression.Executable, sa.sql.ClauseElement):
    """The planner's opinion of a statement, with the statement's own parameters."""

    inherit_cache = False

    def __init__(self, statement: sa.Select[Any]) -> None:
        self.statement = statement


@compiles(_Explain, "postgresql")
def _compile(element: _Explain, compiler: Any, **options: Any) -> str:
    return f"EXPLAIN (FORMAT JSON) {compiler.process(element.statement, **options)}"
