"""The page behind a number: every move that made it what it is, with the balance after each."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from uuid import UUID

from flask import render_template
from markupsafe import Markup

from app.core import access, db, entity
from app.core.actor import Actor
from app.core.errors import NotFound
from app.core.rows import Row
from app.models.stock_account import StockLevel
from app.models.stock_move import StockMove
from app.services.feed import changes
from app.services.stock import chains, verification
from app.views import cells, paths


def show(actor: Actor, id: UUID, *, before: int | None) -> str:
    """The chain of a level, newest first; `before` a move's number it is the earlier part."""
    with db.reading(actor) as session:
        cursor = changes.snapshot(session)
    chain = chains.chain(actor, id, before=before)
    visible = access.visible(actor, StockLevel)
    return render_template(
        "stock/level.html",
        chain=chain,
        cursor=cursor,
        figures=_figures(chain.level, visible),
        lines=[line(link) for link in chain.links],
        costs="unit_cost" in access.visible(actor, StockMove),
        wrong=[one for one in verification.latest(actor).problems if one.level == id],
        kinds=verification.KINDS,
    )


def _figures(level: Row, visible: tuple[str, ...]) -> list[tuple[str, str]]:
    """The level's own numbers, as far as the person sees them; none leads to the page it stands on."""
    shown = cells.render_cells(StockLevel, level, ("reserved", "available", "value", "unit_cost"), full=True)
    shown = {"on_hand": cells.plain_number(level.values["on_hand"]), **shown} if "on_hand" in visible else shown
    return [(name, html) for name, html in shown.items() if name in visible]


@dataclass(frozen=True)
class Line:
    """A move as a row of the chain."""

    seq: int
    id: UUID
    change: str
    comes: bool
    balance: str
    other: Markup
    document: Markup
    cells: dict[str, str]
    late: bool


def line(link: chains.Link) -> Line:
    """A move as people read it, as far as they may."""
    row = link.row
    booked, happened = row.values["created_at"], row.values["effective_at"]
    sign = "+" if link.change > 0 else ""
    return Line(
        link.seq,
        row.id,
        sign + cells.plain_number(link.change),
        link.change > 0,
        cells.plain_number(link.balance),
        Markup(row.labels.get(link.other, "") and _cell(row, link.other)) or cells.NOTHING,
        _document(row, link.document),
        cells.render_cells(StockMove, row, ("effective_at", "created_at", "reason_id", "moved_by_id", "unit_cost")),
        abs(booked - happened) > dt.timedelta(hours=1),
    )


def _cell(row: Row, name: str) -> str:
    return cells.render_cells(StockMove, row, (name,))[name]


def _document(row: Row, title: str | None) -> Markup:
    """The paper behind a move: a link for whoever may see it, else what kind of paper it was."""
    kind, id = row.values.get("document"), row.values.get("document_id")
    if not kind:
        return cells.NOTHING
    try:
        target = entity.named(kind)
    except NotFound:
        return Markup("{}").format(kind)
    label = entity.label_of(target)
    if title is None or id is None:
        return Markup("{}").format(label)
    return Markup('<a href="{}">{} {}</a>').format(paths.of_record(target, id), label, title)
