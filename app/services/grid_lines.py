"""Grid lines: the parts of a document as its form sends them, and what becomes of one that others changed or removed."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any
from uuid import UUID

from sqlalchemy.orm import Session

from app.core import access, refusals
from app.core.actor import Actor
from app.core.entity import RESERVED, Entity, children_of, label_of
from app.core.errors import FieldChange, Invalid, NotFound
from app.core.ids import uuid7
from app.services import entries, sides
from app.services.sides import Clash


@dataclass(frozen=True)
class Line:
    """One row of a grid in its parent's form; `id` and `version` are empty for a new one.

    base    what stood in the fields when the person began, where that is known
    """

    values: Mapping[str, Any] = field(default_factory=dict)
    id: UUID | None = None
    version: int | None = None
    remove: bool = False
    base: Mapping[str, Any] = field(default_factory=dict)


MOST = 1_000
"""Lines that one form's grid may hold."""

Grids = Mapping[str, Sequence[Line]]
"""Child entity's name → its lines."""


@dataclass(frozen=True)
class _Place:
    """Where a line stands in what was sent, for answers about it."""

    child: type[Entity]
    link: str
    index: int

    @property
    def key(self) -> str:
        return f"{self.child.entity}.{self.index}"

    @property
    def label(self) -> str:
        return f"{label_of(self.child)} {self.index + 1}"


def links_of(entity: type[Entity]) -> dict[str, tuple[type[Entity], str]]:
    """Name of each child that has a grid in the entity's form → its class, and its column that points to the parent."""
    return {
        child.entity: (child, link) for child, link in children_of(entity) if child.__name__ in entity.screen.children
    }


def settle(actor: Actor, session: Session, parent: Entity, grids: Grids, clash: Clash) -> dict[str, list[Line]]:
    """The lines to be written as the stored ones are now; what has to be decided is put into `clash`."""
    links = links_of(type(parent))
    settled: dict[str, list[Line]] = {}
    for name, lines in grids.items():
        settled[name] = list(lines)
        if name not in links:
            continue  # refused by whoever writes them
        for index, line in enumerate(lines):
            place = _Place(*links[name], index)
            clash.typed |= {f"{place.key}.{column}": value for column, value in line.values.items()}
            settled[name][index] = _settled(actor, session, parent, place, line, clash)
    return settled


def _settled(actor: Actor, session: Session, parent: Entity, place: _Place, line: Line, clash: Clash) -> Line:
    if line.id is None:
        return line
    try:
        found = access.get(actor, place.child, line.id, to="delete" if line.remove else "change", lock=True)
    except NotFound:
        return _removed_by_others(actor, session, parent, place, line, clash)
    if getattr(found, place.link) != parent.id or found.version == line.version:
        return line
    happened = sides.since(actor, session, found, line.version or 0)
    if line.remove and (happened.told or not happened.whole):
        clash.base[place.key] = clash.mine[place.key] = None
        clash.theirs[place.key] = {change.field: change.new for change in reversed(happened.told)}
        clash.told += [replace(change, field=place.key, label=place.label) for change in happened.told[:1]]
        return line
    if line.remove:
        return replace(line, version=found.version)
    wanted = sides.settle(
        found, line.values, happened, clash, base=line.base, prefix=f"{place.key}.", about=f"{place.label}, "
    )
    return replace(line, values=wanted, version=found.version)


NOTHING = Line()
"""A line that needs no writing: whoever writes the lines passes over it."""


def _removed_by_others(actor: Actor, session: Session, parent: Entity, place: _Place, line: Line, clash: Clash) -> Line:
    assert line.id is not None
    left = sides.departure(actor, session, place.child, line.id, line.version or 0)
    if left is None or left.op != "delete" or left.row.get(place.link) != str(parent.id):
        raise NotFound()
    if line.remove or not line.values:
        return NOTHING
    visible = [name for name in access.visible(actor, place.child) if name not in (place.link, *RESERVED)]
    clash.base[place.key] = {name: left.row.get(name) for name in visible}
    clash.mine[place.key], clash.theirs[place.key] = dict(line.values), None
    clash.told.append(FieldChange(place.key, place.label, None, None, left.by, left.at.isoformat()))
    return line


def write(actor: Actor, session: Session, record: Entity, grids: Grids) -> None:
    """Write the grids' lines; every problem of every line is collected before anything is said."""
    links = links_of(type(record))
    problems: dict[str, str] = {}
    for name, lines in grids.items():
        if name not in links:
            raise Invalid({name: "This can't be set here."})
        if len(lines) > MOST:
            raise Invalid({name: f"At most {MOST:,} lines."})
        child, link = links[name]
        for index, line in enumerate(lines):
            try:
                _write_line(actor, session, child, link, record, line)
            except Invalid as error:
                problems |= {
                    f"{name}.{index}.{column}": text for column, text in (error.fields or {"": error.message}).items()
                }
                if session.in_transaction() and not session.is_active:
                    break  # the database refused this line: the transaction is over, the rest can't be looked at
    if problems:
        raise Invalid(problems)


def _write_line(actor: Actor, session: Session, child: type[Entity], link: str, parent: Entity, line: Line) -> None:
    if line is NOTHING:
        return
    if line.id is None:
        if line.remove:
            return
        access.require(actor, child, "create")
        made = child(id=uuid7(), **{link: parent.id})
        _fill_line(actor, session, made, link, line, creating=True)
        return
    verb = "delete" if line.remove else "change"
    found = access.get(actor, child, line.id, to=verb, lock=True)
    if getattr(found, link) != parent.id:
        raise NotFound()
    if line.remove:
        with refusals.explaining(child):
            session.delete(found)
            session.flush()
        return
    _fill_line(actor, session, found, link, line, creating=False)


def _fill_line(actor: Actor, session: Session, record: Entity, link: str, line: Line, *, creating: bool) -> None:
    given = {name: value for name, value in line.values.items() if name != link}
    problems = entries.fill(actor, session, record, given, creating=creating)
    if problems:
        if not creating:
            session.expire(record)
        raise Invalid(problems)
    entries.save(session, record)
