"""The database session: one per thread or greenlet, and every transaction in it belongs to an actor."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any
from uuid import UUID

import psycopg
import sqlalchemy as sa
from sqlalchemy import event
from sqlalchemy.exc import DBAPIError, InvalidatePoolError
from sqlalchemy.orm import Session, scoped_session, sessionmaker
from sqlalchemy.orm.exc import StaleDataError

from app.core.actor import Actor
from app.core.errors import Busy, NotSignedIn

NOT_NOW = frozenset({"40P01", "40001", "55P03"})
"""SQLSTATEs of a transaction that lost to another and may simply be tried again: deadlock, serialization, lock."""

_INTRODUCE = sa.text(
    "SELECT set_config('role', :role, true), set_config('backroom.actor', :actor, true),"
    " set_config('backroom.source', :source, true), set_config('backroom.operation', :operation, true),"
    # "Today" in a filter must not depend on how the server was set up.
    " set_config('TimeZone', 'UTC', true)"
)

POSTING = "backroom_posting"

TRUSTED = 1.0
"""Seconds after which a connection that lay idle is asked whether it is still there."""


@dataclass
class _Standing:
    """As whom, and for which operation, a transaction's next statement is to run; and what PostgreSQL was told.

    Told only when a statement comes: who takes a role and leaves it again without a word in between costs nothing.
    """

    role: str
    operation: str
    told: dict[str, str]

    @classmethod
    def told_as(cls, role: str, operation: str) -> _Standing:
        """As PostgreSQL has just been told."""
        return cls(role, operation, {"role": role, "backroom.operation": operation})


_factory: sessionmaker[Session] = sessionmaker(expire_on_commit=False)
scoped: scoped_session[Session] = scoped_session(_factory)
_engine: sa.Engine | None = None


def configure(url: str, *, pool_size: int = 10, pooled: bool = False) -> sa.Engine:
    """Make this process' engine.

    url     in SQLAlchemy's form, `postgresql+psycopg://…`, of the login that owns nothing
    pool_size  connections of this process, at most
    pooled  the URL goes through a transaction pooler, which prepared statements don't survive
    """
    global _engine
    release()
    connect: dict[str, Any] = {"application_name": "backroom"}
    if pooled:
        connect["prepare_threshold"] = None
    _engine = sa.create_engine(url, pool_size=pool_size, max_overflow=0, hide_parameters=True, connect_args=connect)
    event.listen(_engine, "checkin", _laid_down)
    event.listen(_engine, "checkout", _picked_up)
    _factory.configure(bind=_engine)
    return _engine


def engine() -> sa.Engine:
    """This process' engine."""
    if _engine is None:
        raise RuntimeError("core.db is not configured: call db.configure(url) once at start")
    return _engine


def is_configured() -> bool:
    """Has this process been told its database?"""
    return _engine is not None


def session() -> Session:
    """The session of this thread or greenlet."""
    return scoped()


@event.listens_for(Session, "after_begin")
def _introduce(session: Session, transaction: Any, connection: sa.Connection) -> None:
    """Tell PostgreSQL who is acting, in the transaction itself: role and settings end with it."""
    if session.info.get("role_is_taken"):
        # The listener's connection, or an owner's in jobs and tests, is left as it is: whoever opened it took its role.
        session.info["standing"] = connection.info["standing"] = _Standing.told_as("", "")
        return
    actor: Actor | None = session.info.get("actor")
    if actor is None:
        raise NotSignedIn()
    _tell_who(session, connection, actor)


def _tell_who(session: Session, connection: sa.Connection, actor: Actor) -> None:
    connection.info.pop("standing", None)
    operation = session.info.get("operation") or ""
    facts = {"role": actor.database_role, "actor": str(actor.id or ""), "source": actor.source, "operation": operation}
    connection.execute(_INTRODUCE, facts)
    session.info["standing"] = connection.info["standing"] = _Standing.told_as(actor.database_role, operation)


@event.listens_for(sa.Engine, "before_cursor_execute")
def _take_stand(connection: sa.Connection, cursor: Any, *statement: Any) -> None:
    """Before each statement: let it run in the role, and for the operation, that it is meant for."""
    standing: _Standing | None = connection.info.get("standing")
    if standing is None:
        return
    wanted = {"role": standing.role, "backroom.operation": standing.operation}
    for name, value in wanted.items():
        if standing.told[name] != value:
            tell(cursor.connection, name, value)
    standing.told = wanted


