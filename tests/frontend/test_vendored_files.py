"""What we took from others is exactly what they published, with its licence."""

from __future__ import annotations

import base64
import hashlib
import json
from pathlib import Path

from tests.frontend.sources import ROOT, VENDOR, icons

CURE = "run `python tools/vendor.py` and commit what it writes; vendored files are never edited by hand"


def sha384(path: Path) -> str:
    return "sha384-" + base64.b64encode(hashlib.sha384(path.read_bytes()).digest()).decode()


def pins() -> list[tuple[str, str]]:
    packages = json.loads((ROOT / "tools" / "vendor.json").read_text())["packages"]
    return [(p["name"], f"{p['name'].lstrip('@').replace('/', '-')}@{p['version']}") for p in packages]


def test_every_vendored_file_has_the_hash_that_was_recorded_when_it_was_taken() -> None:
    recorded = json.loads((VENDOR / "manifest.json").read_text())
    files = [path for path in VENDOR.rglob("*") if path.is_file() and path.name != "manifest.json"]
    found = {path.relative_to(VENDOR).as_posix(): sha384(path) for path in files}
    assert found == recorded, CURE


def test_the_folders_are_those_of_the_pinned_versions() -> None:
    assert {folder for _, folder in pins()} == {path.name for path in VENDOR.iterdir() if path.is_dir()}, CURE


def test_every_package_comes_with_its_licence_text_and_is_named_in_the_notice() -> None:
    notice = (ROOT / "THIRD_PARTY.md").read_text()
    for package, folder in pins():
        assert len((VENDOR / folder / "LICENSE").read_text()) > 200, f"{package} has no licence text: {CURE}"
        assert f"app/static/vendor/{folder}/LICENSE" in notice, f"THIRD_PARTY.md does not know {package}: {CURE}"


def test_the_sprite_has_every_icon_that_was_asked_for() -> None:
    assert icons() == set(json.loads((ROOT / "tools" / "vendor.json").read_text())["icons"]), CURE
