"""Refund: the sale is found by its receipt, what comes back is scanned, and the money goes back the way it came."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from flask import jsonify, request
from flask.typing import ResponseReturnValue

from app.core import access, db, rows
from app.core.actor import Actor
from app.core.entity import columns_of
from app.core.errors import BadRequest, NotFound
from app.identity import current_actor
from app.models.client import Client
from app.models.location import Location
from app.models.sale import Payment, Sale, SaleLine
from app.services import courses, documents
from app.services.selling import refunds, sales
from app.services.steps import plain
from app.services.warehouse import scans
from app.views import paths
from app.views.work import between, door, lines, receipt, sell
from app.views.work.door import Place, blueprint

LIVE = ("sale", "sale_line")

LAST = 20
"""Sales that are offered before anybody has scanned a receipt."""

COLUMNS = ("number", "sold_at", "total", "client_id", "state")


@blueprint.get("/refund/")
def refund_start() -> ResponseReturnValue:
    """Which sale? Its receipt is scanned; without one, the last sales here, or those of a product."""
    actor = current_actor()
    place = door.require_place(actor, "refund")
    return door.page("refund_choose", place=place, live=("sale",), found=_sales(actor, place))


@blueprint.get("/refund/find")
def refund_find() -> ResponseReturnValue:
    """The sale of a receipt's number; of a product's code or a client's name, the last sales with it."""
    actor = current_actor()
    place = door.require_place(actor, "refund")
    code = " ".join(request.args.get("code", "").split())[: scans.LONGEST_CODE]
    exact = _by_number(actor, place, code)
    if exact is not None:
        return jsonify(url=f"/work/refund/{exact}")
    found = _sales(actor, place, _with(actor, code))
    offers = [{"url": f"/work/refund/{row.id}", "title": row.values["number"], "code": _about(row)} for row in found]
    message = f"{code}: which sale?" if offers else f"No sale here has the number {code[:40]}."
    return jsonify(error="not_found", message=message, offers=offers), 404


def _by_number(actor: Actor, place: Place, code: str) -> UUID | None:
    """As it stands on the receipt, or its last digits alone."""
    with db.reading(actor) as session:
        numbers = [code, code.upper()]
        if code.isascii() and code.isdigit() and len(code) <= sales.DIGITS:
            numbers.append(sales.number_of(session.get_one(Location, place.id), int(code)))
        statement = sa.select(Sale.id).where(Sale.location_id == place.id, Sale.number.in_(numbers))
        found: UUID | None = session.scalar(statement.order_by(Sale.id.desc()).limit(1))
        return found


def _with(actor: Actor, code: str) -> sa.ColumnElement[bool]:
    """Sales of a product by its code, else of a client by a part of the name."""
    try:
        product = scans.read(actor, code, stocked=False).product
    except NotFound:
        if len(code) < 2 or not access.may(actor, Client, "see"):
            return sa.false()
        named = sa.select(Client.id).where(Client.name.icontains(code, autoescape=True))
        return Sale.client_id.in_(named)
    return Sale.id.in_(sa.select(SaleLine.sale_id).where(SaleLine.product_id == product))


def _sales(actor: Actor, place: Place, condition: sa.ColumnElement[bool] | None = None) -> list[rows.Row]:
    """The last sales here of which something can come back."""
    statement = sa.select(Sale.id).where(
        Sale.location_id == place.id, Sale.state == "paid", Sale.refund_of_id.is_(None)
    )
    if condition is not None:
        statement = statement.where(condition)
    with db.reading(actor) as session:
        ids = list(session.scalars(statement.order_by(Sale.sold_at.desc(), Sale.id.desc()).limit(LAST)))
        found = rows.by_ids(session, Sale, ids, COLUMNS)
    return [found[id] for id in ids if id in found]


def _about(row: rows.Row) -> str:
    said = [f"{row.values['total']:,.2f}", row.labels.get("client_id") or ""]
    return " · ".join(part for part in said if part)


@blueprint.get("/refund/<id>")
def refund(id: str) -> ResponseReturnValue:
    """One sale, of which something comes back."""
    actor = current_actor()
    return show(actor, _mine(actor, id), None)


def _mine(actor: Actor, id: str) -> Any:
    return door.document(actor, Sale, id, "location_id", "refund")


