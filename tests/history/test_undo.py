"""What was done goes back as new changes: except what was touched since, and never more than one could do by hand."""

from __future__ import annotations

import contextlib
import datetime as dt
import threading
import time
from collections.abc import Iterator
from decimal import Decimal
from typing import Any
from uuid import UUID

import pytest
import sqlalchemy as sa

import app.models  # noqa: F401  fills the registry
from app.core import db
from app.core.actor import Actor, system
from app.core.entity import Entity, columns_of, named
from app.core.errors import NotFound, OperationReused
from app.core.ids import uuid7
from app.services import many_records, records
from app.services.feed import changes
from app.services.feed.changes import Change
from app.services.history import undo, undo_look
from app.services.history.undo import Outcome
from tests.cast import Cast
from tests.databases import Database
from tests.factory import making

BRAND, PRODUCT, ORDER, LINE, RULE, GRANT, LEAVE = (
    named(name) for name in ("brand", "product", "order", "order_line", "stock_rule", "grant", "leave")
)


def stored(entity: type[Entity], id: UUID) -> Any:
    with db.reading(system()) as session:
        return session.get(entity, id, populate_existing=True)


def newest(entity: type[Entity], id: UUID) -> Change:
    with db.reading(system()) as session:
        return changes.of_record(session, entity.entity, id, limit=1)[0][0]


def back(actor: Actor, change: Change, *, partly: bool = True) -> Outcome:
    """What becomes of undoing one change, alone."""
    key = change.operation or str(change.transaction)
    done = undo.operation(actor, key, only={change.seq}, partly=partly)
    return next(outcome for outcome in done.outcomes if outcome.seq == change.seq)


def product(actor: Actor, **given: object) -> Any:
    return records.create(actor, PRODUCT, {"sku": f"S{uuid7().hex[-12:]}", "name": "Soap", "price": "12.00"} | given)


def order_with_lines(cast: Cast, count: int = 2) -> Any:
    goods = product(cast.manager)
    lines = [records.Line({"product_id": goods.id, "quantity": f"{n + 1}", "unit_price": "12"}) for n in range(count)]
    return records.create(
        cast.manager, ORDER, {"location_id": cast.north, "note": "Ring twice"}, children={"order_line": lines}
    )


def lines_of(order: UUID) -> list[Any]:
    with db.reading(system()) as session:
        found = sa.select(LINE).where(LINE.__table__.c.order_id == order).order_by(LINE.id)
        return list(session.scalars(found.execution_options(populate_existing=True)))


# --- one change ----------------------------------------------------------------------------------------------------------


def test_a_change_goes_back_as_a_new_one(cast: Cast) -> None:
    soap = product(cast.manager)
    records.change(cast.manager, PRODUCT, soap.id, {"price": "13.50", "name": "Fine soap"}, expected_version=1)
    outcome = back(cast.manager, newest(PRODUCT, soap.id))
    now = stored(PRODUCT, soap.id)
    assert (outcome.state, now.price, now.name, now.version) == ("back", 12, "Soap", 3)
    told = newest(PRODUCT, soap.id)
    assert (told.actor_id, told.source, told.diff["price"]) == (cast.manager.id, "screen", [13.5, 12.0])
    back(cast.manager, told)
    assert stored(PRODUCT, soap.id).name == "Fine soap", "undoing an undo does it again"


def test_a_field_that_was_touched_since_stays_and_it_is_said_who_did(cast: Cast) -> None:
    soap = product(cast.manager)
    records.change(cast.manager, PRODUCT, soap.id, {"price": "13.50", "name": "Fine soap"}, expected_version=1)
    change = newest(PRODUCT, soap.id)
    records.change(cast.admin, PRODUCT, soap.id, {"price": "15"}, expected_version=2)
    refused = back(cast.manager, change, partly=False)
    assert (refused.state, refused.message) == (
        "left", "Price: Admin changed it since. The rest of it can still go back."
    )  # fmt: skip
    assert stored(PRODUCT, soap.id).name == "Fine soap"
    outcome = back(cast.manager, change)
    now = stored(PRODUCT, soap.id)
    assert (outcome.state, now.name, now.price) == ("partly", "Soap", 15)


