"""The yardstick of `bench push`: bare python-socketio under eventlet, which emits given bytes to given rooms at given times.

argv: port, number of rooms, file with the trace (pickle: [(seconds from the start, room, message)]).
"""

from __future__ import annotations

import warnings

warnings.filterwarnings("ignore", message="(?s).*Eventlet is deprecated")

import eventlet  # noqa: E402

eventlet.monkey_patch()

import pickle  # noqa: E402
import sys  # noqa: E402
import time  # noqa: E402

import eventlet.wsgi  # noqa: E402
import socketio  # noqa: E402


def main(port: int, rooms: int, trace: str, log: str) -> None:
    """Serve; on a line on stdin, play the trace and write down when each message was emitted."""
    server = socketio.Server(async_mode="eventlet", transports=["websocket"], cors_allowed_origins="*")
    count = [0]

    @server.event
    def connect(sid: str, environ: dict[str, object]) -> None:
        # The clients of the product are dealt to its rooms in the same way.
        server.enter_room(sid, f"room {count[0] % rooms}")
        count[0] += 1

    def play() -> None:
        eventlet.tpool.execute(sys.stdin.readline)
        with open(trace, "rb") as file:
            messages = pickle.load(file)
        emitted = []
        began = time.monotonic()
        for at, room, (event, body) in messages:
            wait = began + at - time.monotonic()
            if wait > 0:
                eventlet.sleep(wait)
            emitted.append(time.monotonic())
            server.emit(event, body, room=f"room {room}")
        with open(log, "wb") as file:
            pickle.dump(emitted, file)
        print("played", flush=True)

    listening = eventlet.listen(("127.0.0.1", port))
    eventlet.spawn(play)
    print("serving", flush=True)
    eventlet.wsgi.server(listening, socketio.WSGIApp(server), max_size=20_000, log_output=False)


if __name__ == "__main__":
    import eventlet.tpool

    main(int(sys.argv[1]), int(sys.argv[2]), sys.argv[3], sys.argv[4])
