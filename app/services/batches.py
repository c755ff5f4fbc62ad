"""Batches: many lines of a document written in one statement.

Line by line, posting the count of a whole shop would keep its shelves locked, and people waiting, for many seconds.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql
from sqlalchemy.orm.attributes import set_committed_value

from app.core import db
from app.core.entity import Entity
from app.services.steps import Act


def add(act: Act, lines: Sequence[Entity], *names: str) -> None:
    """Write new lines: their ids and these columns; what isn't named gets its default."""
    _write(act, lines, ("id", *names), "INSERT INTO {table} ({columns}) SELECT {new} FROM {rows}")


def change(act: Act, lines: Sequence[Entity], *names: str) -> None:
    """Write these columns of lines that are there already, as they were set on them; not to be set again in this step."""
    sets = ", ".join(f"{name} = n.{name}" for name in names)
    _write(act, lines, ("id", *names), f"UPDATE {{table}} t SET {sets} FROM {{rows}} WHERE t.id = n.id")


def _write(act: Act, lines: Sequence[Entity], names: Sequence[str], statement: str) -> None:
    if not lines:
        return
    table = type(lines[0]).__table__
    # Only names and types from our own declarations are in this text.
    typed = ", ".join(f"{name} {table.c[name].type.compile(dialect=postgresql.dialect())}" for name in names)  # type: ignore[no-untyped-call]
    text = statement.format(
        table=table.name,  # type: ignore[attr-defined]
        columns=", ".join(names),
        new=", ".join(f"n.{name}" for name in names),
        rows=f"jsonb_to_recordset(CAST(:rows AS jsonb)) AS n ({typed})",
    )
    rows = json.dumps([{name: getattr(line, name) for name in names} for line in lines], default=str)
    with db.posting(act.actor) as session:
        session.execute(sa.text(text), {"rows": rows})
        for line in lines:
            _is_written(line, names)


def _is_written(line: Any, names: Sequence[str]) -> None:
    """Otherwise the session would write it a second time."""
    for name in names:
        set_committed_value(line, name, getattr(line, name))
