"""The Northwind shop with two people at it: what one does on screen, the other sees, and a third hears nothing of it."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any
from uuid import UUID

import psycopg
import pytest
from playwright.sync_api import Page, expect

from app.config import load
from app.core.actor import system
from app.core.entity import named
from app.services import files, northwind, records
from tests.cast import Cast
from tests.databases import Database
from tests.realtime.test_browser import cell, row, site, window  # noqa: F401  its fixtures serve here too

# Loading the shop and starting server and browser come before the first test.
pytestmark = [pytest.mark.browser, pytest.mark.timeout(400)]

Open = Callable[..., Page]
Sql = psycopg.Connection[Any]


@pytest.fixture(scope="module")
def shops(database: Database, tmp_path_factory: pytest.TempPathFactory) -> tuple[UUID, UUID]:
    """Two of Northwind's stores: the manager has both, the front desk the first, the clerk of South the second."""
    source = load().sample_data / "northwind.sqlite"
    if not source.is_file():
        pytest.fail(f"{source} is missing: set BACKROOM_SAMPLE_DATA to the folder that holds northwind.sqlite")
    files.configure(tmp_path_factory.mktemp("files"), largest_mb=20)
    northwind.load(system(), source)
    met = Cast.met(database)
    with psycopg.connect(database.dsn) as connection:
        found = connection.execute(
            "SELECT l.id FROM locations l JOIN orders o ON o.location_id = l.id GROUP BY l.id ORDER BY count(*) DESC LIMIT 2"
        ).fetchall()
        roles = dict(connection.execute("SELECT name, id FROM roles").fetchall())
    first, second = found[0][0], found[1][0]
    for person, role, place in (
        (met.manager, "manager", first),
        (met.manager, "manager", second),
        (met.frontdesk, "frontdesk", first),
        (met.south_clerk, "clerk", second),
    ):
        records.create(system(), named("grant"), {"user_id": person.id, "role_id": roles[role], "location_id": place})
    return first, second


@pytest.fixture
def order(shops: tuple[UUID, UUID], sql: Sql) -> UUID:
    """The newest order of the first store, at the top of everybody's list; a draft again, or nobody could edit it."""
    found = sql.execute(
        "SELECT id FROM orders WHERE location_id = %s ORDER BY ordered_on DESC, id DESC LIMIT 1", [shops[0]]
    ).fetchone()
    assert found
    sql.execute("UPDATE orders SET state = 'draft' WHERE id = %s AND state <> 'draft'", [found[0]])
    return UUID(str(found[0]))


@pytest.fixture
def watched(window: Open, shops: tuple[UUID, UUID], order: UUID) -> tuple[Page, Page, list[str]]:
    """The manager's and the front desk's order lists, and every word that the other store's clerk is sent."""
    heard: list[str] = []

    def listen(page: Page) -> None:
        page.on("websocket", lambda socket: socket.on("framereceived", lambda frame: heard.append(str(frame))))

    window("south_clerk", "/orders/", before=listen)
    manager, desk = window("manager", "/orders/"), window("frontdesk", "/orders/")
    expect(row(desk, order)).to_be_visible()
    return manager, desk, heard


def write(page: Page, id: UUID, column: str, text: str) -> None:
    cell(page, id, column).dblclick()
    cell(page, id, column).locator("input").fill(text)
    page.keyboard.press("Enter")


def arrived(page: Page, path: str) -> None:
    """Wait for the next page: Chromium never ends closing a window that is on its way to one."""
    page.wait_for_url(re.compile(path))


def test_an_edit_in_a_cell(watched: tuple[Page, Page, list[str]], order: UUID) -> None:
    manager, desk, heard = watched
    write(manager, order, "freight", "77.25")
    expect(cell(desk, order, "freight")).to_contain_text("77.25")
    assert not [frame for frame in heard if str(order) in frame or "77.25" in frame]


