"""Tax rates: the share of a price that belongs to the state."""

from decimal import Decimal

from sqlalchemy.orm import Mapped

from app.core.columns import flag, percent, text
from app.core.entity import Entity
from app.core.scope import shared
from app.core.screen import Screen


class TaxRate(Entity):
    """A rate of tax by name, such as the standard or the reduced one."""

    scope = shared()
    screen = Screen(
        area="Catalog",
        icon="percentage",
        title=("name",),
        columns=("name", "rate", "active", "updated_at"),
        search=("name",),
        sort="name",
        subtitle="rate",
        empty="No tax rates yet. Add the rates that your prices contain.",
    )

    name: Mapped[str] = text(longest=80, required=True, unique=True)
    rate: Mapped[Decimal] = percent(required=True, hint="Per cent.")
    active: Mapped[bool] = flag(default=True)
