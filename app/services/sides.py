"""Sides: what a person started from, what they want and what is stored now, when somebody else saved in between."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

from sqlalchemy.orm import Session

from app.core import access, audience, merge
from app.core.actor import Actor
from app.core.columns import Column
from app.core.entity import RESERVED, Entity, column_label, columns_of, label_of
from app.core.errors import AppError, Conflict, Deleted, FieldChange, MovedAway, NotFound
from app.services.feed import changes

MOST = 1_000
"""Changes that are looked through; who was away for longer is asked about each field."""


@dataclass(frozen=True)
class Notice:
    """What a colleague's change had to do with a save: theirs was kept, or both are in it."""

    field: str
    label: str
    by: str
    at: str
    sentence: str = ""


@dataclass(frozen=True)
class Since:
    """What happened to a record after a version, as far as the person may see it.

    base    column → what stood in it at that version, of the columns that changed; it is known where `whole`
    told    who changed which column when, newest first
    whole   every change since is known, from a place of theirs on; else a column may have held anything
    changeable  the columns that are the person's to change: of no other is told what is stored
    """

    base: Mapping[str, Any] = field(default_factory=dict)
    told: tuple[FieldChange, ...] = ()
    whole: bool = True
    changeable: frozenset[str] = frozenset()


@dataclass
class Clash:
    """The fields that a person has to decide about, and what merges by itself, by field."""

    base: dict[str, Any] = field(default_factory=dict)
    mine: dict[str, Any] = field(default_factory=dict)
    theirs: dict[str, Any] = field(default_factory=dict)
    merged: dict[str, Any] = field(default_factory=dict)
    typed: dict[str, Any] = field(default_factory=dict)
    told: list[FieldChange] = field(default_factory=list)
    notices: list[Notice] = field(default_factory=list)

    def error(self, version: int) -> Conflict:
        """All of it as the one answer."""
        joined = {notice.field: notice.sentence for notice in self.notices if notice.sentence}
        told = tuple(self.told)
        return Conflict(
            self.base, self.mine, self.theirs, version, told, merged=self.merged, typed=self.typed, joined=joined
        )


def since(actor: Actor, session: Session, record: Entity, version: int) -> Since:
    """What happened to the record after `version`.

    It may have been elsewhere meanwhile. What left a place of the actor's is told as it was, what came to one as it is,
    and of what was done elsewhere nothing.
    """
    entity = type(record)
    columns, visible = columns_of(entity), set(access.visible(actor, entity))
    found = changes.of_record(session, entity.entity, record.id, after_version=version, limit=MOST)
    hangs_on = audience.abouts(session, [change for change, _ in found]).get(record.id)
    told, base, seen = [], {}, True
    for change, by in found:
        if change.op != "update":
            continue
        seen = audience.sees(actor, entity, change.before, hangs_on)
        after = audience.sees(actor, entity, change.after, hangs_on)
        for name, (old, new) in change.diff.items():
            if name not in visible or name in RESERVED or columns[name].computed is not None:
                continue
            base[name] = old  # newest first, so the oldest of them stays: what the person started from
            if seen or after:
                label = column_label(name, columns[name].info["column"])
                told_of = (old if seen else None, new if after else None)
                told.append(FieldChange(name, label, *told_of, by, change.at.isoformat()))
    known = {
        change.version for change, _ in found if change.op == "update" and version < change.version <= record.version
    }
    # Counted: whoever asks may name any number as their version, also one that the record had elsewhere.
    whole = seen and len(known) == record.version - version
    return Since(base, tuple(told), whole, access.changeable(actor, entity))


