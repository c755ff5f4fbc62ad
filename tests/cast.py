"""The fixed cast: the same few people at the same two shops in every test."""

from __future__ import annotations

from dataclasses import dataclass
from uuid import UUID

import sqlalchemy as sa

from app.core import db, grants
from app.core.actor import Actor, gate, system
from app.core.entity import named
from app.services import records
from app.services.access import passwords
from tests.databases import Database

PASSWORD = "correct horse battery"

PEOPLE: dict[str, tuple[tuple[str, str | None], ...]] = {
    "admin": (("admin", None),),
    "manager": (("manager", "North"), ("manager", "South")),
    "north_clerk": (("clerk", "North"),),
    "south_clerk": (("clerk", "South"),),
    "frontdesk": (("frontdesk", "North"),),
    "viewer": (("viewer", "North"),),
    "nobody": (),
}
"""Who there is, and their grants as (role, location); no location means all of them."""


@dataclass(frozen=True)
class Cast:
    """The people as actors, resolved from the database as a request would do it."""

    admin: Actor
    manager: Actor
    north_clerk: Actor
    south_clerk: Actor
    frontdesk: Actor
    viewer: Actor
    nobody: Actor
    north: UUID
    south: UUID
    elsewhere: UUID

    @classmethod
    def met(cls, database: Database) -> Cast:
        """Everybody as they are now."""
        with db.reading(gate()) as session:
            ids = {row.email.split("@")[0]: row.id for row in session.execute(sa.text("SELECT id, email FROM users"))}
            found = {name: grants.resolve(session, ids[name]) for name in PEOPLE}
        with db.reading(system()) as session:
            places = {row.name: row.id for row in session.execute(sa.text("SELECT id, name FROM locations"))}
        return cls(
            **{name: actor for name, actor in found.items() if actor},
            north=places["North"],
            south=places["South"],
            elsewhere=places["Elsewhere"],
        )

    def __iter__(self):  # type: ignore[no-untyped-def]
        return iter((name, getattr(self, name)) for name in PEOPLE)


def email(name: str) -> str:
    """How one of the cast signs in; everybody's password is `PASSWORD`."""
    return f"{name}@example.com"


def settle(owner_url: str) -> None:
    """Put the two shops, a third that is nobody's, and the cast into a migrated database."""
    db.configure(owner_url, pool_size=2)
    everyone = system("tests")
    places: dict[str | None, UUID | None] = {None: None}
    for code in ("North", "South", "Elsewhere"):
        place = records.create(
            everyone,
            named("location"),
            {"code": code.upper(), "name": code, "kind": "store", "receives_transfers": True},
        )
        places[code] = place.id
    hashed = passwords.hashed(PASSWORD)
    with db.transaction(everyone) as session:
        roles = {row.name: row.id for row in session.execute(sa.text("SELECT id, name FROM roles"))}
    for name, held in PEOPLE.items():
        user = records.create(
            everyone, named("user"), {"name": name.replace("_", " ").capitalize(), "email": email(name), "active": True}
        )
        for role, place_name in held:
            records.create(
                everyone,
                named("grant"),
                {"user_id": user.id, "role_id": roles[role], "location_id": places[place_name]},
            )
    with db.engine().begin() as connection:
        connection.execute(sa.text("UPDATE users SET password_hash = :hash"), {"hash": hashed})
    db.release()
    db.engine().dispose()
