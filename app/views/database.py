"""Flask-SQLAlchemy, told to use the session and the engine that `core.db` owns: Flask only opens and closes them."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa
from flask import Flask
from flask_sqlalchemy import SQLAlchemy
from sqlalchemy.orm import Session, scoped_session

from app.core import db
from app.core.entity import Entity


class Database(SQLAlchemy):
    """The extension's face, with nothing behind it of its own."""

    def _make_scoped_session(self, options: dict[str, Any]) -> scoped_session[Session]:  # type: ignore[override]
        return db.scoped

    def _make_engine(self, bind_key: str | None, options: dict[str, Any], app: Flask) -> sa.Engine:
        # A command on the embedded database connects only once the application is made. Nothing goes through this
        # engine: sessions are those of `core.db`.
        return db.engine() if db.is_configured() else sa.create_engine("postgresql+psycopg://")


database = Database(metadata=Entity.metadata)


def init(app: Flask) -> None:
    """Give Flask and Flask-Admin the database."""
    # The extension wants an address before it asks for the engine; `core.db` has the real one.
    app.config.setdefault("SQLALCHEMY_DATABASE_URI", "postgresql+psycopg://")
    database.init_app(app)
