"""What rooms are told: rows as their new selves, or to look again, each room at most once of a batch."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from app.core.entity import Entity
from app.core.rows import Row
from app.realtime.batch import Touched
from app.realtime.rooms import Room

STORM = 50
"""More rows than this of one entity in one room and batch are not sent one by one: the page is told to look again."""


@dataclass(frozen=True)
class Letter:
    """One message for the people of some rooms."""

    event: str
    rooms: tuple[str, ...]
    body: dict[str, Any]


def put(room: Room, record: Touched, row: Row, cells: dict[str, str], names: Mapping[UUID, str]) -> dict[str, Any]:
    """One row as its new self."""
    said: dict[str, Any] = {
        "entity": room.key.entity,
        "id": str(row.id),
        "v": row.version,
        "op": "put",
        "cells": cells,
        "title": row.title,
        "by": names.get(record.actor_id, "") if record.actor_id else "",
        "at": record.at.isoformat() if record.at else None,
        "columns": [name for name in room.columns if name in record.columns],
    }
    if row.still is not None:
        said["still"] = sorted(row.still)
    if row.part_of is not None:
        said["part_of"] = str(row.part_of)
    if record.moved:
        said["moved"] = True
    if record.made:
        said["made"] = True
    return said


def stale(cls: type[Entity], rooms: Iterable[Room], count: int | None = None) -> Letter:
    """Too much to tell, or nothing that a row could tell: look again."""
    body: dict[str, Any] = {"entity": cls.entity}
    if count is not None:
        body["count"] = count
    return Letter("stale", tuple(room.key.name for room in rooms), body)


def without_repeats(letters: list[Letter]) -> list[Letter]:
    """One room hears of all its rows in one message, and is told to look again at most once."""
    rows: dict[str, Letter] = {}
    said: dict[tuple[str, str], Letter] = {}
    others: list[Letter] = []
    for letter in letters:
        if letter.event == "changes":
            rows[letter.rooms[0]] = letter
        elif letter.event == "stale":
            for room in letter.rooms:
                key = (room, letter.body["entity"])
                if key not in said or "count" in letter.body:
                    said[key] = Letter("stale", (room,), letter.body)
        else:
            others.append(letter)
    return [*rows.values(), *others, *said.values()]
