"""The search box: every word must occur, each in any of the columns that the screen names.

A row's searched columns are joined to one text with one trigram index, so that all words are looked up in one scan of
one index. Three characters or more are found anywhere; one or two at the beginning of a word, which that index
serves as well.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

import sqlalchemy as sa
from sqlalchemy.sql.elements import ColumnElement
from sqlalchemy.sql.selectable import FromClause

from app.core import titles
from app.core.comparing import escape
from app.core.entity import Entity, class_named, columns_of
from app.core.errors import BadRequest
from app.core.filters import Filter, clean
from app.core.seen import quoted
from app.core.titles import Sees

MOST_WORDS = 8
_CAST = frozenset({"money", "cost", "quantity", "whole"})


def words(term: str) -> tuple[str, ...]:
    """What was typed, as words. Raises BadRequest when it is too long or holds what can't be stored."""
    found = tuple(dict.fromkeys(clean(term).split()))
    if len(found) > MOST_WORDS:
        raise BadRequest(f"Search for at most {MOST_WORDS} words.")
    return found


def columns(entity: type[Entity]) -> tuple[str, ...]:
    """The columns of its own that an entity is searched by: those its screen names, else its title's."""
    return tuple(name for name in _named(entity) if _kind(entity, name) in titles.TEXTS | _CAST)


def links(entity: type[Entity]) -> tuple[str, ...]:
    """The links whose records are searched along."""
    return tuple(name for name in _named(entity) if _kind(entity, name) == "link")


def _named(entity: type[Entity]) -> tuple[str, ...]:
    names = entity.screen.search or entity.screen.title
    return tuple(
        dict.fromkeys(
            real
            for name in names
            if (real := titles.real_name(entity, name)) and not columns_of(entity)[real].info["column"].secret
        )
    )


def _kind(entity: type[Entity], name: str) -> str:
    return str(columns_of(entity)[name].info["column"].kind)


def possible(entity: type[Entity], sees: Sees) -> bool:
    """Is there anything to search for whoever asks?"""
    return bool(set(_named(entity)) & set(sees(entity)))


def haystack(entity: type[Entity], alias: str, names: Iterable[str]) -> str:
    """The columns as one text, as an SQL text that stands in the index word for word."""
    parts = (f"coalesce({alias}{quoted(name)}{'::text' if _kind(entity, name) in _CAST else ''}, '')" for name in names)
    return "(" + " || ".join(f"' ' || {part}" for part in parts) + ")"


def pattern(word: str) -> str:
    """The LIKE pattern of a word in the haystack, where a space stands before each column."""
    # One or two letters of an alphabet begin a word; one or two Chinese characters are one.
    return f"% {escape(word)}%" if len(word) < 3 and word.isascii() else f"%{escape(word)}%"


def condition(entity: type[Entity], source: FromClause, wanted: Sequence[str], sees: Sees) -> ColumnElement[bool]:
    """Do all the words occur in the row of `source`, in columns that `sees` allows?"""
    return sa.and_(sa.true(), *(_word(entity, source, word, sees) for word in wanted))


def _word(entity: type[Entity], source: FromClause, word: str, sees: Sees) -> ColumnElement[bool]:
    ways = [
        _own(entity, source, word, sees),
        *(_linked(entity, source, link, word, sees) for link in links(entity) if link in sees(entity)),
    ]
    return sa.or_(sa.false(), *(way for way in ways if way is not None))


def _own(entity: type[Entity], source: FromClause, word: str, sees: Sees) -> ColumnElement[bool] | None:
    names, open_columns = columns(entity), sees(entity)
    visible = [name for name in names if name in open_columns and name in source.c]
    if not visible:
        return None
    found = _holds(entity, source, visible, word)
    if len(visible) == len(names) or not all(name in source.c for name in names):
        return found
    # The index is on all columns; a match in one that this person may not see is none.
    return sa.and_(_holds(entity, source, names, word), found)


def _holds(entity: type[Entity], source: FromClause, names: Iterable[str], word: str) -> ColumnElement[bool]:
    text: ColumnElement[Any] = sa.literal_column(haystack(entity, _prefix(source), names), sa.Text())
    return text.ilike(pattern(word))


def _prefix(source: FromClause) -> str:
    return f"{source.name}."  # type: ignore[attr-defined]


def _linked(entity: type[Entity], source: FromClause, link: str, word: str, sees: Sees) -> ColumnElement[bool] | None:
    target = class_named(columns_of(entity)[link].info["column"].target)
    public = titles.public(target)
    table = titles.source_of(target, f"s_{link}"[:60])
    found = _own(target, table, word, sees) if public is None else _public(target, table, public.readable, word)
    # As an array of ids it is looked up once and can join the trigram index in one bitmap.
    return (
        None
        if found is None
        else source.c[link] == sa.any_(sa.func.array(sa.select(table.c.id).where(found).scalar_subquery()))
    )


def _public(target: type[Entity], table: FromClause, readable: Sequence[str], word: str) -> ColumnElement[bool] | None:
    names = [name for name in titles.columns(target) if name in readable]
    return _holds(target, table, names, word) if names else None


ALONG: Mapping[str, str] = {"contains": "%{}%", "starts": "% {}%", "is": "% {}%"}
"""Operators of a searched column that the trigram index can serve, and what to look for in the joined text."""


def helps(entity: type[Entity], term: str, groups: Iterable[Iterable[Filter]]) -> Iterator[bool]:
    """Can the trigram index find what is looked for? True for each way that it can."""
    yield any(len(word) > 2 or word.isascii() for word in term.split()) and bool(columns(entity))
    for group in groups:
        yield any(_served(entity, item) for item in group)


def _served(entity: type[Entity], item: Filter) -> bool:
    searched = item.operator.name in ALONG and item.column in columns(entity) and _kind(entity, item.column) != "code"
    return searched and len(item.values[0]) > 2


def narrowed(entity: type[Entity], source: FromClause, item: Filter) -> ColumnElement[bool] | None:
    """What a filter on a searched column says about the joined text; true wherever the filter is, and indexed."""
    if not _served(entity, item):
        return None
    text: ColumnElement[Any] = sa.literal_column(haystack(entity, _prefix(source), columns(entity)), sa.Text())
    return text.ilike(ALONG[item.operator.name].format(escape(item.values[0])))


def ddl(entity: type[Entity]) -> str:
    """The trigram index behind the search box, as an SQL statement; empty when there is nothing to search."""
    names = columns(entity)
    if not names or not entity.captured:
        return ""
    text = haystack(entity, "", names)
    return f"CREATE INDEX IF NOT EXISTS {index_name(entity)} ON {entity.__tablename__} USING gin ({text} gin_trgm_ops);"


def index_name(entity: type[Entity]) -> str:
    """Carries the columns' names, so that a changed search makes a new index."""
    return short_name(f"list_{entity.__tablename__}_search_{'_'.join(columns(entity))}")


def short_name(name: str) -> str:
    """A name of at most PostgreSQL's 63 characters, still its own."""
    return name if len(name) <= 60 else f"{name[:52]}_{hashlib.sha256(name.encode()).hexdigest()[:7]}"
