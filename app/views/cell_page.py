"""One cell at a time: the small editor that opens in a list, and its saving."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from flask import jsonify, render_template, request
from flask.typing import ResponseReturnValue

from app.core import access, db, openness, rows
from app.core.actor import Actor
from app.core.columns import Column
from app.core.entity import Entity
from app.core.errors import BadRequest, Conflict, Forbidden, Invalid
from app.problems import as_json
from app.services import records, sides
from app.views import cells, fields, paths, picking, sections

NOT_IN_A_CELL = frozenset({"picture", "file", "structure", "record", "entity", "id"})
"""Kinds that need the whole form."""


def editable(actor: Actor, entity_cls: type[Entity]) -> frozenset[str]:
    """The columns that this person may edit in place."""
    if not entity_cls.screen.writable or not access.may(actor, entity_cls, "change"):
        return frozenset()
    return frozenset(
        name
        for name in access.changeable(actor, entity_cls)
        if fits(sections.described(entity_cls, name)) and name in access.visible(actor, entity_cls)
    )


def fits(column: Column) -> bool:
    """Is this kind small enough for a cell?"""
    return column.kind not in NOT_IN_A_CELL


def editor(actor: Actor, entity_cls: type[Entity], id: UUID) -> ResponseReturnValue:
    """The editor of one cell, with what stands in it now."""
    name = _column(actor, entity_cls, request.args.get("column"))
    openness.require(access.get(actor, entity_cls, id, to="change"), [name])
    with db.reading(actor) as session:
        row = rows.by_ids(session, entity_cls, [id], [name])[id]
    form = fields.filled(entity_cls, [name], row.values, row.labels)
    return render_template("entity/cell_editor.html", box=form[name], version=row.version, entity_cls=entity_cls)


def blank(actor: Actor, entity_cls: type[Entity]) -> ResponseReturnValue:
    """An empty editor for a column, for changing many rows at once."""
    name = _column(actor, entity_cls, request.args.get("column"))
    form = fields.empty(entity_cls, [name])
    picking.name_picked(actor, form)
    return render_template("entity/cell_editor.html", box=form[name], version=None, entity_cls=entity_cls)


def save(actor: Actor, entity_cls: type[Entity], id: UUID) -> ResponseReturnValue:
    """Write one cell; answers with the row's cells as they are now. Sent twice under an operation id, it is written once."""
    data = request.get_json(silent=True)
    version = fields.version(data.get("version")) if isinstance(data, dict) else None
    if version is None or "value" not in data:
        raise BadRequest("Send column, value and version.")
    operation = fields.operation(data.get("operation"))
    name = _column(actor, entity_cls, data.get("column"))
    try:
        saved = records.merge(
            actor,
            entity_cls,
            id,
            {name: data["value"]},
            expected_version=version,
            base={name: data["base"]} if "base" in data else None,
            operation=operation,
        )
    except Conflict as error:
        # The version is the one of the sides that are told: deciding about them decides about nothing later.
        return jsonify(_row(actor, entity_cls, id) | as_json(error)), error.status
    except Invalid as error:
        return jsonify(as_json(error) | {"message": " ".join(error.fields.values()) or error.message}), error.status
    said = {"merged": sides.sentence(saved.notices), "undo": paths.of_undo(str(operation)) if saved.changed else None}
    return jsonify(_row(actor, entity_cls, id) | said)


def _row(actor: Actor, entity_cls: type[Entity], id: UUID) -> dict[str, Any]:
    visible = access.visible(actor, entity_cls)
    with db.reading(actor) as session:
        row = rows.by_ids(session, entity_cls, [id], visible)[id]
    return {
        "id": str(id),
        "version": row.version,
        "title": row.title,
        "still": None if row.still is None else sorted(row.still),
        "cells": cells.render_cells(entity_cls, row, visible),
    }


def _column(actor: Actor, entity_cls: type[Entity], name: Any) -> str:
    if not isinstance(name, str) or name not in access.visible(actor, entity_cls):
        raise BadRequest("There is no such column.")
    if name not in editable(actor, entity_cls):
        raise Forbidden()
    return name
