"""Serves until told to stop: the listening socket, what wraps the application, and an end without loss."""

from __future__ import annotations

import contextlib
import gc
import os
import resource
import signal
import socket
import threading
import time
from collections.abc import Callable, Iterator
from typing import Any

from app.realtime.async_mode import MOST_CONNECTIONS, Mode, Wsgi

MOST_UNSENT = 128 * 1024
"""Bytes that the system keeps for one client that doesn't read."""

GRACE = 5.0
"""Seconds that requests under way get to finish when the process is told to stop."""


def listen(host: str, port: int, *, shared: bool = False) -> socket.socket:
    """A listening socket; with `shared`, several processes may answer on the same port."""
    family = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0][0]
    listening = socket.socket(family, socket.SOCK_STREAM)
    listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    if shared:
        listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
    # Each accepted connection inherits it. The system's own limit, 4 MB, would hide a slow client for minutes.
    listening.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, MOST_UNSENT)
    listening.bind((host, port))
    listening.listen(1024)
    return listening


def raise_limits() -> None:
    """Let this process hold as many open files as the system allows: each socket is one."""
    _soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = MOST_CONNECTIONS + 1000 if hard == resource.RLIM_INFINITY else min(hard, MOST_CONNECTIONS + 1000)
    with contextlib.suppress(ValueError, OSError):
        resource.setrlimit(resource.RLIMIT_NOFILE, (wanted, hard))


def keep_what_is_loaded() -> None:
    """Take what start-up made, some 240,000 objects, out of the sight of Python's garbage collection, for good.

    Else each full collection looks at all of them again: 0.14 s in which nobody is answered or told anything, and a
    second where the processor is busy with other things too.
    """
    gc.collect()
    gc.freeze()


class Underway:
    """WSGI middleware at the outside: counts the requests being answered, and keeps compression off the sockets.

    Compressing each socket's stream would cost 100 KB and 10 µs per message and client.
    """

    def __init__(self, application: Wsgi) -> None:
        self._application = application
        self._count = 0
        self._lock = threading.Lock()

    def __call__(self, environ: dict[str, Any], start_response: Callable[..., Any]) -> Any:
        environ.pop("HTTP_SEC_WEBSOCKET_EXTENSIONS", None)
        if environ.get("HTTP_UPGRADE", "").lower() == "websocket":
            return self._application(environ, start_response)
        return self._counted(environ, start_response)

    def _counted(self, environ: dict[str, Any], start_response: Callable[..., Any]) -> Any:
        with self._lock:
            self._count += 1
        try:
            answer = self._application(environ, start_response)
        except BaseException:
            self._done()
            raise
        return _Closing(answer, self._done)

    def _done(self) -> None:
        with self._lock:
            self._count -= 1

    @property
    def count(self) -> int:
        """Requests being answered now, open sockets left out."""
        return self._count


class _Closing:
    """An answer's body that says when it has been sent."""

    def __init__(self, body: Any, done: Callable[[], None]) -> None:
        self._body, self._done = body, done

    def __iter__(self) -> Iterator[bytes]:
        return iter(self._body)

    def close(self) -> None:
        try:
            if hasattr(self._body, "close"):
                self._body.close()
        finally:
            self._done()


def run(
    way: Mode, application: Wsgi, listening: socket.socket, *, ready: Callable[[], None], clean_up: Callable[[], None]
) -> None:
    """Serve until SIGTERM or SIGINT, then let requests under way finish and clean up."""
    counted = Underway(application)
    keep_what_is_loaded()
    told, telling = os.pipe()
    os.set_blocking(telling, False)
    # The interpreter itself writes the byte: a handler would interrupt whatever green thread runs at that moment.
    signal.set_wakeup_fd(telling)
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: None)
    stop = way.serve(counted, listening)
    ready()
    while not way.readable(told, 3600.0):
        continue
    stop()
    listening.close()
    until = time.monotonic() + GRACE
    while counted.count and time.monotonic() < until:
        way.sleep(0.02)
    clean_up()
