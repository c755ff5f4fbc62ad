"""Cells: one value of a record as the small piece of HTML that lists, detail pages and live updates show.

No template is involved: the live pump renders thousands of these, each once for all who see the same columns.
"""

from __future__ import annotations

import contextlib
import json
from collections.abc import Callable, Iterable
from datetime import date, datetime, time
from decimal import Decimal
from typing import Any
from uuid import UUID

from markupsafe import Markup, escape

from app.core import entity, rows, values
from app.core.columns import Column, spoken
from app.core.entity import Entity
from app.core.errors import NotFound
from app.core.rows import Row
from app.core.titles import words_of
from app.views import paths

LONGEST = 90
"""Characters of a long text that a cell shows; the rest is in its title."""

NOTHING = Markup('<span class="cell-empty" aria-label="empty">–</span>')

OPENS = {("stock_level", "on_hand"): "/stock/level/{id}"}
"""Numbers that open where they come from: (entity, column) and the address."""

Cell = Callable[["Piece"], Markup]


class Piece:
    """One value on its way to HTML: whose it is, what it is, and how much room it has."""

    __slots__ = ("column", "entity_cls", "full", "label", "name", "row", "value")

    def __init__(self, entity_cls: type[Entity], row: Row, name: str, column: Column, full: bool) -> None:
        self.entity_cls, self.row, self.name, self.column, self.full = entity_cls, row, name, column, full
        self.value = row.values.get(name)
        self.label = row.labels.get(name)


def render_cells(
    entity_cls: type[Entity], row: Row, columns: Iterable[str], *, full: bool = False, part: bool = False
) -> dict[str, str]:
    """The HTML of these columns of a row; `full` shows long values whole, as the detail page does.

    The first column of the title links to the record, so that every list row leads somewhere; in a `part` of another
    record's page, where each row has its own way in, names of other records lead to those.
    """
    known = entity.columns_of(entity_cls)
    return {
        name: str(render(entity_cls, row, name, known[name].info["column"], full=full, part=part))
        for name in columns
        if name in known
    }


def render(
    entity_cls: type[Entity], row: Row, name: str, column: Column, *, full: bool = False, part: bool = False
) -> Markup:
    """The HTML of one column of a row."""
    piece = Piece(entity_cls, row, name, column, full)
    if column.secret:
        return NOTHING
    if piece.value is None or piece.value == "":
        shown = Markup('<span class="cell-meant">{}</span>').format(column.nothing) if column.nothing else NOTHING
    else:
        shown = CELLS.get(column.kind, _text)(piece)
        if (entity_cls.entity, name) in OPENS:
            shown = Markup('<a href="{}">{}</a>').format(OPENS[entity_cls.entity, name].format(id=row.id), shown)
    if full or name != leading(entity_cls) or (part and column.kind in ("link", "record")):
        return shown
    return _titled(piece, shown)


def _titled(piece: Piece, shown: Markup) -> Markup:
    """What names a row leads to the row, even where it is the name of another record: that one is linked on its page."""
    href = paths.of_record(piece.entity_cls, piece.row.id)
    if piece.column.kind == "link" and piece.label is not None:
        target = paths.target_of(piece.column.target or "")
        return Markup('<a class="cell-title" href="{}" data-ref="{}:{}">{}</a>').format(
            href, target.entity, piece.value, piece.label
        )
    if piece.column.kind == "record":
        shown = escape(piece.label) if piece.label else shown
    return Markup('<a class="cell-title" href="{}">{}</a>').format(href, shown)


def leading(entity_cls: type[Entity]) -> str:
    """The column that names a record in its list."""
    title = entity_cls.screen.title[0] if entity_cls.screen.title else "id"
    return title if title in entity_cls.__table__.columns else f"{title}_id"


def _text(piece: Piece) -> Markup:
    words = piece.column.words
    return escape(str(piece.value) if words is None else spoken(str(piece.value), words))


def _long_text(piece: Piece) -> Markup:
    text = str(piece.value)
    if piece.full:
        return Markup('<div class="cell-long">{}</div>').format(text)
    return _cut(text)


def _cut(text: str) -> Markup:
    short = " ".join(text.split())
    if len(short) <= LONGEST:
        return escape(short)
    return Markup('<span title="{}">{}…</span>').format(text[:1000], short[:LONGEST].rstrip())


def _code(piece: Piece) -> Markup:
    if piece.column.words is not None:
        return _text(piece)
    return Markup('<span class="cell-code">{}</span>').format(piece.value)


def _email(piece: Piece) -> Markup:
    return Markup('<a href="mailto:{0}">{0}</a>').format(piece.value) if piece.full else escape(str(piece.value))


