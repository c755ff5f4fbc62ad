"""What a record is called: the columns its screen names as title, and for a link the title of the record behind it."""

from __future__ import annotations

from collections.abc import Callable, Collection
from dataclasses import dataclass
from functools import cache
from typing import Any

import sqlalchemy as sa
from sqlalchemy.sql.elements import ColumnElement
from sqlalchemy.sql.selectable import FromClause

from app.core import access
from app.core.actor import Actor
from app.core.columns import Column, spoken
from app.core.entity import Entity, class_named, columns_of, entities, label_of
from app.core.scope import Headquarters

BETWEEN = " · "
"""Stands between the parts of a title."""

DEEPEST = 3
"""A title may name a link whose title names a link …, this many times."""

TEXTS = frozenset({"text", "long_text", "code", "email", "phone", "url", "colour", "entity"})
"""Kinds whose value is what people read."""

Sees = Callable[[type[Entity]], Collection[str]]
"""The columns of an entity that whoever asks may see; none when they may not see it at all."""


@dataclass(frozen=True)
class Join:
    """A table to be joined from the left, so that a row without the record behind its link stays."""

    table: FromClause
    on: ColumnElement[bool]


@dataclass(frozen=True)
class Called:
    """An SQL text and the joins it reads from. It is NULL only where there is no record to call anything."""

    text: ColumnElement[Any]
    joins: tuple[Join, ...] = ()


def seen_by(actor: Actor | None) -> Sees:
    """The columns the actor may see of any entity; everything but secrets for the system and for `None`."""

    def sees(entity: type[Entity]) -> Collection[str]:
        if actor is None:
            return frozenset(name for name, column in columns_of(entity).items() if not column.info["column"].secret)
        return frozenset(access.visible(actor, entity)) if access.may(actor, entity, "see") else frozenset()

    return sees


def only(names: Collection[str]) -> Sees:
    """Whoever asks may see just these columns."""
    return lambda entity: names


def public(entity: type[Entity]) -> Headquarters | None:
    """The scope of an entity some of whose columns everyone signed in may read: what people are called."""
    scope = entity.scope
    return scope if isinstance(scope, Headquarters) and scope.readable else None


def source_of(target: type[Entity], name: str) -> FromClause:
    """What the names of linked records are read from: the table, or the view of what is public of it."""
    scope = public(target)
    if scope is None:
        return target.__table__.alias(name)
    return sa.table(
        scope.view, *(sa.column(column, columns_of(target)[column].type) for column in scope.readable)
    ).alias(name)


def columns(entity: type[Entity]) -> tuple[str, ...]:
    """The title's columns by their real names: a link may be declared without its `_id`."""
    return tuple(real for name in entity.screen.title if (real := real_name(entity, name)))


def real_name(entity: type[Entity], name: str) -> str | None:
    """The column that a screen or a URL calls `name`; `brand` is `brand_id`."""
    known = columns_of(entity)
    return name if name in known else f"{name}_id" if f"{name}_id" in known else None


def title(entity: type[Entity], source: FromClause, sees: Sees, *, path: str = "t", depth: int = 0) -> Called:
    """The title of the rows of `source`, never NULL; only columns that `sees` allows take part.

    path  makes the names of joined tables unique in a statement
    """
    scope = public(entity) if depth else None
    open_columns: Collection[str] = scope.readable if scope else sees(entity)
    parts: list[ColumnElement[Any]] = []
    joins: list[Join] = []
    for name in columns(entity):
        if name in open_columns:
            called = _part(entity, name, source, sees, path, depth)
            if called is not None:
                parts.append(called.text)
                joins += called.joins
    if not parts:
        return Called(sa.literal_column("''", sa.Text()))
    if len(parts) == 1 and not _may_be_empty(entity):
        return Called(parts[0], tuple(joins))
    if len(parts) == 1:
        return Called(sa.func.coalesce(parts[0], sa.literal_column("''", sa.Text())), tuple(joins))
    return Called(
        sa.func.concat_ws(sa.literal_column(f"'{BETWEEN}'", sa.Text()), *parts, type_=sa.Text()), tuple(joins)
    )


