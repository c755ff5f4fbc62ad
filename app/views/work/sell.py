"""Sell: what goes over the counter is scanned, paid in one or several ways, and a receipt is printed."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import sqlalchemy as sa
from flask import jsonify, request
from flask.typing import ResponseReturnValue

from app.core import access, db, picking
from app.core.actor import Actor
from app.core.entity import columns_of
from app.core.errors import BadRequest, Invalid, NotFound
from app.identity import current_actor
from app.models.client import Client
from app.models.loyalty import LoyaltyAccount, LoyaltyProgram
from app.models.register import Register, Shift
from app.models.sale import Payment, Sale
from app.models.service import Service
from app.models.staff import Staff
from app.models.staff_places import StaffLocation
from app.services.selling import bills, sales
from app.services.selling.baskets import SaleItem, Tender
from app.services.steps import plain
from app.services.warehouse import scans
from app.views import paths
from app.views.work import door, find, lines
from app.views.work.door import Place, blueprint

ICONS = {"cash": "cash", "card": "credit-card", "upi": "device-mobile", "wallet": "wallet"}


@blueprint.get("/sell/")
def sell_start() -> ResponseReturnValue:
    """An empty basket. It is filled on the page; nothing is written before it is paid."""
    actor = current_actor()
    place = _place(actor)
    return door.page(
        "sell",
        place=place,
        registers=registers(actor, place),
        methods=[
            (one.value, one.label, ICONS[one.value]) for one in columns_of(Payment)["method"].info["column"].choices
        ],
        clients=paths.of_picker(Client) if access.may(actor, Client, "see") else "",
        staff=staff(actor, place),
    )


def _place(actor: Actor) -> Place:
    access.require(actor, Sale, "pay")
    return door.require_place(actor, "sell")


def registers(actor: Actor, place: Place) -> list[Any]:
    """The drawers at which a shift is open here."""
    if not access.may(actor, Register, "see"):
        return []
    statement = (
        sa.select(Register.id, Register.name)
        .join(Shift, Shift.register_id == Register.id)
        .where(Register.location_id == place.id, Register.active, Shift.state == "open")
        .order_by(Register.name)
    )
    with db.reading(actor) as session:
        return list(session.execute(statement))


def staff(actor: Actor, place: Place) -> list[Any]:
    """Who works here and may have served."""
    if not access.may(actor, Staff, "see"):
        return []
    elsewhere = sa.select(StaffLocation.staff_id).where(StaffLocation.location_id == place.id)
    statement = sa.select(Staff.id, Staff.name).where(
        Staff.status != "left", sa.or_(Staff.location_id == place.id, Staff.id.in_(elsewhere))
    )
    with db.reading(actor) as session:
        return list(session.execute(statement.order_by(Staff.name)))


@blueprint.get("/sell/client")
def sell_client() -> ResponseReturnValue:
    """A client's points, to be told at the counter."""
    actor = current_actor()
    _place(actor)
    client = access.get(actor, Client, request.args.get("id", ""))
    if not access.may(actor, LoyaltyAccount, "see"):
        return jsonify(points=[])
    with db.reading(actor) as session:
        statement = (
            sa.select(LoyaltyProgram.name, LoyaltyAccount.points)
            .join(LoyaltyProgram, LoyaltyProgram.id == LoyaltyAccount.program_id)
            .where(LoyaltyAccount.client_id == client.id)
            .order_by(LoyaltyProgram.name)
        )
        return jsonify(points=[f"{row.name}: {row.points:,} points" for row in session.execute(statement)])


