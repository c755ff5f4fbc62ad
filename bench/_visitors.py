"""Many pages at records, in one process: each says where it is and answers the beats, as a browser does.

Started by `bench.presence` with a plan on stdin (JSON): {ports, cookies, records, pages, walkers, results}; further lines
begin what is measured. Each is answered by a line when it is done. What was said and heard goes to the file named in
the plan, as a pickle. People are told apart by their sign-in.
"""

from __future__ import annotations

import asyncio
import gc
import json
import pickle
import resource
import sys
import time
from dataclasses import dataclass
from typing import Any

from bench._sockets import Page

WATCHED = "brand"
STEP = 0.25
"""Seconds between two moves of those who walk: with eight of them, each stays for two seconds."""

STAGGER = 7.0
"""Seconds over which people fall silent, so that the moment in the servers' beat is another for each."""


@dataclass(frozen=True)
class Said:
    """What somebody did: come to a record or fall silent there."""

    at: float
    what: str
    login: str
    record: str


class Visitor(Page):
    """One page, which is at a record once it was told to be."""

    def __init__(self, port: int, login: str, cookie: str, record: str, ready: asyncio.Future[None]) -> None:
        hello = ["watch", {"entities": [WATCHED], "cursor": ""}]
        path = "/socket.io/?EIO=4&transport=websocket"
        super().__init__({"port": port, "path": path, "cookies": [cookie], "hello": hello}, 0, ready)
        self.login, self.record = login, record
        self.silent = False

    def here(self, record: str = "") -> None:
        """Say where the page is."""
        self.record = record or self.record
        place = {"entity": WATCHED, "id": self.record, "editing": False}
        self.say("421" + json.dumps(["here", place]))

    def _take(self, now: float, frame: bytes) -> None:
        if self.silent:
            return
        super()._take(now, frame)
        if frame.startswith(b'42["presence"') and b'"beat":true' in frame:
            self.here()


async def opened(plan: dict[str, Any], number: int, login: str, record: str) -> Visitor:
    """A page at one of the processes, in turn."""
    port = plan["ports"][number % len(plan["ports"])]
    ready = asyncio.get_running_loop().create_future()
    _, page = await asyncio.get_running_loop().create_connection(
        lambda: Visitor(port, login, plan["cookies"][str(port)][login], record, ready), "127.0.0.1", port
    )
    await asyncio.wait_for(ready, 60)
    return page


async def walk(walkers: list[Visitor], records: list[str], steps: int, said: list[Said]) -> None:
    """Each in turn goes to another record, where nobody of them is."""
    for step in range(steps):
        walker, record = walkers[step % len(walkers)], records[step % len(records)]
        said.append(Said(time.monotonic(), "came", walker.login, record))
        walker.here(record)
        await asyncio.sleep(STEP)


async def fall_silent(pages: list[Visitor], said: list[Said]) -> None:
    """Some stop to answer anything, their connections open: as if a cable had been pulled."""
    for page in pages:
        said.append(Said(time.monotonic(), "silent", page.login, page.record))
        page.silent = True
        await asyncio.sleep(STAGGER / len(pages))


async def main(plan: dict[str, Any]) -> None:
    """Open the pages, and do what each further line of stdin says."""
    loop = asyncio.get_running_loop()
    records, people = plan["records"], plan["people"]
    places = [
        (number, people[number % len(people)], records[number // plan["each"]]) for number in range(plan["pages"])
    ]
    pages = [await opened(plan, *place) for place in places]
    walkers = [await opened(plan, number, login, "") for number, login in enumerate(plan["walkers"])]
    said: list[Said] = []
    gc.freeze()
    gc.disable()
    print("ready", flush=True)
    while (line := (await loop.run_in_executor(None, sys.stdin.readline)).split()) and line[0] != "end":
        if line[0] == "stand":
            for page in pages:
                page.here()
                await asyncio.sleep(0.01)
        elif line[0] == "walk":
            await walk(walkers, records, int(line[1]), said)
        elif line[0] == "silent":
            # Their records differ, and others are at each.
            await fall_silent(pages[:: plan["each"]][: int(line[1])], said)
        print("done", flush=True)
    used = resource.getrusage(resource.RUSAGE_SELF)
    facts = {
        "cpu": used.ru_utime + used.ru_stime,
        "said": [(one.at, one.what, one.login, one.record) for one in said],
        "heard": [page.heard for page in pages],
        "places": [(login, record) for _, login, record in places],
    }
    with open(plan["results"], "wb") as file:
        pickle.dump(facts, file)
    print("done", flush=True)


if __name__ == "__main__":
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
    asyncio.run(main(json.loads(sys.stdin.readline())))
