"""Rooms: people who see the same rows of an entity with the same columns hear of changes together.

A room is (entity, access profile). Where rows belong to persons, each person has a room of their own. The server
works out the rooms from the actor; a client never names one.
"""

from __future__ import annotations

import threading
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from functools import cached_property
from uuid import UUID

from app.core import access, titles
from app.core import audience as audience_rule
from app.core.actor import Actor
from app.core.entity import Entity, class_named, columns_of, named
from app.core.scope import AsRecord, Own

SAID_ANYWAY = frozenset({"id", "version"})
"""Columns that every message carries beside the cells."""


@dataclass(frozen=True)
class Key:
    """What tells one room from another."""

    entity: str
    profile: str
    person: UUID | None = None

    @property
    def name(self) -> str:
        """The room's name inside the socket server."""
        return f"{self.entity}|{self.profile}|{self.person or ''}"


@dataclass(frozen=True)
class Room:
    """One room with the actor whose access all its people share."""

    key: Key
    actor: Actor
    entity: type[Entity]

    @cached_property
    def columns(self) -> tuple[str, ...]:
        """The columns whose cells may leave for this room."""
        return tuple(name for name in access.visible(self.actor, self.entity) if name not in SAID_ANYWAY)

    @cached_property
    def links(self) -> dict[str, type[Entity]]:
        """The visible columns that point to another entity."""
        return {
            name: class_named(column.info["column"].target)
            for name, column in columns_of(self.entity).items()
            if column.info["column"].target and name in self.columns
        }

    @cached_property
    def unnamed(self) -> frozenset[str]:
        """The links whose targets these people never see: their cells name nothing."""
        return frozenset(
            name
            for name, target in self.links.items()
            if not titles.public(target) and not access.may(self.actor, target, "see")
        )

    @cached_property
    def placed(self) -> dict[str, type[Entity]]:
        """The links whose targets exist for these people only where their audience says so."""
        return {
            name: target
            for name, target in self.links.items()
            if name not in self.unnamed and not titles.public(target) and not _all_of(self.actor, target)
        }

    @cached_property
    def reads_itself(self) -> bool:
        """Must rows be read as these people, because what a record is called depends on who asks?"""
        named_links = [target for name, target in self.links.items() if name not in self.unnamed]
        return self._points_anywhere or not (
            _title_whole(self.actor, self.entity)
            and all(titles.public(target) or _title_whole(self.actor, target) for target in named_links)
        )

    @cached_property
    def _points_anywhere(self) -> bool:
        known = columns_of(self.entity)
        return any(known[name].info["column"].kind == "record" for name in self.columns)

    def sees(self, audience: Collection[UUID], about: str | None = None) -> bool:
        """Does a row with this audience exist for the people here?

        about   for what hangs on another record: the name of that record's entity
        """
        return audience_rule.sees(self.actor, self.entity, audience, about)


def names_whole(actor: Actor, entity: type[Entity]) -> bool:
    """Does the actor know every record of this entity by its whole name?"""
    return bool(titles.public(entity)) or (_all_of(actor, entity) and _title_whole(actor, entity))


def _all_of(actor: Actor, entity: type[Entity]) -> bool:
    """Does every record of this entity exist for the actor?"""
    return access.may(actor, entity, "see") and (actor.access.everywhere or entity.scope.kind == "shared")


def _title_whole(actor: Actor, entity: type[Entity]) -> bool:
    visible = access.visible(actor, entity)
    known = columns_of(entity)
    for name in titles.columns(entity):
        target = known[name].info["column"].target
        if name not in visible or (target and not names_whole(actor, class_named(target))):
            return False
    return True


def key_of(actor: Actor, entity: type[Entity]) -> Key:
    """The room in which the actor hears of this entity."""
    return Key(entity.entity, actor.access.profile, actor.id if _personal(entity) else None)


def _personal(entity: type[Entity]) -> bool:
    """Do rows of this entity, or the names its cells show, depend on the person beyond their grants?"""
    targets = [column.info["column"].target for column in entity.__table__.columns if column.info["column"].target]
    return any(isinstance(cls.scope, Own | AsRecord) for cls in [entity, *map(class_named, targets)])


@dataclass
class Watcher:
    """One open page: its socket, whose it is, and what it watches.

    lagging  it reads too slowly; it is out of all rooms until its queue has drained
    """

    sid: str
    actor: Actor
    entities: tuple[str, ...] = ()
    lagging: bool = False


class House:
    """All rooms and watchers of this process."""

    def __init__(self) -> None:
        self.lock = threading.RLock()
        self._watchers: dict[str, Watcher] = {}
        self._rooms: dict[str, dict[Key, Room]] = {}
        self._people: dict[Key, set[str]] = {}

    def enter(self, sid: str, actor: Actor) -> Watcher:
        """A socket of `actor` opened."""
        with self.lock:
            watcher = self._watchers[sid] = Watcher(sid, actor)
            return watcher

    def leave(self, sid: str) -> None:
        """The socket closed."""
        with self.lock:
            self._withdraw(sid)
            self._watchers.pop(sid, None)

    def settle(
        self, sid: str, *, actor: Actor | None = None, entities: Iterable[str] | None = None
    ) -> tuple[list[Key], list[Key]]:
        """The socket is `actor`'s, or watches `entities`, from now on; returns the rooms (joined, left)."""
        with self.lock:
            watcher = self._watchers.get(sid)
            if watcher is None:
                return [], []
            watcher.actor = actor or watcher.actor
            if entities is not None:
                watcher.entities = tuple(dict.fromkeys(entities))
            wanted = {} if watcher.lagging else self._wanted(watcher)
            present = {key for key, people in self._people.items() if sid in people}
            for key in present - set(wanted):
                self._part(sid, key)
            for key, cls in wanted.items():
                self._rooms.setdefault(key.entity, {}).setdefault(key, Room(key, watcher.actor, cls))
                self._people.setdefault(key, set()).add(sid)
            return [key for key in wanted if key not in present], list(present - set(wanted))

    def _wanted(self, watcher: Watcher) -> dict[Key, type[Entity]]:
        classes = [named(name) for name in watcher.entities]
        return {key_of(watcher.actor, cls): cls for cls in classes if access.may(watcher.actor, cls, "see")}

    def _withdraw(self, sid: str) -> None:
        for key in [key for key, people in self._people.items() if sid in people]:
            self._part(sid, key)

    def _part(self, sid: str, key: Key) -> None:
        people, rooms = self._people[key], self._rooms[key.entity]
        people.discard(sid)
        if not people:
            del self._people[key]
            del rooms[key]
        elif rooms[key].actor.id == self._watchers[sid].actor.id:
            # Rows may be read as the room's actor, so it must be somebody who is still here.
            rooms[key] = Room(key, self._watchers[next(iter(people))].actor, rooms[key].entity)

    def rooms(self, entity: str) -> list[Room]:
        """The rooms of this process in which somebody watches the entity."""
        with self.lock:
            return list(self._rooms.get(entity, {}).values())

    def room_of(self, sid: str, entity: str) -> Room | None:
        """The room in which this socket watches the entity."""
        with self.lock:
            return next((room for key, room in self._rooms.get(entity, {}).items() if sid in self._people[key]), None)

    def watcher(self, sid: str) -> Watcher | None:
        """Whose socket this is."""
        return self._watchers.get(sid)

    def watchers(self) -> list[Watcher]:
        """Everybody who has a page open at this process."""
        with self.lock:
            return list(self._watchers.values())
