"""The one access rule: what an actor may do, with which rows and which fields; every door asks here.

Rows are decided by row level security in the database (see `scope`); verbs and fields are decided here, from grants
that were resolved once per request. The location conditions that lists add are for the planner, not for safety.
"""

from __future__ import annotations

from collections.abc import Collection
from typing import Any, TypeVar
from uuid import UUID

import sqlalchemy as sa

from app.core import db
from app.core.actor import LEVELS, NOWHERE, Access, Actor, Everywhere, Level, Locations
from app.core.columns import Column
from app.core.entity import VERBS, Entity, class_named, columns_of, entities, permission_of
from app.core.errors import Forbidden, NotFound
from app.core.scope import AsRecord, At, Between, Own, Scope, Via

E = TypeVar("E", bound=Entity)


def may(actor: Actor, entity: type[Entity], verb: str) -> bool:
    """Is there any row at all with which the actor may do this?"""
    if actor.access.unlimited:
        return True
    if isinstance(entity.scope, Own) and verb in entity.scope.verbs and actor.id is not None:
        return True
    if isinstance(entity.scope, AsRecord) and verb == "see" and actor.id is not None:
        return True
    return bool(locations(actor, entity, verb))


def require(actor: Actor, entity: type[Entity], verb: str) -> None:
    """Raise `Forbidden` when this door is closed to the actor altogether."""
    if not may(actor, entity, verb):
        raise Forbidden()


def locations(actor: Actor, entity: type[Entity], verb: str) -> Locations:
    """Where the actor may do this. An entity for headquarters is nowhere unless the grant is for all locations."""
    found = actor.access.locations(*permission_of(entity, verb))
    if entity.scope.kind == "hq" and not isinstance(found, Everywhere):
        return NOWHERE
    return found


def level(actor: Actor, entity: type[Entity], name: str, column: Column) -> Level:
    """How far a field is open to the actor.

    A shared record's field is as open as the most generous of the person's roles; a placed record's only as far as
    every role that opens the entity agrees, for the row may stand at the place of the strictest.
    """
    if column.secret:
        return "hidden"
    if actor.access.unlimited:
        return "change"
    silent: Level = "hidden" if column.guarded else "change"
    said = [found or silent for found in actor.access.levels(entity.entity, permission_of(entity, "see")[0], name)]
    if not said:
        return silent
    ranks = [LEVELS.index(found) for found in said]
    return LEVELS[max(ranks) if entity.scope.kind == "shared" else min(ranks)]


def levels(actor: Actor, entity: type[Entity]) -> dict[str, Level]:
    """How far each column is open to the actor, worked out once for all who ask with the same access."""
    known = actor.access.levels_known
    if entity.entity not in known:
        known[entity.entity] = {
            name: level(actor, entity, name, column.info["column"]) for name, column in columns_of(entity).items()
        }
    return known[entity.entity]


def visible(actor: Actor, entity: type[Entity]) -> tuple[str, ...]:
    """The columns the actor may see, in the order of declaration."""
    return tuple(name for name, found in levels(actor, entity).items() if found != "hidden")


def changeable(actor: Actor, entity: type[Entity]) -> frozenset[str]:
    """The columns the actor may write: none of the machine's, none that a field permission closes."""
    columns = columns_of(entity)
    return frozenset(
        name
        for name, found in levels(actor, entity).items()
        if found == "change" and not columns[name].info["column"].by_machine
    )


def where(actor: Actor, entity: type[Entity], table: Any, *, to: str = "see") -> sa.ColumnElement[bool] | None:
    """The actor's locations written out as a condition on `table`, so that an index on (location, …) can serve.

    Adds the location picked in the switcher. `None` when nothing narrows the rows, or only the policy can say.
    """
    allowed = locations(actor, entity, to)
    chosen = frozenset({actor.chosen}) if actor.chosen else None
    if isinstance(allowed, Everywhere):
        return _placed(entity, table, chosen) if chosen else None
    if isinstance(entity.scope, At | Between):
        return entity.scope.where(table, allowed & chosen if chosen else allowed)
    return _placed(entity, table, chosen) if chosen else None


def _placed(entity: type[Entity], table: Any, places: Collection[UUID]) -> sa.ColumnElement[bool] | None:
    scope: Scope = entity.scope
    if isinstance(scope, At | Between):
        return scope.where(table, places)
    if isinstance(scope, Own) and scope.at:
        return table.c[scope.at].in_(places)  # type: ignore[no-any-return]
    if isinstance(scope, Via):
        parent = class_named(scope.target)
        above = parent.__table__.alias()
        condition = _placed(parent, above, places)
        if condition is not None:
            inside = sa.select(above.c.id).where(condition)
            return sa.or_(*(table.c[link].in_(inside) for link in scope.links))
    return None