def of_record(record: Entity, sees: Sees) -> str | None:
    """The title of a record at hand, as `title` would read it; `None` where that takes more than its own texts."""
    entity = type(record)
    if any(_described(entity, name).kind not in TEXTS - {"entity"} for name in columns(entity)):
        return None
    visible = sees(entity)
    said = [getattr(record, name) for name in columns(entity) if name in visible]
    return BETWEEN.join(text for text in said if text is not None)


def _may_be_empty(entity: type[Entity]) -> bool:
    # A bare column, where it can be one, lets an index on the title serve.
    named = columns(entity)
    return len(named) != 1 or bool(columns_of(entity)[named[0]].nullable) or _described(entity, named[0]).kind == "link"


def label(
    entity: type[Entity], name: str, source: FromClause, sees: Sees, *, path: str = "t", depth: int = 0
) -> Called | None:
    """The title of the record behind the link `name`; `None` when whoever asks may not see such records."""
    target = class_named(_described(entity, name).target or "")
    if depth >= DEEPEST or not (public(target) or sees(target)):
        return None
    below = f"{path}_{name.removesuffix('_id')}"[-60:]
    table = source_of(target, below)
    called = title(target, table, sees, path=below, depth=depth + 1)
    # Without the CASE, a text that is never NULL would call a record that isn't there ''.
    text = sa.case((table.c.id.is_not(None), called.text))
    return Called(text, (Join(table, table.c.id == source.c[name]), *called.joins))


def subtitle(entity: type[Entity], source: FromClause, sees: Sees) -> Called | None:
    """The second telling field of the rows of `source`, where there is one to see."""
    name = real_name(entity, entity.screen.subtitle) if entity.screen.subtitle else None
    readable = public(entity)
    if name is None or name not in sees(entity) or (readable and name not in source.c):
        return None
    return _part(entity, name, source, sees, "t_subtitle", 0)


def _part(entity: type[Entity], name: str, source: FromClause, sees: Sees, path: str, depth: int) -> Called | None:
    described = _described(entity, name)
    if described.kind == "link":
        return label(entity, name, source, sees, path=path, depth=depth)
    return Called(as_text(described, source.c[name]))


def as_text(described: Column, column: ColumnElement[Any]) -> ColumnElement[Any]:
    """A value as people read it."""
    words = words_of(described)
    if words is not None:
        return _spoken(column, words)
    if described.kind in TEXTS:
        return column
    if described.kind == "choice":
        return sa.case(*((column == choice.value, choice.label) for choice in described.choices), else_=column)
    if described.kind in ("quantity", "cost", "percent"):
        return sa.cast(sa.func.trim_scale(column), sa.Text())
    if described.kind == "moment":
        return sa.func.to_char(column, "YYYY-MM-DD HH24:MI")
    if described.kind == "time":
        return sa.func.to_char(column, "HH24:MI")
    if described.kind == "flag":
        return sa.case((column, "yes"), else_="no")
    return sa.cast(column, sa.Text())


def words_of(described: Column) -> tuple[tuple[str, str], ...] | None:
    """How a column's stored words are read, as far as they don't follow the rule; None where they are shown as stored."""
    return _entity_words() if described.kind == "entity" else described.words


@cache
def _entity_words() -> tuple[tuple[str, str], ...]:
    named = ((cls.entity, label_of(cls)) for cls in entities())
    return (("*", "Everything"), *((name, label) for name, label in named if label != spoken(name)))


def _spoken(column: ColumnElement[Any], words: tuple[tuple[str, str], ...]) -> ColumnElement[Any]:
    """`spoken`, said by the database."""
    plain = sa.func.replace(sa.func.regexp_replace(column, "_id$", ""), "_", " ")
    read = sa.func.upper(sa.func.left(plain, 1)).concat(sa.func.substr(plain, 2))
    return sa.case(*((column == stored, label) for stored, label in words), else_=read) if words else read


def _described(entity: type[Entity], name: str) -> Column:
    found: Column = columns_of(entity)[name].info["column"]
    return found