def _phone(piece: Piece) -> Markup:
    if not piece.full:
        return escape(str(piece.value))
    return Markup('<a href="tel:{}">{}</a>').format(
        "".join(c for c in str(piece.value) if c in "+0123456789"), piece.value
    )


def _url(piece: Piece) -> Markup:
    address = str(piece.value)
    if not address.startswith(("http://", "https://")):
        return escape(address)
    shown = address.split("//", 1)[1].rstrip("/")
    return Markup('<a href="{}" rel="noopener noreferrer" target="_blank">{}</a>').format(
        address, shown if piece.full else shown[:40]
    )


def plain_number(value: Any, places: int | None = None) -> str:
    """A number with grouped thousands: money and costs keep their places, others lose trailing zeros."""
    number = value if isinstance(value, Decimal) else Decimal(str(value))
    if places is not None:
        return f"{number:,.{places}f}".replace("-", "−")
    text = f"{number:,f}"
    return (text.rstrip("0").rstrip(".") if "." in text else text).replace("-", "−")


def _money(piece: Piece) -> Markup:
    return Markup('<span class="cell-number">{}</span>').format(plain_number(piece.value, 2))


def _cost(piece: Piece) -> Markup:
    number = Decimal(str(piece.value))
    exact = number != number.quantize(Decimal("0.01"))
    shown = plain_number(number.normalize() if exact and abs(number) < 10**9 else number, None if exact else 2)
    return Markup('<span class="cell-number">{}</span>').format(shown)


def _number(piece: Piece) -> Markup:
    return Markup('<span class="cell-number">{}</span>').format(plain_number(piece.value))


def _percent(piece: Piece) -> Markup:
    return Markup('<span class="cell-number">{} %</span>').format(plain_number(piece.value))


def _flag(piece: Piece) -> Markup:
    return FLAGS[bool(piece.value)]


FLAGS = {
    True: Markup('<span class="cell-flag cell-flag-yes"><span class="visually-hidden">Yes</span></span>'),
    False: Markup('<span class="cell-flag cell-flag-no"><span class="visually-hidden">No</span></span>'),
}


def _choice(piece: Piece) -> Markup:
    found = next((choice for choice in piece.column.choices if choice.value == piece.value), None)
    if found is None:
        return _text(piece)
    if found.tone == "secondary" and piece.name != piece.entity_cls.screen.state:
        return escape(found.label)
    return Markup('<span class="badge tone-{}">{}</span>').format(found.tone, found.label)


def _date(piece: Piece) -> Markup:
    if not isinstance(piece.value, date):
        return _text(piece)
    return Markup('<time datetime="{}" data-format="date">{}</time>').format(
        piece.value.isoformat(), f"{piece.value:%-d %b %Y}"
    )


def _moment(piece: Piece) -> Markup:
    if not isinstance(piece.value, datetime):
        return _text(piece)
    style = "full" if piece.full else "short"
    return Markup('<time datetime="{}" data-format="{}">{}</time>').format(
        piece.value.isoformat(), style, f"{piece.value:%-d %b %Y, %H:%M}"
    )


def _time(piece: Piece) -> Markup:
    return escape(f"{piece.value:%H:%M}") if isinstance(piece.value, time) else _text(piece)


def _colour(piece: Piece) -> Markup:
    # The swatch is drawn by SVG attributes: the content policy allows no style attribute.
    return Markup(
        '<span class="cell-colour"><svg class="cell-swatch" viewBox="0 0 16 16" aria-hidden="true">'
        '<rect width="16" height="16" rx="4" fill="{0}"/></svg>{0}</span>'
    ).format(piece.value)


def _link(piece: Piece) -> Markup:
    target = paths.target_of(piece.column.target or "")
    if piece.label is None:
        return Markup('<span class="cell-empty" title="You may not see this {}">–</span>').format(
            entity.label_of(target).lower()
        )
    return Markup('<a href="{}" data-ref="{}:{}">{}</a>').format(
        paths.of_record(target, piece.value), target.entity, piece.value, piece.label
    )


def _record(piece: Piece) -> Markup:
    about = piece.row.values.get(rows.kind_of(piece.entity_cls) or "")
    if not isinstance(about, str) or not isinstance(piece.value, UUID):
        return NOTHING
    try:
        target = entity.named(about)
    except NotFound:  # of an entity that is gone, or one that SQL made up
        return NOTHING
    if piece.label is None:
        return Markup('<span class="cell-empty" title="Deleted, or not yours to see">{}</span>').format(
            entity.label_of(target)
        )
    return Markup('<a href="{}">{}</a>').format(paths.of_record(target, piece.value), piece.label)


