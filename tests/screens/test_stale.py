"""The second of two editors is told who changed what; nothing is overwritten and no typing is lost."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from app.core.entity import named
from app.core.ids import uuid7
from app.views import paths
from tests.screens import forms
from tests.screens.conftest import Make, stored
from tests.web import Browser

JSON = {"X-Requested-With": "XMLHttpRequest"}
brand = named("brand")


def test_a_stale_form_keeps_the_typing_names_the_other_and_can_be_saved_again(
    make: Make, browsers: Callable[[str], Browser]
) -> None:
    id = make(brand, note="first")
    mine = forms.read(browsers("admin").get(paths.of_form(brand, id)).text)
    theirs = forms.read(browsers("manager").get(paths.of_form(brand, id)).text)
    assert browsers("manager").post(paths.of_form(brand, id), data=theirs | {"note": "theirs"}).status_code == 303
    refused = browsers("admin").post(paths.of_form(brand, id), data=mine | {"note": "mine"})
    assert refused.status_code == 409
    assert "Changed by <bdi>Manager</bdi>" in refused.text
    assert "Manager changed Note" in refused.text
    again = forms.read(refused.text)
    assert again["note"] == "mine"
    assert "theirs" in refused.text
    assert stored(brand, id).note == "theirs"  # type: ignore[union-attr]
    assert browsers("admin").post(paths.of_form(brand, id), data=again).status_code == 303
    assert stored(brand, id).note == "mine"  # type: ignore[union-attr]


def test_who_may_no_longer_change_a_record_is_told_what_and_that_nothing_was_saved(
    make: Make, browsers: Callable[[str], Browser]
) -> None:
    place = f"{paths.of_form(brand, make(brand))}?version=1"
    refused = browsers("viewer").get(place, headers=JSON)
    assert refused.status_code == 403
    assert refused.json["message"] == "You may no longer change brands. Nothing was saved; copy what you typed."


def test_what_the_other_changed_elsewhere_is_kept_beside_the_second_save(
    make: Make, browsers: Callable[[str], Browser]
) -> None:
    id = make(brand, note="first")
    mine = forms.read(browsers("admin").get(paths.of_form(brand, id)).text)
    theirs = forms.read(browsers("manager").get(paths.of_form(brand, id)).text)
    browsers("manager").post(paths.of_form(brand, id), data=theirs | {"website": "https://example.com/theirs"})
    assert browsers("admin").post(paths.of_form(brand, id), data=mine | {"note": "mine"}).status_code == 303
    record = stored(brand, id)
    assert record is not None
    assert (record.website, record.note) == ("https://example.com/theirs", "mine")


def test_a_stale_cell_is_refused_with_the_row_as_it_is_now(make: Make, admin: Browser) -> None:
    id = make(brand, note="first")
    place = f"{paths.of_record(brand, id)}/cell"
    first = admin.post(place, json={"column": "note", "value": "second", "version": 1}, headers=JSON)
    assert first.status_code == 200
    stale = admin.post(place, json={"column": "note", "value": "third", "version": 1}, headers=JSON)
    assert stale.status_code == 409
    assert stale.json["version"] == first.json["version"]
    assert stale.json["cells"]["note"] == "second"
    assert stored(brand, id).note == "second"  # type: ignore[union-attr]


def test_a_stale_delete_is_refused(make: Make, admin: Browser) -> None:
    id = make(brand)
    admin.post(f"{paths.of_record(brand, id)}/cell", json={"column": "note", "value": "x", "version": 1}, headers=JSON)
    assert admin.post(f"{paths.of_record(brand, id)}/delete", data={"version": "1"}).status_code == 409
    assert stored(brand, id) is not None


def test_a_bulk_edit_says_for_each_row_what_became_of_it(make: Make, admin: Browser) -> None:
    fresh, stale = make(brand), make(brand)
    admin.post(
        f"{paths.of_record(brand, stale)}/cell", json={"column": "note", "value": "x", "version": 1}, headers=JSON
    )
    answer = admin.post("/brands/bulk", json={"rows": [[str(fresh), 1], [str(stale), 1]], "change": {"note": "many"}})
    assert answer.status_code == 200
    good, bad = answer.json["results"]
    assert good["ok"]
    assert not bad["ok"]
    assert "Admin changed Note" in bad["message"]
    assert stored(brand, fresh).note == "many"  # type: ignore[union-attr]
    assert stored(brand, stale).note == "x"  # type: ignore[union-attr]


def test_a_bulk_deletion_keeps_what_is_in_use(make: Make, admin: Browser) -> None:
    free, used = make(brand), make(brand)
    make(named("product"), brand_id=used)
    results = admin.post("/brands/bulk", json={"rows": [[str(free), 1], [str(used), 1]], "delete": True}).json[
        "results"
    ]
    assert [result["ok"] for result in results] == [True, False]
    assert results[1]["title"]
    assert stored(brand, free) is None
    assert stored(brand, used) is not None


@pytest.mark.parametrize("version", [-(10**9), 0, 2**31, 10**30, True, None, "1"])
def test_what_can_be_no_version_is_refused_before_anything_is_looked_for(
    version: Any, make: Make, admin: Browser
) -> None:
    id = make(brand, note="first")
    cell = {"column": "note", "value": "x", "version": version}
    assert admin.post(f"{paths.of_record(brand, id)}/cell", json=cell, headers=JSON).status_code == 400
    rows = {"rows": [[str(id), version]], "change": {"note": "x"}}
    assert admin.post("/brands/bulk", json=rows, headers=JSON).status_code == 400
    assert stored(brand, id).note == "first"  # type: ignore[union-attr]


def test_a_cell_whose_answer_was_lost_is_sent_again_and_written_once(make: Make, admin: Browser) -> None:
    id = make(brand, note="first")
    place, sent = f"{paths.of_record(brand, id)}/cell", {"column": "note", "value": "mine", "version": 1}
    sent |= {"operation": str(uuid7())}
    first, again = (admin.post(place, json=sent, headers=JSON) for _ in "ab")
    assert (again.status_code, again.json) == (200, first.json)
    assert stored(brand, id).version == 2  # type: ignore[union-attr]
    assert admin.post(place, json=sent | {"value": "other"}, headers=JSON).status_code == 422


def test_a_cell_is_undone_as_everything_else_is_and_what_changed_nothing_has_nothing_to_undo(
    make: Make, admin: Browser
) -> None:
    id = make(brand, note="first")
    place, sent = f"{paths.of_record(brand, id)}/cell", {"column": "note", "value": "mine", "version": 1}
    undo = admin.post(place, json=sent, headers=JSON).json["undo"]
    assert admin.post(place, json=sent | {"version": 2}, headers=JSON).json["undo"] is None
    assert admin.post(undo, headers=JSON).json["back"] == 1
    assert stored(brand, id).note == "first"  # type: ignore[union-attr]


@pytest.mark.parametrize("what", [{"change": {"note": "many"}}, {"delete": True}])
def test_a_bulk_edit_whose_answer_was_lost_is_sent_again_and_happens_once(
    what: dict[str, Any], make: Make, admin: Browser
) -> None:
    ids = [make(brand, note="first") for _ in range(2)]
    stale = make(brand, note="first")
    admin.post(
        f"{paths.of_record(brand, stale)}/cell", json={"column": "note", "value": "x", "version": 1}, headers=JSON
    )
    sent = {"rows": [[str(id), 1] for id in (*ids, stale)], "operation": str(uuid7()), **what}
    first, again = (admin.post("/brands/bulk", json=sent).json for _ in "ab")
    assert [result["ok"] for result in first["results"]] == [True, True, False]
    told = ("id", "ok", "message", "version")
    assert [[row[key] for key in told] for row in again["results"]] == [
        [row[key] for key in told] for row in first["results"]
    ]
    assert {None if row is None else row.version for row in (stored(brand, id) for id in ids)} <= {2, None}
    assert again["undo"] == first["undo"]
    assert admin.post(again["undo"], headers=JSON).json["back"] == 2
    assert [stored(brand, id).note for id in ids] == ["first"] * 2  # type: ignore[union-attr]


def test_the_rows_of_an_operation_are_its_own(make: Make, browsers: Callable[[str], Browser]) -> None:
    """Else somebody could have their rows go back with another's bulk edit."""
    mine, other = make(brand, note="first"), make(brand, note="first")
    sent = {"rows": [[str(mine), 1]], "operation": str(uuid7()), "change": {"note": "many"}}
    assert browsers("admin").post("/brands/bulk", json=sent).status_code == 200
    more = sent | {"rows": [[str(other), 1]]}
    for who in ("admin", "manager"):
        assert browsers(who).post("/brands/bulk", json=more).status_code == 422
    assert browsers("manager").post("/brands/bulk", json=sent).status_code == 422
    assert stored(brand, other).note == "first"  # type: ignore[union-attr]
