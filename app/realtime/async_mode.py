"""The two ways of running many things at once: eventlet's green threads, or real ones. Nothing else but wsgi.py knows which."""

from __future__ import annotations

import contextlib
import select
import socket
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import socketio
from engineio.packet import MESSAGE
from engineio.packet import Packet as Frame
from socketio.packet import EVENT

MOST_CONNECTIONS = 20_000
"""Open connections a process accepts; eventlet's own default of 1,024 would be reached by one large shop."""

BREATHE_EVERY = 200
"""Clients told in one go before others may run."""

Wsgi = Callable[[dict[str, Any], Callable[..., Any]], Any]


@dataclass(frozen=True)
class Mode:
    """What differs between the two ways of serving.

    spawn     run a function beside everything else
    sleep     let the others run for some seconds
    readable  wait until a file descriptor can be read, or seconds have passed: `readable(fd, seconds) -> bool`
    offload   run work that would hold up the others somewhere else, and wait for its result
    serve     answer requests on a listening socket until `stop()` of what it returns is called
    manager   makes what python-socketio sends messages to rooms with
    """

    name: str
    spawn: Callable[..., Any]
    sleep: Callable[[float], None]
    readable: Callable[[int, float], bool]
    offload: Callable[..., Any]
    serve: Callable[[Wsgi, socket.socket], Callable[[], None]]
    manager: Callable[[], socketio.Manager] = socketio.Manager


def mode(name: str) -> Mode:
    """The way of serving called `eventlet` or `threading`."""
    return {"eventlet": _eventlet, "threading": _threading}[name]()


def _eventlet() -> Mode:
    import eventlet
    import eventlet.tpool
    import eventlet.wsgi
    from eventlet.hubs import trampoline

    def readable(descriptor: int, seconds: float) -> bool:
        try:
            trampoline(descriptor, read=True, timeout=seconds, timeout_exc=TimeoutError)
        except TimeoutError:
            return False
        return True

    def serve(application: Wsgi, listening: socket.socket) -> Callable[[], None]:
        def answer() -> None:
            with contextlib.suppress(eventlet.greenlet.GreenletExit):
                eventlet.wsgi.server(
                    listening, application, max_size=MOST_CONNECTIONS, log_output=False, socket_timeout=75
                )

        return eventlet.spawn(answer).kill  # type: ignore[no-any-return]

    return Mode(
        "eventlet", eventlet.spawn, eventlet.sleep, readable, eventlet.tpool.execute, serve, lambda: FanOut(eventlet)
    )


def _threading() -> Mode:
    from werkzeug.serving import WSGIRequestHandler, make_server

    class Quiet(WSGIRequestHandler):
        def log(self, type: str, message: str, *args: Any) -> None:
            """Requests are logged by the application, not by the server."""

    def spawn(work: Callable[..., Any], *arguments: Any) -> threading.Thread:
        thread = threading.Thread(target=work, args=arguments, daemon=True)
        thread.start()
        return thread

    def readable(descriptor: int, seconds: float) -> bool:
        waiting = select.poll()
        waiting.register(descriptor, select.POLLIN)
        return bool(waiting.poll(seconds * 1000))

    def serve(application: Wsgi, listening: socket.socket) -> Callable[[], None]:
        host, port = listening.getsockname()[:2]
        answering = make_server(host, port, application, threaded=True, request_handler=Quiet, fd=listening.fileno())
        answering.daemon_threads = True  # type: ignore[attr-defined]
        spawn(answering.serve_forever, 0.1)
        return answering.shutdown

    def directly(work: Callable[..., Any], *arguments: Any) -> Any:
        return work(*arguments)

    return Mode("threading", spawn, time.sleep, readable, directly, serve)


class FanOut(socketio.Manager):  # type: ignore[misc]
    """Sends a message to a room as one ready-made frame, straight to each socket that can take it at once.

    The stock way wakes a green thread per client, which builds the same frame again: some 25 µs against 8. A client
    whose queue isn't empty, or whose socket is full, gets the message through its queue as always, so the order holds.
    """

    def __init__(self, eventlet: Any) -> None:
        super().__init__()
        self._eventlet = eventlet

    def set_server(self, server: Any) -> None:
        super().set_server(server)
        stock = server.eio._async["websocket"]

        class Known(stock):  # type: ignore[misc, valid-type]
            """Lets a client's Engine.IO socket know its websocket."""

            def __init__(self, handler: Callable[[Any], Any], eio: Any) -> None:
                def handle(websocket: Any) -> Any:
                    handler.__self__.websocket = websocket  # type: ignore[attr-defined]
                    return handler(websocket)

                super().__init__(handle, eio)

        server.eio._async = {**server.eio._async, "websocket": Known}

    def emit(
        self,
        event: str,
        data: Any,
        namespace: str,
        room: Any = None,
        skip_sid: Any = None,
        callback: Any = None,
        to: Any = None,
        **more: Any,
    ) -> None:
        if callback or skip_sid:
            super().emit(event, data, namespace, room=room, skip_sid=skip_sid, callback=callback, to=to, **more)
            return
        # Said to be text, or python-socketio looks for bytes in every cell.
        encoded = self.server.packet_class(EVENT, namespace=namespace, data=[event, data], binary=False).encode()
        packet = Frame(MESSAGE, encoded)
        frame: bytes | None = None
        clients = self.server.eio.sockets
        for number, (_, eio_sid) in enumerate(self.get_participants(namespace, to or room), 1):
            client = clients.get(eio_sid)
            websocket = getattr(client, "websocket", None)
            if websocket is None:
                self.server._send_eio_packet(eio_sid, packet)
                continue
            frame = frame or websocket._pack_message(packet.encode())
            if not self._sent_at_once(client, websocket, frame):
                self.server._send_eio_packet(eio_sid, packet)
            if number % BREATHE_EVERY == 0:
                self._eventlet.sleep(0)

    def _sent_at_once(self, client: Any, websocket: Any, frame: bytes) -> bool:
        """Hand the frame to the system if nothing waits before it; what doesn't fit follows before anything else."""
        lock = websocket._sendlock
        if client.closed or client.queue.qsize() or lock.locked() or websocket.websocket_closed:
            return False
        try:
            sent = websocket.socket.fd.send(frame)
        except (BlockingIOError, InterruptedError):
            return False
        except OSError:
            return False  # the stock way finds out what is wrong with it
        if sent < len(frame):
            lock.acquire(blocking=False)
            self._eventlet.spawn(self._finish, websocket, frame[sent:])
        return True

    @staticmethod
    def _finish(websocket: Any, rest: bytes) -> None:
        try:
            with contextlib.suppress(OSError):
                websocket.socket.sendall(rest)
        finally:
            websocket._sendlock.release()