def tell(connection: psycopg.Connection[Any], name: str, value: str) -> None:
    """Set something until the transaction ends, by the driver alone: this is said many times a request."""
    connection.execute("SELECT set_config(%s, %s, true)", (name, value))


def _laid_down(connection: Any, record: Any) -> None:
    record.info["laid_down"] = time.monotonic()
    record.info.pop("standing", None)


def _picked_up(connection: Any, record: Any, proxy: Any) -> None:
    """Asked at each use, the question would cost as much as the statement; asked never, a restart would cost a page."""
    if time.monotonic() - record.info.get("laid_down", time.monotonic()) > TRUSTED:
        try:
            engine().dialect.do_ping(connection)
        except psycopg.Error:
            raise InvalidatePoolError() from None


def act_as(actor: Actor) -> None:
    """What follows in this thread or greenlet is done by `actor`; an open transaction of someone else ends."""
    current = scoped()
    if current.info.get("actor") is not actor:
        if current.info.get("writing"):
            raise RuntimeError("somebody else's transaction is open here: finish it before another actor begins")
        # What was loaded stays readable; only its transaction ends.
        current.expunge_all()
        current.rollback()
        current.info["actor"] = actor


def hand_over(actor: Actor) -> None:
    """What follows is done by `actor`, in the open transaction in which the gate, which only reads, has found them."""
    current = scoped()
    if current.info.get("writing") or not current.in_transaction():
        raise RuntimeError("only a look that found the actor is handed over")
    current.expunge_all()
    current.info["actor"] = actor
    _tell_who(current, current.connection(), actor)


def release() -> None:
    """End whatever is open and forget who acted."""
    if scoped.registry.has():
        scoped().info.pop("actor", None)
        scoped.remove()


@contextmanager
def reading(actor: Actor) -> Iterator[Session]:
    """A session whose reads are `actor`'s; the actor before is restored after, unless it was handed over inside."""
    current = scoped()
    before = current.info.get("actor")
    act_as(actor)
    try:
        yield current
    finally:
        if before is not actor and current.info.get("actor") is actor:
            current.expunge_all()
            current.rollback()
            current.info["actor"] = before


def is_writing() -> bool:
    """Is a transaction of this thread or greenlet under way, which an inner one would join?"""
    return bool(scoped().info.get("writing"))


@contextmanager
def posting(actor: Actor) -> Iterator[Session]:
    """Inside a transaction: the one role that books quantities and takes documents along their course.

    What the actor may do has been asked before. Whatever is pending at the end is written in that role.
    """
    current = scoped()
    if current.info.get("posting"):
        yield current
        return
    current.connection()  # begins the transaction, if this is its first word
    standing: _Standing = current.info["standing"]
    standing.role = POSTING
    current.info["posting"] = True
    try:
        yield current
        current.flush()
    finally:
        current.info["posting"] = False
        standing.role = actor.database_role


@contextmanager
def transaction(actor: Actor, *, operation: UUID | None = None) -> Iterator[Session]:
    """One verb, one transaction: commits at the end, or leaves nothing behind.

    Inside another transaction of the same actor it joins that one. Raises `Busy` when PostgreSQL gave the way to
    another transaction, or a row that is written has changed since it was read.
    """
    current = scoped()
    if current.info.get("writing") and current.info.get("actor") is actor:
        yield current
        return
    before = current.info.get("actor")
    act_as(actor)
    current.info["writing"] = True
    current.info["operation"] = "" if operation is None else str(operation)
    if current.in_transaction() and "standing" in current.info:
        current.info["standing"].operation = current.info["operation"]
    try:
        yield current
        current.commit()
    except DBAPIError as error:
        current.rollback()
        if getattr(error.orig, "sqlstate", None) in NOT_NOW:
            raise Busy() from error
        raise
    except StaleDataError as error:
        # A row that could not be held changed between the look and the write: looked at again, it is a conflict or not.
        current.rollback()
        raise Busy() from error
    except BaseException:
        current.rollback()
        raise
    finally:
        current.info["writing"], current.info["operation"] = False, ""
        if before is not actor:
            current.info["actor"] = before
