"""Stock accounts: the places that stock moves between, and the level of each product in each of them."""

from decimal import Decimal
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.orm import Mapped

from app.core.columns import choice, cost, flag, generated, link, money, quantity, whole
from app.core.entity import Entity
from app.core.scope import between, via
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


class StockLevel(Entity):
    """One product in one stock account: the sum of its moves, kept up by postings alone."""

    scope = via("StockAccount", "account_id")
    posted = True
    access = {"manager": ("see", "export"), "clerk": ("see",)}
    screen = Screen(
        area="Stock",
        icon="packages",
        title=("product_id", "location_id"),
        columns=("product_id", "location_id", "on_hand", "reserved", "available", "value", "kind"),
        search=("product_id",),
        # By name: sorted by a quantity, rows would jump about while people sell.
        sort="product_id",
        subtitle="location_id",
        usual="f.1.kind.any=shelf",
        writable=False,
        empty="No stock yet. It appears with the first receipt, count or adjustment.",
    )
    constraints = (
        sa.UniqueConstraint("account_id", "product_id"),
        # The account's own facts, copied so that lists can be filtered and sorted by them: the database keeps them equal.
        sa.ForeignKeyConstraint(
            ["account_id", "kind", "location_id"],
            ["stock_accounts.id", "stock_accounts.kind", "stock_accounts.location_id"],
            name="fk_stock_levels_account_facts",
        ),
        sa.Index(None, "location_id", "product_id"),
        sa.CheckConstraint("may_go_negative OR (on_hand >= 0 AND reserved <= on_hand)", name="covered"),
        sa.CheckConstraint("reserved >= 0", name="reserved_sensible"),
    )

    account_id: Mapped[UUID] = link("StockAccount", required=True, index=False, by_machine=True)
    kind: Mapped[str] = choice(*KINDS, required=True, by_machine=True, label="Where")
    location_id: Mapped[UUID] = link("Location", required=True, index=False, by_machine=True)
    product_id: Mapped[UUID] = link("Product", required=True, by_machine=True)
    on_hand: Mapped[Decimal] = quantity(default=0, least=None, by_machine=True)
    reserved: Mapped[Decimal] = quantity(default=0, by_machine=True)
    available: Mapped[Decimal] = generated("on_hand - reserved", quantity(least=None))
    value: Mapped[Decimal] = money(default=0, least=None, guarded=True, by_machine=True)
    unit_cost: Mapped[Decimal] = cost(
        default=0, guarded=True, by_machine=True, hint="The moving average; with nothing on hand, the last one."
    )
    # The number of the account's last move of this product; without a gap, so that a lost move shows.
    seq: Mapped[int] = whole(default=0, by_machine=True, label="Moves")
    may_go_negative: Mapped[bool] = flag(by_machine=True)