def test_what_was_touched_and_put_back_can_go_back(cast: Cast) -> None:
    soap = product(cast.manager)
    records.change(cast.manager, PRODUCT, soap.id, {"price": "13"}, expected_version=1)
    first = newest(PRODUCT, soap.id)
    records.change(cast.manager, PRODUCT, soap.id, {"price": "14"}, expected_version=2)
    assert back(cast.manager, first).state == "left"
    back(cast.manager, newest(PRODUCT, soap.id))
    assert back(cast.manager, first).state == "back"
    assert stored(PRODUCT, soap.id).price == 12
    assert back(cast.manager, first).state == "already"


def test_a_deleted_record_comes_back_under_its_id_and_its_version_goes_on(cast: Cast) -> None:
    soap = product(cast.manager, cost="4.00")
    before = stored(PRODUCT, soap.id)
    records.remove(cast.manager, PRODUCT, soap.id, expected_version=1)
    change = newest(PRODUCT, soap.id)
    assert back(cast.manager, change).state == "back"
    now = stored(PRODUCT, soap.id)
    assert (change.version, now.version) == (2, 3)
    kept = [name for name in columns_of(PRODUCT) if name not in ("version", "updated_at")]
    assert {name: getattr(now, name) for name in kept} == {name: getattr(before, name) for name in kept}
    assert back(cast.manager, change).state == "already"
    back(cast.manager, newest(PRODUCT, soap.id))
    assert stored(PRODUCT, soap.id) is None, "undoing the restoring deletes it again"
    assert (newest(PRODUCT, soap.id).version, back(cast.manager, change).state) == (4, "left")


def test_a_deleted_document_comes_back_with_its_lines_and_its_number(cast: Cast) -> None:
    order = order_with_lines(cast)
    before, number = [(line.id, line.quantity) for line in lines_of(order.id)], order.number
    deed = uuid7()
    records.remove(cast.manager, ORDER, order.id, expected_version=1, operation=deed)
    done = undo.operation(cast.manager, str(deed))
    assert [outcome.state for outcome in done.outcomes] == ["back"] * 3
    assert (stored(ORDER, order.id).number, stored(ORDER, order.id).state) == (number, "draft")
    assert [(line.id, line.quantity) for line in lines_of(order.id)] == before
    undo.operation(cast.manager, str(done.operation))
    assert (stored(ORDER, order.id), lines_of(order.id)) == (None, [])


def test_what_is_in_the_way_of_a_deleted_record_is_said(cast: Cast) -> None:
    brand = records.create(cast.manager, BRAND, {"name": "In the way"})
    records.remove(cast.manager, BRAND, brand.id, expected_version=1)
    change = newest(BRAND, brand.id)
    records.create(cast.manager, BRAND, {"name": "In the way"})
    outcome = back(cast.manager, change)
    assert outcome.state == "left"
    assert outcome.message == "Name: This is taken already: it must be different for each one."
    maker = records.create(cast.manager, BRAND, {"name": "Gone maker"})
    soap = product(cast.manager, brand_id=maker.id)
    records.remove(cast.manager, PRODUCT, soap.id, expected_version=1)
    records.remove(cast.manager, BRAND, maker.id, expected_version=1)
    assert back(cast.manager, newest(PRODUCT, soap.id)).message == (
        "Brand: what it was is gone, or not yours to choose."
    )


def test_a_new_record_goes_away_unless_it_was_touched_or_is_used(cast: Cast) -> None:
    brand = records.create(cast.manager, BRAND, {"name": "Made by mistake"})
    made = newest(BRAND, brand.id)
    soap = product(cast.manager, brand_id=brand.id)
    assert "still point to it" in back(cast.manager, made).message
    records.remove(cast.manager, PRODUCT, soap.id, expected_version=1)
    records.change(cast.admin, BRAND, brand.id, {"note": "Keep"}, expected_version=1)
    assert back(cast.manager, made).message == "Admin changed it since."
    back(cast.manager, newest(BRAND, brand.id))
    assert back(cast.manager, made).state == "back"
    assert stored(BRAND, brand.id) is None


