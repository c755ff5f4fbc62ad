"""What has gone on is edited no more: each document says in which states it is, and what is still put right later."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy.orm import Mapped

from app.core import access, db, openness, rows
from app.core.columns import choice, text
from app.core.entity import Entity, entities, named
from app.core.errors import Closed, MostlyClosed
from app.core.openness import NOTHING
from app.core.scope import shared
from app.core.screen import Screen
from app.models.order import Order, OrderLine
from app.models.purchase_order import PurchaseOrder
from app.services import documents, many_records, records
from app.services.records import Line
from tests.cast import Cast
from tests.stock.shop import SYSTEM, document, look, product, reason, stock_up, take


def order(cast: Cast, *verbs: str) -> Entity:
    """An order for two pieces at North."""
    tea = product("Tea")
    stock_up(cast.north, tea, 5)
    lines = {"order_line": [{"product_id": tea, "quantity": "2", "unit_price": "10"}]}
    found = document(cast.frontdesk, "order", lines, location_id=cast.north)
    for verb in verbs:
        take(cast.frontdesk, found, verb)
    return found


def version(record: Entity) -> int:
    return int(look(f"SELECT version FROM {type(record).__tablename__} WHERE id = :id", id=record.id).version)


def change(cast: Cast, record: Entity, given: Mapping[str, Any], **how: Any) -> Entity:
    return records.change(cast.manager, type(record), record.id, given, expected_version=version(record), **how)


def line_of(record: Entity) -> Any:
    return look("SELECT id, version FROM order_lines WHERE order_id = :id", id=record.id)


def test_where_a_parcel_goes_is_put_right_until_it_leaves(cast: Cast) -> None:
    found = order(cast, "confirm")
    change(cast, found, {"ship_city": "Galway", "freight": "7.50", "note": "Ring twice"})
    kept = look("SELECT ship_city, freight, state FROM orders WHERE id = :id", id=found.id)
    assert (kept.ship_city, str(kept.freight), kept.state) == ("Galway", "7.50", "confirmed")
    take(cast.frontdesk, found, "fulfil")
    with pytest.raises(Closed, match=r"This order is fulfilled: it can't be edited any more\."):
        change(cast, found, {"ship_city": "Cork"})
    assert look("SELECT ship_city FROM orders WHERE id = :id", id=found.id).ship_city == "Galway"


@pytest.mark.parametrize("given", [{"required_on": "2030-01-01"}, {"ship_city": "Cork", "client_id": None}], ids=str)
def test_what_was_agreed_stays_and_the_refusal_says_what_can_still_be_changed(
    cast: Cast, given: dict[str, Any]
) -> None:
    found = order(cast, "confirm")
    before = version(found)
    with pytest.raises(MostlyClosed, match="This order is confirmed: of it only these can still be changed: shipper"):
        change(cast, found, given)
    assert version(found) == before


def test_with_a_correction_no_line_slips_in(cast: Cast) -> None:
    found = order(cast, "confirm")
    line = line_of(found)
    changed = [Line({"quantity": "1"}, id=line.id, version=line.version)]
    with pytest.raises(Closed):
        change(cast, found, {"ship_city": "Cork"}, children={"order_line": changed})
    with pytest.raises(Closed):
        records.change(cast.manager, OrderLine, line.id, {"quantity": "1"}, expected_version=line.version)
    with pytest.raises(Closed):
        records.create(
            cast.manager,
            OrderLine,
            {"order_id": found.id, "product_id": product(), "quantity": "1", "unit_price": "1"},
        )
    with pytest.raises(Closed):
        records.remove(cast.manager, Order, found.id, expected_version=version(found))
    assert look("SELECT sum(quantity) AS n FROM order_lines WHERE order_id = :id", id=found.id).n == 2


def test_of_many_orders_each_answers_for_itself(cast: Cast) -> None:
    found = [order(cast), order(cast, "confirm"), order(cast, "confirm", "fulfil")]
    items = [(one.id, version(one)) for one in found]
    results = many_records.change(cast.manager, Order, items, {"shipper": "Post"})
    assert [result.ok for result in results] == [True, True, False]
    assert "fulfilled" in results[2].message


def test_a_supplier_says_later_when_it_comes(cast: Cast) -> None:
    supplier = records.create(cast.admin, named("supplier"), {"name": "Later & Sons"}).id
    values = {"location_id": cast.north, "supplier_id": supplier}
    found = document(cast.manager, "purchase_order", {"purchase_order_line": []}, **values)
    with db.transaction(SYSTEM):
        documents.came_as(SYSTEM, access.get(SYSTEM, PurchaseOrder, found.id), "ordered")
    change(cast, found, {"expected_on": "2030-01-01", "supplier_reference": "AB 7"})
    with pytest.raises(MostlyClosed, match="expected, supplier's reference, note"):
        change(cast, found, {"supplier_id": supplier, "location_id": str(cast.south)})
    assert look("SELECT supplier_reference FROM purchase_orders WHERE id = :id", id=found.id)[0] == "AB 7"


def test_each_row_says_what_of_it_is_still_edited(cast: Cast) -> None:
    drafted, confirmed, done = order(cast), order(cast, "confirm"), order(cast, "confirm", "fulfil")

    def still(entity: type[Entity], ids: list[UUID]) -> list[openness.Open]:
        with db.reading(cast.manager) as session:
            found = rows.by_ids(session, entity, ids, ())
        return [found[id].still for id in ids]

    corrected = frozenset(Order.corrected_in["confirmed"])
    assert still(Order, [drafted.id, confirmed.id, done.id]) == [None, corrected, NOTHING]
    lines = [line_of(one).id for one in (drafted, confirmed, done)]
    assert still(OrderLine, lines) == [None, NOTHING, NOTHING]
    assert still(named("reason"), [reason()]) == [None]


@pytest.mark.parametrize("cls", [cls for cls in entities() if cls.corrected_in], ids=lambda cls: cls.entity)
def test_what_is_corrected_later_is_something_that_people_write(cls: type[Entity]) -> None:
    known = {choice.value for choice in openness.state_of(cls).info["column"].choices}
    assert set(cls.corrected_in) <= known
    for columns in cls.corrected_in.values():
        assert not [name for name in columns if cls.__table__.c[name].info["column"].by_machine]


@pytest.mark.parametrize(("later", "column"), [("open", "note"), ("done", "nothing"), ("done", "version")])
def test_a_wrong_declaration_fails_with_its_cure(later: str, column: str) -> None:
    with pytest.raises(TypeError, match="name states that are not in open_in"):

        class Odd(Entity):
            """A thing that says what it can't mean."""

            scope = shared()
            screen = Screen(area="Stock", icon="box", title=("note",), state="state")
            verbs = ("finish",)
            open_in = ("open",)
            corrected_in = {later: (column,)}

            note: Mapped[str | None] = text()
            state: Mapped[str] = choice(("open", "Open", "light"), ("done", "Done", "success"), default="open")
