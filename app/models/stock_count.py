"""Stock counts: what is really there, product by product, while the shop stays open."""

from datetime import datetime
from decimal import Decimal
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.orm import Mapped

from app.core.columns import choice, flag, generated, link, long_text, moment, money, number, quantity, text, whole
from app.core.entity import Entity
from app.core.scope import at, part_of
from app.core.screen import Screen, Section


class StockCount(Entity):
    """A count of a location's stock, of all of it, one category or a small part by turns."""

    scope = at("location_id")
    verbs = ("start", "count", "review", "recount", "approve", "cancel")
    open_in = ("draft",)
    access = {"clerk": ("see", "create", "change", "start", "count", "review")}
    screen = Screen(
        area="Stock",
        icon="clipboard-check",
        title=("number",),
        columns=(
            "number",
            "location_id",
            "kind",
            "category_id",
            "state",
            "started_at",
            "difference_value",
            "created_at",
        ),
        search=("number", "note"),
        sort="-created_at",
        subtitle="kind",
        state="state",
        sections=(
            Section("Count", ("number", "location_id", "kind", "category_id", "blind", "state", "note")),
            Section(
                "Course",
                (
                    "started_at",
                    "started_by_id",
                    "reviewed_at",
                    "reviewed_by_id",
                    "posted_at",
                    "posted_by_id",
                    "difference_value",
                ),
            ),
        ),
        children=("StockCountLine",),
        empty="No counts yet. Start one: of everything, of one category, or of a few products.",
    )
    constraints = (sa.CheckConstraint("kind <> 'category' OR category_id IS NOT NULL", name="category_named"),)

    number: Mapped[str] = number("CN")
    location_id: Mapped[UUID] = link("Location", required=True, index=False)
    kind: Mapped[str] = choice("full", ("category", "By category"), "cycle", default="full")
    category_id: Mapped[UUID | None] = link("Category")
    blind: Mapped[bool] = flag(hint="Counters don't see what is expected.")
    state: Mapped[str] = choice(
        ("draft", "Draft", "light"),
        ("counting", "Counting", "info"),
        ("review", "In review", "warning"),
        ("posted", "Posted", "success"),
        ("cancelled", "Cancelled", "secondary"),
        default="draft",
        by_machine=True,
    )
    note: Mapped[str | None] = long_text(longest=2_000)
    started_at: Mapped[datetime | None] = moment(by_machine=True)
    started_by_id: Mapped[UUID | None] = link("User", index=False, by_machine=True)
    reviewed_at: Mapped[datetime | None] = moment(by_machine=True)
    reviewed_by_id: Mapped[UUID | None] = link("User", index=False, by_machine=True)
    posted_at: Mapped[datetime | None] = moment(by_machine=True)
    posted_by_id: Mapped[UUID | None] = link("User", index=False, by_machine=True)
    difference_value: Mapped[Decimal | None] = money(
        least=None, guarded=True, by_machine=True, label="Difference worth"
    )

    def check(self) -> dict[str, str]:
        return (
            {"category_id": "Which category is counted?"}
            if self.kind == "category" and self.category_id is None
            else {}
        )


class StockCountLine(Entity):
    """One counted product, with the level's sequence at that moment, so that sales during the count stay right."""

    scope = part_of("StockCount", "stock_count_id")
    screen = Screen(
        area="Stock",
        icon="clipboard-list",
        title=("product_id",),
        columns=(
            "stock_count_id",
            "product_id",
            "expected_quantity",
            "counted_quantity",
            "difference",
            "difference_value",
            "decision",
            "counted_by_id",
        ),
        sort="created_at",
        menu=False,
        empty="Nothing counted yet. Scan the first product.",
    )
    constraints = (
        sa.UniqueConstraint("stock_count_id", "product_id"),
        sa.CheckConstraint("counted_quantity >= 0", name="counted_quantity_sensible"),
        sa.CheckConstraint("(counted_quantity IS NULL) = (level_seq IS NULL)", name="counted_at_a_seq"),
    )

    stock_count_id: Mapped[UUID] = link("StockCount", required=True, index=False, label="Count")
    product_id: Mapped[UUID] = link("Product", required=True)
    counted_quantity: Mapped[Decimal | None] = quantity(by_machine=True, label="Counted")
    counted_at: Mapped[datetime | None] = moment(by_machine=True)
    counted_by_id: Mapped[UUID | None] = link("User", index=False, by_machine=True)
    level_seq: Mapped[int | None] = whole(by_machine=True, label="At move")
    expected_quantity: Mapped[Decimal | None] = quantity(least=None, by_machine=True, label="Expected")
    difference: Mapped[Decimal | None] = generated("counted_quantity - expected_quantity", quantity(least=None))
    difference_value: Mapped[Decimal | None] = money(
        least=None, guarded=True, by_machine=True, label="Difference worth"
    )
    times_counted: Mapped[int] = whole(default=0, by_machine=True)
    decision: Mapped[str | None] = choice(
        ("keep_difference", "Keep the difference", "primary"),
        ("keep_counted", "Keep what was counted", "info"),
        ("recount", "Count again", "warning"),
        required=False,
        by_machine=True,
    )
    posted_quantity: Mapped[Decimal | None] = quantity(least=None, by_machine=True, label="Posted")
    note: Mapped[str | None] = text(longest=500)
