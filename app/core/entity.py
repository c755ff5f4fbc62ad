"""The base of every entity: a class that declares columns, a scope and a screen gets everything else from the machine."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from datetime import datetime
from functools import cache
from typing import TYPE_CHECKING, Any, ClassVar
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.orm import DeclarativeBase, Mapped, MappedColumn, mapped_column, relationship

from app.core.columns import Column
from app.core.errors import NotFound
from app.core.ids import uuid7
from app.core.scope import Scope, Via
from app.core.screen import AREAS, Screen

VERBS = ("see", "create", "change", "delete", "export", "import")
"""The verbs every entity has; a document adds its own."""

DECIDING = ("approve", "reject")
"""The verbs of those who decide about what others ask for. They can be handed over for some days, with seeing it."""

RESERVED = frozenset({"id", "version", "created_at", "updated_at"})
"""The machine's own columns, which every entity has."""

NAMING = {
    "ix": "ix_%(table_name)s_%(column_0_N_name)s",
    "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    "ck": "ck_%(table_name)s_%(constraint_name)s",
    "fk": "fk_%(table_name)s_%(column_0_name)s",
    "pk": "pk_%(table_name)s",
}


class Entity(DeclarativeBase):
    """A kind of record.

    A subclass' docstring says what it is, `scope` who sees which rows, `screen` how it is shown. `verbs` adds
    verbs of its own to the six; `access` says what the built-in roles may do with it from the start
    (role name → verbs, `("*",)` for all); roles not named get their area's default.
    `captured` may be switched off for what is neither scoped, stock nor access. `posted` rows are written by the
    posting role alone; `rules_access` marks what decides who may do what. `open_in` names the states in which people
    still edit a document and its lines; empty: always. `corrected_in` says of later states which columns of the
    document are still corrected there.
    """

    metadata = sa.MetaData(naming_convention=NAMING)

    scope: ClassVar[Scope]
    screen: ClassVar[Screen]
    verbs: ClassVar[tuple[str, ...]] = ()
    access: ClassVar[Mapping[str, tuple[str, ...]]] = {}
    captured: ClassVar[bool] = True
    posted: ClassVar[bool] = False
    open_in: ClassVar[tuple[str, ...]] = ()
    corrected_in: ClassVar[Mapping[str, tuple[str, ...]]] = {}
    rules_access: ClassVar[bool] = False
    constraints: ClassVar[tuple[sa.schema.SchemaItem, ...]] = ()

    entity: ClassVar[str]

    id: Mapped[UUID] = mapped_column(
        sa.Uuid(),
        primary_key=True,
        default=uuid7,
        server_default=sa.text("backroom.uuid7()"),
        info={"column": Column("id", by_machine=True)},
        sort_order=-10,
    )
    version: Mapped[int] = mapped_column(
        sa.Integer(),
        nullable=False,
        server_default=sa.text("1"),
        server_onupdate=sa.FetchedValue(),
        info={"column": Column("whole", by_machine=True)},
        sort_order=900,
    )
    created_at: Mapped[datetime] = mapped_column(
        sa.DateTime(timezone=True),
        nullable=False,
        server_default=sa.text("now()"),
        info={"column": Column("moment", label="Created", by_machine=True)},
        sort_order=901,
    )
    updated_at: Mapped[datetime] = mapped_column(
        sa.DateTime(timezone=True),
        nullable=False,
        server_default=sa.text("now()"),
        server_onupdate=sa.FetchedValue(),
        info={"column": Column("moment", label="Changed", by_machine=True)},
        sort_order=902,
    )

    if TYPE_CHECKING:

        def __getattr__(self, name: str) -> Any: ...

    def __init_subclass__(cls, **kw: Any) -> None:
        _declared_well(cls)
        _name(cls)
        cls.__tablename__ = cls.__dict__.get("__tablename__", _plural(cls.entity))
        links = {name: column for name, column in cls.__dict__.items() if _is_link(column)}
        for name, column in links.items():
            _relate(cls, name, column)
        cls.__table_args__ = tuple(item for item in cls.constraints) + tuple(_choice_checks(cls))
        # The trigger raises the version; SQLAlchemy only compares it and reads the new one back.
        cls.__mapper_args__ = {"version_id_col": cls.version, "version_id_generator": False, "eager_defaults": True}
        super().__init_subclass__(**kw)

    def check(self) -> Mapping[str, str]:
        """What is wrong with this record, as {field: sentence}; called before each save, in the transaction."""
        return {}

    def __repr__(self) -> str:
        return f"<{type(self).__name__} {self.__dict__.get('id')} v{self.__dict__.get('version')}>"