def select(actor: Actor, entity: type[E], *, to: str = "see") -> sa.Select[E]:
    """A statement for the records the actor may use for a verb; narrow it further and run it in the actor's session."""
    require(actor, entity, to)
    statement = sa.select(entity)
    condition = where(actor, entity, entity.__table__, to=to)
    return statement if condition is None else statement.where(condition)


def get(actor: Actor, entity: type[E], id: UUID | str | None, *, to: str = "see", lock: bool = False) -> E:
    """The record, if the actor may do `to` with it.

    Raises `NotFound` for a record that is missing, elsewhere or garbage alike, and `Forbidden` when the actor sees
    it but may not do that with it. With `lock` nobody else changes it before the transaction ends.
    """
    if not may(actor, entity, "see"):
        raise NotFound()
    key = as_id(id)
    statement = sa.select(entity).where(entity.id == key).execution_options(populate_existing=True)
    locked = statement.with_for_update(key_share=True)
    with db.reading(actor) as session:
        # What the UPDATE policy lets through is seen, too: the usual case is answered in one question.
        record = session.scalars(locked).one_or_none() if lock and may(actor, entity, "change") else None
        if record is not None and (to == "see" or allowed_on(actor, record, to)):
            return record
        record = session.scalars(statement).one_or_none()
        if record is None:
            raise NotFound()
        if to != "see" and not allowed_on(actor, record, to):
            raise Forbidden()
        # FOR NO KEY UPDATE answers no row to those whom the UPDATE policy doesn't let, so ask only after `allowed_on`; who
        # may delete and not change goes without: the deletion itself names the version.
        if lock and (to != "delete" or allowed_on(actor, record, "change")):
            record = session.scalars(locked).one_or_none()
            if record is None:
                raise NotFound()
    return record


def require_seen(actor: Actor, entity: type[Entity], id: UUID) -> None:
    """Raise `NotFound` unless the record exists for the actor; nothing of it is read."""
    if not may(actor, entity, "see"):
        raise NotFound()
    table = entity.__table__
    with db.reading(actor) as session:
        if session.execute(sa.select(table.c.id).where(table.c.id == id)).first() is None:
            raise NotFound()


def allowed_on(actor: Actor, record: Entity, verb: str) -> bool:
    """May the actor do this with this record, which they see?"""
    entity = type(record)
    allowed = locations(actor, entity, verb)
    if isinstance(allowed, Everywhere):
        return True
    scope = entity.scope
    if isinstance(scope, Own) and verb in scope.verbs and scope.person and getattr(record, scope.person) == actor.id:
        return True
    if not allowed and not (isinstance(scope, Own) and verb in scope.verbs):
        return False
    here = scope.holds(record, allowed)
    return _policy_holds(entity, record.id, verb) if here is None else here


def _policy_holds(entity: type[Entity], id: UUID, verb: str) -> bool:
    """Ask the database's own rule about one row: the second wall and the first can't disagree."""
    from app.core.scope import Permission

    rule = entity.scope.policy("t", Permission(*permission_of(entity, verb)))
    if rule is None:
        return True
    # Only names from our own declarations are in this text.
    statement = sa.text(f"SELECT {rule} FROM {entity.__tablename__} t WHERE t.id = :id")
    return bool(db.session().execute(statement, {"id": id}).scalar())


def as_id(value: UUID | str | None) -> UUID:
    """The id in a URL or a message; garbage is a record that does not exist."""
    if isinstance(value, UUID):
        return value
    try:
        return UUID(str(value))
    except ValueError:
        raise NotFound() from None


def everything_unsafe(entity: type[E]) -> sa.Select[E]:
    """Every row, with no regard to who asks: say why at each use."""
    return sa.select(entity)


def covers(mine: Access, theirs: Access) -> bool:
    """Does `mine` allow everything, everywhere, that `theirs` does? Nobody hands out more than they hold.

    What somebody else handed over isn't held: it can't be handed on.
    """
    return all(
        _within(theirs.locations(cls.entity, verb), mine.own.locations(cls.entity, verb))
        for cls in entities()
        for verb in (*VERBS, *cls.verbs)
    )


def _within(theirs: Locations, mine: Locations) -> bool:
    if isinstance(mine, Everywhere):
        return True
    return not isinstance(theirs, Everywhere) and theirs <= mine
