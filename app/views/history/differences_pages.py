"""What differs: records of a list between two moments, and what others did, list by list, since one was here last."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final
from urllib.parse import urlencode
from zoneinfo import ZoneInfo

from flask import Blueprint, Flask, render_template, request
from flask.typing import ResponseReturnValue

from app.core.actor import Actor
from app.core.entity import RESERVED, Entity
from app.core.errors import BadRequest
from app.identity import current_actor
from app.services.feed import changes
from app.services.history import differences
from app.views import clock, menu, paths, sections
from app.views.history import past_pages, sentences

blueprint = Blueprint("differences_pages", __name__)


def init(app: Flask) -> None:
    """Register the page of what happened meanwhile."""
    app.register_blueprint(blueprint)
    menu.add("Office", menu.Page("What changed", "/what-changed", "history", lambda actor: bool(actor.access.grants)))


@dataclass(frozen=True)
class Shown:
    """What became of one record, as it is shown."""

    title: str
    url: str | None
    way: str
    fields: tuple[sentences.Field, ...]
    by: str
    at: dt.datetime


WAYS: Final = {
    "created": "is new",
    "changed": "changed",
    "deleted": "was deleted",
    "came": "came from elsewhere",
    "left": "moved elsewhere",
}


def between(actor: Actor, entity_cls: type[Entity]) -> ResponseReturnValue:
    """What became of the records of a list between two moments."""
    zone, now = clock.zone(actor), dt.datetime.now(dt.UTC)
    given = request.args.get
    since = clock.moment(given("from", ""), zone) if given("from") else differences.last_visit(actor, now)
    until = clock.moment(given("to", ""), zone) if given("to") else now
    if since >= until:
        raise BadRequest("The first moment must come before the second.")
    page = differences.between(
        actor, entity_cls, since, until, others=bool(given("others")), before=_place(given("before", ""))
    )
    base = paths.of_differences(entity_cls)
    kept = {name: value for name, value in request.args.items() if value and name != "before"}
    return render_template(
        "history/differences.html",
        entity_cls=entity_cls,
        found=[_became(entity_cls, one) for one in page.found],
        ways=WAYS,
        full=page.full,
        since=since,
        until=until if given("to") else None,
        wanted=(past_pages.typed(since, zone), past_pages.typed(until, zone) if given("to") else ""),
        others=bool(given("others")),
        zone=zone.key,
        base=base,
        next_url=f"{base}?{urlencode(kept | {'from': since.isoformat(), 'before': page.next})}" if page.next else None,
    )


def _place(text: str) -> int:
    found = changes.as_number(text) if text else changes.NEWEST
    if found is None:
        raise BadRequest("This page address is not valid any more. Start again from the first page.")
    return found


def _became(entity_cls: type[Entity], one: differences.Outcome) -> Shown:
    before, after = (
        {} if row is None else past_pages.shown(entity_cls, row, one.columns) for row in (one.before, one.after)
    )
    fields = tuple(
        sentences.Field(
            sections.label(entity_cls, name),
            sentences.cell(entity_cls, name, before.get(name)),
            sentences.cell(entity_cls, name, after.get(name)),
        )
        for name in one.columns
        if name not in RESERVED
        and (one.way == "changed" or (one.before or one.after).values.get(name) not in (None, "", [], {}))
    )
    here = one.after is not None
    return Shown(
        one.title, paths.of_record(entity_cls, one.id) if here else None, one.way, fields, _listed(one.by), one.at
    )


def _listed(names: Sequence[str]) -> str:
    """Names as one says them: Ana, Ben and Cleo."""
    return " and ".join(part for part in (", ".join(names[:-1]), *names[-1:]) if part)


@blueprint.get("/what-changed")
def what_changed() -> ResponseReturnValue:
    """What others did since one was here last, list by list."""
    actor = current_actor()
    zone, now = clock.zone(actor), dt.datetime.now(dt.UTC)
    given = request.args.get("from", "")
    since = clock.moment(given, zone) if given else differences.last_visit(actor, now)
    mine = bool(request.args.get("mine"))
    args = {"from": since.isoformat(), "tz": zone.key} | ({} if mine else {"others": "1"})
    return render_template(
        "history/what_changed.html",
        found=[
            (one, f"{paths.of_differences(one.entity)}?{urlencode(args)}")
            for one in differences.overview(actor, since, others=not mine)
        ],
        since=since,
        beginning=_beginning(actor, since, given=bool(given)),
        wanted=past_pages.typed(since, zone),
        zone=zone.key,
        mine=mine,
        presets=_since(now, zone, since if given else None),
    )


def _beginning(actor: Actor, since: dt.datetime, *, given: bool) -> str:
    """What a moment is to the reader, in words before it."""
    if given:
        return "Since"
    return "Since your last visit," if differences.visited(actor) == since else "In the last 24 hours, since"


def _since(now: dt.datetime, zone: ZoneInfo, chosen: dt.datetime | None) -> list[tuple[str, str, bool]]:
    """Moments to choose: what they are called, where they lead, and whether it is the one that is shown."""
    local = now.astimezone(zone)
    midnight = local.replace(hour=0, minute=0, second=0, microsecond=0)
    moments = {
        "Since my last visit": None,
        "Today": midnight,
        "Since yesterday": midnight - dt.timedelta(days=1),
        "7 days": local - dt.timedelta(days=7),
        "30 days": local - dt.timedelta(days=30),
    }
    return [
        (
            label,
            "/what-changed" + (f"?{urlencode({'from': at.isoformat(timespec='seconds')})}" if at else ""),
            at is chosen if at is None or chosen is None else abs(at - chosen) < dt.timedelta(minutes=1),
        )
        for label, at in moments.items()
    ]
