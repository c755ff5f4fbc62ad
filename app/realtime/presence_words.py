"""What web processes tell each other of who is at which record: words that fit into PostgreSQL's NOTIFY, many in one."""

from __future__ import annotations

import json
import time
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import Any, Final
from uuid import UUID

CHANNEL: Final = "backroom_presence"

MOST_BYTES: Final = 7_900
"""PostgreSQL refuses 8,000 bytes and more, and with that one everything else that is told in its transaction."""

Key = tuple[str, UUID]
"""A record: the name of its entity, and its id."""


@dataclass(frozen=True)
class Person:
    """Somebody at a record."""

    id: str
    name: str
    editing: bool


@dataclass(frozen=True)
class Word:
    """Who is at a record, as one process knows.

    asking   the others shall say whom they know there
    """

    key: Key
    people: tuple[Person, ...]
    asking: bool = False


def payloads(process: str, words: Iterable[Word]) -> list[str]:
    """The words of a process in as few payloads as hold them; of a crowd that is too large for one, the first people."""
    room = MOST_BYTES - len(f"{process} []")
    found: list[str] = []
    gathered: list[str] = []
    size = 0
    for word in words:
        text, length = _fitting(word, room)
        if gathered and size + length > room:
            found.append(f"{process} [{','.join(gathered)}]")
            gathered, size = [], 0
        gathered.append(text)
        size += length + 1
    if gathered:
        found.append(f"{process} [{','.join(gathered)}]")
    return found


def _fitting(word: Word, room: int) -> tuple[str, int]:
    """The word as text with its length in bytes, with as many of its people as there is room for."""
    people = [_text([one.id, one.name, one.editing]) for one in word.people]
    head = _text([word.key[0], str(word.key[1]), word.asking])[:-1]
    size, kept = len(head.encode()) + len(",[]]"), 0
    for person in people:
        if size + len(person.encode()) + 1 > room:
            break
        size, kept = size + len(person.encode()) + 1, kept + 1
    return f"{head},[{','.join(people[:kept])}]]", size


def _text(value: Any) -> str:
    # As UTF-8: escaped, a letter that isn't ASCII would take six bytes or twelve.
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))


def read(payload: str) -> tuple[str, list[Word]]:
    """Which process said it, and its words. Raises `ValueError` for what no process would say."""
    process, _, text = payload.partition(" ")
    try:
        return process, [_word(*said) for said in json.loads(text)]
    except (TypeError, AttributeError, RecursionError) as error:
        raise ValueError("That is no word of ours.") from error


def _word(entity: Any, id: Any, asking: Any, people: Any) -> Word:
    known = tuple(Person(str(one), str(name), editing is True) for one, name, editing in people)
    return Word((str(entity), UUID(id)), known, asking is True)


@dataclass
class Hearsay:
    """What other processes said of records, each word good for some seconds: a process that died says nothing more."""

    seconds: float
    _said: dict[Key, dict[str, tuple[float, tuple[Person, ...]]]] = field(default_factory=dict)

    def learn(self, process: str, word: Word) -> bool:
        """Take a process' word instead of its last one; is it another?"""
        known = self._said.setdefault(word.key, {})
        _, before = known.pop(process, (0.0, ()))
        if word.people:
            known[process] = (time.monotonic() + self.seconds, word.people)
        return before != word.people

    def people(self, key: Key) -> Iterator[Person]:
        """Who is at a record, by all that was said; somebody may be at several processes."""
        for _, people in self._said.get(key, {}).values():
            yield from people

    def forget(self, key: Key) -> None:
        """A record doesn't matter any more."""
        self._said.pop(key, None)

    def forget_the_silent(self, key: Key) -> bool:
        """What wasn't repeated in time counts no more; was there any?"""
        known = self._said.get(key, {})
        silent = [process for process, (until, _) in known.items() if until < time.monotonic()]
        for process in silent:
            del known[process]
        return bool(silent)