def _entity(piece: Piece) -> Markup:
    return escape(spoken(str(piece.value), words_of(piece.column) or ()))


def _picture(piece: Piece) -> Markup:
    source = paths.of_file(piece.entity_cls, piece.row.id, piece.name)
    # The key in the address changes with the picture, so that the browser may keep each for good.
    return Markup('<img class="{}" src="{}?{}v={}" alt="" loading="lazy">').format(
        "cell-picture cell-picture-large" if piece.full else "cell-picture",
        source,
        "" if piece.full else "small=1&",
        str(piece.value)[:12],
    )


def _file(piece: Piece) -> Markup:
    return Markup('<a href="{}" download>Download</a>').format(
        paths.of_file(piece.entity_cls, piece.row.id, piece.name)
    )


def _tags(piece: Piece) -> Markup:
    words = piece.value if isinstance(piece.value, list) else []
    if not words:
        return NOTHING
    return Markup('<span class="cell-tags">{}</span>').format(
        Markup("").join(Markup('<span class="badge tone-secondary is-plain">{}</span>').format(word) for word in words)
    )


def _structure(piece: Piece) -> Markup:
    if piece.value in ({}, []):
        return NOTHING
    if not piece.full:
        short = json.dumps(piece.value, ensure_ascii=False, default=str)
        return Markup('<code class="cell-code" title="{}">{}</code>').format(
            short[:1000], short[:40] + ("…" if len(short) > 40 else "")
        )
    return Markup('<pre class="cell-structure">{}</pre>').format(
        json.dumps(piece.value, ensure_ascii=False, indent=2, default=str)
    )


def _differences(piece: Piece) -> Markup:
    """What a change did: in a list the names of the fields, on its page each with what it was and what it became."""
    about, told = piece.row.values.get(rows.kind_of(piece.entity_cls) or ""), piece.value
    try:
        target = entity.named(str(about))
    except NotFound:
        return NOTHING
    known = entity.columns_of(target)
    # A record that was made or deleted is told whole; one that was changed, as pairs.
    pairs = {
        name: value if isinstance(value, list) and len(value) == 2 else [None, value]
        for name, value in (told.items() if isinstance(told, dict) else ())
        if name in known and name not in entity.RESERVED and value is not None
    }
    if not pairs:
        return NOTHING
    named = {name: entity.column_label(name, known[name].info["column"]) for name in pairs}
    if not piece.full:
        changed = [named[name] for name, value in told.items() if name in named and isinstance(value, list)]
        return _cut(", ".join(changed)) if changed else NOTHING
    lines = (
        Markup('<tr><th scope="row">{}</th><td><del>{}</del></td><td><ins>{}</ins></td></tr>').format(
            named[name], _stored(target, name, before), _stored(target, name, after)
        )
        for name, (before, after) in pairs.items()
    )
    return Markup(
        '<table class="differences"><thead><tr><th scope="col">Field</th><th scope="col">Before</th><th scope="col">After</th></tr>'
        "</thead><tbody>{}</tbody></table>"
    ).format(Markup("").join(lines))


def _stored(entity_cls: type[Entity], name: str, value: Any) -> Markup:
    """A value as the feed keeps it, for people; of a linked record it knows no more than the id."""
    column = entity.columns_of(entity_cls)[name].info["column"]
    if value is None or value == "":
        return NOTHING
    if column.kind in ("link", "record", "picture", "file"):
        return Markup('<span class="cell-meant">{}</span>').format(UNNAMED.get(column.kind, "another record"))
    with contextlib.suppress(ValueError):  # what was stored by older rules is shown as it was
        value = values.parse(column, value)
    return render(entity_cls, Row(NO_ID, 0, {name: value}), name, column, full=True)


NO_ID = UUID(int=0)
UNNAMED = {"picture": "a picture", "file": "a file"}


CELLS: dict[str, Cell] = {
    "text": _text,
    "long_text": _long_text,
    "code": _code,
    "email": _email,
    "phone": _phone,
    "url": _url,
    "money": _money,
    "cost": _cost,
    "quantity": _number,
    "whole": _number,
    "percent": _percent,
    "flag": _flag,
    "choice": _choice,
    "date": _date,
    "moment": _moment,
    "time": _time,
    "colour": _colour,
    "link": _link,
    "record": _record,
    "entity": _entity,
    "picture": _picture,
    "file": _file,
    "tags": _tags,
    "structure": _structure,
    "differences": _differences,
}
"""How each kind of column is shown."""
