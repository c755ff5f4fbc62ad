"""The demo logins: passwords made up anew for each installation, and kept in a file that only its owner reads."""

from __future__ import annotations

import os
import secrets
from pathlib import Path

import sqlalchemy as sa

from app.core import db
from app.core.actor import gate
from app.models.user import User
from app.services.access import passwords
from app.services.demo.catalog import LOCATIONS
from app.services.demo.people import EVERYWHERE, WITH_PASSWORD, Login

FILE = "demo-logins"
CONSONANTS, VOWELS = "bdfghjklmnprstvz", "aeiou"
SYLLABLES = 8
"""Each has 80 forms, so eight of them are 50 bits: nobody guesses that over the network."""


def hand_out(folder: Path) -> str:
    """Give the demo users passwords where they have none, or the file is lost; returns the table that was written.

    The file is written before the passwords are: interrupted between the two, the next run finds users without a
    password and begins again.
    """
    path = folder / FILE
    ours = {login.id for login in WITH_PASSWORD}
    with db.reading(gate()) as session:
        known = set(session.scalars(sa.select(User.id).where(User.id.in_(ours), User.password_hash.is_not(None))))
    if path.exists() and known == ours:
        return path.read_text()
    chosen = {login: make_up() for login in WITH_PASSWORD}
    hashes = {login.id: passwords.hashed(password) for login, password in chosen.items()}
    table = _table(chosen)
    write(path, table)
    with db.transaction(gate()) as session:
        for id, hashed in hashes.items():
            values = {"password_hash": hashed, "password_set_at": sa.func.now()}
            statement = sa.update(User).where(User.id == id).values(**values)
            session.execute(statement.execution_options(synchronize_session=False))
    return table


def make_up() -> str:
    """A password that can be read aloud: eight random syllables, like `tamo-riku-pefo-dali`."""
    spoken = ["".join(secrets.choice(letters) for letters in (CONSONANTS, VOWELS)) for _ in range(SYLLABLES)]
    return "-".join(first + second for first, second in zip(spoken[::2], spoken[1::2], strict=True))


def write(path: Path, text: str) -> None:
    """Write a file that only its owner reads, whole or not at all."""
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    fresh = path.with_name(f"{path.name}.{os.getpid()}")
    with os.fdopen(os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w", encoding="utf-8") as file:
        file.write(text)
    fresh.replace(path)


def _table(chosen: dict[Login, str]) -> str:
    head = ("role", "sign in as", "password", "where")
    rows = [head, *((login.role, login.address, password, _places(login)) for login, password in chosen.items())]
    widths = [max(len(row[column]) for row in rows) for column in range(len(head))]
    lines = ["  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip() for row in rows]
    return "\n".join(lines) + "\n"


def _places(login: Login) -> str:
    names = {code: name for code, name, *_ in LOCATIONS}
    return "everywhere" if login.places == EVERYWHERE else ", ".join(names[code] for code in login.places.split())
