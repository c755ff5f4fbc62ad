"""The past on the screen: a record or a list as it was, what differs between two moments, and what happened meanwhile."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Final
from urllib.parse import urlencode
from uuid import UUID
from zoneinfo import ZoneInfo

from flask import Blueprint, Flask, render_template, request
from flask.typing import ResponseReturnValue

from app.core import access, entity, listing
from app.core.actor import Actor
from app.core.entity import RESERVED, Entity
from app.core.errors import BadRequest
from app.core.query import Query
from app.core.rows import Row
from app.identity import current_actor
from app.services.feed import changes
from app.services.history import differences, past, walking
from app.services.history.differences import Difference
from app.views import cells, clock, lines, list_page, menu, paths, sections
from app.views.history import sentences

blueprint = Blueprint("past_pages", __name__)

OWN: Final = frozenset({"at", "tz", "from", "to", "others", "before", "rows"})
"""What addresses of these pages hold beside a list's own arguments."""


@dataclass(frozen=True)
class Heading:
    """A column of a table of the past."""

    name: str
    numeric: bool
    lead: bool
    sort: str | None
    direction: str | None


@dataclass(frozen=True)
class Chip:
    """A filter that the past list keeps from the present one."""

    words: str
    value: str
    remove: str


@dataclass(frozen=True)
class Lines:
    """A document's lines as they were."""

    entity_cls: type[Entity]
    columns: tuple[str, ...]
    rows: tuple[tuple[Row, Mapping[str, str]], ...]


def init(app: Flask) -> None:
    """Register the page of what happened meanwhile."""
    app.register_blueprint(blueprint)
    app.jinja_env.globals.update(is_kept=past.is_kept)
    menu.add("Office", menu.Page("What changed", "/what-changed", "history", lambda actor: bool(actor.access.grants)))


# --- as it was -----------------------------------------------------------------------------------------------------------


def of_list(actor: Actor, entity_cls: type[Entity]) -> ResponseReturnValue:
    """A list as it was at a moment, with its filters and its order."""
    zone, now = clock.zone(actor), dt.datetime.now(dt.UTC)
    moment = _moment(zone, now)
    arguments = {name: given for name, given in request.args.lists() if name not in OWN}
    query = listing.parse(actor, entity_cls, arguments)
    page = past.page(actor, entity_cls, query, moment)
    base, at = paths.of_past(entity_cls), {"at": moment.isoformat(), "tz": zone.key}

    def to(given: Mapping[str, list[str]]) -> str:
        return f"{base}?{urlencode({**given, **at}, doseq=True)}"

    kept = listing.url_args(query)
    return render_template(
        "history/past_list.html",
        entity_cls=entity_cls,
        moment=moment,
        wanted=_typed(moment, zone),
        zone=zone.key,
        kept=[(name, value) for name, values in kept.items() for value in values],
        presets=_presets(now, zone, base, kept),
        headings=_headings(actor, entity_cls, query, to),
        chips=[
            chip for number, group in enumerate(query.groups) for chip in _chips(actor, entity_cls, query, number, to)
        ],
        search=query.search,
        rows=[(row, cells.render_cells(entity_cls, row, query.columns)) for row in page.rows],
        record_url=lambda id: f"{paths.of_past(entity_cls, id)}?{urlencode(at)}",
        next_url=to(listing.url_args(query, after=page.next)) if page.next else None,
        previous_url=to(listing.url_args(query, before=page.previous)) if page.previous else None,
        present_url=f"{paths.of_list(entity_cls)}?{urlencode(kept, doseq=True)}",
        differences_url=f"{paths.of_differences(entity_cls)}?{urlencode({'from': moment.isoformat(), 'tz': zone.key})}",
    )


def of_record(actor: Actor, entity_cls: type[Entity], id: UUID) -> ResponseReturnValue:
    """A record as it was at a moment, with the lines it had then."""
    zone, now = clock.zone(actor), dt.datetime.now(dt.UTC)
    moment = _moment(zone, now)
    row = past.record(actor, entity_cls, id, moment)
    visible = access.visible(actor, entity_cls)
    before, after = walking.neighbours(actor, entity_cls, id, moment)
    base = paths.of_past(entity_cls, id)
    return render_template(
        "history/past_record.html",
        entity_cls=entity_cls,
        row=row,
        moment=moment,
        wanted=_typed(moment, zone),
        zone=zone.key,
        presets=_presets(now, zone, base, {}),
        cells=_shown(entity_cls, row, visible),
        groups=sections.of(entity_cls, visible),
        children=_lines(actor, entity_cls, id, moment),
        # A moment shows what was done until then: just before the last change lies what had been before it.
        earlier_url=_at(base, before - dt.timedelta(microseconds=1), zone) if before else None,
        later_url=_at(base, after, zone) if after else None,
        present_url=paths.of_record(entity_cls, id),
        list_url=_at(paths.of_past(entity_cls), moment, zone),
    )


