"""The one screen that every entity gets: its doors, and who may pass each of them.

Flask-Admin brings the blueprint, the routing and the place in its registry. What it would do behind its own doors
(scaffold forms, run queries, render its templates) is closed: every door it has is ours or is not there.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final
from uuid import UUID

from flask import Flask
from flask.typing import ResponseReturnValue
from flask_admin import Admin, expose
from flask_admin.contrib.sqla import ModelView
from flask_admin.theme import Theme

from app.core import access, db, entity
from app.core.entity import Entity
from app.core.errors import Forbidden, NotFound, NotSupported
from app.identity import current_actor
from app.services import files
from app.views import (
    attachments,
    bulk,
    cell_page,
    comments,
    filter_form,
    form_page,
    list_page,
    paths,
    picking,
    record_page,
    step_page,
    words,
)
from app.views.directory import Directory
from app.views.history import differences_pages, history_pages, past_pages

DOORS: Final[dict[str, tuple[str | None, bool]]] = {
    # door             verb it needs   writes
    "index_view": ("see", False),
    "filter_view": ("see", False),
    "details_view": ("see", False),
    "file_view": ("see", False),
    "ajax_lookup": (None, False),  # everyone signed in may pick people by name; `listing.pick` asks for the rest
    "create_view": ("create", True),
    "edit_view": ("change", True),
    "ajax_update": ("change", True),
    "cell_view": ("change", True),
    "field_view": ("change", True),
    "delete_view": ("delete", True),
    "action_view": ("see", True),  # a bulk edit or a bulk deletion, which ask for their own verb
    "step_view": ("see", False),  # a step of a document, which asks for its own verb
    "history_view": ("see", False),
    "history_file_view": ("export", False),
    "list_history_view": ("see", False),
    "list_history_file_view": ("export", False),
    "past_view": ("see", False),
    "list_past_view": ("see", False),
    "differences_view": ("see", False),
    "cell_history_view": ("see", False),
    "attach_view": ("see", False),  # hangs an attachment on the record, which asks for its own verb
    "comments_view": ("see", False),  # what was said about the record; saying something asks for its own verb
}
"""Every door of a screen. One that is not in this table does not open."""


class EntityScreen(ModelView):  # type: ignore[misc]
    """The screen of one entity: every door leads to a page module, with the actor in hand."""

    def __init__(self, entity_cls: type[Entity]) -> None:
        address = paths.of_list(entity_cls).rstrip("/")
        super().__init__(entity_cls, db, name=entity.plural_of(entity_cls), endpoint=entity_cls.entity, url=address)

    def _refresh_cache(self) -> None:
        """Flask-Admin would scaffold columns, filters and forms here; ours come from the entity."""

    def scaffold_auto_joins(self) -> list[Any]:
        """No query of Flask-Admin's is ever run."""
        return []

    def init_actions(self) -> None:
        """No action of Flask-Admin's is offered."""
        self._actions, self._actions_data = [], {}

    def _handle_view(self, name: str, **kw: Any) -> None:
        """Every door passes here first: what is not in the table stays shut."""
        if name not in DOORS:
            raise NotFound()
        verb, writes = DOORS[name]
        actor = current_actor()
        if verb is not None and not access.may(actor, self.model, verb):
            raise form_page.lost(self.model) if name == "edit_view" else Forbidden()
        if writes and not self.model.screen.writable:
            raise NotSupported(entity=entity.label_of(self.model).lower())

    def _run_view(self, fn: Callable[..., Any], *args: Any, **kw: Any) -> Any:
        """Flask-Admin calls a view a second time after a TypeError in it; ours are called once."""
        return fn(self, *args, **kw)

    def is_accessible(self) -> bool:
        """May the person see any row? The menu asks."""
        return access.may(current_actor(), self.model, "see")

    def is_visible(self) -> bool:
        """Has this entity a place in the menu?"""
        return bool(self.model.screen.menu)

    @expose("/")
    def index_view(self) -> ResponseReturnValue:
        """The list, or its rows alone."""
        return list_page.show(current_actor(), self.model)

    @expose("/filter")
    def filter_view(self) -> ResponseReturnValue:
        """The small form of one filter."""
        return filter_form.show(current_actor(), self.model)

    @expose("/new", methods=("GET", "POST"))
    def create_view(self) -> ResponseReturnValue:
        """A new record."""
        return form_page.create(current_actor(), self.model)

    @expose("/pick")
    def ajax_lookup(self) -> ResponseReturnValue:
        """Records by a few letters."""
        return picking.offer(current_actor(), self.model)

    @expose("/field")
    def field_view(self) -> ResponseReturnValue:
        """An empty field for many rows."""
        return cell_page.blank(current_actor(), self.model)

    @expose("/bulk", methods=("POST",))
    def action_view(self) -> ResponseReturnValue:
        """Many rows at once."""
        return bulk.apply(current_actor(), self.model)

    @expose("/<uuid:id>")
    def details_view(self, id: UUID) -> ResponseReturnValue:
        """One record."""
        return record_page.show(current_actor(), self.model, id)

    @expose("/<uuid:id>/edit", methods=("GET", "POST"))
    def edit_view(self, id: UUID) -> ResponseReturnValue:
        """The record's form."""
        return form_page.edit(current_actor(), self.model, id)

    @expose("/<uuid:id>/delete", methods=("POST",))
    def delete_view(self, id: UUID) -> ResponseReturnValue:
        """Delete the record."""
        return form_page.delete(current_actor(), self.model, id)

    @expose("/<uuid:id>/cell")
    def cell_view(self, id: UUID) -> ResponseReturnValue:
        """The editor of one cell."""
        return cell_page.editor(current_actor(), self.model, id)

    @expose("/<uuid:id>/cell", methods=("POST",))
    def ajax_update(self, id: UUID) -> ResponseReturnValue:
        """Save one cell."""
        return cell_page.save(current_actor(), self.model, id)

    @expose("/<uuid:id>/file/<column>")
    def file_view(self, id: UUID, column: str) -> ResponseReturnValue:
        """The file in a column."""
        return record_page.send(current_actor(), self.model, id, column)

    @expose("/<uuid:id>/do/<verb>", methods=("GET", "POST"))
    def step_view(self, id: UUID, verb: str) -> ResponseReturnValue:
        """A step of the document: what it asks, and taking it."""
        return step_page.show(current_actor(), self.model, id, verb)

    @expose("/<uuid:id>/attachments", methods=("POST",))
    def attach_view(self, id: UUID) -> ResponseReturnValue:
        """Hang a file on the record."""
        return attachments.add(current_actor(), self.model, id)

    @expose("/<uuid:id>/comments", methods=("GET", "POST"))
    def comments_view(self, id: UUID) -> ResponseReturnValue:
        """What was said about the record, and saying something."""
        return comments.page(current_actor(), self.model, id)

    @expose("/history")
    def list_history_view(self) -> ResponseReturnValue:
        """What happened to the records of the list."""
        return history_pages.of_list(current_actor(), self.model)

    @expose("/history.csv")
    def list_history_file_view(self) -> ResponseReturnValue:
        """The same as a file."""
        return history_pages.send(current_actor(), self.model)

    @expose("/<uuid:id>/history")
    def history_view(self, id: UUID) -> ResponseReturnValue:
        """What happened to the record."""
        return history_pages.of_record(current_actor(), self.model, id)

    @expose("/<uuid:id>/history.csv")
    def history_file_view(self, id: UUID) -> ResponseReturnValue:
        """The same as a file."""
        return history_pages.send(current_actor(), self.model, id)

    @expose("/<uuid:id>/history/<column>")
    def cell_history_view(self, id: UUID, column: str) -> ResponseReturnValue:
        """Who changed one cell of the record."""
        return history_pages.of_cell(current_actor(), self.model, id, column)

    @expose("/past")
    def list_past_view(self) -> ResponseReturnValue:
        """The list as it was at a moment."""
        return past_pages.of_list(current_actor(), self.model)

    @expose("/<uuid:id>/past")
    def past_view(self, id: UUID) -> ResponseReturnValue:
        """The record as it was at a moment."""
        return past_pages.of_record(current_actor(), self.model, id)

    @expose("/differences")
    def differences_view(self) -> ResponseReturnValue:
        """What became of the list's records between two moments."""
        return differences_pages.between(current_actor(), self.model)

    def export(self, export_type: str = "") -> ResponseReturnValue:
        """Flask-Admin's export has no address here."""
        raise NotFound()

    def get_query(self) -> Any:
        """Records come through `core.access` alone."""
        raise NotSupported(entity=self.model.entity)

    get_count_query = get_one = get_list = create_model = update_model = delete_model = get_query


def register(app: Flask) -> None:
    """Give every entity its screen."""
    words.init(app)
    settings = app.config["BACKROOM"]
    files.configure(settings.uploads_dir, largest_mb=settings.upload_max_mb)
    # Flask-Admin has no folder of this name: none of its templates can be found, so none can be rendered.
    theme = Theme(folder="none", base_template="layout.html")
    admin = Admin(app, name="Backroom", index_view=Directory(), theme=theme, static_url_path="/static")
    for entity_cls in entity.entities():
        admin.add_view(EntityScreen(entity_cls))
