"""Who acts: a person, or the system itself, with everything they may do, resolved once."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import Final, Literal
from uuid import UUID

Level = Literal["hidden", "see", "change"]

LEVELS: Final[tuple[Level, ...]] = ("hidden", "see", "change")


class Everywhere:
    """All locations, those to come included."""

    def __contains__(self, location: object) -> bool:
        return True

    def __bool__(self) -> bool:
        return True

    def __repr__(self) -> str:
        return "everywhere"


ALL: Final = Everywhere()

Locations = frozenset[UUID] | Everywhere

NOWHERE: Final[frozenset[UUID]] = frozenset()


@dataclass(frozen=True)
class Role:
    """A named set of permissions: pairs of (entity, verb) and levels of (entity, field), `*` standing for any."""

    id: UUID
    name: str
    verbs: frozenset[tuple[str, str]] = frozenset()
    fields: Mapping[tuple[str, str], Level] = field(default_factory=dict)

    def allows(self, entity: str, verb: str) -> bool:
        return bool(self.verbs & {(entity, verb), (entity, "*"), ("*", verb), ("*", "*")})

    def narrowed(self, verbs: frozenset[tuple[str, str]]) -> Role:
        """The same role with nothing but these verbs; what it says about fields stays."""
        return replace(self, verbs=verbs)

    def level(self, entity: str, name: str) -> Level | None:
        """What the role says about a field: the most exact row wins; `None` when it says nothing."""
        for key in ((entity, name), (entity, "*"), ("*", "*")):
            if key in self.fields:
                return self.fields[key]
        return None


@dataclass(frozen=True)
class Grant:
    """A role at a location, or at all of them (`None`).

    by   who handed it over for some days; `None` for what the person holds themselves
    """

    role: Role
    location: UUID | None
    by: UUID | None = None


@dataclass(frozen=True)
class Access:
    """Everything a person's grants allow. Immutable: a changed grant makes a new one.

    levels_known   entity → column → level, as `core.access` worked it out
    """

    grants: tuple[Grant, ...] = ()
    unlimited: bool = False
    _locations: dict[tuple[str, str], Locations] = field(default_factory=dict, compare=False, repr=False)
    levels_known: dict[str, dict[str, Level]] = field(default_factory=dict, compare=False, repr=False)

    @cached_property
    def profile(self) -> str:
        """People with equal grants share it: the name of their rooms and of rendered rows."""
        facts = [
            (grant.role.name, str(grant.location or "*"), sorted(grant.role.verbs), sorted(grant.role.fields.items()))
            for grant in sorted(self.grants, key=lambda grant: (grant.role.name, str(grant.location or "*")))
        ]
        return hashlib.sha256(repr((self.unlimited, facts)).encode()).hexdigest()[:16]

    @cached_property
    def own(self) -> Access:
        """What the person holds themselves, without what others handed over."""
        mine = tuple(grant for grant in self.grants if grant.by is None)
        return self if len(mine) == len(self.grants) else Access(mine)

    @cached_property
    def handed_by(self) -> frozenset[UUID]:
        """The people for whom this person decides at present."""
        return frozenset(grant.by for grant in self.grants if grant.by is not None)

    @property
    def everywhere(self) -> bool:
        """Some grant allows everything at all locations, so no row rule concerns this person.

        A clerk of all locations is ruled by rows still: by whose a record is, and by what it hangs on.
        """
        return self.unlimited or any(grant.location is None and ("*", "*") in grant.role.verbs for grant in self.grants)

    def locations(self, entity: str, verb: str) -> Locations:
        """Where the verb is allowed: a set of location ids, or `ALL`."""
        if self.unlimited:
            return ALL
        key = (entity, verb)
        if key not in self._locations:
            self._locations[key] = self._find(entity, verb)
        return self._locations[key]

    def _find(self, entity: str, verb: str) -> Locations:
        allowed = [grant.location for grant in self.grants if grant.role.allows(entity, verb)]
        return ALL if None in allowed else frozenset(place for place in allowed if place is not None)

    def levels(self, entity: str, permission: str, name: str) -> list[Level | None]:
        """What each role that opens the entity says about a field of it."""
        return [grant.role.level(entity, name) for grant in self.grants if grant.role.allows(permission, "see")]


@dataclass(frozen=True)
class Actor:
    """Who is asking.

    id       the user, or `None` for the system
    source   the door: screen, api, import, terminal or system
    chosen   the location picked in the switcher: it narrows lists and is no permission
    database_role   the PostgreSQL role that the actor's transactions take
    """

    id: UUID | None
    name: str
    access: Access
    source: str = "screen"
    session_id: UUID | None = None
    language: str = "en"
    chosen: UUID | None = None
    database_role: str = "backroom_scoped"

    @property
    def everywhere(self) -> bool:
        return self.access.everywhere

    def through(self, source: str) -> Actor:
        """The same person at another door."""
        return replace(self, source=source)


def person(
    user_id: UUID,
    name: str,
    access: Access,
    *,
    source: str = "screen",
    session_id: UUID | None = None,
    language: str = "en",
    chosen: UUID | None = None,
) -> Actor:
    """The actor a user is, with what their grants allow."""
    role = "backroom_global" if access.everywhere else "backroom_scoped"
    return Actor(user_id, name, access, source, session_id, language, chosen, role)


def system(name: str = "Backroom", *, source: str = "system") -> Actor:
    """The system itself, for jobs, seeds and the pump: allowed everything, bound by no row rule."""
    return Actor(None, name, Access(unlimited=True), source, database_role="backroom_global")


def gate() -> Actor:
    """Nobody yet: may look up what signing in needs, and nothing else."""
    return Actor(None, "gate", Access(), database_role="backroom_gate")