def _declared_well(cls: type[Entity]) -> None:
    name = cls.__name__
    if not (cls.__doc__ and cls.__doc__.strip()) or cls.__doc__ == Entity.__doc__:
        raise TypeError(f"{name} has no docstring: say in one sentence what it is; screens and docs show it")
    if "scope" not in cls.__dict__:
        raise TypeError(
            f"{name} has no scope: say who sees which rows, for example `scope = at('location_id')` or `scope = shared()`"
        )
    if "screen" not in cls.__dict__:
        raise TypeError(
            f"{name} has no screen: every entity says how it is shown, `screen = Screen(area='Catalog', …)`"
        )
    screen = cls.screen
    if screen.area not in AREAS:
        raise TypeError(f"{name} is in no menu area: {screen.area!r} is not one of {', '.join(AREAS)}")
    columns = {key for key, value in cls.__dict__.items() if isinstance(value, MappedColumn)} | RESERVED
    for where in ("title", "columns", "search"):
        for column in getattr(screen, where):
            if column not in columns and f"{column}_id" not in columns:
                raise TypeError(
                    f"{name}'s screen names {column!r} in {where}, which is no column of it: it has {', '.join(sorted(columns))}"
                )
    for column in (
        screen.sort.lstrip("-"),
        screen.subtitle,
        screen.state,
        *(f for s in screen.sections for f in s.fields),
    ):
        if column and column not in columns and f"{column}_id" not in columns:
            raise TypeError(
                f"{name}'s screen names {column!r}, which is no column of it: it has {', '.join(sorted(columns))}"
            )
    for column in cls.scope.columns:
        if column not in columns:
            raise TypeError(f"{name}'s scope names {column!r}, which is no column of it")
    _corrected_well(cls, columns - RESERVED)


def _corrected_well(cls: type[Entity], columns: set[str]) -> None:
    for state, corrected in cls.corrected_in.items():
        if not cls.open_in or state in cls.open_in or not set(corrected) <= columns:
            raise TypeError(
                f"{cls.__name__}'s corrected_in says something else of {state!r}: name states that are not in open_in,"
                f" each with columns of {cls.__name__}"
            )


class _NameAndColumn:
    """`entity` asked of a class is its name; of a record that has a column `entity`, that column's value."""

    def __init__(self, name: str) -> None:
        self.name = name

    def __get__(self, record: Any, cls: type[Any]) -> Any:
        return self.name if record is None else record.entity_

    def __set__(self, record: Any, value: Any) -> None:
        record.entity_ = value


def _name(cls: type[Entity]) -> None:
    """Give the class its name; a column called `entity` is mapped beside it, as `entity_`."""
    name, column = _snake(cls.__name__), cls.__dict__.get("entity")
    if isinstance(column, MappedColumn):
        column.column.name = column.column.key = "entity"
        column._sort_order = -1  # else it would come last: the class got it last
        cls.__annotations__ = {"entity_" if key == "entity" else key: said for key, said in cls.__annotations__.items()}
        cls.entity_ = column
        cls.entity = _NameAndColumn(name)  # type: ignore[assignment]
    else:
        cls.entity = name


def _is_link(value: Any) -> bool:
    return isinstance(value, MappedColumn) and value.column.info.get("column", Column("")).kind == "link"


def _relate(cls: type[Entity], name: str, column: MappedColumn[Any]) -> None:
    if not name.endswith("_id"):
        raise TypeError(
            f"{cls.__name__}.{name} is a link: its name must end in _id, so that the relation can be called {name}'s without it"
        )
    target = column.column.info["column"].target
    column.column.append_foreign_key(sa.ForeignKey(f"{_plural(_snake(target))}.id"))
    setattr(cls, name[:-3], relationship(target, foreign_keys=[column.column], viewonly=True, lazy="select"))


def _choice_checks(cls: type[Entity]) -> Iterator[sa.CheckConstraint]:
    for name, value in cls.__dict__.items():
        described = value.column.info.get("column") if isinstance(value, MappedColumn) else None
        if described is not None and described.kind == "choice":
            values = ", ".join(f"'{choice.value}'" for choice in described.choices)
            yield sa.CheckConstraint(f"{name} IN ({values})", name=f"{name}_known")


