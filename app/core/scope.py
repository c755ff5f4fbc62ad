"""Which rows exist for a person: each entity says its rule once, and policies, feed audiences and list filters come from it.

Every rule answers three questions in SQL, for a row known under `alias`:

policy    may the actor of this transaction use this row for a verb? `None`: there is no row rule
audience  whom does a change of this row concern? a uuid[] of locations and persons; `EVERYONE` for all, `{}` for
          people of all locations only
where     the same rule with the person's locations written out, so that an index on (location, …) can serve a list
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from typing import Any
from uuid import UUID

import sqlalchemy as sa

EVERYONE = UUID(int=0)
"""Stands in an audience for everybody who is signed in and may see the entity."""

_ALL = f"'{{{EVERYONE}}}'::uuid[]"
_NOBODY = "'{}'::uuid[]"


@dataclass(frozen=True)
class Permission:
    """The (entity, verb) whose grants decide: a line is ruled by its document's."""

    entity: str
    verb: str

    @property
    def locations(self) -> str:
        # The sub-select makes it one evaluation per query instead of one per row; it needs the cast.
        return f"(SELECT backroom.locations('{self.entity}', '{self.verb}'))::uuid[]"

    @property
    def everywhere(self) -> str:
        return f"(SELECT backroom.everywhere('{self.entity}', '{self.verb}'))"


@dataclass(frozen=True)
class Scope:
    """No row rule: everybody who may see the entity sees every row of it."""

    kind: str = "shared"

    def policy(self, alias: str, permission: Permission) -> str | None:
        return None

    def audience(self, alias: str) -> str:
        return _ALL

    def where(self, table: Any, locations: Collection[UUID]) -> sa.ColumnElement[bool] | None:
        return None

    def holds(self, row: Any, locations: Collection[UUID]) -> bool | None:
        """The same rule for a row at hand; `None` where only the database can say."""
        return None

    @property
    def columns(self) -> tuple[str, ...]:
        """The columns that place a row; changing one of them moves the row."""
        return ()

    @property
    def parent(self) -> str | None:
        """The class whose place decides this one's."""
        return None


@dataclass(frozen=True)
class At(Scope):
    """A row belongs to one location."""

    kind: str = "at"
    column: str = "location_id"

    def policy(self, alias: str, permission: Permission) -> str:
        return f"{alias}.{self.column} = ANY ({permission.locations})"

    def audience(self, alias: str) -> str:
        return f"array_remove(ARRAY[{alias}.{self.column}], NULL)"

    def where(self, table: Any, locations: Collection[UUID]) -> sa.ColumnElement[bool]:
        here: sa.ColumnElement[bool] = table.c[self.column].in_(locations)
        return here

    def holds(self, row: Any, locations: Collection[UUID]) -> bool:
        return getattr(row, self.column) in locations

    @property
    def columns(self) -> tuple[str, ...]:
        return (self.column,)


@dataclass(frozen=True)
class Between(Scope):
    """A row belongs to two locations, and either side sees it."""

    kind: str = "between"
    first: str = "from_location_id"
    second: str = "to_location_id"

    def policy(self, alias: str, permission: Permission) -> str:
        mine = permission.locations
        return f"({alias}.{self.first} = ANY ({mine}) OR {alias}.{self.second} = ANY ({mine}))"

    def audience(self, alias: str) -> str:
        return f"array_remove(ARRAY[{alias}.{self.first}, {alias}.{self.second}], NULL)"

    def where(self, table: Any, locations: Collection[UUID]) -> sa.ColumnElement[bool]:
        return sa.or_(table.c[self.first].in_(locations), table.c[self.second].in_(locations))

    def holds(self, row: Any, locations: Collection[UUID]) -> bool:
        return getattr(row, self.first) in locations or getattr(row, self.second) in locations

    @property
    def columns(self) -> tuple[str, ...]:
        return (self.first, self.second)


