"""Nobody hands out more than they hold, whatever their role lets them edit."""

from __future__ import annotations

from uuid import uuid4

import pytest
import sqlalchemy as sa

from app.core import db, grants
from app.core.actor import Actor, gate, system
from app.core.entity import named
from app.core.errors import Forbidden
from app.services import records
from tests.cast import Cast
from tests.databases import Database


@pytest.fixture
def steward(database: Database, cast: Cast) -> Actor:
    """Somebody at headquarters who manages grants and permissions and sees products, and nothing else."""
    everyone = system()
    role = records.create(everyone, named("role"), {"name": f"steward {uuid4()}"})
    for entity, verb in (
        ("grant", "*"),
        ("permission", "*"),
        ("role", "see"),
        ("user", "see"),
        ("location", "see"),
        ("product", "see"),
    ):
        records.create(everyone, named("permission"), {"role_id": role.id, "entity": entity, "verb": verb})
    user = records.create(everyone, named("user"), {"name": "Steward", "email": f"{uuid4()}@example.com"})
    records.create(everyone, named("grant"), {"user_id": user.id, "role_id": role.id})
    with db.reading(gate()) as session:
        found = grants.resolve(session, user.id)
    assert found is not None
    return found


def role_named(name: str) -> object:
    with db.reading(system()) as session:
        return session.scalar(sa.text("SELECT id FROM roles WHERE name = :name"), {"name": name})


def test_a_steward_cant_make_an_admin(steward: Actor, cast: Cast) -> None:
    for place in (None, cast.north):
        with pytest.raises(Forbidden):
            records.create(
                steward,
                named("grant"),
                {"user_id": cast.nobody.id, "role_id": role_named("admin"), "location_id": place},
            )


def test_a_steward_gives_what_they_hold(steward: Actor, cast: Cast) -> None:
    role = records.create(system(), named("role"), {"name": f"looker {uuid4()}"})
    records.create(steward, named("permission"), {"role_id": role.id, "entity": "product", "verb": "see"})
    made = records.create(
        steward, named("grant"), {"user_id": cast.nobody.id, "role_id": role.id, "location_id": cast.south}
    )
    assert made.version == 1
    for entity, verb in (("product", "change"), ("*", "see"), ("client", "see")):
        with pytest.raises(Forbidden):
            records.create(steward, named("permission"), {"role_id": role.id, "entity": entity, "verb": verb})


def test_the_admin_gives_everything(cast: Cast) -> None:
    made = records.create(
        cast.admin,
        named("grant"),
        {"user_id": cast.nobody.id, "role_id": role_named("admin"), "location_id": cast.south},
    )
    assert made.version == 1
