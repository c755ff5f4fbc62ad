"""Two people on one record, in every way there is: it merges, or it asks, and nothing that was typed is lost."""

from __future__ import annotations

import tracemalloc
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from typing import Any
from uuid import UUID

import psycopg
import pytest
from psycopg import sql as quoting

from app.core import merge
from app.core.actor import system
from app.core.entity import Entity, columns_of, named
from app.core.errors import Conflict, Invalid
from app.core.ids import uuid7
from app.problems import as_json
from app.services import records
from app.views import paths
from tests.cast import Cast
from tests.databases import Database
from tests.merge.cases import CASES, Case
from tests.merge.doors import DOORS, JSON, Answer, Person
from tests.screens import forms
from tests.screens.conftest import Make, stored
from tests.web import Browser

Names = Mapping[str, UUID]


@pytest.fixture(scope="module")
def sql(database: Database) -> Iterator[psycopg.Connection[Any]]:
    """A plain connection as the owner's psql would have it."""
    with psycopg.connect(database.dsn, autocommit=True) as connection:
        yield connection


@pytest.fixture
def names(make: Make, cast: Cast) -> Names:
    """The records that cases call by name."""
    category = named("category")
    return {
        "turn": uuid7(),
        "category:one": make(category),
        "category:two": make(category),
        "location:North": cast.north,
        "location:Elsewhere": cast.elsewhere,
    }


def _meant(values: Mapping[str, Any], names: Names) -> dict[str, Any]:
    """The values of a case, with the records that it calls by name."""
    turn = names["turn"].hex[-6:]
    return {
        column: str(names.get(value, value.replace("§", turn))) if isinstance(value, str) else value
        for column, value in values.items()
    }


def _record(case: Case, make: Make, names: Names) -> UUID:
    entity = named(case.entity)
    columns = columns_of(entity)
    before = {
        column: merge.read(columns[column].info["column"], value)
        for column, value in _meant(case.before, names).items()
    }
    return make(entity, **before)


def _happen(case: Case, id: UUID, names: Names, sql: psycopg.Connection[Any]) -> None:
    """What the colleague does meanwhile."""
    entity, everyone = named(case.entity), system("tests")
    if case.happens in ("change", "forgotten"):
        records.change(everyone, entity, id, _meant(case.theirs, names), expected_version=1)
    if case.happens == "forgotten":
        sql.execute("DELETE FROM changes WHERE record_id = %s", [id])
    if case.happens == "sql":
        for column, value in case.theirs.items():
            _set(sql, entity, id, column, value)
    if case.happens in ("move", "move and delete"):
        _set(sql, entity, id, "location_id", names["location:Elsewhere"])
    if case.happens == "close":
        _set(sql, entity, id, "state", "fulfilled")
    if case.happens == "delete":
        records.remove(everyone, entity, id, expected_version=1)
    if case.happens == "move and delete":
        records.remove(everyone, entity, id, expected_version=2)
    for statement in RIGHTS.get(case.happens, ()):
        sql.execute(statement)


def _set(sql: psycopg.Connection[Any], entity: type[Entity], id: UUID, column: str, value: Any) -> None:
    statement = quoting.SQL("UPDATE {} SET {} = %s WHERE id = %s")
    sql.execute(statement.format(quoting.Identifier(entity.__tablename__), quoting.Identifier(column)), [value, id])


MANAGER = "(SELECT id FROM roles WHERE name = 'manager')"
RIGHTS: dict[str, tuple[Any, ...]] = {
    "take change": (
        f"UPDATE permissions SET verb = 'see' WHERE role_id = {MANAGER} AND entity = 'order' AND verb = '*'",
    ),
    "take all": (f"UPDATE permissions SET verb = 'nap' WHERE role_id = {MANAGER} AND entity = 'order' AND verb = '*'",),
    "take field": (
        f"INSERT INTO permissions (role_id, entity, field, level) VALUES ({MANAGER}, 'order', 'ship_name', 'see')",
    ),
}
BACK = (
    f"UPDATE permissions SET verb = '*' WHERE role_id = {MANAGER} AND entity = 'order' AND verb IN ('see', 'nap')",
    f"DELETE FROM permissions WHERE role_id = {MANAGER} AND entity = 'order' AND field = 'ship_name'",
)


