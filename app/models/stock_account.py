"""Stock accounts: the places that stock moves between."""

from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.orm import Mapped

from app.core.columns import choice, link
from app.core.entity import Entity
from app.core.scope import between
from app.core.screen import Screen

KINDS = (
    ("shelf", "Shelf", "success"),
    ("supplier", "Supplier", "light"),
    ("customer", "Client", "light"),
    ("loss", "Loss", "danger"),
    ("shortage", "Shortage", "warning"),
    ("transit", "In transit", "info"),
    ("in_use", "In use", "primary"),
)
"""The kinds of place that stock can be at, each with what people read and its tone."""


class StockAccount(Entity):
    """Where stock can be, each location's for itself: its shelf, on the way, with its suppliers or clients, or lost."""

    # A transfer's goods on the way belong to both of its ends; everything else to one location.
    scope = between("location_id", "other_location_id")
    posted = True
    access = {"manager": ("see", "export"), "clerk": ("see",)}
    screen = Screen(
        area="Stock",
        icon="building-warehouse",
        title=("kind", "location_id", "transfer_id"),
        columns=("kind", "location_id", "other_location_id", "transfer_id", "created_at"),
        search=("location_id",),
        sort="created_at",
        subtitle="location_id",
        menu=False,
        writable=False,
        empty="No accounts yet. They appear with the first stock at a location.",
    )
    constraints = (
        # What a level copies of its account.
        sa.UniqueConstraint("id", "kind", "location_id"),
        sa.UniqueConstraint("kind", "location_id", "transfer_id", postgresql_nulls_not_distinct=True),
        sa.CheckConstraint("(kind = 'transit') = (transfer_id IS NOT NULL)", name="transit_of_a_transfer"),
        sa.CheckConstraint("(kind = 'transit') = (other_location_id IS NOT NULL)", name="transit_between_two"),
    )

    kind: Mapped[str] = choice(*KINDS)
    location_id: Mapped[UUID] = link("Location", required=True)
    other_location_id: Mapped[UUID | None] = link("Location", label="On the way to")
    transfer_id: Mapped[UUID | None] = link("Transfer")
