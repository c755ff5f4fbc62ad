"""Services: what is done for clients, and where it is offered."""

from decimal import Decimal
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.orm import Mapped

from app.core.columns import colour, flag, link, long_text, money, text, whole
from app.core.entity import Entity
from app.core.scope import at, shared
from app.core.screen import Screen

LONGEST_MINUTES = 1_440


class Service(Entity):
    """Something done for a client, with its usual length and price."""

    scope = shared()
    screen = Screen(
        area="Catalog",
        icon="scissors",
        title=("name",),
        columns=("name", "category_id", "minutes", "price", "tax_rate_id", "active"),
        search=("name", "category_id"),
        sort="name",
        subtitle="category_id",
        children=("LocationService",),
        empty="No services yet. Add one, then say where it is offered.",
    )
    constraints = (
        sa.UniqueConstraint("category_id", "name", postgresql_nulls_not_distinct=True),
        sa.CheckConstraint("minutes > 0", name="minutes_positive"),
    )

    name: Mapped[str] = text(longest=120, required=True)
    category_id: Mapped[UUID | None] = link("Category", index=False)
    minutes: Mapped[int] = whole(required=True, least=1, most=LONGEST_MINUTES)
    price: Mapped[Decimal] = money(required=True)
    tax_rate_id: Mapped[UUID | None] = link("TaxRate")
    colour: Mapped[str | None] = colour(hint="In the calendar.")
    active: Mapped[bool] = flag(default=True)
    description: Mapped[str | None] = long_text()


class LocationService(Entity):
    """A service as one location offers it, with its own price or length where they differ."""

    scope = at("location_id")
    screen = Screen(
        area="Catalog",
        icon="building-store",
        title=("service_id", "location_id"),
        columns=("service_id", "location_id", "price", "minutes", "active"),
        search=("service_id",),
        sort="service_id",
        empty="Nothing is offered yet. Choose a location and a service.",
    )
    constraints = (
        sa.UniqueConstraint("location_id", "service_id"),
        sa.CheckConstraint("minutes > 0", name="minutes_positive"),
    )

    location_id: Mapped[UUID] = link("Location", required=True, index=False)
    service_id: Mapped[UUID] = link("Service", required=True)
    price: Mapped[Decimal | None] = money(hint="Empty: the service's own price.", nothing="as usual")
    minutes: Mapped[int | None] = whole(
        least=1, most=LONGEST_MINUTES, hint="Empty: the service's own length.", nothing="as usual"
    )
    active: Mapped[bool] = flag(default=True, label="Offered")
