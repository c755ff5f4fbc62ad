"""However people edit, merge, delete and undo: the history, replayed from nothing, gives what is stored."""

from __future__ import annotations

import json
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from app.core import db
from app.core.actor import system
from app.core.entity import Entity, columns_of, named
from app.core.errors import AppError
from app.core.ids import uuid7
from app.services import records
from app.services.feed import changes
from app.services.feed.changes import Change
from app.services.history import undo
from tests.cast import Cast

ORDER, LINE = named("order"), named("order_line")

PERSON = st.sampled_from(("manager", "admin"))
TYPED = st.one_of(
    st.fixed_dictionaries({"note": st.sampled_from(("", "one", "one\ntwo", "zero\none", "three"))}),
    st.fixed_dictionaries({"ship_city": st.sampled_from(("", "Cork", "Galway")), "shipper": st.sampled_from(("", "An Post"))}),
)  # fmt: skip
COURSE = st.lists(
    st.one_of(
        st.tuples(st.just("edit"), PERSON, TYPED, st.integers(0, 3)),
        st.tuples(st.just("line"), PERSON, st.integers(1, 9), st.integers(0, 3)),
        st.tuples(st.just("add"), PERSON, st.integers(1, 9), st.just(0)),
        st.tuples(st.just("drop"), PERSON, st.just(0), st.integers(0, 3)),
        st.tuples(st.just("delete"), PERSON, st.just(0), st.just(0)),
        st.tuples(st.just("undo"), PERSON, st.booleans(), st.integers(0, 30)),
    ),
    min_size=2,
    max_size=14,
)


class World:
    """An order with lines, and what people do to it; they are refused as in life, and go on."""

    def __init__(self, cast: Cast) -> None:
        self.cast = cast
        given = {"sku": f"R{uuid7().hex[-12:]}", "name": "Replayed", "price": "1"}
        self.goods = records.create(cast.manager, named("product"), given).id
        lines = [self._line(quantity) for quantity in (1, 2)]
        self.order = records.create(
            cast.manager, ORDER, {"location_id": cast.north}, children={LINE.entity: lines}, operation=uuid7()
        ).id
        self.keys = [self._newest().operation or ""]

    def _line(self, quantity: int) -> records.Line:
        return records.Line({"product_id": self.goods, "quantity": str(quantity), "unit_price": "1"})

    def _newest(self) -> Change:
        with db.reading(system()) as session:
            return changes.of_record(session, ORDER.entity, self.order, limit=1)[0][0]

    def take(self, what: str, person: str, given: Any, turn: int) -> None:
        """One thing that somebody does."""
        actor, key = getattr(self.cast, person), uuid7()
        try:
            getattr(self, what)(actor, key, given, turn)
            self.keys.append(str(key))
        except AppError:
            pass

    def undo(self, actor: Any, key: UUID, partly: bool, turn: int) -> None:
        undo.operation(actor, self.keys[-1 - turn % len(self.keys)], partly=partly, under=key)

    def edit(self, actor: Any, key: UUID, given: Any, back: int) -> None:
        now = stored(ORDER, self.order) or {"version": 1}
        seen = max(1, now["version"] - back)
        records.merge(actor, ORDER, self.order, given, expected_version=seen, operation=key)

    def line(self, actor: Any, key: UUID, quantity: int, turn: int) -> None:
        line = self._some_line(turn)
        seen = max(1, line["version"] - 1)
        records.merge(actor, LINE, line["id"], {"quantity": quantity}, expected_version=seen, operation=key)

    def add(self, actor: Any, key: UUID, quantity: int, turn: int) -> None:
        values = dict(self._line(quantity).values) | {"order_id": self.order}
        records.create(actor, LINE, values, operation=key)

    def drop(self, actor: Any, key: UUID, given: Any, turn: int) -> None:
        line = self._some_line(turn)
        records.remove(actor, LINE, line["id"], expected_version=line["version"], operation=key)

    def delete(self, actor: Any, key: UUID, given: Any, turn: int) -> None:
        now = stored(ORDER, self.order) or {"version": 1}
        records.remove(actor, ORDER, self.order, expected_version=now["version"], operation=key)

    def _some_line(self, turn: int) -> Any:
        with db.reading(system()) as session:
            rows = session.execute(
                sa.text("SELECT id, version FROM order_lines WHERE order_id = :id ORDER BY id"), {"id": self.order}
            ).mappings().all()  # fmt: skip
        return rows[turn % len(rows)] if rows else {"id": uuid7(), "version": 1}

    def everything(self) -> list[tuple[type[Entity], UUID]]:
        """The order and every line it ever had."""
        with db.reading(system()) as session:
            found = session.scalars(
                sa.text(
                    "SELECT DISTINCT record_id FROM changes WHERE entity = 'order_line' AND diff ->> 'order_id' = :id"
                ),
                {"id": str(self.order)},
            )
            return [(ORDER, self.order), *((LINE, id) for id in found)]


