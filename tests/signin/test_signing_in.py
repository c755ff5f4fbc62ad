"""Signing in: who knows the password gets a new session, everybody else the same answer and soon a wait."""

from __future__ import annotations

import statistics
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from datetime import timedelta

import pytest
import sqlalchemy as sa

from app.core import db
from app.core.errors import AppError, LockedOut, SignInRefused
from app.services.access import passwords, people, sign_in_rules
from app.services.access.attempts import Visitor
from app.services.access.sign_in_rules import Rules
from tests.cast import PASSWORD
from tests.databases import Database
from tests.signin.conftest import Browser, Someone

HERE = Visitor("198.51.100.7", "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0")

REFUSED = "That name and password do not match."


def test_the_right_password_opens_home(guest: Browser) -> None:
    answer = guest.sign_in("manager@example.com")
    assert (answer.status_code, answer.location) == (303, "/")
    page = guest.get("/")
    assert page.status_code == 200
    assert "Manager" in page.text


def test_an_address_is_the_same_in_capitals_and_with_spaces(guest: Browser) -> None:
    assert guest.sign_in("  Manager@Example.COM ").status_code == 303


def test_a_session_planted_before_signing_in_is_worth_nothing(guest: Browser, another: Browser) -> None:
    guest.get("/sign-in")
    planted = guest.cookie()
    assert planted is not None
    guest.sign_in("manager@example.com")
    assert guest.cookie() != planted
    another.client.set_cookie("backroom", planted)
    assert another.get("/account/sessions").status_code == 302


def test_signing_in_over_a_running_session_ends_that_session(guest: Browser, another: Browser) -> None:
    guest.sign_in("manager@example.com")
    former = guest.cookie()
    assert former is not None
    guest.sign_in("viewer@example.com")
    another.client.set_cookie("backroom", former)
    assert another.get("/account/sessions").status_code == 302


def test_the_csrf_token_changes_with_the_person(guest: Browser) -> None:
    before = guest.token()
    guest.sign_in("manager@example.com")
    refused = guest.client.post("/account/location", data={"csrf_token": before, "location": ""})
    assert refused.status_code == 400


def test_the_cookie_holds_no_person_and_is_kept_from_scripts(guest: Browser) -> None:
    answer = guest.sign_in("manager@example.com")
    cookie = next(value for value in answer.headers.getlist("Set-Cookie") if value.startswith("backroom="))
    assert "HttpOnly" in cookie
    assert "SameSite=Lax" in cookie
    assert "Path=/" in cookie
    assert "manager" not in cookie.lower()


def test_nothing_tells_whether_a_login_exists(
    guest: Browser, hire: Callable[..., Someone], sql: Callable[..., list]
) -> None:
    disabled = hire()
    sql("UPDATE users SET active = false WHERE id = :id", id=disabled.id)
    without = hire(password=False)
    answers = {
        "wrong password": guest.sign_in("viewer@example.com", "not the password"),
        "unknown": guest.sign_in("no-such-person@example.com", "not the password"),
        "disabled": guest.sign_in(disabled.email),
        "no password yet": guest.sign_in(without.email),
        "empty": guest.sign_in(without.email, ""),
        "not an address": guest.sign_in("manager", "not the password"),
    }
    for why, answer in answers.items():
        assert answer.status_code == 401, why
        assert REFUSED in answer.text, why


def test_refusing_a_stranger_takes_as_long_as_refusing_a_colleague(hire: Callable[..., Someone]) -> None:
    known = hire()
    sign_in_rules.set_rules(Rules(tries=1000, address_tries=10_000))

    def seconds(email: str) -> float:
        start = time.perf_counter()
        with pytest.raises(SignInRefused):
            people.sign_in(HERE, email=email, password="not the password")
        return time.perf_counter() - start

    pairs = [(seconds(known.email), seconds("stranger@example.com")) for _ in range(5)]
    with_hash, without = (statistics.median(side) for side in zip(*pairs, strict=True))
    # Checking a hash is most of it: without the spare one a stranger would be refused in a tenth of the time.
    assert without > with_hash / 2


