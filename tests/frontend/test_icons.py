"""No button without its picture: every icon that is named anywhere is in the sprite."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest

import app.models  # noqa: F401 - declares every entity
from app.core import entity
from app.core.screen import AREAS
from tests.frontend.sources import ROOT, SCRIPTS, TEMPLATES, icons, name, without_comments

CURE = "add it to the icons in tools/vendor.json and run tools/vendor.py, or take one that is there"


IN_PAGES = (
    r"\bicon\(\s*[\"']([a-z0-9-]+)[\"']",
    r"data-icon=\"([a-z0-9-]+)\"",
    r"\bicon: [\"']([a-z0-9-]+)[\"']",
    r"sprite\.svg#([a-z0-9-]+)",
    r"\bempty\([^\n]*,\s*\"([a-z0-9-]+)\"\)",  # an empty state: title, sentence, icon
)
IN_VIEWS = (r"sprite\.svg#([a-z0-9-]+)", r"\bicon=[\"']([a-z0-9-]+)[\"']")


def named() -> Iterator[tuple[str, str]]:
    views = sorted((ROOT / "app" / "views").glob("*.py"))
    for paths, patterns in (([*TEMPLATES, *SCRIPTS], IN_PAGES), (views, IN_VIEWS)):
        for path in paths:
            text = without_comments(path.read_text())
            yield from ((name(path), found) for pattern in patterns for found in re.findall(pattern, text))


def test_every_icon_that_a_page_or_a_script_names_is_in_the_sprite() -> None:
    found = set(named())
    assert len(found) > 30, "the pattern that finds icons has stopped finding them"
    assert sorted((where, icon) for where, icon in found if icon not in icons()) == [], CURE


def test_every_area_of_the_menu_has_its_icon() -> None:
    assert {area: icon for area, icon in AREAS.items() if icon not in icons()} == {}, CURE


@pytest.mark.parametrize("cls", entity.entities(), ids=lambda cls: cls.entity)
def test_an_entity_has_an_icon_that_exists(cls: type[entity.Entity]) -> None:
    assert cls.screen.icon in icons(), CURE
