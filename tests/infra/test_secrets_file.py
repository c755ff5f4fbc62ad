"""Secrets are made once, differ everywhere, and only their owner reads them."""

from __future__ import annotations

import stat
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from app.config import Settings
from app.core import secrets_file


def mode(place: Path) -> int:
    return stat.S_IMODE(place.stat().st_mode)


def test_a_secret_is_made_once_and_kept_private(tmp_path: Path) -> None:
    settings = Settings(var_dir=tmp_path / "var")
    first = secrets_file.session_key(settings)
    assert len(first) == 64
    assert secrets_file.session_key(settings) == first
    assert mode(tmp_path / "var") == mode(settings.secrets_dir) == 0o700
    assert [(place.name, mode(place)) for place in settings.secrets_dir.iterdir()] == [("secret_key", 0o600)]


def test_two_installations_have_different_secrets(tmp_path: Path) -> None:
    assert secrets_file.read_or_make(tmp_path / "a", "k") != secrets_file.read_or_make(tmp_path / "b", "k")


def test_the_setting_wins_and_writes_nothing(tmp_path: Path) -> None:
    settings = Settings(var_dir=tmp_path / "var", secret_key="x" * 32)
    assert secrets_file.session_key(settings) == "x" * 32
    assert not settings.var_dir.exists()


def test_permissions_that_were_opened_are_closed_again(tmp_path: Path) -> None:
    secrets_file.read_or_make(tmp_path / "s", "k")
    (tmp_path / "s").chmod(0o755)
    (tmp_path / "s" / "k").chmod(0o644)
    secrets_file.read_or_make(tmp_path / "s", "k")
    assert (mode(tmp_path / "s"), mode(tmp_path / "s" / "k")) == (0o700, 0o600)


def test_those_who_ask_at_once_get_the_same_secret(tmp_path: Path) -> None:
    with ThreadPoolExecutor(8) as pool:
        got = set(pool.map(lambda _: secrets_file.read_or_make(tmp_path / "s", "k"), range(32)))
    assert len(got) == 1
