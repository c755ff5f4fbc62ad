"""Fields: the only place that knows WTForms. A record's columns become fields, and what was typed becomes changes.

Every field travels with what stood in it when the page was made (`was-…`): only what the person really changed is
sent on, so a moment keeps its microseconds and a colleague's change to another field is not undone by ours.
Whether a value is right is not decided here but in `services.records`.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Mapping
from datetime import UTC, datetime, time
from decimal import Decimal
from functools import lru_cache
from typing import Any
from uuid import UUID

from werkzeug.datastructures import FileStorage, MultiDict
from wtforms import Field
from wtforms.form import BaseForm

from app.core.columns import Column, spoken
from app.core.entity import Entity, column_label, named
from app.core.errors import FieldChange, NotFound
from app.core.ids import uuid7
from app.views import paths, sections

Raw = str | list[str]
"""A value as a form carries it."""

UPLOADS = frozenset({"picture", "file"})
ONE_LINE = frozenset({"text", "code", "email", "phone", "url", "colour"})

INPUTS: dict[str, str] = {
    "text": "text",
    "code": "text",
    "email": "email",
    "phone": "tel",
    "url": "url",
    "date": "date",
    "moment": "datetime-local",
    "time": "time",
    "colour": "color",
}
"""The native input of kinds that have one; numbers are text, so that nothing typed is lost to the browser."""


class Box(Field):
    """One value between a person and a service, kept exactly as typed."""

    def __init__(self, label: str = "", *, column: Column | None = None, of: str = "", **kw: Any) -> None:
        super().__init__(label, **kw)
        self.column = column or Column("text")
        self.entity = of
        self.kind = self.column.kind
        self.was: Raw = ""
        self.sent = False
        self.title = ""
        self.about: type[Entity] | None = None
        self.problem = ""
        self.theirs = ""
        self.merged = False
        self.told: FieldChange | None = None
        self.now_url = ""

    @property
    def input_type(self) -> str:
        return INPUTS.get(self.kind, "text")

    @property
    def text(self) -> str:
        """What stands in a plain input."""
        return self.data if isinstance(self.data, str) else ""

    @property
    def local(self) -> str:
        """A moment as `datetime-local` wants it, in UTC; the browser turns it into its own time zone."""
        return local_text(self.text)

    @property
    def words(self) -> list[str]:
        return self.data if isinstance(self.data, list) else []

    @property
    def was_text(self) -> str:
        return json.dumps(self.was, ensure_ascii=False) if isinstance(self.was, list) else self.was

    @property
    def target(self) -> type[Entity]:
        return paths.target_of(self.column.target or "")

    @property
    def wide(self) -> bool:
        return self.column.wide or self.kind in ("structure", "differences", "tags")

    @property
    def segmented(self) -> bool:
        """Few short words are quicker as buttons than in a menu."""
        choices = self.column.choices
        return self.column.required and 2 <= len(choices) <= 4 and sum(len(choice.label) for choice in choices) <= 32

    def fill(self, value: Any, title: str = "") -> None:
        """Show a stored value as the one that the person starts from."""
        self.data = self.was = as_raw(self.column, value)
        self.title = title

    def process(self, formdata: Any, data: Any = None, extra_filters: Any = None) -> None:
        self.errors = []
        self.data = [] if self.kind == "tags" else ""
        if formdata is not None:
            self._read(formdata)

    def _read(self, formdata: Any) -> None:
        was = f"was-{self.name}"
        self.sent = was in formdata or self.name in formdata
        given = formdata.getlist(self.name)
        if self.kind == "tags":
            self.data = [word for word in given if word.strip()]
            self.was = _words(formdata.get(was, ""))
        elif self.kind == "flag":
            self.data = "true" if given and given[-1] not in ("", "false", "0") else "false"
            self.was = formdata.get(was, "")
        else:
            self.data = str(given[-1]) if given and self.kind not in UPLOADS else ""
            self.was = formdata.get(was, "")

        if self.kind in UPLOADS:
            self.data = self.was

    @property
    def changed(self) -> bool:
        return self.sent and not same(self.column, self.data, self.was)


def same(column: Column, typed: Raw, was: Raw) -> bool:
    """Did the person leave the value as it was? Browsers change line ends and drop seconds by themselves."""
    if typed == was or isinstance(typed, list) or isinstance(was, list):
        return typed == was
    if column.kind == "long_text":
        return typed.replace("\r\n", "\n") == was.replace("\r\n", "\n")
    if column.kind in ONE_LINE:
        return typed == was.replace("\r", "").replace("\n", "")
    if column.kind == "moment" and typed and was:
        return local_text(typed) == local_text(was) and (len(typed) <= len(local_text(was)))
    if column.kind == "time":
        return typed[:5] == was[:5] and len(typed) <= len(was)
    return False


def local_text(moment: str) -> str:
    """`2026-11-21T09:30` in UTC of an ISO 8601 moment; anything else as it is."""
    try:
        parsed = datetime.fromisoformat(moment)
    except ValueError:
        return moment
    if parsed.tzinfo:
        parsed = parsed.astimezone(UTC)
    return parsed.strftime("%Y-%m-%dT%H:%M")


def as_raw(column: Column, value: Any) -> Raw:
    """A stored or JSON value as a form carries it."""
    if column.kind == "tags":
        return [str(word) for word in value] if isinstance(value, list) else []
    if value is None:
        return "false" if column.kind == "flag" else ""
    if column.words is not None:
        return spoken(str(value), column.words)
    return TEXTS.get(column.kind, str)(value)


def _words(text: str) -> list[str]:
    try:
        found = json.loads(text) if text else []
    except ValueError:
        return []
    return [str(word) for word in found] if isinstance(found, list) else []


def _decimal(value: Any) -> str:
    text = f"{Decimal(str(value)):f}"
    return (text.rstrip("0").rstrip(".") or "0") if "." in text else text


def _money(value: Any) -> str:
    return f"{Decimal(str(value)):.2f}"


def _cost(value: Any) -> str:
    whole, _, places = _decimal(value).partition(".")
    return f"{whole}.{places:0<2}"


def _moment(value: Any) -> str:
    return value.isoformat() if isinstance(value, datetime) else str(value)


def _time(value: Any) -> str:
    return value.isoformat("minutes" if not value.second else "seconds") if isinstance(value, time) else str(value)


TEXTS: dict[str, Callable[[Any], str]] = {
    "money": _money,
    "cost": _cost,
    "quantity": _decimal,
    "percent": _decimal,
    "flag": lambda value: "true" if value is True or value == "true" else "false",
    "moment": _moment,
    "time": _time,
    "structure": lambda value: json.dumps(value, ensure_ascii=False, indent=2, default=str),
}


@lru_cache(maxsize=2048)
def _boxes(entity_cls: type[Entity], columns: tuple[str, ...]) -> dict[str, Any]:
    """The unbound fields of these columns; made once for people with the same fields."""
    return {
        name: Box(
            sections.label(entity_cls, name),
            column=sections.described(entity_cls, name),
            of=entity_cls.entity,
            description=sections.described(entity_cls, name).hint,
        )
        for name in columns
    }


def _form(
    entity_cls: type[Entity], columns: Iterable[str], prefix: str, data: MultiDict[str, str] | None = None
) -> BaseForm:
    form = BaseForm(_boxes(entity_cls, tuple(columns)), prefix=prefix)
    form.process(data)
    for box in form:
        # A form in a dialog stands over another one: the entity keeps their ids apart.
        box.id = f"{entity_cls.entity}-{box.name}"
        box.label.field_id = box.id
    return form


def empty(
    entity_cls: type[Entity], columns: Iterable[str], *, prefix: str = "", prefill: Mapping[str, str] | None = None
) -> BaseForm:
    """A form for a new record, with the columns' defaults and what a link asks to fill in."""
    form = _form(entity_cls, columns, prefix)
    for box in form:
        box.fill(_default(entity_cls, box.short_name))
        if prefill and box.short_name in prefill and box.kind not in UPLOADS:
            box.data = [prefill[box.short_name]] if box.kind == "tags" else prefill[box.short_name]
    return form


