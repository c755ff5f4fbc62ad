"""Two people on one record, in every way there is: it merges, or it asks, and nothing that was typed is lost."""

from __future__ import annotations

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
from tests.merge.cases import CASES, Case, each_case
from tests.merge.doors import DOORS, JSON, Person
from tests.screens import forms
from tests.screens.conftest import Make, stored
from tests.web import Browser

Names = Mapping[str, UUID]
each_door = pytest.mark.parametrize("door", DOORS)


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


@each_case
@each_door
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
    if not DOORS[door].takes(entity, mine):
        return
    id = _record(case, make, names)
    opened = DOORS[door](person(case.who), entity, id)
    _happen(case, id, names, sql)
    between = stored(entity, id)
    answer = opened.save(mine)
    if case.stored:
        assert answer.saved, answer.text[:300]
        now = stored(entity, id)
        assert {column: str(getattr(now, column)) for column in case.stored} == dict(case.stored)
        return
    assert not answer.saved
    assert answer.asked == set(case.asked)
    _kept(mine, set(case.asked), answer.text)
    if case.refused and door == "service":
        assert answer.code == case.refused
    after = stored(entity, id)
    if between is not None:
        assert after is not None
        assert (after.version, [str(getattr(after, name)) for name in mine]) == (
            between.version,
            [str(getattr(between, name)) for name in mine],
        )


def _kept(mine: Mapping[str, Any], asked: set[str], text: str) -> None:
    """Everything that was typed is in the answer; of what was joined with theirs, the part that is mine."""
    for column, value in mine.items():
        typed = str(value) if column in asked else str(value).split("\n")[0]
        shown = {typed, typed.replace("\n", "\\n"), typed.replace("\n", "\r\n"), typed[:16]}
        assert any(form in text for form in shown), f"{column}: {typed!r} is not in the answer"


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


def test_the_table_is_long_enough() -> None:
    assert len(CASES) >= 40
    assert len({case.name for case in CASES}) == len(CASES)
