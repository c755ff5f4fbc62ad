"""The page of one record: what it says, its lines, what hangs on it, and what can be done with it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from flask import render_template, request, send_file
from flask.typing import ResponseReturnValue
from sqlalchemy.orm import Session

from app.core import access, db, entity, openness, rows
from app.core.actor import Actor
from app.core.entity import Entity
from app.core.errors import NotFound
from app.core.rows import Row
from app.services import files, sides
from app.services.feed import changes
from app.views import attachments, cells, comments, fields, lines, paths, sections, step_page

CHILD_ROWS = 10
"""Rows that a child table shows; the rest is one click away."""

A_DAY = timedelta(days=1)


@dataclass(frozen=True)
class ChildTable:
    """Records that point to this one."""

    entity_cls: type[Entity]
    columns: tuple[str, ...]
    rows: list[tuple[Row, Mapping[str, str]]]
    more: bool
    all_url: str
    new_url: str | None
    link: str
    part: bool

    @property
    def title(self) -> str:
        return entity.plural_of(self.entity_cls)

    @property
    def headings(self) -> list[tuple[str, str, bool]]:
        return [
            (name, sections.label(self.entity_cls, name), sections.described(self.entity_cls, name).numeric)
            for name in self.columns
        ]


def show(actor: Actor, entity_cls: type[Entity], id: UUID) -> ResponseReturnValue:
    """The record's page."""
    record = _there(actor, entity_cls, id)
    visible = access.visible(actor, entity_cls)
    with db.reading(actor) as session:
        cursor = changes.snapshot(session)
        found = rows.by_ids(session, entity_cls, [id], visible)
        if id not in found:
            raise NotFound()
        row = found[id]
        changed_by = _changed_by(session, entity_cls, row)
    writable = entity_cls.screen.writable
    return render_template(
        "entity/record.html",
        entity_cls=entity_cls,
        row=row,
        cursor=cursor,
        changed_by=changed_by,
        cells=cells.render_cells(entity_cls, row, visible, full=True),
        groups=sections.of(entity_cls, visible),
        children=_children(actor, entity_cls, id),
        papers=attachments.of(actor, entity_cls, id),
        may_attach=attachments.may_add(actor),
        talk=comments.of(actor, entity_cls, id),
        buttons=step_page.buttons(actor, record),
        mark=step_page.mark(actor, record),
        may_change=writable and row.still != openness.NOTHING and access.allowed_on(actor, record, "change"),
        may_delete=writable and row.still is None and access.allowed_on(actor, record, "delete"),
        may_create=writable and access.may(actor, entity_cls, "create"),
    )


def _there(actor: Actor, entity_cls: type[Entity], id: UUID) -> Entity:
    """The record; to whose page shows it already it is said how it went."""
    try:
        return access.get(actor, entity_cls, id)
    except NotFound:
        version = fields.number(request.args.get("version", ""))
        if version is None:
            raise
        with db.reading(actor) as session:
            raise sides.gone(actor, session, entity_cls, id, version) from None


def _changed_by(session: Session, entity_cls: type[Entity], row: Row) -> str:
    """Who made the record what it is, as far as the feed shows it to the reader."""
    # The time on the record is that of the transaction's begin: it may have ended a day later, at midnight.
    since = row.values["updated_at"]
    last = changes.of_record(
        session, entity_cls.entity, row.id, after_version=row.version - 1, limit=1, since=since, until=since + A_DAY
    )
    return last[0][1] if last else ""


def _children(actor: Actor, entity_cls: type[Entity], id: UUID) -> list[ChildTable]:
    """Tables of what points here: the document's own parts first."""
    own = [entity.class_named(name) for name in entity_cls.screen.children]
    others = [pair for pair in entity.children_of(entity_cls) if pair[0] not in own and _worth_a_table(*pair)]
    parts = [(child, link) for child in own if (link := lines.link_to(child, entity_cls))]
    found = []
    for child, link in [*parts, *others]:
        if access.may(actor, child, "see") and link in access.visible(actor, child):
            table = _child_table(actor, child, link, id, part=child in own)
            if table is not None:
                found.append(table)
    return found


def _worth_a_table(child: type[Entity], link: str) -> bool:
    """Who wrote something down is no relation that people look for; nor are parts of some other document."""
    return child.screen.menu and not sections.described(child, link).by_machine


def _child_table(actor: Actor, child: type[Entity], link: str, id: UUID, *, part: bool) -> ChildTable | None:
    visible = access.visible(actor, child)
    wanted = [sections.resolve(child, name) for name in child.screen.columns] or [
        name for name in visible if name not in entity.RESERVED
    ]
    columns = tuple(name for name in wanted if name in visible and name != link)[:7]
    shown = lines.MOST if part else CHILD_ROWS
    with db.reading(actor) as session:
        table = child.__table__
        statement = (
            sa.select(table.c.id)
            .where(table.c[link] == id)
            .order_by(*((table.c.id,) if part else _as_listed(child)))
            .limit(shown + 1)
        )
        ids = list(session.scalars(statement))
        if not ids:
            return None
        by_id = rows.by_ids(session, child, ids[:shown], columns)
    listed = [by_id[key] for key in ids[:shown] if key in by_id]
    all_url = f"{paths.of_list(child)}?f.1.{link}.any={id}"
    new_url = (
        f"{paths.of_new(child)}?{link}={id}"
        if child.screen.writable and not part and access.may(actor, child, "create")
        else None
    )
    return ChildTable(
        child,
        columns,
        [(row, cells.render_cells(child, row, columns, part=True)) for row in listed],
        len(ids) > shown,
        all_url,
        new_url,
        link,
        part,
    )


def _as_listed(child: type[Entity]) -> tuple[sa.UnaryExpression[Any] | sa.ColumnElement[Any], ...]:
    """The order of the child's own list, as far as a column of its own says it; else the newest first."""
    table, name = child.__table__, child.screen.sort
    if name.lstrip("-") not in table.c or sections.described(child, name.lstrip("-")).kind == "link":
        return (table.c.id.desc(),)
    column = table.c[name.lstrip("-")]
    return (column.desc().nulls_last() if name.startswith("-") else column, table.c.id.desc())


def send(actor: Actor, entity_cls: type[Entity], id: UUID, column: str) -> ResponseReturnValue:
    """The file in a column of a record, to whoever may see both."""
    record = access.get(actor, entity_cls, id)
    if column not in access.visible(actor, entity_cls) or sections.described(entity_cls, column).kind not in (
        "picture",
        "file",
    ):
        raise NotFound()
    key = getattr(record, column)
    small = bool(request.args.get("small")) and files.is_picture(key or "")
    path = files.thumbnail(key) if small else files.path_of(key)
    name = str(getattr(record, "name", None) or column)[:100]
    response = send_file(
        path,
        mimetype="image/webp" if small else files.type_of(key),
        as_attachment=not files.is_picture(key),
        download_name=name if "." in name else f"{name}.{key.rsplit('.', 1)[-1]}",
        max_age=0,
        conditional=True,
    )
    response.headers["X-Content-Type-Options"] = "nosniff"
    response.headers["Content-Security-Policy"] = "default-src 'none'; sandbox"
    response.headers["Cache-Control"] = (
        "private, max-age=31536000, immutable" if request.args.get("v") else "private, no-cache"
    )
    return response
