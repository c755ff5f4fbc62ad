"""One-time links: an admin hands one over, its owner sets a password with it, once and soon."""

from __future__ import annotations

import re
import threading
from collections.abc import Callable

import pytest

from app.core import db
from app.core.errors import Forbidden, Gone, NotFound
from app.services.access import people, sign_in_rules
from app.services.access.attempts import Visitor
from app.services.access.sign_in_rules import Rules
from tests.cast import Cast
from tests.signin.conftest import Browser, Someone

NEW = "wet paper lantern"
HERE = Visitor("198.51.100.8", "")


def link_from(page: str) -> str:
    found = re.search(r"http://[^/]+(/welcome/[\w-]+)", page)
    assert found, "the page shows no link"
    return found[1]


def test_the_admin_makes_a_link_and_the_new_colleague_gets_in(
    admin: Browser, guest: Browser, hire: Callable[..., Someone]
) -> None:
    someone = hire(password=False)
    page = admin.post(f"/users/{someone.id}/link")
    assert page.status_code == 200
    link = link_from(page.text)
    assert someone.email in guest.get(link).text
    done = guest.post(link, {"password": NEW, "again": NEW})
    assert (done.status_code, done.location) == (303, "/sign-in")
    assert guest.sign_in(someone.email, NEW).status_code == 303


def test_a_link_works_once(cast: Cast, guest: Browser, hire: Callable[..., Someone]) -> None:
    link = f"/welcome/{people.one_time_link(cast.admin, hire().id)}"
    assert guest.get(link).status_code == 200
    assert guest.get(link).status_code == 200  # looking, as a mail scanner does, does not use it up
    assert guest.post(link, {"password": NEW, "again": NEW}).status_code == 303
    assert guest.post(link, {"password": "another one of mine", "again": "another one of mine"}).status_code == 410
    assert guest.get(link).status_code == 410


def test_of_two_with_the_same_link_one_gets_in(cast: Cast, hire: Callable[..., Someone]) -> None:
    token = people.one_time_link(cast.admin, hire().id)
    answers: list[str] = []
    together = threading.Barrier(2)

    def use(password: str) -> None:
        together.wait()
        try:
            people.set_password(token, password, HERE)
            answers.append("in")
        except Gone:
            answers.append("gone")
        finally:
            db.release()

    threads = [threading.Thread(target=use, args=(f"{NEW} {number}",)) for number in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(answers) == ["gone", "in"]


def test_a_newer_link_replaces_the_older(cast: Cast, guest: Browser, hire: Callable[..., Someone]) -> None:
    someone = hire()
    older = people.one_time_link(cast.admin, someone.id)
    newer = people.one_time_link(cast.admin, someone.id)
    assert guest.get(f"/welcome/{older}").status_code == 410
    assert guest.get(f"/welcome/{newer}").status_code == 200


def test_a_link_expires(cast: Cast, guest: Browser, hire: Callable[..., Someone], sql: Callable[..., list]) -> None:
    someone = hire()
    token = people.one_time_link(cast.admin, someone.id)
    [row] = sql("SELECT link_expires_at - now() AS left FROM users WHERE id = :id", id=someone.id)
    assert 0 <= (sign_in_rules.rules().link - row.left).total_seconds() < 60
    sql("UPDATE users SET link_expires_at = now() - interval '1 second' WHERE id = :id", id=someone.id)
    assert guest.get(f"/welcome/{token}").status_code == 410
    assert guest.post(f"/welcome/{token}", {"password": NEW, "again": NEW}).status_code == 410


def test_the_link_of_someone_disabled_meanwhile_is_gone(
    cast: Cast, guest: Browser, hire: Callable[..., Someone], sql: Callable[..., list]
) -> None:
    someone = hire()
    token = people.one_time_link(cast.admin, someone.id)
    sql("UPDATE users SET active = false WHERE id = :id", id=someone.id)
    assert guest.get(f"/welcome/{token}").status_code == 410


def test_only_a_hash_of_the_link_is_kept(cast: Cast, hire: Callable[..., Someone], sql: Callable[..., list]) -> None:
    someone = hire()
    token = people.one_time_link(cast.admin, someone.id)
    [row] = sql("SELECT * FROM users WHERE id = :id", id=someone.id)
    assert token not in str(row)
    assert row.link_hash
    assert row.link_hash not in str(sql("SELECT diff FROM changes WHERE record_id = :id", id=someone.id))


def test_a_refused_password_leaves_the_link_usable(cast: Cast, guest: Browser, hire: Callable[..., Someone]) -> None:
    link = f"/welcome/{people.one_time_link(cast.admin, hire().id)}"
    for password, again in (("short", "short"), (NEW, "something else"), ("password123", "password123")):
        refused = guest.post(link, {"password": password, "again": again})
        assert refused.status_code == 422
        assert "field-error" in refused.text
        assert f'value="{password}"' not in refused.text
    assert guest.post(link, {"password": NEW, "again": NEW}).status_code == 303


def test_a_new_password_ends_every_session_and_unlocks(
    cast: Cast, guest: Browser, another: Browser, hire: Callable[..., Someone]
) -> None:
    someone = hire()
    sign_in_rules.set_rules(Rules(tries=3))
    assert guest.sign_in(someone.email).status_code == 303
    for _ in range(3):
        another.sign_in(someone.email, "wrong")
    assert another.sign_in(someone.email).status_code == 429
    people.set_password(people.one_time_link(cast.admin, someone.id), NEW, HERE)
    assert guest.get("/account/sessions").status_code == 302
    assert another.sign_in(someone.email, NEW).status_code == 303


@pytest.mark.parametrize("name", ["manager", "north_clerk", "viewer", "nobody"])
def test_only_who_may_change_users_makes_links(
    cast: Cast, guest: Browser, hire: Callable[..., Someone], name: str
) -> None:
    someone = hire()
    guest.sign_in(f"{name}@example.com")
    assert guest.post(f"/users/{someone.id}/link").status_code == 404
    with pytest.raises(NotFound):
        people.one_time_link(getattr(cast, name), someone.id)


def test_nobody_makes_a_link_for_someone_who_may_do_more(
    cast: Cast, hire: Callable[..., Someone], sql: Callable[..., list]
) -> None:
    """A role that may change users could otherwise sign in as an admin."""
    from app.core import grants
    from app.core.actor import gate

    [role] = sql("INSERT INTO roles (name) VALUES ('personnel') RETURNING id")
    for verb in ("see", "change"):
        sql("INSERT INTO permissions (role_id, entity, verb) VALUES (:role, 'user', :verb)", role=role.id, verb=verb)
    officer = hire(("personnel", None))
    with db.reading(gate()) as session:
        actor = grants.resolve(session, officer.id)
    assert actor is not None
    with pytest.raises(Forbidden):
        people.one_time_link(actor, cast.admin.id)
    assert people.one_time_link(actor, hire().id)


@pytest.mark.parametrize("token", ["", "x", "a" * 5000, "%00", "..%2f..", "%ff%fe", "'; DROP TABLE users; --"])
def test_a_made_up_link_is_gone(guest: Browser, token: str) -> None:
    assert guest.get(f"/welcome/{token}").status_code in (400, 404, 410)


def test_the_admin_finds_the_link_on_the_persons_page(
    admin: Browser, guest: Browser, hire: Callable[..., Someone]
) -> None:
    someone = hire()
    assert f'action="/users/{someone.id}/link"' in admin.get(f"/users/{someone.id}").text
