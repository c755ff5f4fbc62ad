"""Stock moves: the ledger, one line for every quantity that went from one account to another."""

from datetime import datetime
from decimal import Decimal
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from app.core.columns import Column, any_record, cost, entity_name, link, moment, quantity, whole
from app.core.entity import Entity
from app.core.scope import via
from app.core.screen import Screen, Section


class StockMove(Entity):
    """A quantity of one product that left one account for another; never changed, only reversed by a new move."""

    scope = via("StockAccount", "from_account_id", "to_account_id")
    posted = True
    access = {"manager": ("see", "export"), "clerk": ("see",)}
    screen = Screen(
        area="Stock",
        icon="history",
        title=("product_id", "quantity"),
        columns=(
            "effective_at",
            "product_id",
            "quantity",
            "from_account_id",
            "to_account_id",
            "document_id",
        ),
        search=("product_id",),
        sort="-effective_at",
        subtitle="effective_at",
        sections=(
            Section("Move", ("product_id", "quantity", "from_account_id", "to_account_id", "effective_at")),
            Section("Why", ("reason_id", "document", "document_id", "moved_by_id", "operation_id")),
            Section("Ledger", ("unit_cost", "from_seq", "to_seq")),
        ),
        writable=False,
        empty="No moves yet. Every receipt, sale, transfer and adjustment leaves its line here.",
    )
    constraints = (
        # Two moves can't take the same place in an account's sequence.
        sa.Index("uq_stock_moves_from", "from_account_id", "product_id", "from_seq", unique=True),
        sa.Index("uq_stock_moves_to", "to_account_id", "product_id", "to_seq", unique=True),
        sa.Index(None, "product_id", "effective_at"),
        sa.Index(None, "reason_id", postgresql_where=sa.text("reason_id IS NOT NULL")),
        sa.CheckConstraint("quantity > 0", name="quantity_positive"),
        sa.CheckConstraint("from_account_id <> to_account_id", name="two_accounts"),
        sa.CheckConstraint("from_seq > 0 AND to_seq > 0", name="seq_positive"),
    )

    product_id: Mapped[UUID] = link("Product", required=True, index=False, by_machine=True)
    from_account_id: Mapped[UUID] = link("StockAccount", required=True, index=False, by_machine=True, label="From")
    to_account_id: Mapped[UUID] = link("StockAccount", required=True, index=False, by_machine=True, label="To")
    quantity: Mapped[Decimal] = quantity(required=True, least=0.001, by_machine=True)
    unit_cost: Mapped[Decimal] = cost(default=0, guarded=True, by_machine=True)
    reason_id: Mapped[UUID | None] = link("Reason", index=False, by_machine=True)
    document: Mapped[str | None] = entity_name(by_machine=True, label="Kind of document")
    document_id: Mapped[UUID | None] = any_record(by_machine=True, label="Document")
    moved_by_id: Mapped[UUID | None] = link("User", index=False, by_machine=True)
    operation_id: Mapped[UUID | None] = mapped_column(
        sa.Uuid(), info={"column": Column("id", label="Operation", by_machine=True)}
    )
    from_seq: Mapped[int] = whole(required=True, by_machine=True, label="Number in from")
    to_seq: Mapped[int] = whole(required=True, by_machine=True, label="Number in to")
    # A label for reports of the past; balances follow the order of posting.
    effective_at: Mapped[datetime] = moment(now=True, by_machine=True)
