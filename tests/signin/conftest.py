"""Browsers and people for the tests of signing in: through HTTP, as anybody would come."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from uuid import UUID, uuid4

import pytest
import sqlalchemy as sa
from flask import Flask
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from app.core import db
from app.core.actor import system
from app.services.access import people, sign_in_rules
from app.views.security import limiter
from tests.cast import PASSWORD, Cast
from tests.databases import Database
from tests.web import application

_TOKEN = re.compile(r'name="csrf-token" content="([^"]+)"')


@dataclass
class Browser:
    """A browser with its cookies, that sends the CSRF token of the page it last saw, as pages do."""

    client: FlaskClient

    def get(self, path: str, **more: object) -> TestResponse:
        return self.client.get(path, **more)

    def post(self, path: str, data: dict[str, str] | None = None, **more: object) -> TestResponse:
        return self.client.post(path, data={"csrf_token": self.token(), **(data or {})}, **more)

    def token(self) -> str:
        page = self.client.get("/account/password").text or ""
        found = _TOKEN.search(page) or _TOKEN.search(self.client.get("/sign-in").text)
        assert found, "no page with a CSRF token"
        return found[1]

    def sign_in(self, email: str, password: str = PASSWORD, **more: str) -> TestResponse:
        return self.post("/sign-in", {"email": email, "password": password, **more})

    def cookie(self) -> str | None:
        found = self.client.get_cookie("backroom")
        return found.value if found else None


@dataclass(frozen=True)
class Someone:
    """A person of one test's own."""

    id: UUID
    email: str


@pytest.fixture(scope="module")
def app(database: Database, tmp_path_factory: pytest.TempPathFactory) -> Flask:
    """The whole application on the module's database."""
    return application(database, tmp_path_factory.mktemp("var"))


@pytest.fixture(autouse=True)
def _calm(app: Flask) -> Iterator[None]:
    """Each test starts with nothing counted against its address, and leaves the rules as they were."""
    limiter.reset()
    before = sign_in_rules.rules()
    yield
    sign_in_rules.set_rules(before)
    db.release()


@pytest.fixture
def guest(app: Flask) -> Browser:
    """A browser that nobody is signed in with."""
    return Browser(app.test_client())


@pytest.fixture
def another(app: Flask) -> Browser:
    """A second one."""
    return Browser(app.test_client())


@pytest.fixture
def admin(app: Flask) -> Browser:
    """A browser in which the admin is signed in."""
    found = Browser(app.test_client())
    assert found.sign_in("admin@example.com").status_code == 303
    return found


@pytest.fixture
def hire(cast: Cast, owner: sa.Connection) -> Callable[..., Someone]:
    """Make a person with roles and the usual password."""
    hashed = owner.execute(sa.text("SELECT password_hash FROM users WHERE email = 'admin@example.com'")).scalar_one()

    def make(*roles: tuple[str, UUID | None], password: bool = True) -> Someone:
        email = f"{uuid4().hex[:10]}@example.com"
        user = people.add(system("tests"), name="Kim", email=email, roles=roles)
        if password:
            owner.execute(
                sa.text("UPDATE users SET password_hash = :hash WHERE id = :id"), {"hash": hashed, "id": user.id}
            )
            owner.commit()
        return Someone(user.id, email)

    return make


@pytest.fixture
def sql(owner: sa.Connection) -> Callable[..., list[sa.Row]]:
    """Look into, or change, the database as its owner."""

    def run(statement: str, **values: object) -> list[sa.Row]:
        found = owner.execute(sa.text(statement), values)
        rows = list(found) if found.returns_rows else []
        owner.commit()
        return rows

    return run
