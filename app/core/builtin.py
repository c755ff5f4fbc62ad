"""What the built-in roles may do with an entity from the start; later an admin edits it on screen."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from app.core.entity import Entity, columns_of, permission_of

AREAS: dict[str, dict[str, tuple[str, ...]]] = {}
"""Role → area → verbs; `app.models.role` fills it in."""

FIELDS: dict[str, dict[str, str]] = {}
"""Role → "entity.column" → level, for guarded columns; `app.models.role` fills it in."""


def fill(areas: Mapping[str, Mapping[str, tuple[str, ...]]], fields: Mapping[str, Mapping[str, str]]) -> None:
    """Take the built-in roles' tables over from the models."""
    AREAS.update({role: dict(verbs) for role, verbs in areas.items()})
    FIELDS.update({role: dict(levels) for role, levels in fields.items()})


def verbs_for(entity: type[Entity], role: str) -> tuple[str, ...]:
    """The verbs a built-in role has from the start: the entity's own word, or its area's."""
    if permission_of(entity, "see")[0] != entity.entity:
        return ()
    if role in entity.access:
        return tuple(entity.access[role])
    return AREAS.get(role, {}).get(entity.screen.area, ())


def permission_sql(entity: type[Entity]) -> Iterator[str]:
    """INSERT statements for a new entity's permissions, by role name."""
    for role in AREAS:
        for verb in verbs_for(entity, role):
            yield _insert(role, entity.entity, "verb", verb)
    for role, levels in FIELDS.items():
        for column in columns_of(entity):
            level = levels.get(f"{entity.entity}.{column}")
            if level:
                yield _insert(role, entity.entity, "field", column, level)


def _insert(role: str, entity: str, kind: str, name: str, level: str | None = None) -> str:
    extra, value = (", level", f", '{level}'") if level else ("", "")
    columns = f"role_id, entity, {kind}{extra}"
    return (
        f"INSERT INTO permissions ({columns}) SELECT id, '{entity}', '{name}'{value} FROM roles"
        f" WHERE name = '{role}' ON CONFLICT DO NOTHING"
    )
