"""Roles: what the people who hold one may do, as rows that an admin edits on screen.

The tables below are only what the built-in roles start with; migrations turn them into rows.
"""

from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.orm import Mapped

from app.core import builtin
from app.core.columns import choice, entity_name, flag, link, long_text, spoken, text
from app.core.entity import RESERVED, VERBS, Entity, columns_of, named
from app.core.scope import hq
from app.core.screen import Screen

ROLES = {
    "admin": "Everything, everywhere.",
    "manager": "Everything at their locations, and the approvals there.",
    "clerk": "Stock of their locations: transfers, receipts, counts, adjustments. No cost, no pay, no client contact.",
    "frontdesk": "Clients, appointments, sales and shifts of their locations.",
    "viewer": "Sees and exports, changes nothing.",
}
"""The built-in roles, each with what it is for."""

WORK = ("Stock", "Sales", "People", "Schedule", "Catalog", "Places", "Office")
"""The areas of the business itself: all but Access and System."""

# The admin's one row says `*` of `*`, so it needs no areas.
AREAS: dict[str, dict[str, tuple[str, ...]]] = {
    "admin": {},
    "manager": dict.fromkeys(WORK, ("*",)),
    "clerk": {"Catalog": ("see",), "Places": ("see",), "Stock": ("see",)},
    "frontdesk": {
        "Catalog": ("see",),
        "Places": ("see",),
        "Sales": ("see", "create", "change", "confirm", "fulfil", "cancel", "close", "refund"),
        "Schedule": ("see", "create", "change"),
    },
    "viewer": dict.fromkeys(WORK, ("see", "export")),
}
"""Role → area → verbs, where an entity's `access` doesn't say otherwise."""

GUARDED = (
    "adjustment.value",
    "adjustment_line.unit_cost",
    "bonus.amount",
    "change.diff",
    "client.email",
    "client.notes",
    "client.phone",
    "goods_receipt.value",
    "goods_receipt_line.unit_cost",
    "product.cost",
    "product_supplier.price",
    "purchase_order.total",
    "purchase_order_line.unit_cost",
    "staff.birthday",
    "stock_count.difference_value",
    "stock_count_line.difference_value",
    "stock_exception.value",
    "stock_level.unit_cost",
    "stock_level.value",
    "stock_move.unit_cost",
)
"""Every guarded field there is: cost, pay and contact."""

FIELDS: dict[str, dict[str, str]] = {
    "admin": {},
    "manager": dict.fromkeys(GUARDED, "change"),
    "clerk": {},
    "frontdesk": {"client.phone": "change", "client.email": "change", "client.notes": "change"},
    "viewer": {},
}
"""Role → guarded field → level; a guarded field that a role isn't named for is hidden from it."""

builtin.fill(AREAS, FIELDS)


EVERYTHING = (("*", "Everything"),)
"""How the star of a permission is read."""


class Role(Entity):
    """A named set of permissions, held by people at a location or at all of them."""

    scope = hq()
    rules_access = True
    screen = Screen(
        area="Access",
        icon="shield-lock",
        columns=("name", "description", "built_in", "updated_at"),
        search=("name", "description"),
        sort="name",
        subtitle="description",
        children=("Permission",),
        empty="No roles yet. Add one, then say what it may do.",
    )

    name: Mapped[str] = text(longest=60, required=True, unique=True, words=(("frontdesk", "Front desk"),))
    description: Mapped[str | None] = long_text(longest=500)
    built_in: Mapped[bool] = flag(by_machine=True, hint="Came with the installation.")


class Permission(Entity):
    """One thing a role may do with an entity, or how far one field of it is open to the role."""

    scope = hq()
    rules_access = True
    screen = Screen(
        area="Access",
        icon="key",
        title=("entity", "verb", "field"),
        columns=("role_id", "entity", "verb", "field", "level"),
        search=("entity", "verb", "field"),
        sort="entity",
        empty="No permissions yet. Open a role and add what it may do.",
    )
    constraints = (
        sa.UniqueConstraint("role_id", "entity", "verb", "field", postgresql_nulls_not_distinct=True),
        sa.CheckConstraint("(verb IS NULL) <> (field IS NULL)", name="verb_or_field"),
        sa.CheckConstraint("(field IS NULL) = (level IS NULL)", name="level_of_field"),
    )

    role_id: Mapped[UUID] = link("Role", required=True)
    entity: Mapped[str] = entity_name(required=True, hint="* stands for every entity.")  # type: ignore[misc]
    verb: Mapped[str | None] = text(
        longest=60, hint="See, Create, Change …, or Everything.", words=EVERYTHING, slug=True
    )
    field: Mapped[str | None] = text(
        longest=60, hint="Instead of a verb: a field, or All fields.", words=(("*", "All fields"),), slug=True
    )
    level: Mapped[str | None] = choice("hidden", "see", ("change", "See and change"), required=False)

    def check(self) -> dict[str, str]:
        if bool(self.verb) == bool(self.field):
            return {"verb": "Name either a verb or a field."}
        if bool(self.field) != bool(self.level):
            return {"level": "A field has a level, a verb has none."}
        return self._unknown()

    def _unknown(self) -> dict[str, str]:
        """A permission for what there isn't would open nothing, and nobody would be told."""
        if self.entity == "*":
            return {}
        about = named(self.entity)
        if self.verb and self.verb not in ("*", *VERBS, *about.verbs):
            known = ", ".join(spoken(verb) for verb in (*VERBS, *about.verbs))
            return {"verb": f"What may be done with it: {known}, or Everything."}
        if self.field and self.field not in ("*", *columns_of(about)):
            known = ", ".join(spoken(name) for name in columns_of(about) if name not in RESERVED)
            return {"field": f"Its fields are: {known}."}
        return {}
