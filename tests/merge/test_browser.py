"""Two people on one form, in real windows: both see what happens, decide side by side, and keep every keystroke."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any
from uuid import UUID

import psycopg
import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page, expect

from app.core.actor import system
from app.core.entity import named
from app.services import records
from app.views import paths
from tests.databases import Database
from tests.merge.open_forms import brand, field, follows, left, opened, save, sign_in, theirs
from tests.realtime.site import serving
from tests.screens.conftest import Make, stored
from tests.windows import PHONE, Windows

pytestmark = pytest.mark.browser

# The body has it while the browser's own bar would: that is outside the page, not behind the dialog.
FOCUS_IS_INSIDE = (
    "document.activeElement === document.body"
    " || document.querySelector('dialog[data-merge]').contains(document.activeElement)"
)


def stale(page: Page, id: UUID, mine: str = "mine", **given: Any) -> Any:
    """A form in conflict: the live note is passed over, and the save opens the dialog."""
    field(page, "note").fill(mine)
    theirs(id, **({"note": "theirs"} | given))
    save(page)
    dialog = page.locator("dialog[data-merge]")
    expect(dialog).to_be_visible()
    return dialog


WAYS_OUT: dict[str, tuple[Callable[[Page, Any], None], str]] = {
    "mine": (lambda page, dialog: dialog.get_by_label("Mine").check(), "mine"),
    "theirs": (lambda page, dialog: dialog.get_by_label("Theirs").check(), "theirs"),
    "by hand": (
        lambda page, dialog: (
            dialog.get_by_label("Write it by hand").check(),
            dialog.locator("textarea").fill("both of us"),
        ),
        "both of us",
    ),
}


@pytest.mark.parametrize("way", WAYS_OUT)
def test_a_conflict_is_decided_side_by_side(way: str, make: Make, windows: Windows) -> None:
    id = make(brand, note="before")
    page = opened(windows, id)
    dialog = stale(page, id)
    for word in ("before", "mine", "theirs"):
        expect(dialog).to_contain_text(word)
    expect(dialog.get_by_role("button", name="Save")).to_be_disabled()
    choose, wanted = WAYS_OUT[way]
    choose(page, dialog)
    dialog.get_by_role("button", name="Save").click()
    left(page, id)
    assert stored(brand, id).note == wanted  # type: ignore[union-attr]


@pytest.mark.parametrize("whose", ["mine", "theirs"])
def test_many_fields_are_decided_at_once(whose: str, make: Make, windows: Windows) -> None:
    id = make(brand, note="before", website="https://before.example")
    page = opened(windows, id)
    field(page, "website").fill("https://mine.example")
    dialog = stale(page, id, website="https://theirs.example")
    expect(dialog.get_by_role("heading")).to_contain_text("changed 2 of your fields, too")
    dialog.get_by_role("button", name=f"Keep all {whose}").click()
    dialog.get_by_role("button", name="Save").click()
    left(page, id)
    record = stored(brand, id)
    assert record is not None
    assert (record.note, record.website) == (whose, f"https://{whose}.example")


def test_the_dialog_is_worked_by_keyboard_alone_and_keeps_the_focus(make: Make, windows: Windows) -> None:
    id = make(brand, note="before")
    page = opened(windows, id)
    dialog = stale(page, id)
    expect(dialog.get_by_label("Mine")).to_be_focused()
    for _ in range(12):
        page.keyboard.press("Tab")
        inside = page.evaluate(FOCUS_IS_INSIDE)
        assert inside
    dialog.get_by_label("Mine").focus()
    page.keyboard.press("Space")
    page.keyboard.press("ArrowRight")
    expect(dialog.get_by_label("Theirs")).to_be_checked()
    page.keyboard.press("Enter")
    left(page, id)
    assert stored(brand, id).note == "theirs"  # type: ignore[union-attr]


def test_the_dialog_can_be_left_and_opened_again_and_nothing_is_saved_undecided(make: Make, windows: Windows) -> None:
    id = make(brand, note="before")
    page = opened(windows, id)
    dialog = stale(page, id)
    page.keyboard.press("Escape")
    expect(dialog).to_be_hidden()
    expect(field(page, "note")).to_have_value("mine")
    save(page)
    expect(dialog).to_be_visible()
    assert stored(brand, id).note == "theirs"  # type: ignore[union-attr]
    dialog.get_by_label("Mine").check()
    dialog.get_by_role("button", name="Save").click()
    left(page, id)


def test_a_conflict_fits_a_phone(make: Make, windows: Windows) -> None:
    id = make(brand, note="before")
    page = opened(windows, id, size=PHONE)
    dialog = stale(page, id)
    box = dialog.bounding_box()
    assert box["width"] <= PHONE["width"]
    assert box["height"] <= PHONE["height"]
    dialog.get_by_text("Mine", exact=True).click()
    dialog.get_by_role("button", name="Save").click()
    left(page, id)


def test_an_untouched_field_follows_and_both_changes_are_saved(make: Make, windows: Windows) -> None:
    id = make(brand, note="before")
    page = opened(windows, id)
    field(page, "note").fill("mine")
    theirs(id, website="https://theirs.example")
    expect(field(page, "website")).to_have_value("https://theirs.example")
    expect(page.locator(".save-words")).to_have_text("1 change")
    save(page)
    left(page, id)
    record = stored(brand, id)
    assert record is not None
    assert (record.note, record.website) == ("mine", "https://theirs.example")


@pytest.mark.parametrize(("choice", "wanted"), [("Take theirs", "theirs"), ("Keep mine", "mine")])
def test_a_touched_field_says_who_changed_it_and_lets_one_choose(
    choice: str, wanted: str, make: Make, windows: Windows
) -> None:
    id = make(brand, note="before")
    page = opened(windows, id)
    field(page, "note").fill("mine")
    theirs(id, note="theirs", website="https://theirs.example")
    note = page.locator('[data-field="note"] .field-news')
    expect(note).to_contain_text("Changed by")
    expect(note).to_contain_text("theirs")
    expect(field(page, "note")).to_have_value("mine")
    note.get_by_role("button", name=choice).click()
    expect(field(page, "note")).to_have_value(wanted)
    field(page, "active").uncheck()
    save(page)
    left(page, id)
    record = stored(brand, id)
    assert record is not None
    assert (record.note, record.active) == (wanted, False)


def test_a_server_that_restarts_in_the_middle_delays_the_save_and_saves_once(
    make: Make, database: Database, tmp_path: Path, windows: Windows
) -> None:
    id = make(brand, note="before")
    with serving(database, tmp_path) as first:
        page = windows.chrome.new_context(base_url=first.address).new_page()
        page.goto("/sign-in")
        sign_in(page, "admin")
        page.wait_for_url(f"{first.address}/")
        page.goto(paths.of_form(brand, id))
        field(page, "note").fill("mine")
        first.kill()
        save(page)
        expect(page.locator('.form-news[data-kind="waiting"]')).to_contain_text("Not saved yet")
        with serving(database, tmp_path, port=first.port):
            left(page, id)
            record = stored(brand, id)
            assert record is not None
            assert (record.note, record.version) == ("mine", 2)
            page.context.close()


def test_a_record_that_is_deleted_while_open_says_who_and_gives_the_typing_back(make: Make, windows: Windows) -> None:
    id = make(brand, note="before")
    page = opened(windows, id)
    field(page, "note").fill("mine")
    reader = windows.open("viewer", paths.of_record(brand, id))
    follows(reader)
    records.remove(system("Anna"), brand, id, expected_version=1)
    expect(reader.locator("#live-banner")).to_contain_text("was deleted by")
    expect(reader.locator("#live-banner").get_by_role("link", name="See its history")).to_be_visible()
    gone = page.locator('.form-news[data-kind="gone"]')
    expect(gone).to_contain_text("was deleted by")
    assert "mine" in gone.locator("textarea").input_value()
    expect(page.locator('.save-bar [type="submit"]')).to_be_disabled()
    page.on("dialog", lambda dialog: dialog.accept())
    gone.get_by_role("link", name="See its history").click()
    page.wait_for_url(f"**{paths.of_history(brand, id)}")
    expect(page.locator("main")).to_contain_text("deleted")


def test_a_record_that_moves_away_while_open_says_so(
    make: Make, windows: Windows, sql: psycopg.Connection[Any], database: Database
) -> None:
    order = named("order")
    id = make(order, ship_name="before")
    page = windows.open("manager", paths.of_form(order, id))
    follows(page)
    field(page, "ship_name").fill("mine")
    sql.execute(
        "UPDATE orders SET location_id = (SELECT id FROM locations WHERE name = 'Elsewhere') WHERE id = %s", [id]
    )
    gone = page.locator('.form-news[data-kind="gone"]')
    expect(gone).to_contain_text("moved")
    assert "mine" in gone.locator("textarea").input_value()
    expect(gone).to_contain_text("just now, so you no longer see it. Nothing was saved")
    assert "Elsewhere" not in gone.inner_text()


def test_rows_of_a_bulk_edit_show_both_sides_and_mine_can_be_saved_over_them(make: Make, windows: Windows) -> None:
    ids = [make(brand, name=f"Bulky {turn}", website="https://before.example") for turn in range(2)]
    page = windows.open("admin", "/brands/?q=Bulky")
    follows(page)
    for id in ids:
        page.locator(f"#row-{id} [data-select]").check()
    page.locator("[data-bulk-edit]").click()
    dialog = page.locator("dialog[open]")
    dialog.locator("#bulk-column").select_option("website")
    dialog.locator("[data-bulk-value] input").fill("https://mine.example")
    # Theirs arrives behind the dialog: the row shows it, and nobody has looked at it.
    theirs(ids[0], website="https://theirs.example")
    expect(page.locator(f"#row-{ids[0]}")).to_contain_text("theirs.example")
    dialog.locator("[data-bulk-save]").click()
    expect(dialog.locator(".bulk-sides")).to_contain_text("theirs.example")
    expect(dialog.locator(".bulk-sides")).to_contain_text("mine.example")
    expect(dialog).not_to_contain_text("Nothing was saved")
    dialog.get_by_role("button", name="Save mine over theirs").click()
    expect(dialog).to_have_count(0)
    assert {stored(brand, id).website for id in ids} == {"https://mine.example"}  # type: ignore[union-attr]


def test_a_cell_that_merges_says_so(make: Make, windows: Windows) -> None:
    rule = named("stock_rule")
    id = make(rule, reorder_point=10, place="A-1")
    page = windows.open("admin", "/stock-rules/?cols=product_id,reorder_point,place")
    cell = page.locator(f'#row-{id} [data-column="reorder_point"]')
    cell.dblclick()
    cell.locator("input").fill("15")
    follows(page)
    records.change(system("Anna"), rule, id, {"reorder_point": "12"}, expected_version=1)
    expect(cell.locator(".field-news")).to_contain_text("Now stored: 12, saving makes it 17")
    cell.locator("input").press("Enter")
    expect(cell).to_contain_text("17")
    expect(page.locator(".notice")).to_contain_text("with your change it is 17")


def test_lines_that_others_change_add_and_remove_appear_in_the_open_form(make: Make, windows: Windows) -> None:
    order, line = named("order"), named("order_line")
    id = make(order)
    changed, removed, touched = (make(line, order_id=id, quantity=turn + 1, unit_price=5) for turn in range(3))
    page = windows.open("admin", paths.of_form(order, id))
    follows(page)
    field(page, "child.order_line.2.quantity").fill("30")
    records.change(system("Anna"), line, changed, {"quantity": "11"}, expected_version=1)
    records.change(system("Anna"), line, touched, {"unit_price": "6"}, expected_version=1)
    records.remove(system("Anna"), line, removed, expected_version=1)
    make(line, order_id=id, quantity=44, unit_price=1)
    expect(field(page, "child.order_line.0.quantity")).to_have_value("11")
    expect(field(page, "child.order_line.2.quantity")).to_have_value("30")
    expect(field(page, "child.order_line.2.unit_price")).to_have_value("6.00")
    expect(page.locator("[data-lines] tbody tr")).to_have_count(3)
    expect(page.locator("[data-lines] tbody tr.is-news input.num[name$='.quantity']")).to_have_value("44")
    expect(page.locator(".save-words")).to_have_text("1 change")
    save(page)
    page.wait_for_url(f"**{paths.of_record(order, id)}")
    found = stored(line, touched)
    assert found is not None
    assert (found.quantity, found.unit_price) == (30, 6)


def test_a_field_that_is_closed_while_one_types_gives_its_typing_back(
    make: Make, windows: Windows, sql: psycopg.Connection[Any]
) -> None:
    order = named("order")
    id = make(order, ship_name="before")
    page = windows.open("manager", paths.of_form(order, id))
    follows(page)
    field(page, "ship_name").fill("mine")
    try:
        sql.execute(
            "INSERT INTO permissions (role_id, entity, field, level)"
            " SELECT id, 'order', 'ship_name', 'see' FROM roles WHERE name = 'manager'"
        )
        closed = page.locator('.form-news[data-kind="closed-ship_name"]')
        expect(closed).to_contain_text("no longer yours to change")
        assert "mine" in closed.locator("textarea").input_value()
        expect(field(page, "ship_name")).to_have_count(0)
    finally:
        sql.execute("DELETE FROM permissions WHERE field = 'ship_name'")


@pytest.mark.parametrize("dark", [False, True], ids=["light", "dark"])
def test_the_dialog_and_what_a_form_tells_are_accessible(dark: bool, make: Make, windows: Windows) -> None:
    id = make(brand, note="before")
    page = opened(windows, id, dark=dark)
    dialog = stale(page, id, website="https://theirs.example")
    dialog.get_by_label("Write it by hand").check()
    _is_accessible(page)
    page.keyboard.press("Escape")
    records.remove(system("Anna"), brand, id, expected_version=2)
    expect(page.locator('.form-news[data-kind="gone"]')).to_be_visible()
    _is_accessible(page)


def _is_accessible(page: Page) -> None:
    page.wait_for_timeout(300)  # until nothing is half transparent any more: colours are measured
    found = Axe().run(page, options={"runOnly": ["wcag2a", "wcag2aa", "wcag21aa", "wcag22aa"]})
    assert found.violations_count == 0, found.generate_report()[:3000]


def test_a_server_that_is_busy_for_a_moment_ends_no_open_form(make: Make, windows: Windows) -> None:
    id = make(brand, note="before")
    page = opened(windows, id)
    field(page, "note").fill("mine")
    busy = [503, 429]
    page.route(
        f"**{paths.of_form(brand, id)}?version=*",
        lambda route: route.fulfill(status=busy.pop()) if busy else route.continue_(),
    )
    theirs(id, website="https://theirs.example")
    expect(field(page, "website")).to_have_value("https://theirs.example", timeout=20_000)
    assert not busy
    expect(page.locator('.form-news[data-kind="gone"]')).to_have_count(0)
    expect(page.locator('.save-bar [type="submit"]')).to_be_enabled()


def test_a_document_that_outgrows_its_open_form_keeps_what_was_typed(
    make: Make, windows: Windows, sql: psycopg.Connection[Any]
) -> None:
    order, line = named("order"), named("order_line")
    id = make(order, note="before")
    one, _ = make(line, order_id=id, quantity=1), make(line, order_id=id)
    page = windows.open("admin", paths.of_form(order, id))
    follows(page)
    rows, add, full = (page.locator(f"[data-lines] {each}") for each in ("tbody tr", "[data-add-line]", ".line-add p"))
    page.evaluate("document.querySelector('[data-lines]').dataset.most = '3'")
    add.click()
    expect(rows).to_have_count(3)
    expect(add).to_be_hidden()
    expect(full).to_contain_text("One form holds 300 lines, and no more")
    rows.last.locator("[data-remove-line]").click()
    expect(add).to_be_visible()
    expect(full).to_be_hidden()
    field(page, "child.order_line.0.quantity").fill("77")
    sql.execute(
        "INSERT INTO order_lines (order_id, product_id, quantity, unit_price)"
        " SELECT order_id, product_id, 2, 5 FROM order_lines, generate_series(1, 300) WHERE id = %s",
        [one],
    )
    records.change(system("Anna"), order, id, {"note": "theirs"}, expected_version=1)
    expect(page.locator("[data-line-hint]")).to_contain_text("There are 302 lines")
    expect(field(page, "note")).to_have_value("theirs")
    expect(rows).to_have_count(2)
    expect(page.locator("[data-lines]")).not_to_contain_text("Saving asks")
    expect(add).to_be_hidden()
    expect(page.locator(".save-words")).to_have_text("1 change")
    save(page)
    page.wait_for_url(f"**{paths.of_record(order, id)}")
    assert stored(line, one).quantity == 77  # type: ignore[union-attr]


def test_lines_of_other_documents_let_nobody_look_again(make: Make, windows: Windows) -> None:
    order, line = named("order"), named("order_line")
    id, other = make(order), make(order)
    own = make(line, order_id=id, quantity=1)
    looks: dict[str, list[str]] = {}
    pages: dict[str, Page] = {}
    for path in (paths.of_form(order, id), paths.of_record(order, id)):
        page = windows.open("admin", path)
        pages[path], looks[path] = page, []
        follows(page)
        page.evaluate("document.addEventListener('live:rows', () => { document.body.dataset.heard = 'yes'; })")
        page.on("request", lambda asked, path=path: looks[path].append(asked.url) if path in asked.url else None)
    make(line, order_id=other, quantity=2)
    for page in pages.values():
        expect(page.locator("body")).to_have_attribute("data-heard", "yes")
    records.change(system("Anna"), line, own, {"quantity": "11"}, expected_version=1)
    form, record = pages.values()
    expect(field(form, "child.order_line.0.quantity")).to_have_value("11")
    expect(record.locator('[data-live-part] [data-column="quantity"]')).to_have_text("11")
    assert [len(urls) for urls in looks.values()] == [1, 1], looks
