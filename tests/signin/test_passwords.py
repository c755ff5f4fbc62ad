"""Passwords are kept as hashes that cost time, and are refused when they are easy to guess."""

from __future__ import annotations

import argon2
import pytest

from app.core.errors import Invalid
from app.services.access import passwords


def test_a_hash_is_argon2id_and_fits_only_its_password() -> None:
    stored = passwords.hashed("a few plain words")
    assert stored.startswith("$argon2id$")
    assert passwords.fits("a few plain words", stored)
    assert not passwords.fits("a few plain word", stored)


def test_the_same_word_typed_on_two_keyboards_is_the_same() -> None:
    assert passwords.fits("cafe\u0301 au lait", passwords.hashed("caf\u00e9 au lait"))


@pytest.mark.parametrize("stored", [None, "", "garbage", "$argon2id$v=19$m=1"])
def test_nobody_and_garbage_fit_nothing(stored: str | None) -> None:
    assert not passwords.fits("nobody has this password", stored)


def test_a_hash_of_weaker_figures_is_outdated() -> None:
    weak = argon2.PasswordHasher(time_cost=1, memory_cost=8192, parallelism=1).hash("a few plain words")
    assert passwords.outdated(weak)
    assert passwords.fits("a few plain words", weak)
    assert not passwords.outdated(passwords.hashed("a few plain words"))


@pytest.mark.parametrize("password", ["", "short", "aaaaaaaaaaaaaa", "Password123", "x" * 201, "kim@example.com"])
def test_what_is_easily_guessed_is_refused_with_a_reason(password: str) -> None:
    with pytest.raises(Invalid) as refused:
        passwords.accept(password, email="kim@example.com")
    assert refused.value.fields["password"].endswith(".")


def test_a_few_words_are_accepted() -> None:
    assert passwords.accept("wet paper lantern") == "wet paper lantern"
