"""Backroom: an internal dashboard for businesses with several locations."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from flask import Flask

    from app.config import Settings


def create_app(settings: Settings | None = None) -> Flask:
    """The whole application, from top to bottom.

    Serving adds sockets to it (`wsgi.py`); commands and tests use it as it is.
    """
    # Nothing of the web is imported before it is wanted: a till needs this package, and no Flask.
    from flask import Flask

    import app.models  # noqa: F401  fills the registry
    from app import cli, config, identity, problems
    from app.core import db, insight, secrets_file
    from app.services.feed import changes
    from app.views import (
        account,
        changes_api,
        database,
        entity_screen,
        health,
        history,
        home,
        inbox,
        menu,
        permission_matrix,
        security,
        stock,
        work,
    )

    settings = settings or config.load()
    insight.init(settings)
    application = Flask(__name__, root_path=str(config.ROOT / "app"), template_folder=str(config.ROOT / "templates"))
    application.config.update(
        SECRET_KEY=secrets_file.session_key(settings),
        MAX_CONTENT_LENGTH=settings.upload_max_mb * 1024 * 1024,
        BACKROOM=settings,
    )

    if settings.database_url:
        db.configure(settings.database_url, pool_size=settings.database_pool, pooled=settings.pooled)
    changes.set_hours(settings.change_feed_hours)
    changes.set_days(settings.history_days)
    database.init(application)
    problems.init(application)
    security.init(application, settings)
    identity.init(application, settings)

    home.init(application)
    inbox.init(application)
    account.init(application)
    health.init(application)
    menu.init(application)
    entity_screen.register(application)
    permission_matrix.init(application)
    stock.init(application)
    history.init(application)
    work.init(application)
    changes_api.init(application)
    cli.init(application)
    return application
