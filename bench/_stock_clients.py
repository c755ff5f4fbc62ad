"""Fifty people at work in one process: signed-in clients that post documents, and send again what got no answer.

Started with a plan on stdin (JSON): {port, seconds, rate, seed, give_up, clients: [{cookie, token, works}], goods,
north, south, reason, counted (least and most), drafts}. With a rate, posts are planned at random moments and their time
runs from the planned one; without, each client sends its next post when the last is answered. Says `ready`, begins at a
line on stdin, ends when its time is up or at a line `end`, and writes what it sent and heard to stdout as JSON.
"""

from __future__ import annotations

import asyncio
import json
import os
import random
import re
import resource
import sys
import threading
import time
from collections.abc import Generator, Mapping
from dataclasses import asdict, dataclass, field
from typing import Any
from urllib.parse import urlencode
from uuid import uuid4

LOST = (ConnectionError, asyncio.IncompleteReadError, TimeoutError)
PATIENCE = 20.0
"""Seconds that a client waits for an answer before it sends the same operation again."""

PAUSE = 0.1
SIZES = (1, 1, 1, 2, 3, 7)


@dataclass
class Post:
    """One post as its client saw it.

    what       "sale pay", "transfer dispatch" …
    effects    what it does to shelves when it is booked: (location, product, change)
    planned … done   seconds of the monotonic clock; planned is when it was due
    tries      how often it was sent: more than once when a connection was lost
    busy       how often the answer was “busy”, and it was sent again
    """

    what: str
    path: str
    form: dict[str, str]
    effects: list[tuple[str, str, int]] = field(default_factory=list)
    operation: str = field(default_factory=lambda: str(uuid4()))
    planned: float = 0.0
    sent: float = 0.0
    done: float = 0.0
    status: int = 0
    error: str = ""
    id: str = ""
    tries: int = 0
    busy: int = 0


@dataclass
class Look:
    """A page that is opened on the way to a post."""

    path: str


Work = Generator[Post | Look, Any, None]


class Works:
    """What people do: each a row of posts, one after the other, as long as they go well."""

    def __init__(self, plan: Mapping[str, Any], chance: random.Random) -> None:
        self.plan, self.chance, self.over = plan, chance, False

    def sale(self, place: str) -> Work:
        """Goods over the counter, paid by card."""
        good, size = self._what()
        form = {
            "location_id": place,
            "child.sale_line.0.product_id": good,
            "child.sale_line.0.quantity": str(size),
            "child.sale_line.0.unit_price": "10",
        }
        made = yield Post("sale create", "/sales/new", form)
        if made.status == 200:
            yield Post("sale pay", f"/sales/{made.id}/do/pay", {"method": "card"}, [(place, good, -size)])

    def adjustment(self, place: str) -> Work:
        """More or less of something on the shelf."""
        good, size = self._what()
        size = size if self.chance.random() < 0.6 else -size
        form = {
            "location_id": place,
            "reason_id": self.plan["reason"],
            "child.adjustment_line.0.product_id": good,
            "child.adjustment_line.0.quantity": str(size),
        }
        made = yield Post("adjustment create", "/adjustments/new", form)
        if made.status == 200:
            yield Post("adjustment post", f"/adjustments/{made.id}/do/post", {}, [(place, good, size)])

    def transfer(self, source: str, target: str) -> Work:
        """Goods from one shop to the other, all the way."""
        good, size = self._what()
        form = {
            "from_location_id": source,
            "to_location_id": target,
            "child.transfer_line.0.product_id": good,
            "child.transfer_line.0.quantity": str(size),
        }
        made = yield Post("transfer create", "/transfers/new", form)
        steps: list[tuple[str, list[tuple[str, str, int]]]] = [
            ("request", []), ("approve", []), ("dispatch", [(source, good, -size)])
        ]  # fmt: skip
        for verb, effects in steps:
            if made.status != 200:
                return
            last = yield Post(f"transfer {verb}", f"/transfers/{made.id}/do/{verb}", {}, effects)
            if last.status != 200:
                return
        page = yield Look(f"/transfers/{made.id}/do/receive")
        lines = re.findall(r'name="(line\.[0-9a-f-]{36}\.received)"', page)
        yield Post(
            "transfer receive", f"/transfers/{made.id}/do/receive", {lines[0]: str(size)}, [(target, good, size)]
        )

    def count(self, place: str) -> Work:
        """One product is counted while others sell it; what differs is booked. Its effect stands on its moves."""
        good = self.chance.choice(self.plan["goods"])
        form = {"location_id": place, "kind": "cycle", "child.stock_count_line.0.product_id": good}
        made = yield Post("count create", "/stock-counts/new", form)
        counted = {"product": good, "quantity": str(self.chance.randint(*self.plan["counted"]))}
        for verb, given in (("start", {}), ("count", counted), ("review", {}), ("approve", {})):
            if made.status != 200:
                return
            last = yield Post(f"count {verb}", f"/stock-counts/{made.id}/do/{verb}", given)
            if last.status != 200:
                return

    def _what(self) -> tuple[str, int]:
        return self.chance.choice(self.plan["goods"]), self.chance.choice(SIZES)

    def any_of(self, names: list[str]) -> Work:
        """The next thing that somebody does who does these."""
        name = self.chance.choice(names)
        north, south = self.plan["north"], self.plan["south"]
        place = {"north": north, "south": south}.get(name.split()[-1], north)
        if name.startswith("transfer"):
            return self.transfer(place, south if place == north else north)
        work: Work = getattr(self, name.split()[0])(place)
        return work

    def ready(self, draft: Mapping[str, Any]) -> Work:
        """A step with a document that lies ready."""
        effects = [(place, good, change) for place, good, change in draft["effects"]]
        yield Post(draft["what"], draft["path"], draft["form"], effects)


