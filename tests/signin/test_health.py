"""Load balancers and monitoring learn what they need, and strangers nothing."""

from __future__ import annotations

from collections.abc import Callable

from flask import Flask

from app.views import health
from tests.signin.conftest import Browser


def test_alive_and_ready_need_no_sign_in(guest: Browser) -> None:
    assert guest.get("/healthz").json == {"status": "alive"}
    ready = guest.get("/readyz")
    assert (ready.status_code, ready.json) == (
        200,
        {"status": "ready", "checks": {"database": "ok", "migrations": "ok", "change feed": "ok"}},
    )


def test_not_ready_while_the_database_is_of_another_version(guest: Browser, sql: Callable[..., list]) -> None:
    [before] = sql("SELECT version_num FROM alembic_version")
    sql("UPDATE alembic_version SET version_num = 'older'")
    try:
        answer = guest.get("/readyz")
    finally:
        sql("UPDATE alembic_version SET version_num = :version", version=before.version_num)
    assert answer.status_code == 503
    assert answer.json is not None
    assert answer.json["checks"]["migrations"] == "not ready"


def test_not_ready_names_the_part_that_is_missing(app: Flask, guest: Browser) -> None:
    health.register_check(app, "listener", lambda: False)
    try:
        answer = guest.get("/readyz")
    finally:
        del app.extensions["readiness"]["listener"]
    assert answer.status_code == 503
    assert answer.json is not None
    assert answer.json["checks"]["listener"] == "not ready"


def test_figures_are_for_this_machine(guest: Browser) -> None:
    guest.get("/healthz")
    page = guest.get("/metrics")
    assert page.status_code == 200
    assert 'endpoint="health.healthz"' in page.text
    assert guest.get("/metrics", environ_base={"REMOTE_ADDR": "203.0.113.5"}).status_code == 404
    assert guest.get("/metrics", headers={"X-Forwarded-For": "203.0.113.5"}).status_code == 404


def test_with_a_token_only_the_token_counts(app: Flask, guest: Browser) -> None:
    app.config["METRICS_TOKEN"] = "a token for figures"
    try:
        assert guest.get("/metrics").status_code == 404
        assert guest.get("/metrics", headers={"Authorization": "Bearer wrong"}).status_code == 404
        assert guest.get("/metrics", headers={"Authorization": "Bearer a token for figures"}).status_code == 200
    finally:
        app.config["METRICS_TOKEN"] = None
