"""How a record's columns fall into groups on form and detail: as the entity declares, the rest in a last group."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass

from app.core import entity
from app.core.columns import Column
from app.core.entity import RESERVED, Entity


@dataclass(frozen=True)
class Group:
    """A titled group of columns."""

    title: str
    hint: str
    columns: tuple[str, ...]


def of(entity_cls: type[Entity], columns: Collection[str]) -> list[Group]:
    """These columns in their groups; groups without any are left out, and so are the machine's own columns."""
    wanted = [name for name in entity.columns_of(entity_cls) if name in columns and name not in RESERVED]
    placed: set[str] = set()
    groups: list[Group] = []
    for section in entity_cls.screen.sections:
        names = tuple(name for name in (resolve(entity_cls, field) for field in section.fields) if name in wanted)
        placed.update(names)
        if names:
            groups.append(Group(section.title, section.hint, names))
    rest = tuple(name for name in wanted if name not in placed)
    if rest:
        groups.append(Group("More" if groups else "Details", "", rest))
    return groups


def resolve(entity_cls: type[Entity], name: str) -> str:
    """The column that a screen means: it may leave out a link's `_id`."""
    return name if name in entity_cls.__table__.columns else f"{name}_id"


def described(entity_cls: type[Entity], name: str) -> Column:
    """What the entity says of a column."""
    return entity.columns_of(entity_cls)[name].info["column"]  # type: ignore[no-any-return]


def label(entity_cls: type[Entity], name: str) -> str:
    """A column's heading."""
    return entity.column_label(name, described(entity_cls, name))
