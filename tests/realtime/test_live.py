"""Open pages follow the database: what one person writes, everybody who may see it sees, and nobody else hears a thing."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any
from uuid import UUID, uuid4

import psycopg
import pytest
import requests
import socketio

from app.core.entity import named
from tests.cast import Cast
from tests.databases import Database
from tests.factory import making
from tests.realtime.site import Browser, Page, Server, until

Open = Callable[..., Page]
Sql = psycopg.Connection[Any]


def made(database: Database, entity: str, at: UUID, **given: Any) -> UUID:
    """A record at a shop, written as the owner would."""
    with making(database, at, at) as factory:
        return factory.make(named(entity), **given).id


def settled(page: Page, sql: Sql, entity: str = "brand") -> None:
    """Wait until the page has heard everything committed so far: write one brand and see it arrive."""
    assert entity in page.entities
    id = sql.execute("INSERT INTO brands (name) VALUES (%s) RETURNING id", [f"mark {uuid4().hex}"]).fetchone()
    assert id
    until(lambda: page.has("brand", id[0]), why="the mark did not arrive")


def test_a_change_by_plain_sql_appears_in_an_open_table(
    open_page: Open, sql: Sql, database: Database, cast: Cast
) -> None:
    product = made(database, "product", cast.north)
    shop = open_page("north_clerk", "product")
    sql.execute("UPDATE products SET name = 'Green tea' WHERE id = %s", [product])
    until(lambda: shop.has("product", product, 2))
    row = shop.events("changes")[-1]["rows"][-1]
    assert (row["op"], row["v"], row["columns"], row["title"]) == ("put", 2, ["name"], "Green tea")
    assert "Green tea" in row["cells"]["name"]


def test_a_change_through_a_screen_says_who_made_it(
    open_page: Open, browsers: Callable[[str], Browser], database: Database, cast: Cast
) -> None:
    brand = made(database, "brand", cast.north)
    watched = open_page("north_clerk", "brand")
    manager = browsers("manager")
    body = {"column": "name", "value": f"Fresh {brand}", "version": 1}
    answer = manager.http.post(
        f"{manager.address}/brands/{brand}/cell", json=body, headers={"X-CSRFToken": manager.token()}, timeout=20
    )
    assert answer.status_code == 200, answer.text
    until(lambda: watched.has("brand", brand, 2))
    assert watched.events("changes")[-1]["rows"][-1]["by"] == "Manager"


def test_a_new_record_is_put_and_a_deleted_one_dropped(
    open_page: Open, sql: Sql, database: Database, cast: Cast
) -> None:
    watched = open_page("viewer", "brand")
    brand = made(database, "brand", cast.north)
    until(lambda: watched.has("brand", brand, 1))
    sql.execute("DELETE FROM brands WHERE id = %s", [brand])
    until(lambda: not watched.has("brand", brand))
    assert watched.events("changes")[-1]["rows"] == [{"entity": "brand", "id": str(brand), "v": 2, "op": "drop"}]


def test_a_record_that_moves_leaves_one_shop_and_enters_the_other(
    open_page: Open, sql: Sql, database: Database, cast: Cast
) -> None:
    register = made(database, "register", cast.north)
    north, south, both = (open_page(name, "register", "brand") for name in ("frontdesk", "viewer", "manager"))
    sql.execute("UPDATE registers SET name = 'First' WHERE id = %s", [register])
    until(lambda: north.has("register", register, 2) and both.has("register", register, 2))
    sql.execute("UPDATE registers SET location_id = %s WHERE id = %s", [cast.south, register])
    until(lambda: not north.has("register", register) and both.has("register", register, 3))
    assert north.events("changes")[-1]["rows"] == [{"entity": "register", "id": str(register), "v": 3, "op": "drop"}]
    settled(north, sql)
    sql.execute("UPDATE registers SET name = 'Elsewhere' WHERE id = %s", [register])
    until(lambda: both.has("register", register, 4))
    settled(north, sql)
    assert "Elsewhere" not in north.text()
    assert south is not None


def test_nobody_hears_a_byte_of_what_is_not_theirs(open_page: Open, sql: Sql, database: Database, cast: Cast) -> None:
    shift = made(database, "stock_rule", cast.south, place="back of the south")
    north = open_page("north_clerk", "stock_rule", "user", "role", "setting", "sale", "brand")
    assert sorted(north.allowed) == ["brand", "stock_rule"]
    sql.execute("UPDATE stock_rules SET reorder_point = 77 WHERE id = %s", [shift])
    sql.execute("UPDATE users SET name = 'Renamed nobody' WHERE name = 'Nobody'")
    sale = made(database, "sale", cast.north)
    settled(north, sql)
    for secret in (shift, sale, "back of the south", "stock_rule", "Renamed nobody", "sale"):
        assert str(secret) not in north.text()
    sql.execute("UPDATE users SET name = 'Nobody' WHERE name = 'Renamed nobody'")


def test_a_storm_elsewhere_is_not_even_counted(open_page: Open, sql: Sql, database: Database, cast: Cast) -> None:
    with making(database, cast.south, cast.north) as factory:
        for _ in range(60):
            factory.make(named("register"))
    north, both = open_page("frontdesk", "register", "brand"), open_page("manager", "register", "brand")
    sql.execute("UPDATE registers SET active = NOT active WHERE location_id = %s", [cast.south])
    until(lambda: both.events("stale"))
    settled(north, sql)
    assert both.events("stale")[0]["count"] >= 60
    assert not north.events("stale")
    assert "register" not in north.text()


def test_a_hidden_column_never_leaves(open_page: Open, sql: Sql, database: Database, cast: Cast) -> None:
    product = made(database, "product", cast.north, cost=5)
    clerk, manager = open_page("north_clerk", "product"), open_page("manager", "product")
    sql.execute("UPDATE products SET cost = 4711.47 WHERE id = %s", [product])
    until(lambda: clerk.has("product", product, 2) and manager.has("product", product, 2))
    assert "4,711.47" in manager.text()
    assert "4711" not in clerk.text()
    assert "4,711" not in clerk.text()
    assert "cost" not in clerk.events("changes")[-1]["rows"][-1]["cells"]
    assert clerk.events("changes")[-1]["rows"][-1]["columns"] == []


def test_a_renamed_brand_is_renamed_where_products_name_it(
    open_page: Open, sql: Sql, database: Database, cast: Cast
) -> None:
    brand = made(database, "brand", cast.north)
    products = open_page("viewer", "product")
    sql.execute("UPDATE brands SET name = 'Better ' || id WHERE id = %s", [brand])
    until(lambda: products.events("labels"))
    assert products.events("labels")[-1] == {"entity": "brand", "id": str(brand), "title": f"Better {brand}"}


def test_what_is_missed_while_away_comes_on_return(open_page: Open, sql: Sql, database: Database, cast: Cast) -> None:
    kept, gone = made(database, "brand", cast.north), made(database, "brand", cast.north)
    watched = open_page("viewer", "brand")
    settled(watched, sql)
    watched.close()
    until(watched.gone.is_set)
    sql.execute("UPDATE brands SET name = 'While away ' || id WHERE id = %s", [kept])
    sql.execute("DELETE FROM brands WHERE id = %s", [gone])
    watched.open()
    until(lambda: watched.has("brand", kept, 2))
    until(lambda: watched.known.get(f"brand:{gone}") == (2, True))


def test_a_page_that_missed_very_much_is_told_to_look_again(open_page: Open, sql: Sql) -> None:
    watched = open_page("viewer", "brand")
    watched.close()
    sql.execute("INSERT INTO brands (name) SELECT 'many ' || n FROM generate_series(1, 2100) n")
    watched.open()
    until(lambda: watched.events("stale"))
    sql.execute("DELETE FROM brands WHERE name LIKE 'many %'")


@pytest.mark.parametrize("cursor", ["nonsense", "e30", "W10", "a" * 19_000, "\x00"])
def test_a_forged_cursor_is_an_error_and_nothing_else(open_page: Open, cursor: str) -> None:
    watched = open_page("viewer", "brand")
    answer = watched.ask("watch", {"entities": ["brand"], "cursor": cursor})
    assert answer["error"] == "bad_request"
    assert watched.ask("watch", {"entities": ["brand"], "cursor": watched.cursor})["cursor"]


def test_a_cursor_of_another_database_means_reload(open_page: Open, sql: Sql) -> None:
    import base64
    import json

    watched = open_page("viewer", "brand")
    parts = json.loads(base64.urlsafe_b64decode(watched.cursor + "=" * (-len(watched.cursor) % 4)))
    parts[0] = str(uuid4())
    forged = base64.urlsafe_b64encode(json.dumps(parts).encode()).decode()
    assert watched.ask("watch", {"entities": ["brand"], "cursor": forged}) == {"reload": True}


@pytest.mark.parametrize(
    "message",
    [
        None,
        [],
        "brand",
        {"entities": "brand"},
        {"entities": ["brand"] * 51},
        {"entities": [1]},
        {"entities": [{"room": "brand|x"}]},
    ],
)
def test_a_garbage_watch_is_an_error_and_nothing_else(open_page: Open, message: Any) -> None:
    watched = open_page("viewer", "brand")
    assert watched.ask("watch", message)["error"] == "bad_request"


def test_a_room_can_not_be_named(open_page: Open, sql: Sql, database: Database, cast: Cast) -> None:
    north = open_page("north_clerk", "brand")
    admin = open_page("admin", "user")
    assert admin.allowed == ["user"]
    for name in (f"user|{'0' * 16}|", "user", "*", "user||"):
        assert north.ask("watch", {"entities": ["brand", name], "cursor": north.cursor})["entities"] == ["brand"]
    north.client.emit("join", {"room": "user"})  # type: ignore[union-attr]
    sql.execute("UPDATE users SET name = 'Onlooker' WHERE name = 'Viewer'")
    until(lambda: admin.events("changes"))
    settled(north, sql)
    sql.execute("UPDATE users SET name = 'Viewer' WHERE name = 'Onlooker'")
    assert "Onlooker" not in north.text()


def test_match_says_where_rows_stand_and_nothing_of_others(
    open_page: Open, sql: Sql, database: Database, cast: Cast
) -> None:
    mine, theirs = made(database, "stock_rule", cast.north), made(database, "stock_rule", cast.south)
    north = open_page("north_clerk", "stock_rule")
    answer = north.ask("match", {"entity": "stock_rule", "query": "", "ids": [str(mine), str(theirs), str(uuid4())]})
    assert sorted(found["place"] for found in answer["rows"].values()) == ["inside", "out", "out"]
    assert answer["rows"][str(mine)]["place"] == "inside"
    assert north.ask("match", {"entity": "user", "query": "", "ids": []})["error"] == "not_found"
    for wrong in (
        {"ids": ["x"]},
        {"ids": 1},
        {"query": "sort=password_hash"},
        {"query": "f.0.x.eq=1"},
        {"query": "after=zzz"},
        {"ids": [str(uuid4())] * 501},
    ):
        assert (
            north.ask("match", {"entity": "stock_rule", "query": "", "ids": [], **wrong})["error"] == "bad_request"
        ), wrong


def test_nobody_who_is_not_signed_in_gets_a_socket(site: Server) -> None:
    client = socketio.Client(reconnection=False, handle_sigint=False)
    with pytest.raises(socketio.exceptions.ConnectionError):
        client.connect(site.address, transports=["websocket"], wait_timeout=5)


def test_another_site_gets_no_socket(site: Server, browsers: Callable[[str], Browser]) -> None:
    upgrade = {
        "Connection": "Upgrade", "Upgrade": "websocket", "Sec-WebSocket-Version": "13", "Sec-WebSocket-Key": "dGhlIHNhbXBsZSBub25jZQ==",
        "Cookie": browsers("viewer").cookie,
    }  # fmt: skip
    address = f"{site.address}/socket.io/?EIO=4&transport=websocket"
    refused = requests.get(address, headers={**upgrade, "Origin": "https://evil.example"}, timeout=10)
    assert refused.status_code == 400
    polled = requests.get(
        f"{site.address}/socket.io/?EIO=4&transport=polling", headers={"Cookie": upgrade["Cookie"]}, timeout=10
    )
    assert polled.status_code == 400


def test_a_disabled_person_is_out_within_a_second(open_page: Open, sql: Sql, database: Database, cast: Cast) -> None:
    brand = made(database, "brand", cast.north)
    watched = open_page("south_clerk", "brand")
    sql.execute("UPDATE users SET active = false WHERE name = 'South clerk'")
    try:
        until(watched.gone.is_set, 1.0, why="still connected")
        assert ("grants", {"signed_in": False}) in watched.heard
        sql.execute("UPDATE brands SET name = 'After ' || id WHERE id = %s", [brand])
        assert not watched.has("brand", brand, 2)
    finally:
        sql.execute("UPDATE users SET active = true WHERE name = 'South clerk'")


def test_the_feed_over_http_says_the_same(
    open_page: Open, browsers: Callable[[str], Browser], sql: Sql, database: Database, cast: Cast
) -> None:
    north, manager = browsers("frontdesk"), browsers("manager")
    start = manager.get("/api/v1/changes").json()["cursor"]
    register, theirs = made(database, "register", cast.north), made(database, "register", cast.south)
    sql.execute("UPDATE registers SET location_id = %s WHERE id = %s", [cast.south, register])

    def told(browser: Browser) -> list[tuple[str, str, int]]:
        answer = browser.get("/api/v1/changes", params={"after": start, "entity": "register"}).json()
        return [(change["id"], change["op"], change["version"]) for change in answer["changes"]]

    assert told(north) == [(str(register), "put", 1), (str(register), "drop", 2)]
    assert told(manager) == [(str(register), "put", 1), (str(theirs), "put", 1), (str(register), "put", 2)]
    assert north.get("/api/v1/changes", params={"after": "nonsense"}).status_code == 400
    assert north.get("/api/v1/changes", params={"after": start, "entity": "user"}).status_code == 400
    assert north.get("/api/v1/changes", params={"after": start, "limit": "0"}).status_code == 400
    first = manager.get("/api/v1/changes", params={"after": start, "entity": "register", "limit": "1"}).json()
    assert (len(first["changes"]), first["more"]) == (1, True)


def test_a_cursor_that_is_too_old_is_gone(browsers: Callable[[str], Browser]) -> None:
    import base64
    import json

    viewer = browsers("viewer")
    cursor = viewer.get("/api/v1/changes").json()["cursor"]
    parts = json.loads(base64.urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4)))
    parts[2] -= 30 * 3600
    old = base64.urlsafe_b64encode(json.dumps(parts).encode()).decode()
    assert viewer.get("/api/v1/changes", params={"after": old}).status_code == 410
