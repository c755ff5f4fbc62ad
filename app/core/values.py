"""From what people type or programs send to a column's value, or a sentence that says what to write instead."""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Callable
from decimal import Decimal, InvalidOperation
from typing import Any
from uuid import UUID

from app.core.columns import Column, pattern_of, unspoken
from app.core.entity import named
from app.core.errors import NotFound

TOO_LONG_ANYWAY = 100_000
"""Characters after which even a text without a limit of its own is refused."""

_YES = frozenset({"1", "true", "yes", "on", "y"})
_NO = frozenset({"0", "false", "no", "off", "n", ""})


def parse(column: Column, raw: Any) -> Any:
    """The value to store for `raw`, a string from a form or a JSON value; `None` for nothing.

    Raises ValueError with a sentence for the person when it does not fit the column.
    """
    if isinstance(raw, str):
        raw = _clean(raw, several_lines=column.kind in ("long_text", "structure"))
        raw = unspoken(raw, column) if column.words is not None else raw
    if raw is None or raw == "":
        return _nothing(column)
    reader: Callable[[Column, Any], Any] = _READERS.get(column.kind, _text)
    return reader(column, raw)


def _nothing(column: Column) -> Any:
    if column.kind == "flag":
        return False
    if column.kind == "tags":
        return []
    if column.required:
        raise ValueError("Please fill this in.")
    return None


def _clean(raw: str, *, several_lines: bool) -> str:
    if len(raw) > TOO_LONG_ANYWAY:
        raise ValueError("That is far too long.")
    if "\x00" in raw:
        raise ValueError("That contains a character that can't be stored.")
    try:
        raw.encode()
    except UnicodeEncodeError:
        raise ValueError("That contains a character that can't be stored.") from None
    raw = raw.replace("\r\n", "\n").replace("\r", "\n")
    return raw.strip() if several_lines else " ".join(raw.split("\n")).strip()


def _text(column: Column, raw: Any) -> str:
    if not isinstance(raw, str):
        raise ValueError("Write text here.")
    if column.longest is not None and len(raw) > column.longest:
        raise ValueError(f"At most {column.longest:,} characters; this has {len(raw):,}.")
    pattern = pattern_of(column.kind)
    if pattern is not None and not pattern[0].fullmatch(raw):
        raise ValueError(pattern[1])
    return raw


def _entity(column: Column, raw: Any) -> str:
    """The name of an entity, or `*` for all of them where permissions are said."""
    name = _text(column, raw)
    try:
        return name if name == "*" else named(name).entity
    except NotFound:
        raise ValueError("There is no such kind of record.") from None


def _email(column: Column, raw: Any) -> str:
    return _text(column, raw.lower() if isinstance(raw, str) else raw)


def _number(column: Column, raw: Any) -> Decimal:
    if isinstance(raw, bool) or not isinstance(raw, str | int | float | Decimal):
        raise ValueError("Write a number.")
    text = str(raw).replace("\u00a0", "").replace(" ", "").replace("'", "")
    if "," in text:
        # 1,234.50 has thousands; a single comma with up to three digits behind it is a decimal comma: 12,5
        text = text.replace(",", "") if "." in text or text.count(",") > 1 else text.replace(",", ".")
    if not text.isascii() or "_" in text:
        raise ValueError("Write a number.")
    try:
        value = Decimal(text)
    except InvalidOperation:
        raise ValueError("Write a number.") from None
    if not value.is_finite():
        raise ValueError("Write a number.")
    return _bounded(column, value)


def _bounded(column: Column, value: Decimal) -> Decimal:
    places = column.places or 0
    # By its exponent, without working anything out: 1e999999999 overflows, and 0e999999999 is a gigabyte written out.
    if not value:
        value = Decimal(0)
    elif value.adjusted() >= 15:
        raise ValueError("That number is too large.")
    if value != round(value, places):
        raise ValueError(f"At most {places} decimal places." if places else "A whole number, please.")
    most = Decimal(str(column.most)) if column.most is not None else _LARGEST.get(column.kind, Decimal(10) ** 11)
    least = Decimal(str(column.least)) if column.least is not None else -most
    if value < least:
        raise ValueError(f"At least {_plain(least)}.")
    if value > most:
        raise ValueError(f"At most {_plain(most)}.")
    return value


