"""Volume to measure with: a million stock moves, 200,000 clients, fifty locations, made inside the database.

Nobody's work: it is written by the tables' owner with the change feed off, and only where there are no clients yet.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

import sqlalchemy as sa

from app.core.errors import HasClients

TURNS = 10
"""Moves of each product at each location: one delivery, then sales."""


@dataclass(frozen=True)
class Size:
    """How much is made; products follow from the moves."""

    locations: int = 50
    clients: int = 200_000
    moves: int = 1_000_000

    @property
    def products(self) -> int:
        return max(1, self.moves // (self.locations * TURNS))

    @property
    def facts(self) -> dict[str, int]:
        return {"locations": self.locations, "clients": self.clients, "products": self.products, "turns": TURNS}


TABLES = ("locations", "products", "clients", "stock_accounts", "stock_levels", "stock_moves")

_LOCATIONS = """
INSERT INTO locations (code, name, kind, time_zone)
SELECT 'V' || lpad(i::text, 3, '0'), 'Branch ' || lpad(i::text, 3, '0'), CASE WHEN i % 10 = 0 THEN 'warehouse' ELSE 'store' END,
    'Europe/Dublin'
FROM generate_series(1, :locations) i
"""

_PRODUCTS = """
INSERT INTO products (sku, name, price, cost)
SELECT 'V' || lpad(i::text, 6, '0'),
    (ARRAY['Repair', 'Gentle', 'Strong', 'Daily', 'Night', 'Fresh', 'Pure', 'Soft'])[1 + i % 8] || ' ' ||
    (ARRAY['shampoo', 'mask', 'oil', 'cream', 'serum', 'spray', 'scrub', 'polish', 'wax', 'balm'])[1 + i / 8 % 10]
    || ' ' || i, 5 + i % 60, 2 + i % 25
FROM generate_series(1, :products) i
"""

_CLIENTS = """
INSERT INTO clients (name, phone, email, birthday, preferred_location_id, created_at, updated_at)
SELECT first || ' ' || last, '+353 85 ' || lpad(i::text, 7, '0'), 'client' || i || '@volume.example',
    DATE '1950-01-01' + (i * 7919 % 20000), place.id, at, at
FROM (
    SELECT i, (hashint4(i) & 2147483647) AS luck, now() - interval '1 second' * (i::bigint * 7907 % 63072000) AS at
    FROM generate_series(1, :clients) i
) drawn
CROSS JOIN LATERAL (SELECT
    (ARRAY['Aoife', 'Brian', 'Ciara', 'Daniel', 'Elena', 'Fionn', 'Grace', 'Hugh', 'Ines', 'Jack', 'Katja', 'Liam',
           'Maeve', 'Nora', 'Oscar', 'Priya', 'Quentin', 'Rosa', 'Sean', 'Tara', 'Una', 'Viktor', 'Wanda', 'Yusuf'])
        [1 + luck % 24] AS first,
    (ARRAY['Byrne', 'Nowak', 'Murphy', 'Silva', 'Walsh', 'Weber', 'Kelly', 'Rossi', 'Doyle', 'Martin', 'Quinn',
           'Novak', 'Burke', 'Haddad', 'Lynch', 'Stein', 'Power', 'Costa', 'Daly', 'Keane', 'Flynn', 'Eze'])
        [1 + luck / 24 % 22] || CASE WHEN luck / 528 % 3 = 0 THEN '-' || upper(substr(md5(i::text), 1, 1))
        || substr(md5(i::text), 2, 5) ELSE '' END AS last) name
JOIN places place ON place.number = 1 + i % :locations
"""

# What the moves below add up to, so that every level is their sum from the start.
_LEVELS = """
INSERT INTO stock_levels (account_id, kind, location_id, product_id, on_hand, value, unit_cost, seq, may_go_negative)
SELECT account.id, account.kind, account.location_id, goods.id, figures.on_hand, figures.on_hand * goods.cost, goods.cost,
    figures.seq, account.kind <> 'shelf'
FROM accounts account
CROSS JOIN goods
CROSS JOIN LATERAL (SELECT sum(1 + (goods.number + turn) % 3) AS gone FROM generate_series(2, :turns) turn) sold
CROSS JOIN LATERAL (SELECT
    CASE account.kind WHEN 'shelf' THEN 100 - gone WHEN 'supplier' THEN -100 ELSE gone END AS on_hand,
    CASE account.kind WHEN 'shelf' THEN :turns WHEN 'supplier' THEN 1 ELSE :turns - 1 END AS seq) figures
