"""Pages work under a policy that allows nothing inline and nothing from elsewhere."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from jinja2 import Environment

from tests.frontend.sources import SCRIPTS, SHEETS, STATIC, TEMPLATES, VENDOR, name, without_comments

FORBIDDEN_IN_TEMPLATES = {
    r"<[^>]*\son[a-z]+\s*=": "an inline handler: the policy blocks it; listen in a module",
    r"<[^>]*\sstyle\s*=": "a style attribute: the policy blocks it; use a class, <meter> or an SVG attribute",
    r"<style\b": "an inline style sheet: put it into a .css file",
    r"<script(?![^>]*\ssrc=)[^>]*>": "an inline script: put it into a module",
    r"javascript:": "a javascript: address",
    r"<(?:script|link|img)\b[^>]*(?:src|href)\s*=\s*[\"']https?:": "something from another server: vendor it",
}
FORBIDDEN_IN_SCRIPTS = {
    r"\beval\(|new Function\(": "eval",
    r"setAttribute\(\s*[\"']style[\"']|\.cssText\b": "a style attribute: set single properties of el.style",
    r"https?://(?!www\.w3\.org/)": "an address elsewhere",
    r"\bjQuery\b|\$\(": "jQuery",
    r"\bon(?:click|change|submit|input)\s*=": "a handler property: use addEventListener",
}
FORBIDDEN_IN_SHEETS = {
    r"@import": "an import: the page links every sheet",
    r"url\([\"']?(?:https?:|//)": "something from another server: vendor it",
}
CLASSIC = {"theme.js", "menu.js"}
"""Run before the first paint, so they can't be modules."""


def offences(text: str, rules: dict[str, str]) -> list[str]:
    return [
        f"{cure}: {found.group(0)[:80]!r}" for pattern, cure in rules.items() for found in re.finditer(pattern, text)
    ]


@pytest.mark.parametrize("path", TEMPLATES, ids=name)
def test_a_template_holds_nothing_inline(path: Path) -> None:
    assert offences(without_comments(path.read_text()), FORBIDDEN_IN_TEMPLATES) == []


@pytest.mark.parametrize("path", TEMPLATES, ids=name)
def test_a_template_can_be_read(path: Path) -> None:
    Environment(autoescape=True).parse(path.read_text())


@pytest.mark.parametrize("path", TEMPLATES, ids=name)
def test_no_script_holds_up_the_page_but_the_two_that_prevent_a_flash(path: Path) -> None:
    tags = re.findall(r"<script\b[^>]*>", without_comments(path.read_text()))
    blocking = [tag for tag in tags if "defer" not in tag and 'type="module"' not in tag]
    flashing = [tag for tag in blocking if not any(classic in tag for classic in CLASSIC)]
    assert flashing == [], 'add type="module", or defer'


@pytest.mark.parametrize("path", SHEETS, ids=name)
def test_a_sheet_asks_for_nothing_from_elsewhere(path: Path) -> None:
    text = path.read_text()
    assert offences(text, FORBIDDEN_IN_SHEETS) == []
    assert [address for address in re.findall(r"url\(\"([^\"]+)\"\)", text) if not (STATIC / address).exists()] == []


@pytest.mark.parametrize("path", SCRIPTS, ids=name)
def test_a_script_does_nothing_the_policy_forbids(path: Path) -> None:
    assert offences(path.read_text(), FORBIDDEN_IN_SCRIPTS) == []


@pytest.mark.parametrize("path", SCRIPTS, ids=name)
def test_a_script_says_first_what_it_is_for(path: Path) -> None:
    assert re.match(r"// \w|/\* \w", path.read_text()), "its first line says in a sentence which job it does"


@pytest.mark.parametrize("path", [path for path in SCRIPTS if path.name not in CLASSIC], ids=name)
def test_what_a_module_imports_is_there(path: Path) -> None:
    wanted = re.findall(r"(?:^import[^;]*?|import\()\s*[\"']([^\"']+)[\"']", path.read_text(), flags=re.M)
    missing = [target for target in wanted if not target.startswith("./") or not (path.parent / target).exists()]
    assert missing == [], "modules import by relative path, for there is no import map"


def test_every_static_file_that_a_template_names_is_there() -> None:
    missing = {
        f"{name(path)}: {target}"
        for path in TEMPLATES
        for target in re.findall(r"filename=['\"]([^'\"]+\.[a-z0-9]+)['\"]", path.read_text())
        if not (STATIC / target).exists()
    }
    assert missing == set()


def test_a_page_loads_every_vendored_file_from_the_pinned_folder() -> None:
    folders = {path.name for path in VENDOR.iterdir()}
    named = {
        (name(path), folder)
        for path in [*TEMPLATES, *SCRIPTS, *SHEETS]
        for folder in re.findall(r"vendor/([\w.-]+@[\w.-]+)/", path.read_text())
    }
    assert {(path, folder) for path, folder in named if folder not in folders} == set(), "see tools/vendor.json"
