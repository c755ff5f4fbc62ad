"""Steps: what can be done with a document, declared as a table by its service, and one of them while it is taken."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any, TypeVar
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.orm import Session

from app.core import db
from app.core.actor import Actor
from app.core.columns import Column
from app.core.entity import Entity, parts_of

E = TypeVar("E", bound=Entity)


def _nothing(line: Any) -> Mapping[str, Any]:
    return {}


@dataclass(frozen=True)
class LineAsk:
    """What a step asks for each line of the document.

    entity   the class of the lines
    columns  name → what is asked; the words of a column are a field's
    shown    columns of the line that stand beside the fields
    begin    what a field starts with, from the line: {name: value}
    matters  which lines are asked about; all when it is None
    """

    entity: type[Entity]
    columns: Mapping[str, Column]
    shown: tuple[str, ...] = ("product_id",)
    begin: Callable[[Any], Mapping[str, Any]] = _nothing
    matters: Callable[[Any], bool] | None = None


@dataclass(frozen=True)
class Step:
    """One verb of a document.

    verb     the permission it needs
    at       the states in which it can be taken
    work     what it does beyond the state; may return the state that follows, and raises whatever speaks against it
    to       the state that follows, where `work` doesn't say
    label    the words on its button
    done     its past participle, for sentences: "dispatched"
    stamp    prefix of the columns `…_at` and `…_by_id` that remember who took it when
    side     the column of the location whose people take it; empty: wherever the document is
    asks     what the person is asked: name → column
    lines    what is asked for each line
    exact    refuse when the document isn't any more what the person looked at
    when     a further condition for offering it, beside the state
    tone     "primary" for the usual next step, "danger" for the end of it, else "plain"
    """

    verb: str
    at: tuple[str, ...]
    work: Callable[[Act], str | None]
    to: str | None = None
    label: str = ""
    done: str = ""
    stamp: str = ""
    side: str = ""
    asks: Mapping[str, Column] = field(default_factory=dict)
    lines: LineAsk | None = None
    exact: bool = True
    when: Callable[[Any], bool] | None = None
    tone: str = "plain"
    icon: str = "arrow-right"
    hint: str = ""

    @property
    def words(self) -> str:
        return self.label or self.verb.capitalize()

    @property
    def participle(self) -> str:
        return self.done or (self.verb + ("d" if self.verb.endswith("e") else "ed"))


@dataclass
class Act:
    """A step while it is taken: who takes it, on which locked document, with what.

    now      the transaction's moment
    given    what was asked, parsed
    lines    id of the line → what was asked of it, parsed
    said     the sentence the person reads afterwards
    """

    actor: Actor
    session: Session
    step: Step
    document: Any
    now: dt.datetime
    given: Mapping[str, Any] = field(default_factory=dict)
    lines: Mapping[UUID, Mapping[str, Any]] = field(default_factory=dict)
    operation: UUID | None = None
    said: str = ""
    after: dict[str, Any] = field(default_factory=dict)
    loaded: dict[type[Entity], list[Any]] = field(default_factory=dict)
    known: dict[type[Entity], dict[UUID, Any]] = field(default_factory=dict)

    def parts(self, entity: type[E]) -> list[E]:
        """The document's lines in the order in which they were added: the same objects each time one asks."""
        if entity not in self.loaded:
            self.loaded[entity] = lines_of(self.session, entity, self.document)
        return self.loaded[entity]

    def by_id(self, entity: type[E], ids: Iterable[UUID]) -> dict[UUID, E]:
        """Other records that the step speaks of, as far as the person sees them; each is read once."""
        known, wanted = self.known.setdefault(entity, {}), set(ids)
        if wanted - known.keys():
            found = self.session.scalars(sa.select(entity).where(entity.id.in_(wanted - known.keys())))
            known |= {record.id: record for record in found}
        return {id: known[id] for id in wanted if id in known}

    def save(self, *records: Entity) -> None:
        """Write what was set on the document and its lines, and new records."""
        with db.posting(self.actor) as session:
            session.add_all(records)
            session.flush()


def lines_of(session: Session, entity: type[E], document: Entity) -> list[E]:
    """A document's lines of one kind, in the order in which they were added."""
    link = next(link for child, link in parts_of(type(document)) if child is entity)
    statement = sa.select(entity).where(entity.__table__.c[link] == document.id).order_by(entity.id)
    return list(session.scalars(statement.execution_options(populate_existing=True)))


def amount(label: str, *, required: bool = False) -> Column:
    """The question for a quantity."""
    return Column("quantity", label=label, required=required, places=3, least=0)


def plain(quantity: Decimal) -> str:
    """A quantity in a sentence, without trailing zeros."""
    return f"{quantity.normalize():f}"


def each_line(act: Act, lines: Iterable[E], name: str) -> Iterator[tuple[E, Any]]:
    """Lines for which something was given under `name`."""
    for line in lines:
        value = act.lines.get(line.id, {}).get(name)
        if value is not None:
            yield line, value
