"""Reservations: stock that is promised to a document and not to be taken by others."""

from datetime import datetime
from decimal import Decimal
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.orm import Mapped

from app.core.columns import any_record, choice, entity_name, link, moment, quantity
from app.core.entity import Entity
from app.core.scope import at
from app.core.screen import Screen


class Reservation(Entity):
    """What an order or a transfer holds of a product at a location, and until when."""

    scope = at("location_id")
    posted = True
    access = {"manager": ("see", "export"), "clerk": ("see",)}
    screen = Screen(
        area="Stock",
        icon="bookmark",
        title=("product_id", "quantity"),
        columns=("product_id", "location_id", "quantity", "document_id", "state", "until", "created_at"),
        search=("product_id",),
        sort="-created_at",
        state="state",
        writable=False,
        empty="Nothing is reserved. Confirmed orders and approved transfers hold their stock here.",
    )
    constraints = (
        sa.CheckConstraint("quantity > 0", name="quantity_positive"),
        sa.Index(None, "location_id", "product_id", postgresql_where=sa.text("state = 'held'")),
        sa.Index("ix_reservations_until", "until", postgresql_where=sa.text("state = 'held'")),
    )

    location_id: Mapped[UUID] = link("Location", required=True, index=False, by_machine=True)
    product_id: Mapped[UUID] = link("Product", required=True, by_machine=True)
    quantity: Mapped[Decimal] = quantity(required=True, least=0.001, by_machine=True)
    state: Mapped[str] = choice(
        ("held", "Held", "primary"),
        ("used", "Used", "success"),
        ("released", "Released", "secondary"),
        ("broken", "Broken", "danger"),
        default="held",
        by_machine=True,
    )
    document: Mapped[str | None] = entity_name(by_machine=True, label="Kind of document")
    document_id: Mapped[UUID | None] = any_record(by_machine=True, label="Held for")
    until: Mapped[datetime | None] = moment(by_machine=True)
    ended_at: Mapped[datetime | None] = moment(by_machine=True)
