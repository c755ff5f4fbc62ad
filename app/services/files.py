"""Files: pictures and papers that people attach, kept once each under the hash of their bytes.

Nothing here decides who may read a file: it is served through the record whose column names it.
"""

from __future__ import annotations

import hashlib
import os
import re
import secrets
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

from PIL import Image, ImageOps

from app.core.errors import Invalid, NotFound
from app.core.offload import offload

PICTURES = {"PNG": "png", "JPEG": "jpg", "WEBP": "webp", "GIF": "gif"}
"""Formats that every browser shows and that carry no script."""

TYPES = {"png": "image/png", "jpg": "image/jpeg", "webp": "image/webp", "gif": "image/gif"}

KEY = re.compile(r"[0-9a-f]{64}\.[a-z0-9]{1,8}")
PIXELS = 40_000_000
THUMBNAIL = (192, 192)
CHUNK = 1 << 18

_folder: Path | None = None
_largest = 20 << 20


@dataclass(frozen=True)
class Stored:
    """A file as a record names it."""

    key: str
    size: int
    type: str


def configure(folder: Path, *, largest_mb: int) -> None:
    """Where files are kept, and how large one may be; once per process."""
    global _folder, _largest
    _folder, _largest = folder, largest_mb << 20


def store(stream: BinaryIO, *, name: str, field: str, picture: bool = False) -> Stored:
    """Keep a file and return its key; the same bytes are kept once.

    name   what the person calls it; only its ending is used
    field  the form field that a refusal is told under
    Raises `Invalid` for an empty or too large file, or something other than a picture where one is wanted.
    """
    return offload(_store, stream, name, field, picture)


def _store(stream: BinaryIO, name: str, field: str, picture: bool) -> Stored:
    folder = _place()
    handle, temporary = tempfile.mkstemp(dir=folder, prefix="incoming-")
    path = Path(temporary)
    try:
        with os.fdopen(handle, "wb") as target:
            digest, size = _copy(stream, target, field)
        ending = _picture_ending(path, field) if picture else _ending(name)
        key = f"{digest}.{ending}"
        final = path_of(key, must_exist=False)
        final.parent.mkdir(parents=True, exist_ok=True)
        path.replace(final)
        return Stored(key, size, type_of(key))
    finally:
        path.unlink(missing_ok=True)


def _copy(stream: BinaryIO, target: BinaryIO, field: str) -> tuple[str, int]:
    digest, size = hashlib.sha256(), 0
    while chunk := stream.read(CHUNK):
        size += len(chunk)
        if size > _largest:
            raise Invalid({field: f"This file is too large: at most {_largest >> 20} MB."})
        digest.update(chunk)
        target.write(chunk)
    if not size:
        raise Invalid({field: "This file is empty."})
    return digest.hexdigest(), size


def _picture_ending(path: Path, field: str) -> str:
    try:
        with Image.open(path, formats=tuple(PICTURES)) as picture:
            if picture.width * picture.height > PIXELS:
                raise Invalid({field: "This picture has too many pixels: make it smaller first."})
            picture.verify()
            return PICTURES[picture.format or ""]
    except (OSError, SyntaxError, ValueError, KeyError, Image.DecompressionBombError):
        raise Invalid({field: "Choose a picture: PNG, JPEG, WebP or GIF."}) from None


def _ending(name: str) -> str:
    ending = name.rsplit(".", 1)[-1].lower() if "." in name else ""
    return ending if re.fullmatch(r"[a-z0-9]{1,8}", ending) else "bin"


def _place() -> Path:
    if _folder is None:
        raise RuntimeError("services.files is not configured: call files.configure(folder, largest_mb=…) once at start")
    _folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    return _folder


def path_of(key: str | None, *, must_exist: bool = True) -> Path:
    """Where a stored file lies; `NotFound` for a key that was never given out."""
    if not key or not KEY.fullmatch(key):
        raise NotFound()
    path = _place() / key[:2] / key
    if must_exist and not path.is_file():
        raise NotFound()
    return path


def type_of(key: str) -> str:
    """A file's media type. Only pictures get one that a browser shows; the rest is offered for download."""
    return TYPES.get(key.rsplit(".", 1)[-1], "application/octet-stream")


def is_picture(key: str) -> bool:
    """Is this shown rather than downloaded?"""
    return key.rsplit(".", 1)[-1] in TYPES


def thumbnail(key: str) -> Path:
    """A small WebP of a stored picture, made when it is first asked for."""
    return offload(_thumbnail, key)


def _thumbnail(key: str) -> Path:
    source = path_of(key)
    small = source.with_suffix(".small")
    if not small.exists():
        # Two who ask for it at the same moment each make their own; the later one takes its place.
        fresh = small.with_suffix(f".{secrets.token_hex(6)}")
        try:
            with Image.open(source, formats=tuple(PICTURES)) as picture:
                if picture.width * picture.height > PIXELS:
                    # An attachment may be anything: 400 KB of it can unpack to a gigabyte.
                    raise NotFound()
                turned = ImageOps.exif_transpose(picture)
                turned.thumbnail(THUMBNAIL)
                turned.convert("RGBA").save(fresh, "WEBP", quality=82)
        except (OSError, SyntaxError, ValueError, Image.DecompressionBombError):
            raise NotFound() from None
        fresh.replace(small)
    return small
