"""Products: what is bought, stored, sold or used up."""

from decimal import Decimal
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.orm import Mapped

from app.core.columns import choice, code, cost, flag, link, long_text, money, picture, quantity, text
from app.core.entity import Entity
from app.core.scope import part_of, shared
from app.core.screen import Screen, Section


class Product(Entity):
    """An article by its sku, the same at every location."""

    scope = shared()
    screen = Screen(
        area="Catalog",
        icon="package",
        title=("name",),
        columns=("picture", "sku", "name", "category_id", "brand_id", "price", "cost", "active"),
        search=("sku", "name", "brand_id"),
        sort="name",
        subtitle="sku",
        sections=(
            Section("Product", ("sku", "name", "category_id", "brand_id", "kind", "picture", "description")),
            Section("Price", ("price", "cost", "tax_rate_id")),
            Section("Stock", ("unit", "contents", "tracks_stock", "active")),
        ),
        children=("ProductBarcode", "ProductSupplier"),
        empty="No products yet. Add the first one, or import your price list.",
    )

    sku: Mapped[str] = code(label="SKU")
    name: Mapped[str] = text(required=True)
    category_id: Mapped[UUID | None] = link("Category")
    brand_id: Mapped[UUID | None] = link("Brand")
    price: Mapped[Decimal] = money(required=True)
    cost: Mapped[Decimal | None] = cost(
        guarded=True, hint="What one unit usually costs; stock is valued at what it did cost."
    )
    unit: Mapped[str] = choice(
        "piece",
        "pack",
        "box",
        "bag",
        "bottle",
        "can",
        "jar",
        "tube",
        "pair",
        "set",
        ("kg", "kg"),
        ("g", "g"),
        ("l", "l"),
        ("ml", "ml"),
        ("m", "m"),
        default="piece",
    )
    contents: Mapped[str | None] = text(longest=80, hint="What one unit holds, such as 250 ml or 10 boxes of 20 bags.")
    tax_rate_id: Mapped[UUID | None] = link("TaxRate")
    kind: Mapped[str] = choice(
        ("retail", "Retail", "primary"),
        ("professional", "Professional", "info"),
        default="retail",
        hint="Professional products are used up in services, not sold.",
    )
    active: Mapped[bool] = flag(default=True)
    picture: Mapped[str | None] = picture()
    tracks_stock: Mapped[bool] = flag(default=True, hint="Off for what is never counted.")
    description: Mapped[str | None] = long_text()


class ProductBarcode(Entity):
    """A code that a scanner reads on a product or on a case of it; no two products share one."""

    scope = part_of("Product", "product_id")
    screen = Screen(
        area="Catalog",
        icon="barcode",
        title=("barcode",),
        columns=("barcode", "product_id", "quantity"),
        search=("barcode",),
        sort="barcode",
        subtitle="product_id",
        menu=False,
        empty="No barcodes yet. Scan the product's code to add it.",
    )
    constraints = (sa.CheckConstraint("quantity > 0", name="quantity_positive"),)

    product_id: Mapped[UUID] = link("Product", required=True)
    barcode: Mapped[str] = code(longest=80)
    quantity: Mapped[Decimal] = quantity(
        default=1, least=0.001, label="Counts as", hint="12 for the code on a case of twelve."
    )