"""

_DELIVERY = """
INSERT INTO stock_moves (product_id, from_account_id, to_account_id, quantity, unit_cost, from_seq, to_seq,
    effective_at, created_at, updated_at)
SELECT goods.id, supplier.id, shelf.id, 100, goods.cost, 1, 1, at, at, at
FROM goods
CROSS JOIN accounts shelf
JOIN accounts supplier ON supplier.location_id = shelf.location_id AND supplier.kind = 'supplier'
CROSS JOIN LATERAL (SELECT now() - interval '1 day' * :days
    + interval '1 second' * ((goods.number * 7919 + shelf.number * 104729) % 6048000) AS at) moment
WHERE shelf.kind = 'shelf'
ORDER BY at
"""

_SALES = """
INSERT INTO stock_moves (product_id, from_account_id, to_account_id, quantity, unit_cost, from_seq, to_seq,
    effective_at, created_at, updated_at)
SELECT goods.id, shelf.id, customer.id, 1 + (goods.number + :turn) % 3, goods.cost, :turn, :turn - 1, at, at, at
FROM goods
CROSS JOIN accounts shelf
JOIN accounts customer ON customer.location_id = shelf.location_id AND customer.kind = 'customer'
CROSS JOIN LATERAL (SELECT now() - interval '1 day' * :days
    + interval '1 second' * ((goods.number * 7919 + shelf.number * 104729) % 6048000) AS at) moment
WHERE shelf.kind = 'shelf'
ORDER BY at
"""

_ACCOUNTS = """
INSERT INTO stock_accounts (kind, location_id)
SELECT kind, id FROM places, unnest(ARRAY['shelf', 'supplier', 'customer']) kind
"""

_NOTES = {
    "places": "SELECT id, row_number() OVER (ORDER BY code) AS number FROM locations WHERE code LIKE 'V___'",
    "goods": "SELECT id, cost, row_number() OVER (ORDER BY sku) AS number FROM products WHERE sku LIKE 'V______'",
    "accounts": "SELECT a.id, a.kind, a.location_id, p.number FROM stock_accounts a JOIN places p ON p.id = a.location_id",
}
"""Tables that last for the transaction: what was made, with a number each."""


def fill(owner_url: str, size: Size = Size()) -> Iterator[str]:
    """Make the volume in one transaction; names each step that is done.

    owner_url   of the role that owns the tables: the capture of changes is off meanwhile
    Raises `HasClients` for a database in which somebody works.
    """
    engine = sa.create_engine(owner_url, poolclass=sa.NullPool)
    with engine.connect() as connection, connection.begin():
        if connection.scalar(sa.text("SELECT EXISTS (SELECT FROM clients)")):
            raise HasClients()
        for table in TABLES:
            connection.exec_driver_sql(f"ALTER TABLE {table} DISABLE TRIGGER USER")
        yield from _make(connection, size)
        for table in TABLES:
            connection.exec_driver_sql(f"ALTER TABLE {table} ENABLE TRIGGER USER")
    with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        connection.exec_driver_sql(f"VACUUM (ANALYZE) {', '.join(TABLES)}")
    yield "Statistics"


STEPS = 5 + TURNS + 1
"""How many names `fill` gives."""


def _make(connection: sa.Connection, size: Size) -> Iterator[str]:
    connection.execute(sa.text("SET LOCAL work_mem = '256MB'"))
    for name, statement, note in (
        ("Locations", _LOCATIONS, "places"),
        ("Products", _PRODUCTS, "goods"),
        ("Stock accounts", _ACCOUNTS, "accounts"),
        ("Clients", _CLIENTS, None),
        ("Stock levels", _LEVELS, None),
    ):
        _run(connection, statement, size.facts)
        if note:
            connection.exec_driver_sql(f"CREATE TEMPORARY TABLE {note} ON COMMIT DROP AS {_NOTES[note]}")
            connection.exec_driver_sql(f"ANALYZE {note}")
        yield name
    for turn in range(1, TURNS + 1):
        # Ten weeks for each turn, so that what follows in the ledger follows in time.
        facts = {"turn": turn, "days": (TURNS - turn + 1) * 70}
        _run(connection, _DELIVERY if turn == 1 else _SALES, facts)
        yield f"Stock moves: {turn * 100 // TURNS} %"


def _run(connection: sa.Connection, statement: str, facts: Mapping[str, int]) -> None:
    """Run a statement with those of the facts that it asks for."""
    asked = {name: value for name, value in facts.items() if f":{name}" in statement}
    connection.execute(sa.text(statement), asked)
