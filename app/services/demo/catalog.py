"""The demo shop's five places and what they sell: price list, products, who makes and delivers them."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from uuid import UUID

from app.models.brand import Brand
from app.models.category import Category
from app.models.location import Location
from app.models.product import Product, ProductBarcode
from app.models.reason import Reason
from app.models.service import LocationService, Service
from app.models.supplier import ProductSupplier, Supplier
from app.models.tax_rate import TaxRate
from app.services.demo import pictures
from app.services.demo.ground import Ground, Row, fixed
from app.services.demo.price_list import SERVICES

LOCATIONS = (
    ("CW", "Central Warehouse", "warehouse", "Unit 7, Ballymount Business Park\nDublin 12", "+353 1 555 0100"),
    ("HAR", "Harbour", "salon", "14 Harbour Road\nDún Laoghaire", "+353 1 555 0114"),
    ("OLD", "Old Town", "salon", "3 Castle Street\nKilkenny", "+353 56 555 0103"),
    ("RIV", "Riverside", "store", "28 Merchant's Quay\nCork", "+353 21 555 0128"),
    ("STA", "Station", "store", "Eyre Square Centre, Unit 41\nGalway", "+353 91 555 0141"),
)
"""Code, name, kind, address, phone."""

CODES = tuple(code for code, *_ in LOCATIONS)
SALONS = CODES[1:]
"""Where clients come; the warehouse only stores."""

TAXES = (("Standard rate", "23"), ("Reduced rate", "13.5"), ("Zero rate", "0"))

REASONS = (
    ("Damaged", "out", False, "50"),
    ("Expired", "out", False, "50"),
    ("Theft", "out", True, "0"),
    ("Used in treatments", "out", False, None),
    ("Sample or tester", "out", False, "30"),
    ("Found", "in", True, None),
    ("Count correction", "both", False, "100"),
)
"""Name, direction, asks for a note, worth above which it needs approval."""

BRANDS = (
    ("Lumen Hair", "https://lumenhair.example"),
    ("Botanique", "https://botanique.example"),
    ("Northwave", "https://northwave.example"),
    ("Velvet Skin", "https://velvetskin.example"),
    ("Petal & Co.", "https://petalandco.example"),
    ("Barber's Oak", "https://barbersoak.example"),
)


@dataclass(frozen=True)
class House:
    """A supplier of the demo shop."""

    name: str
    contact: str
    domain: str
    place: str
    days: int
    brands: str

    @property
    def id(self) -> UUID:
        return fixed("supplier", self.name)


SUPPLIERS = (
    House("Emerald Beauty Supplies", "Gerard Tully", "emeraldbeauty", "Dublin, Ireland", 3, "Lumen Hair|Barber's Oak"),
    House("Continental Hair GmbH", "Petra Vogel", "continental-hair", "Köln, Germany", 9, "Northwave"),
    House("Maison Clarette", "Luc Bernard", "maisonclarette", "Lyon, France", 8, "Botanique"),
    House("Skin & Nail Trade", "Helen Pike", "skinandnail", "Belfast, United Kingdom", 5, "Velvet Skin|Petal & Co."),
)

HAIR, FINISH, SKIN, NAILS, MEN, SALON = "Shampoo and care", "Finishing", "Skin", "Nails", "For men", "Salon use"
GOODS = (HAIR, FINISH, SKIN, NAILS, MEN, SALON)


@dataclass(frozen=True)
class Good:
    """A product of the demo shop."""

    sku: str
    name: str
    category: str
    brand: str
    price: str
    cost: str
    unit: str
    contents: str
    professional: bool = False

    @property
    def id(self) -> UUID:
        return fixed("product", self.sku)

    @property
    def supplier(self) -> House:
        return next((house for house in SUPPLIERS if self.brand in house.brands.split("|")), SUPPLIERS[0])


PRODUCTS = (
    Good("LUM-SH-250", "Repair shampoo", HAIR, "Lumen Hair", "18.50", "7.40", "bottle", "250 ml"),
    Good("LUM-CO-250", "Repair conditioner", HAIR, "Lumen Hair", "19.50", "7.90", "bottle", "250 ml"),
    Good("LUM-MA-200", "Overnight repair mask", HAIR, "Lumen Hair", "27.00", "10.80", "jar", "200 ml"),
    Good("LUM-OI-050", "Bond oil", FINISH, "Lumen Hair", "32.00", "12.60", "bottle", "50 ml"),
    Good("BOT-SH-300", "Rosemary scalp shampoo", HAIR, "Botanique", "16.00", "6.10", "bottle", "300 ml"),
    Good("BOT-SE-030", "Night serum with squalane", SKIN, "Botanique", "46.00", "18.20", "bottle", "30 ml"),
    Good("BOT-CR-050", "Day cream SPF 30", SKIN, "Botanique", "38.00", "14.90", "jar", "50 ml"),
    Good("BOT-CL-150", "Oat cleansing milk", SKIN, "Botanique", "24.50", "9.30", "bottle", "150 ml"),
    Good("NOR-SP-300", "Sea-salt spray", FINISH, "Northwave", "17.50", "6.80", "bottle", "300 ml"),
    Good("NOR-HS-400", "Strong-hold hairspray", FINISH, "Northwave", "15.00", "5.60", "can", "400 ml"),
    Good("NOR-MO-200", "Volume mousse", FINISH, "Northwave", "14.50", "5.40", "can", "200 ml"),
    Good("NOR-DR-150", "Dry shampoo", HAIR, "Northwave", "12.00", "4.30", "can", "150 ml"),
    Good("VEL-HC-075", "Hand cream, fig", SKIN, "Velvet Skin", "13.50", "4.90", "tube", "75 ml"),
    Good("VEL-SC-200", "Sugar scrub", SKIN, "Velvet Skin", "21.00", "8.10", "jar", "200 g"),
    Good("PET-CO-010", "Cuticle oil", NAILS, "Petal & Co.", "9.90", "3.20", "bottle", "10 ml"),
    Good("PET-PO-RED", "Nail polish, poppy", NAILS, "Petal & Co.", "11.50", "3.80", "bottle", "12 ml"),
    Good("PET-PO-NUD", "Nail polish, rosewood", NAILS, "Petal & Co.", "11.50", "3.80", "bottle", "12 ml"),
    Good("OAK-BO-030", "Beard oil, cedar", MEN, "Barber's Oak", "18.00", "6.70", "bottle", "30 ml"),
    Good("OAK-CL-100", "Matt clay", MEN, "Barber's Oak", "16.50", "6.00", "jar", "100 ml"),
    Good("OAK-SH-150", "Shaving cream", MEN, "Barber's Oak", "14.00", "5.20", "tube", "150 ml"),
    Good("PRO-DEV-6", "Cream developer 6 %", SALON, "Northwave", "14.00", "8.40", "bottle", "1 l", professional=True),
    Good("PRO-DEV-9", "Cream developer 9 %", SALON, "Northwave", "14.00", "8.40", "bottle", "1 l", professional=True),
    Good("PRO-BLE-500", "Bleaching powder", SALON, "Lumen Hair", "29.00", "17.50", "can", "500 g", professional=True),
    Good("PRO-WAX-800", "Warm wax", SALON, "Velvet Skin", "22.00", "12.90", "can", "800 g", professional=True),
)


def place(code: str) -> UUID:
    """A location by its code."""
    return fixed("location", code)


def reason(name: str) -> UUID:
    """A reason by its name."""
    return fixed("reason", name)


def services_of(category: str) -> list[UUID]:
    """The services of a category."""
    return [fixed("service", category, name) for name, *_ in SERVICES[category]]


def plant(ground: Ground) -> None:
    """Locations, taxes, reasons, the tree of categories, brands, suppliers, products and services."""
    ground.add(Location, [_location(*facts) for facts in LOCATIONS])
    ground.add(TaxRate, [{"id": fixed("tax", name), "name": name, "rate": Decimal(rate)} for name, rate in TAXES])
    ground.add(Reason, [_reason(*facts) for facts in REASONS])
    ground.add(Category, _categories())
    ground.add(Brand, [{"id": fixed("brand", name), "name": name, "website": url} for name, url in BRANDS])
    ground.add(Supplier, [_supplier(ground, house) for house in SUPPLIERS])
    ground.add(Product, [_product(good) for good in PRODUCTS])
    ground.add(ProductBarcode, [_barcode(index, good) for index, good in enumerate(PRODUCTS)])
    ground.add(ProductSupplier, [_bought(good) for good in PRODUCTS])
    ground.add(Service, _services())
    ground.add(LocationService, _offers())


def _location(code: str, name: str, kind: str, address: str, phone: str) -> Row:
    return {
        "id": place(code),
        "code": code,
        "name": name,
        "kind": kind,
        "address": address,
        "time_zone": "Europe/Dublin",
        "phone": phone,
    }


def _reason(name: str, direction: str, needs_note: bool, limit: str | None) -> Row:
    return {
        "id": reason(name),
        "name": name,
        "direction": direction,
        "needs_note": needs_note,
        "approval_limit": None if limit is None else Decimal(limit),
    }


def _categories() -> list[Row]:
    tops = [("Products", None), ("Treatments", None)]
    branches = [(name, "Products") for name in GOODS] + [(name, "Treatments") for name in SERVICES]
    return [
        {"id": fixed("category", name), "name": name, "parent_id": fixed("category", above) if above else None}
        for name, above in [*tops, *branches]
    ]


def _supplier(ground: Ground, house: House) -> Row:
    chance = ground.chance(f"supplier/{house.name}")
    return {
        "id": house.id,
        "name": house.name,
        "customer_number": f"K{chance.randint(10_000, 99_999)}",
        "contact_name": house.contact,
        "contact_title": "Sales",
        "email": f"orders@{house.domain}.example",
        "phone": f"+353 1 555 {chance.randint(1000, 9999)}",
        "city": house.place.split(", ")[0],
        "country": house.place.split(", ")[1],
        "payment_days": 30,
        "lead_days": house.days,
        "terms": "Free delivery above 250",
    }


def _product(good: Good) -> Row:
    return {
        "id": good.id,
        "sku": good.sku,
        "name": good.name,
        "category_id": fixed("category", good.category),
        "brand_id": fixed("brand", good.brand),
        "price": Decimal(good.price),
        "cost": Decimal(good.cost),
        "unit": good.unit,
        "contents": good.contents,
        "tax_rate_id": fixed("tax", "Standard rate"),
        "kind": "professional" if good.professional else "retail",
        "picture": pictures.of(good.unit, good.brand),
    }


def _barcode(index: int, good: Good) -> Row:
    digits = ean13(f"539{100_000_000 + index * 7:09d}")
    return {"id": fixed("barcode", good.sku), "product_id": good.id, "barcode": digits}


def ean13(twelve: str) -> str:
    """Twelve digits with their check digit behind (GS1 General Specifications, section 7.9.1)."""
    total = sum(int(digit) * (3 if place % 2 else 1) for place, digit in enumerate(twelve))
    return twelve + str(-total % 10)


def _bought(good: Good) -> Row:
    return {
        "id": fixed("product_supplier", good.sku),
        "product_id": good.id,
        "supplier_id": good.supplier.id,
        "supplier_code": good.sku.replace("-", ""),
        "pack_size": Decimal(6),
        "price": Decimal(good.cost),
        "lead_days": good.supplier.days,
        "preferred": True,
    }


def _services() -> list[Row]:
    return [
        {
            "id": fixed("service", category, name),
            "name": name,
            "category_id": fixed("category", category),
            "minutes": minutes,
            "price": Decimal(price),
            "tax_rate_id": fixed("tax", "Reduced rate"),
        }
        for category, services in SERVICES.items()
        for name, minutes, price in services
    ]


def _offers() -> list[Row]:
    """Each service at each salon; Harbour is dearer, and a few things aren't done everywhere."""
    return [
        {
            "id": fixed("location_service", code, category, name),
            "location_id": place(code),
            "service_id": fixed("service", category, name),
            "price": Decimal(round(price * 1.1)) if code == "HAR" and price >= 40 else None,
            "active": not (category == "Massage" and code == "STA"),
        }
        for code in SALONS
        for category, services in SERVICES.items()
        for name, _, price in services
    ]