def _default(entity_cls: type[Entity], name: str) -> Any:
    default = entity_cls.__table__.columns[name].default
    return default.arg if default is not None and default.is_scalar else None


def filled(
    entity_cls: type[Entity],
    columns: Iterable[str],
    values: Mapping[str, Any],
    labels: Mapping[str, str],
    *,
    prefix: str = "",
) -> BaseForm:
    """A form that shows a stored record."""
    form = _form(entity_cls, columns, prefix)
    for box in form:
        box.fill(values.get(box.short_name), labels.get(box.short_name, ""))
    for box in form:
        box.about = about(form) if box.kind == "record" and box.title else None
    return form


def about(form: BaseForm) -> type[Entity] | None:
    """Of which entity the record is that a form points to."""
    try:
        return next((named(box.data) for box in form if box.kind == "entity" and box.data), None)
    except NotFound:
        return None


def read(entity_cls: type[Entity], columns: Iterable[str], data: MultiDict[str, str], *, prefix: str = "") -> BaseForm:
    """A form with what was typed."""
    return _form(entity_cls, columns, prefix, data)


def asked(
    columns: Mapping[str, Column], *, of: str, prefix: str = "", data: MultiDict[str, str] | None = None
) -> BaseForm:
    """A form of questions that are no record's columns; with `data`, as they were answered."""
    form = BaseForm(
        {
            name: Box(column_label(name, column), column=column, of=of, description=column.hint)
            for name, column in columns.items()
        },
        prefix=prefix,
    )
    form.process(data)
    for box in form:
        box.id = f"{of}-{box.name}"
        box.label.field_id = box.id
    return form


