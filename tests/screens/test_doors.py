"""No door of Flask-Admin's is open: every address is ours, and none of its templates can be rendered."""

from __future__ import annotations

import inspect
from pathlib import Path

import flask_admin
import pytest
from flask import Flask
from flask_admin.contrib.sqla import ModelView
from jinja2 import TemplateNotFound

from app.views.entity_screen import DOORS, EntityScreen
from tests.web import Browser

STOCK = Path(flask_admin.__file__).parent
TEMPLATES = sorted(
    str(path.relative_to(STOCK / "templates" / "bootstrap4"))
    for path in (STOCK / "templates" / "bootstrap4").rglob("*.html")
)


def test_every_door_of_a_screen_is_in_the_table(app: Flask) -> None:
    screens = [view for view in app.extensions["admin"][0]._views if isinstance(view, EntityScreen)]
    assert len(screens) > 50
    for screen in screens:
        doors = {name for _, name, _ in screen._urls}
        assert doors <= set(DOORS), f"{screen.endpoint} opens {doors - set(DOORS)}: add them to DOORS with their verb"


def test_no_door_runs_code_of_flask_admin(app: Flask) -> None:
    for _, name, _ in EntityScreen._urls:
        method = inspect.unwrap(getattr(EntityScreen, name))
        assert method.__module__ == "app.views.entity_screen", f"{name} is Flask-Admin's own: override it"


def test_every_door_that_flask_admin_has_is_overridden() -> None:
    for _, name, _ in ModelView._urls:
        assert name in vars(EntityScreen), f"Flask-Admin's {name} would run if anything reached it: override it"


@pytest.mark.parametrize("name", TEMPLATES)
def test_no_stock_template_can_be_found(app: Flask, name: str) -> None:
    with pytest.raises(TemplateNotFound), app.test_request_context("/products/"):
        app.jinja_env.get_template(name)


def test_no_stock_script_is_served(app: Flask) -> None:
    folders = {Path(each.static_folder).resolve() for each in app.blueprints.values() if each.static_folder}
    assert not [folder for folder in folders if STOCK in (folder, *folder.parents)]


@pytest.mark.parametrize(
    "path",
    [
        "/products/export/csv/",
        "/products/ajax/lookup/?name=brand&limit=99999",
        "/products/details/?id=1",
        "/products/edit/?id=1",
    ],
)
def test_the_usual_addresses_of_flask_admin_lead_nowhere(admin: Browser, path: str) -> None:
    assert admin.get(path).status_code == 404


def test_a_door_without_a_verb_does_not_open(app: Flask, monkeypatch: pytest.MonkeyPatch, admin: Browser) -> None:
    monkeypatch.delitem(DOORS, "index_view")
    assert admin.get("/products/").status_code == 404
