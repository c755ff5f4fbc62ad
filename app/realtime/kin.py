"""What is seen through what: lines through their document, staff through where they work, a comment through its record."""

from __future__ import annotations

import functools

from app.core import openness
from app.core.entity import Entity, children_of, class_named, columns_of, entities
from app.core.scope import AsRecord, Own, Spread, Via
from app.services.feed.changes import Change


@functools.cache
def hanging_on(parent: type[Entity]) -> tuple[type[Entity], ...]:
    """The entities whose rows are seen through rows of this one."""
    return tuple(child for child in entities() if child is not parent and _hangs_on(child, parent))


@functools.cache
def lines_of(document: type[Entity]) -> tuple[type[Entity], ...]:
    """The kinds of lines whose editing this document's state decides."""
    return tuple(
        child
        for child, _ in children_of(document)
        if openness.governed_by(child) and child.scope.parent == document.__name__
    )


@functools.cache
def dependants(cls: type[Entity]) -> tuple[type[Entity], ...]:
    """All entities whose rows are seen through rows of this one, near and far."""
    found: list[type[Entity]] = []
    waiting = [cls]
    while waiting:
        near = [child for child in hanging_on(waiting.pop()) if child not in found and child is not cls]
        found += near
        waiting += near
    return tuple(found)


def _hangs_on(child: type[Entity], parent: type[Entity]) -> bool:
    scope = child.scope
    if isinstance(scope, Via):
        return class_named(scope.target) is parent
    if isinstance(scope, Spread):
        return class_named(scope.through) is parent
    if isinstance(scope, Own) and scope.staff:
        return class_named(columns_of(child)[scope.staff].info["column"].target) is parent
    return isinstance(scope, AsRecord) and parent.scope.kind != "shared"


def shifts(child: type[Entity], change: Change) -> bool:
    """Does this change of a record decide anew who sees the rows of `child` that hang on it?"""
    if isinstance(child.scope, Spread):
        return True
    if change.op != "update":
        return False  # what hangs on a new or removed record comes and goes by changes of its own
    return change.before != change.after or (isinstance(child.scope, Own) and "user_id" in change.diff)
