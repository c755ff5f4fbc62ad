"""The door of undo: it shows what would go back, does it, says what stayed, and is offered where something was done."""

from __future__ import annotations

import re
from collections.abc import Callable
from uuid import UUID

from app.core.ids import uuid7
from app.services import records
from tests.cast import Cast
from tests.history.test_undo import BRAND, ORDER, PRODUCT, bulk, newest, product, stored
from tests.screens.conftest import app as app
from tests.screens.conftest import browsers as browsers
from tests.web import Browser

Browsers = Callable[[str], Browser]
JSON = {"Accept": "application/json", "X-Requested-With": "XMLHttpRequest"}


def plain(page: str) -> str:
    return " ".join(re.sub(r"<[^>]+>", "", page).split())


def test_the_page_shows_what_goes_back_and_what_stays_and_then_does_it(cast: Cast, browsers: Browsers) -> None:
    made, key = bulk(cast, 5, note="Checked")
    records.change(cast.admin, BRAND, made[0].id, {"note": "Mine"}, expected_version=2)
    manager = browsers("manager")
    page = manager.get(f"/undo/{key}")
    assert page.text.count('name="only"') == 4
    said = plain(page.text)
    assert "Undo this: Manager changed Note of 5 brands" in said
    assert "4 go back, 1 stays as it is" in said
    assert 'href="#stays"' in page.text
    assert "Admin changed it since" in page.text
    assert all(brand.name in page.text for brand in made)
    chosen = [newest(BRAND, brand.id).seq for brand in made[1:4]]
    operation = re.findall(r'name="operation" value="([^"]+)"', page.text)
    form = {"choosing": "1", "partly": "1", "only": chosen, "operation": operation}
    answer = manager.post(f"/undo/{key}", data=form)
    assert answer.status_code == 303
    assert manager.post(f"/undo/{key}", data=form).location == answer.location, "pressed twice, it is done once"
    after = manager.get(answer.location)
    assert "3 are as before; 2 are not" in " ".join(after.text.split())
    assert [stored(BRAND, one.id).note for one in made] == ["Mine", None, None, None, "Checked"]


def test_a_script_is_answered_in_a_sentence(cast: Cast, browsers: Browsers) -> None:
    made, key = bulk(cast, 3, note="Checked")
    records.change(cast.admin, BRAND, made[0].id, {"note": "Mine"}, expected_version=2)
    answer = browsers("manager").post(f"/undo/{key}", headers=JSON)
    assert answer.json["message"] == f"2 put back; 1 stays as it is: {made[0].name}."
    assert (answer.json["back"], answer.json["left"]) == (2, 1)
    again = browsers("manager").post(answer.json["redo"], headers=JSON)
    assert again.json["message"] == "2 put back."
    assert stored(BRAND, made[1].id).note == "Checked"


def test_a_bulk_edit_a_deletion_and_a_saved_form_say_how_they_are_undone(cast: Cast, browsers: Browsers) -> None:
    manager = browsers("manager")
    brand = records.create(cast.manager, BRAND, {"name": f"Offered {uuid7()}"})
    rows = {"rows": [[str(brand.id), 1]], "change": {"note": "Checked"}}
    told = manager.post("/brands/bulk", json=rows)
    assert manager.post(told.json["undo"], headers=JSON).json["message"] == "Undone."
    form = {"name": "Typed", "was-name": brand.name, "version": "3", "operation": str(uuid7())}
    told = manager.post(f"/brands/{brand.id}/edit", data=form, headers={"X-Fragment": "form"})
    assert stored(BRAND, brand.id).name == "Typed"
    assert manager.post(told.json["undo"], headers=JSON).json["back"] == 1
    assert stored(BRAND, brand.id).name == brand.name
    version = str(stored(BRAND, brand.id).version)
    told = manager.post(f"/brands/{brand.id}/delete", data={"version": version}, headers={"X-Fragment": "delete"})
    assert stored(BRAND, brand.id) is None
    assert manager.post(told.json["undo"], headers=JSON).json["message"] == "Undone."
    assert stored(BRAND, brand.id).name == brand.name


