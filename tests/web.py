"""The application as a person's browser meets it, without a network: real views, real database, real CSRF tokens."""

from __future__ import annotations

import re
from typing import Any

from flask import Flask
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from app import create_app
from app.config import Settings
from tests.cast import PASSWORD, email
from tests.databases import Database

_TOKEN = re.compile(r'<meta name="csrf-token" content="([^"]+)"')


def application(database: Database, tmp: Any, **settings: Any) -> Flask:
    """The application on a test's database, with nothing of this machine's settings in it."""
    generous = {"requests_per_minute": 1_000_000, "sign_in_per_minute": 10_000}
    return create_app(
        Settings(
            database_url=database.url, direct_database_url=database.owner_url, var_dir=tmp, **(generous | settings)
        )
    )


class Browser:
    """One person's browser: keeps its cookies, and sends the token that its last page held."""

    def __init__(self, app: Flask) -> None:
        self.client: FlaskClient = app.test_client()
        self.token = ""

    @classmethod
    def of(cls, app: Flask, name: str) -> Browser:
        """A browser in which one of the cast is signed in."""
        browser = cls(app)
        browser.get("/sign-in")
        answer = browser.post("/sign-in", data={"email": email(name), "password": PASSWORD})
        assert answer.status_code in (302, 303), f"{name} could not sign in: {answer.status_code}"
        browser.get("/")
        return browser

    def get(self, path: str, **kw: Any) -> TestResponse:
        answer = self.client.get(path, **kw)
        found = _TOKEN.search(answer.text) if "html" in (answer.content_type or "") else None
        if found:
            self.token = found[1]
        return answer

    def post(self, path: str, **kw: Any) -> TestResponse:
        headers = {"X-CSRFToken": self.token, **kw.pop("headers", {})}
        return self.client.post(path, headers=headers, **kw)
