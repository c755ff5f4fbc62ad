"""The database session: one per thread or greenlet, and every transaction in it belongs to an actor."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy import event
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Session, scoped_session, sessionmaker

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

_BECOME = sa.text("SELECT set_config('role', :role, true)")

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
    _engine = sa.create_engine(
        url, pool_size=pool_size, max_overflow=0, pool_pre_ping=True, hide_parameters=True, connect_args=connect
    )
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
        return  # the listener's connection, or an owner's in jobs and tests: whoever opened it took its role
    actor: Actor | None = session.info.get("actor")
    if actor is None:
        raise NotSignedIn()
    facts = {"role": actor.database_role, "actor": str(actor.id or ""), "source": actor.source, "operation": ""}
    connection.execute(_INTRODUCE, facts)


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


def release() -> None:
    """End whatever is open and forget who acted."""
    if scoped.registry.has():
        scoped().info.pop("actor", None)
        scoped.remove()


@contextmanager
def reading(actor: Actor) -> Iterator[Session]:
    """A session whose reads are `actor`'s; the actor before is restored after."""
    current = scoped()
    before = current.info.get("actor")
    act_as(actor)
    try:
        yield current
    finally:
        if before is not actor:
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
    current.execute(_BECOME, {"role": "backroom_posting"})
    current.info["posting"] = True
    try:
        yield current
        current.flush()
    except DBAPIError:
        raise  # the transaction is lost, and the role with it
    except BaseException:
        current.execute(_BECOME, {"role": actor.database_role})
        raise
    else:
        current.execute(_BECOME, {"role": actor.database_role})
    finally:
        current.info["posting"] = False


@contextmanager
def transaction(actor: Actor, *, operation: UUID | None = None) -> Iterator[Session]:
    """One verb, one transaction: commits at the end, or leaves nothing behind.

    Inside another transaction of the same actor it joins that one. Raises `Busy` when PostgreSQL gave the way to
    another transaction.
    """
    current = scoped()
    if current.info.get("writing") and current.info.get("actor") is actor:
        yield current
        return
    before = current.info.get("actor")
    act_as(actor)
    current.info["writing"] = True
    try:
        if operation is not None:
            current.execute(sa.text("SELECT set_config('backroom.operation', :id, true)"), {"id": str(operation)})
        yield current
        current.commit()
    except DBAPIError as error:
        current.rollback()
        if getattr(error.orig, "sqlstate", None) in NOT_NOW:
            raise Busy() from error
        raise
    except BaseException:
        current.rollback()
        raise
    finally:
        current.info["writing"] = False
        if before is not actor:
            current.info["actor"] = before