@blueprint.get("/refund/<id>/line")
def refund_line(id: str) -> ResponseReturnValue:
    """The lines of the product that was scanned, and how many pieces the code stands for."""
    actor = current_actor()
    sale = _mine(actor, id)
    typed = request.args.get("code", "")
    words = lines.said(typed)
    try:
        found = scans.read(actor, words.code, stocked=False)
    except NotFound as error:
        if lines.is_number(typed):
            return jsonify(number=plain(door.quantity(typed)))
        return jsonify(error="not_found", message=error.message, offers=[]), 404
    with db.reading(actor) as session:
        ids = [str(line.id) for line in documents.lines_of(session, SaleLine, sale) if line.product_id == found.product]
    if not ids:
        raise NotFound(f"{found.name} isn't on this receipt.")
    size = found.quantity * (1 if words.times is None else words.times)
    return jsonify(line=ids[0], lines=ids, name=found.name, quantity=plain(size))


@blueprint.post("/refund/<id>/worth")
def refund_worth(id: str) -> ResponseReturnValue:
    """What would go back for what is on the page; nothing is written."""
    actor, given = current_actor(), door.asked()
    sale = _mine(actor, id)
    wanted = {access.as_id(key): door.quantity(said["back"]) for key, said in _back(given).items()}
    return jsonify(total=f"{refunds.worth(actor, sale, {k: v for k, v in wanted.items() if k}):,.2f}")


@blueprint.post("/refund/<id>/do/refund")
def refund_do(id: str) -> ResponseReturnValue:
    """Give back what was said; the page goes on to its receipt."""
    actor, given = current_actor(), door.asked()
    sale = _mine(actor, id)
    asks = given.get("asks") if isinstance(given.get("asks"), dict) else {}
    back = _back(given)
    if not back:
        raise BadRequest("Say what comes back.")
    done = courses.take(
        actor,
        Sale,
        sale.id,
        "refund",
        {str(name): value for name, value in asks.items()},
        lines=back,
        operation=door.operation(given),
    )
    made = done.made[1] if done.made else sale.id
    return jsonify(said=done.said, state=done.state, url=f"/work/sell/{made}")


def _back(given: Mapping[str, Any]) -> dict[str, dict[str, str]]:
    """Good and damaged pieces of each line, as the step asks for them: all of them, and how many are damaged."""
    said = given.get("lines")
    if not isinstance(said, dict):
        raise BadRequest()
    found = {}
    for key, sizes in said.items():
        if not isinstance(sizes, dict):
            raise BadRequest()
        good, damaged = (door.quantity(sizes.get(name) or "0") for name in ("good", "damaged"))
        found[str(key)] = {"back": plain(good + damaged), "damaged": plain(damaged) if damaged else ""}
    return found


def show(actor: Actor, sale: Any, fragment: bool | None) -> str:
    """The sale's screen: what was sold, and how much of each line can still come back."""
    with db.reading(actor) as session:
        parts = documents.lines_of(session, SaleLine, sale)
        rest = refunds.left(session, sale, parts)
        names = receipt.names_of(session, parts)
        client = rows.title_of(session, Client, sale.client_id) if _tells_client(actor, sale) else ""
    place = Place(sale.location_id, "", "")
    return door.page(
        "refund",
        fragment=fragment,
        live=LIVE,
        document=sale,
        state=between.state_of(sale),
        may_refund=any(step.verb == "refund" for step in courses.open_to(actor, sale)),
        lines=[(line, names.get(line.id, ""), rest[line.id]) for line in parts],
        done=sum(1 for line in parts if not rest[line.id]),
        place=door.names(actor, {sale.location_id}).get(sale.location_id, ""),
        client=client,
        registers=sell.registers(actor, place),
        methods=[(one.value, one.label) for one in columns_of(Payment)["method"].info["column"].choices],
        each={line.id: _each(line) for line in parts},
        url=paths.of_record(Sale, sale.id),
    )


def _tells_client(actor: Actor, sale: Any) -> bool:
    return sale.client_id is not None and access.may(actor, Client, "see")


def _each(line: SaleLine) -> Decimal:
    """What one piece was paid for, about."""
    return (Decimal(line.total or 0) / line.quantity).quantize(Decimal("0.01"))