@blueprint.get("/sell/item")
def sell_item() -> ResponseReturnValue:
    """What a code stands for at the counter; for letters, the products and services that are called so."""
    actor = current_actor()
    _place(actor)
    if "service" in request.args:
        service = access.get(actor, Service, request.args["service"])
        return jsonify(service=str(service.id), name=service.name, quantity="1")
    typed = request.args.get("code", "")
    words = lines.said(typed)
    try:
        found = scans.read(actor, words.code, stocked=False)
    except NotFound as error:
        if lines.is_number(typed):
            return jsonify(number=plain(door.quantity(typed)), message=error.message)
        return jsonify(error="not_found", message=error.message, offers=offers(actor, typed)), 404
    size = found.quantity * (1 if words.times is None else words.times)
    return jsonify(product=str(found.product), name=found.name, quantity=plain(size))


def offers(actor: Actor, typed: str) -> list[dict[str, str]]:
    """Services first: goods have a code to scan."""
    term = typed.strip()
    if len(term) < 2 or not access.may(actor, Service, "see"):
        return find.offers(actor, typed)
    found = picking.pick(actor, Service, term[: scans.LONGEST_CODE], limit=find.MOST_OFFERS)
    services = [{"service": str(one.id), "title": one.title, "code": one.subtitle or "Service"} for one in found]
    return [*services, *find.offers(actor, typed)]


@blueprint.post("/sell/price")
def sell_price() -> ResponseReturnValue:
    """What the basket comes to, and what is wrong with each line; nothing is written."""
    actor, given = current_actor(), door.asked()
    place = _place(actor)
    try:
        bill, items = sales.priced(actor, place.id, _items(given), **_off(given))
    except Invalid as error:
        problems = _by_line(error.fields)
        refusal = "" if problems else error.message
        return jsonify(total="0.00", tax="0.00", off="0.00", lines=[], totals=[], problems=problems, refusal=refusal)
    return jsonify(
        total=f"{bill.total:.2f}",
        tax=f"{bill.tax:.2f}",
        off=f"{bill.off:.2f}",
        lines=[] if bill.problems else [f"{line.unit_price:.2f}" for line in items],
        totals=[] if bill.problems else [f"{bills.total_of(line):.2f}" for line in items],
        problems={str(index): " ".join(found.values()) for index, found in bill.problems.items()},
        refusal=bill.refusal,
    )


@blueprint.post("/sell/ring")
def sell_ring() -> ResponseReturnValue:
    """Sell the basket: all of it or nothing."""
    actor, given = current_actor(), door.asked()
    place = _place(actor)
    paid = [Tender(str(one.get("method", "")), one.get("amount")) for one in _list(given, "payments")]
    done = sales.ring_up(
        actor,
        place.id,
        lines=_items(given),
        payments=paid,
        client=given.get("client") or None,
        staff=given.get("staff") or None,
        register=given.get("register") or None,
        operation=door.operation(given),
        **_off(given),
    )
    return jsonify(said=done.said, url=f"/work/sell/{done.id}")


def _items(given: Mapping[str, Any]) -> Sequence[SaleItem]:
    return [
        SaleItem(
            product=one.get("product") or None,
            service=one.get("service") or None,
            quantity=_number(one, "quantity") or "1",
            discount=_number(one, "discount") or 0,
            reduction=_number(one, "reduction") or 0,
            staff=one.get("staff") or None,
        )
        for one in _list(given, "lines")
    ]


def _off(given: Mapping[str, Any]) -> dict[str, str]:
    """What is off the whole bill."""
    return {name: _number(given, name) for name in ("percent_off", "amount_off")}


def _number(given: Mapping[str, Any], name: str) -> str:
    said = given.get(name)
    return "" if said is None else str(said).strip().replace(",", ".")


def _list(given: Mapping[str, Any], name: str) -> list[dict[str, Any]]:
    found = given.get(name)
    if not isinstance(found, list) or not all(isinstance(one, dict) for one in found):
        raise BadRequest()
    return found


def _by_line(problems: Mapping[str, str]) -> dict[str, str]:
    """Problems of a sale's lines, by the number of the line."""
    found: dict[str, str] = {}
    for name, sentence in problems.items():
        parts = name.split(".")
        if len(parts) > 1:
            found[parts[1]] = f"{found.get(parts[1], '')} {sentence}".strip()
    return found
