"""Many open pages in one process: speaks just enough websocket to follow a feed, and notes when what arrived.

Started by the benches with a plan on stdin (JSON): {port, cookies, clients, hello, end}; writes what it heard to the
file named in the plan, as a pickle. Parsing waits until the end, so that it doesn't slow what is measured.
"""

from __future__ import annotations

import asyncio
import base64
import gc
import json
import os
import pickle
import resource
import sys
import time
from typing import Any

Heard = list[tuple[float, bytes]]


class Page(asyncio.Protocol):
    """One client."""

    def __init__(self, plan: dict[str, Any], number: int, ready: asyncio.Future[None]) -> None:
        self.plan, self.number, self.ready = plan, number, ready
        self.buffer = bytearray()
        self.upgraded = False
        self.heard: Heard = []
        self.transport: asyncio.Transport

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self.transport = transport
        cookie = self.plan["cookies"][self.number % len(self.plan["cookies"])]
        transport.write(
            f"GET {self.plan['path'].format(number=self.number)} HTTP/1.1\r\nHost: 127.0.0.1:{self.plan['port']}\r\n"
            "Connection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\n"
            f"Sec-WebSocket-Key: {base64.b64encode(os.urandom(16)).decode()}\r\nCookie: {cookie}\r\n\r\n".encode()
        )

    def data_received(self, data: bytes) -> None:
        now = time.monotonic()
        self.buffer += data
        if not self.upgraded:
            head, found, rest = bytes(self.buffer).partition(b"\r\n\r\n")
            if not found:
                return
            if b" 101 " not in head.split(b"\r\n", 1)[0]:
                self.ready.set_exception(SystemExit(f"no websocket: {head[:200]!r}"))
                return
            self.upgraded = True
            self.buffer = bytearray(rest)
        while (frame := self._frame()) is not None:
            self._take(now, frame)

    def _frame(self) -> bytes | None:
        data = self.buffer
        if len(data) < 2:
            return None
        length, start = data[1] & 127, 2
        if length == 126:
            if len(data) < 4:
                return None
            length, start = int.from_bytes(data[2:4], "big"), 4
        elif length == 127:
            if len(data) < 10:
                return None
            length, start = int.from_bytes(data[2:10], "big"), 10
        if len(data) < start + length:
            return None
        frame = bytes(data[start : start + length])
        del data[: start + length]
        return frame

    def _take(self, now: float, frame: bytes) -> None:
        if frame.startswith(b"42"):
            self.heard.append((now, frame))
        elif frame == b"2":
            self.say("3")
        elif frame.startswith(b"0{"):
            self.say("40")
        elif frame.startswith(b"40{"):
            if not self.plan["hello"]:
                self.ready.set_result(None)
            else:
                self.say("420" + json.dumps(self.plan["hello"]))
        elif frame.startswith(b"430") and not self.ready.done():
            self.ready.set_result(None)

    def say(self, text: str) -> None:
        """Send a masked text frame; a mask of zeros is a mask."""
        body = text.encode()
        length = bytes([0x80 | len(body)]) if len(body) < 126 else bytes([0x80 | 126]) + len(body).to_bytes(2, "big")
        self.transport.write(b"\x81" + length + bytes(4) + body)

    def connection_lost(self, error: Exception | None) -> None:
        if not self.ready.done():
            self.ready.set_exception(SystemExit(f"client {self.number} was cut off: {error}"))


async def main(plan: dict[str, Any]) -> None:
    """Open all pages, say so on stdout, and listen until stdin closes."""
    loop = asyncio.get_running_loop()
    pages = []
    for first in range(0, plan["clients"], 25):
        group = []
        for number in range(first, min(first + 25, plan["clients"])):
            ready = loop.create_future()
            _, page = await loop.create_connection(
                lambda number=number, ready=ready: Page(plan, number, ready), "127.0.0.1", plan["port"]
            )
            group.append(ready)
            pages.append(page)
        await asyncio.wait_for(asyncio.gather(*group), 60)
    gc.freeze()
    gc.disable()
    print("ready", flush=True)
    await loop.run_in_executor(None, sys.stdin.readline)
    used = resource.getrusage(resource.RUSAGE_SELF)
    with open(plan["results"], "wb") as file:
        pickle.dump({"cpu": used.ru_utime + used.ru_stime, "heard": [page.heard for page in pages]}, file)
    print("done", flush=True)
    os._exit(0)


if __name__ == "__main__":
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
    asyncio.run(main(json.loads(sys.stdin.readline())))