@dataclass(frozen=True)
class Via(Scope):
    """A row is where its parent is. With `part`, it is a part of its parent's document and shares its permissions."""

    kind: str = "via"
    target: str = ""
    links: tuple[str, ...] = ()
    part: bool = False

    def _ids(self, alias: str) -> str:
        return ", ".join(f"{alias}.{link}" for link in self.links)

    def policy(self, alias: str, permission: Permission) -> str | None:
        owner = _entity(self.target)
        rule = owner.scope.policy(f"{alias}_parent", permission)
        if rule is None:
            return None
        return f"EXISTS (SELECT 1 FROM {owner.__tablename__} {alias}_parent WHERE {alias}_parent.id IN ({self._ids(alias)}) AND {rule})"

    def audience(self, alias: str) -> str:
        owner = _entity(self.target)
        inner: str = owner.scope.audience(f"{alias}_parent")
        if inner in (_ALL, _NOBODY):
            return inner
        if len(self.links) == 1:
            found = f"(SELECT {inner} FROM {owner.__tablename__} {alias}_parent WHERE {alias}_parent.id = {alias}.{self.links[0]})"
        else:
            found = (
                f"(SELECT array_agg(DISTINCT place) FROM {owner.__tablename__} {alias}_parent, "
                f"unnest({inner}) place WHERE {alias}_parent.id IN ({self._ids(alias)}))"
            )
        return f"COALESCE({found}, {_NOBODY})"

    @property
    def columns(self) -> tuple[str, ...]:
        return self.links

    @property
    def parent(self) -> str:
        return self.target


@dataclass(frozen=True)
class Spread(Scope):
    """A row has a home location and, by the rows of another entity, further ones: staff work in several shops."""

    kind: str = "spread"
    home: str = "location_id"
    through: str = ""
    link: str = ""

    def _function(self) -> str:
        return f"backroom.{_entity(self.through).__tablename__}_within"

    def policy(self, alias: str, permission: Permission) -> str:
        mine = permission.locations
        return (
            f"({alias}.{self.home} = ANY ({mine}) OR {alias}.id = ANY "
            f"((SELECT {self._function()}(backroom.locations('{permission.entity}', '{permission.verb}')))::uuid[]))"
        )

    def audience(self, alias: str) -> str:
        table = _entity(self.through).__tablename__
        more = f"ARRAY(SELECT x.location_id FROM {table} x WHERE x.{self.link} = {alias}.id)"
        return f"array_remove(ARRAY[{alias}.{self.home}], NULL) || {more}"

    def functions(self) -> str:
        """The SECURITY DEFINER look-up behind the policy: asking the other table under its own policy would be a circle."""
        table = _entity(self.through).__tablename__
        return (
            f"CREATE OR REPLACE FUNCTION {self._function()}(places uuid[]) RETURNS uuid[]\n"
            "LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS $$\n"
            f"    SELECT COALESCE(array_agg(DISTINCT x.{self.link}), '{{}}') FROM {table} x WHERE x.location_id = ANY (places)\n"
            "$$;\n"
        )

    @property
    def columns(self) -> tuple[str, ...]:
        return (self.home,)


@dataclass(frozen=True)
class Own(Scope):
    """A row belongs to a person, who may always use it for `verbs`; others need a permission at its location.

    person  the column that names the user
    staff   instead of it: the column that names a staff member, whose user owns the row
    at      the column that places the row, for people with a permission there; without one, all-location roles only
    shared  a flag column: where it is set, everybody sees the row
    """

    kind: str = "own"
    person: str | None = None
    staff: str | None = None
    at: str | None = None
    shared: str | None = None
    verbs: tuple[str, ...] = ("see",)

    def policy(self, alias: str, permission: Permission) -> str:
        ways = [f"{alias}.{self.at} = ANY ({permission.locations})" if self.at else permission.everywhere]
        if permission.verb in self.verbs:
            ways.append(self._mine(alias))
        if self.shared and permission.verb == "see":
            ways.append(f"{alias}.{self.shared}")
        return "(" + " OR ".join(ways) + ")"

    def _mine(self, alias: str) -> str:
        if self.person:
            return f"{alias}.{self.person} = (SELECT backroom.actor())"
        return f"{alias}.{self.staff} = ANY ((SELECT backroom.my_staff())::uuid[])"

    def audience(self, alias: str) -> str:
        owner = (
            f"{alias}.{self.person}"
            if self.person
            else f"(SELECT s.user_id FROM staff s WHERE s.id = {alias}.{self.staff})"
        )
        places = ", ".join([owner] + ([f"{alias}.{self.at}"] if self.at else []))
        those = f"array_remove(ARRAY[{places}], NULL)"
        return f"CASE WHEN {alias}.{self.shared} THEN {_ALL} ELSE {those} END" if self.shared else those

    @property
    def columns(self) -> tuple[str, ...]:
        return tuple(name for name in (self.person, self.staff, self.at, self.shared) if name)


