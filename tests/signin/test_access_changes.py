"""What an admin changes about a person counts from that person's next request on."""

from __future__ import annotations

from collections.abc import Callable

from app.core import grants
from app.core.actor import system
from app.core.entity import named
from app.services import records
from app.services.access import sessions
from tests.cast import Cast
from tests.signin.conftest import Browser, Someone


def may_open(guest: Browser, path: str) -> bool:
    status = guest.get(path).status_code
    assert status in (200, 403, 404), status
    return status == 200


def test_a_disabled_person_is_out_at_the_next_request(
    guest: Browser, hire: Callable[..., Someone], cast: Cast, sql: Callable[..., list]
) -> None:
    someone = hire(("clerk", cast.north))
    guest.sign_in(someone.email)
    assert may_open(guest, "/products/")
    version = sql("SELECT version FROM users WHERE id = :id", id=someone.id)[0].version
    records.change(cast.admin, named("user"), someone.id, {"active": False}, expected_version=version)
    assert guest.get("/products/").status_code == 302
    assert guest.sign_in(someone.email).status_code == 401


def test_who_is_enabled_again_signs_in_again(
    guest: Browser, hire: Callable[..., Someone], sql: Callable[..., list]
) -> None:
    someone = hire()
    guest.sign_in(someone.email)
    sql("UPDATE users SET active = false WHERE id = :id", id=someone.id)
    assert guest.get("/account/sessions").status_code == 302
    sql("UPDATE users SET active = true WHERE id = :id", id=someone.id)
    assert guest.get("/account/sessions").status_code == 302
    assert guest.sign_in(someone.email).status_code == 303


def test_a_new_grant_opens_at_the_next_request(
    guest: Browser, hire: Callable[..., Someone], cast: Cast, sql: Callable[..., list]
) -> None:
    someone = hire()
    guest.sign_in(someone.email)
    assert not may_open(guest, "/products/")
    [role] = sql("SELECT id FROM roles WHERE name = 'clerk'")
    grant = records.create(
        cast.admin, named("grant"), {"user_id": someone.id, "role_id": role.id, "location_id": cast.north}
    )
    id, version = grant.id, grant.version
    assert may_open(guest, "/products/")
    records.remove(cast.admin, named("grant"), id, expected_version=version)
    assert not may_open(guest, "/products/")


def test_a_permission_taken_by_plain_sql_counts_too(
    guest: Browser, hire: Callable[..., Someone], cast: Cast, sql: Callable[..., list]
) -> None:
    [role] = sql("INSERT INTO roles (name) VALUES ('looker') RETURNING id")
    sql("INSERT INTO permissions (role_id, entity, verb) VALUES (:role, 'product', 'see')", role=role.id)
    someone = hire(("looker", None))
    guest.sign_in(someone.email)
    assert may_open(guest, "/products/")
    sql("DELETE FROM permissions WHERE role_id = :role", role=role.id)
    assert not may_open(guest, "/products/")


def test_a_new_location_is_there_at_once_for_an_open_socket(
    hire: Callable[..., Someone], cast: Cast, guest: Browser, sql: Callable[..., list]
) -> None:
    someone = hire(("clerk", cast.north))
    guest.sign_in(someone.email)
    with guest.client.session_transaction() as cookie:
        before = sessions.actor_of(cookie["_user_id"])
    assert before is not None
    [role] = sql("SELECT id FROM roles WHERE name = 'clerk'")
    records.create(
        system("tests"), named("grant"), {"user_id": someone.id, "role_id": role.id, "location_id": cast.south}
    )
    after = sessions.actor_again(before)
    assert after is not None
    assert after.access.locations("product", "see") == {cast.north, cast.south}
    assert after.access.profile != before.access.profile


def test_people_with_equal_grants_share_a_profile(hire: Callable[..., Someone], cast: Cast) -> None:
    from app.core import db
    from app.core.actor import gate

    one, two, three = hire(("clerk", cast.north)), hire(("clerk", cast.north)), hire(("clerk", cast.south))
    with db.reading(gate()) as session:
        profiles = [grants.resolve(session, person.id).access.profile for person in (one, two, three)]  # type: ignore[union-attr]
    assert profiles[0] == profiles[1] != profiles[2]


def test_the_switcher_takes_ones_own_locations_only(guest: Browser, cast: Cast) -> None:
    guest.sign_in("north_clerk@example.com")
    assert guest.post("/account/location", {"location": str(cast.north), "next": "/products/"}).location == "/products/"
    for other in (str(cast.south), "018f0000-0000-7000-8000-000000000000", "garbage"):
        assert guest.post("/account/location", {"location": other}).status_code == 404
    assert guest.post("/account/location", {"location": ""}).status_code == 303


def test_even_the_admin_picks_only_what_is_a_location(admin: Browser, cast: Cast) -> None:
    assert admin.post("/account/location", {"location": str(cast.south)}).status_code == 303
    assert admin.post("/account/location", {"location": str(cast.admin.id)}).status_code == 404


def test_a_location_picked_before_the_grant_went_is_forgotten(
    guest: Browser, hire: Callable[..., Someone], cast: Cast, sql: Callable[..., list]
) -> None:
    someone = hire(("clerk", cast.north), ("clerk", cast.south))
    guest.sign_in(someone.email)
    guest.post("/account/location", {"location": str(cast.south)})
    with guest.client.session_transaction() as cookie:
        token = cookie["_user_id"]
    assert sessions.actor_of(token, chosen=cast.south).chosen == cast.south  # type: ignore[union-attr]
    sql("DELETE FROM grants WHERE user_id = :id AND location_id = :place", id=someone.id, place=cast.south)
    assert sessions.actor_of(token, chosen=cast.south).chosen is None  # type: ignore[union-attr]
    assert guest.get("/").status_code == 200
