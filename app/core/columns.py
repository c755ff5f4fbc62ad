"""The words entities are written in: each makes one database column and says how people meet it."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import MappedColumn, mapped_column


@dataclass(frozen=True)
class Choice:
    """One value of a `choice` column: what is stored, what people read, and the badge's tone."""

    value: str
    label: str
    tone: str = "secondary"


@dataclass(frozen=True)
class Column:
    """What the machine knows of a column beyond its SQL type.

    kind        the word that made it: text, long_text, money, link, …
    required    a person must fill it in
    by_machine  set by services and the database, never by a form, an import or the API
    guarded     hidden and unchangeable unless a role's field permission opens it
    secret      never shown, exported, logged, captured in the feed, filtered or sorted by
    target      for a link: the name of the class it points to
    places      decimal places of a number
    words       stored as programs say it (`unit_cost`) and read as people do (“Unit cost”); what reads otherwise is named
    slug        what is typed is stored as programs say it, however people write it
    nothing     what an empty value means, where it means something: “All locations”
    """

    kind: str
    label: str = ""
    hint: str = ""
    required: bool = False
    unique: bool = False
    by_machine: bool = False
    guarded: bool = False
    secret: bool = False
    choices: tuple[Choice, ...] = ()
    target: str | None = None
    longest: int | None = None
    places: int | None = None
    least: float | None = None
    most: float | None = None
    wide: bool = False
    words: tuple[tuple[str, str], ...] | None = None
    slug: bool = False
    nothing: str = ""

    @property
    def numeric(self) -> bool:
        """Shown right-aligned in tabular figures."""
        return self.kind in NUMERIC


NUMERIC = frozenset({"money", "cost", "quantity", "whole", "percent"})


def _column(
    kind: str, type_: Any, *, required: bool, default: Any = None, index: bool = False, **facts: Any
) -> MappedColumn[Any]:
    """One mapped column with its description under `info["column"]`."""
    server_default = facts.pop("server_default", None)
    nullable = facts.pop("nullable", not required and default is None)
    column = Column(kind=kind, required=required, **facts)
    options: dict[str, Any] = {"nullable": nullable, "info": {"column": column}}
    if default is not None:
        options["default"] = default
        options["server_default"] = _literal(default) if server_default is None else server_default
    elif server_default is not None:
        options["server_default"] = server_default
    if column.unique:
        options["unique"] = True
    if index:
        options["index"] = True
    if column.secret:
        # Only the service that checks it names it in a query; nothing loads it by the way.
        options |= {"deferred": True, "deferred_raiseload": True}
    return mapped_column(type_, **options)


def _literal(value: Any) -> Any:
    if isinstance(value, bool):
        return sa.true() if value else sa.false()
    return sa.text(str(value)) if isinstance(value, int | float) else sa.text(_quoted(str(value)))


def _quoted(value: str) -> str:
    return "'" + value.replace("'", "''") + "'"


def text(*, longest: int = 200, required: bool = False, **facts: Any) -> MappedColumn[Any]:
    """A line of text of at most `longest` characters."""
    return _column("text", sa.String(longest), required=required, longest=longest, **facts)


def long_text(*, longest: int = 10_000, required: bool = False, **facts: Any) -> MappedColumn[Any]:
    """Several lines of text."""
    return _column("long_text", sa.String(longest), required=required, longest=longest, wide=True, **facts)


def code(*, longest: int = 40, required: bool = True, unique: bool = True, **facts: Any) -> MappedColumn[Any]:
    """A short business key without spaces: sku, location code, barcode."""
    return _column("code", sa.String(longest), required=required, unique=unique, longest=longest, **facts)


def email(*, required: bool = False, **facts: Any) -> MappedColumn[Any]:
    """An e-mail address."""
    return _column("email", sa.String(200), required=required, longest=200, **facts)


def phone(*, required: bool = False, **facts: Any) -> MappedColumn[Any]:
    """A telephone number as people write it."""
    return _column("phone", sa.String(40), required=required, longest=40, **facts)


def url(*, required: bool = False, **facts: Any) -> MappedColumn[Any]:
    """An http(s) address."""
    return _column("url", sa.String(500), required=required, longest=500, **facts)


