"""History on the screen: of a record with its lines, of a list, and behind a single cell; as a page and as a file."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator
from typing import Any, Final
from urllib.parse import quote, urlencode
from uuid import UUID
from zoneinfo import ZoneInfo

import sqlalchemy as sa
from flask import Response, render_template, request, stream_with_context
from flask.typing import ResponseReturnValue

from app.core import access, csv_lines, db, entity
from app.core.actor import Actor
from app.core.entity import Entity
from app.core.errors import BadRequest, NotFound
from app.services.history import deeds, names, past, walking
from app.services.history.deeds import Page, Told
from app.services.history.names import Names
from app.services.history.walking import Asked
from app.views import clock, paths, sections
from app.views.history import sentences, undo_page

ON_RECORD: Final = 5
"""Deeds that a record's own page shows."""

BEHIND_A_CELL: Final = 3
MOST_PEOPLE: Final = 300
DEEDS_OF_A_FILE: Final = 500
"""Deeds that are read at once for a file."""

LINES_OF_A_FILE: Final = 500_000
PAGES_OF_A_FILE: Final = 100
"""A file of history ends when either is full, and says in its last line where the next one is."""

OPS: Final = {"insert": "Created", "update": "Changed", "delete": "Deleted"}

_PEOPLE = sa.text("SELECT id, name FROM people ORDER BY lower(name), id LIMIT :most")


def of_record(actor: Actor, entity_cls: type[Entity], id: UUID) -> ResponseReturnValue:
    """Everything that happened to a record and its lines, newest first."""
    if request.headers.get("X-Fragment") == "latest":
        return _latest(actor, entity_cls, id)
    asked, zone = _asked(actor)
    page = deeds.of_record(actor, entity_cls, id, asked)
    title, here = _title(actor, entity_cls, id, page)
    return _show(actor, entity_cls, page, asked, zone, id=id, title=title, here=here)


def of_list(actor: Actor, entity_cls: type[Entity]) -> ResponseReturnValue:
    """Everything that happened to the records of a list, newest first."""
    asked, zone = _asked(actor)
    page = deeds.of_list(actor, entity_cls, asked)
    return _show(actor, entity_cls, page, asked, zone, title=entity.plural_of(entity_cls))


def _title(actor: Actor, entity_cls: type[Entity], id: UUID, page: Page) -> tuple[str, bool]:
    """What the record is or was called, and whether the actor may open it today.

    Raises `NotFound` when neither it nor anything of its past is theirs: a filter that nothing fits is no reason.
    """
    about = [one for deed in page.deeds for one in deed.told if (one.entity, one.change.record_id) == (entity_cls, id)]
    if about:
        return about[0].title, about[0].here
    title = names.of_present(actor, entity_cls, id)
    if title is not None:
        return title, True
    told = deeds.last_of(actor, entity_cls, id)
    if told is None:
        raise NotFound()
    return told.title, told.here


def _show(
    actor: Actor,
    entity_cls: type[Entity],
    page: Page,
    asked: Asked,
    zone: ZoneInfo,
    *,
    title: str,
    id: UUID | None = None,
    here: bool = True,
) -> ResponseReturnValue:
    about = (entity_cls, id) if id else None
    last = None if here or id is None else deeds.last_of(actor, entity_cls, id)
    kept = {name: value for name, value in request.args.items() if value and name != "before"}
    base = paths.of_history(entity_cls, id)
    return render_template(
        "history/found.html" if request.headers.get("X-Fragment") == "further" else "history/page.html",
        entity_cls=entity_cls,
        id=id,
        title=title,
        here=here,
        is_deleted=last is not None and last.way == "deleted",
        restore_url=paths.of_undo(str(last.change.transaction))
        if last and undo_page.may_restore(actor, last)
        else None,
        deeds=[sentences.shown(deed, page.names, about=about) for deed in page.deeds],
        offers=undo_page.offers(actor, page.deeds),
        base=base,
        kept=kept,
        narrowed=any(name != "tz" for name in kept),
        of_deed=lambda key: f"{base}?{urlencode({'deed': key})}",
        next_url=f"{base}?{urlencode(kept | {'before': page.next})}" if page.next else None,
        first_url=f"{base}?{urlencode(kept)}" if asked.before else None,
        reached=page.reached,
        file_url=f"{base}.csv?{urlencode(kept)}" if access.may(actor, entity_cls, "export") else None,
        people=_people(actor),
        columns=[(name, sections.label(entity_cls, name)) for name in walking.open_columns(actor, entity_cls)],
        ops=OPS,
        zone=zone.key,
        is_kept=past.is_kept(entity_cls),
    )


def _people(actor: Actor) -> list[tuple[str, str]]:
    with db.reading(actor) as session:
        return [(str(row.id), row.name) for row in session.execute(_PEOPLE, {"most": MOST_PEOPLE})]


