"""Baskets: what is typed at the counter, read into the records of a sale that isn't written yet."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from decimal import Decimal
from typing import Any
from uuid import UUID

from app.core import values
from app.core.columns import Column
from app.core.entity import Entity, columns_of
from app.core.errors import Invalid
from app.core.ids import uuid7
from app.models.location import Location
from app.models.sale import Payment, Sale, SaleLine
from app.services.selling.bills import Off

NOTHING = Decimal(0)
MOST = 500
"""Lines or payments that one sale may have."""


OFF: Mapping[str, Column] = {
    "percent": Column("percent", label="Per cent off", places=3, least=0, most=100),
    "amount": Column("money", label="Or an amount off", places=2, least=0),
}
"""How a discount on a whole bill is said."""


@dataclass(frozen=True)
class SaleItem:
    """One line to be sold, as typed: a product or a service; without a price it costs what the catalogue says.

    discount   per cent off
    reduction  an amount off, after that
    """

    product: UUID | str | None = None
    service: UUID | str | None = None
    quantity: Any = 1
    unit_price: Any = None
    discount: Any = 0
    reduction: Any = 0
    staff: UUID | str | None = None


@dataclass(frozen=True)
class Tender:
    """Money that is given, as typed: by which method, how much, and the slip's number."""

    method: str
    amount: Any
    reference: str | None = None


def read(
    place: Location, header: Mapping[str, Any], lines: Sequence[SaleItem], payments: Sequence[Tender]
) -> tuple[Sale, list[SaleLine], list[Payment]]:
    """The sale, its lines and its payments from what was typed, none of them in the session yet.

    header   column of the sale → what was typed

    Raises `Invalid` with a sentence for everything that can't be read.
    """
    if len(lines) > MOST or len(payments) > MOST:
        raise Invalid({}, f"At most {MOST:,} lines and as many payments.")
    problems: dict[str, str] = {}
    given = _parsed(Sale, header, "", problems, may_miss=("sold_at",))
    sale = Sale(id=uuid7(), location_id=place.id, state="paid", **{k: v for k, v in given.items() if v is not None})
    items = []
    for index, line in enumerate(lines):
        typed = {
            "product_id": line.product,
            "service_id": line.service,
            "staff_id": line.staff,
            "quantity": line.quantity,
            "unit_price": line.unit_price,
            "discount": line.discount,
            "reduction": line.reduction,
        }
        free = ("unit_price", "discount", "reduction")
        found = _parsed(SaleLine, typed, f"sale_line.{index}.", problems, may_miss=free)
        found |= {name: found.get(name) or NOTHING for name in ("discount", "reduction")}
        items.append(SaleLine(id=uuid7(), sale_id=sale.id, **found))
    paid = [
        Payment(id=uuid7(), sale_id=sale.id, **_parsed(Payment, asdict(one), f"payment.{index}.", problems))
        for index, one in enumerate(payments)
    ]
    if problems:
        raise Invalid(problems)
    return sale, items, paid


def off(percent: Any = None, amount: Any = None) -> Off:
    """What is taken off a whole bill, from what was typed. Raises `Invalid`."""
    typed, problems, read = {"percent": percent, "amount": amount}, dict[str, str](), dict[str, Decimal | None]()
    for name, column in OFF.items():
        try:
            read[name] = values.parse(column, typed[name])
        except ValueError as error:
            problems[name] = str(error)
    if not problems and read["percent"] and read["amount"]:
        problems["amount"] = "Give per cent or an amount, not both."
    if problems:
        raise Invalid(problems, " ".join(problems.values()))
    return Off(**read)


def _parsed(
    entity: type[Entity],
    typed: Mapping[str, Any],
    prefix: str,
    problems: dict[str, str],
    *,
    may_miss: Sequence[str] = (),
) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for name, raw in typed.items():
        column = columns_of(entity)[name]
        try:
            found[name] = values.parse(replace(column.info["column"], required=False), raw)
        except ValueError as error:
            problems[prefix + name] = str(error)
            continue
        if found[name] is None and not column.nullable and name not in may_miss:
            problems[prefix + name] = "Please fill this in."
    return found
