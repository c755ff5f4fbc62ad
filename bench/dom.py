"""Live tables: from a commit to the changed row in Chromium's document, while other pages listen too.

A list of orders stands open in Chromium; the same writer as in `bench push` changes orders, half of them on the page.
Time runs from the commit, as the writer learns of it, until a MutationObserver in the page sees the row's new version.
"""

from __future__ import annotations

import argparse
import random
import time
from typing import Any
from uuid import UUID

from playwright.sync_api import Page, sync_playwright

from bench import house, push
from bench.report import Report, percentile, spread
from tools import browser as chromium

OBSERVE = """
() => {
  window.seen = [];
  new MutationObserver((changes) => {
    const now = performance.timeOrigin + performance.now();
    for (const change of changes) window.seen.push([change.target.dataset.id, Number(change.target.dataset.version), now]);
  }).observe(document.getElementById("list"), { attributes: true, attributeFilter: ["data-version"], subtree: true });
}
"""


def options(parser: argparse.ArgumentParser) -> None:
    """What can be asked of this bench."""
    parser.add_argument("--clients", type=int, default=200, help="other open pages")
    parser.add_argument("--writes", type=float, default=20, help="writes a second")
    parser.add_argument("--seconds", type=float, default=20, help="how long is written")


def run(asked: argparse.Namespace, report: Report) -> None:
    """Open the list in Chromium, the other pages beside it, and write."""
    people: dict[str, Any] = {**push.PEOPLE, "admin": (("admin", None),)}
    with (
        house.server() as postgres,
        house.house(postgres, locations=push.LOCATIONS, people=people) as place,
        push.served(place) as web,
        sync_playwright() as playwright,
    ):
        orders = push.fill(place)
        cookies = [push.cookie(web.address, login) for login in push.PEOPLE]
        plan = push.plan(web.port, cookies, asked.clients)
        chrome = playwright.chromium.launch(executable_path=str(chromium.find()), args=chromium.arguments())
        page = opened(chrome.new_context(base_url=web.address).new_page())
        with push.listening(place.home, plan):
            shown = [
                UUID(id)
                for id in page.locator("#list tr[data-id]").evaluate_all("rows => rows.map(row => row.dataset.id)")
            ]
            mixed = shown + random.Random(3).sample([id for id in orders if id not in shown], len(shown))
            push.write(place.dsn, mixed, asked.writes, push.WARM_UP)
            page.evaluate("window.seen.length = 0")
            writes = push.write(place.dsn, mixed, asked.writes, asked.seconds)
            page.wait_for_timeout(700)
            seen = page.evaluate("window.seen")
        chrome.close()
    delays = found(writes, set(shown), seen)
    report.measured("dom", clients=asked.clients, writes_per_s=asked.writes, **spread(delays))
    report.figure("commit_to_dom_p50_ms", percentile(delays, 0.5))
    report.figure("commit_to_dom_p95_ms", percentile(delays, 0.95), aim=100)


def opened(page: Page) -> Page:
    """The list of orders as the admin has it open, live."""
    page.goto("/sign-in")
    page.get_by_label("E-mail").fill("admin@example.com")
    page.get_by_label("Password", exact=True).fill(house.PASSWORD)
    page.get_by_role("button", name="Sign in").click()
    page.wait_for_url("**/")
    page.goto("/orders/")
    page.wait_for_selector('#live-chip[data-state="live"]')
    page.evaluate(OBSERVE)
    return page


def found(writes: push.Writes, shown: set[UUID], seen: list[tuple[str, int, float]]) -> list[float]:
    """Milliseconds from each commit to the first moment at which the page showed that version or a later one."""
    # The page's clock counts from 1970, the writer's from the machine's start.
    offset = time.time() - time.monotonic()
    delays = []
    for write in writes:
        if write.order not in shown:
            continue
        moments = [at for id, version, at in seen if id == str(write.order) and version >= write.version]
        if not moments:
            raise SystemExit("a write on the page was never shown")
        delays.append(max(0.0, min(moments) - (write.committed + offset) * 1000))
    return delays