def _at(base: str, moment: dt.datetime, zone: ZoneInfo) -> str:
    return f"{base}?{urlencode({'at': moment.isoformat(), 'tz': zone.key})}"


def _shown(entity_cls: type[Entity], row: Row, columns: Iterable[str]) -> dict[str, str]:
    """The cells of a past record; of pictures and files only that there was one, for what is stored is today's."""
    found = cells.render_cells(entity_cls, row, columns, full=True)
    for name in found:
        kind = sections.described(entity_cls, name).kind
        if kind in cells.UNNAMED and row.values.get(name):
            found[name] = cells.UNNAMED[kind]
    return found


def _lines(actor: Actor, entity_cls: type[Entity], id: UUID, moment: dt.datetime) -> list[Lines]:
    found = []
    for name in entity_cls.screen.children:
        child = entity.class_named(name)
        link = lines.link_to(child, entity_cls)
        if link is None or not access.may(actor, child, "see") or not past.is_kept(child):
            continue
        visible = access.visible(actor, child)
        columns = tuple(
            real for each in child.screen.columns if (real := sections.resolve(child, each)) in visible and real != link
        )[:7]
        rows = past.parts(actor, child, link, id, moment)
        shown = tuple((row, cells.render_cells(child, row, columns, part=True)) for row in rows)
        if shown:
            found.append(Lines(child, columns, shown))
    return found


def _moment(zone: ZoneInfo, now: dt.datetime) -> dt.datetime:
    given = request.args.get("at", "").strip()
    return clock.moment(given, zone) if given else (now - dt.timedelta(hours=1)).astimezone(zone)


def _typed(moment: dt.datetime, zone: ZoneInfo) -> str:
    return moment.astimezone(zone).strftime("%Y-%m-%dT%H:%M:%S")


def _presets(now: dt.datetime, zone: ZoneInfo, base: str, kept: Mapping[str, list[str]]) -> list[tuple[str, str]]:
    local = now.astimezone(zone)
    midnight = local.replace(hour=0, minute=0, second=0, microsecond=0)
    moments = {
        "An hour ago": local - dt.timedelta(hours=1),
        "Start of today": midnight,
        "Start of yesterday": midnight - dt.timedelta(days=1),
        "A week ago": local - dt.timedelta(days=7),
        "Start of the month": midnight.replace(day=1),
    }
    return [
        (label, f"{base}?{urlencode({**kept, 'at': at.isoformat(timespec='seconds'), 'tz': zone.key}, doseq=True)}")
        for label, at in moments.items()
    ]


def _headings(actor: Actor, entity_cls: type[Entity], query: Query, to: object) -> list[Heading]:
    sortable, leading = listing.sortable(actor, entity_cls), cells.leading(entity_cls)
    lead = leading if leading in query.columns else query.columns[0]
    return [
        Heading(
            name,
            sections.described(entity_cls, name).numeric,
            name == lead,
            to(listing.sorted_by(query, name)) if name in sortable else None,
            ("descending" if query.sort.descending else "ascending") if query.sort.column == name else None,
        )
        for name in query.columns
    ]


def _chips(actor: Actor, entity_cls: type[Entity], query: Query, number: int, to: object) -> list[Chip]:
    return [
        Chip(
            f"{'or ' if number and not index else ''}{sections.label(entity_cls, item.column)} {item.operator.label}",
            list_page.spoken(actor, sections.described(entity_cls, item.column), item),
            to(listing.without(query, number, index)),
        )
        for index, item in enumerate(query.groups[number])
    ]


# --- between two moments -------------------------------------------------------------------------------------------------


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
    "created": "created",
    "changed": "changed",
    "deleted": "deleted",
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
        wanted=(_typed(since, zone), _typed(until, zone) if given("to") else ""),
        others=bool(given("others")),
        zone=zone.key,
        base=base,
        next_url=f"{base}?{urlencode(kept | {'from': since.isoformat(), 'before': page.next})}" if page.next else None,
    )


def _place(text: str) -> int:
    if not text:
        return changes.NEWEST
    if text.isascii() and text.isdigit() and len(text) < 19:
        return int(text)
    raise BadRequest("This page address is not valid any more. Start again from the first page.")


def _became(entity_cls: type[Entity], one: Difference) -> Shown:
    before, after = ({} if row is None else _shown(entity_cls, row, one.columns) for row in (one.before, one.after))
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
        one.title, paths.of_record(entity_cls, one.id) if here else None, one.way, fields, ", ".join(one.by), one.at
    )


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
        since_last_visit=not given,
        wanted=_typed(since, zone),
        zone=zone.key,
        mine=mine,
        presets=_since(now, zone),
    )


def _since(now: dt.datetime, zone: ZoneInfo) -> list[tuple[str, str]]:
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
        (label, "/what-changed" + (f"?{urlencode({'from': at.isoformat(timespec='seconds')})}" if at else ""))
        for label, at in moments.items()
    ]
