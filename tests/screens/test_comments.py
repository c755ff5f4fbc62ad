"""What people say about a record stands on everybody's open page of it at once, and on nobody else's."""

from __future__ import annotations

from collections.abc import Callable
from uuid import UUID, uuid4

import pytest
from playwright.sync_api import Page, Route, expect

from app.core.actor import system
from app.core.entity import named
from app.services import records
from app.views import paths
from tests.cast import Cast
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


def test_nobody_comments_on_comments_or_on_what_the_house_keeps_about_itself(make: Make, admin: Browser) -> None:
    made = UUID((say(admin, make(BRAND), "One").json or {})["id"])
    assert say(admin, made, "Two", COMMENT).status_code == 422
    role = make(named("role"))
    assert say(admin, role, "Two", named("role")).status_code == 422
    assert "data-comments" not in admin.get(paths.of_record(named("role"), role)).text


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
    page.get_by_role("button", name="Comment", exact=True).click()
    expect(box).to_have_value("")
    expect(page.locator(".comment-body")).to_have_count(1)