def _asked(actor: Actor) -> tuple[Asked, ZoneInfo]:
    """What the address asks for. Raises `BadRequest` with a sentence for what can't be understood."""
    zone, given = clock.zone(actor), request.args.get
    who, op, before = given("by", ""), given("op", ""), given("before", "")
    if op and op not in OPS:
        raise BadRequest("A history can be narrowed to what was created, changed or deleted.")
    return Asked(
        person=_id(who) if who and who != "nobody" else None,
        by_nobody=who == "nobody",
        column=given("field", "")[:100].replace("\x00", ""),
        since=clock.day(given("from", ""), zone),
        until=clock.day(given("to", ""), zone, end=True),
        op=op,
        operation=given("deed", "")[:100].replace("\x00", ""),
        before=walking.place(before) if before else None,
        # A deed that is opened is shown whole, as far as one page goes.
        shown=1_000 if given("deed") else walking.SHOWN,
    ), zone


def _id(text: str) -> UUID:
    try:
        return UUID(text)
    except ValueError:
        raise BadRequest("There is no such person to look for.") from None


# --- on other pages ------------------------------------------------------------------------------------------------------


def _latest(actor: Actor, entity_cls: type[Entity], id: UUID) -> ResponseReturnValue:
    """The last deeds of a record, for its own page, which asks for them when it is there."""
    page = deeds.of_record(actor, entity_cls, id, Asked(size=ON_RECORD, shown=3))
    _title(actor, entity_cls, id, page)
    return render_template(
        "history/latest.html",
        deeds=[sentences.shown(deed, page.names, about=(entity_cls, id)) for deed in page.deeds],
        offers={},
        more=page.next is not None,
        all_url=paths.of_history(entity_cls, id),
    )


def of_cell(actor: Actor, entity_cls: type[Entity], id: UUID, column: str) -> ResponseReturnValue:
    """Who changed one cell last, as a small piece of HTML."""
    page = deeds.of_record(actor, entity_cls, id, Asked(column=column, size=BEHIND_A_CELL, shown=1))
    _title(actor, entity_cls, id, page)
    found = [
        (deed.by, told.change.at, told.way, sentences.of_column(told, column, page.names))
        for deed in page.deeds
        for told in deed.told
    ]
    return render_template(
        "history/cell.html",
        entity_cls=entity_cls,
        label=sections.label(entity_cls, column),
        found=found,
        reached=page.reached,
        all_url=f"{paths.of_history(entity_cls, id)}?{urlencode({'field': column})}",
    )


# --- as a file -----------------------------------------------------------------------------------------------------------

HEADINGS: Final = ("At", "By", "From where", "What", "Kind", "Record", "Field", "Before", "After")


def send(actor: Actor, entity_cls: type[Entity], id: UUID | None = None) -> ResponseReturnValue:
    """The history as CSV, a line per field, to whoever may export these records."""
    access.require(actor, entity_cls, "export")
    asked, zone = _asked(actor)
    asked = dataclasses.replace(asked, size=DEEDS_OF_A_FILE, shown=walking.WALKED)
    first = _page(actor, entity_cls, id, asked)
    title = entity.plural_of(entity_cls) if id is None else _title(actor, entity_cls, id, first)[0]
    return Response(
        stream_with_context(_lines(actor, entity_cls, id, asked, first, zone)),
        mimetype="text/csv",
        headers={
            "Content-Disposition": f"attachment; filename*=UTF-8''{quote(f'History of {title}.csv')}",
            "X-Content-Type-Options": "nosniff",
        },
    )


def _page(actor: Actor, entity_cls: type[Entity], id: UUID | None, asked: Asked) -> Page:
    return deeds.of_record(actor, entity_cls, id, asked) if id else deeds.of_list(actor, entity_cls, asked)


def _lines(
    actor: Actor, entity_cls: type[Entity], id: UUID | None, asked: Asked, page: Page, zone: ZoneInfo
) -> Iterator[str]:
    yield csv_lines.MARK + csv_lines.line(HEADINGS)
    written, pages = 0, 0
    while True:
        for deed in page.deeds:
            for told in deed.told:
                lines = [csv_lines.line(cells) for cells in _cells(deed.by, told, page.names, zone)]
                written += len(lines)
                yield "".join(lines)
        pages += 1
        if page.next is None:
            return
        if pages >= PAGES_OF_A_FILE or written >= LINES_OF_A_FILE:
            break
        page = _page(actor, entity_cls, id, dataclasses.replace(asked, before=page.next))
    kept = {name: value for name, value in request.args.items() if value} | {"before": page.next}
    address = f"{request.host_url.rstrip('/')}{paths.of_history(entity_cls, id)}.csv?{urlencode(kept)}"
    yield csv_lines.line((f"This file is full. What is older is in the next one: {address}",))


def _cells(by: str, told: Told, known: Names, zone: ZoneInfo) -> Iterator[tuple[Any, ...]]:
    source = sentences.THROUGH.get(told.change.source, told.change.source) or "on the screen"
    at = told.change.at.astimezone(zone).isoformat(" ", "seconds")
    head = (at, by, source, told.way, entity.label_of(told.entity), told.title)
    rows = [
        (*head, sections.label(told.entity, found.column), *sentences.plain(told, found, known))
        for found in told.differences
    ]
    yield from rows or [(*head, "", "", "")]