def money(*, required: bool = False, default: Any = None, least: float | None = 0, **facts: Any) -> MappedColumn[Any]:
    """An amount in the installation's currency, numeric(14,2)."""
    return _column("money", sa.Numeric(14, 2), required=required, default=default, places=2, least=least, **facts)


def cost(*, required: bool = False, default: Any = None, **facts: Any) -> MappedColumn[Any]:
    """A unit cost, numeric(16,6): averages need more places than prices."""
    return _column("cost", sa.Numeric(16, 6), required=required, default=default, places=6, least=0, **facts)


def quantity(
    *, required: bool = False, default: Any = None, least: float | None = 0, **facts: Any
) -> MappedColumn[Any]:
    """A quantity, numeric(14,3), shown without trailing zeros."""
    return _column("quantity", sa.Numeric(14, 3), required=required, default=default, places=3, least=least, **facts)


def percent(*, required: bool = False, default: Any = None, **facts: Any) -> MappedColumn[Any]:
    """A share of one hundred, numeric(7,3)."""
    return _column(
        "percent", sa.Numeric(7, 3), required=required, default=default, places=3, least=0, most=100, **facts
    )


def whole(
    *,
    required: bool = False,
    default: Any = None,
    least: float | None = 0,
    most: float | None = 2_147_483_647,
    **facts: Any,
) -> MappedColumn[Any]:
    """A whole number."""
    return _column("whole", sa.Integer(), required=required, default=default, least=least, most=most, **facts)


def flag(*, default: bool = False, **facts: Any) -> MappedColumn[Any]:
    """Yes or no."""
    return _column("flag", sa.Boolean(), required=False, default=default, nullable=False, **facts)


def choice(
    *options: str | tuple[str, str] | tuple[str, str, str],
    required: bool = True,
    default: str | None = None,
    **facts: Any,
) -> MappedColumn[Any]:
    """One of a fixed set, stored as text with a CHECK.

    Each option is a value, or (value, label), or (value, label, tone); tones are Bootstrap's contextual names.
    """
    choices = tuple(_as_choice(option) for option in options)
    longest = max(len(option.value) for option in choices)
    return _column("choice", sa.String(max(longest, 20)), required=required, default=default, choices=choices, **facts)


def _as_choice(option: str | tuple[str, ...]) -> Choice:
    if isinstance(option, str):
        return Choice(option, option.replace("_", " ").replace("-", " ").capitalize())
    return Choice(*option)


def date(*, required: bool = False, **facts: Any) -> MappedColumn[Any]:
    """A calendar day."""
    return _column("date", sa.Date(), required=required, **facts)


def moment(*, required: bool = False, now: bool = False, **facts: Any) -> MappedColumn[Any]:
    """A point in time, timestamptz; `now` fills it in when the record is made."""
    if now:
        facts.setdefault("server_default", sa.text("now()"))
        facts.setdefault("nullable", False)
    return _column("moment", sa.DateTime(timezone=True), required=required, **facts)


def time_of_day(*, required: bool = False, **facts: Any) -> MappedColumn[Any]:
    """A clock time without a day."""
    return _column("time", sa.Time(), required=required, **facts)


def colour(*, required: bool = False, **facts: Any) -> MappedColumn[Any]:
    """A colour as #rrggbb."""
    return _column("colour", sa.String(7), required=required, longest=7, **facts)


def link(target: str, *, required: bool = False, index: bool = True, **facts: Any) -> MappedColumn[Any]:
    """A reference to another entity, by the name of its class: `brand_id: Mapped[UUID | None] = link("Brand")`.

    The attribute must end in `_id`; the record gets the relation under the name without it.
    """
    return _column("link", sa.Uuid(), required=required, target=target, index=index, **facts)


def any_record(*, required: bool = False, **facts: Any) -> MappedColumn[Any]:
    """The id of a record of any entity; stands beside an `entity_name` column and has no foreign key."""
    return _column("record", sa.Uuid(), required=required, index=True, **facts)


def entity_name(*, required: bool = False, **facts: Any) -> MappedColumn[Any]:
    """The name of an entity (`product`, `transfer`), beside `any_record`."""
    return _column("entity", sa.String(60), required=required, longest=60, **facts)


def picture(**facts: Any) -> MappedColumn[Any]:
    """A picture: the column holds the key of the stored file."""
    return _column("picture", sa.String(120), required=False, longest=120, **facts)


