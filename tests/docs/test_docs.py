"""The documentation is true: what it names exists, what exists it names, and its links lead somewhere."""

from __future__ import annotations

import os
import re
import subprocess
import sys
import tempfile
from functools import cache
from pathlib import Path

import pytest
from werkzeug.exceptions import MethodNotAllowed, NotFound
from werkzeug.routing import MapAdapter

from app import config, create_app
from app.config import Settings
from app.services.demo.people import WITH_PASSWORD
from tests.docs.pages import PAGES, ROOT, anchors, prose, text
from tools import documentation

ARCHITECTURE = "ARCHITECTURE.md"
CURE = "run: python tools/documentation.py"

each_page = pytest.mark.parametrize("page", PAGES, ids=lambda page: page.relative_to(ROOT).as_posix())


# --- what exists is named --------------------------------------------------------------------------------------------


def test_what_follows_from_the_code_is_up_to_date() -> None:
    assert documentation.out_of_date() == [], CURE


def test_every_setting_is_documented_with_its_default_and_meaning() -> None:
    page = text("docs/operations.md")
    for line in config.lines():
        row = re.search(rf"^\| `{line.name}` \| (.*?) \| (.*?) \|$", page, re.MULTILINE)
        assert row, f"{line.name}: {CURE}"
        assert row[1] == (f"`{line.default}`" if line.default else "–")
        assert row[2].startswith(line.meaning)


def test_the_readme_says_of_a_setting_what_the_settings_say() -> None:
    known = {line.name: line for line in config.lines()}
    rows = re.findall(r"^\| `([A-Z_]+)` \| (.*?) \|", text("README.md"), re.MULTILINE)
    assert len(rows) >= 5
    for name, default in rows:
        assert default == (f"`{known[name].default}`" if known[name].default else "–"), name


def test_the_readme_shows_the_demo_people_and_no_password() -> None:
    page = text("README.md")
    shown = re.findall(r"^(\w+) +(\S+@\S+) +(\S+) +(.+)$", page, re.MULTILINE)
    assert [(role, address) for role, address, *_ in shown] == [(login.role, login.address) for login in WITH_PASSWORD]
    assert {password for *_, password, _ in shown} == {"····-····-····-····"}


def test_every_command_is_documented() -> None:
    page = text("docs/operations.md")
    found = dict(documentation.all_commands())
    assert {"seed", "entities", "admin create", "migration write", "migration upgrade", "worker"} <= set(found)
    for path, command in found.items():
        assert command.help, f"flask {path} says nothing about itself"
        assert f"`flask {path}" in page, CURE


def test_a_command_needs_no_database_of_ones_own(tmp_path: Path) -> None:
    environment = {"PATH": os.environ["PATH"], "VAR_DIR": str(tmp_path / "var")}
    command = [sys.executable, "-m", "flask", "--app", "app", "entities"]
    done = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr[-1000:]
    assert "stock_level" in done.stdout


def folders(top: Path) -> list[str]:
    """The folders right inside `top` that belong to the project."""
    made = {"var", "test-results", "bench-results", "__pycache__", "node_modules"}
    return sorted(
        path.name for path in top.iterdir() if path.is_dir() and not path.name.startswith(".") and path.name not in made
    )


def test_every_folder_has_its_place_on_the_map() -> None:
    page = text(ARCHITECTURE)
    for name in folders(ROOT):
        assert re.search(rf"^{name}/ +\S", page, re.MULTILINE), f"{ARCHITECTURE} does not say what belongs in {name}/"
    within = [f"{top}/{name}" for top in folders(ROOT / "app") for name in folders(ROOT / "app" / top)]
    for name in [*folders(ROOT / "app"), *within]:
        assert f"`app/{name}/`" in page, f"{ARCHITECTURE} does not say what belongs in app/{name}/"
    for name in folders(ROOT / "templates"):
        assert re.search(rf"^templates/ .*\b{name}\b", page, re.MULTILINE), (
            f"{ARCHITECTURE} does not name templates/{name}"
        )


def test_every_word_of_the_glossary_is_there_once() -> None:
    part = text(ARCHITECTURE).split("## Glossary")[1].split("\n## ")[0]
    words = re.findall(r"^\| \*\*(.+?)\*\* \|", part, re.MULTILINE)
    assert words == sorted(set(words)), "in alphabetical order, each once"
    ours = """location terminal actor record change feed cursor version conflict movement transfer adjustment count
        request receipt grant role"""
    assert set(ours.split()) <= set(words)


# --- what is named exists --------------------------------------------------------------------------------------------


@cache
def sources() -> dict[Path, str]:
    """Everything that ours is written in."""
    kinds = ("*.py", "*.js", "*.sql", "*.html", "*.css")
    tops = [ROOT / name for name in ("app", "migrations", "templates", "tools", "bench")]
    found = [path for top in tops for kind in kinds for path in top.rglob(kind) if "vendor" not in path.parts]
    found += [ROOT / name for name in ("wsgi.py", "run", "test", "pyproject.toml", ".env.example")]
    return {path: path.read_text() for path in found}


@cache
def everything() -> str:
    return "\n".join(sources().values())


def defines(module: str, name: str) -> bool:
    """Does a module of this name define that?"""
    said = re.compile(
        rf"^\s*(?:async )?(?:def|class) {name}\b|^{name}\b.*=|^\s+import {name}\b|\bfunction {name}\b|^  (?:get |async )*{name}\(",
        re.MULTILINE,
    )
    return any(said.search(code) for path, code in sources().items() if path.stem == module)


