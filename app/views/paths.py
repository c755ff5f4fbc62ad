"""Where things stand on the web: the one place that spells the address of a list, a record or a file."""

from __future__ import annotations

from uuid import UUID

from app.core import entity
from app.core.entity import Entity


def of_list(entity_cls: type[Entity]) -> str:
    """`/stock-levels/`"""
    return f"/{entity_cls.__tablename__.replace('_', '-')}/"


def of_menu(entity_cls: type[Entity]) -> str:
    """The list as the menu opens it, with its usual filters."""
    usual = entity_cls.screen.usual
    return of_list(entity_cls) + (f"?{usual}" if usual else "")


def of_record(entity_cls: type[Entity], id: UUID | str) -> str:
    """`/stock-levels/018f…`"""
    return f"{of_list(entity_cls)}{id}"


def of_form(entity_cls: type[Entity], id: UUID | str) -> str:
    """The record's form."""
    return f"{of_record(entity_cls, id)}/edit"


def of_step(entity_cls: type[Entity], id: UUID | str, verb: str) -> str:
    """Where a step of a document is asked for and taken."""
    return f"{of_record(entity_cls, id)}/do/{verb}"


def of_history(entity_cls: type[Entity], id: UUID | str | None = None) -> str:
    """What happened to a record, or to all of a list."""
    return f"{of_list(entity_cls)}history" if id is None else f"{of_record(entity_cls, id)}/history"


def of_undo(key: str) -> str:
    """What undoing a deed would do; posting there does it. The key is the deed's: an operation or a transaction."""
    return f"/undo/{key}"


def of_past(entity_cls: type[Entity], id: UUID | str | None = None) -> str:
    """A record or a list as it was; the moment follows as `?at=`."""
    return f"{of_list(entity_cls)}past" if id is None else f"{of_record(entity_cls, id)}/past"


def of_differences(entity_cls: type[Entity]) -> str:
    """What became of a list's records between two moments."""
    return f"{of_list(entity_cls)}differences"


def of_new(entity_cls: type[Entity]) -> str:
    """The empty form."""
    return f"{of_list(entity_cls)}new"


def of_picker(entity_cls: type[Entity]) -> str:
    """Where a picker asks for records by a few letters."""
    return f"{of_list(entity_cls)}pick"


def of_file(entity_cls: type[Entity], id: UUID | str, column: str) -> str:
    """The file or picture in a column of a record."""
    return f"{of_record(entity_cls, id)}/file/{column}"


def target_of(class_name: str) -> type[Entity]:
    """The entity that a link column points to."""
    return entity.class_named(class_name)