def file(*, required: bool = False, **facts: Any) -> MappedColumn[Any]:
    """A file: the column holds the key of the stored file."""
    return _column("file", sa.String(120), required=required, longest=120, **facts)


def structure(*, default: str = "{}", **facts: Any) -> MappedColumn[Any]:
    """Structured data (jsonb) that a service reads and writes; people see it read-only unless a screen says otherwise."""
    facts.setdefault("by_machine", True)
    return _column(
        "structure", JSONB(), required=False, nullable=False, server_default=sa.text(f"'{default}'::jsonb"), **facts
    )


def differences(**facts: Any) -> MappedColumn[Any]:
    """What a change did, as {column: [before, after]}, or {column: value} of a record made or deleted."""
    facts.setdefault("by_machine", True)
    return _column(
        "differences",
        JSONB(),
        required=False,
        nullable=False,
        server_default=sa.text("'{}'::jsonb"),
        wide=True,
        **facts,
    )


def tags(**facts: Any) -> MappedColumn[Any]:
    """A list of short words; concurrent changes merge word by word."""
    return _column("tags", JSONB(), required=False, nullable=False, server_default=sa.text("'[]'::jsonb"), **facts)


def secret(*, longest: int = 200, **facts: Any) -> MappedColumn[Any]:
    """Something that never leaves the database but for the one service that checks it: a hash, a key."""
    # `evaluates_none` leaves a column that nobody set out of the INSERT: people may not write it, not even NULL.
    unset = sa.String(longest).evaluates_none()
    return _column("secret", unset, required=False, longest=longest, secret=True, by_machine=True, **facts)


def number(prefix: str, **facts: Any) -> MappedColumn[Any]:
    """A document's number, given by the database: `TR-00042`."""
    sequence = sa.Sequence(f"number_{prefix.lower()}")
    default = sa.text(f"backroom.number('{prefix}', 'number_{prefix.lower()}')")
    column = _column(
        "code",
        sa.String(40),
        required=False,
        nullable=False,
        unique=True,
        by_machine=True,
        longest=40,
        server_default=default,
        **facts,
    )
    column.column.info["sequence"] = sequence
    return column


def generated(expression: str, like: MappedColumn[Any], **facts: Any) -> MappedColumn[Any]:
    """A column the database computes from others of the same row: `available = generated("on_hand - reserved", quantity())`."""
    made = like.column
    described: Column = replace(made.info["column"], by_machine=True, required=False, **facts)
    return mapped_column(made.type, sa.Computed(expression, persisted=True), info={"column": described})


def spoken(stored: str, words: tuple[tuple[str, str], ...] = ()) -> str:
    """What people read for a word as programs say it: `unit_cost` is “Unit cost”, unless `words` names it otherwise."""
    plain = stored.removesuffix("_id").replace("_", " ")
    return dict(words).get(stored) or plain[:1].upper() + plain[1:]


def unspoken(read: str, column: Column) -> str:
    """The word to store for what people read or type: the opposite of `spoken`, as far as the column's words tell."""
    named = {label.casefold(): word for word, label in column.words or ()}
    if read in dict(column.words or ()):
        return read
    if read.casefold() in named:
        return named[read.casefold()]
    return re.sub(r"\W+", "_", read.casefold()).strip("_") if column.slug else read


def describe(column: sa.Column[Any]) -> Column:
    """The description of a table column; columns of the machine itself have one too."""
    return column.info["column"]  # type: ignore[no-any-return]


_PATTERNS: dict[str, tuple[re.Pattern[str], str]] = {
    "email": (re.compile(r"[^@\s]+@[^@\s]+\.[^@\s]+"), "Write it like name@example.com."),
    "phone": (re.compile(r"[0-9+(][0-9 ()./+\-]*(?: ?(?:x|ext\.?) ?[0-9]+)?"), "Use digits, spaces and + ( ) - only."),
    "url": (re.compile(r"https?://[^\s<>\"]+"), "Start with http:// or https://."),
    "colour": (re.compile(r"#[0-9a-fA-F]{6}"), "Write it like #2f6fed."),
    "code": (re.compile(r"\S+"), "Without spaces."),
}


def pattern_of(kind: str) -> tuple[re.Pattern[str], str] | None:
    """The form a kind of text must have, and the sentence that says so."""
    return _PATTERNS.get(kind)
