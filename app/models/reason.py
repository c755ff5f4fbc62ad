"""Reasons: why stock changes without being bought, sold or sent."""

from decimal import Decimal

from sqlalchemy.orm import Mapped

from app.core.columns import choice, flag, money, text
from app.core.entity import Entity
from app.core.scope import shared
from app.core.screen import Screen


class Reason(Entity):
    """A reason to choose from, such as damaged, expired or found, and what it asks for."""

    scope = shared()
    access = {"clerk": ("see",)}
    screen = Screen(
        area="Stock",
        icon="list-check",
        title=("name",),
        columns=("name", "direction", "needs_note", "approval_limit", "active"),
        search=("name",),
        sort="name",
        subtitle="direction",
        empty="No reasons yet. Add damaged, expired and found to begin with.",
    )

    name: Mapped[str] = text(longest=80, required=True, unique=True)
    direction: Mapped[str] = choice(
        ("out", "Less stock", "danger"), ("in", "More stock", "success"), ("both", "Either", "secondary"), default="out"
    )
    needs_note: Mapped[bool] = flag(hint="Asks whoever uses it to explain.")
    approval_limit: Mapped[Decimal | None] = money(
        hint="Worth more than this, it waits for approval. Empty: never; 0: always."
    )
    active: Mapped[bool] = flag(default=True)
