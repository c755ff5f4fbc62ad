"""Two people on the lines of one document: lines merge by member, a line's fields as everything else."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal
from typing import Any
from uuid import UUID, uuid4

import pytest

from app.core import db
from app.core.actor import system
from app.core.entity import Entity, named
from app.core.errors import Conflict, NotFound
from app.services import records
from app.services.records import Line
from app.views import lines, paths
from tests.cast import Cast
from tests.screens import forms
from tests.screens.conftest import Make, stored
from tests.web import Browser

order, line = named("order"), named("order_line")


@pytest.fixture
def document(make: Make) -> tuple[UUID, UUID]:
    """An order with one line of ten at 5.00."""
    id = make(order)
    return id, make(line, order_id=id, quantity=10, unit_price=5)


def change(cast: Cast, id: UUID, *given: Line, version: int = 1) -> records.Saved[Entity]:
    return records.merge(cast.admin, order, id, {}, expected_version=version, children={"order_line": list(given)})


def theirs(id: UUID, **given: object) -> None:
    records.change(system("Anna"), line, id, given, expected_version=1)


def now(id: UUID) -> tuple[Decimal, Decimal]:
    found = stored(line, id)
    assert found is not None
    return found.quantity, found.unit_price


def test_different_fields_of_one_line_merge_and_it_is_said(document: tuple[UUID, UUID], cast: Cast) -> None:
    id, one = document
    theirs(one, unit_price="6")
    saved = change(cast, id, Line({"quantity": "12"}, one, 1))
    assert now(one) == (12, 6)
    assert [notice.label for notice in saved.notices] == ["Order line 1, Unit price"]


def test_quantities_of_one_line_add_up(document: tuple[UUID, UUID], cast: Cast) -> None:
    id, one = document
    theirs(one, quantity="13")
    saved = change(cast, id, Line({"quantity": "15"}, one, 1))
    assert now(one)[0] == 18
    assert "from 10 to 13 meanwhile; with your change it is 18" in saved.notices[0].sentence


def test_lines_that_either_added_are_all_there(document: tuple[UUID, UUID], cast: Cast, make: Make) -> None:
    id, _ = document
    make(line, order_id=id, quantity=2)
    change(cast, id, Line({"product_id": str(make(named("product"))), "quantity": "3", "unit_price": "1"}))
    with db.reading(system()) as session:
        found = session.query(line).filter_by(order_id=id).all()
    assert sorted(each.quantity for each in found) == [2, 3, 10]


def test_a_line_that_both_removed_is_gone(document: tuple[UUID, UUID], cast: Cast) -> None:
    id, one = document
    records.remove(system("Anna"), line, one, expected_version=1)
    change(cast, id, Line(id=one, version=1, remove=True))
    assert stored(line, one) is None


def test_the_same_field_of_a_line_is_asked_about_with_every_side(document: tuple[UUID, UUID], cast: Cast) -> None:
    id, one = document
    theirs(one, unit_price="6")
    with pytest.raises(Conflict) as asked:
        change(cast, id, Line({"unit_price": "7", "quantity": "11"}, one, 1))
    key = "order_line.0.unit_price"
    assert (asked.value.base[key], asked.value.mine[key], asked.value.theirs[key]) == (5, "7", 6)
    assert asked.value.merged == {"order_line.0.quantity": "11"}
    assert now(one) == (10, 6)


def test_a_line_that_they_removed_and_i_changed_is_asked_about(document: tuple[UUID, UUID], cast: Cast) -> None:
    id, one = document
    records.remove(system("Anna"), line, one, expected_version=1)
    with pytest.raises(Conflict) as asked:
        change(cast, id, Line({"quantity": "12"}, one, 1))
    assert asked.value.mine == {"order_line.0": {"quantity": "12"}}
    assert asked.value.theirs == {"order_line.0": None}


def test_a_line_that_i_removed_and_they_changed_is_asked_about(document: tuple[UUID, UUID], cast: Cast) -> None:
    id, one = document
    theirs(one, quantity="12")
    with pytest.raises(Conflict) as asked:
        change(cast, id, Line(id=one, version=1, remove=True))
    assert asked.value.mine == {"order_line.0": None}
    assert stored(line, one) is not None


def test_a_line_that_never_was_is_not_found(document: tuple[UUID, UUID], cast: Cast) -> None:
    with pytest.raises(NotFound):
        change(cast, document[0], Line({"quantity": "12"}, uuid4(), 1))


def test_head_and_lines_are_asked_about_together_and_nothing_is_written(
    document: tuple[UUID, UUID], cast: Cast
) -> None:
    id, one = document
    theirs(one, unit_price="6")
    records.change(system("Anna"), order, id, {"ship_name": "theirs"}, expected_version=1)
    with pytest.raises(Conflict) as asked:
        records.merge(
            cast.admin,
            order,
            id,
            {"ship_name": "mine", "note": "new"},
            expected_version=1,
            children={"order_line": [Line({"unit_price": "7"}, one, 1)]},
        )
    assert set(asked.value.theirs) == {"ship_name", "order_line.0.unit_price"}
    found = stored(order, id)
    assert found is not None
    assert (found.ship_name, found.note) == ("theirs", None)


def test_the_form_shows_both_sides_of_a_line_and_saves_what_is_decided(
    document: tuple[UUID, UUID], browsers: Callable[[str], Browser]
) -> None:
    id, one = document
    page, place = browsers("admin"), paths.of_form(order, id)
    typed = forms.read(page.get(place).text)
    theirs(one, unit_price="6", quantity="13")
    typed["child.order_line.0.unit_price"], typed["child.order_line.0.quantity"] = "7", "15"
    refused = page.post(place, data=typed)
    assert refused.status_code == 409
    assert 'data-decision="child.order_line.0.unit_price"' in refused.text
    assert 'data-joined="child.order_line.0.quantity"' in refused.text
    assert refused.text.count("with your change it is 18") == 2  # above the form, and in the dialog
    again = forms.read(refused.text)
    assert (again["child.order_line.0.unit_price"], again["child.order_line.0.quantity"]) == ("7", "18")
    assert page.post(place, data=again).status_code == 303
    assert now(one) == (18, 7)


def test_a_removed_line_comes_back_in_the_form_as_one_of_ones_own(
    document: tuple[UUID, UUID], browsers: Callable[[str], Browser]
) -> None:
    id, one = document
    page, place = browsers("admin"), paths.of_form(order, id)
    typed = forms.read(page.get(place).text)
    records.remove(system("Anna"), line, one, expected_version=1)
    typed["child.order_line.0.quantity"] = "12"
    refused = page.post(place, data=typed)
    assert refused.status_code == 409
    assert 'data-take="remove"' in refused.text
    assert page.post(place, data=forms.read(refused.text)).status_code == 303
    with db.reading(system()) as session:
        (found,) = session.query(line).filter_by(order_id=id).all()
    assert (found.quantity, found.unit_price, found.id != one) == (12, 5, True)


def test_the_same_merge_sent_twice_is_made_once_and_says_the_same(document: tuple[UUID, UUID], cast: Cast) -> None:
    id, one = document
    theirs(one, quantity="13")
    operation = uuid4()
    answers = [
        records.merge(
            cast.admin,
            order,
            id,
            {},
            expected_version=1,
            children={"order_line": [Line({"quantity": "15"}, one, 1)]},
            operation=operation,
        )
        for _ in range(2)
    ]
    assert now(one)[0] == 18
    assert answers[0].notices == answers[1].notices != ()


@pytest.fixture
def three_at_most(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(lines, "MOST", 3)


def new_line(typed: Any, index: int, product: UUID, quantity: str = "1") -> None:
    start = f"child.order_line.{index}."
    typed[f"{start}product_id"], typed[f"{start}quantity"], typed[f"{start}unit_price"] = str(product), quantity, "4"


@pytest.mark.usefixtures("three_at_most")
def test_more_lines_than_a_form_holds_are_refused_and_stay_typed(
    cast: Cast, make: Make, browsers: Callable[[str], Browser]
) -> None:
    page, product, name = browsers("admin"), make(named("product")), f"Long {uuid4()}"
    typed = forms.read(page.get(paths.of_new(order)).text)
    typed["location_id"], typed["ship_name"] = str(cast.north), name
    for index in range(4):
        new_line(typed, index, product, quantity=f"7{index}")
    refused = page.post(paths.of_new(order), data=typed)
    assert refused.status_code == 422
    assert "At most 3 lines fit in one form, and here are 4: remove 1" in refused.text
    again = forms.read(refused.text)
    assert [again[f"child.order_line.{index}.quantity"] for index in range(4)] == ["70", "71", "72", "73"]
    again["child.order_line.3.remove"] = "1"
    assert page.post(paths.of_new(order), data=again).status_code == 303
    with db.reading(system()) as session:
        (made,) = session.query(order).filter_by(ship_name=name).all()
        assert session.query(line).filter_by(order_id=made.id).count() == 3


@pytest.mark.usefixtures("three_at_most")
def test_lines_above_the_limit_are_not_taken_for_fields_that_closed(
    document: tuple[UUID, UUID], make: Make, browsers: Callable[[str], Browser]
) -> None:
    page, place, product = browsers("admin"), paths.of_form(order, document[0]), make(named("product"))
    typed = forms.read(page.get(place).text)
    for index in range(1, 5):
        new_line(typed, index, product)
    refused = page.post(place, data=typed)
    assert refused.status_code == 422
    assert "At most 3 lines" in refused.text
    assert "no longer" not in refused.text
    # One that goes makes room for one that comes, and an empty one takes none.
    for index in (3, 4):
        for column in ("product_id", "quantity", "unit_price"):
            typed.pop(f"child.order_line.{index}.{column}")
    new_line(typed, 3, product)
    typed["child.order_line.0.remove"] = "1"
    assert page.post(place, data=typed).status_code == 303


@pytest.mark.usefixtures("three_at_most")
def test_a_document_that_outgrows_the_form_while_it_is_open_keeps_what_was_typed(
    document: tuple[UUID, UUID], make: Make, browsers: Callable[[str], Browser]
) -> None:
    id, one = document
    page, place = browsers("admin"), paths.of_form(order, id)
    typed = forms.read(page.get(place).text)
    for _ in range(3):
        make(line, order_id=id)
    records.change(system("Anna"), order, id, {"ship_name": "theirs"}, expected_version=1)
    typed["ship_name"], typed["child.order_line.0.quantity"] = "mine", "77"
    refused = page.post(place, data=typed)
    assert refused.status_code == 409
    assert "There are 4 lines" in refused.text
    assert "Removed by" not in refused.text
    again = forms.read(refused.text)
    assert (again["child.order_line.0.id"], again["child.order_line.0.quantity"]) == (str(one), "77")
    assert page.post(place, data=again).status_code == 303
    assert now(one)[0] == 77
