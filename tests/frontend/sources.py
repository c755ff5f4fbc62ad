"""Where the tests find what a browser is sent."""

from __future__ import annotations

import re
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent.parent
STATIC = ROOT / "app" / "static"
VENDOR = STATIC / "vendor"
TEMPLATES = sorted((ROOT / "templates").rglob("*.html"))
SHEETS = sorted(STATIC.glob("*.css"))
SCRIPTS = sorted(STATIC.glob("*.js"))


def name(path: Path) -> str:
    """How a file is called in the output of a test."""
    return path.relative_to(ROOT).as_posix()


def icons() -> frozenset[str]:
    """The names in the sprite."""
    (sprite,) = VENDOR.glob("tabler-icons@*/sprite.svg")
    return frozenset(re.findall(r'<symbol id="([^"]+)"', sprite.read_text()))


def without_comments(template: str) -> str:
    return re.sub(r"\{#.*?#\}", "", template, flags=re.S)
