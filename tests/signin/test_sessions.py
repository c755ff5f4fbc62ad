"""Sessions live on the server: they end when their owner, an admin or time says so, and at once."""

from __future__ import annotations

from collections.abc import Callable

from app.core import db
from app.services.access import sessions
from tests.cast import PASSWORD, Cast
from tests.signin.conftest import Browser, Someone

NEW = "wet paper lantern"


def signed_in(guest: Browser) -> bool:
    answer = guest.get("/account/sessions")
    assert answer.status_code in (200, 302)
    return answer.status_code == 200


def test_signing_out_ends_the_session_on_the_server(guest: Browser, another: Browser) -> None:
    guest.sign_in("viewer@example.com")
    stolen = guest.cookie()
    assert stolen is not None
    assert guest.post("/account/sign-out").location == "/sign-in"
    another.client.set_cookie("backroom", stolen)
    assert not signed_in(another)


def test_signing_out_by_a_link_does_nothing(guest: Browser) -> None:
    guest.sign_in("viewer@example.com")
    assert guest.get("/account/sign-out").status_code == 405
    assert signed_in(guest)


def test_the_list_shows_ones_devices_and_only_those(
    guest: Browser, another: Browser, hire: Callable[..., Someone]
) -> None:
    someone = hire()
    guest.client.environ_base["HTTP_USER_AGENT"] = (
        "Mozilla/5.0 (iPhone; CPU iPhone OS 19_0 like Mac OS X) Version/19.0 Safari/605.1"
    )
    guest.sign_in(someone.email)
    another.sign_in("viewer@example.com")
    page = guest.get("/account/sessions").text
    assert "Safari on iPhone" in page
    assert page.count("This device") == 1
    assert page.count("session-words") == 1


def test_one_signs_out_another_device(
    guest: Browser, another: Browser, hire: Callable[..., Someone], sql: Callable[..., list]
) -> None:
    someone = hire()
    guest.sign_in(someone.email)
    another.sign_in(someone.email)
    [_, there] = sql("SELECT id FROM sessions WHERE user_id = :id ORDER BY created_at", id=someone.id)
    assert guest.post(f"/account/sessions/{there.id}/end").status_code == 303
    assert signed_in(guest)
    assert not signed_in(another)


def test_nobody_ends_somebody_elses_session(
    guest: Browser, another: Browser, hire: Callable[..., Someone], sql: Callable[..., list]
) -> None:
    someone = hire()
    another.sign_in(someone.email)
    guest.sign_in("manager@example.com")
    [theirs] = sql("SELECT id FROM sessions WHERE user_id = :id", id=someone.id)
    for id in (theirs.id, "018f0000-0000-7000-8000-000000000000", "garbage"):
        assert guest.post(f"/account/sessions/{id}/end").status_code == 404
    assert signed_in(another)


def test_signing_out_everywhere_else_keeps_this_device(
    guest: Browser, another: Browser, hire: Callable[..., Someone]
) -> None:
    someone = hire()
    guest.sign_in(someone.email)
    another.sign_in(someone.email)
    assert guest.post("/account/sessions/end-others").status_code == 303
    assert signed_in(guest)
    assert not signed_in(another)


def test_the_admin_signs_somebody_out_everywhere(admin: Browser, guest: Browser, hire: Callable[..., Someone]) -> None:
    someone = hire()
    guest.sign_in(someone.email)
    assert guest.post(f"/users/{someone.id}/sign-out").status_code == 404
    assert signed_in(guest)
    assert admin.post(f"/users/{someone.id}/sign-out").status_code == 303
    assert not signed_in(guest)


def test_an_idle_session_ends(guest: Browser, hire: Callable[..., Someone], sql: Callable[..., list]) -> None:
    someone = hire()
    guest.sign_in(someone.email)
    sql("UPDATE sessions SET last_seen_at = now() - interval '12 hours 1 second' WHERE user_id = :id", id=someone.id)
    assert not signed_in(guest)


def test_a_session_in_use_ends_too_one_day(
    guest: Browser, hire: Callable[..., Someone], sql: Callable[..., list]
) -> None:
    someone = hire()
    guest.sign_in(someone.email)
    sql("UPDATE sessions SET expires_at = now() - interval '1 second' WHERE user_id = :id", id=someone.id)
    assert not signed_in(guest)


def test_use_is_noted_but_not_at_every_click(
    guest: Browser, hire: Callable[..., Someone], sql: Callable[..., list]
) -> None:
    someone = hire()
    guest.sign_in(someone.email)
    sql("UPDATE sessions SET last_seen_at = now() - interval '1 hour' WHERE user_id = :id", id=someone.id)
    for _ in range(3):
        assert signed_in(guest)
    [row] = sql(
        "SELECT version, now() - last_seen_at < interval '1 minute' AS fresh FROM sessions WHERE user_id = :id",
        id=someone.id,
    )
    assert row.fresh
    [former] = sql(
        "SELECT count(*) AS notes FROM changes WHERE op = 'update' AND"
        " record_id IN (SELECT id FROM sessions WHERE user_id = :id)",
        id=someone.id,
    )
    assert former.notes == 2  # ours above, and one


def test_only_a_hash_of_the_token_is_kept(
    guest: Browser, hire: Callable[..., Someone], sql: Callable[..., list]
) -> None:
    someone = hire()
    guest.sign_in(someone.email)
    with guest.client.session_transaction() as cookie:
        token = cookie["_user_id"]
    [row] = sql("SELECT * FROM sessions WHERE user_id = :id", id=someone.id)
    assert token not in str(row)
    assert row.token_hash == sessions.hash_of(token)


def test_a_forged_cookie_is_nobody(guest: Browser, hire: Callable[..., Someone]) -> None:
    guest.sign_in(hire().email)
    cookie = guest.cookie()
    assert cookie is not None
    for forged in (cookie[:-2], cookie + "x", cookie.replace(".", "..", 1), "garbage", ""):
        guest.client.set_cookie("backroom", forged)
        assert not signed_in(guest)


def test_changing_ones_password_asks_for_the_present_one_and_ends_other_sessions(
    guest: Browser, another: Browser, hire: Callable[..., Someone]
) -> None:
    someone = hire()
    guest.sign_in(someone.email)
    another.sign_in(someone.email)
    wrong = guest.post("/account/password", {"current": "wrong", "new": NEW, "again": NEW})
    assert (wrong.status_code, "That is not your present password." in wrong.text) == (422, True)
    assert signed_in(another)
    done = guest.post("/account/password", {"current": PASSWORD, "new": NEW, "again": NEW})
    assert done.status_code == 303
    assert signed_in(guest)
    assert not signed_in(another)
    assert another.sign_in(someone.email).status_code == 401
    assert another.sign_in(someone.email, NEW).status_code == 303


def test_an_open_socket_asks_again_and_learns_that_it_is_out(
    cast: Cast, guest: Browser, hire: Callable[..., Someone]
) -> None:
    someone = hire(("clerk", cast.north))
    guest.sign_in(someone.email)
    with guest.client.session_transaction() as cookie:
        actor = sessions.actor_of(cookie["_user_id"])
    assert actor is not None
    assert sessions.actor_again(actor) is not None
    sessions.end_all_of(cast.admin, someone.id)
    assert sessions.actor_again(actor) is None
    db.release()
