"""The clients of the demo shop, and the points they collect."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from uuid import UUID

from app.models.client import Client
from app.models.loyalty import LoyaltyAccount, LoyaltyEntry, LoyaltyProgram
from app.services.demo.catalog import SALONS, place
from app.services.demo.ground import Ground, Row, fixed

NAMES = (
    "Aisling Byrne",
    "Anna Nowak",
    "Aidan Doherty",
    "Beatriz Costa",
    "Bríd Ní Chonaill",
    "Caoimhe Dunne",
    "Chloé Dubois",
    "Colm Farrell",
    "Daniel Okafor",
    "Deirdre Whelan",
    "Eimear Casey",
    "Elena Petrova",
    "Emma Gleeson",
    "Fiona MacNamara",
    "Freya Andersen",
    "Gemma Hayes",
    "Hugh Brady",
    "Imelda Scully",
    "Jack Sheridan",
    "Jana Horáková",
    "Joanne Duffy",
    "Karim Haddad",
    "Katja Weber",
    "Laoise Hogan",
    "Laura Bianchi",
    "Liam Foley",
    "Louise Carroll",
    "Mairéad Roche",
    "Mark Tierney",
    "Mei Lin Chen",
    "Nessa Boyle",
    "Nora Kinsella",
    "Patrick Mulcahy",
    "Priya Raman",
    "Rachel Stein",
    "Sadhbh Tobin",
    "Sofia Rossi",
    "Tara McGrath",
    "Una Connolly",
    "Yvonne Clarke",
)

WISHES = ("window seat", "quiet", "tea with milk", "no perfume", "text, don't call", "sensitive scalp")
NOTES = (None, None, None, "Allergic to nuts: check oils.", "Prefers the same stylist.", "Pays with vouchers.")

PROGRAM = fixed("loyalty_program", "Fern Club")


def client(index: int) -> UUID:
    """The id of a client by place in the list."""
    return fixed("client", NAMES[index % len(NAMES)])


def plant(ground: Ground) -> None:
    """Forty clients and the loyalty program."""
    ground.add(Client, [_client(ground, index, name) for index, name in enumerate(NAMES)])
    program = {
        "id": PROGRAM,
        "name": "Fern Club",
        "points_per_unit": Decimal(1),
        "silver_from": 150,
        "gold_from": 400,
        "platinum_from": 900,
    }
    ground.add(LoyaltyProgram, [program])


def _client(ground: Ground, index: int, name: str) -> Row:
    chance = ground.chance(f"client/{name}")
    since = ground.at(-chance.randint(45, 700), chance.randint(9, 17), chance.randint(0, 59))
    return {
        "id": client(index),
        "name": name,
        "phone": f"+353 85 555 {2000 + index * 113}",
        "email": f"client{index + 1:02d}@mail.example",
        "birthday": dt.date(chance.randint(1955, 2006), chance.randint(1, 12), chance.randint(1, 28)),
        "preferred_location_id": place(SALONS[index % len(SALONS)]),
        "preferences": chance.sample(WISHES, chance.randint(0, 2)),
        "notes": chance.choice(NOTES),
        "created_at": since,
        "updated_at": since,
    }


def credit(ground: Ground, earned: dict[UUID, list[tuple[UUID, int, dt.datetime]]]) -> None:
    """Points for what clients bought: client → (sale, points, moment); whoever has enough has spent some."""
    entries: list[tuple[UUID, Row]] = []
    for buyer, purchases in earned.items():
        account = fixed("loyalty_account", buyer)
        entries += [(account, _entry(account, "earned", points, sale, when)) for sale, points, when in purchases]
        if sum(points for _, points, _ in purchases) > 300:
            entries.append((account, _entry(account, "spent", -100, purchases[-1][0], purchases[-1][2])))
    accounts = [
        {
            "id": fixed("loyalty_account", buyer),
            "client_id": buyer,
            "program_id": PROGRAM,
            "points": sum(row["points"] for account, row in entries if account == fixed("loyalty_account", buyer)),
        }
        for buyer in earned
    ]
    ground.add(LoyaltyAccount, accounts)
    ground.add(LoyaltyEntry, [row for _, row in entries])


def _entry(account: UUID, kind: str, points: int, sale: UUID, when: dt.datetime) -> Row:
    return {
        "id": fixed("loyalty_entry", account, kind, sale),
        "account_id": account,
        "kind": kind,
        "points": points,
        "sale_id": sale,
        "note": "Ten off" if kind == "spent" else None,
        "created_at": when,
        "updated_at": when,
    }
