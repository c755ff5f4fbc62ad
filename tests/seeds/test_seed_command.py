"""`flask seed` from the command line: what it prints, and where it refuses to put demo people."""

from __future__ import annotations

from pathlib import Path

from click.testing import Result

from app.core import embedded
from tests.databases import Database
from tests.seeds.conftest import count
from tests.web import application


def seed(database: Database, tmp_path: Path, *words: str) -> Result:
    return application(database, tmp_path).test_cli_runner().invoke(args=["seed", *words])


def test_demo_people_do_not_come_into_a_database_of_somebody_else(empty: Database, tmp_path: Path) -> None:
    refused = seed(empty, tmp_path, "--demo")
    assert refused.exit_code != 0
    assert "--yes-this-database" in refused.output
    assert count(empty, "users") == 0
    assert not (tmp_path / "demo-logins").exists()


def test_unless_somebody_says_so_and_then_the_logins_are_printed(empty: Database, tmp_path: Path) -> None:
    done = seed(empty, tmp_path, "--demo", "--yes-this-database")
    assert done.exit_code == 0, done.output
    assert (tmp_path / "demo-logins").read_text() in done.output
    assert count(empty, "users") == 26


def test_the_embedded_database_is_known_by_its_address(server: embedded.Server, tmp_path: Path) -> None:
    assert embedded.is_at(server.url(embedded.WEB), server.home)
    assert not embedded.is_at(server.url(), tmp_path)
    assert not embedded.is_at("postgresql+psycopg://backroom@db.example.com/backroom", server.home)


def test_a_wrong_file_is_said_in_one_sentence(empty: Database, tmp_path: Path) -> None:
    refused = seed(empty, tmp_path, "--northwind", str(tmp_path / "none.sqlite"))
    assert refused.exit_code == 1
    assert "there is no file" in refused.output
    assert "Traceback" not in refused.output


def test_without_a_word_it_says_which_there_are(empty: Database, tmp_path: Path) -> None:
    refused = seed(empty, tmp_path)
    assert refused.exit_code == 2
    assert "--northwind" in refused.output


def test_northwind_is_reported(empty: Database, tmp_path: Path, northwind_file: Path) -> None:
    done = seed(empty, tmp_path, "--northwind", str(northwind_file))
    assert done.exit_code == 0, done.output
    assert "2,155" in done.output
    assert "Territories: nobody works there" in done.output