@pytest.fixture
def rights(sql: psycopg.Connection[Any]) -> Iterator[None]:
    """Whatever right was taken is given back."""
    yield
    for statement in BACK:
        sql.execute(statement)


@pytest.fixture
def person(database: Database, browsers: Callable[[str], Browser]) -> Callable[[str], Person]:
    """One of the cast in all their shapes."""
    return lambda name: Person(lambda: getattr(Cast.met(database), name), browsers(name))


def _pairs() -> list[Any]:
    """Every case with every door through which it can be sent."""
    return [
        pytest.param(case, door, id=f"{door}-{case.name}")
        for door, way in DOORS.items()
        for case in CASES
        if way.takes(named(case.entity), case.mine)
    ]


PAIRS = _pairs()


@pytest.mark.parametrize(("case", "door"), PAIRS)
def test_it_merges_or_asks_and_nothing_typed_is_lost(
    case: Case,
    door: str,
    make: Make,
    names: Names,
    sql: psycopg.Connection[Any],
    person: Callable[[str], Person],
    rights: None,
) -> None:
    entity, mine = named(case.entity), _meant(case.mine, names)
    id = _record(case, make, names)
    opened = DOORS[door](person(case.who), entity, id)
    _happen(case, id, names, sql)
    between = stored(entity, id)
    answer = opened.save(mine)
    asked = set(mine) if case.set_asks and door == "bulk" else set(case.asked)
    if case.stored and not asked:
        assert answer.saved, answer.said[:300]
        now = stored(entity, id)
        assert {column: str(getattr(now, column)) for column in case.stored} == dict(case.stored)
        return
    assert not answer.saved
    assert answer.asked == asked
    if asked or door == "form":
        _given_back(entity, mine, answer, case.shown if door == "form" else {})
    if case.refused:
        assert answer.said
        a_row_says_why = door == "bulk" and not answer.code
        assert a_row_says_why or answer.code in REFUSED[case.refused], answer.said[:300]
    after = stored(entity, id)
    if between is not None:
        assert after is not None
        assert (after.version, [str(getattr(after, name)) for name in mine]) == (
            between.version,
            [str(getattr(between, name)) for name in mine],
        )


REFUSED: Mapping[str, set[str]] = {
    "invalid": {"invalid", "forbidden"},
    "deleted": {"deleted", "gone"},
    "moved_away": {"moved_away", "gone"},
    "closed": {"closed", "conflict"},
    "forbidden": {"forbidden"},
    "not_found": {"not_found", "forbidden"},
}
"""What a service says → that and what pages say, by their status."""


def _given_back(entity: type[Entity], mine: Mapping[str, Any], answer: Answer, shown: Mapping[str, str]) -> None:
    """Every column that was sent stands in the answer as it was typed; what was joined shows both sides."""
    assert answer.typed is not None, answer.said[:300]
    columns = columns_of(entity)
    for name, value in (mine | shown).items():
        column, back = columns[name].info["column"], answer.typed.get(name)
        assert merge.same(merge.read(column, back), merge.read(column, value)), f"{name}: {back!r} is not {value!r}"


ASKED = [case for case in CASES if case.asked]


@pytest.mark.parametrize("case", ASKED, ids=[case.name for case in ASKED])
def test_what_a_person_decides_after_looking_is_what_is_stored(
    case: Case, make: Make, names: Names, sql: psycopg.Connection[Any], person: Callable[[str], Person]
) -> None:
    entity, mine, id = named(case.entity), _meant(case.mine, names), _record(case, make, names)
    form = DOORS["form"](person(case.who), entity, id)
    _happen(case, id, names, sql)
    browser, place = person(case.who).browser, form.place  # type: ignore[attr-defined]
    refused = _post(form, mine)
    again = forms.read(refused.text)
    assert browser.post(place, data=again).status_code == 303
    now, columns = stored(entity, id), columns_of(entity)
    for column in case.asked:
        assert merge.same(getattr(now, column), merge.read(columns[column].info["column"], mine[column]))


