"""Bills: what the lines of a sale come to, and whether they can be sold here at all."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import ROUND_HALF_UP, Decimal
from typing import TypeVar
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.orm import Session

from app.core import access
from app.core.actor import Actor
from app.core.entity import Entity
from app.models.location import Location
from app.models.product import Product
from app.models.sale import Sale, SaleLine
from app.models.service import LocationService, Service
from app.models.staff import Staff
from app.models.staff_places import StaffLocation
from app.models.tax_rate import TaxRate
from app.services.steps import plain
from app.services.stock import goods

E = TypeVar("E", bound=Entity)

CENT = Decimal("0.01")
NOTHING = Decimal(0)
MOST = Decimal(1_000_000_000)
"""More than this on one bill is a slip of the finger."""

Problems = dict[str, str]
"""Column of a line → what is wrong with it."""


@dataclass(frozen=True)
class Off:
    """What is taken off a whole bill: so many per cent of it, or an amount."""

    percent: Decimal | None = None
    amount: Decimal | None = None

    def __bool__(self) -> bool:
        return bool(self.percent or self.amount)


@dataclass(frozen=True)
class Bill:
    """What lines come to.

    total     with the tax that the prices contain
    tax       the part of the total that is tax
    goods     what leaves the shelf, as (product, quantity)
    problems  index of a line → column → sentence; a bill with problems isn't sold
    off       how much less than usual it is
    refusal   what speaks against giving so much off; then it isn't sold either
    """

    total: Decimal
    tax: Decimal
    goods: tuple[tuple[UUID, Decimal], ...]
    problems: Mapping[int, Problems]
    off: Decimal = NOTHING
    refusal: str = ""


@dataclass
class _Known:
    """What the lines speak of, as this person sees it."""

    products: dict[UUID, Product]
    services: dict[UUID, Service]
    offers: dict[UUID, LocationService]
    staff: dict[UUID, Staff]
    visitors: frozenset[UUID]
    rates: dict[UUID, TaxRate] = field(default_factory=dict)


def drawn_up(
    actor: Actor,
    session: Session,
    place: Location,
    lines: Sequence[SaleLine],
    *,
    off: Off | None = None,
    fact: bool = False,
) -> Bill:
    """The bill of lines sold at a place; fills in the prices and tax rates that were left empty.

    off    what is taken off the whole of it; the lines share it among them
    fact   it has been sold already: what is no longer sold here is no problem then
    """
    known = _known(actor, session, place, lines)
    problems = {}
    for index, line in enumerate(lines):
        found = _problems(known, place, line, fact=fact)
        if found:
            problems[index] = found
        else:
            _fill(known, line)
    if problems:
        return Bill(NOTHING, NOTHING, (), problems)
    known.rates = _by_id(actor, session, TaxRate, (line.tax_rate_id for line in lines))
    before = sum((total_of(line) for line in lines), NOTHING)
    if before > MOST:
        return Bill(before, NOTHING, (), {0: {"unit_price": f"A bill of {before:,.2f} can't be right."}})
    size = _size_of(off, before) if off else NOTHING
    if size > before:
        return Bill(before, NOTHING, (), {}, refusal=f"{size:,.2f} off is more than the bill of {before:,.2f}.")
    share_out(lines, size)
    # A price typed below the listed one is a discount too.
    usual = sum((max(_listed(known, line), line.unit_price) * line.quantity for line in lines), NOTHING)
    tax = sum((_tax(known, line) for line in lines), NOTHING)
    less = max(NOTHING, _cents(usual) - (before - size))
    refusal = "" if fact or not less else _limit(actor, session, place, less, _cents(usual))
    return Bill(before - size, tax, _leaving(known, lines), {}, less, refusal)


def total_of(line: SaleLine) -> Decimal:
    """What a line comes to: as the database works it out."""
    return gross_of(line) - (line.reduction or NOTHING)


def gross_of(line: SaleLine) -> Decimal:
    """What a line comes to before an amount is taken off it."""
    return _cents(line.quantity * line.unit_price * (1 - line.discount / 100))


def share_out(lines: Sequence[SaleLine], size: Decimal) -> None:
    """Take an amount off lines, each by its part of the whole; not a cent is lost in rounding."""
    rest, worth = size, sum((total_of(line) for line in lines), NOTHING)
    for line in lines:
        own = total_of(line)
        if not rest or not own:
            continue
        part = min(own, _cents(rest * own / worth))
        line.reduction = (line.reduction or NOTHING) + part
        rest, worth = rest - part, worth - own


def _size_of(off: Off, total: Decimal) -> Decimal:
    return _cents(total * off.percent / 100) if off.percent else off.amount or NOTHING


def _limit(actor: Actor, session: Session, place: Location, less: Decimal, usual: Decimal) -> str:
    """What speaks against so much off: who may give discounts gives any, everybody else up to the limit."""
    if place.id in access.locations(actor, Sale, "discount"):
        return ""
    limit = Decimal(session.scalar(sa.text("SELECT backroom.discount_limit()")))
    if less * 100 <= limit * usual:
        return ""
    return f"{less:,.2f} off {usual:,.2f} is more than {plain(limit)} per cent: ask a manager to ring it up."


def staff_problem(actor: Actor, session: Session, place: Location, id: UUID | None) -> str | None:
    """What speaks against this person selling at a place."""
    if id is None:
        return None
    line = SaleLine(staff_id=id)
    return _staff_problem(_known(actor, session, place, [line]), place, id)


def _known(actor: Actor, session: Session, place: Location, lines: Sequence[SaleLine]) -> _Known:
    services = _by_id(actor, session, Service, (line.service_id for line in lines))
    staff = _by_id(actor, session, Staff, (line.staff_id for line in lines))
    offers, visitors = {}, frozenset[UUID]()
    if services:
        # A price is the place's own, whoever asks.
        offered = access.everything_unsafe(LocationService).where(
            LocationService.location_id == place.id, LocationService.service_id.in_(services)
        )
        offers = {found.service_id: found for found in session.scalars(offered)}
    if any(one.location_id != place.id for one in staff.values()):
        elsewhere = sa.select(StaffLocation.staff_id).where(
            StaffLocation.location_id == place.id, StaffLocation.staff_id.in_(staff)
        )
        visitors = frozenset(session.scalars(elsewhere))
    products = _by_id(actor, session, Product, (line.product_id for line in lines))
    return _Known(products, services, offers, staff, visitors)


def _by_id(actor: Actor, session: Session, entity: type[E], ids: Iterable[UUID | None]) -> dict[UUID, E]:
    wanted = {id for id in ids if id is not None}
    if not wanted:
        return {}
    return {found.id: found for found in session.scalars(access.select(actor, entity).where(entity.id.in_(wanted)))}


def _problems(known: _Known, place: Location, line: SaleLine, *, fact: bool) -> Problems:
    problems = dict(line.check())
    if problems:
        return problems
    name = "product_id" if line.product_id else "service_id"
    problem = _product_problem(known, line, fact) if line.product_id else _service_problem(known, place, line, fact)
    if problem:
        return {name: problem}
    size = _size_problem(known, line)
    if size:
        problems["quantity"] = size
    if line.unit_price is not None and line.unit_price < 0:
        problems["unit_price"] = "A price isn't below nothing."
    elif wrong := _reduction_problem(known, line):
        problems["reduction"] = wrong
    if line.staff_id and not fact:
        wrong = _staff_problem(known, place, line.staff_id)
        problems |= {"staff_id": wrong} if wrong else {}
    return problems


def _product_problem(known: _Known, line: SaleLine, fact: bool) -> str | None:
    product = known.products.get(line.product_id) if line.product_id else None
    if product is None:
        return "Choose one from the list."
    if fact:
        return None
    if not product.active:
        return f"{product.name} is no longer active."
    if product.kind == "professional":
        return f"{product.name} is for use in services: it isn't sold."
    return None


def _service_problem(known: _Known, place: Location, line: SaleLine, fact: bool) -> str | None:
    service = known.services.get(line.service_id) if line.service_id else None
    if service is None:
        return "Choose one from the list."
    if fact:
        return None
    offer = known.offers.get(service.id)
    if not service.active or offer is None or not offer.active:
        return f"{service.name} isn't offered at {place.name}."
    return None


def _size_problem(known: _Known, line: SaleLine) -> str | None:
    product = known.products.get(line.product_id) if line.product_id else None
    name = product.name if product else known.services[line.service_id or UUID(int=0)].name
    if line.quantity < 0:
        return f"{name}: what comes back is a refund of the sale it was sold with."
    return goods.size_problem(name, product.unit if product else "", line.quantity)


def _reduction_problem(known: _Known, line: SaleLine) -> str | None:
    if not line.reduction:
        return None
    worth = _cents(line.quantity * _either(line.unit_price, _listed(known, line)) * (1 - line.discount / 100))
    return f"Only {worth:,.2f} can be taken off here." if not 0 <= line.reduction <= worth else None


def _staff_problem(known: _Known, place: Location, id: UUID) -> str | None:
    one = known.staff.get(id)
    if one is None:
        return "Choose one from the list."
    if one.status == "left" or (one.location_id != place.id and id not in known.visitors):
        return f"{one.name} doesn't work at {place.name}."
    return None


def _fill(known: _Known, line: SaleLine) -> None:
    """The usual price and tax rate, where nothing was said."""
    line.unit_price = _either(line.unit_price, _listed(known, line))
    line.tax_rate_id = line.tax_rate_id or _thing(known, line).tax_rate_id


def _thing(known: _Known, line: SaleLine) -> Product | Service:
    return known.products[line.product_id] if line.product_id else known.services[line.service_id or UUID(int=0)]


def _listed(known: _Known, line: SaleLine) -> Decimal:
    """The catalogue's price, or the place's own price of a service."""
    thing = _thing(known, line)
    offer = known.offers.get(thing.id)
    return offer.price if offer is not None and offer.price is not None else thing.price


def _either(said: Decimal | None, usual: Decimal) -> Decimal:
    return usual if said is None else said


def _tax(known: _Known, line: SaleLine) -> Decimal:
    """The tax that a line's price contains."""
    rate = known.rates.get(line.tax_rate_id) if line.tax_rate_id else None
    return NOTHING if rate is None else _cents(total_of(line) * rate.rate / (100 + rate.rate))


def _leaving(known: _Known, lines: Sequence[SaleLine]) -> tuple[tuple[UUID, Decimal], ...]:
    return tuple(
        (line.product_id, line.quantity)
        for line in lines
        if line.product_id and known.products[line.product_id].tracks_stock
    )


def _cents(amount: Decimal) -> Decimal:
    return amount.quantize(CENT, ROUND_HALF_UP)