def test_an_order_made_with_its_lines_and_deleted_again(
    watched: tuple[Page, Page, list[str]], shops: tuple[UUID, UUID], sql: Sql
) -> None:
    manager, desk, heard = watched
    place = sql.execute("SELECT name FROM locations WHERE id = %s", [shops[0]]).fetchone()
    assert place
    manager.goto("/orders/new")
    manager.locator("[data-field=location_id] .ts-control input").fill(place[0])
    manager.locator(".ts-dropdown .option", has_text=place[0]).first.click()
    manager.get_by_label(re.compile("^Ordered on")).fill("2030-01-02")
    manager.get_by_role("button", name=re.compile("Add order line")).click()
    line = manager.locator("[data-line]").last
    line.locator(".ts-control input").fill("Chai")
    manager.locator(".ts-dropdown .option", has_text="Chai").first.click()
    line.get_by_label("Quantity").fill("3")
    line.get_by_label("Unit price").fill("18")
    manager.get_by_role("button", name=re.compile("^(Save|Create)")).first.click()
    manager.wait_for_url(re.compile(r"/orders/[0-9a-f-]{36}$"))
    made = UUID(manager.url.rsplit("/", 1)[1])
    expect(row(desk, made)).to_be_visible()
    lines = sql.execute("SELECT count(*) FROM order_lines WHERE order_id = %s", [made]).fetchone()
    assert lines == (1,)

    manager.get_by_role("button", name="More").click()
    manager.get_by_role("button", name=re.compile("^Delete")).click()
    manager.locator("dialog[open] button", has_text="Delete").click()
    arrived(manager, r"/orders/$")
    expect(row(desk, made)).to_have_count(0)
    assert sql.execute("SELECT count(*) FROM order_lines WHERE order_id = %s", [made]).fetchone() == (0,)
    assert not [frame for frame in heard if str(made) in frame]


def test_a_move_to_the_other_store(
    watched: tuple[Page, Page, list[str]],
    window: Open,
    order: UUID,
    shops: tuple[UUID, UUID],
    sql: Sql,
) -> None:
    manager, desk, heard = watched
    other = sql.execute("SELECT name FROM locations WHERE id = %s", [shops[1]]).fetchone()
    assert other
    clerk = window("south_clerk", "/orders/")
    assert row(clerk, order).count() == 0
    # Beside the name: the name itself is a link to the store.
    cell(manager, order, "location_id").dblclick(position={"x": 3, "y": 3})
    cell(manager, order, "location_id").locator(".ts-control input").fill(other[0])
    # Choosing saves it: Enter would open the cell once more.
    manager.locator(".ts-dropdown .option", has_text=other[0]).first.click()
    expect(row(desk, order)).to_have_count(0)
    expect(row(clerk, order)).to_be_visible()
    expect(cell(manager, order, "location_id")).to_have_text(other[0])
    assert [frame for frame in heard if str(order) in frame], "now it is the clerk's to hear of"


def test_a_renamed_client_is_renamed_in_the_orders(
    watched: tuple[Page, Page, list[str]], order: UUID, sql: Sql
) -> None:
    manager, desk, _ = watched
    client = sql.execute("SELECT client_id FROM orders WHERE id = %s", [order]).fetchone()
    assert client
    manager.goto(f"/clients/{client[0]}/edit")
    manager.get_by_label(re.compile("^Name")).fill("Renamed & sons")
    manager.get_by_role("button", name=re.compile("^Save")).first.click()
    arrived(manager, rf"/clients/{client[0]}$")
    expect(cell(desk, order, "client_id")).to_have_text("Renamed & sons")


def test_a_revoked_grant_empties_the_open_table(
    watched: tuple[Page, Page, list[str]],
    window: Open,
    order: UUID,
    cast: Cast,
    shops: tuple[UUID, UUID],
    sql: Sql,
) -> None:
    _, desk, _ = watched
    grant = sql.execute(
        "SELECT id FROM grants WHERE user_id = %s AND location_id = %s", [cast.frontdesk.id, shops[0]]
    ).fetchone()
    assert grant
    admin = window("admin", "/grants/")
    admin.goto(f"/grants/{grant[0]}")
    admin.get_by_role("button", name="More").click()
    admin.get_by_role("button", name=re.compile("^Delete")).click()
    admin.locator("dialog[open] button", has_text="Delete").click()
    arrived(admin, r"/grants/$")
    expect(row(desk, order)).to_have_count(0, timeout=3_000)
    desk.goto(f"/orders/{order}")
    expect(desk.locator("body")).not_to_contain_text("Renamed & sons")