def settle(
    record: Entity,
    given: Mapping[str, Any],
    happened: Since,
    clash: Clash,
    *,
    base: Mapping[str, Any] | None = None,
    meant: merge.Meant = "edit",
    prefix: str = "",
    about: str = "",
) -> dict[str, Any]:
    """What is to be written of `given` on the record as it is now; what has to be decided is put into `clash`.

    base            what the person started from, by column, where whoever asks says so; else the history does
    prefix, about   for a line of a grid: what its fields are called in the answer, and before their labels
    """
    columns = columns_of(type(record))
    wanted: dict[str, Any] = {}
    for name, raw in given.items():
        clash.typed[prefix + name] = raw
        if name not in happened.changeable:
            wanted[name] = raw  # refused by whoever writes it; what is stored there is not told
            continue
        column: Column = columns[name].info["column"]
        theirs = merge.read(column, getattr(record, name))
        started = _base(column, name, happened, base, theirs)
        verdict = merge.decide(column, started, merge.read(column, raw), theirs, meant=meant)
        told = next((change for change in happened.told if change.field == name), None)
        if verdict.side == "conflict":
            clash.base[prefix + name] = None if started is merge.UNKNOWN else started
            clash.mine[prefix + name], clash.theirs[prefix + name] = raw, getattr(record, name)
        else:
            clash.merged[prefix + name] = raw if verdict.side == "mine" else verdict.value
        if verdict.side in ("mine", "both"):
            wanted[name] = clash.merged[prefix + name]
        met = verdict.side == "both" or (verdict.side == "same" and not merge.same(started, theirs))
        if met and told is not None:
            clash.notices.append(_met(column, told, prefix, about, started, theirs, verdict))
    clash.told += [replace(change, field=prefix + change.field, label=about + change.label) for change in happened.told]
    clash.notices += _kept(happened, given, prefix, about)
    return wanted


def _base(column: Column, name: str, happened: Since, given: Mapping[str, Any] | None, theirs: Any) -> Any:
    if given is not None and name in given:
        return merge.began(column, given[name], theirs)
    if not happened.whole:
        return merge.UNKNOWN
    return merge.read(column, happened.base[name]) if name in happened.base else theirs


def _kept(happened: Since, given: Mapping[str, Any], prefix: str, about: str) -> list[Notice]:
    """The columns that others changed and the person did not."""
    newest = {change.field: change for change in reversed(happened.told) if change.field not in given}
    return [Notice(prefix + change.field, about + change.label, change.by, change.at) for change in newest.values()]


def _met(
    column: Column, told: FieldChange, prefix: str, about: str, base: Any, theirs: Any, verdict: merge.Verdict
) -> Notice:
    """Both changed it: what is said about that."""
    rule = merge.RULES[column.kind]
    sentence = (rule.equal if verdict.side == "same" else rule.sentence).format(
        by=told.by, label=about + told.label, base=_plain(base), theirs=_plain(theirs), value=_plain(verdict.value)
    )
    return Notice(prefix + told.field, about + told.label, told.by, told.at, sentence)


def _plain(value: Any) -> str:
    if not isinstance(value, Decimal):
        return str(value)
    return f"{value:f}".rstrip("0").rstrip(".") if "." in f"{value:f}" else f"{value:f}"


def sentence(notices: tuple[Notice, ...] | list[Notice]) -> str:
    """What was merged, to be read: who changed what meanwhile, and that it is still there."""
    kept: dict[str, list[str]] = {}
    for notice in notices:
        if not notice.sentence:
            kept.setdefault(notice.by, []).append(notice.label)
    said = [
        f"{by}'s change{'s' if len(labels) > 1 else ''} of {_and(list(dict.fromkeys(labels)))}"
        f" {'were' if len(labels) > 1 else 'was'} kept."
        for by, labels in kept.items()
    ]
    return " ".join([*said, *(notice.sentence for notice in notices if notice.sentence)])


def _and(words: list[str]) -> str:
    return " and ".join([", ".join(words[:-1]), words[-1]] if len(words) > 1 else words)


# --- records and lines that are no longer there -----------------------------------------------------------------------


@dataclass(frozen=True)
class Departure:
    """How a record went from where the person could see it.

    row   what was in it at the end, of a deleted one
    """

    op: str
    by: str
    at: datetime
    row: Mapping[str, Any]


def departure(actor: Actor, session: Session, entity: type[Entity], id: UUID, version: int) -> Departure | None:
    """Who deleted a record after `version`, or moved it away, if the change feed shows that to this person."""
    if not access.may(actor, entity, "see"):
        return None
    found = changes.of_record(session, entity.entity, id, after_version=version, limit=1)
    if not found:
        return None
    change, by = found[0]
    row = change.diff if change.op == "delete" else {}
    return Departure(change.op, by, change.at, row)


def gone(actor: Actor, session: Session, entity: type[Entity], id: UUID | str, version: int) -> AppError:
    """The answer to a save on a record that this person no longer finds.

    Who never saw it learns nothing: what is said here, the change feed showed them already.
    """
    left = departure(actor, session, entity, access.as_id(id), version)
    if left is None:
        return NotFound()
    kind = Deleted if left.op == "delete" else MovedAway
    return kind(by=left.by, at=left.at, title=f"This {label_of(entity).lower()}")