def test_a_new_document_goes_away_with_its_lines_but_not_with_those_that_came_later(cast: Cast) -> None:
    order = order_with_lines(cast)
    made = newest(ORDER, order.id)
    later = records.create(
        cast.manager, LINE,
        {"order_id": order.id, "product_id": lines_of(order.id)[0].product_id, "quantity": "9", "unit_price": "1"},
    )  # fmt: skip
    key = str(made.transaction)
    assert {one.state for one in undo.operation(cast.manager, key).outcomes} == {"left"}
    assert len(lines_of(order.id)) == 3
    back(cast.manager, newest(LINE, later.id))
    assert {one.state for one in undo.operation(cast.manager, key).outcomes} == {"back"}
    assert (stored(ORDER, order.id), lines_of(order.id)) == (None, [])


# --- who may -------------------------------------------------------------------------------------------------------------


def test_who_may_see_but_not_change_undoes_nothing(cast: Cast) -> None:
    soap = product(cast.manager)
    records.change(cast.manager, PRODUCT, soap.id, {"price": "13"}, expected_version=1)
    assert back(cast.viewer, newest(PRODUCT, soap.id)).message == "You may see this, but not change it."
    records.remove(cast.manager, PRODUCT, soap.id, expected_version=2)
    assert "may not create" in back(cast.viewer, newest(PRODUCT, soap.id)).message
    assert stored(PRODUCT, soap.id) is None


def test_of_a_field_that_is_hidden_from_them_nothing_is_told(cast: Cast, database: Database) -> None:
    soap = product(cast.manager, cost="4")
    records.change(cast.manager, PRODUCT, soap.id, {"cost": "5"}, expected_version=1)
    hidden = newest(PRODUCT, soap.id)
    records.change(cast.manager, PRODUCT, soap.id, {"cost": "6", "name": "Fine soap"}, expected_version=2)
    both = newest(PRODUCT, soap.id)
    assert back(cast.north_clerk, both).message == "You may see this, but not change it."
    given = {"role_id": role("clerk"), "entity": "product", "verb": "change"}
    allowed = records.create(system("tests"), named("permission"), given)
    for clerk in (cast.north_clerk, Cast.met(database).north_clerk):
        # Numbers of transactions can be guessed.
        for look in (undo.preview, undo.operation):
            with pytest.raises(NotFound):
                look(clerk, str(hidden.transaction))
    outcome = back(clerk, both)
    assert (outcome.state, outcome.message) == ("back", "")
    assert (stored(PRODUCT, soap.id).name, stored(PRODUCT, soap.id).cost) == ("Soap", 6)
    records.remove(system("tests"), named("permission"), allowed.id, expected_version=1)


def test_who_changed_what_is_hidden_from_them_in_their_new_record_is_not_told(cast: Cast, database: Database) -> None:
    given = [{"role_id": role("clerk"), "entity": "product", "verb": verb} for verb in ("create", "delete")]
    allowed = [records.create(system("tests"), named("permission"), each) for each in given]
    clerk = Cast.met(database).north_clerk
    soap = product(clerk)
    made = newest(PRODUCT, soap.id)
    records.change(cast.manager, PRODUCT, soap.id, {"cost": "6"}, expected_version=1)
    assert back(clerk, made).message == "It is no longer as it was made."
    assert stored(PRODUCT, soap.id).cost == 6
    for each in allowed:
        records.remove(system("tests"), named("permission"), each.id, expected_version=1)


def role(name: str) -> UUID:
    with db.reading(system()) as session:
        found: UUID = session.scalar(sa.text("SELECT id FROM roles WHERE name = :name"), {"name": name})
        return found


def test_what_moved_away_or_came_from_elsewhere_is_not_undone_from_one_side(cast: Cast, database: Database) -> None:
    with making(database, cast.north, cast.south) as factory:
        rule = factory.make(RULE)
    records.change(system("tests"), RULE, rule.id, {"reorder_point": "4"}, expected_version=1)
    change = newest(RULE, rule.id)
    records.change(system("tests"), RULE, rule.id, {"location_id": cast.south}, expected_version=2)
    assert "moved it since" in back(cast.north_clerk, change).message
    moved = newest(RULE, rule.id)
    for clerk in (cast.north_clerk, cast.south_clerk):
        assert back(clerk, moved).state == "left"
    with pytest.raises(NotFound):
        back(cast.south_clerk, change)
    assert stored(RULE, rule.id).location_id == cast.south
    assert back(cast.manager, moved).state == "back"


