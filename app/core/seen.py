"""The rows a person with grants at locations sees, read through a view instead of through the policy.

Under a policy PostgreSQL evaluates what is not leakproof (ILIKE, numbers compared, lower()) only after the policy, so
no index serves it: a filtered page of a large table took most of a second. The view holds the very same rule, belongs
to the owner of the table and is no security barrier, so the planner orders conditions as it likes. The people's role
may read it and nothing else changes: lists read the view, everything else the table under its policies.
"""

from __future__ import annotations

import sqlalchemy as sa
from sqlalchemy.sql.selectable import FromClause

from app.core.actor import Actor
from app.core.entity import Entity, columns_of, permission_of
from app.core.scope import Permission

SCOPED = "backroom_scoped"


def rule(entity: type[Entity]) -> str | None:
    """The row rule for seeing, on rows called `t`; `None` when there is none or the table keeps its own."""
    return entity.scope.policy("t", Permission(*permission_of(entity, "see"))) if entity.captured else None


def view(entity: type[Entity]) -> str:
    """The view's name in the schema `backroom`."""
    return f"seen_{entity.__tablename__}"


def source(actor: Actor, entity: type[Entity], name: str = "t") -> FromClause:
    """What a list reads from, under the alias `name`."""
    if actor.database_role != SCOPED or rule(entity) is None:
        return entity.__table__.alias(name)
    open_columns = [column for column in columns_of(entity).values() if not column.info["column"].secret]
    return sa.table(
        view(entity), *(sa.column(column.name, column.type) for column in open_columns), schema="backroom"
    ).alias(name)


def ddl(entity: type[Entity]) -> str:
    """The view and who may read it; empty for an entity without a row rule."""
    condition = rule(entity)
    if condition is None:
        return ""
    names = ", ".join(
        f"t.{quoted(name)}" for name, column in columns_of(entity).items() if not column.info["column"].secret
    )
    return (
        f"DROP VIEW IF EXISTS backroom.{view(entity)};\n"
        f"CREATE VIEW backroom.{view(entity)} AS\n    SELECT {names}\n    FROM {entity.__tablename__} t\n    WHERE {condition};\n"
        f"GRANT SELECT ON backroom.{view(entity)} TO {SCOPED};"
    )


def quoted(name: str) -> str:
    """A column's name as it stands in SQL text."""
    preparer = sa.dialects.postgresql.dialect().identifier_preparer  # type: ignore[no-untyped-call]
    return str(preparer.quote(name))
