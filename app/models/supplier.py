"""Suppliers: whom we buy from, and what at which price."""

from decimal import Decimal
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.orm import Mapped

from app.core.columns import cost, email, flag, link, long_text, phone, quantity, text, url, whole
from app.core.entity import Entity
from app.core.scope import part_of, shared
from app.core.screen import Screen, Section


class Supplier(Entity):
    """A company that delivers goods, with its contact and terms."""

    scope = shared()
    screen = Screen(
        area="Catalog",
        icon="truck",
        title=("name",),
        columns=("name", "contact_name", "phone", "email", "city", "country", "active"),
        search=("name", "contact_name", "city"),
        sort="name",
        subtitle="contact_name",
        sections=(
            Section("Supplier", ("name", "customer_number", "active")),
            Section("Contact", ("contact_name", "contact_title", "phone", "email", "website")),
            Section("Address", ("address", "city", "region", "postcode", "country")),
            Section("Terms", ("payment_days", "lead_days", "terms", "note")),
        ),
        empty="No suppliers yet. Add one before you order goods.",
    )

    name: Mapped[str] = text(longest=120, required=True, unique=True)
    customer_number: Mapped[str | None] = text(longest=40, label="Our customer number")
    contact_name: Mapped[str | None] = text(longest=120, label="Contact")
    contact_title: Mapped[str | None] = text(longest=80, label="Contact's role")
    phone: Mapped[str | None] = phone()
    email: Mapped[str | None] = email()
    website: Mapped[str | None] = url()
    address: Mapped[str | None] = text()
    city: Mapped[str | None] = text(longest=80)
    region: Mapped[str | None] = text(longest=80)
    postcode: Mapped[str | None] = text(longest=20)
    country: Mapped[str | None] = text(longest=80)
    payment_days: Mapped[int | None] = whole(most=365, label="Days to pay")
    lead_days: Mapped[int | None] = whole(most=730, label="Days to deliver")
    terms: Mapped[str | None] = text(longest=500)
    active: Mapped[bool] = flag(default=True)
    note: Mapped[str | None] = long_text(longest=2_000)


class ProductSupplier(Entity):
    """Where a product can be bought: the supplier's own code, pack size and price."""

    scope = part_of("Product", "product_id")
    screen = Screen(
        area="Catalog",
        icon="truck-delivery",
        title=("supplier_id", "product_id"),
        columns=("supplier_id", "product_id", "supplier_code", "pack_size", "price", "lead_days", "preferred"),
        search=("supplier_code",),
        sort="created_at",
        menu=False,
        empty="No suppliers yet. Add who delivers this product and at what price.",
    )
    constraints = (
        sa.UniqueConstraint("product_id", "supplier_id"),
        sa.CheckConstraint("pack_size > 0", name="pack_size_positive"),
        # Reordering asks for one answer, so a product has at most one preferred supplier.
        sa.Index("uq_product_suppliers_preferred", "product_id", unique=True, postgresql_where=sa.text("preferred")),
    )

    product_id: Mapped[UUID] = link("Product", required=True, index=False)
    supplier_id: Mapped[UUID] = link("Supplier", required=True)
    supplier_code: Mapped[str | None] = text(longest=80, label="Supplier's code")
    pack_size: Mapped[Decimal] = quantity(default=1, least=0.001, hint="Ordered in multiples of this.")
    price: Mapped[Decimal | None] = cost(guarded=True, label="Purchase price", hint="For one unit, not for the pack.")
    lead_days: Mapped[int | None] = whole(most=730, label="Days to deliver")
    preferred: Mapped[bool] = flag(hint="Reorder from here first.")
