"""Comments: what people remark on a record, on its page, as it is said."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final
from uuid import UUID

import sqlalchemy as sa
from flask import jsonify, redirect, render_template, request
from flask.typing import ResponseReturnValue

from app.core import access, db, rows
from app.core.actor import Actor
from app.core.entity import Entity, named
from app.core.errors import Invalid
from app.core.ids import uuid7
from app.core.rows import Row
from app.services import records
from app.views import cells, fields, paths

MOST: Final = 100

SILENT: Final[Mapping[str, str]] = {
    "approval": "Comment on the document that it is about.",
    "attachment": "Comment on the record that it hangs on.",
    "change": "Comment on the record that was changed.",
    "comment": "Comment on the record that it is about.",
    "job_run": "The worker notes these down for itself, and lets them go again.",
    "operation": "The house notes these down for itself, and lets them go again.",
    "session": "The house notes these down for itself, and lets them go again.",
    "sign_in": "The house notes these down for itself, and lets them go again.",
    "sync_checkpoint": "A program notes these down for itself. Comment on the terminal.",
    "sync_run": "A program notes these down for itself. Comment on the terminal.",
}
"""What nobody comments on, and why: what hangs on other records, and what programs note down for themselves."""


@dataclass(frozen=True)
class Said:
    """One comment as a page shows it; `remove_url` for those who may take it away."""

    row: Row
    author: str
    when: str
    remove_url: str | None


@dataclass(frozen=True)
class Talk:
    """The comments of a record, newest first.

    more   there are older ones that are not shown
    """

    said: tuple[Said, ...]
    more: bool
    url: str
    may_add: bool
    operation: UUID


def of(actor: Actor, entity_cls: type[Entity], id: UUID) -> Talk | None:
    """What was said about a record; `None` where nobody comments, or the person may not read it."""
    comment = named("comment")
    if not takes(entity_cls) or not access.may(actor, comment, "see"):
        return None
    table = comment.__table__
    with db.reading(actor) as session:
        statement = sa.select(table.c.id).where(table.c.entity == entity_cls.entity, table.c.record_id == id)
        ids = list(session.scalars(statement.order_by(table.c.id.desc()).limit(MOST + 1)))
        found = rows.by_ids(session, comment, ids[:MOST], access.visible(actor, comment))
    removable = access.may(actor, comment, "delete")
    said = tuple(_said(found[key], removable) for key in ids[:MOST] if key in found)
    url = f"{paths.of_record(entity_cls, id)}/comments"
    return Talk(said, len(ids) > MOST, url, access.may(actor, comment, "create"), uuid7())


def takes(entity_cls: type[Entity]) -> bool:
    """Does anybody comment on these?"""
    return entity_cls.entity not in SILENT


def _said(row: Row, removable: bool) -> Said:
    comment = named("comment")
    shown = cells.render_cells(comment, row, ["author_id", "created_at"])
    remove_url = f"{paths.of_record(comment, row.id)}/delete" if removable else None
    return Said(row, shown.get("author_id", ""), shown.get("created_at", ""), remove_url)


def page(actor: Actor, entity_cls: type[Entity], id: UUID) -> ResponseReturnValue:
    """What was said about a record, and saying something."""
    access.require_seen(actor, entity_cls, id)
    if request.method == "POST":
        return _add(actor, entity_cls, id)
    return render_template("entity/comments.html", talk=of(actor, entity_cls, id))


def _add(actor: Actor, entity_cls: type[Entity], id: UUID) -> ResponseReturnValue:
    """Say something; sent twice, it is said once."""
    comment = named("comment")
    access.require(actor, comment, "create")
    if not takes(entity_cls):
        raise Invalid({"body": SILENT[entity_cls.entity]})
    body = request.form.get("body", "").strip()
    if not body:
        raise Invalid({"body": "Write something first."})
    operation = next(iter(fields.ids([request.form.get("operation", "")])), None)
    given = {"entity": entity_cls.entity, "record_id": str(id), "body": body}
    made = records.create(actor, comment, given, operation=operation)
    if "X-Fragment" in request.headers:
        return jsonify(id=str(made.id))
    return redirect(f"{paths.of_record(entity_cls, id)}#comments", 303)