def test_a_decision_about_what_has_changed_again_is_asked_about_again(
    make: Make, names: Names, sql: psycopg.Connection[Any], person: Callable[[str], Person]
) -> None:
    brand = named("brand")
    id = make(brand, note="a")
    form = DOORS["form"](person("admin"), brand, id)
    records.change(system("tests"), brand, id, {"note": "theirs"}, expected_version=1)
    again = forms.read(_post(form, {"note": "mine"}).text)
    records.change(system("tests"), brand, id, {"note": "newer"}, expected_version=2)
    refused = person("admin").browser.post(form.place, data=again)  # type: ignore[attr-defined]
    assert refused.status_code == 409
    assert "newer" in refused.text
    assert stored(brand, id).note == "newer"  # type: ignore[union-attr]


def test_a_hidden_field_is_refused_and_never_told_however_stale(
    make: Make, cast: Cast, sql: psycopg.Connection[Any]
) -> None:
    adjustment = named("adjustment")
    id = make(adjustment)
    _set(sql, adjustment, id, "value", "77.77")
    with pytest.raises(Invalid) as refused:
        records.merge(cast.north_clerk, adjustment, id, {"value": "5"}, expected_version=1)
    assert "77" not in str(refused.value.fields)
    _set(sql, adjustment, id, "note", "theirs")
    with pytest.raises(Conflict) as asked:
        records.merge(cast.north_clerk, adjustment, id, {"value": "5", "note": "mine"}, expected_version=1)
    assert "77" not in str(as_json(asked.value))
    assert "value" not in {change.field for change in asked.value.changes}


@pytest.fixture
def travelled(make: Make, cast: Cast, sql: psycopg.Connection[Any]) -> UUID:
    """An order of the manager's that was elsewhere for its versions 2 and 3, and has come back with the fourth."""
    id = make(named("order"), ship_name="mine to see")
    for statement in (
        "UPDATE orders SET location_id = %(elsewhere)s, ship_name = 'secret one', ship_city = 'secret' WHERE id = %(id)s",
        "UPDATE orders SET ship_name = 'secret two' WHERE id = %(id)s",
        "UPDATE orders SET location_id = %(north)s, ship_name = 'theirs', ship_city = 'back' WHERE id = %(id)s",
    ):
        sql.execute(statement, {"id": id, "elsewhere": cast.elsewhere, "north": cast.north})
    return id


@pytest.mark.parametrize("seen", [1, 2, 3])
def test_what_stood_in_a_record_while_it_was_elsewhere_is_told_to_nobody_here(
    seen: int, travelled: UUID, cast: Cast, browsers: Callable[[str], Browser]
) -> None:
    with pytest.raises(Conflict) as asked:
        records.merge(cast.manager, named("order"), travelled, {"ship_name": "mine"}, expected_version=seen)
    assert asked.value.base == {"ship_name": None}
    told = [(change.old, change.new) for change in asked.value.changes if change.field == "ship_name"]
    assert told == [(None, "theirs"), ("mine to see", None)][: 2 if seen == 1 else 1]
    manager, place = browsers("manager"), paths.of_record(named("order"), travelled)
    answers = [
        manager.post(f"{place}/cell", json={"column": "ship_name", "value": "mine", "version": seen}, headers=JSON),
        manager.post("/orders/bulk", json={"rows": [[str(travelled), seen]], "change": {"ship_name": "mine"}}),
        manager.post(f"{place}/delete", data={"version": str(seen)}, headers=JSON),
    ]
    assert [answer.status_code for answer in answers] == [409, 200, 409]
    assert not [answer.text for answer in answers if "secret" in answer.text]


def test_a_record_that_only_went_and_came_is_merged_by_what_was_seen_and_asked_about_from_elsewhere(
    make: Make, cast: Cast, sql: psycopg.Connection[Any]
) -> None:
    order = named("order")
    id = make(order, ship_name="seen")
    _set(sql, order, id, "location_id", cast.elsewhere)
    sql.execute("UPDATE orders SET location_id = %s, ship_city = 'Bern' WHERE id = %s", [cast.north, id])
    records.merge(cast.manager, order, id, {"ship_name": "mine"}, expected_version=1)
    assert stored(order, id).ship_name == "mine"  # type: ignore[union-attr]
    with pytest.raises(Conflict):  # of what stood there elsewhere nobody here can say that they saw it
        records.merge(cast.manager, order, id, {"ship_name": "other"}, expected_version=2)


