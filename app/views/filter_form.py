"""The small form of one filter: how to compare a column, with what, and where it stands among the others."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any
from urllib.parse import urlencode

from flask import render_template, request
from flask.typing import ResponseReturnValue

from app.core import access, entity, filters, listing
from app.core.actor import Actor
from app.core.columns import Column
from app.core.entity import Entity
from app.core.errors import BadRequest
from app.core.filters import Filter, Operator
from app.core.query import Query
from app.views import fields, paths, picking, sections

PLACE = ("g", "i", "column", "op")
"""What the address says besides the list's own query: a filter's group and index, the column, the operator."""


@dataclass(frozen=True)
class FilterField:
    """What the form of one filter asks: a column, how to compare, with what."""

    column: str
    label: str
    kind: str
    operators: tuple[Operator, ...]
    chosen: Operator
    values: tuple[str, ...]
    options: tuple[tuple[str, str], ...]
    picker: str | None


def show(actor: Actor, entity_cls: type[Entity]) -> ResponseReturnValue:
    """The form of a new filter on `column`, or of the one that stands at group `g`, place `i`."""
    given = {name: values for name, values in request.args.lists() if name not in PLACE}
    query = listing.parse(actor, entity_cls, given)
    group, index = _number("g"), _number("i")
    item = _item(query, group, index)
    name = request.args.get("column") or (item.column if item else "")
    if name not in listing.filterable(actor, entity_cls):
        raise BadRequest("A list can't be filtered by that.")
    described = sections.described(entity_cls, name)
    offered = filters.operators(described)
    wanted = request.args.get("op") or (item.operator.name if item and item.column == name else offered[0].name)
    chosen = next((operator for operator in offered if operator.name == wanted), offered[0])
    values = item.values if item and item.column == name else ()
    # What stands in the address without this filter; the browser adds what the form says.
    rest = _without(query, group, index) if item else query
    return render_template(
        "entity/filter_form.html",
        entity_cls=entity_cls,
        one=FilterField(
            name,
            sections.label(entity_cls, name),
            described.kind,
            offered,
            chosen,
            tuple("..".join(values).split("..")) if chosen.takes == "two" else values,
            _options(actor, described, chosen, values),
            paths.of_picker(paths.target_of(described.target))
            if described.kind == "link" and described.target
            else None,
        ),
        group=group,
        groups=len(query.groups),
        editing=item is not None,
        base=urlencode(listing.url_args(rest), doseq=True),
    )


def _number(name: str) -> int:
    given = request.args.get(name, "")
    return int(given) if given.isascii() and given.isdigit() and len(given) < 3 else 0


def _item(query: Query, group: int, index: int) -> Filter | None:
    if "i" not in request.args or group >= len(query.groups) or index >= len(query.groups[group]):
        return None
    return query.groups[group][index]


def _without(query: Query, group: int, index: int) -> Query:
    # An emptied group stays, so that the filter comes back to its own.
    groups = tuple(
        tuple(item for place, item in enumerate(items) if (number, place) != (group, index))
        for number, items in enumerate(query.groups)
    )
    return replace(query, groups=groups, after=None, before=None, last=False)


def _options(
    actor: Actor, described: Column, operator: Operator, values: tuple[str, ...]
) -> tuple[tuple[str, str], ...]:
    """(value, words) to choose from."""
    if operator.reads == "period":
        return tuple((name, words[0]) for name, words in filters.PERIODS.items())
    if described.kind == "choice":
        return tuple((choice.value, choice.label) for choice in described.choices)
    if described.kind == "entity":
        return tuple((cls.entity, entity.label_of(cls)) for cls in entity.entities() if access.may(actor, cls, "see"))
    if described.kind == "link":
        found: dict[Any, str] = dict(
            picking.titles(actor, entity.class_named(described.target or ""), fields.ids(values))
        )
        return tuple((str(id), found.get(id, "(not yours to see)")) for id in fields.ids(values))
    return ()
