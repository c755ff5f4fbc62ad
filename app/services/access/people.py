"""People: they sign in, get a first password by a link that an admin hands over, and change it themselves.

Nothing here tells whether a login exists: an unknown e-mail address, a wrong password and a disabled person get the
same answer after the same work.
"""

from __future__ import annotations

import secrets
from collections.abc import Iterable
from dataclasses import dataclass, replace
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.orm import Session as DatabaseSession

from app.core import access, db, grants
from app.core.actor import Actor
from app.core.errors import Forbidden, Gone, Invalid, NotFound, SignInRefused
from app.models.grant import Grant
from app.models.role import Role
from app.models.user import User
from app.services import records
from app.services.access import attempts, passwords, sessions
from app.services.access.attempts import Visitor
from app.services.access.sessions import GATE
from app.services.access.sign_in_rules import rules

NO_ADDRESS = "(not an e-mail address)"
"""Stands in the sign-in log for what was typed instead of one."""


@dataclass(frozen=True)
class Known:
    """What signing in needs to know of a user."""

    id: UUID
    name: str
    email: str
    active: bool
    password_hash: str | None = None


def sign_in(visitor: Visitor, *, email: str, password: str) -> str:
    """Start a session for whoever the e-mail address and password belong to; returns its token.

    Raises `LockedOut` after too many wrong passwords, `SignInRefused` for everything else that is wrong.
    """
    login = login_of(email)
    # What is no address may be a password in the wrong box: it isn't written down.
    attempt = attempts.open(GATE, login if "@" in login else NO_ADDRESS, visitor)
    user = _known(User.email == login)
    if not passwords.fits(password, user.password_hash if user else None) or user is None or user.password_hash is None:
        raise SignInRefused()
    # Hashed out here, not in the transaction below: it takes a tenth of a second.
    renewed = passwords.hashed(password) if passwords.outdated(user.password_hash) else None
    with db.transaction(_gate_as(user)) as session:
        if not _still(session, user):
            attempts.settle(session, attempt, "refused" if user.active else "disabled", user.id)
            token = None
        else:
            attempts.settle(session, attempt, "signed_in", user.id)
            if renewed:
                _store(session, user.id, renewed)
            token = sessions.start(session, user.id, visitor)
    if token is None:
        raise SignInRefused()
    return token


def sign_out(actor: Actor, visitor: Visitor) -> None:
    """End the session the person is in."""
    if actor.id is None or actor.session_id is None:
        return
    with db.transaction(replace(GATE, id=actor.id, name=actor.name)) as session:
        email = session.execute(sa.select(User.email).where(User.id == actor.id)).scalar_one()
        sessions.end_here(session, actor.session_id)
        attempts.note(session, email, visitor, "signed_out", actor.id)


def one_time_link(actor: Actor, user_id: UUID | str) -> str:
    """The token of a link by which a person sets a password, to be handed over by whoever may change users.

    It works once, for a day, and an older one stops working. Raises `Forbidden` for someone who holds more than the
    actor: their link would be a way up.
    """
    with db.reading(actor):
        found = access.get(actor, User, user_id, to="change")
        user = Known(found.id, found.name, found.email, found.active)
    if not user.active:
        raise Invalid({"active": "This person is disabled: switch the login on first."})
    with db.reading(GATE) as session:
        theirs = grants.resolve(session, user.id)
    if theirs is not None and not access.covers(actor.access, theirs.access):
        raise Forbidden("You can't make a link for someone who may do more than you.")
    token = secrets.token_urlsafe(32)
    with db.transaction(replace(GATE, id=actor.id, name=actor.name)) as session:
        values = {"link_hash": sessions.hash_of(token), "link_expires_at": sa.func.now() + rules().link}
        session.execute(_quietly(sa.update(User).where(User.id == user.id).values(**values)))
        attempts.note(session, user.email, Visitor(""), "link_made", user.id)
    return token


def invited(token: str) -> Known:
    """Whom a one-time link is for. Raises `Gone` when it was used, replaced or is too old."""
    found = _known(*_link(token))
    if found is None or not found.active:
        raise Gone()
    return found


