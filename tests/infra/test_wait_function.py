"""Under eventlet a waiting query must not stop everybody else."""

from __future__ import annotations

import os
import subprocess
import sys

import pytest

from app.core import embedded

QUERIES = """
import os, sys, time
os.environ["PSYCOPG_WAIT_FUNC"] = "{function}"
import eventlet
eventlet.monkey_patch()
import psycopg

def wait(_):
    with psycopg.connect(sys.argv[1]) as connection:
        connection.execute("select pg_sleep(0.3)")

start = time.monotonic()
list(eventlet.GreenPool().imap(wait, range(10)))
print(time.monotonic() - start)
"""


def seconds_for_ten(server: embedded.Server, function: str) -> float:
    done = subprocess.run(
        [sys.executable, "-W", "ignore", "-c", QUERIES.format(function=function), server.dsn()],
        env=os.environ,
        capture_output=True,
        text=True,
        check=True,
    )
    return float(done.stdout)


def test_ten_queries_wait_side_by_side(fast_server: embedded.Server) -> None:
    assert seconds_for_ten(fast_server, "wait_select") < 1.5


def test_psycopgs_own_choice_would_make_them_queue(fast_server: embedded.Server) -> None:
    """When this fails, psycopg has learned about eventlet and the setting in wsgi.py can go."""
    assert seconds_for_ten(fast_server, "wait_c") > 2.5


@pytest.mark.parametrize("needle", ["PSYCOPG_WAIT_FUNC", "monkey_patch"])
def test_wsgi_sets_it_before_anything_is_imported(needle: str) -> None:
    import ast
    from pathlib import Path

    source = (Path(__file__).resolve().parents[2] / "wsgi.py").read_text()
    first_app_import = min(
        node.lineno
        for node in ast.walk(ast.parse(source))
        if isinstance(node, ast.ImportFrom)
        and (node.module or "").startswith(("app.realtime", "app.core", "app.views"))
    )
    position = next(number for number, line in enumerate(source.splitlines(), 1) if needle in line)
    assert position < first_app_import
