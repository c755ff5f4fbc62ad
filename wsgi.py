"""Starts the server: wait function, monkey patch, application. The only file that patches."""

from __future__ import annotations

import os
import sys
import warnings

from app import config

settings = config.load()

if settings.async_mode == "eventlet":
    # psycopg's own wait loop, in C, would stop every other green thread; it is chosen when psycopg is first imported.
    os.environ["PSYCOPG_WAIT_FUNC"] = "wait_select"
    warnings.filterwarnings("ignore", message="(?s).*Eventlet is deprecated")
    import eventlet

    eventlet.monkey_patch()


def main() -> None:
    """Serve until told to stop."""
    from app import create_app
    from app.core import db
    from app.core.offload import set_offload
    from app.realtime import async_mode, server, sockets
    from app.views import health
    from app.views.cells import render_cells

    if settings.database_url is None:
        sys.exit("No DATABASE_URL: start everything with ./run, which brings a database along.")
    server.raise_limits()
    way = async_mode.mode(settings.async_mode)
    set_offload(way.offload)
    application = create_app(settings)
    live = sockets.attach(application, settings, way, render_cells)
    health.register_check(application, "live updates", live.is_listening)
    listening = server.listen(settings.host, settings.port, shared=settings.web_processes > 1)
    live.start(settings.direct_database_url or settings.database_url)

    def clean_up() -> None:
        live.stop()
        db.engine().dispose()

    def ready() -> None:
        print(f"web: serving http://{settings.host}:{settings.port} ({way.name})", flush=True)

    server.run(way, application, listening, ready=ready, clean_up=clean_up)


if __name__ == "__main__":
    main()
