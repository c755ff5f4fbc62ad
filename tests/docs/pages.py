"""The documentation as tests read it: its pages, their links, their commands."""

from __future__ import annotations

import re
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]

PAGES = sorted([*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md")])
"""Every page of the project."""


def text(name: str) -> str:
    """A page by its path."""
    return (ROOT / name).read_text()


def prose(page: str) -> str:
    """A page without its blocks of code."""
    return re.sub(r"^```.*?^```", "", page, flags=re.DOTALL | re.MULTILINE)


def block(name: str, mark: str) -> str:
    """The code that stands in a page right after `<!-- test: mark -->`."""
    found = re.search(rf"<!-- test: {mark} -->\n```\w+\n(.*?)```", text(name), re.DOTALL)
    assert found, f"{name} has no block marked <!-- test: {mark} -->"
    return found[1]


def anchors(page: str) -> set[str]:
    """The places inside a page that a link can name, spelled as GitHub spells them."""
    headings = re.findall(r"^#+ (.+)$", prose(page), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", heading.replace("`", "")).strip().lower().replace(" ", "-") for heading in headings}
