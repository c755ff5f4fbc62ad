"""The indexes that lists need, and the views that people with grants at locations read them through."""

from __future__ import annotations

from collections.abc import Iterator

from app.core import paging, query, seen, titles
from app.core.entity import Entity, columns_of
from app.core.scope import At, Audience
from app.core.search import short_name

INDEXED = frozenset({"text", "code", "money", "cost", "quantity", "percent", "whole", "date", "moment"})
"""Kinds whose columns get an index of their own when the list shows them from the start."""


def columns(entity: type[Entity]) -> tuple[str, ...]:
    """The columns that a list of any size can be sorted by without reading all of it: the usual order and what is shown."""
    usual = query.default_sort(entity).column
    if isinstance(entity.scope, Audience):
        return ()
    shown = (real for name in entity.screen.columns if (real := titles.real_name(entity, name)))
    kinds = {name: column.info["column"].kind for name, column in columns_of(entity).items()}
    found = [usual] if kinds[usual] != "link" else []
    return tuple(dict.fromkeys([*found, *(name for name in shown if kinds[name] in INDEXED)]))


def by_place(entity: type[Entity], column: str) -> bool:
    """Is there an index on (location, column, id), from which a list can be merged location by location?"""
    return isinstance(entity.scope, At) and entity.scope.column != column and column in columns(entity)


def ddl(entity: type[Entity]) -> str:
    """The statements, which may be run again at any time."""
    return "\n".join([*_indexes(entity), seen.ddl(entity)]).strip()


def _indexes(entity: type[Entity]) -> Iterator[str]:
    for column in columns(entity):
        value = () if column == "id" else (_value(entity, column),)
        if value:
            yield _index(entity, column, *value, "id")
        # People of a few locations read along these, people of all locations along those above.
        if isinstance(entity.scope, At) and by_place(entity, column):
            yield _index(entity, f"placed_{column}", seen.quoted(entity.scope.column), *value, "id")


def _index(entity: type[Entity], name: str, *parts: str) -> str:
    named = short_name(f"list_{entity.__tablename__}_{name}")
    return f"CREATE INDEX IF NOT EXISTS {named} ON {entity.__tablename__} ({', '.join(parts)});"


def _value(entity: type[Entity], column: str) -> str:
    kind = columns_of(entity)[column].info["column"].kind
    return f"lower({seen.quoted(column)})" if kind in paging.FOLDED else seen.quoted(column)
