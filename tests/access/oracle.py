"""Who should see what, said a second time: from the built-in roles' tables and the scope's kind alone.

It shares no code with `core.access` or the policies: where the two disagree, one of them is wrong.
"""

from __future__ import annotations

from app.core import builtin
from app.core.entity import Entity, class_named
from app.core.scope import Via
from tests.cast import PEOPLE


def ruling(entity: type[Entity]) -> type[Entity]:
    """Whose permissions count: a part's are its document's."""
    scope = entity.scope
    return ruling(class_named(scope.target)) if isinstance(scope, Via) and scope.part else entity


def root_kind(entity: type[Entity]) -> str:
    """The kind of rule that places a row in the end."""
    scope = entity.scope
    return root_kind(class_named(scope.target)) if isinstance(scope, Via) else scope.kind


def allows(role: str, entity: type[Entity], verb: str) -> bool:
    """Has a built-in role this verb from the start?"""
    if role == "admin":
        return True
    given = builtin.verbs_for(ruling(entity), role)
    wanted = verb if ruling(entity) is entity or verb == "see" else "change"
    return "*" in given or wanted in given


def may(name: str, entity: type[Entity], verb: str, place: str) -> bool:
    """May one of the cast do this with a row at `place` (North or South) that belongs to somebody else?"""
    held = [(role, where) for role, where in PEOPLE[name] if allows(role, entity, verb)]
    everywhere = any(where is None for _, where in held)
    kind = root_kind(entity)
    if kind == "shared":
        return bool(held)
    if kind == "as record":
        # The factory hangs these on a register, and what one may not see there one can't touch either.
        register = class_named("Register")
        return may(name, register, "see", place) and (verb == "see" or bool(held))
    if kind in ("hq", "audience"):
        return everywhere
    if kind == "own" and not entity.scope.at:  # type: ignore[attr-defined]
        return everywhere
    return everywhere or any(where == place for _, where in held)


def door_is_open(name: str, entity: type[Entity], verb: str) -> bool:
    """Is there any row at all for which the answer could be yes?"""
    return may(name, entity, verb, "North") or may(name, entity, verb, "South")
