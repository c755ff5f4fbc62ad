"""Old state + events = fresh state: whatever is written, by whatever way, with sockets and the server cut off at random, every
open page ends equal to the database."""

from __future__ import annotations

import random
import re
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import psycopg
import pytest
import socketio

from app.core import access, db, rows
from app.core.actor import Actor
from app.core.entity import named
from app.core.errors import AppError
from app.services import records
from app.services.feed import changes
from app.views.cells import render_cells
from tests.cast import Cast
from tests.databases import Database
from tests.factory import making
from tests.realtime.conftest import MODES
from tests.realtime.site import Browser, Page, Server, free_port, until

ENTITIES = ["brand", "product", "register", "stock_rule", "staff"]
PEOPLE = ["admin", "manager", "north_clerk", "south_clerk", "frontdesk", "viewer"]
ROUNDS = 60

State = dict[str, tuple[int, dict[str, str]]]


def fresh_state(actor: Actor) -> tuple[str, State]:
    """What a page loaded now would show, by the lists' own reading, and its cursor."""
    found: State = {}
    with db.reading(actor) as session:
        cursor = changes.snapshot(session)
        for name in ENTITIES:
            entity = named(name)
            if not access.may(actor, entity, "see"):
                continue
            columns = [name for name in access.visible(actor, entity) if name not in ("id", "version")]
            ids = [record.id for record in session.scalars(access.select(actor, entity))]
            for row in rows.by_ids(session, entity, ids, columns).values():
                found[f"{name}:{row.id}"] = (row.version, render_cells(entity, row, columns))
        session.rollback()
    return cursor, found


class FollowingPage(Page):
    """A page that starts from a loaded state, renames what it is told to, and looks again when told to."""

    def __init__(self, actor: Actor, address: str, cookie: str) -> None:
        cursor, state = fresh_state(actor)
        super().__init__(address, cookie, ENTITIES, cursor=cursor)
        self.actor = actor
        self.rows = state
        self.known = {key: (version, False) for key, (version, _) in state.items()}
        self.must_look = False

    def _take(self, event: str, message: Any = None) -> None:
        super()._take(event, message)
        if event == "stale":
            self.must_look = True
        if event == "labels":
            self._rename(message)

    def _rename(self, message: dict[str, str]) -> None:
        pattern = re.compile(rf'(data-ref="{message["entity"]}:{message["id"]}">)[^<]*')
        with self._lock:
            for _, cells in self.rows.values():
                for column, html in cells.items():
                    cells[column] = pattern.sub(lambda found: found[1] + message["title"], html)

    def look(self) -> None:
        """What a refetch does."""
        self.must_look = False
        _, state = fresh_state(self.actor)
        with self._lock:
            self.rows = state


class Writer:
    """Random writes by SQL, by service and by screen."""

    def __init__(self, chance: random.Random, sql: psycopg.Connection[Any], cast: Cast, database: Database) -> None:
        self.chance, self.sql, self.cast, self.database = chance, sql, cast, database
        self.turn = 0

    def write(self) -> None:
        self.turn += 1
        self.chance.choice([self.by_sql, self.by_sql, self.by_service, self.move, self.make, self.remove, self.many])()

    def _any(self, table: str) -> UUID | None:
        row = self.sql.execute(f"SELECT id FROM {table} ORDER BY random() LIMIT 1").fetchone()
        return row[0] if row else None

    def by_sql(self) -> None:
        table, column = self.chance.choice(
            [("brands", "name"), ("products", "name"), ("registers", "name"), ("staff", "name")]
        )
        name = f"{table} {self.turn} {uuid4().hex[:8]}"
        self.sql.execute(f"UPDATE {table} SET {column} = %s WHERE id = %s", [name, self._any(table)])

    def by_service(self) -> None:
        id = self._any("products")
        with db.reading(self.cast.manager):
            version = access.get(self.cast.manager, named("product"), id).version
        try:
            records.change(
                self.cast.manager,
                named("product"),
                id,
                {"cost": str(self.turn), "price": str(self.turn)},
                expected_version=version,
            )
        except AppError as error:
            raise AssertionError(error.message) from error

    def move(self) -> None:
        place = self.chance.choice([self.cast.north, self.cast.south])
        table = self.chance.choice(["registers", "stock_rules", "staff"])
        self.sql.execute(f"UPDATE {table} SET location_id = %s WHERE id = %s", [place, self._any(table)])

    def make(self) -> None:
        place = self.chance.choice([self.cast.north, self.cast.south])
        with making(self.database, place, self.cast.north) as factory:
            factory.make(named(self.chance.choice(["brand", "product", "register", "stock_rule", "staff"])))

    def remove(self) -> None:
        self.sql.execute("DELETE FROM registers WHERE id = %s", [self._any("registers")])

    def many(self) -> None:
        with self.sql.transaction():
            self.sql.execute("UPDATE registers SET active = NOT active")
            self.sql.execute("UPDATE products SET price = price + 1 WHERE id IN (SELECT id FROM products LIMIT 5)")


@pytest.mark.slow
@pytest.mark.parametrize("kind", MODES)
def test_every_page_ends_equal_to_the_database(
    kind: str, database: Database, cast: Cast, sql: psycopg.Connection[Any], tmp_path: Path
) -> None:
    chance = random.Random(20261121)
    with making(database, cast.north, cast.south) as factory:
        for name in ENTITIES * 4:
            factory.make(named(name))
    port = free_port()
    server = Server(database, tmp_path, mode=kind, port=port)
    pages: list[FollowingPage] = []
    try:
        actors = dict(iter(cast))
        pages = [FollowingPage(actors[name], server.address, Browser(server.address, name).cookie) for name in PEOPLE]
        for page in pages:
            page.open()
        writer = Writer(chance, sql, cast, database)
        for round in range(ROUNDS):
            for _ in range(chance.randrange(1, 6)):
                writer.write()
            if chance.random() < 0.3:
                chance.choice(pages).close()
            if round in (ROUNDS // 3, 2 * ROUNDS // 3):
                server.kill()
                writer.write()
                server = Server(database, tmp_path, mode=kind, port=port)
            reopen(page for page in pages if chance.random() < 0.6)
        reopen(pages)
        for page in pages:
            assert_equal(page)
    finally:
        for page in pages:
            page.close()
        server.kill()


def reopen(pages: Any) -> None:
    """Pages that were cut off come back and go on from their cursor."""
    for page in pages:
        if not page.client.connected:
            try:
                page.open()
            except socketio.exceptions.ConnectionError:
                until(lambda page=page: page.open(), 10)


def assert_equal(page: FollowingPage) -> None:
    """The page shows what a fresh one would, once everything has arrived."""
    looked = [0]

    def equal() -> bool:
        if page.must_look:
            looked[0] += 1
            page.look()
        return page.rows == fresh_state(page.actor)[1]

    try:
        until(equal, 10)
    except AssertionError:
        fresh = fresh_state(page.actor)[1]
        keys = [key for key in {*fresh, *page.rows} if fresh.get(key) != page.rows.get(key)]
        told = [(key, page.rows.get(key), fresh.get(key), page.known.get(key)) for key in keys[:3]]
        raise AssertionError(f"{page.actor.name}'s page differs in {len(keys)} rows: {told}") from None
