"""Many rows at once: one change or one deletion, with a result for each row."""

from __future__ import annotations

from typing import Any

from flask import jsonify, request
from flask.typing import ResponseReturnValue

from app.core import access
from app.core.actor import Actor
from app.core.entity import Entity
from app.core.errors import BadRequest, Forbidden
from app.problems import as_json
from app.services import many_records
from app.views import cell_page, decisions, fields, paths, picking

MOST = 500
"""Rows of one request."""


def apply(actor: Actor, entity_cls: type[Entity]) -> ResponseReturnValue:
    """Change or delete the rows that the page names, each at the version it showed; sent twice, it happens once."""
    data = request.get_json(silent=True)
    if not isinstance(data, dict):
        raise BadRequest("Send the rows and what to do with them.")
    items = _items(data.get("rows"))
    operation = fields.operation(data.get("operation"))
    if data.get("delete") is True:
        access.require(actor, entity_cls, "delete")
        names = picking.titles(actor, entity_cls, [id for id, _ in items])
        results = many_records.remove(actor, entity_cls, items, operation=operation)
    else:
        access.require(actor, entity_cls, "change")
        change = _change(actor, entity_cls, data.get("change"))
        results = many_records.change(actor, entity_cls, items, change, operation=operation)
        names = picking.titles(actor, entity_cls, [id for id, _ in items])
    return jsonify(
        undo=paths.of_undo(str(operation)) if any(result.ok for result in results) else None,
        results=[
            {
                "id": str(result.id),
                "ok": result.ok,
                "message": result.conflict.meanwhile if result.conflict else result.message,
                "version": result.version,
                "title": names.get(result.id, ""),
                "conflict": as_json(result.conflict) if result.conflict else None,
                "sides": decisions.told(actor, entity_cls, result.conflict) if result.conflict else [],
            }
            for result in results
        ],
    )


def _items(given: Any) -> list[tuple[Any, int]]:
    if not isinstance(given, list) or not given:
        raise BadRequest("Choose at least one row.")
    if len(given) > MOST:
        raise BadRequest(f"At most {MOST} rows at once.")
    items = []
    for row in given:
        id, version = row if isinstance(row, list) and len(row) == 2 else (None, None)
        found, seen = fields.ids([id]), fields.version(version)
        if not found or seen is None:
            raise BadRequest("Each row is its id and its version.")
        items.append((found[0], seen))
    return items


def _change(actor: Actor, entity_cls: type[Entity], given: Any) -> dict[str, Any]:
    if not isinstance(given, dict) or not given:
        raise BadRequest("Say what to change.")
    if not set(given) <= cell_page.editable(actor, entity_cls):
        raise Forbidden()
    return given