def test_every_attempt_is_in_the_log_and_no_password_is(
    guest: Browser, hire: Callable[..., Someone], sql: Callable[..., list]
) -> None:
    someone = hire()
    guest.sign_in(someone.email, "hunter2 hunter2")
    guest.sign_in("s3cret typed in the wrong box", "x")
    guest.sign_in(someone.email)
    guest.post("/account/sign-out")
    rows = sql(
        "SELECT * FROM sign_ins WHERE user_id = :id OR email = :email ORDER BY created_at",
        id=someone.id,
        email=someone.email,
    )
    assert [row.outcome for row in rows] == ["refused", "signed_in", "signed_out"]
    assert all(row.address == "127.0.0.1" for row in rows)
    everything = str(sql("SELECT * FROM sign_ins")) + str(
        sql("SELECT * FROM changes WHERE entity IN ('sign_in', 'user', 'session')")
    )
    assert "hunter2" not in everything
    assert "s3cret" not in everything
    assert "argon2" not in everything


def test_too_many_wrong_passwords_lock_the_login_even_for_the_right_one(
    guest: Browser, hire: Callable[..., Someone]
) -> None:
    someone = hire()
    sign_in_rules.set_rules(Rules(tries=3))
    for _ in range(3):
        assert guest.sign_in(someone.email, "wrong").status_code == 401
    locked = guest.sign_in(someone.email)
    assert locked.status_code == 429
    assert "Try again in 15 minutes" in locked.text


def test_a_login_that_nobody_has_locks_just_the_same(guest: Browser) -> None:
    sign_in_rules.set_rules(Rules(tries=3))
    answers = [guest.sign_in("ghost@example.com", "wrong") for _ in range(4)]
    assert [answer.status_code for answer in answers] == [401, 401, 401, 429]


def test_a_success_wipes_the_slate(guest: Browser, hire: Callable[..., Someone]) -> None:
    someone = hire()
    sign_in_rules.set_rules(Rules(tries=3))
    for password in ("wrong", "wrong", PASSWORD, "wrong", "wrong", PASSWORD):
        answer = guest.sign_in(someone.email, password)
        assert answer.status_code == (303 if password == PASSWORD else 401)


def test_waiting_ends_and_is_not_prolonged_by_trying(
    guest: Browser, hire: Callable[..., Someone], sql: Callable[..., list]
) -> None:
    someone = hire()
    sign_in_rules.set_rules(Rules(tries=3))
    for _ in range(3):
        guest.sign_in(someone.email, "wrong")
    assert [guest.sign_in(someone.email).status_code for _ in range(5)] == [429] * 5
    sql(
        "UPDATE sign_ins SET created_at = created_at - interval '15 minutes'"
        " WHERE email = :email AND outcome = 'refused'",
        email=someone.email,
    )
    assert guest.sign_in(someone.email).status_code == 303


def test_one_address_cannot_try_one_password_on_everybody(hire: Callable[..., Someone]) -> None:
    someone = hire()
    sign_in_rules.set_rules(Rules(address_tries=5))
    sprayer = Visitor("203.0.113.99")
    for number in range(5):
        with pytest.raises(SignInRefused):
            people.sign_in(sprayer, email=f"person{number}@example.com", password="Spring2026!")
    with pytest.raises(LockedOut):
        people.sign_in(sprayer, email=someone.email, password=PASSWORD)
    assert people.sign_in(Visitor("203.0.113.100"), email=someone.email, password=PASSWORD)