def set_password(token: str, password: str, visitor: Visitor) -> None:
    """Set a password by a one-time link; the link is used up, and every session of the person ends.

    Raises `Gone` for a link that no longer works, `Invalid` for a password that won't do; the link then still works.
    """
    user = invited(token)
    hashed = passwords.hashed(passwords.accept(password, email=user.email))
    with db.transaction(_gate_as(user)) as session:
        # The condition again, in the update itself: of two who come with the same link, one gets in.
        if not _chosen(session, hashed, *_link(token), User.active.is_(True)):
            raise Gone()
        sessions.end_within(session, user.id)
        attempts.note(session, user.email, visitor, "password_set", user.id)


def change_password(actor: Actor, visitor: Visitor, *, current: str, new: str) -> None:
    """Change one's own password; one's other sessions end, and so does an unused link.

    Raises `Invalid` at the field that is wrong, `LockedOut` after too many wrong ones.
    """
    user = _known(User.id == actor.id)
    if user is None:
        raise NotFound()
    passwords.accept(new, email=user.email, field="new")
    attempt = attempts.open(GATE, user.email, visitor)
    if not passwords.fits(current, user.password_hash):
        raise Invalid({"current": "That is not your present password."})
    hashed = passwords.hashed(new)
    with db.transaction(_gate_as(user)) as session:
        if not _still(session, user):
            raise Invalid({"current": "That is not your present password."})
        attempts.settle(session, attempt, "password_set", user.id)
        _chosen(session, hashed, User.id == user.id)
        sessions.end_within(session, user.id, but=actor.session_id)


def add(actor: Actor, *, name: str, email: str, roles: Iterable[tuple[str, UUID | None]] = ()) -> User:
    """A new person with their grants, as pairs of a role's name and a location (`None`: all of them).

    Without a password: `one_time_link` lets them set one.
    """
    with db.transaction(actor) as session:
        user = records.create(actor, User, {"name": name, "email": login_of(email), "active": True})
        for role_name, location_id in roles:
            named = access.select(actor, Role).where(Role.name == role_name).with_only_columns(Role.id)
            role_id = session.execute(named).scalar_one_or_none()
            if role_id is None:
                raise Invalid({"roles": f"There is no role called {role_name}."})
            records.create(actor, Grant, {"user_id": user.id, "role_id": role_id, "location_id": location_id})
    return user


def login_of(email: str) -> str:
    """The form in which e-mail addresses are kept and compared."""
    return email.replace("\x00", "").strip().lower()[:200]


def _known(*which: sa.ColumnElement[bool]) -> Known | None:
    with db.reading(GATE) as session:
        found = session.execute(
            sa.select(User.id, User.name, User.email, User.active, User.password_hash).where(*which)
        ).one_or_none()
    return Known(*found) if found is not None else None


def _still(session: DatabaseSession, user: Known) -> bool:
    """Whether what was checked still holds, now under a lock: a new password or a disabling came before, or waits."""
    same = sa.select(User.id).where(User.id == user.id, User.active, User.password_hash == user.password_hash)
    return session.execute(same.with_for_update(key_share=True)).one_or_none() is not None


def _store(session: DatabaseSession, user_id: UUID, hashed: str) -> None:
    session.execute(_quietly(sa.update(User).where(User.id == user_id).values(password_hash=hashed)))


def _chosen(session: DatabaseSession, hashed: str, *which: sa.ColumnElement[bool]) -> bool:
    """Put a person's own new password in place; no link made before it works any longer. Whether there was one."""
    values = {"password_hash": hashed, "password_set_at": sa.func.now(), "link_hash": None, "link_expires_at": None}
    statement = sa.update(User).where(*which).values(**values).returning(User.id)
    return session.execute(statement.execution_options(synchronize_session=False)).one_or_none() is not None


def _link(token: str) -> tuple[sa.ColumnElement[bool], ...]:
    return (User.link_hash == sessions.hash_of(token), User.link_expires_at > sa.func.now())


def _gate_as(user: Known) -> Actor:
    return replace(GATE, id=user.id, name=user.name)


def _quietly(statement: sa.Update) -> sa.Update:
    # Nobody holds these records: there is nothing in memory to bring in line.
    return statement.execution_options(synchronize_session=False)
