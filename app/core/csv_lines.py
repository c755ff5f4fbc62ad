"""Lines of a CSV file that a spreadsheet may open: no text in it is taken for a formula."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterable
from typing import Any

FORMULA = ("=", "+", "-", "@", "\t", "\r", "\uff1d", "\uff0b", "\uff0d", "\uff20")
"""What a text must not begin with: a spreadsheet would work it out (OWASP, CSV injection). The last four are the wide
forms of the first four, which some take for the same."""

_NUMBER = re.compile(r"[+-]?\d+(\.\d+)?")
MARK = "\ufeff"
"""Stands before the first line, so that spreadsheets read the file as UTF-8."""


def line(cells: Iterable[Any]) -> str:
    """One line with its end."""
    text = io.StringIO()
    csv.writer(text).writerow([guarded(cell) for cell in cells])
    return text.getvalue()


def guarded(value: Any) -> str:
    """The value as text, with an apostrophe before what would be a formula; plain numbers are none."""
    text = "" if value is None else str(value)
    if text.lstrip(" ").startswith(FORMULA) and not _NUMBER.fullmatch(text):
        return f"'{text}"
    return text
