"""What stands around every page: the menu, the location switcher, the person."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from flask import Flask, g, request
from sqlalchemy.exc import SQLAlchemyError

from app import identity
from app.config import Settings
from app.core import access, db, entity
from app.core.actor import Actor, Everywhere
from app.core.entity import Entity
from app.core.screen import AREAS
from app.models.location import Location
from app.views import paths
from app.views.work import door


@dataclass(frozen=True)
class Item:
    """A line of the menu."""

    label: str
    url: str
    icon: str
    active: bool


@dataclass(frozen=True)
class Page:
    """A page of its own shape with a place in the menu, after the lists of its area.

    may   who may open it
    """

    label: str
    url: str
    icon: str
    may: Callable[[Actor], bool]


@dataclass(frozen=True)
class Area:
    """A group of the menu."""

    label: str
    icon: str
    items: tuple[Item, ...]

    @property
    def active(self) -> bool:
        return any(item.active for item in self.items)


@dataclass(frozen=True)
class Place:
    """A location to switch to."""

    id: UUID
    label: str
    time_zone: str


@dataclass(frozen=True)
class Face:
    """Who is signed in, as the top bar shows them."""

    id: UUID | None
    name: str
    email: str
    picture: str | None


_pages: dict[str, dict[str, Page]] = {}
_within: dict[str, str] = {}


def add(area: str, *pages: Page) -> None:
    """Put pages into an area of the menu."""
    _pages.setdefault(area, {}).update({page.url: page for page in pages})


def within(entity_cls: type[Entity], start: str) -> None:
    """Mark a list of the menu on all pages whose address starts so: they tell more about its records."""
    _within[start] = paths.of_list(entity_cls)


def init(app: Flask) -> None:
    """Give every template what the frame needs."""
    settings: Settings = app.config["BACKROOM"]

    @app.context_processor
    def _around() -> dict[str, Any]:
        return {"poll_seconds": settings.poll_seconds, **_for_person()}


def areas(actor: Actor, path: str) -> list[Area]:
    """The areas and lists that the actor may open, with the present one marked."""
    found: dict[str, list[Item]] = {area: [] for area in AREAS}
    path = next((place for start, place in _within.items() if path.startswith(start)), path)
    for cls in shown_to(actor):
        here = path.startswith(paths.of_list(cls))
        found[cls.screen.area].append(Item(entity.plural_of(cls), paths.of_menu(cls), cls.screen.icon, here))
    for area, pages in _pages.items():
        for page in pages.values():
            if page.may(actor):
                found[area].append(Item(page.label, page.url, page.icon, path.startswith(page.url)))
    return [Area(area, AREAS[area], tuple(items)) for area, items in found.items() if items]


def shown_to(actor: Actor) -> Iterator[type[Entity]]:
    """The entities with a place in the actor's menu."""
    return (cls for cls in entity.entities() if cls.screen.menu and access.may(actor, cls, "see"))


def places(actor: Actor) -> list[Place]:
    """The locations that the actor may switch among, by name; none for whoever has just one."""
    mine = identity.places(actor)
    statement = (
        sa.select(Location.id, Location.name, Location.time_zone)
        .where(Location.active)
        .order_by(Location.name, Location.id)
    )
    if not isinstance(mine, Everywhere):
        statement = statement.where(Location.id.in_(mine))
    with db.reading(actor) as session:
        found = [Place(*row) for row in session.execute(statement)]
    return found if len(found) > 1 else []


def _for_person() -> dict[str, Any]:
    # The page about a breakdown is made here too: with the database away, it stands alone.
    if "frame" not in g:
        try:
            g.frame = _facts()
        except SQLAlchemyError:
            g.frame = {"person": None}
    return dict(g.frame)


def _facts() -> dict[str, Any]:
    actor = identity.actor_if_any()
    if actor is None:
        return {"person": None}
    switchable = places(actor)
    return {
        "language": actor.language,
        "person": _face(actor),
        "menu": areas(actor, request.path),
        "works": door.may_work(actor),
        "locations": switchable,
        "location": _chosen(actor, switchable),
        "time_zone": _time_zone(actor, switchable),
    }


def _chosen(actor: Actor, switchable: Iterable[Place]) -> Place | None:
    return next((place for place in switchable if place.id == actor.chosen), None)


def _time_zone(actor: Actor, switchable: list[Place]) -> str:
    chosen = _chosen(actor, switchable)
    zones = {place.time_zone for place in ([chosen] if chosen else switchable)}
    return zones.pop() if len(zones) == 1 else ""


def _face(actor: Actor) -> Face:
    return Face(actor.id, actor.name, "", None)
