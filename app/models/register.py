"""Cash registers and the shifts worked at them."""

from datetime import datetime
from decimal import Decimal
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.orm import Mapped

from app.core import db
from app.core.columns import choice, code, flag, generated, link, long_text, moment, money, number, text
from app.core.entity import Entity
from app.core.scope import at
from app.core.screen import Screen


class Register(Entity):
    """A cash drawer at a location."""

    scope = at("location_id")
    screen = Screen(
        area="Sales",
        icon="cash-register",
        columns=("name", "code", "location_id", "active"),
        search=("name", "code"),
        sort="name",
        subtitle="code",
        children=("Shift",),
        empty="No registers yet. Add one for each cash drawer.",
    )
    constraints = (sa.UniqueConstraint("location_id", "code"),)

    name: Mapped[str] = text(longest=80, required=True)
    code: Mapped[str] = code(unique=False, hint="Short, printed on receipts: R1.")
    location_id: Mapped[UUID] = link("Location", required=True)
    active: Mapped[bool] = flag(default=True)


class Shift(Entity):
    """The time between opening and closing a register, with its cash counted at both ends."""

    scope = at("location_id")
    verbs = ("close",)
    open_in = ("open",)
    screen = Screen(
        area="Sales",
        icon="clock-dollar",
        title=("number",),
        columns=(
            "number",
            "register_id",
            "location_id",
            "opened_by_id",
            "opened_at",
            "state",
            "counted_cash",
            "difference",
        ),
        search=("number",),
        sort="-opened_at",
        state="state",
        empty="No shifts yet. Open one at a register to begin selling.",
    )
    constraints = (
        sa.Index(
            "uq_shifts_one_open",
            "register_id",
            unique=True,
            postgresql_where=sa.text("state = 'open'"),
            info={"refusal": "A shift is open already at this register: close it first."},
        ),
    )

    number: Mapped[str] = number("SH")
    location_id: Mapped[UUID] = link("Location", required=True)
    register_id: Mapped[UUID] = link("Register", required=True)
    state: Mapped[str] = choice(
        ("open", "Open", "success"), ("closed", "Closed", "dark"), default="open", by_machine=True
    )
    opened_by_id: Mapped[UUID | None] = link("User", label="Opened by")
    opened_at: Mapped[datetime] = moment(now=True, label="Opened")
    opening_cash: Mapped[Decimal] = money(default=0)
    closed_by_id: Mapped[UUID | None] = link("User", label="Closed by", by_machine=True)
    closed_at: Mapped[datetime | None] = moment(label="Closed", by_machine=True)
    expected_cash: Mapped[Decimal | None] = money(by_machine=True, least=None)
    counted_cash: Mapped[Decimal | None] = money()
    difference: Mapped[Decimal | None] = generated("counted_cash - expected_cash", money(least=None))
    note: Mapped[str | None] = long_text(longest=2_000)

    def check(self) -> dict[str, str]:
        drawer = db.session().get(Register, self.register_id)
        if drawer is not None and drawer.location_id != self.location_id:
            return {"location_id": f"{drawer.name} isn't there: choose the register's own location."}
        return {}
