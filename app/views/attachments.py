"""Attachments: papers and pictures that hang on any record."""

from __future__ import annotations

from dataclasses import dataclass
from uuid import UUID

import sqlalchemy as sa
from flask import jsonify, redirect, request
from flask.typing import ResponseReturnValue

from app.core import access, db, entity, rows
from app.core.actor import Actor
from app.core.entity import Entity
from app.core.errors import Invalid
from app.core.rows import Row
from app.services import attachments, files
from app.views import cells, paths

MOST = 50


@dataclass(frozen=True)
class Paper:
    """One attachment as a page shows it."""

    row: Row
    url: str
    picture: bool
    when: str
    remove_url: str | None


def _entity() -> type[Entity]:
    return entity.named("attachment")


def may_add(actor: Actor) -> bool:
    """May the person attach something at all?"""
    return access.may(actor, _entity(), "create")


def of(actor: Actor, entity_cls: type[Entity], id: UUID) -> list[Paper]:
    """What hangs on a record, newest first."""
    papers = _entity()
    if not access.may(actor, papers, "see"):
        return []
    table = papers.__table__
    with db.reading(actor) as session:
        statement = sa.select(table.c.id).where(table.c.entity == entity_cls.entity, table.c.record_id == id)
        ids = list(session.scalars(statement.order_by(table.c.id.desc()).limit(MOST)))
        found = rows.by_ids(session, papers, ids, access.visible(actor, papers))
    removable = access.may(actor, papers, "delete")
    return [_paper(found[key], removable) for key in ids if key in found]


def _paper(row: Row, removable: bool) -> Paper:
    papers = _entity()
    when = cells.render_cells(papers, row, ["created_at"]).get("created_at", "")
    return Paper(
        row,
        paths.of_file(papers, row.id, "file"),
        files.is_picture(str(row.values.get("file") or "")),
        when,
        f"{paths.of_record(papers, row.id)}/delete" if removable else None,
    )


def add(actor: Actor, entity_cls: type[Entity], id: UUID) -> ResponseReturnValue:
    """Hang a file on a record that the person sees."""
    access.get(actor, entity_cls, id)
    access.require(actor, _entity(), "create")
    upload = request.files.get("file")
    if upload is None or not upload.filename:
        raise Invalid({"file": "Choose a file."})
    kept = files.store(upload.stream, name=upload.filename, field="file")
    name = upload.filename.replace("\\", "/").rsplit("/", 1)[-1][-200:]
    paper = attachments.attach(actor, entity_cls.entity, id, kept, name=name)
    if "X-Fragment" in request.headers:
        return jsonify(id=str(paper.id), message=f"{name} attached.")
    return redirect(f"{paths.of_record(entity_cls, id)}#attachments", 303)
