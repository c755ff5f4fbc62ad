"""Cells: one value of a record as the small piece of HTML that lists, detail pages and live updates show.

No template is involved: the live pump renders thousands of these, each once for all who see the same columns.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable
from datetime import date, datetime, time
from decimal import Decimal
from typing import Any
from uuid import UUID

from markupsafe import Markup, escape

from app.core import entity
from app.core.columns import Column
from app.core.entity import Entity
from app.core.errors import NotFound
from app.core.rows import Row
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


def render_cells(entity_cls: type[Entity], row: Row, columns: Iterable[str], *, full: bool = False) -> dict[str, str]:
    """The HTML of these columns of a row; `full` shows long values whole, as the detail page does.

    The first column of the title links to the record, so that every list row leads somewhere.
    """
    known = entity.columns_of(entity_cls)
    return {
        name: str(render(entity_cls, row, name, known[name].info["column"], full=full))
        for name in columns
        if name in known
    }


def render(entity_cls: type[Entity], row: Row, name: str, column: Column, *, full: bool = False) -> Markup:
    """The HTML of one column of a row."""
    piece = Piece(entity_cls, row, name, column, full)
    if column.secret:
        return NOTHING
    shown = NOTHING if piece.value is None or piece.value == "" else CELLS.get(column.kind, _text)(piece)
    if (entity_cls.entity, name) in OPENS and shown is not NOTHING:
        return Markup('<a href="{}">{}</a>').format(OPENS[entity_cls.entity, name].format(id=row.id), shown)
    if full or name != leading(entity_cls) or column.kind in ("link", "record"):
        return shown
    return Markup('<a class="cell-title" href="{}">{}</a>').format(paths.of_record(entity_cls, row.id), shown)


def leading(entity_cls: type[Entity]) -> str:
    """The column that names a record in its list."""
    title = entity_cls.screen.title[0] if entity_cls.screen.title else "id"
    return title if title in entity_cls.__table__.columns else f"{title}_id"


def _text(piece: Piece) -> Markup:
    return escape(str(piece.value))


def _long_text(piece: Piece) -> Markup:
    text = str(piece.value)
    if piece.full:
        return Markup('<div class="cell-long">{}</div>').format(text)
    short = " ".join(text.split())
    if len(short) <= LONGEST:
        return escape(short)
    return Markup('<span title="{}">{}…</span>').format(text[:1000], short[:LONGEST].rstrip())


def _code(piece: Piece) -> Markup:
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
    about = next(
        (
            piece.row.values.get(name)
            for name, c in entity.columns_of(piece.entity_cls).items()
            if c.info["column"].kind == "entity"
        ),
        None,
    )
    if not isinstance(about, str) or not isinstance(piece.value, UUID):
        return NOTHING
    try:
        target = entity.named(about)
    except NotFound:  # of an entity that is gone, or one that SQL made up
        return escape(piece.label or str(piece.value))
    return Markup('<a class="cell-title" href="{}">{}</a>').format(
        paths.of_record(target, piece.value), piece.label or entity.label_of(target)
    )


def _entity(piece: Piece) -> Markup:
    known = {cls.entity: entity.label_of(cls) for cls in entity.entities()}
    return escape(known.get(str(piece.value), str(piece.value)))


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
}
"""How each kind of column is shown."""