class Client:
    """One signed-in person with a connection of their own."""

    def __init__(self, plan: Mapping[str, Any], number: int, works: Works) -> None:
        self.plan, self.person, self.works = plan, plan["clients"][number], works
        self.posts: list[Post] = []
        self.due: asyncio.Queue[float] = asyncio.Queue()
        self._reader: asyncio.StreamReader | None = None
        self._writer: asyncio.StreamWriter | None = None

    async def follow(self) -> None:
        """Send a post for each planned moment."""
        steps = self._steps()
        next(steps)
        post = None
        while (planned := await self.due.get()) >= 0:
            post = await self._next(steps, post)
            await self._send(post, planned)

    async def hurry(self, until: float) -> None:
        """Send one post after the other."""
        steps = self._steps()
        next(steps)
        post = None
        while time.monotonic() < until and not self.works.over:
            post = await self._next(steps, post)
            await self._send(post, time.monotonic())

    def _steps(self) -> Generator[Post | Look | None, Any, None]:
        yield None
        drafts = self.plan.get("drafts")
        while drafts is None or drafts:
            work = self.works.ready(drafts.pop()) if drafts else self.works.any_of(self.person["works"])
            answer = yield next(work)
            while True:
                try:
                    answer = yield work.send(answer)
                except StopIteration:
                    break
        raise SystemExit("there are no more drafts to post: prepare more")

    async def _next(self, steps: Generator[Post | Look | None, Any, None], last: Post | None) -> Post:
        step = steps.send(last)
        while isinstance(step, Look):
            step = steps.send((await self._ask("GET", step.path, b""))[1])
        assert isinstance(step, Post)
        return step

    async def _send(self, post: Post, planned: float) -> None:
        """Post until there is an answer: always the same operation."""
        self.posts.append(post)
        post.planned, post.sent = planned, time.monotonic()
        body = urlencode({**post.form, "operation": post.operation}).encode()
        while True:
            post.status, text = await self._ask("POST", post.path, body, post)
            if post.status != 503:
                break
            post.busy += 1
            await asyncio.sleep(PAUSE)
        post.done = time.monotonic()
        try:
            answer = json.loads(text)
        except ValueError:
            answer = {"error": "page", "message": text[-2000:]}
        post.id = str(answer.get("id", ""))
        if post.status != 200:
            post.error = f"{answer.get('error')}: {answer.get('message')}"

    async def _ask(self, method: str, path: str, body: bytes, post: Post | None = None) -> tuple[int, str]:
        give_up = time.monotonic() + self.plan.get("give_up", 120)
        while True:
            if post is not None:
                post.tries += 1
            try:
                return await asyncio.wait_for(self._once(method, path, body), PATIENCE)
            except LOST:
                self._hang_up()
                if time.monotonic() > give_up:
                    raise
                await asyncio.sleep(PAUSE)

    async def _once(self, method: str, path: str, body: bytes) -> tuple[int, str]:
        if self._writer is None:
            self._reader, self._writer = await asyncio.open_connection("127.0.0.1", self.plan["port"])
        assert self._reader
        head = (
            f"{method} {path} HTTP/1.1\r\nHost: 127.0.0.1:{self.plan['port']}\r\nCookie: {self.person['cookie']}\r\n"
            f"X-CSRFToken: {self.person['token']}\r\nX-Fragment: form\r\nAccept: application/json\r\n"
            f"Content-Type: application/x-www-form-urlencoded\r\nContent-Length: {len(body)}\r\n\r\n"
        )
        self._writer.write(head.encode() + body)
        answer = (await self._reader.readuntil(b"\r\n\r\n")).decode("latin-1")
        headers = dict(line.lower().split(": ", 1) for line in answer.split("\r\n")[1:] if ": " in line)
        if headers.get("transfer-encoding") == "chunked":
            raise SystemExit(f"{path} answered in chunks, which this client doesn't read")
        text = (await self._reader.readexactly(int(headers.get("content-length", 0)))).decode()
        if headers.get("connection") == "close":
            self._hang_up()
        return int(answer.split(" ", 2)[1]), text

    def _hang_up(self) -> None:
        if self._writer is not None:
            self._writer.transport.abort()
        self._reader = self._writer = None


def _heed(works: Works) -> None:
    works.over = sys.stdin.readline().strip() == "end"


async def main(plan: dict[str, Any]) -> list[Post]:
    """Let everybody work for the planned time, and finish what was begun."""
    chance = random.Random(plan["seed"])
    works = Works(plan, chance)
    clients = [Client(plan, number, works) for number in range(len(plan["clients"]))]
    print("ready", flush=True)
    await asyncio.get_running_loop().run_in_executor(None, sys.stdin.readline)
    began = time.monotonic()
    threading.Thread(target=_heed, args=(works,), daemon=True).start()
    if plan["rate"]:
        working = [asyncio.create_task(client.follow()) for client in clients]
        due = began
        while (due := due + chance.expovariate(plan["rate"])) < began + plan["seconds"]:
            await asyncio.sleep(max(0.0, due - time.monotonic()))
            chance.choice(clients).due.put_nowait(due)
        for client in clients:
            client.due.put_nowait(-1)
    else:
        working = [asyncio.create_task(client.hurry(began + plan["seconds"])) for client in clients]
    await asyncio.gather(*working)
    return [post for client in clients for post in client.posts]


if __name__ == "__main__":
    posts = asyncio.run(main(json.loads(sys.stdin.readline())))
    used = resource.getrusage(resource.RUSAGE_SELF)
    json.dump({"cpu": used.ru_utime + used.ru_stime, "posts": [asdict(post) for post in posts]}, sys.stdout)
    sys.stdout.flush()
    os._exit(0)
