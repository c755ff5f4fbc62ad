"""Tallies: which line of a transfer a scanned code belongs to, while the page counts and nothing is booked yet."""

from __future__ import annotations

import sqlalchemy as sa
from flask import jsonify, request
from flask.typing import ResponseReturnValue

from app.core import db
from app.core.errors import NotFound
from app.identity import current_actor
from app.models.transfer import Transfer, TransferLine
from app.services import documents
from app.services.warehouse import scans
from app.views.work import door, find, lines
from app.views.work.door import blueprint

SIDES = {"send": "from_location_id", "receive": "to_location_id"}


@blueprint.get("/<screen>/<id>/line")
def line(screen: str, id: str) -> ResponseReturnValue:
    """The line of the product that was scanned, and how many pieces the code stands for."""
    actor = current_actor()
    if screen not in SIDES:
        raise NotFound()
    transfer = door.document(actor, Transfer, id, SIDES[screen], "see")
    typed = request.args.get("code", "")
    words = lines.said(typed)
    try:
        found = scans.read(actor, words.code, stocked=False)
    except NotFound as error:
        if lines.is_number(typed):
            return jsonify(number=documents.plain(door.quantity(typed)))
        return jsonify(error="not_found", message=error.message, offers=find.offers(actor, typed)), 404
    with db.reading(actor) as session:
        id_of_line = session.scalar(
            sa.select(TransferLine.id).where(
                TransferLine.transfer_id == transfer.id, TransferLine.product_id == found.product
            )
        )
    if id_of_line is None:
        raise NotFound(f"{found.name} isn't on this transfer.")
    size = found.quantity * (1 if words.times is None else words.times)
    return jsonify(line=str(id_of_line), name=found.name, quantity=documents.plain(size))