def _snake(name: str) -> str:
    return re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "_", name).lower()


_PLURALS = {"staff": "staff", "staff_hours": "staff_hours", "loyalty_entry": "loyalty_entries", "cash": "cash"}


def _plural(name: str) -> str:
    if name in _PLURALS:
        return _PLURALS[name]
    if name.endswith("y") and name[-2] not in "aeiou":
        return name[:-1] + "ies"
    return name + ("es" if name.endswith(("s", "x", "ch", "sh")) else "s")


def entities() -> list[type[Entity]]:
    """Every entity, in menu order: by area, then as declared."""
    order = list(AREAS)
    found = [mapper.class_ for mapper in Entity.registry.mappers]
    return sorted(found, key=lambda cls: (order.index(cls.screen.area), cls.entity))


@cache
def _by_name() -> dict[str, type[Entity]]:
    return {cls.entity: cls for cls in entities()}


def named(name: str) -> type[Entity]:
    """The entity called `name` (`stock_level`); `NotFound` when there is none."""
    try:
        return _by_name()[name]
    except KeyError:
        _by_name.cache_clear()
        if name in _by_name():
            return _by_name()[name]
        raise NotFound() from None


def class_named(name: str) -> type[Entity]:
    """The entity whose class is called `name` (`StockLevel`)."""
    if name not in _by_class():
        _by_class.cache_clear()  # declared since
    try:
        return _by_class()[name]
    except KeyError:
        raise TypeError(f"no entity class is called {name}") from None


@cache
def _by_class() -> dict[str, type[Entity]]:
    return {mapper.class_.__name__: mapper.class_ for mapper in Entity.registry.mappers}


@cache
def columns_of(entity: type[Entity]) -> dict[str, sa.Column[Any]]:
    """The table's columns by name, in the order of declaration, the machine's own last."""
    table: sa.Table = entity.__table__  # type: ignore[assignment]
    return {column.name: column for column in table.columns}


def permission_of(entity: type[Entity], verb: str) -> tuple[str, str]:
    """Whose permission decides about a verb: parts of a document are seen and changed with it."""
    scope = entity.scope
    if isinstance(scope, Via) and scope.part:
        return permission_of(
            class_named(scope.target), "see" if verb == "see" else "export" if verb == "export" else "change"
        )
    return entity.entity, verb


def document_of(entity: type[Entity]) -> tuple[type[Entity], str] | None:
    """The document that a record is or is a part of, with the column that holds its id; None for any other record."""
    if entity.verbs:
        return entity, "id"
    scope = entity.scope
    if isinstance(scope, Via) and scope.part and class_named(scope.target).verbs:
        return class_named(scope.target), scope.links[0]
    return None


def is_decided(entity: type[Entity]) -> bool:
    """Is it a document about which somebody decides?"""
    return not set(DECIDING).isdisjoint(entity.verbs)


def label_of(entity: type[Entity]) -> str:
    """The singular as people read it: “Purchase order”."""
    return entity.screen.label or entity.entity.replace("_", " ").capitalize()


def plural_of(entity: type[Entity]) -> str:
    """The plural as people read it: “Purchase orders”."""
    return entity.screen.plural or entity.__tablename__.replace("_", " ").capitalize()


def column_label(name: str, column: Column) -> str:
    """A column's heading."""
    if column.label:
        return column.label
    plain = name[:-3] if column.kind == "link" and name.endswith("_id") else name
    return plain.replace("_", " ").capitalize()


def children_of(entity: type[Entity]) -> list[tuple[type[Entity], str]]:
    """Every (entity, column) that links to this one."""
    return list(_children_among(tuple(entities()), entity))


@cache
def _children_among(known: tuple[type[Entity], ...], entity: type[Entity]) -> tuple[tuple[type[Entity], str], ...]:
    return tuple(
        (other, name)
        for other in known
        for name, column in columns_of(other).items()
        if column.info["column"].target == entity.__name__
    )


def parts_of(entity: type[Entity]) -> tuple[tuple[type[Entity], str], ...]:
    """The kinds of lines of a document, each with its column that points to the document."""
    return _parts_among(tuple(entities()), entity)


@cache
def _parts_among(known: tuple[type[Entity], ...], entity: type[Entity]) -> tuple[tuple[type[Entity], str], ...]:
    return tuple(
        (child, link)
        for child, link in _children_among(known, entity)
        if isinstance(child.scope, Via) and child.scope.part and child.scope.target == entity.__name__
    )
