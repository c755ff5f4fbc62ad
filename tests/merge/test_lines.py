"""Two people on the lines of one document: lines merge by member, a line's fields as everything else."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal
from uuid import UUID, uuid4

import pytest

from app.core import db
from app.core.actor import system
from app.core.entity import Entity, named
from app.core.errors import Conflict, NotFound
from app.services import records
from app.services.records import Line
from app.views import paths
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


def change(cast: Cast, id: UUID, *lines: Line, version: int = 1) -> records.Saved[Entity]:
    return records.merge(cast.admin, order, id, {}, expected_version=version, children={"order_line": list(lines)})


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
