"""How strict signing in is: the few figures an installation may set, in one place."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta


@dataclass(frozen=True)
class Rules:
    """The figures.

    tries          wrong passwords in a row after which a login waits
    address_tries  wrong passwords from one address, over all logins, after which the address waits: a whole shop may
                   stand behind one address, so it is larger
    wait           how long a wrong password counts
    idle, life     a session ends so long after its last use, and so long after its start whatever happens
    link           how long a one-time link works
    """

    tries: int = 8
    address_tries: int = 60
    wait: timedelta = timedelta(minutes=15)
    idle: timedelta = timedelta(hours=12)
    life: timedelta = timedelta(days=30)
    link: timedelta = timedelta(hours=24)


_rules = Rules()


def rules() -> Rules:
    """The rules in force."""
    return _rules


def set_rules(rules: Rules) -> None:
    """Put rules in force for this process."""
    global _rules
    _rules = rules
