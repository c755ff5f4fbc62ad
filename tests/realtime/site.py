"""A running server and open pages, as processes and sockets: what live updates are tested through."""

from __future__ import annotations

import functools
import os
import re
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import requests
import socketio

from tests.cast import PASSWORD, email
from tests.databases import Database

ROOT = Path(__file__).resolve().parent.parent.parent


def until(condition: Callable[[], Any], seconds: float = 10.0, *, why: str = "") -> Any:
    """Wait for a condition, looking often; fail when it does not come true."""
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        found = condition()
        if found:
            return found
        time.sleep(0.01)
    raise AssertionError(why or "it did not happen in time")


def free_port() -> int:
    """A port that nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


class Server:
    """One web process."""

    def __init__(self, database: Database, tmp: Path, *, mode: str, port: int, shared: bool = False) -> None:
        self.port = port
        self.address = f"http://127.0.0.1:{port}"
        environment = {
            "PATH": os.environ["PATH"],
            "DATABASE_URL": database.url,
            "DIRECT_DATABASE_URL": database.owner_url,
            "ASYNC_MODE": mode,
            "PORT": str(port),
            "VAR_DIR": str(tmp),
            "WEB_PROCESSES": "2" if shared else "1",
            "SIGN_IN_PER_MINUTE": "10000",
            "REQUESTS_PER_MINUTE": "1000000",
            "POLL_SECONDS": "0.3",
        }
        self.log = tmp / f"web-{port}-{time.monotonic_ns()}.log"
        with self.log.open("wb") as log:
            self.process = subprocess.Popen(
                [sys.executable, "wsgi.py"], cwd=ROOT, env=environment, stdout=log, stderr=log
            )
        self._wait()

    def _wait(self) -> None:
        def ready() -> bool:
            if self.process.poll() is not None:
                raise AssertionError(f"the server ended:\n{self.log.read_text()}")
            return b"serving" in self.log.read_bytes()

        until(ready, 30, why="the server did not start")

    def stop(self) -> int:
        """Ask it to end; returns its exit code."""
        self.process.send_signal(signal.SIGTERM)
        return self.process.wait(15)

    def kill(self) -> None:
        """End it at once, as a crash would."""
        self.process.kill()
        self.process.wait(15)


@contextmanager
def serving(
    database: Database, tmp: Path, *, mode: str = "eventlet", port: int | None = None, shared: bool = False
) -> Iterator[Server]:
    """A web process for the length of a block."""
    server = Server(database, tmp, mode=mode, port=port or free_port(), shared=shared)
    try:
        yield server
    finally:
        if server.process.poll() is None:
            server.kill()


_TOKEN = re.compile(r'<meta name="csrf-token" content="([^"]+)"')


class Browser:
    """A signed-in person over HTTP."""

    def __init__(self, address: str, name: str) -> None:
        self.address = address
        self.http = requests.Session()
        page = self.http.get(f"{address}/sign-in", timeout=20)
        found = _TOKEN.search(page.text)
        assert found, page.text[:500]
        form = {"email": email(name), "password": PASSWORD, "csrf_token": found[1]}
        answer = self.http.post(f"{address}/sign-in", data=form, allow_redirects=False, timeout=20)
        assert answer.status_code in (302, 303), answer.text[:500]

    @property
    def cookie(self) -> str:
        """What a socket must send along."""
        return "; ".join(f"{cookie.name}={cookie.value}" for cookie in self.http.cookies)

    def get(self, path: str, **kw: Any) -> requests.Response:
        return self.http.get(self.address + path, timeout=20, **kw)

    def token(self) -> str:
        """A CSRF token for writes."""
        found = _TOKEN.search(self.get("/").text)
        assert found
        return found[1]


class Page:
    """An open page: follows entities over a socket by the same rule as the browser's code, and remembers every word it heard."""

    def __init__(
        self, address: str, cookie: str, entities: list[str], *, cursor: str = "", headers: dict[str, str] | None = None
    ) -> None:
        self.address, self.cookie, self.entities, self.cursor = address, cookie, entities, cursor
        self.headers = headers or {}
        self.rows: dict[str, tuple[int, dict[str, str]]] = {}
        self.known: dict[str, tuple[int, bool]] = {}
        self.heard: list[tuple[str, Any]] = []
        self.caught_up = False
        self.gone = threading.Event()
        self._lock = threading.RLock()
        self.client: socketio.Client | None = None

    def open(self) -> Page:
        """Connect and watch."""
        self.caught_up = False
        self.gone.clear()
        client = self.client = socketio.Client(reconnection=False, handle_sigint=False)
        client.on("*", self._take)
        client.on("disconnect", self.gone.set)
        client.connect(
            self.address, headers={"Cookie": self.cookie, **self.headers}, transports=["websocket"], wait_timeout=10
        )
        answer = client.call("watch", {"entities": self.entities, "cursor": self.cursor}, timeout=20)
        assert "cursor" in answer, answer
        with self._lock:
            self.cursor = answer["cursor"]
            self.caught_up = True
        self.allowed = answer["entities"]
        return self

    def ask(self, question: str, *message: Any) -> Any:
        """One question and its answer."""
        assert self.client
        return self.client.call(question, message if len(message) != 1 else message[0], timeout=20)

    def close(self) -> None:
        """Close the page."""
        if self.client and self.client.connected:
            # The library would wait three seconds for a goodbye that its own reading thread has often taken already.
            socket = self.client.eio.ws
            socket.close = functools.partial(socket.close, timeout=0.05)
            self.client.disconnect()

    def _take(self, event: str, message: Any = None) -> None:
        with self._lock:
            self.heard.append((event, message))
            if event != "changes":
                return
            for row in message["rows"]:
                self._apply(row)
            if self.caught_up:
                self.cursor = message["cursor"]

    def _apply(self, row: dict[str, Any]) -> None:
        key = f"{row['entity']}:{row['id']}"
        version, gone = self.known.get(key, (0, True))
        if not (row["v"] > version or (row["v"] == version and row["op"] == "put" and gone)):
            return
        self.known[key] = (row["v"], row["op"] == "drop")
        if row["op"] == "drop":
            self.rows.pop(key, None)
        else:
            self.rows[key] = (row["v"], row["cells"])

    def events(self, name: str) -> list[Any]:
        """Everything heard under this name, but for bare cursors."""
        with self._lock:
            return [
                message
                for event, message in self.heard
                if event == name and not (name == "changes" and not message["rows"])
            ]

    def has(self, entity: str, id: Any, version: int | None = None) -> bool:
        """Does the page show this record (at this version)?"""
        with self._lock:
            found = self.rows.get(f"{entity}:{id}")
            return found is not None and (version is None or found[0] == version)

    def text(self) -> str:
        """All that was heard, as text: to look for what must not be in it."""
        with self._lock:
            return repr(self.heard)