def test_nobody_gives_back_more_access_than_they_hold(cast: Cast, database: Database) -> None:
    with making(database, cast.north, cast.south) as factory:
        grant = factory.make(GRANT, user_id=cast.viewer.id, role_id=role("admin"), location_id=None)
    records.remove(system("tests"), GRANT, grant.id, expected_version=1)
    change = newest(GRANT, grant.id)
    for person in (cast.manager, cast.north_clerk):
        with contextlib.suppress(NotFound):
            assert back(person, change).state == "left"
    assert stored(GRANT, grant.id) is None
    assert back(cast.admin, change).state == "back"


# --- what is never undone ------------------------------------------------------------------------------------------------


def test_a_step_of_a_document_is_reversed_and_not_undone(cast: Cast) -> None:
    order = order_with_lines(cast)
    with db.transaction(system("tests")) as session:
        session.execute(sa.text("UPDATE orders SET state = 'confirmed' WHERE id = :id"), {"id": order.id})
    outcome = back(cast.manager, newest(ORDER, order.id))
    assert (outcome.state, stored(ORDER, order.id).state) == ("left", "confirmed")
    assert "reverse it instead" in outcome.message


def test_choosing_the_rest_of_a_step_does_not_undo_it(cast: Cast) -> None:
    order, brand = order_with_lines(cast), records.create(cast.manager, BRAND, {"name": f"Beside {uuid7()}"})
    key = uuid7()
    with db.transaction(system("tests"), operation=key) as session:
        session.execute(sa.text("UPDATE orders SET state = 'confirmed' WHERE id = :id"), {"id": order.id})
        session.execute(sa.text("UPDATE brands SET note = 'Beside' WHERE id = :id"), {"id": brand.id})
    beside = newest(BRAND, brand.id).seq
    assert undo.operation(cast.manager, str(key), only={beside}).count("left") == 1
    assert stored(BRAND, brand.id).note == "Beside"


def test_what_was_made_together_goes_away_in_the_right_order(cast: Cast) -> None:
    key = uuid7()
    with db.transaction(cast.manager, operation=key):
        brand = records.create(cast.manager, BRAND, {"name": f"Together {uuid7()}"})
        soap = product(cast.manager, brand_id=brand.id)
    done = undo.operation(cast.manager, str(key))
    assert done.count("back") == 2
    assert (stored(BRAND, brand.id), stored(PRODUCT, soap.id)) == (None, None)
    assert undo.operation(cast.manager, str(done.operation)).count("back") == 2
    assert stored(PRODUCT, soap.id).brand_id == brand.id


def test_a_line_of_a_document_that_has_gone_on_stays(cast: Cast) -> None:
    order = order_with_lines(cast)
    line = lines_of(order.id)[0]
    records.change(cast.manager, LINE, line.id, {"quantity": "7"}, expected_version=1)
    change = newest(LINE, line.id)
    with db.transaction(system("tests")) as session:
        session.execute(sa.text("UPDATE orders SET state = 'confirmed' WHERE id = :id"), {"id": order.id})
    assert "can't be edited any more" in back(cast.manager, change).message
    assert lines_of(order.id)[0].quantity == 7


def test_a_wish_that_comes_back_waits_for_its_decision_again(cast: Cast, database: Database) -> None:
    with making(database, cast.north, cast.south) as factory:
        leave = factory.make(LEAVE)
    records.remove(system("tests"), LEAVE, leave.id, expected_version=1)
    back(cast.admin, newest(LEAVE, leave.id))
    with db.reading(system()) as session:
        waiting = "SELECT count(*) FROM approvals WHERE record_id = :id AND state = 'waiting'"
        assert session.scalar(sa.text(waiting), {"id": leave.id}) == 1


