"""Several processes on one port, and what happens when a process, its connection or its client fails."""

from __future__ import annotations

import json
import socket
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import psutil
import psycopg
import pytest

from app.core.entity import named
from tests.cast import Cast
from tests.databases import Database
from tests.factory import making
from tests.realtime.conftest import MODES
from tests.realtime.site import Browser, Page, Server, free_port, serving, until

Sql = psycopg.Connection[Any]


def made(database: Database, cast: Cast, entity: str, **given: Any) -> Any:
    with making(database, cast.north, cast.south) as factory:
        return factory.make(named(entity), **given).id


@pytest.fixture(params=MODES)
def two(request: pytest.FixtureRequest, database: Database, tmp_path: Path) -> Iterator[list[Server]]:
    """Two web processes on one port."""
    port = free_port()
    settings: dict[str, Any] = {"mode": request.param, "port": port, "shared": True}
    with serving(database, tmp_path, **settings) as one, serving(database, tmp_path, **settings) as other:
        yield [one, other]


def serves(server: Server, page: Page) -> bool:
    """Is it this process that has the page's socket?"""
    assert page.client
    mine = page.client.eio.ws.sock.getsockname()[1]
    return any(
        each.raddr and each.raddr.port == mine for each in psutil.Process(server.process.pid).net_connections("tcp")
    )


def test_a_change_through_one_process_reaches_pages_at_the_other(
    two: list[Server], database: Database, cast: Cast
) -> None:
    brand = made(database, cast, "brand")
    address = two[0].address
    manager = Browser(address, "manager")
    pages: list[Page] = []
    try:
        # The kernel deals connections out by chance: open pages until both processes have some.
        while len(pages) < 60 and not all(any(serves(server, page) for page in pages) for server in two):
            pages.append(Page(address, manager.cookie, ["brand"]).open())
        assert all(any(serves(server, page) for page in pages) for server in two)
        body = {"column": "name", "value": f"Through {brand}", "version": 1}
        answer = manager.http.post(
            f"{address}/brands/{brand}/cell", json=body, headers={"X-CSRFToken": manager.token()}, timeout=20
        )
        assert answer.status_code == 200
        for page in pages:
            until(lambda page=page: page.has("brand", brand, 2))
    finally:
        for page in pages:
            page.close()


def test_a_page_goes_on_at_the_other_process_when_its_own_dies(
    two: list[Server], database: Database, cast: Cast, sql: Sql
) -> None:
    brand = made(database, cast, "brand")
    viewer = Browser(two[0].address, "viewer")
    page = Page(two[0].address, viewer.cookie, ["brand"]).open()
    while not serves(two[0], page):
        page.close()
        page.open()
    two[0].kill()
    until(page.gone.is_set)
    sql.execute("UPDATE brands SET name = 'Survived ' || id WHERE id = %s", [brand])
    until(lambda: page.open().has("brand", brand, 2))
    page.close()


@pytest.mark.parametrize("mode", MODES)
def test_a_lost_listener_costs_time_but_no_change(
    mode: str, database: Database, cast: Cast, sql: Sql, tmp_path: Path
) -> None:
    brand = made(database, cast, "brand")
    with serving(database, tmp_path, mode=mode) as server:
        page = Page(server.address, Browser(server.address, "viewer").cookie, ["brand"]).open()
        ended = sql.execute(
            "SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity WHERE application_name = 'backroom live'"
        ).fetchone()
        assert ended
        assert ended[0] >= 1
        sql.execute("UPDATE brands SET name = 'Still heard ' || id WHERE id = %s", [brand])
        until(lambda: page.has("brand", brand, 2))
        page.close()


@pytest.mark.parametrize("mode", MODES)
def test_a_change_without_a_word_is_found_by_the_safety_poll(
    mode: str, database: Database, cast: Cast, sql: Sql, tmp_path: Path
) -> None:
    brand = made(database, cast, "brand")
    with serving(database, tmp_path, mode=mode) as server:
        page = Page(server.address, Browser(server.address, "viewer").cookie, ["brand"]).open()
        source = sql.execute("SELECT pg_get_functiondef('backroom.capture_brands'::regproc)").fetchone()
        assert source
        quiet = source[0].replace("PERFORM pg_notify('backroom_changes', '');", "NULL;")
        assert quiet != source[0]
        try:
            sql.execute(quiet)
            sql.execute("UPDATE brands SET name = 'Unannounced ' || id WHERE id = %s", [brand])
            until(lambda: page.has("brand", brand, 2), 4)
        finally:
            sql.execute(source[0])
        page.close()


@pytest.mark.parametrize("mode", MODES)
def test_told_to_end_it_ends_cleanly_and_soon(mode: str, database: Database, tmp_path: Path) -> None:
    server = Server(database, tmp_path, mode=mode, port=free_port())
    page = Page(server.address, Browser(server.address, "viewer").cookie, ["brand"]).open()
    began = time.monotonic()
    assert server.stop() == 0, server.log.read_text()
    assert time.monotonic() - began < 8
    until(page.gone.is_set)


def test_a_client_that_reads_nothing_is_left_out_and_told_to_look_again(
    database: Database, cast: Cast, sql: Sql, tmp_path: Path
) -> None:
    brand = made(database, cast, "brand")
    with serving(database, tmp_path) as server:
        slow = RawSocket(server, Browser(server.address, "viewer").cookie)
        slow.say('420["watch",{"entities":["brand"],"cursor":""}]')
        slow.hear("430")
        fast = Page(server.address, Browser(server.address, "manager").cookie, ["brand"]).open()
        note = "x" * 1900

        def left_out() -> bool:
            sql.execute("UPDATE brands SET note = %s || version WHERE id = %s", [note, brand])
            return b"reads too slowly" in server.log.read_bytes()

        until(left_out, 60, why="the slow client was never left out")
        last = sql.execute("SELECT version FROM brands WHERE id = %s", [brand]).fetchone()
        assert last
        until(lambda: fast.has("brand", brand, last[0]))
        slow.hear('"resync"')
        fast.close()


class RawSocket:
    """A websocket spoken by hand, so that it can read nothing at all for a while."""

    def __init__(self, server: Server, cookie: str) -> None:
        self.heard = ""
        self.line = socket.socket()
        self.line.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        self.line.connect(("127.0.0.1", server.port))
        self.line.sendall(
            f"GET /socket.io/?EIO=4&transport=websocket HTTP/1.1\r\nHost: 127.0.0.1:{server.port}\r\nConnection: Upgrade\r\n"
            f"Upgrade: websocket\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n"
            f"Sec-WebSocket-Extensions: permessage-deflate\r\nCookie: {cookie}\r\n\r\n".encode()
        )
        self.hear("pingInterval")
        assert "101 Switching" in self.heard
        assert "deflate" not in self.heard, "sockets must not be compressed"
        self.say("40")
        self.hear('40{"sid"')

    def say(self, text: str) -> None:
        body = text.encode()
        assert len(body) < 126
        self.line.sendall(bytes([0x81, 0x80 | len(body), 0, 0, 0, 0]) + body)

    def hear(self, wanted: str) -> None:
        """Read on until these words come."""
        self.line.settimeout(30)
        while wanted not in self.heard:
            some = self.line.recv(65536)
            assert some, f"closed before {json.dumps(wanted)} came"
            self.heard += some.decode("utf-8", "replace")
