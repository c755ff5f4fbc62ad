"""Passwords: kept only as an argon2id hash, and checked in the same time whether or not the person exists."""

from __future__ import annotations

import secrets
import threading
import unicodedata
from collections.abc import Callable
from functools import cache
from typing import TypeVar

from argon2 import PasswordHasher, Type
from argon2.exceptions import InvalidHashError, VerificationError

from app.core.errors import Invalid
from app.core.offload import offload

T = TypeVar("T")

SHORTEST = 10
LONGEST = 200

# 46 MiB and two passes: more than the OWASP minimum for argon2id, about 0.1 s of one core.
# Changing a figure is safe: a hash made with other figures is renewed at the next sign-in.
_HASHER = PasswordHasher(time_cost=2, memory_cost=47_104, parallelism=1, type=Type.ID)

# Two at a time: a burst of sign-ins must not take the memory or every core from people at work.
_TURNS = threading.BoundedSemaphore(2)

_TOO_COMMON = frozenset(
    [
        "password",
        "password1",
        "password12",
        "password123",
        "passwort123",
        "1234567890",
        "12345678910",
        "0123456789",
        "0987654321",
        "9876543210",
        "qwertyuiop",
        "qwerty12345",
        "1q2w3e4r5t",
        "1qaz2wsx3edc",
        "iloveyou123",
        "letmein123",
        "welcome123",
        "admin12345",
        "administrator",
        "changeme123",
        "changemenow",
        "backroom123",
        "backroom1234",
        "abcdefghij",
        "abcd123456",
        "football123",
        "trustno1234",
    ]
)


def hashed(password: str) -> str:
    """The hash to store for a password; it waits its turn and leaves the event loop free.

    The scheme is argon2id (RFC 9106) over the NFKC form, so that the same word typed on two keyboards is the same.
    """
    return _in_turn(_HASHER.hash, _plain(password))


def fits(password: str, stored: str | None) -> bool:
    """Whether a password is the stored one.

    Without a stored hash (no such person, no password yet) a spare one is checked all the same: the answer must not
    come back sooner because there is nobody to ask about.
    """
    spare = _in_turn(_spare)
    fitting = _in_turn(_verified, stored or spare, _plain(password)[: LONGEST + 1])
    return fitting and bool(stored)


def outdated(stored: str) -> bool:
    """Whether a stored hash was made with other figures than today's."""
    try:
        return _HASHER.check_needs_rehash(stored)
    except InvalidHashError:
        return True


def accept(password: str, *, email: str = "", field: str = "password") -> str:
    """The password, if it may be somebody's new one; raises `Invalid` with the reason at `field`."""
    reason = _refusal(password, email)
    if reason:
        raise Invalid({field: reason})
    return password


def _refusal(password: str, email: str) -> str | None:
    plain = _plain(password)
    lowered = plain.casefold()
    if len(plain) < SHORTEST:
        return f"Use at least {SHORTEST} characters: a few words are easy to remember."
    if len(plain) > LONGEST:
        return f"Use at most {LONGEST} characters."
    if lowered in _TOO_COMMON or len(set(lowered)) < 4:
        return "That one is among the first to be guessed. Try a few words that don't belong together."
    if email and (lowered == email.casefold() or lowered == email.casefold().split("@")[0]):
        return "Choose something other than your e-mail address."
    return None


def _plain(password: str) -> str:
    return unicodedata.normalize("NFKC", password)


def _verified(stored: str, password: str) -> bool:
    try:
        return _HASHER.verify(stored, password)
    except (VerificationError, InvalidHashError):
        return False


def _in_turn(work: Callable[..., T], *args: object) -> T:
    with _TURNS:
        return offload(work, *args)


@cache
def _spare() -> str:
    return _HASHER.hash(secrets.token_urlsafe())
