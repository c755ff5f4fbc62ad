"""The list of an entity: its table, its filters, and the addresses that lead from one view of it to the next."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from urllib.parse import urlencode

from flask import render_template, request
from flask.typing import ResponseReturnValue

from app.core import access, columns, db, entity, filters, listing, openness, titles
from app.core.actor import Actor
from app.core.columns import Column
from app.core.entity import Entity
from app.core.filters import Filter
from app.core.query import SIZES, Query
from app.core.rows import Row
from app.services.feed import changes
from app.views import cell_page, cells, fields, picking, sections


@dataclass(frozen=True)
class Heading:
    """A column of the table."""

    name: str
    label: str
    numeric: bool
    sort: str | None
    direction: str | None
    lead: bool
    card: str | None
    editable: bool


@dataclass(frozen=True)
class Chip:
    """A filter as it stands above the table."""

    label: str
    verb: str
    value: str
    remove: str
    edit: str


@dataclass(frozen=True)
class TableRow:
    """A row of the table.

    still    the columns that people still edit; `None` for all
    part_of  of a line whose document's state decides that: the document's id
    """

    id: str
    version: int
    title: str
    cells: dict[str, str]
    still: tuple[str, ...] | None = None
    part_of: str | None = None


@dataclass(frozen=True)
class Links:
    """Where the buttons around the table lead; `None` where nothing lies there."""

    next: str | None
    previous: str | None
    first: str | None
    last: str | None
    no_filters: str
    sizes: tuple[tuple[int, str, bool], ...]


def show(actor: Actor, entity_cls: type[Entity]) -> ResponseReturnValue:
    """The list as a page, or the part of it that changes from view to view."""
    query = listing.parse(actor, entity_cls, _arguments())
    with db.reading(actor) as session:
        # Taken before the rows are read: what is committed in between comes again, and nothing is missed.
        cursor = changes.snapshot(session)
    page = listing.page(actor, entity_cls, query)
    rows = [_table_row(entity_cls, row, query) for row in page.rows]
    writable = entity_cls.screen.writable
    fragment = request.headers.get("X-Fragment") == "rows"
    return render_template(
        "entity/list_body.html" if fragment else "entity/list.html",
        entity_cls=entity_cls,
        document=_document_of(actor, entity_cls),
        query=query,
        cursor=cursor,
        headings=_headings(actor, entity_cls, query),
        rows=rows,
        total=page.total,
        page=page,
        chips=_chips(actor, entity_cls, query),
        links=_links(query, page),
        query_string=urlencode(
            listing.url_args(query, after=query.after, before=query.before, last=query.last), doseq=True
        ),
        narrowed=bool(query.search or query.groups),
        filterable=[
            (name, sections.label(entity_cls, name))
            for name in listing.filterable(actor, entity_cls)
            if name not in ("id", "version")
        ],
        columns=_chooser(actor, entity_cls, query),
        searchable=listing.searchable(actor, entity_cls),
        may_create=writable and access.may(actor, entity_cls, "create"),
        may_change=writable and access.may(actor, entity_cls, "change"),
        may_delete=writable and access.may(actor, entity_cls, "delete"),
        bulk=[
            (name, sections.label(entity_cls, name))
            for name in access.visible(actor, entity_cls)
            if name in cell_page.editable(actor, entity_cls)
        ],
    )


def _document_of(actor: Actor, entity_cls: type[Entity]) -> str:
    """Of lines: the entity of the documents whose state decides what of them is edited, if the person sees those."""
    document, link = openness.governed_by(entity_cls) or (entity_cls, "id")
    return document.entity if link != "id" and access.may(actor, document, "see") else ""


def _table_row(entity_cls: type[Entity], row: Row, query: Query) -> TableRow:
    return TableRow(
        id=str(row.id),
        version=row.version,
        title=row.title,
        cells=cells.render_cells(entity_cls, row, query.columns),
        still=None if row.still is None else tuple(sorted(row.still)),
        part_of=str(row.part_of) if row.part_of else None,
    )


def _arguments() -> dict[str, list[str]]:
    return {name: values for name, values in request.args.lists() if name not in ("g", "i")}


def _address(arguments: dict[str, list[str]]) -> str:
    # Never empty: an empty href would keep the present query.
    return f"{request.path}?{urlencode(arguments, doseq=True)}" if arguments else request.path


def _headings(actor: Actor, entity_cls: type[Entity], query: Query) -> list[Heading]:
    sortable, editable = listing.sortable(actor, entity_cls), cell_page.editable(actor, entity_cls)
    lead = _lead(entity_cls, query)
    cards = _cards(entity_cls, query, lead)
    return [
        Heading(
            name=name,
            label=sections.label(entity_cls, name),
            numeric=sections.described(entity_cls, name).numeric,
            sort=_address(listing.sorted_by(query, name)) if name in sortable else None,
            direction=("descending" if query.sort.descending else "ascending") if query.sort.column == name else None,
            lead=name == lead,
            card=cards.get(name),
            editable=name in editable,
        )
        for name in query.columns
    ]


def _lead(entity_cls: type[Entity], query: Query) -> str:
    """The column that stays when the table scrolls sideways: what the record is called, else the first."""
    leading = cells.leading(entity_cls)
    return leading if leading in query.columns else query.columns[0]


def _cards(entity_cls: type[Entity], query: Query, lead: str) -> dict[str, str]:
    """What a phone's card shows besides the title: the state, the two most telling fields, and one for an empty one."""
    state = entity_cls.screen.state
    subtitle = titles.real_name(entity_cls, entity_cls.screen.subtitle) if entity_cls.screen.subtitle else None
    order = [
        name
        for name in dict.fromkeys([subtitle, *query.columns])
        if name in query.columns and name not in (lead, state) and _telling(entity_cls, name)
    ]
    chosen = dict.fromkeys(order[:2], "field") | dict.fromkeys(order[2:3], "spare")
    return {name: how for name, how in chosen.items() if name} | ({state: "state"} if state in query.columns else {})


