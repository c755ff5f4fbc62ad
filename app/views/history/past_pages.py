"""The past on the screen: a record or a list as it was at a moment."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Final
from urllib.parse import urlencode
from uuid import UUID
from zoneinfo import ZoneInfo

from flask import Flask, render_template, request
from flask.typing import ResponseReturnValue

from app.core import access, db, entity, listing, rows
from app.core.actor import Actor
from app.core.entity import Entity
from app.core.errors import NotFound
from app.core.query import Query
from app.core.rows import Row
from app.services.feed import changes
from app.services.history import past, past_moments
from app.views import cells, clock, lines, list_page, paths, sections

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


@dataclass(frozen=True)
class Paper:
    """A file that hung on a record; `url` where it still does."""

    name: str
    url: str | None
    when: str


@dataclass(frozen=True)
class Remark:
    """A comment as it stood."""

    body: str
    author: str
    when: str


def init(app: Flask) -> None:
    """Let templates ask what has a past."""
    app.jinja_env.globals.update(is_kept=past.is_kept)


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
        wanted=typed(moment, zone),
        zone=zone.key,
        kept=[(name, value) for name, values in kept.items() for value in values],
        presets=_presets(now, zone, base, kept),
        headings=_headings(actor, entity_cls, query, to),
        chips=[
            chip for number, group in enumerate(query.groups) for chip in _chips(actor, entity_cls, query, number, to)
        ],
        search=query.search,
        by_names=bool(query.search) or sections.described(entity_cls, query.sort.column).kind in ("link", "record"),
        rows=[(row, cells.render_cells(entity_cls, row, query.columns)) for row in page.rows],
        record_url=lambda id: f"{paths.of_past(entity_cls, id)}?{urlencode(at)}",
        next_url=to(listing.url_args(query, after=page.next)) if page.next else None,
        previous_url=to(listing.url_args(query, before=page.previous)) if page.previous else None,
        begins=past_moments.beginning(moment) if not page.rows else None,
        present_url=f"{paths.of_list(entity_cls)}?{urlencode(kept, doseq=True)}",
        differences_url=f"{paths.of_differences(entity_cls)}?{urlencode({'from': moment.isoformat(), 'tz': zone.key})}",
    )


def of_record(actor: Actor, entity_cls: type[Entity], id: UUID) -> ResponseReturnValue:
    """A record as it was at a moment, with the lines it had then."""
    zone, now = clock.zone(actor), dt.datetime.now(dt.UTC)
    moment = _moment(zone, now) if request.args.get("at") else _last_other(actor, entity_cls, id, now)
    try:
        row = past.record(actor, entity_cls, id, moment)
    except NotFound:
        return _absent(actor, entity_cls, id, moment, zone)
    visible = access.visible(actor, entity_cls)
    beside = past_moments.beside(actor, entity_cls, id, moment)
    base = paths.of_past(entity_cls, id)
    return render_template(
        "history/past_record.html",
        entity_cls=entity_cls,
        row=row,
        moment=moment,
        wanted=typed(moment, zone),
        zone=zone.key,
        presets=_presets(now, zone, base, {}, since=row.values.get("created_at")),
        cells=shown(entity_cls, row, visible),
        groups=sections.of(entity_cls, visible),
        children=_lines(actor, entity_cls, id, moment),
        papers=_papers(actor, entity_cls, id, moment),
        remarks=_remarks(actor, entity_cls, id, moment),
        earlier_url=_at(base, beside.earlier, zone) if beside.earlier else None,
        later_url=_at(base, beside.later, zone) if beside.later else None,
        present_url=paths.of_record(entity_cls, id),
        list_url=_at(paths.of_past(entity_cls), moment, zone),
    )


def _absent(
    actor: Actor, entity_cls: type[Entity], id: UUID, moment: dt.datetime, zone: ZoneInfo
) -> ResponseReturnValue:
    """That a record was not there, for those who may see it at another moment; for all others there is none at all."""
    beside = past_moments.beside(actor, entity_cls, id, moment)
    base, now = paths.of_past(entity_cls, id), dt.datetime.now(dt.UTC)
    other = beside.later or beside.earlier
    if other is None:
        access.require_seen(actor, entity_cls, id)
    title = past.record(actor, entity_cls, id, other or now).title
    page = render_template(
        "history/past_absent.html",
        entity_cls=entity_cls,
        title=title,
        beside=beside,
        moment=moment,
        wanted=typed(moment, zone),
        zone=zone.key,
        presets=_presets(now, zone, base, {}, since=beside.later if beside.made else None),
        base=base,
        earlier_url=_at(base, beside.earlier, zone) if beside.earlier else None,
        later_url=_at(base, beside.later, zone) if beside.later else None,
        list_url=_at(paths.of_past(entity_cls), moment, zone),
    )
    return page, 404


def _at(base: str, moment: dt.datetime, zone: ZoneInfo) -> str:
    return f"{base}?{urlencode({'at': moment.isoformat(), 'tz': zone.key})}"


def shown(entity_cls: type[Entity], row: Row, columns: Iterable[str]) -> dict[str, str]:
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


def _papers(actor: Actor, entity_cls: type[Entity], id: UUID, moment: dt.datetime) -> list[Paper]:
    """The files that hung on a record, newest first; those that still do can be opened."""
    kind = entity.named("attachment")
    found = past.hanging(actor, kind, entity_cls, id, moment)
    with db.reading(actor) as session:
        here = rows.by_ids(session, kind, [row.id for row in found], ())
    return [
        Paper(
            str(row.values.get("name") or row.title),
            paths.of_file(kind, row.id, "file") if row.id in here else None,
            cells.render_cells(kind, row, ["created_at"]).get("created_at", ""),
        )
        for row in found
    ]


def _remarks(actor: Actor, entity_cls: type[Entity], id: UUID, moment: dt.datetime) -> list[Remark]:
    """What had been said about a record, newest first."""
    kind = entity.named("comment")
    found = []
    for row in past.hanging(actor, kind, entity_cls, id, moment):
        shown = cells.render_cells(kind, row, ["author_id", "created_at"])
        body = str(row.values.get("body") or "")
        found.append(Remark(body, shown.get("author_id", ""), shown.get("created_at", "")))
    return found


def _moment(zone: ZoneInfo, now: dt.datetime) -> dt.datetime:
    given = request.args.get("at", "").strip()
    return clock.moment(given, zone) if given else (now - dt.timedelta(hours=1)).astimezone(zone)


def _last_other(actor: Actor, entity_cls: type[Entity], id: UUID, now: dt.datetime) -> dt.datetime:
    """Where looking back begins: just before the last change, or now where nothing is known from before it."""
    earlier = past_moments.beside(actor, entity_cls, id, now).earlier
    return earlier if earlier and earlier >= changes.kept_since(now) else now


def typed(moment: dt.datetime, zone: ZoneInfo) -> str:
    return moment.astimezone(zone).strftime("%Y-%m-%dT%H:%M:%S")


def _presets(
    now: dt.datetime, zone: ZoneInfo, base: str, kept: Mapping[str, list[str]], *, since: dt.datetime | None = None
) -> list[tuple[str, str]]:
    """The moments that people ask for most, without those from before there was anything."""
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
        if since is None or at >= since
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
