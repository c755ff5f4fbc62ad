"""The embedded database: there when needed, gone when not, whatever is killed."""

from __future__ import annotations

import os
import signal
import socket
import stat
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import psutil
import psycopg
import pytest

from app.core import embedded, postgres_keeper
from tests.infra.conftest import App, end_all, greet, keeper_of, postgres_of, processes_of, sql, wait_until

StartApp = Callable[..., App]


def nothing_runs(home: Path) -> bool:
    return not processes_of(home)


def test_a_killed_app_takes_the_server_along_and_loses_nothing(home: Path, start_app: StartApp) -> None:
    app = start_app(home)
    app.run("create table kept as select 42 as answer")
    app.kill()
    wait_until(lambda: nothing_runs(home), "keeper and server ended")
    assert "database system is shut down" in (home / "postgres.log").read_text().splitlines()[-1]
    assert start_app(home).run("select answer from kept") == [(42,)]


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="only Linux tells children that their parent died")
def test_a_killed_keeper_takes_the_server_along(home: Path, start_app: StartApp) -> None:
    app = start_app(home)
    app.run("create table kept as select 42 as answer")
    os.kill(keeper_of(home), signal.SIGKILL)
    wait_until(lambda: nothing_runs(home), "the server ended")
    assert start_app(home).run("select answer from kept") == [(42,)]


def test_an_app_notices_that_its_keeper_is_gone(home: Path) -> None:
    with embedded.start(home, settings=embedded.FAST) as server:
        assert not server.is_lost()
        os.kill(keeper_of(home), signal.SIGKILL)
        wait_until(server.is_lost, "the line broke")
        server.rejoin()
        assert not server.is_lost()
        assert sql(server.dsn(), "select 1") == [(1,)]


def test_a_killed_server_comes_back_while_someone_uses_it(home: Path, start_app: StartApp) -> None:
    app = start_app(home)
    app.run("create table kept as select 42 as answer")
    first = postgres_of(home)
    os.kill(first, signal.SIGKILL)

    def answers() -> bool:
        try:
            return app.run("select answer from kept") == [(42,)] and postgres_of(home) != first
        except (psycopg.OperationalError, OSError):
            return False

    wait_until(answers, "the server was there again")
    app.leave()
    assert nothing_runs(home)


def test_everything_killed_at_once_starts_again(home: Path, start_app: StartApp) -> None:
    app = start_app(home)
    app.run("create table kept as select 42 as answer")
    for process in processes_of(home):
        process.kill()
    app.kill()
    assert start_app(home).run("select answer from kept") == [(42,)]


def test_a_pid_file_that_names_a_stranger_is_not_believed(home: Path, start_app: StartApp) -> None:
    start_app(home).leave()
    stranger = subprocess.Popen(["sleep", "60"])
    try:
        note = f"{stranger.pid}\n{home}/data\n1700000000\n5432\n{home}/run\n\n  1234567    123456\nready   \n"
        (home / "data" / "postmaster.pid").write_text(note)
        (home / "run" / ".s.PGSQL.5432.lock").write_text(note)
        assert start_app(home).run("select 1") == [(1,)]
        assert stranger.poll() is None, "the stranger was killed"
    finally:
        stranger.kill()
        stranger.wait()


def test_a_server_without_a_keeper_is_stopped_before_the_next_starts(home: Path, start_app: StartApp) -> None:
    app = start_app(home)
    app.run("create table kept as select 42 as answer")
    command = psutil.Process(postgres_of(home)).cmdline()
    app.leave()
    orders = postgres_keeper.Orders(str(home), str(home / "run"), str(Path(command[0]).parent), {})
    prefix = postgres_keeper._disguise(orders).prefix
    orphan = subprocess.Popen([*prefix, *command], env=postgres_keeper.ENVIRONMENT, stderr=subprocess.DEVNULL)
    wait_until(lambda: postgres_keeper._is_ready(orders, orphan.pid), "the orphan served")
    assert start_app(home).run("select answer from kept") == [(42,)]
    assert orphan.wait(10) == 0, "it should have been asked, not killed"


def test_a_database_that_was_not_finished_is_made_anew(home: Path, start_app: StartApp) -> None:
    (home / "data.new" / "base").mkdir(parents=True)
    assert start_app(home).run("select 1") == [(1,)]


@pytest.mark.parametrize(
    "name",
    ["with a space", "ünïcode ✓", "quo'te\"s", "comma,semicolon;$HOME %41", "long " + "x" * 120],
    ids=["space", "unicode", "quotes", "comma", "long"],
)
def test_any_path_will_do(name: str, tmp_path: Path) -> None:
    home = tmp_path / name / "pg"
    try:
        with embedded.start(home, settings=embedded.FAST) as server:
            assert sql(server.dsn(), "select current_user::text") == [("backroom_owner",)]
            assert not stat.S_IMODE(server.run.stat().st_mode) & 0o077
    finally:
        end_all(tmp_path)


def test_many_that_start_at_once_share_one_server(home: Path, start_app: StartApp) -> None:
    apps = [start_app(home, wait=False) for _ in range(8)]
    seen = {greet(app).run("select pg_postmaster_start_time()")[0] for app in apps}
    assert len(seen) == 1
    first, *others = apps
    first.leave()
    for app in others[:-1]:
        app.kill()
    assert others[-1].run("select 1") == [(1,)]
    others[-1].leave()
    assert nothing_runs(home), "leave() returns when the server has stopped"