def test_the_lock_holds_in_another_process(database: Database, hire: Callable[..., Someone]) -> None:
    """Another process, or this one started again, counts on from the database."""
    someone = hire()
    sign_in_rules.set_rules(Rules(tries=8))
    for _ in range(8):
        with pytest.raises(SignInRefused):
            people.sign_in(HERE, email=someone.email, password="wrong")
    program = f"""
from app.core import db
from app.core.errors import LockedOut
from app.services.access import people
from app.services.access.attempts import Visitor
import app.models
db.configure({database.url!r})
try:
    people.sign_in(Visitor("192.0.2.1"), email={someone.email!r}, password={PASSWORD!r})
except LockedOut as locked:
    print("locked", locked.minutes)
"""
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, timeout=60, check=True)
    assert done.stdout.split() == ["locked", "15"]


def test_guesses_at_the_same_moment_are_all_counted(hire: Callable[..., Someone], owner: sa.Connection) -> None:
    someone = hire()
    sign_in_rules.set_rules(Rules(tries=4))
    answers: list[str] = []

    def guess() -> None:
        try:
            people.sign_in(HERE, email=someone.email, password="wrong")
        except AppError as error:
            answers.append(error.code)
        finally:
            db.release()

    # All of them have looked how often it went wrong before any of them can write down that it did.
    owner.execute(sa.text("LOCK TABLE sign_ins IN SHARE MODE"))
    threads = [threading.Thread(target=guess) for _ in range(12)]
    for thread in threads:
        thread.start()
    until(lambda: waiting(owner) == 12)
    owner.commit()
    for thread in threads:
        thread.join()
    assert sorted(answers) == ["locked_out"] * 8 + ["sign_in_refused"] * 4


def waiting(owner: sa.Connection) -> int:
    """How many connections to this database wait for a lock."""
    statement = "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'"
    owner.execute(sa.text("SELECT pg_stat_clear_snapshot()"))
    return int(owner.execute(sa.text(statement)).scalar_one())


def until(holds: Callable[[], bool]) -> None:
    deadline = time.monotonic() + 20
    while not holds():
        assert time.monotonic() < deadline, "it never came about"
        time.sleep(0.01)


def test_a_weak_hash_is_renewed_at_the_next_sign_in(
    guest: Browser, hire: Callable[..., Someone], sql: Callable[..., list]
) -> None:
    import argon2

    someone = hire()
    weak = argon2.PasswordHasher(time_cost=1, memory_cost=8192, parallelism=1).hash(PASSWORD)
    sql("UPDATE users SET password_hash = :hash WHERE id = :id", hash=weak, id=someone.id)
    assert guest.sign_in(someone.email).status_code == 303
    [row] = sql("SELECT password_hash FROM users WHERE id = :id", id=someone.id)
    assert not passwords.outdated(row.password_hash)
    assert guest.sign_in(someone.email).status_code == 303


def test_signing_in_leaves_the_admins_open_form_fresh(
    guest: Browser, hire: Callable[..., Someone], sql: Callable[..., list]
) -> None:
    someone = hire()
    [before] = sql("SELECT version FROM users WHERE id = :id", id=someone.id)
    guest.sign_in(someone.email)
    assert sql("SELECT version FROM users WHERE id = :id", id=someone.id) == [before]


def test_a_flood_from_one_address_is_slowed_down(app: object, guest: Browser) -> None:
    app.config["SIGN_IN_LIMIT"] = "5 per minute"  # type: ignore[attr-defined]
    try:
        answers = [guest.sign_in(f"flood{number}@example.com", "wrong").status_code for number in range(7)]
    finally:
        app.config["SIGN_IN_LIMIT"] = "10000 per minute"  # type: ignore[attr-defined]
    assert answers == [401] * 5 + [429] * 2


def test_the_rules_come_from_the_settings() -> None:
    from app.config import Settings
    from app.identity import rules_of

    found = rules_of(Settings(sign_in_tries=4, lock_out_minutes=7, session_hours=3, link_hours=9))
    assert (found.tries, found.wait, found.idle, found.link) == (
        4,
        timedelta(minutes=7),
        timedelta(hours=3),
        timedelta(hours=9),
    )
