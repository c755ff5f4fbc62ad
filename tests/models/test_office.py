"""Access, people and office in a real database: secrets stay unset, and what is one's own stays one's own."""

from __future__ import annotations

import pytest

from app.core import access, db
from app.core.entity import named
from app.core.errors import Forbidden, Invalid, NotFound
from app.services import records
from tests.cast import Cast


def test_an_admin_makes_what_holds_a_secret_without_being_able_to_write_it(cast: Cast) -> None:
    for entity, given in {
        "user": {"name": "Ana", "email": "ana@example.com"},
        "terminal": {"name": "Till 1", "location_id": cast.north},
        "webhook": {"name": "Books", "url": "https://example.com/books"},
    }.items():
        assert records.create(cast.admin, named(entity), given).version == 1


def test_a_login_is_kept_in_lower_case(cast: Cast) -> None:
    assert (
        records.create(cast.admin, named("user"), {"name": "Bo", "email": "Bo@Example.COM"}).email == "bo@example.com"
    )


def test_a_permission_is_for_a_verb_or_for_a_field_with_a_level(cast: Cast) -> None:
    role = records.create(cast.admin, named("role"), {"name": "night shift"}).id
    asked = {"role_id": role, "entity": "product"}
    for given in (
        {},
        {"verb": "see", "field": "cost", "level": "see"},
        {"field": "cost"},
        {"verb": "see", "level": "see"},
    ):
        with pytest.raises(Invalid):
            records.create(cast.admin, named("permission"), asked | given)
    records.create(cast.admin, named("permission"), asked | {"verb": "see"})
    records.create(cast.admin, named("permission"), asked | {"field": "cost", "level": "see"})
    with pytest.raises(Invalid):
        records.create(cast.admin, named("permission"), asked | {"verb": "see"})


def test_a_view_belongs_to_whoever_saves_it_and_others_see_it_only_when_shared(cast: Cast) -> None:
    views = named("saved_view")
    mine = records.create(cast.north_clerk, views, {"name": "Mine", "entity": "product"})
    ours = records.create(cast.north_clerk, views, {"name": "Ours", "entity": "product", "shared": True})
    ids, owner = (mine.id, ours.id), mine.user_id
    assert owner == cast.north_clerk.id
    with db.reading(cast.south_clerk):
        assert access.get(cast.south_clerk, views, ids[1]).name == "Ours"
        with pytest.raises(NotFound):
            access.get(cast.south_clerk, views, ids[0])
        with pytest.raises(Forbidden):
            access.get(cast.south_clerk, views, ids[1], to="change")


def test_nobody_hands_over_somebody_elses_decisions(cast: Cast) -> None:
    days = {"starts_on": "2030-01-01", "ends_on": "2030-01-05"}
    mine = {"user_id": cast.manager.id, "to_user_id": cast.admin.id}
    assert records.create(cast.manager, named("delegation"), days | mine).version == 1
    theirs = {"user_id": cast.admin.id, "to_user_id": cast.manager.id}
    with pytest.raises((Forbidden, Invalid)):
        records.create(cast.manager, named("delegation"), days | theirs)


def test_a_comment_is_made_by_its_author_on_a_record_that_they_see(cast: Cast) -> None:
    comments = named("comment")
    said = records.create(
        cast.north_clerk, comments, {"entity": "location", "record_id": cast.north, "body": "Closed on Monday"}
    )
    assert (said.author_id, said.entity) == (cast.north_clerk.id, "location")
    client = records.create(cast.frontdesk, named("client"), {"name": "Zoe"}).id
    with pytest.raises(Forbidden):
        records.create(cast.north_clerk, comments, {"entity": "client", "record_id": client, "body": "Hello"})


def test_a_member_of_staff_is_made_with_places_and_hours_and_only_at_ones_own_locations(cast: Cast) -> None:
    grids = {
        "staff_location": [records.Line({"location_id": cast.south})],
        "staff_hours": [records.Line({"weekday": "monday", "starts_at": "09:00", "ends_at": "17:00"})],
    }
    kim = records.create(cast.manager, named("staff"), {"name": "Kim", "location_id": cast.north}, children=grids).id
    access.get(cast.manager, named("staff"), kim)
    with pytest.raises(NotFound):
        access.get(cast.north_clerk, named("staff"), kim)
    wrong = records.Line({"weekday": "monday", "starts_at": "17:00", "ends_at": "09:00"})
    lee = {"name": "Lee", "location_id": cast.north}
    with pytest.raises(Invalid) as refused:
        records.create(cast.manager, named("staff"), lee, children={"staff_hours": [wrong]})
    assert set(refused.value.fields) == {"staff_hours.0.ends_at"}
