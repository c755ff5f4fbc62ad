"""Vendored front end: the packages in vendor.json, taken from npm as they are, so that a shop needs no Node and no CDN.

For maintainers: `python tools/vendor.py` (needs npm). The result is committed; `tests/frontend` re-hashes it.
"""

from __future__ import annotations

import base64
import hashlib
import json
import shutil
import subprocess
import tarfile
import tempfile
import xml.etree.ElementTree as ElementTree
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
PINS = ROOT / "tools" / "vendor.json"
VENDOR = ROOT / "app" / "static" / "vendor"
NOTICE = ROOT / "THIRD_PARTY.md"
LICENCE_NAMES = ("LICENSE", "LICENSE.md", "LICENSE.txt", "LICENCE", "license")
SVG = "http://www.w3.org/2000/svg"

HEAD = """\
# Third-party parts in the browser

Written by `tools/vendor.py` from `tools/vendor.json`; edit those. The files lie unmodified in `app/static/vendor`, each
with its licence text, and `app/static/vendor/manifest.json` holds their hashes. Python packages are not copied into
this repository: `requirements.txt` names them.

| part | version | licence | what for | licence text |
|---|---|---|---|---|
"""
FOOT = """
The npm package @tabler/core carries no licence file; its text here is the MIT licence of the Tabler project.
"""


@dataclass(frozen=True)
class Package:
    name: str
    version: str
    integrity: str
    licence: str
    home: str
    use: str
    files: tuple[str, ...]
    licence_file: str | None = None
    sprite: str | None = None

    @property
    def folder(self) -> str:
        """`@tabler/core` at 1.6.1 lies in `tabler-core@1.6.1`: one flat folder per version, safe to cache for ever."""
        return f"{self.name.lstrip('@').replace('/', '-')}@{self.version}"


def read_pins() -> tuple[list[Package], list[str]]:
    pins = json.loads(PINS.read_text())
    return [Package(**{**p, "files": tuple(p["files"])}) for p in pins["packages"]], pins["icons"]


def fetch(package: Package, into: Path) -> Path:
    """Packs the pinned version with npm, checks its hash and unpacks it; returns the unpacked folder."""
    command = ["npm", "pack", "--silent", "--json", f"{package.name}@{package.version}"]
    packed = json.loads(subprocess.run(command, cwd=into, check=True, capture_output=True, text=True).stdout)
    archive = into / packed[0]["filename"]
    found = "sha512-" + base64.b64encode(hashlib.sha512(archive.read_bytes()).digest()).decode()
    if found != package.integrity:
        raise SystemExit(
            f"{package.name}@{package.version}: the registry gave {found}, vendor.json pins {package.integrity}"
        )
    unpacked = into / package.folder
    with tarfile.open(archive) as tar:
        tar.extractall(unpacked, filter="data")
    return unpacked / "package"


def copy(package: Package, source: Path) -> None:
    target = VENDOR / package.folder
    target.mkdir(parents=True)
    for name in package.files:
        shutil.copyfile(source / name, target / Path(name).name)
    shutil.copyfile(find_licence(package, source), target / "LICENSE")


def find_licence(package: Package, source: Path) -> Path:
    if package.licence_file:
        return ROOT / package.licence_file
    for name in LICENCE_NAMES:
        if (source / name).exists():
            return source / name
    raise SystemExit(f"{package.folder} ships no licence text: add one to tools/licences, name it in vendor.json")


def make_sprite(folder: Path, icons: list[str]) -> str:
    """Puts the named icons into one SVG of symbols; shapes as they are, only the invisible 24x24 frame is left out."""
    ElementTree.register_namespace("", SVG)
    sprite = ElementTree.Element(f"{{{SVG}}}svg")
    missing = [name for name in icons if not (folder / f"{name}.svg").exists()]
    if missing:
        raise SystemExit(
            f"no such icons: {', '.join(missing)}; https://tabler.io/icons has the names, mend vendor.json"
        )
    for name in icons:
        drawing = ElementTree.parse(folder / f"{name}.svg").getroot()
        symbol = ElementTree.SubElement(sprite, f"{{{SVG}}}symbol", id=name, viewBox="0 0 24 24")
        symbol.extend(shape for shape in drawing if shape.get("stroke") != "none")
        for element in symbol.iter():
            element.tail = None
            element.text = None
        symbol.tail = "\n"
    return ElementTree.tostring(sprite, encoding="unicode") + "\n"


def write_manifest() -> None:
    files = [path for path in sorted(VENDOR.rglob("*")) if path.is_file()]
    hashes = {path.relative_to(VENDOR).as_posix(): sha384(path) for path in files}
    (VENDOR / "manifest.json").write_text(json.dumps(hashes, indent=1) + "\n")


def sha384(path: Path) -> str:
    return "sha384-" + base64.b64encode(hashlib.sha384(path.read_bytes()).digest()).decode()


def write_notice(packages: list[Package]) -> None:
    rows = "\n".join(
        f"| [{p.name}]({p.home}) | {p.version} | {p.licence} | {p.use} | [text](app/static/vendor/{p.folder}/LICENSE) |"
        for p in packages
    )
    NOTICE.write_text(f"{HEAD}{rows}\n{FOOT}")


def main() -> None:
    packages, icons = read_pins()
    shutil.rmtree(VENDOR, ignore_errors=True)
    with tempfile.TemporaryDirectory() as scratch:
        for package in packages:
            source = fetch(package, Path(scratch))
            copy(package, source)
            if package.sprite:
                (VENDOR / package.folder / "sprite.svg").write_text(make_sprite(source / package.sprite, icons))
            print(f"{package.name} {package.version}")
    write_manifest()
    write_notice(packages)


if __name__ == "__main__":
    main()