def changes(form: BaseForm) -> dict[str, Any]:
    """Only what the person changed, as they typed it."""
    return {box.short_name: box.data for box in form if box.changed and box.kind not in UPLOADS}


def entries(form: BaseForm) -> dict[str, Any]:
    """Everything a new record's form says; what was left empty is left to the column's default."""
    return {box.short_name: box.data for box in form if box.sent and box.kind not in UPLOADS and (box.data or box.was)}


def blame(form: BaseForm, problems: Mapping[str, str]) -> None:
    """Write each field's problem to the field."""
    for box in form:
        box.problem = problems.get(box.short_name, "")


def uploads(form: BaseForm, files: Mapping[str, FileStorage], data: Mapping[str, str]) -> dict[str, FileStorage | None]:
    """Chosen files by column; `None` where the present one is to be removed."""
    found: dict[str, FileStorage | None] = {}
    for box in form:
        given = files.get(box.name) if box.kind in UPLOADS else None
        if given is not None and given.filename:
            found[box.short_name] = given
        elif box.kind in UPLOADS and data.get(f"clear-{box.name}"):
            found[box.short_name] = None
    return found


def number(text: str) -> int | None:
    """A version or an index as a form carries it; `²` is a digit to Python and no number to anybody."""
    return int(text) if text.isascii() and text.isdigit() and len(text) < 10 else None


def version(given: Any) -> int | None:
    """A version as JSON carries it, if it can be one: no other number gets any further."""
    return given if isinstance(given, int) and not isinstance(given, bool) and 0 < given < 2**31 else None


def operation(given: Any) -> UUID:
    """The id under which a write was sent; a new one where there is none."""
    return next(iter(ids([given])), None) or uuid7()


def ids(values: Iterable[Any]) -> list[UUID]:
    """The ids among what was typed."""
    found = []
    for value in values:
        try:
            found.append(UUID(str(value)))
        except ValueError:
            continue
    return found


def before(form: BaseForm) -> dict[str, Any]:
    """What stood in the fields that the person changed, as they saw it."""
    return {box.short_name: box.was for box in form if box.changed}


def follow(form: BaseForm, current: BaseForm) -> None:
    """Let the untouched fields of a typed form show what is stored now."""
    for box in form:
        if not box.changed:
            now = current[box.short_name]
            box.data, box.title, box.was = now.data, now.title, now.was


def rebase(
    form: BaseForm, current: BaseForm, theirs: Mapping[str, str], merged: Mapping[str, Any] | None = None
) -> None:
    """Put a typed form onto the stored record: untouched fields show what is stored now, typed ones keep their typing.

    current  the same form, filled from the record as it is now
    theirs   its values as HTML, shown beside a typed field that someone else changed as well
    merged   the values that hold both sides, by column
    """
    follow(form, current)
    for box in form:
        now = current[box.short_name]
        if box.changed and not same(box.column, now.data, box.was) and now.data != box.data:
            box.theirs = theirs.get(box.short_name, "")
            if merged and box.short_name in merged:
                box.data, box.merged = as_raw(box.column, merged[box.short_name]), True
        box.was = now.was


def unread(known: set[str], data: MultiDict[str, str]) -> list[tuple[str, str]]:
    """(name, typed) of the fields that were changed on the page and are no longer the person's to change.

    known   the names of the fields that the form still has
    """
    return [
        (name, ", ".join(data.getlist(name)))
        for name in (key.removeprefix("was-") for key in data if key.startswith("was-"))
        if name not in known and data.getlist(name) and not _as_it_was(data.getlist(name), data[f"was-{name}"])
    ]


def _as_it_was(typed: list[str], was: str) -> bool:
    first, was = typed[-1].replace("\r\n", "\n"), was.replace("\r\n", "\n")
    return first == was or local_text(first) == local_text(was) or typed == _words(was)
