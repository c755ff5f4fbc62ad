"""The permission matrix: what an admin ticks counts from the next request on."""

from __future__ import annotations

from collections.abc import Callable

import pytest
import sqlalchemy as sa

from app.core import db
from app.core.actor import system
from app.models.role import Role
from tests.web import Browser

JSON = {"X-Requested-With": "XMLHttpRequest"}


@pytest.fixture
def roles(database: object) -> dict[str, object]:
    with db.reading(system()) as session:
        return {name: id for name, id in session.execute(sa.select(Role.name, Role.id))}  # noqa: C416


def set_verb(browser: Browser, role: object, entity: str, verb: str, on: bool):  # type: ignore[no-untyped-def]
    change = {"entity": entity, "verb": verb, "on": on}
    return browser.post(f"/permission-matrix/{role}", json={"changes": [change]}, headers=JSON)


def test_it_shows_what_each_role_may_do(admin: Browser, roles: dict[str, object]) -> None:
    for name, id in roles.items():
        page = admin.get(f"/permission-matrix/{id}")
        assert page.status_code == 200
        assert {"frontdesk": "Front desk"}.get(name, name.capitalize()) in page.text


def test_a_verb_that_is_given_and_taken_counts_at_once(
    browsers: Callable[[str], Browser], roles: dict[str, object]
) -> None:
    admin, clerk = browsers("admin"), browsers("north_clerk")
    assert clerk.get("/brands/new").status_code == 403
    assert set_verb(admin, roles["clerk"], "brand", "create", True).status_code == 200
    assert clerk.get("/brands/new").status_code == 200
    assert set_verb(admin, roles["clerk"], "brand", "create", False).status_code == 200
    assert clerk.get("/brands/new").status_code == 403


def test_a_field_that_is_closed_is_gone_from_list_and_form(
    browsers: Callable[[str], Browser], roles: dict[str, object]
) -> None:
    admin, clerk = browsers("admin"), browsers("north_clerk")
    assert 'data-column="price"' in clerk.get("/products/").text or "column=price" in clerk.get("/products/").text
    change = {"entity": "product", "field": "price", "level": "hidden"}
    assert (
        admin.post(f"/permission-matrix/{roles['clerk']}", json={"changes": [change]}, headers=JSON).status_code == 200
    )
    assert "column=price" not in clerk.get("/products/").text
    assert clerk.get("/products/?sort=price").status_code == 400
    change["level"] = ""
    assert (
        admin.post(f"/permission-matrix/{roles['clerk']}", json={"changes": [change]}, headers=JSON).status_code == 200
    )
    assert "column=price" in clerk.get("/products/").text


def test_nobody_else_gets_in(browsers: Callable[[str], Browser], roles: dict[str, object]) -> None:
    for name in ("manager", "north_clerk", "viewer", "nobody"):
        assert browsers(name).get("/permission-matrix/").status_code in (403, 404)
        assert set_verb(browsers(name), roles["clerk"], "brand", "create", True).status_code in (403, 404)


def test_nonsense_is_refused_and_one_wrong_wish_undoes_all(admin: Browser, roles: dict[str, object]) -> None:
    good = {"entity": "brand", "verb": "delete", "on": True}
    for bad in (
        {"entity": "nothing", "verb": "see", "on": True},
        {"entity": "brand", "verb": "fly", "on": True},
        {"entity": "user", "field": "password_hash", "level": "see"},
        {"entity": "brand"},
        "x",
        {"entity": 5},
    ):
        answer = admin.post(f"/permission-matrix/{roles['clerk']}", json={"changes": [good, bad]}, headers=JSON)
        assert 400 <= answer.status_code < 500, answer.text
    with db.reading(system()) as session:
        assert not session.scalar(
            sa.text("SELECT count(*) FROM permissions WHERE entity = 'brand' AND verb = 'delete' AND role_id = :role"),
            {"role": roles["clerk"]},
        )


def test_the_admin_can_not_lock_themselves_out(admin: Browser, roles: dict[str, object]) -> None:
    answer = set_verb(admin, roles["admin"], "*", "*", False)
    assert answer.status_code == 422
    assert admin.get("/permission-matrix/").status_code == 200
