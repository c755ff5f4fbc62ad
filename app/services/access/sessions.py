"""Sessions: who stays signed in, on which device, until when; the browser holds a random token, we keep its hash."""

from __future__ import annotations

import hashlib
import re
import secrets
from collections.abc import Collection
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Final
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.orm import Session as DatabaseSession

from app.core import access, db, grants
from app.core.actor import Actor, gate
from app.core.errors import NotFound
from app.models.session import Session
from app.models.user import User
from app.services.access.attempts import Visitor
from app.services.access.sign_in_rules import rules

GATE: Final = gate()
"""Looks up who is asking; no person may read token hashes."""

SEEN_EVERY: Final = timedelta(minutes=5)
"""How exact `last seen` is: each note of it is a write."""


@dataclass(frozen=True)
class Device:
    """A session as its owner sees it; `here` is the one that asks."""

    id: UUID
    device: str
    address: str
    started: datetime
    last_seen: datetime
    here: bool


def start(session: DatabaseSession, user_id: UUID, visitor: Visitor) -> str:
    """Begin a session in the caller's transaction; returns the token, which is kept nowhere."""
    token = secrets.token_urlsafe(32)
    session.add(
        Session(
            user_id=user_id,
            token_hash=hash_of(token),
            device=device_of(visitor.agent),
            address=visitor.address[:60],
            expires_at=sa.func.now() + rules().life,
        )
    )
    session.flush()
    return token


def actor_of(token: str, *, chosen: UUID | None = None) -> Actor | None:
    """Who a token stands for at this moment; `None` when it has ended, or the person was disabled."""
    return _actor(_BY_TOKEN, hash_of(token), chosen)


def arrive(token: str, *, chosen: UUID | None = None) -> Actor | None:
    """As `actor_of`; and where nothing is to be written about it, what follows is done in the look's transaction."""
    with db.reading(GATE) as session:
        found = _found(session, _BY_TOKEN, hash_of(token), chosen)
        if found is not None and found.actor is not None and not found.stale:
            db.hand_over(found.actor)
    return _settled(found)


def actor_again(actor: Actor) -> Actor | None:
    """The same person in the same session with today's grants; `None` when they are out. For sockets that stay open."""
    if actor.session_id is None:
        return None
    return _actor(_BY_ID, actor.session_id, actor.chosen)


def still_open(ids: Collection[UUID]) -> frozenset[UUID]:
    """Which of these sessions go on; asking doesn't count as using them. For sockets that stay open."""
    with db.reading(GATE) as session:
        return frozenset(session.scalars(sa.select(Session.id).where(Session.id.in_(ids), _alive())))


def mine(actor: Actor) -> list[Device]:
    """The sessions of the person who asks, this one first, then the latest used."""
    with db.reading(GATE) as session:
        found = session.execute(
            sa.select(Session.id, Session.device, Session.address, Session.created_at, Session.last_seen_at)
            .where(Session.user_id == actor.id, _alive())
            .order_by((Session.id == actor.session_id).desc(), Session.last_seen_at.desc())
        )
        return [
            Device(id, device or "A browser", address or "", started, seen, here=id == actor.session_id)
            for id, device, address, started, seen in found
        ]


def end(actor: Actor, id: UUID | str) -> None:
    """Sign out one of the person's own sessions. Raises `NotFound` for anybody else's."""
    key = access.as_id(id)
    with db.transaction(_gate_for(actor)) as session:
        if not _end(session, Session.id == key, Session.user_id == actor.id):
            raise NotFound()


def end_others(actor: Actor) -> int:
    """Sign the person out everywhere else; returns how many sessions ended."""
    with db.transaction(_gate_for(actor)) as session:
        return _end(session, Session.user_id == actor.id, Session.id != actor.session_id)


def end_all_of(actor: Actor, user_id: UUID | str) -> int:
    """Sign out somebody else everywhere, for those who may change users."""
    access.get(actor, User, user_id, to="change")
    with db.transaction(_gate_for(actor)) as session:
        return _end(session, Session.user_id == access.as_id(user_id))


def end_token(token: str) -> None:
    """End the session of a token, if there is one: the browser moves on to a new one."""
    with db.transaction(GATE) as session:
        _end(session, Session.token_hash == hash_of(token))