def _telling(entity_cls: type[Entity], name: str) -> bool:
    return sections.described(entity_cls, name).kind not in (
        "picture",
        "file",
        "flag",
        "structure",
        "differences",
        "colour",
    )


def _chooser(actor: Actor, entity_cls: type[Entity], query: Query) -> list[tuple[str, str, bool]]:
    """(name, heading, shown) of every column, the shown ones first and in their order."""
    offered = dict(listing.available_columns(actor, entity_cls))
    shown = [name for name in query.columns if name in offered]
    return [(name, offered[name], True) for name in shown] + [
        (name, label, False) for name, label in offered.items() if name not in shown
    ]


def _links(query: Query, page: listing.Page) -> Links:
    return Links(
        next=_address(listing.url_args(query, after=page.next)) if page.next else None,
        previous=_address(listing.url_args(query, before=page.previous)) if page.previous else None,
        first=_address(listing.url_args(query, after=None)) if not page.first else None,
        last=_address(listing.url_args(query, last=True)) if page.next else None,
        no_filters=_address(listing.url_args(query, groups=(), search="")),
        sizes=tuple((size, _address(listing.url_args(query, size=size)), size == query.size) for size in SIZES),
    )


def _chips(actor: Actor, entity_cls: type[Entity], query: Query) -> list[list[Chip]]:
    """The filters by group: within a group all hold, of the groups any."""
    return [
        [_chip(actor, entity_cls, query, place, index, item) for index, item in enumerate(group)]
        for place, group in enumerate(query.groups)
    ]


def _chip(actor: Actor, entity_cls: type[Entity], query: Query, place: int, index: int, item: Filter) -> Chip:
    described = sections.described(entity_cls, item.column)
    arguments = listing.url_args(query) | {"g": [str(place)], "i": [str(index)]}
    return Chip(
        label=sections.label(entity_cls, item.column),
        verb=item.operator.label,
        value=spoken(actor, described, item),
        remove=_address(listing.without(query, place, index)),
        edit=f"{request.path}filter?{urlencode(arguments, doseq=True)}",
    )


def spoken(actor: Actor, described: Column, item: Filter) -> str:
    """A filter's values as people read them."""
    if item.operator.takes == "nothing":
        return ""
    if item.operator.reads == "period":
        return filters.PERIODS[item.values[0]][0]
    if described.kind == "choice":
        labels = {choice.value: choice.label for choice in described.choices}
        return _listed(labels.get(value, value) for value in item.values)
    if described.kind == "entity":
        return _listed(columns.spoken(value, titles.words_of(described) or ()) for value in item.values)
    if described.kind == "link":
        found = picking.titles(actor, entity.class_named(described.target or ""), fields.ids(item.values))
        return _listed(found.get(id, "(not yours to see)") for id in fields.ids(item.values))
    return _listed(item.values).replace("..", " – ")


def _listed(words: Iterable[str]) -> str:
    found = list(words)
    return ", ".join(found) if len(found) <= 3 else f"{', '.join(found[:2])} and {len(found) - 2} more"
