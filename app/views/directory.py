"""The directory: every list that the person may open, by area, each with what it is."""

from __future__ import annotations

from dataclasses import dataclass

from flask import render_template
from flask.typing import ResponseReturnValue
from flask_admin import BaseView, expose

from app.core import entity
from app.core.actor import Actor
from app.core.screen import AREAS
from app.identity import current_actor
from app.views import menu, paths


@dataclass(frozen=True)
class Place:
    """One list of the directory."""

    label: str
    url: str
    icon: str
    about: str


class Directory(BaseView):  # type: ignore[misc]
    """The page that Flask-Admin keeps as its own first one."""

    def __init__(self) -> None:
        super().__init__(name="All lists", endpoint="directory", url="/lists")

    def _handle_view(self, name: str, **kw: object) -> None:
        """Whoever is signed in may see what is open to them."""
        current_actor()

    @expose("/")
    def index(self) -> ResponseReturnValue:
        """The areas."""
        return render_template("entity/directory.html", areas=areas(current_actor()))


def areas(actor: Actor) -> list[tuple[str, str, list[Place]]]:
    """(area, icon, lists) of everything that has a place in the person's menu."""
    found: dict[str, list[Place]] = {area: [] for area in AREAS}
    for cls in menu.shown_to(actor):
        about = (cls.__doc__ or "").strip().splitlines()[0]
        found[cls.screen.area].append(Place(entity.plural_of(cls), paths.of_list(cls), cls.screen.icon, about))
    return [(area, AREAS[area], places) for area, places in found.items() if places]
