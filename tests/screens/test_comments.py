"""What people say about a record stands on everybody's open page of it at once, and on nobody else's."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any
from uuid import UUID, uuid4

import psycopg
import pytest
from playwright.sync_api import Page, Route, expect

from app.core.actor import system
from app.core.entity import entities, named
from app.core.errors import AppError
from app.services import records
from app.views import comments, paths
from tests.cast import Cast, email
from tests.databases import Database
from tests.merge.open_forms import sign_in
from tests.screens.conftest import Make, stored
from tests.web import Browser
from tests.windows import PHONE, Windows

BRAND, REQUEST, COMMENT = named("brand"), named("cash_request"), named("comment")

Browsers = Callable[[str], Browser]


def address(id: UUID, cls: type = BRAND) -> str:
    return f"{paths.of_record(cls, id)}/comments"


def say(browser: Browser, id: UUID, body: str, cls: type = BRAND, **more: str):  # type: ignore[no-untyped-def]
    sent = {"body": body, "operation": str(uuid4()), **more}
    return browser.post(address(id, cls), data=sent, headers={"X-Fragment": "comment", "Accept": "application/json"})


def test_a_comment_is_on_the_record_with_its_author(make: Make, browsers: Browsers) -> None:
    id = make(BRAND)
    answer = say(browsers("north_clerk"), id, "Ask <b>Ben</b>\nfirst")
    assert answer.status_code == 200, answer.text
    page = browsers("manager").get(paths.of_record(BRAND, id)).text
    assert "Ask &lt;b&gt;Ben&lt;/b&gt;\nfirst" in page
    assert "North clerk" in page
    assert stored(COMMENT, UUID((answer.json or {})["id"])) is not None


def test_a_comment_that_is_sent_twice_is_said_once(make: Make, browsers: Browsers) -> None:
    id, operation = make(BRAND), str(uuid4())
    first = say(browsers("manager"), id, "Once", operation=operation)
    assert say(browsers("manager"), id, "Once", operation=operation).json == first.json
    assert browsers("manager").get(address(id)).text.count("data-comment=") == 1


@pytest.mark.parametrize("body", ["", "   ", "x" * 4_001])
def test_what_is_no_comment_is_refused_with_a_sentence(body: str, make: Make, browsers: Browsers) -> None:
    answer = say(browsers("manager"), make(BRAND), body)
    assert answer.status_code == 422
    assert (answer.json or {})["fields"]["body"].endswith(".")


def test_comments_follow_the_record_they_are_on(make: Make, browsers: Browsers, cast: Cast) -> None:
    id = make(REQUEST, at=cast.north)
    assert say(browsers("north_clerk"), id, "For the till", REQUEST).status_code == 200
    assert "For the till" in browsers("manager").get(address(id, REQUEST)).text
    for answer in (browsers("south_clerk").get(address(id, REQUEST)), say(browsers("south_clerk"), id, "x", REQUEST)):
        assert answer.status_code == 404
        assert "For the till" not in answer.text


def test_who_only_looks_writes_none_and_a_clerk_deletes_none(make: Make, browsers: Browsers) -> None:
    id = make(BRAND)
    made = (say(browsers("manager"), id, "Stays").json or {})["id"]
    viewer = browsers("viewer").get(paths.of_record(BRAND, id)).text
    assert "comment-form" not in viewer
    assert say(browsers("viewer"), id, "No").status_code == 403
    assert "data-uncomment" not in browsers("north_clerk").get(paths.of_record(BRAND, id)).text
    assert browsers("north_clerk").post(f"/comments/{made}/delete", data={"version": "1"}).status_code == 403
    assert browsers("manager").post(f"/comments/{made}/delete", data={"version": "1"}).status_code == 303
    assert stored(COMMENT, UUID(made)) is None


def test_people_comment_on_everything_that_is_no_log_and_hangs_on_nothing() -> None:
    hanging = {cls.entity for cls in entities() if cls.scope.kind in ("as record", "audience")}
    logs = {"job_run", "operation", "session", "sign_in", "sync_checkpoint", "sync_run"}
    assert set(comments.SILENT) == hanging | logs, "each has its reason; whatever else there is takes comments"


def test_nobody_comments_on_comments_or_on_what_the_house_notes_down(make: Make, admin: Browser) -> None:
    made = UUID((say(admin, make(BRAND), "One").json or {})["id"])
    assert say(admin, made, "Two", COMMENT).status_code == 422
    run = make(named("job_run"))
    refused = say(admin, run, "Two", named("job_run"))
    assert (refused.status_code, "lets them go again" in refused.text) == (422, True)
    assert "data-comments" not in admin.get(paths.of_record(named("job_run"), run)).text


@pytest.mark.parametrize("name", ["user", "role", "grant", "permission", "terminal", "setting", "sync_quarantine"])
def test_a_comment_on_what_rules_access_is_seen_by_those_alone_who_see_the_record(
    name: str, make: Make, admin: Browser, browsers: Browsers, cast: Cast
) -> None:
    cls = named(name)
    id = make(cls, at=cast.south)
    said = say(admin, id, f"About a {name}", cls)
    assert said.status_code == 200, said.text
    assert f"About a {name}" in admin.get(paths.of_record(cls, id)).text
    made = UUID((said.json or {})["id"])
    for person in ("north_clerk", "viewer", "nobody"):
        assert say(browsers(person), id, "Me too", cls).status_code in (403, 404), person
        for door in (address(id, cls), f"/comments/{made}", "/comments/", "/comments/past", "/comments/history"):
            assert f"About a {name}" not in browsers(person).get(door).text, f"{person} at {door}"
        forged = {"entity": name, "record_id": str(id), "body": "Forged"}
        with pytest.raises(AppError):
            records.create(getattr(cast, person), COMMENT, forged)


# --- in windows -----------------------------------------------------------------------------------------------------------


def opened(windows: Windows, name: str, id: UUID, **how: object) -> Page:
    page = windows.open(name, paths.of_record(BRAND, id), **how)
    expect(page.locator("#live-chip")).to_have_attribute("data-state", "live", timeout=15_000)
    return page


@pytest.mark.browser
def test_a_comment_comes_to_every_open_page_and_goes_from_it(windows: Windows, make: Make) -> None:
    id, other = make(BRAND), make(BRAND)
    ana, ben, elsewhere = (
        opened(windows, "manager", id),
        opened(windows, "north_clerk", id, size=PHONE),
        opened(windows, "admin", other),
    )
    ana.get_by_label("Comment", exact=True).fill("Price is wrong")
    ana.get_by_role("button", name="Comment", exact=True).click()
    for page in (ana, ben):
        expect(page.locator(".comment-body")).to_have_text("Price is wrong", timeout=15_000)
        expect(page.locator("#comments .count")).to_have_text("1")
    expect(ana.get_by_label("Comment", exact=True)).to_have_value("")
    ben.get_by_label("Comment", exact=True).fill("Still typing")
    ana.get_by_role("button", name="Delete this comment").click()
    ana.locator("dialog[open]").get_by_role("button", name="Delete").click()
    for page in (ana, ben):
        expect(page.locator(".comment-body")).to_have_count(0, timeout=15_000)
    expect(ben.get_by_label("Comment", exact=True)).to_have_value("Still typing")
    records.create(system("Anna"), COMMENT, {"entity": "brand", "record_id": str(other), "body": "Over here"})
    expect(elsewhere.locator(".comment-body")).to_have_text("Over here", timeout=15_000)
    expect(ben.locator(".comment-body")).to_have_count(0)


@pytest.mark.browser
def test_a_comment_that_does_not_arrive_stays_in_its_box_and_is_said_once(windows: Windows, make: Make) -> None:
    id = make(BRAND)
    page = opened(windows, "manager", id)

    def lose(route: Route) -> None:
        if route.request.method != "POST":
            route.continue_()
        else:
            route.fetch()  # it arrives, and the answer is lost
            route.abort()

    page.route(f"**{address(id)}", lose)
    box = page.get_by_label("Comment", exact=True)
    box.fill("Kept")
    page.get_by_role("button", name="Comment", exact=True).click()
    expect(page.locator("#comment-error")).to_contain_text("still here", timeout=15_000)
    expect(box).to_have_value("Kept")
    page.unroute(f"**{address(id)}")
    page.reload()
    expect(box).to_have_value("Kept")
    page.get_by_role("button", name="Comment", exact=True).click()
    expect(box).to_have_value("")
    expect(page.locator(".comment-body")).to_have_count(1)
    page.reload()
    expect(page.locator(".comment-body")).to_have_count(1)
    expect(box).to_have_value("")


@pytest.mark.browser
def test_who_signs_in_again_in_another_window_goes_on_where_they_were(
    windows: Windows, make: Make, database: Database, cookies: dict[str, Any]
) -> None:
    id = make(BRAND)
    page = opened(windows, "manager", id)
    page.get_by_label("Comment", exact=True).fill("Still mine")
    with psycopg.connect(database.dsn, autocommit=True) as sql:
        sql.execute(
            "UPDATE sessions SET ended_at = now() WHERE user_id = (SELECT id FROM users WHERE email = %s)",
            [email("manager")],
        )
    cookies.pop("manager")
    send = page.get_by_role("button", name="Comment", exact=True)
    send.click()
    expect(page.locator("#comment-error")).to_contain_text("signed out", timeout=15_000)
    other = page.context.new_page()
    other.goto("/sign-in")
    sign_in(other, "manager")
    other.wait_for_url("**/")
    send.click()
    expect(page.locator(".comment-body")).to_have_text("Still mine", timeout=15_000)
