"""Secrets that are made once per installation and kept where only its owner can read them."""

from __future__ import annotations

import contextlib
import os
import secrets
from pathlib import Path

from app.config import Settings


def session_key(settings: Settings) -> str:
    """What signs cookies and links: the setting SECRET_KEY, or the key made at the first start."""
    return settings.secret_key or read_or_make(settings.secrets_dir, "secret_key")


def read_or_make(folder: Path, name: str, *, size: int = 32) -> str:
    """The secret of that name: `size` random bytes in hexadecimal, made at the first call.

    The folder and the one above it become owner-only. Two processes that ask at once get the same secret.
    """
    for private in (folder.parent, folder):
        private.mkdir(mode=0o700, parents=True, exist_ok=True)
        private.chmod(0o700)
    place = folder / name
    if not place.exists():
        _write_first(place, secrets.token_hex(size))
    place.chmod(0o600)
    return place.read_text().strip()


def _write_first(place: Path, value: str) -> None:
    """Write the file whole or not at all, and never over one that another process made meanwhile."""
    draft = place.with_name(f".{place.name}.{secrets.token_hex(4)}")
    with os.fdopen(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
        file.write(value + "\n")
        file.flush()
        os.fsync(file.fileno())
    with contextlib.suppress(FileExistsError):
        os.link(draft, place)
    draft.unlink()