def test_a_base_that_can_never_have_stood_there_is_no_base(make: Make, admin: Browser) -> None:
    brand = named("brand")
    id = make(brand, note="a\nb\nc")
    records.change(system("tests"), brand, id, {"note": "a\nb\ntheirs"}, expected_version=1)
    cell = {"column": "note", "value": "mine\nb\nc", "version": 1}
    for base in ("b\n" * 2_000, ["a"], {"a": 1}, 5):
        refused = admin.post(f"{paths.of_record(brand, id)}/cell", json=cell | {"base": base}, headers=JSON)
        assert (refused.status_code, refused.json["base"]) == (409, {"note": None})
    merged = admin.post(f"{paths.of_record(brand, id)}/cell", json=cell | {"base": "a\nb\nc"}, headers=JSON)
    assert merged.json["merged"]
    assert stored(brand, id).note == "mine\nb\ntheirs"  # type: ignore[union-attr]


@pytest.mark.parametrize(
    ("kind", "column", "before", "both", "said"),
    [
        ("stock_rule", "reorder_point", 40, "41", "Reorder point to the same meanwhile: it is 41, the two were not"),
        ("brand", "note", "a", "b", "made the same change of Note meanwhile."),
    ],
)
def test_who_does_what_somebody_did_already_is_told_so_at_every_door(
    kind: str, column: str, before: Any, both: str, said: str, make: Make, admin: Browser
) -> None:
    entity = named(kind)
    ids = [make(entity, **{column: before}) for _ in range(3)]
    forms_before = forms.read(admin.get(paths.of_form(entity, ids[2])).text)
    for id in ids:
        records.change(system("Anna"), entity, id, {column: both}, expected_version=1)
    cell = {"column": column, "value": both, "version": 1}
    forms_before[column] = both
    told = [
        admin.post(f"{paths.of_record(entity, ids[0])}/cell", json=cell, headers=JSON).json["merged"],
        admin.post(f"{paths.of_list(entity)}bulk", json={"rows": [[str(ids[1]), 1]], "change": {column: both}}).json[
            "results"
        ][0]["message"],
        admin.post(paths.of_form(entity, ids[2]), data=forms_before, headers={"X-Fragment": "1"}).json["message"],
    ]
    assert [said in sentence for sentence in told] == [True] * 3, told
    assert {stored(entity, id).version for id in ids} == {2}  # type: ignore[union-attr]


def test_who_never_saw_a_record_can_not_tell_whether_it_was_deleted_or_ever_was(
    make: Make, cast: Cast, browsers: Callable[[str], Browser]
) -> None:
    order = named("order")
    there, deleted = make(order, at=cast.elsewhere), make(order, at=cast.elsewhere)
    records.remove(system("tests"), order, deleted, expected_version=1)
    answers = set()
    for id in (there, deleted, uuid7()):
        place = f"{paths.of_form(order, id)}?version=0"
        for answer in (browsers("manager").get(place, headers=JSON), browsers("manager").post(place, headers=JSON)):
            answers.add((answer.status_code, answer.json["error"], answer.json["message"]))
    assert len(answers) == 1
    assert answers.pop()[:2] == (404, "not_found")


def _post(form: Any, mine: Mapping[str, Any]) -> Any:
    typed = form.page.copy()
    for name, value in mine.items():
        typed.setlist(name, value if isinstance(value, list) else [value])
    answer = form.person.browser.post(form.place, data=typed)
    assert answer.status_code == 409
    return answer


def test_a_version_out_of_all_measure_costs_no_memory(make: Make, cast: Cast) -> None:
    brand = named("brand")
    id = make(brand, note="a")
    records.change(cast.admin, brand, id, {"note": "b"}, expected_version=1)
    tracemalloc.start()
    with pytest.raises(Conflict):
        records.merge(cast.admin, brand, id, {"note": "mine"}, expected_version=-2_000_000)
    _, most = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert most < 20_000_000


def test_the_table_is_long_enough() -> None:
    assert len(CASES) >= 40
    assert len({case.name for case in CASES}) == len(CASES)
    tried = Counter(pair.values[1] for pair in PAIRS)
    assert all(tried[door] >= 40 for door in DOORS), tried