def method(cls: str, name: str) -> bool:
    """Does a class of this name have that?"""
    for code in sources().values():
        found = re.search(rf"^(?:export )?class {cls}\b.*?(?=^\S|\Z)", code, re.DOTALL | re.MULTILINE)
        if found and re.search(rf"^\s+(?:def |async |get )*{name}\b", found[0], re.MULTILINE):
            return True
    return False


NOT_OURS = {"id > last", "kill -9", "can_edit", "USING (true)", "./run", "./test"}
"""Words of PostgreSQL, of the shell and of libraries."""

IN_A_FILE = re.compile(r"\.(py|js|css|md|sh|txt|toml|html|sql)$")


def exists(token: str) -> bool:
    """Is there what this word in backticks names?"""
    if token in NOT_OURS:
        return True
    if token.startswith(("/", "GET /", "POST /")):
        return answers(token)
    if token.startswith("flask "):
        return any(token.removeprefix("flask ").startswith(path) for path, _ in documentation.all_commands())
    if "/" in token or IN_A_FILE.search(token):
        return (ROOT / token).exists()
    if token.startswith("backroom."):
        name = token.removesuffix("…")
        return re.search(re.escape(name) + ("" if name != token else r"\b"), everything()) is not None
    called = re.fullmatch(r"([A-Z_]+)=\w+|(\w+)\(.*\)", token)
    if called:
        return exists(called[1] or called[2])
    parts = token.split(".")
    if len(parts) == 2 and all(part.isidentifier() for part in parts):
        return defines(*parts) or method(*parts)
    return re.search(rf"(?<!\w){re.escape(token)}(?!\w)", everything()) is not None


@cache
def addresses() -> MapAdapter:
    """Every address that the application answers; it needs no database to be asked."""
    with tempfile.TemporaryDirectory() as folder:
        return create_app(Settings(var_dir=Path(folder))).url_map.bind("localhost")


def answers(said: str) -> bool:
    """Does the application answer there? `<id>` stands for any record."""
    method, address = said.split() if " " in said else ("", said)
    address = address.replace("<id>", "00000000-0000-7000-8000-000000000000")
    for tried in [method] if method else ["GET", "POST"]:
        try:
            addresses().match(address, tried)
        except (NotFound, MethodNotAllowed):
            continue
        return True
    return False


def test_whatever_the_architecture_names_in_backticks_exists() -> None:
    tokens = dict.fromkeys(re.findall(r"`([^`]+)`", prose(text(ARCHITECTURE))))
    assert len(tokens) > 100
    assert [token for token in tokens if not exists(token)] == []


@each_page
def test_files_commands_and_settings_that_a_page_names_exist(page: Path) -> None:
    known = {line.name for line in config.lines()} | {"CHROMIUM", "PYTHON"}
    for token in re.findall(r"`([^`\n]+)`", prose(page.read_text())):
        if token.startswith("flask ") and token != "flask X":
            assert exists(token), f"there is no command {token}"
        elif re.fullmatch(r"[A-Z]+(_[A-Z]+)+(=.*)?", token):
            assert token.split("=")[0] in known or exists(token), f"there is no setting {token}"
        elif re.fullmatch(r"(app|docs|tests|tools|migrations|templates|bench)/[\w/.-]*", token):
            assert (ROOT / token).exists() or token in text("CONTRIBUTING.md"), f"there is no file {token}"


def test_a_name_that_does_not_exist_is_noticed() -> None:
    for token in (
        "records.destroy",
        "Hub.spin",
        "app/core/magic.py",
        "backroom.wizard",
        "no_such_word_anywhere",
        "/nowhere/at/all",
        "GET /api/v0/x",
    ):
        assert not exists(token), token
    for token in (
        "records.change",
        "Hub.turn",
        "LiveTable",
        "backroom.raise_version",
        "backroom.seen_…",
        "GET /api/v1/changes",
    ):
        assert exists(token), token


# --- links and words -------------------------------------------------------------------------------------------------


@each_page
def test_links_lead_somewhere(page: Path) -> None:
    for target in re.findall(r"\]\(([^)\s]+)\)|(?:src|srcset|href)=\"([^\"]+)\"", prose(page.read_text())):
        link = target[0] or target[1]
        if re.match(r"(https?|mailto):", link):
            continue
        where, _, place = link.partition("#")
        found = (page.parent / where).resolve() if where else page
        assert found.exists(), f"{link} leads nowhere"
        if place and found.suffix == ".md":
            assert place in anchors(found.read_text()), f"{link}: there is no such heading"


MACHINE_PATH = re.compile(r"(?<![\w.])/(work|root|tmp|home/\w+|Users/\w+)/")


@each_page
def test_no_page_names_a_folder_of_somebodys_machine(page: Path) -> None:
    assert MACHINE_PATH.findall(page.read_text()) == []


def test_pictures_are_shown_somewhere() -> None:
    shown = "\n".join(page.read_text() for page in PAGES)
    for picture in (ROOT / "docs" / "images").glob("*"):
        assert picture.name in shown, f"docs/images/{picture.name} is in no page"


def test_the_changelog_keeps_its_form() -> None:
    page = text("CHANGELOG.md")
    assert "## [Unreleased]" in page
    headings = re.findall(r"^### (.+)$", page, re.MULTILINE)
    assert headings
    assert set(headings) <= {"Added", "Changed", "Deprecated", "Removed", "Fixed", "Security"}


def test_the_map_stays_readable() -> None:
    assert len(text(ARCHITECTURE).splitlines()) <= 400
