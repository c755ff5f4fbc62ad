"""The indexes that lists need, and the views that people with grants at locations read them through."""

from __future__ import annotations

from collections.abc import Iterator

from app.core import paging, query, search, seen, titles
from app.core.entity import Entity, columns_of
from app.core.scope import At, Audience
from app.core.search import short_name

INDEXED = frozenset({"text", "code", "money", "cost", "quantity", "percent", "whole", "date", "moment"})
"""Kinds whose columns get an index of their own when the list shows them from the start."""


def columns(entity: type[Entity]) -> tuple[str, ...]:
    """The columns that a list of any size can be sorted by without reading all of it: the usual order and what is shown."""
    if isinstance(entity.scope, Audience):
        return ()
    usual = query.default_sort(entity).column
    kinds = {name: column.info["column"].kind for name, column in columns_of(entity).items()}
    shown = (real for name in entity.screen.columns if (real := titles.real_name(entity, name)))
    # Lines are read with their document, and an index on a balance would slow down every posting: the usual order is enough.
    more = () if entity.posted or not entity.screen.menu else shown
    found = [usual] if kinds[usual] != "link" else []
    return tuple(dict.fromkeys([*found, *(name for name in more if kinds[name] in INDEXED and name != "updated_at")]))


def by_place(entity: type[Entity], column: str) -> bool:
    """Is there an index on (location, column, id), from which a list can be merged location by location?"""
    return isinstance(entity.scope, At) and entity.scope.column != column and column in columns(entity)


def ddl(entity: type[Entity]) -> str:
    """The statements, which may be run again at any time: they make what is missing and drop what no list needs now."""
    wanted = dict(_indexes(entity))
    statements = [_stale(entity, [*wanted, search.index_name(entity)]), *wanted.values(), seen.ddl(entity)]
    return "\n".join(statements if wanted else statements[1:]).strip()


def _indexes(entity: type[Entity]) -> Iterator[tuple[str, str]]:
    """The indexes by name."""
    for column in columns(entity):
        value = () if column == "id" else (_value(entity, column),)
        if value:
            yield _index(entity, column, *value, "id")
        # People of a few locations read along these, people of all locations along those above.
        if isinstance(entity.scope, At) and by_place(entity, column):
            yield _index(entity, f"placed_{column}", seen.quoted(entity.scope.column), *value, "id")


def _stale(entity: type[Entity], wanted: list[str]) -> str:
    table, names = entity.__tablename__, ", ".join(f"'{name}'" for name in wanted)
    return f"""DO $$ DECLARE
    stale text;
BEGIN
    FOR stale IN SELECT indexname FROM pg_indexes
        WHERE schemaname = 'public' AND tablename = '{table}' AND indexname LIKE 'list\\_%'
        AND indexname <> ALL (ARRAY[{names}])
    LOOP
        EXECUTE format('DROP INDEX %I', stale);
    END LOOP;
END $$;"""


def _index(entity: type[Entity], name: str, *parts: str) -> tuple[str, str]:
    named = short_name(f"list_{entity.__tablename__}_{name}")
    return named, f"CREATE INDEX IF NOT EXISTS {named} ON {entity.__tablename__} ({', '.join(parts)});"


def _value(entity: type[Entity], column: str) -> str:
    kind = columns_of(entity)[column].info["column"].kind
    return f"lower({seen.quoted(column)})" if kind in paging.FOLDED else seen.quoted(column)
