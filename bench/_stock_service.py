"""One process that posts documents by the services, one after the other; it can write down the SQL that this took.

Started with a plan on stdin (JSON): {url, people: {login: id}, jobs, warm_up, record}. Says `ready` after the first
`warm_up` jobs, begins with the others at a line on stdin, and writes milliseconds of each and the seconds of all to
stdout as JSON; with `record`, the SQL goes to that file for `_stock_replay`.
"""

from __future__ import annotations

import json
import pickle
import sys
import time
from collections.abc import Callable
from typing import Any
from uuid import UUID, uuid4

import sqlalchemy as sa

import app.models  # noqa: F401  fills the registry
from app.core import db, grants
from app.core.actor import Actor, gate
from app.core.entity import named
from app.services import courses
from app.services.selling import sales
from app.services.stock import levels


class Poster:
    """Does what a job says, as whoever does such a thing in the shop."""

    def __init__(self, people: dict[str, str]) -> None:
        with db.reading(gate()) as session:
            found = {login: grants.resolve(session, UUID(id)) for login, id in people.items()}
        self.actors: dict[str, Actor] = {login: actor for login, actor in found.items() if actor}

    def post(self, kind: str, *facts: str) -> None:
        """One post, with an operation id of its own."""
        work: Callable[..., None] = getattr(self, f"_{kind}")
        work(*facts)

    def _sale(self, place: str, good: str) -> None:
        line, paid = sales.SaleItem(product=good), sales.Tender("card", "10")
        sales.ring_up(self.actors["front1"], place, lines=[line], payments=[paid], operation=uuid4())

    def _adjustment(self, id: str) -> None:
        courses.take(self.actors["clerk1"], named("adjustment"), id, "post", operation=uuid4())

    def _transfer(self, verb: str, id: str, line: str) -> None:
        lines = {line: {"received": "1"}} if verb == "receive" else None
        courses.take(self.actors["manager"], named("transfer"), id, verb, lines=lines, operation=uuid4())


class Recorder:
    """Every statement of each post as the driver gets it, and how the levels stood that it locked."""

    def __init__(self) -> None:
        self.posts: list[dict[str, Any]] = []
        sa.event.listen(db.engine(), "before_cursor_execute", self._note)
        tell = db.tell

        def told(connection: Any, name: str, value: str) -> None:
            self._note(None, None, "SELECT set_config(%s, %s, true)", (name, value), None, False)
            tell(connection, name, value)

        db.tell = told
        locked = levels.locked

        def noted(*given: Any) -> Any:
            found = locked(*given)
            if self.posts:
                before = self.posts[-1]["before"]
                for level in found.values():
                    before.setdefault(level.id, (level.on_hand, level.reserved, level.value, level.seq))
            return found

        levels.locked = noted

    def begin(self) -> None:
        """What follows belongs to the next post."""
        self.posts.append({"statements": [], "before": {}})

    def _note(self, _c: Any, _cursor: Any, statement: str, parameters: Any, _context: Any, many: bool) -> None:
        if self.posts:
            self.posts[-1]["statements"].append((statement, parameters, many))


def main(plan: dict[str, Any]) -> dict[str, Any]:
    """Warm up, wait, work."""
    db.configure(plan["url"], pool_size=2)
    poster = Poster(plan["people"])
    recorder = Recorder() if plan.get("record") else None
    jobs = plan["jobs"]
    taken = []
    for number, job in enumerate(jobs):
        if number == plan["warm_up"]:
            print("ready", flush=True)
            sys.stdin.readline()
            began, used = time.monotonic(), time.process_time()
        if recorder:
            recorder.begin()
        start = time.monotonic()
        poster.post(*job)
        taken.append((time.monotonic() - start) * 1000)
    seconds, cpu = time.monotonic() - began, time.process_time() - used
    if recorder:
        with open(plan["record"], "wb") as file:
            pickle.dump(recorder.posts, file)
    return {"seconds": seconds, "cpu": cpu, "taken": taken[plan["warm_up"] :]}


if __name__ == "__main__":
    json.dump(main(json.loads(sys.stdin.readline())), sys.stdout)