@dataclass(frozen=True)
class Headquarters(Scope):
    """Only for roles that are granted at all locations; `readable` columns everyone signed in reads in `view`."""

    kind: str = "hq"
    readable: tuple[str, ...] = ()
    view: str = "people"

    def policy(self, alias: str, permission: Permission) -> str:
        return permission.everywhere

    def audience(self, alias: str) -> str:
        return _NOBODY


@dataclass(frozen=True)
class AsRecord(Scope):
    """A row hangs on a record of any entity and is seen by whoever sees that record."""

    kind: str = "as record"
    entity: str = "entity"
    record: str = "record_id"

    def policy(self, alias: str, permission: Permission) -> str:
        seen = f"backroom.sees_record({alias}.{self.entity}, {alias}.{self.record})"
        if permission.verb == "see":
            return seen
        return f"({seen} AND (SELECT backroom.can('{permission.entity}', '{permission.verb}')))"

    def audience(self, alias: str) -> str:
        return f"backroom.audience_of({alias}.{self.entity}, {alias}.{self.record})"

    @property
    def columns(self) -> tuple[str, ...]:
        return (self.entity, self.record)


@dataclass(frozen=True)
class Audience(Scope):
    """A change is seen by those whom the changed record concerned, before or after."""

    kind: str = "audience"

    def policy(self, alias: str, permission: Permission) -> str:
        return f"backroom.sees_change({alias}.entity, {alias}.audience_before, {alias}.audience_after)"

    def audience(self, alias: str) -> str:
        return _NOBODY


def shared() -> Scope:
    """No location: everybody who may see the entity sees every row."""
    return Scope()


def at(column: str = "location_id") -> Scope:
    """The row belongs to the location in `column`."""
    return At(column=column)


def between(first: str, second: str) -> Scope:
    """The row belongs to the locations in both columns."""
    return Between(first=first, second=second)


def via(target: str, *links: str) -> Scope:
    """The row is where the record behind `links` (of class `target`) is, with permissions of its own."""
    return Via(target=target, links=links)


def part_of(target: str, link: str) -> Scope:
    """The row is a part of the document behind `link`: its place and its permissions."""
    return Via(kind="part", target=target, links=(link,), part=True)


def spread(home: str, *, through: str, link: str) -> Scope:
    """The row is at its home location and at those that the rows of class `through` give it by `link`."""
    return Spread(home=home, through=through, link=link)


def own(
    person: str | None = None,
    *,
    staff: str | None = None,
    at: str | None = None,
    shared: str | None = None,
    verbs: tuple[str, ...] = ("see",),
) -> Scope:
    """The row belongs to a person; see `Own`."""
    return Own(person=person, staff=staff, at=at, shared=shared, verbs=verbs)


def hq(*, readable: tuple[str, ...] = ()) -> Scope:
    """Only for all-location roles; see `Headquarters`."""
    return Headquarters(readable=readable)


def as_record() -> Scope:
    """The row hangs on the record named by its columns `entity` and `record_id`."""
    return AsRecord()


def audience() -> Scope:
    """The row carries its own audience: the change feed."""
    return Audience()


def _entity(name: str) -> Any:
    from app.core import entity

    return entity.class_named(name)
