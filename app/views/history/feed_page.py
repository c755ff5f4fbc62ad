"""How large the change feed is, how far back it reaches, and a button that lets go what nobody has to keep."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from itertools import groupby
from typing import Final

from flask import Blueprint, Flask, flash, redirect, render_template
from flask.typing import ResponseReturnValue

from app.core.actor import Actor
from app.identity import current_actor
from app.services.feed import changes, retention
from app.services.feed.retention import Part, Status
from app.views import menu

blueprint = Blueprint("feed_page", __name__, url_prefix="/system/feed")

SIZES: Final = ((1_000_000_000, "GB"), (1_000_000, "MB"), (1_000, "kB"))


@dataclass(frozen=True)
class Month:
    """The days of a month together; `label` is empty for changes that have no day of their own."""

    label: str
    days: int
    records: int
    size: str


def init(app: Flask) -> None:
    """Register the page, for those who look after the feed."""
    app.register_blueprint(blueprint)
    menu.add("System", menu.Page("Change feed", "/system/feed/", "database", may))


def may(actor: Actor) -> bool:
    """Does the person look after the feed?"""
    return actor.everywhere


@blueprint.get("/")
def show() -> ResponseReturnValue:
    """The feed in figures."""
    found = retention.status(current_actor())
    return render_template(
        "admin/feed.html",
        found=found,
        size=size(found.bytes),
        months=months(found),
        days=sum(month.days for month in months(found) if month.label),
        made_ahead=_month("", _ahead(found)) if found.ahead else None,
        old=_old(found),
        days_kept=changes.days_kept(),
        hours_kept=changes.hours_kept(),
        expired_before=_expired(found),
    )


@blueprint.post("/cleanup")
def cleanup() -> ResponseReturnValue:
    """Let go whole days that are older than the history is kept."""
    done = retention.clean(current_actor())
    flash(retention.said(done), "info" if done.busy else "success")
    return redirect("/system/feed/", 303)


def _expired(found: Status) -> dt.datetime | None:
    """Since when cursors are good, where a clean-up let younger ones expire than would have by themselves."""
    oldest = dt.datetime.now(dt.UTC) - dt.timedelta(hours=changes.hours_kept())
    return found.cursors_since if found.cursors_since and found.cursors_since > oldest else None


def months(found: Status) -> list[Month]:
    """The days that hold something or might by now, by month, the latest first."""
    grouped = groupby(_begun(found), key=lambda part: part.since.strftime("%b %Y") if part.since else "")
    return [_month(label, list(parts)) for label, parts in grouped][::-1]


def _old(found: Status) -> Month | None:
    """The days that a clean-up would let go."""
    before = dt.datetime.now(dt.UTC) - dt.timedelta(days=changes.days_kept())
    old = [part for part in found.parts if part.until and part.until <= before]
    return _month("", old) if old else None


def _ahead(found: Status) -> list[Part]:
    return [part for part in found.parts if part.since][-found.ahead :] if found.ahead else []


def _begun(found: Status) -> list[Part]:
    ahead = {part.name for part in _ahead(found)}
    return [part for part in found.parts if part.name not in ahead and (part.since or part.records)]


def _month(label: str, parts: list[Part]) -> Month:
    records, bytes = (sum(getattr(part, name) for part in parts) for name in ("records", "bytes"))
    return Month(label, len(parts), records, size(bytes))


def size(bytes: int) -> str:
    """A size as people say it."""
    for least, unit in SIZES:
        if bytes >= least:
            return f"{bytes / least:,.1f} {unit}"
    return f"{bytes} bytes"
