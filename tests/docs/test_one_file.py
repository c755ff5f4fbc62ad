"""A new entity is one file: the very one that CONTRIBUTING.md shows, in a copy of the project, on a real database."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from app.core import embedded
from tests.databases import clone, drop

pytestmark = pytest.mark.slow

ROOT = Path(__file__).resolve().parents[2]
PAGE = ROOT / "CONTRIBUTING.md"
PARTS = ("app", "migrations", "templates", "tests", "wsgi.py", "pyproject.toml")

PATIENCE = 60.0
"""Seconds that writing the migration, running it and opening the first page may take together."""


@dataclass(frozen=True)
class House:
    """A copy of the project with one file more, on a database of its own."""

    folder: Path
    environment: dict[str, str]
    owner_url: str
    web_url: str

    def run(self, *command: str) -> str:
        done = subprocess.run(
            [sys.executable, *command],
            cwd=self.folder,
            env=self.environment,
            capture_output=True,
            text=True,
            check=False,
            timeout=100,
        )
        assert done.returncode == 0, f"{' '.join(command)}\n{done.stdout[-2000:]}\n{done.stderr[-4000:]}"
        return done.stdout

    def flask(self, *command: str) -> str:
        return self.run("-m", "flask", "--app", "app", *command)

    def files(self) -> set[str]:
        """Everything of the project itself, as paths."""
        found = (
            path.relative_to(self.folder)
            for part in PARTS
            for path in [self.folder / part, *(self.folder / part).rglob("*")]
        )
        return {str(path) for path in found if "__pycache__" not in path.parts and (self.folder / path).is_file()}


def shown(path: str) -> str:
    """The file that CONTRIBUTING.md says to save under `path`."""
    found = re.search(rf"`{re.escape(path)}`:\n.*?```python\n(.*?)```", PAGE.read_text(), re.DOTALL)
    assert found, f"CONTRIBUTING.md shows no file to save as {path}"
    return found[1]


@pytest.fixture(scope="module")
def house(server: embedded.Server, template: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    """The copy, before the new file is in it."""
    folder = tmp_path_factory.mktemp("house")
    for part in PARTS:
        if (ROOT / part).is_dir():
            shutil.copytree(ROOT / part, folder / part, ignore=shutil.ignore_patterns("__pycache__"))
        else:
            shutil.copy(ROOT / part, folder / part)
    database = clone(server, template)
    environment = {
        "PATH": os.environ["PATH"],
        "DATABASE_URL": database.url,
        "DIRECT_DATABASE_URL": database.owner_url,
        "VAR_DIR": str(folder / "var"),
        "PSYCOPG_WAIT_FUNC": "wait_select",
    }
    yield House(folder, environment, database.owner_url, database.url)
    drop(server, database)


@pytest.fixture(scope="module")
def told(house: House) -> dict[str, Any]:
    """Follow the recipe, and tell how it went."""
    before = house.files()
    (house.folder / "app/models/appliance.py").write_text(shown("app/models/appliance.py"))
    began = time.monotonic()
    written = [
        line for line in house.flask("migration", "write", "appliances").splitlines() if line.startswith("migrations/")
    ]
    house.flask("migration", "upgrade")
    prepared = time.monotonic() - began
    again = house.flask("migration", "write", "again")
    walked = json.loads(
        house.run("-m", "tests.docs.walk", house.owner_url, house.web_url, str(house.folder / "var")).splitlines()[-1]
    )
    seconds = prepared + walked["seconds_to_first_page"]
    return {**walked, "written": written, "again": again, "new": house.files() - before, "seconds": seconds}


def test_one_file_is_written_by_hand_and_the_migration_by_the_machine(told: dict[str, Any]) -> None:
    by_machine = {path for path in told["new"] if path.startswith("migrations/")}
    assert told["new"] - by_machine == {"app/models/appliance.py"}
    assert by_machine == set(told["written"]), "the command names every file that it writes"
    assert sorted(re.sub(r"\d{4}", "NNNN", path) for path in by_machine) == [
        "migrations/sql/NNNN_appliances/appliances.sql",
        "migrations/versions/NNNN_appliances.py",
    ], "other tables' declarations differ from their migrations too: write theirs first"
    assert "nothing to write" in told["again"]


def test_its_screens_work_for_the_manager(told: dict[str, Any]) -> None:
    assert "No appliances yet" in told["empty"]
    assert told["created"] == 303
    assert all(word in told["list"] for word in ("Fridge", "Works", "499.00", "North"))
    assert "F-1" in told["record"]
    assert told["filtered"] == [True, False]
    assert told["refused"] == [422, True], "the entity's own check speaks at its field"
    assert told["edited"] == 303
    assert (told["cell"]["version"], "Old fridge" in told["cell"]["cells"]["name"]) == (3, True)
    assert [pick["title"] for pick in told["picked"]] == ["Old fridge"]


def test_a_save_on_a_stale_version_is_refused(told: dict[str, Any]) -> None:
    assert told["stale"]["error"] == "conflict"
    assert told["stale"]["theirs"] == {"name": "Old fridge"}


def test_its_changes_are_in_the_feed_and_reach_open_pages(told: dict[str, Any]) -> None:
    assert [(change["id"], change["op"], change["version"], change["by"]) for change in told["feed"]] == [
        (told["id"], "put", version, "Manager") for version in (1, 2, 3)
    ]
    assert told["live"] == {"cell": "Cold box", "stranger_may_watch": [], "stranger_heard": []}


def test_it_is_closed_to_those_whose_it_is_not(told: dict[str, Any]) -> None:
    assert told["elsewhere"] == [404, False], "a clerk of another location sees nothing of it"
    assert set(told["closed"].values()) <= {400, 403, 404}, told["closed"]
    assert told["closed"]["/appliances/"] == 403
    assert told["closed"]["/appliances/ID"] in (403, 404)


def test_it_takes_no_longer_than_the_page_says(told: dict[str, Any]) -> None:
    print(f"seconds: {told['seconds']:.1f}")
    assert told["seconds"] < PATIENCE