def test_the_next_app_is_served_while_the_last_one_leaves(home: Path, start_app: StartApp) -> None:
    app = start_app(home)
    for _ in range(5):
        app.kill()
        app = start_app(home)
        assert app.run("select 1") == [(1,)]


def test_a_second_start_takes_a_moment_only(home: Path) -> None:
    embedded.start(home, settings=embedded.FAST).stop()
    before = time.monotonic()
    embedded.start(home, settings=embedded.FAST).stop()
    assert time.monotonic() - before < 3


def test_the_shell_decides_nothing(home: Path, start_app: StartApp) -> None:
    strange = {"LANG": "xx_YY.UTF-8", "LC_ALL": "xx_YY.UTF-8", "PGDATA": "/nowhere", "TZ": "Asia/Kolkata"}
    app = start_app(home, **strange)
    order = "select string_agg(word, '' order by word) from unnest(array['b', 'A', 'é', 'a', 'B']) word"
    assert app.run(order) == [("ABabé",)]
    assert app.run("select upper('é'), current_setting('timezone')") == [("É", "UTC")]


def test_nobodys_permissions_are_opened(tmp_path: Path) -> None:
    above = tmp_path / "private"
    above.mkdir(mode=0o700)
    try:
        with embedded.start(above / "pg", settings=embedded.FAST):
            assert stat.S_IMODE(above.stat().st_mode) == 0o700
            for place in (above / "pg", above / "pg" / "data"):
                assert stat.S_IMODE(place.stat().st_mode) == 0o700
    finally:
        end_all(tmp_path)


def test_the_server_listens_to_no_network_and_the_web_login_may_do_nothing(fast_server: embedded.Server) -> None:
    assert sql(fast_server.dsn(), "show listen_addresses") == [("",)]
    assert not [
        c for c in psutil.Process(postgres_of(fast_server.home)).net_connections() if c.family != socket.AF_UNIX
    ]
    web = fast_server.dsn(embedded.WEB)
    assert sql(web, "select 1") == [(1,)]
    for forbidden in ("create table mine (id int)", "create temp table mine (id int)", "set role backroom_owner"):
        with pytest.raises(psycopg.errors.InsufficientPrivilege):
            sql(web, forbidden)


def test_the_owner_can_do_what_migrations_need(fast_server: embedded.Server) -> None:
    for statement in (
        "create extension pg_trgm",
        "create extension btree_gist",
        "select count(*) from pg_stat_statements",
        "create role backroom_try nologin bypassrls",
        "grant backroom_try to backroom_web with inherit false, set true",
        "create database backroom_clone template backroom",
    ):
        sql(fast_server.dsn(dbname="postgres" if "database" in statement else "backroom"), statement)


def test_data_of_another_version_is_refused_with_the_way_out(home: Path) -> None:
    embedded.start(home, settings=embedded.FAST).stop()
    (home / "data" / "PG_VERSION").write_text("9\n")
    with pytest.raises(embedded.EmbeddedServerFailed, match=r"belongs to PostgreSQL 9.*restore"):
        embedded.start(home)


def test_a_server_that_cannot_start_says_why(home: Path) -> None:
    with pytest.raises(embedded.EmbeddedServerFailed, match="no_such_setting"):
        embedded.start(home, settings={"no_such_setting": "1"})
    wait_until(lambda: nothing_runs(home), "everything ended")


def _orders(home: Path) -> postgres_keeper.Orders:
    (home / "run").mkdir(parents=True)
    return postgres_keeper.Orders(str(home), str(home / "run"), str(embedded.find_binaries()), dict(embedded.FAST))


def test_every_way_to_run_here_works_on_the_same_data(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """As root: each way that this machine allows, one after the other. As anybody else: the only way."""
    orders = _orders(home)
    home.parent.chmod(0o755)  # or no other user could reach it
    all_ways = dict(postgres_keeper.WAYS_TO_NOT_BE_ROOT) if os.geteuid() == 0 else {"as we are": ("", "")}
    worked = []
    for name, way in [*all_ways.items(), *list(all_ways.items())[:1]]:
        monkeypatch.setattr(postgres_keeper, "WAYS_TO_NOT_BE_ROOT", {name: way})
        try:
            disguise = postgres_keeper._disguise(orders)
        except postgres_keeper.CannotKeep:
            continue
        postgres_keeper._prepare_data(orders, disguise)
        child = postgres_keeper._start_postgres(orders, disguise)
        dsn = f"postgresql://backroom_owner@/backroom?host={home}/run"
        try:
            worked.append(name)
            sql(dsn, "create table if not exists kept (way text)")
            sql(dsn, f"insert into kept values ('{name}')")
            assert sql(dsn, "select count(*) from kept") == [(len(worked),)]
        finally:
            postgres_keeper._stop_postgres(child)
    assert worked, "no way to run PostgreSQL on this machine"


def test_root_without_any_way_is_told_what_to_do(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "geteuid", lambda: 0)
    monkeypatch.setattr(postgres_keeper, "_give_files", lambda *_: None)
    monkeypatch.setattr(postgres_keeper, "WAYS_TO_NOT_BE_ROOT", {"magic": ("root", "/no/such/program")})
    with pytest.raises(postgres_keeper.CannotKeep, match=r"magic .*DATABASE_URL"):
        postgres_keeper._disguise(_orders(home))