_LARGEST = {
    "money": Decimal("999999999999.99"),
    "cost": Decimal("9999999999.999999"),
    "quantity": Decimal("99999999999.999"),
}


def _plain(value: Decimal) -> str:
    return f"{value:,f}".rstrip("0").rstrip(".") if "." in f"{value:f}" else f"{value:,f}"


def _whole(column: Column, raw: Any) -> int:
    return int(_number(column, raw))


def _flag(column: Column, raw: Any) -> bool:
    if isinstance(raw, bool):
        return raw
    word = str(raw).lower()
    if word in _YES:
        return True
    if word in _NO:
        return False
    raise ValueError("Say yes or no.")


def _choice(column: Column, raw: Any) -> str:
    for choice in column.choices:
        if raw == choice.value:
            return choice.value
    labels = ", ".join(choice.label for choice in column.choices)
    raise ValueError(f"Choose one of: {labels}.")


def _date(column: Column, raw: Any) -> dt.date:
    if isinstance(raw, dt.date) and not isinstance(raw, dt.datetime):
        return raw
    try:
        value = dt.date.fromisoformat(str(raw))
    except ValueError:
        raise ValueError("Write a date like 2026-03-31.") from None
    if not 1800 <= value.year <= 2200:
        raise ValueError("That year is too far away.")
    return value


def _moment(column: Column, raw: Any) -> dt.datetime:
    if isinstance(raw, dt.datetime):
        value = raw
    else:
        try:
            value = dt.datetime.fromisoformat(str(raw).replace("Z", "+00:00"))
        except ValueError:
            raise ValueError("Write a date and time like 2026-03-31T14:30.") from None
    if not 1800 <= value.year <= 2200:
        raise ValueError("That year is too far away.")
    return value if value.tzinfo else value.replace(tzinfo=dt.UTC)


def _time(column: Column, raw: Any) -> dt.time:
    if isinstance(raw, dt.time):
        return raw
    try:
        return dt.time.fromisoformat(str(raw))
    except ValueError:
        raise ValueError("Write a time like 14:30.") from None


def _uuid(column: Column, raw: Any) -> UUID:
    if isinstance(raw, UUID):
        return raw
    try:
        return UUID(str(raw))
    except ValueError:
        raise ValueError("Choose one from the list.") from None


def _structure(column: Column, raw: Any) -> Any:
    if isinstance(raw, dict | list):
        return _as_json_has_it(raw)
    try:
        value = json.loads(raw)
    except (TypeError, ValueError):
        raise ValueError("That is not valid JSON.") from None
    if "\\u0000" in json.dumps(value):
        raise ValueError("That contains a character that can't be stored.")
    return value


def _as_json_has_it(value: Any) -> Any:
    """The same with its numbers as reading JSON gives them, so that it equals what is stored."""
    if isinstance(value, dict):
        return {name: _as_json_has_it(inner) for name, inner in value.items()}
    if isinstance(value, list):
        return [_as_json_has_it(inner) for inner in value]
    return float(value) if isinstance(value, Decimal) else value


def _tags(column: Column, raw: Any) -> list[str]:
    words = raw.split(",") if isinstance(raw, str) else raw
    if not isinstance(words, list | tuple) or not all(isinstance(word, str) for word in words):
        raise ValueError("Write words, separated by commas.")
    found = list(dict.fromkeys(_clean(word, several_lines=False) for word in words))
    if len(found) > 50 or any(len(word) > 60 for word in found):
        raise ValueError("At most 50 words of 60 characters.")
    return [word for word in found if word]


_READERS: dict[str, Callable[[Column, Any], Any]] = {
    "email": _email,
    "entity": _entity,
    "money": _number,
    "cost": _number,
    "quantity": _number,
    "percent": _number,
    "whole": _whole,
    "flag": _flag,
    "choice": _choice,
    "date": _date,
    "moment": _moment,
    "time": _time,
    "link": _uuid,
    "record": _uuid,
    "id": _uuid,
    "structure": _structure,
    "tags": _tags,
}