def test_a_new_record_says_how_it_is_undone_to_those_who_may_delete_it(cast: Cast, browsers: Browsers) -> None:
    for name, offered in (("manager", True), ("north_clerk", False)):
        form = {"name": f"New {uuid7()}", "entity": "brand", "operation": str(uuid7())}
        browser, brand = browsers(name), records.create(cast.manager, BRAND, {"name": f"Told {uuid7()}"})
        remark = form | {"record_id": str(brand.id), "body": "Typed"}
        told = browser.post("/comments/new", data=remark, headers={"X-Fragment": "form"})
        assert told.json["message"] == "Comment created."
        assert bool(told.json["undo"]) is offered
    form = {"name": f"New {uuid7()}", "operation": str(uuid7())}
    told = browsers("manager").post("/brands/new", data=form, headers={"X-Fragment": "form"})
    assert stored(BRAND, UUID(told.json["id"])).name == form["name"]
    assert browsers("manager").post(told.json["undo"], headers=JSON).json["message"] == "Undone."
    assert stored(BRAND, UUID(told.json["id"])) is None


def test_histories_offer_it_to_those_who_may(cast: Cast, browsers: Browsers) -> None:
    soap = product(cast.manager)
    records.change(cast.manager, PRODUCT, soap.id, {"price": "13"}, expected_version=1)
    key = newest(PRODUCT, soap.id).transaction
    assert f'action="/undo/{key}"' in browsers("manager").get(f"/products/{soap.id}/history").text
    assert "/undo/" not in browsers("viewer").get(f"/products/{soap.id}/history").text
    records.remove(cast.manager, PRODUCT, soap.id, expected_version=2)
    deleted = browsers("manager").get("/products/history?op=delete").text
    assert "Restore</button>" in deleted
    browsers("manager").post(f"/undo/{newest(PRODUCT, soap.id).transaction}")
    assert stored(PRODUCT, soap.id).name == "Soap"


def test_a_document_that_came_back_is_told_with_its_lines_and_one_change_leads_back_to_its_history(
    cast: Cast, browsers: Browsers
) -> None:
    soap = product(cast.manager)
    lines = [records.Line({"product_id": soap.id, "quantity": "2", "unit_price": "12"}) for _ in "ab"]
    order = records.create(cast.manager, ORDER, {"location_id": cast.north}, children={"order_line": lines})
    records.remove(cast.manager, ORDER, order.id, expected_version=stored(ORDER, order.id).version)
    manager, key = browsers("manager"), newest(ORDER, order.id).transaction
    page = manager.get(f"/undo/{key}").text
    assert f"Restore this: Manager deleted order {order.number}, with 2 order lines" in plain(page)
    after = manager.get(manager.post(f"/undo/{key}").location).text
    assert re.search(r"<h1[^>]*>\s*Restored\s*</h1>", after)
    assert f"Restored {order.number} with 2 order lines. Open it · Undo this" in plain(after)
    assert f'href="/orders/{order.id}">Open it' in after
    records.change(cast.manager, PRODUCT, soap.id, {"price": "13"}, expected_version=1)
    key = newest(PRODUCT, soap.id).transaction
    for place, leads in (("record", f"/products/{soap.id}/history"), ("list", "/products/history")):
        answer = manager.post(f"/undo/{key}", data={"from": place})
        assert (answer.status_code, answer.location) == (303, leads)
    assert "it is as it was already" in plain(manager.get(leads).text)


def test_what_nothing_foresaw_is_said_at_its_row(cast: Cast, browsers: Browsers) -> None:
    name = f"Taken {uuid7()}"
    brand = records.create(cast.manager, BRAND, {"name": name})
    records.remove(cast.manager, BRAND, brand.id, expected_version=1)
    records.create(cast.manager, BRAND, {"name": name})
    answer = browsers("manager").post(f"/undo/{newest(BRAND, brand.id).transaction}")
    assert answer.status_code == 409
    assert "Nothing was put back" in answer.text
    assert "Name: This is taken already" in answer.text
    assert stored(BRAND, brand.id) is None


def test_strange_addresses_and_forms_are_refused(cast: Cast, browsers: Browsers) -> None:
    manager = browsers("manager")
    made, key = bulk(cast, 1, note="Checked")
    for path in (f"/undo/{uuid7()}", "/undo/1", "/undo/%00", f"/undo/{'9' * 40}", f"/undo/{key}?before=x"):
        assert manager.get(path).status_code in (400, 404), path
    for data in ({"only": "x"}, {"choosing": "1"}, {"only": "9" * 30}):
        assert manager.post(f"/undo/{key}", data=data).status_code == 400, data
    assert manager.post(f"/undo/{key}", data={"only": "1"}).status_code == 404
    assert manager.client.post(f"/undo/{key}").status_code == 400, "without the page's token"
    assert stored(BRAND, made[0].id).note == "Checked"
    assert browsers("nobody").get(f"/undo/{key}").status_code == 404