def stored(entity: type[Entity], id: UUID) -> dict[str, Any] | None:
    """The row as the feed would tell it."""
    with db.reading(system()) as session:
        said = session.scalar(
            sa.text(f"SELECT to_jsonb(t)::text FROM {entity.__tablename__} t WHERE id = :id"), {"id": id}
        )
    return None if said is None else json.loads(said)


def replayed(entity: type[Entity], id: UUID) -> dict[str, Any] | None:
    """The row as its history makes it, from nothing; every change has to fit the one before."""
    with db.reading(system()) as session:
        told = [change for change, _ in reversed(changes.of_record(session, entity.entity, id, limit=10_000))]
    row: dict[str, Any] | None = None
    version = 0
    for change in told:
        assert change.version == version + 1, "versions go on without a gap"
        version = change.version
        if change.op == "insert":
            assert row is None
            row = dict(change.diff)
        elif change.op == "delete":
            assert row is not None
            assert like(change.diff) == like(row), "what was deleted is what was there"
            row = None
        else:
            assert row is not None
            assert {name: row[name] for name in change.diff} == {name: was for name, (was, _) in change.diff.items()}
            row |= {name: now for name, (_, now) in change.diff.items()} | {"version": version}
    return row


def like(row: dict[str, Any] | None) -> dict[str, Any] | None:
    """Without what the machine computes or stamps: of an update the feed tells neither."""
    if row is None:
        return None
    known = [name for name, column in columns_of_row(row).items() if column.computed is None]
    return {name: row[name] for name in known if name != "updated_at"} | {"version": None}


def columns_of_row(row: dict[str, Any]) -> dict[str, sa.Column[Any]]:
    return columns_of(LINE if "order_id" in row else ORDER)


@given(course=COURSE)
@settings(max_examples=12, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_the_history_replayed_from_nothing_gives_what_is_stored(cast: Cast, course: list[Any]) -> None:
    world = World(cast)
    for what, person, typed, turn in course:
        world.take(what, person, typed, turn)
    for entity, id in world.everything():
        made = replayed(entity, id)
        assert like(made) == like(stored(entity, id))
        now = stored(entity, id)
        assert (made or {}).get("version") == (now or {}).get("version")


def test_undoing_everything_newest_first_leaves_nothing(cast: Cast) -> None:
    world = World(cast)
    for step in (
        ("edit", "manager", {"note": "one"}, 0),
        ("line", "admin", 7, 0),
        ("add", "manager", 3, 0),
        ("drop", "manager", 0, 1),
        ("delete", "admin", 0, 0),
    ):
        world.take(*step)
    assert len(world.keys) == 6
    for key in reversed(list(world.keys)):
        done = undo.operation(cast.manager, key)
        assert {outcome.state for outcome in done.outcomes} == {"back"}, done.outcomes
    assert [stored(entity, id) for entity, id in world.everything()] == [None] * 4
