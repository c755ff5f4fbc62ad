"""Stock rules: when to order a product again at a location, and where it stands there."""

from decimal import Decimal
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.orm import Mapped

from app.core.columns import link, quantity, text
from app.core.entity import Entity
from app.core.scope import at
from app.core.screen import Screen


class StockRule(Entity):
    """What people decide about a product at a location; apart from its level, so that no sale makes the form stale."""

    scope = at("location_id")
    access = {"clerk": ("see",)}
    screen = Screen(
        area="Stock",
        icon="adjustments-horizontal",
        title=("product_id", "location_id"),
        columns=("product_id", "location_id", "reorder_point", "reorder_quantity", "place", "updated_at"),
        search=("product_id", "place"),
        sort="place",
        subtitle="location_id",
        empty="No rules yet. Say how low a product may fall before it is ordered again.",
    )
    constraints = (sa.UniqueConstraint("location_id", "product_id"),)

    location_id: Mapped[UUID] = link("Location", required=True, index=False)
    product_id: Mapped[UUID] = link("Product", required=True)
    reorder_point: Mapped[Decimal | None] = quantity(hint="Order again when no more than this is available.")
    reorder_quantity: Mapped[Decimal | None] = quantity(hint="How much to order then.")
    place: Mapped[str | None] = text(longest=40, label="Place on the shelf")