def test_what_needs_a_secret_does_not_come_back(cast: Cast, database: Database) -> None:
    terminal = named("terminal")
    with making(database, cast.north, cast.south) as factory:
        made = factory.make(terminal)
    secret = [c.name for c in terminal.__table__.c if c.info["column"].secret and not c.nullable]
    records.remove(system("tests"), terminal, made.id, expected_version=1)
    outcome = back(cast.admin, newest(terminal, made.id))
    assert outcome.state == ("left" if secret else "back")
    assert not secret or "was never kept" in outcome.message


# --- many at once --------------------------------------------------------------------------------------------------------


def bulk(cast: Cast, count: int, **given: object) -> tuple[list[Any], str]:
    made = [records.create(cast.manager, BRAND, {"name": f"Many {uuid7()}"}) for _ in range(count)]
    key = uuid7()
    many_records.change(cast.manager, BRAND, [(one.id, 1) for one in made], given, operation=key)
    return made, str(key)


def test_a_bulk_edit_goes_back_except_for_what_was_touched_since(cast: Cast) -> None:
    made, key = bulk(cast, 12, note="Checked")
    for brand in made[:3]:
        records.change(cast.admin, BRAND, brand.id, {"note": "Mine"}, expected_version=2)
    plans = undo.preview(cast.manager, key).plans
    assert [plan.open for plan in plans].count(False) == 3
    again = uuid7()
    done = undo.operation(cast.manager, key, under=again)
    assert (done.count("back"), done.count("left")) == (9, 3)
    assert {outcome.title for outcome in done.outcomes if outcome.state == "left"} == {one.name for one in made[:3]}
    assert [stored(BRAND, one.id).note for one in made] == ["Mine"] * 3 + [None] * 9
    assert done.sentence.startswith("9 put back; 3 stay as they are: ")
    versions = [stored(BRAND, one.id).version for one in made]
    assert undo.operation(cast.manager, key, under=again) == done, "sent again, it returns the first answer"
    assert [stored(BRAND, one.id).version for one in made] == versions
    undo.operation(cast.manager, str(done.operation))
    assert [stored(BRAND, one.id).note for one in made] == ["Mine"] * 3 + ["Checked"] * 9


def test_some_of_it_can_be_chosen(cast: Cast) -> None:
    made, key = bulk(cast, 4, note="Checked")
    chosen = newest(BRAND, made[2].id).seq
    assert undo.operation(cast.manager, key, only={chosen}).count("back") == 1
    assert [stored(BRAND, one.id).note for one in made] == ["Checked", "Checked", None, "Checked"]


