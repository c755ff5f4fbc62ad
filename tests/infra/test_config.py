"""Settings: read from one place, checked, and a wrong one is named."""

from __future__ import annotations

from pathlib import Path

import psycopg
import pytest
from sqlalchemy.engine import make_url

from app import config
from app.config import BadSetting, Settings, load, postgres_url
from app.core import embedded

ROOT = Path(__file__).resolve().parents[2]


def test_nothing_set_gives_the_defaults() -> None:
    assert load({}, dotenv=None) == Settings()


def test_an_empty_variable_is_as_good_as_none() -> None:
    assert load({"PORT": "", "DATABASE_URL": " "}, dotenv=None) == Settings()


def test_the_environment_wins_over_the_file(tmp_path: Path) -> None:
    file = tmp_path / ".env"
    file.write_text("PORT=9001\nHOST=0.0.0.0  # everywhere\nCURRENCY='inr'\n")
    settings = load({"PORT": "9002"}, dotenv=file)
    assert (settings.port, settings.host, settings.currency) == (9002, "0.0.0.0", "INR")


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("PORT", "eighty"),
        ("PORT", "70000"),
        ("PORT", "-1"),
        ("PORT", "²"),
        ("ASYNC_MODE", "gevent"),
        ("WEB_PROCESSES", "0"),
        ("COOKIE_SECURE", "perhaps"),
        ("POLL_SECONDS", "nan"),
        ("POLL_SECONDS", "soon"),
        ("SECRET_KEY", "changeme"),
        ("CURRENCY", "euros"),
        ("DATABASE_URL", "mysql://root@localhost/shop"),
        ("DATABASE_URL", "localhost"),
        ("DATABASE_URL", "postgresql://localhost"),
    ],
)
def test_a_wrong_value_is_named_and_not_repeated(name: str, value: str) -> None:
    with pytest.raises(BadSetting, match=f"^{name} must be ") as refusal:
        load({name: value}, dotenv=None)
    if name in ("SECRET_KEY", "DATABASE_URL"):
        assert value not in str(refusal.value)


def test_every_wrong_value_is_named_at_once() -> None:
    with pytest.raises(BadSetting, match=r"PORT.*CURRENCY"):
        load({"PORT": "x", "CURRENCY": "x"}, dotenv=None)


def test_an_owner_address_alone_is_a_mistake() -> None:
    with pytest.raises(BadSetting, match="DIRECT_DATABASE_URL needs DATABASE_URL"):
        load({"DIRECT_DATABASE_URL": "postgresql://owner@h/db"}, dotenv=None)


def test_passwords_do_not_show_when_settings_are_printed() -> None:
    settings = load({"DATABASE_URL": "postgresql://u:hush@h/db", "SECRET_KEY": "hush" * 10}, dotenv=None)
    assert "hush" not in repr(settings)


@pytest.mark.parametrize(
    ("given", "wanted"),
    [
        ("postgres://u:p@h:5432/db", "postgresql+psycopg://u:p@h:5432/db"),
        ("postgresql://u:p@h/db", "postgresql+psycopg://u:p@h/db"),
        ("postgresql+psycopg2://u@h/db", "postgresql+psycopg://u@h/db"),
        ("postgresql+psycopg://u@h/db", "postgresql+psycopg://u@h/db"),
        ("postgres://u:p%40ss%2Fw@h/db", "postgresql+psycopg://u:p%40ss%2Fw@h/db"),
        ("postgres://u@[::1]:5433/db?sslmode=require", "postgresql+psycopg://u@[::1]:5433/db?sslmode=require"),
        ("postgres://h/db?connection_limit=5&pool_timeout=10&pgbouncer=true", "postgresql+psycopg://h/db"),
        (
            "postgres://h/db?schema=shop&connect_timeout=3",
            "postgresql+psycopg://h/db?connect_timeout=3&options=-csearch_path%3Dshop",
        ),
        ("postgresql://u@/db?host=/var/run/my pg", "postgresql+psycopg://u@/db?host=%2Fvar%2Frun%2Fmy%20pg"),
    ],
)
def test_every_usual_spelling_of_a_database_is_understood(given: str, wanted: str) -> None:
    assert postgres_url(given) == wanted
    assert postgres_url(wanted) == wanted, "translating twice changes nothing"
    make_url(wanted)


def test_a_foreign_address_really_connects(fast_server: embedded.Server) -> None:
    given = fast_server.dsn().replace("postgresql://", "postgres://") + "&connection_limit=5&schema=shop"
    translated = load({"DATABASE_URL": given}, dotenv=None).database_url
    assert translated is not None
    with psycopg.connect(translated.replace("+psycopg", "")) as connection:
        assert connection.execute("show search_path").fetchone() == ("shop",)


def test_the_example_file_shows_every_setting_with_its_default() -> None:
    cure = "run: python -m app.config > .env.example"
    assert (ROOT / ".env.example").read_text() == config.example(), cure
    assert "#PORT=8000\n" in config.example()