def end_here(session: DatabaseSession, id: UUID) -> None:
    """End one session in the caller's transaction."""
    _end(session, Session.id == id)


def end_within(session: DatabaseSession, user_id: UUID, *, but: UUID | None = None) -> None:
    """End a user's sessions in the caller's transaction, but for one."""
    _end(session, Session.user_id == user_id, *([Session.id != but] if but else []))


def hash_of(token: str) -> str:
    """What is kept of a token: 32 random bytes need no slow hash."""
    return hashlib.sha256(token.encode("utf-8", "replace")).hexdigest()


def device_of(agent: str) -> str:
    """`Firefox on Linux`, from a browser's User-Agent."""
    browser = next((name for name, pattern in _BROWSERS if re.search(pattern, agent)), "")
    system = next((name for name, pattern in _SYSTEMS if re.search(pattern, agent)), "")
    return " on ".join(part for part in (browser or "A browser", system) if part)


# The order matters: nearly every browser also claims to be the ones below it.
_BROWSERS = (
    ("Edge", r"Edg"),
    ("Opera", r"OPR/"),
    ("Samsung Internet", r"SamsungBrowser"),
    ("Firefox", r"Firefox|FxiOS"),
    ("Chrome", r"Chrom(e|ium)|CriOS"),
    ("Safari", r"Safari"),
)
_SYSTEMS = (
    ("iPhone", r"iPhone"),
    ("iPad", r"iPad"),
    ("Android", r"Android"),
    ("Windows", r"Windows"),
    ("Mac", r"Macintosh"),
    ("ChromeOS", r"CrOS"),
    ("Linux", r"Linux"),
)


@dataclass(frozen=True)
class _Found:
    """A session that goes on, and who it stands for; nobody when they were disabled."""

    id: UUID
    stale: bool
    actor: Actor | None


def _actor(question: sa.TextClause, which: UUID | str, chosen: UUID | None) -> Actor | None:
    with db.reading(GATE) as session:
        found = _found(session, question, which, chosen)
    return _settled(found)


def _found(session: DatabaseSession, question: sa.TextClause, which: UUID | str, chosen: UUID | None) -> _Found | None:
    facts = {"which": which, "idle": rules().idle, "seen_every": SEEN_EVERY}
    row = session.execute(question, facts).one_or_none()
    if row is None:
        return None
    return _Found(row.id, row.stale, grants.resolve(session, row.user_id, session_id=row.id, chosen=chosen, facts=row))


# Asked with each request, so it is said to the database as it is, and the person is read along with the session.
_BY_TOKEN, _BY_ID = (
    sa.text(
        f"SELECT s.id, s.user_id, s.last_seen_at < now() - :seen_every AS stale, {grants.FACTS}"
        f" FROM sessions s JOIN users u ON u.id = s.user_id WHERE s.{column} = :which"
        " AND s.ended_at IS NULL AND s.expires_at > now() AND s.last_seen_at > now() - :idle"
    )
    for column in ("token_hash", "id")
)


def _settled(found: _Found | None) -> Actor | None:
    """Who it is, when what follows from the look has been written down."""
    if found is None:
        return None
    if found.actor is None:
        # Disabled: enabled again, they sign in again.
        with db.transaction(GATE) as session:
            end_here(session, found.id)
    elif found.stale:
        _seen(found.id)
    return found.actor


def _alive() -> sa.ColumnElement[bool]:
    idle_since = sa.func.now() - rules().idle
    return sa.and_(Session.ended_at.is_(None), Session.expires_at > sa.func.now(), Session.last_seen_at > idle_since)


def _seen(id: UUID) -> None:
    with db.transaction(GATE) as session:
        session.execute(
            sa.update(Session)
            .where(Session.id == id)
            .values(last_seen_at=sa.func.now())
            .execution_options(synchronize_session=False)
        )


def _end(session: DatabaseSession, *which: sa.ColumnElement[bool]) -> int:
    statement = sa.update(Session).where(*which, Session.ended_at.is_(None)).values(ended_at=sa.func.now())
    return len(session.execute(statement.returning(Session.id).execution_options(synchronize_session=False)).all())


def _gate_for(actor: Actor) -> Actor:
    """The gate, acting for a person: the history names them."""
    return replace(GATE, id=actor.id, name=actor.name)