def test_what_is_too_much_for_one_go_goes_on_where_it_ended(cast: Cast, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(undo, "MOST_AT_ONCE", 5)
    made, key = bulk(cast, 8, note="Checked")
    first = undo.operation(cast.manager, key)
    assert (first.count("back"), first.next is not None) == (5, True)
    second = undo.operation(cast.manager, key, before=first.next or 0, under=first.operation)
    assert (second.count("back"), second.next) == (3, None)
    assert {stored(BRAND, one.id).note for one in made} == {None}


def test_what_was_never_done_or_is_not_theirs_to_know_is_not_there(cast: Cast, database: Database) -> None:
    for key in (str(uuid7()), "7", "x", "9" * 30):
        with pytest.raises(NotFound):
            undo.operation(cast.manager, key)
    with making(database, cast.north, cast.south) as factory:
        rule = factory.make(RULE)
    key = uuid7()
    with db.transaction(cast.manager, operation=key):
        records.change(cast.manager, RULE, rule.id, {"reorder_point": "8"}, expected_version=1)
    with pytest.raises(NotFound):
        undo.operation(cast.south_clerk, str(key))
    assert undo.operation(cast.manager, str(key)).count("back") == 1


def test_an_id_that_was_used_for_another_undo_is_refused(cast: Cast) -> None:
    made, key = bulk(cast, 1, note="Checked")
    again = uuid7()
    undo.operation(cast.manager, key, under=again)
    with pytest.raises(OperationReused):
        undo.operation(cast.admin, key, under=again)
    assert stored(BRAND, made[0].id).note is None


def test_two_who_undo_the_same_at_once_undo_it_once(cast: Cast) -> None:
    soap = product(cast.manager)
    records.change(cast.manager, PRODUCT, soap.id, {"price": "13"}, expected_version=1)
    changed = newest(PRODUCT, soap.id)
    other = product(cast.manager)
    records.remove(cast.manager, PRODUCT, other.id, expected_version=1)
    deleted = newest(PRODUCT, other.id)
    for change, version in ((changed, 3), (deleted, 3)):
        states: list[str] = []
        start = threading.Barrier(2)

        def one(person: Actor, change: Change = change, start: Any = start, states: Any = states) -> None:
            try:
                start.wait()
                states.append(back(person, change).state)
            finally:
                db.release()

        people = [threading.Thread(target=one, args=(person,)) for person in (cast.manager, cast.admin)]
        for person in people:
            person.start()
        for person in people:
            person.join()
        assert sorted(states) == ["already", "back"]
        assert stored(PRODUCT, change.record_id).version == version


def test_what_was_changed_twice_in_one_transaction_goes_back_through_both(cast: Cast) -> None:
    key = uuid7()
    with db.transaction(cast.manager, operation=key):
        soap = product(cast.manager)
        records.change(cast.manager, PRODUCT, soap.id, {"price": "13"}, expected_version=1)
        records.change(cast.manager, PRODUCT, soap.id, {"price": "14", "name": "Fine soap"}, expected_version=2)
    done = undo.operation(cast.manager, str(key))
    assert {outcome.state for outcome in done.outcomes} == {"back"}
    assert stored(PRODUCT, soap.id) is None


def test_what_was_changed_and_deleted_in_one_transaction_comes_back_as_it_was(cast: Cast) -> None:
    soap, key = product(cast.manager), uuid7()
    with db.transaction(cast.manager, operation=key):
        records.change(cast.manager, PRODUCT, soap.id, {"price": "13"}, expected_version=1)
        records.change(cast.manager, PRODUCT, soap.id, {"price": "14", "name": "Fine soap"}, expected_version=2)
        records.remove(cast.manager, PRODUCT, soap.id, expected_version=3)
    shown = undo.preview(cast.manager, str(key))
    assert [plan.open for plan in shown.plans] == [True] * 3
    done = undo.operation(cast.manager, str(key))
    assert [outcome.state for outcome in done.outcomes] == ["back"] * 3
    assert (stored(PRODUCT, soap.id).price, stored(PRODUCT, soap.id).name) == (12, "Soap")
    undo.operation(cast.manager, str(done.operation))
    assert stored(PRODUCT, soap.id) is None


def test_what_came_and_went_in_one_transaction_stays_away(cast: Cast) -> None:
    key = uuid7()
    with db.transaction(cast.manager, operation=key):
        soap = product(cast.manager)
        records.change(cast.manager, PRODUCT, soap.id, {"price": "13"}, expected_version=1)
        records.remove(cast.manager, PRODUCT, soap.id, expected_version=2)
    assert {outcome.state for outcome in undo.operation(cast.manager, str(key)).outcomes} == {"already"}
    assert stored(PRODUCT, soap.id) is None


# --- a great many --------------------------------------------------------------------------------------------------------


def test_a_transaction_that_is_too_much_for_one_go_goes_back_in_parts(
    cast: Cast, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(undo, "MOST_AT_ONCE", 5)
    made = [records.create(cast.manager, BRAND, {"name": f"Much {uuid7()}"}) for _ in range(8)]
    key, ids = uuid7(), [one.id for one in made]
    with db.transaction(cast.manager, operation=key) as session:
        session.execute(sa.text("UPDATE brands SET note = 'All' WHERE id = ANY (:ids)"), {"ids": ids})
    shown = undo.preview(cast.manager, str(key))
    first = undo.operation(cast.manager, str(key), only={plan.change.seq for plan in shown.plans})
    assert (len(shown.plans), first.count("back"), first.next) == (5, 5, shown.next)
    rest = undo.operation(cast.manager, str(key), before=first.next or 0)
    assert (rest.count("back"), rest.next) == (3, None)
    assert {stored(BRAND, one.id).note for one in made} == {None}


def test_the_rest_of_a_step_that_is_too_much_for_one_go_is_not_undone(
    cast: Cast, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(undo, "MOST_AT_ONCE", 2)
    order, key = order_with_lines(cast), uuid7()
    made = [records.create(cast.manager, BRAND, {"name": f"Much {uuid7()}"}) for _ in range(3)]
    with db.transaction(system("tests"), operation=key) as session:
        session.execute(sa.text("UPDATE orders SET state = 'confirmed' WHERE id = :id"), {"id": order.id})
        session.execute(
            sa.text("UPDATE brands SET note = 'All' WHERE id = ANY (:ids)"), {"ids": [one.id for one in made]}
        )
    done = undo.operation(cast.manager, str(key))
    assert [outcome.state for outcome in done.outcomes] == ["left", "left"]
    assert "That was a step of an order" in done.outcomes[0].message


def test_a_document_with_very_many_lines_is_put_in_order_in_a_moment() -> None:
    """Looked at pair by pair, ten thousand take many seconds in which nobody else is served."""

    def one(seq: int, entity: str, op: str, **diff: object) -> Change:
        facts = (None, "sql", entity, uuid7(), op, 1, frozenset[UUID](), frozenset[UUID]())
        return Change(seq, dt.datetime.now(dt.UTC), *facts, diff)

    order = one(1, "order", "insert")
    lines = [one(n, "order_line", "insert", order_id=str(order.record_id)) for n in range(10_000, 1, -1)]
    start = time.process_time()
    found = undo_look.leaders_first([*lines, order])
    assert time.process_time() - start < 1
    assert [found[0], *found[1:3]] == [order, *lines[:2]]


def test_what_is_asked_does_not_grow_with_the_rows(cast: Cast) -> None:
    asked: list[int] = []
    for count in (2, 12):
        made, key = bulk(cast, count, note="Checked")
        for one in made:
            records.change(cast.admin, BRAND, one.id, {"note": "Mine"}, expected_version=2)
        gone = uuid7()
        many_records.remove(cast.manager, BRAND, [(one.id, 3) for one in made], operation=gone)
        with statements() as said:
            assert len(undo.preview(cast.manager, str(gone)).plans) == count
            assert undo.preview(cast.manager, key).plans[0].why == "Manager deleted it since: restore it first."
        asked.append(len(said))
    assert asked[0] == asked[1] < 25


@contextlib.contextmanager
def statements() -> Iterator[list[str]]:
    """What the database is asked meanwhile."""
    said: list[str] = []

    def note(connection: Any, cursor: Any, statement: str, *rest: Any) -> None:
        said.append(statement)

    sa.event.listen(db.engine(), "before_cursor_execute", note)
    try:
        yield said
    finally:
        sa.event.remove(db.engine(), "before_cursor_execute", note)


# --- to the last digit ---------------------------------------------------------------------------------------------------


def test_what_goes_back_has_every_digit_that_it_had(cast: Cast) -> None:
    """A cost has sixteen digits; read as a float, this one comes out with another last digit."""
    dear = Decimal("9877199021.114889")
    assert Decimal(str(float(dear))) != dear
    goods = product(cast.admin, cost=str(dear))
    operation = uuid7()
    records.change(cast.admin, PRODUCT, goods.id, {"cost": "1"}, expected_version=goods.version, operation=operation)
    undo.operation(cast.admin, str(operation), under=uuid7())
    assert stored(PRODUCT, goods.id).cost == dear


def test_what_is_restored_has_every_digit_that_it_had(cast: Cast) -> None:
    dear = Decimal("9877199021.114889")
    goods = product(cast.admin, cost=str(dear))
    operation = uuid7()
    records.remove(cast.admin, PRODUCT, goods.id, expected_version=goods.version, operation=operation)
    undo.operation(cast.admin, str(operation), under=uuid7())
    assert stored(PRODUCT, goods.id).cost == dear


def test_structured_data_is_restored_with_its_numbers(cast: Cast) -> None:
    report, question = named("report"), {"least": 1.5, "columns": ["a", {"b": 0.1}]}
    with db.transaction(cast.admin) as session:
        made = report(name="Odd", entity="brand", question=question)
        session.add(made)
    operation = uuid7()
    records.remove(cast.admin, report, made.id, expected_version=1, operation=operation)
    undo.operation(cast.admin, str(operation), under=uuid7())
    assert stored(report, made.id).question == question
