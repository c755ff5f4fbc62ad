"""The reader's clock: days and times as they write them, in their own time zone."""

from __future__ import annotations

import datetime as dt
from typing import Final
from zoneinfo import ZoneInfo

import sqlalchemy as sa
from flask import request

from app.core import db
from app.core.actor import Actor
from app.core.errors import BadRequest

LONGEST: Final = 60


def zone(actor: Actor) -> ZoneInfo:
    """The zone that the page was read in (`tz`, sent by the browser), else the one of the person's location."""
    given = request.args.get("tz", "")[:LONGEST]
    return _zone(given) or _zone(_place(actor)) or ZoneInfo("UTC")


def _zone(name: str | None) -> ZoneInfo | None:
    try:
        return ZoneInfo(name) if name else None
    except (KeyError, ValueError, OSError):
        return None


def _place(actor: Actor) -> str | None:
    statement = "SELECT time_zone FROM locations WHERE active AND (CAST(:id AS uuid) IS NULL OR id = :id) GROUP BY 1 ORDER BY count(*) DESC"
    with db.reading(actor) as session:
        return session.scalar(sa.text(statement), {"id": actor.chosen})


def moment(text: str, zone: ZoneInfo) -> dt.datetime:
    """A day and a time as people write it, or with its offset. Raises BadRequest with a sentence."""
    try:
        found = dt.datetime.fromisoformat(
            text[:LONGEST].replace(" ", "+") if text.count(" ") == 1 and "T" in text else text[:LONGEST]
        )
        if not 2000 <= found.year <= 2100:
            raise ValueError
        return found.replace(tzinfo=zone) if found.tzinfo is None else found.astimezone(zone)
    except (ValueError, OverflowError):
        raise BadRequest("Write a day and a time, like 2026-11-03 18:30.") from None


def day(text: str, zone: ZoneInfo, *, end: bool = False) -> dt.datetime | None:
    """The begin of a day as people write it, or its end; None for nothing. Raises BadRequest with a sentence."""
    if not text:
        return None
    if len(text) > 10:
        return moment(text, zone)
    try:
        found = dt.date.fromisoformat(text)
        if not 2000 <= found.year <= 2100:
            raise ValueError
    except ValueError:
        raise BadRequest("Write a day like 2026-11-03.") from None
    return dt.datetime.combine(found + dt.timedelta(days=1 if end else 0), dt.time(), zone)
