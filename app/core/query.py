"""What a list is asked for: search, filters, sort, columns and place, as they stand in its URL."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from app.core import access, filters, paging, search, titles
from app.core.actor import Actor
from app.core.columns import Column
from app.core.entity import Entity, column_label, columns_of
from app.core.errors import BadRequest
from app.core.filters import Filter, clip
from app.core.paging import Cursor, Sort

SIZES = (25, 50, 100, 200)
USUAL_SIZE = 50
MOST_FILTERS = 20
MOST_GROUPS = 5
MACHINE = frozenset({"id", "version", "created_at", "updated_at"})


@dataclass(frozen=True)
class Query:
    """What a list shows: everything that stands in its URL, understood.

    groups   filters, of which all in a group and any group must hold
    columns  shown, in order; `chosen` when a person picked them
    after    show what follows this place, or what comes before `before`, or the `last` page
    """

    entity: type[Entity]
    sort: Sort
    columns: tuple[str, ...]
    search: str = ""
    groups: tuple[tuple[Filter, ...], ...] = ()
    chosen: bool = False
    size: int = USUAL_SIZE
    after: Cursor | None = None
    before: Cursor | None = None
    last: bool = False


def parse(actor: Actor, entity: type[Entity], args: Mapping[str, Sequence[str]]) -> Query:
    """The query that URL arguments ask for. Raises BadRequest with a sentence, and Forbidden for a closed entity.

    q                          words to search for
    f.<group>.<column>.<op>    a filter; groups are numbers
    sort                       a column, `-` before it for descending
    cols                       columns to show, separated by commas
    size                       rows of a page
    after, before, page=last   the place
    """
    access.require(actor, entity, "see")
    sees = titles.seen_by(actor)
    sort = _sort(entity, _one(args, "sort"), sees)
    chosen = _chosen_columns(entity, _one(args, "cols"), sees)
    term = " ".join(search.words(_one(args, "q")))
    if term and not search.possible(entity, sees):
        raise BadRequest("This list can't be searched.")
    after, before = _one(args, "after"), _one(args, "before")
    return Query(
        entity=entity,
        sort=sort,
        columns=chosen or default_columns(actor, entity),
        search=term,
        groups=_groups(entity, args, sees),
        chosen=bool(chosen),
        size=_size(_one(args, "size")),
        after=paging.read(after, entity, sort) if after else None,
        before=paging.read(before, entity, sort) if before and not after else None,
        last=_one(args, "page") == "last" and not after and not before,
    )


def _one(args: Mapping[str, Sequence[str]], name: str) -> str:
    found = args.get(name, ())
    return (found if isinstance(found, str) else found[-1] if found else "").strip()


def _size(given: str) -> int:
    if not given:
        return USUAL_SIZE
    if given.isascii() and given.isdigit() and len(given) < 6 and int(given) in SIZES:
        return int(given)
    raise BadRequest(f"A page has {', '.join(map(str, SIZES[:-1]))} or {SIZES[-1]} rows.")


def _sort(entity: type[Entity], given: str, sees: titles.Sees) -> Sort:
    if not given:
        usual = default_sort(entity)
        return usual if paging.sortable(entity, usual.column, sees) else Sort("id", True)
    name = titles.real_name(entity, given.removeprefix("-"))
    if name is None or not paging.sortable(entity, name, sees):
        raise BadRequest(f"This list can't be sorted by “{clip(given.removeprefix('-'))}”.")
    return Sort(name, given.startswith("-"))


def _chosen_columns(entity: type[Entity], given: str, sees: titles.Sees) -> tuple[str, ...]:
    # A column that is gone or closed meanwhile must not make a saved view useless: what is left is shown.
    names = (titles.real_name(entity, name.strip()) for name in given.split(",")[:200])
    return tuple(dict.fromkeys(name for name in names if name and name in sees(entity)))


def _groups(
    entity: type[Entity], args: Mapping[str, Sequence[str]], sees: titles.Sees
) -> tuple[tuple[Filter, ...], ...]:
    groups: dict[int, list[Filter]] = {}
    for name, given in args.items():
        if name.startswith("f."):
            number, column, operator = _filter_name(entity, name, sees)
            described: Column = columns_of(entity)[column].info["column"]
            read = filters.read(column, described, operator, [given] if isinstance(given, str) else given)
            groups.setdefault(number, []).extend(read)
    found = tuple(tuple(groups[number]) for number in sorted(groups) if groups[number])
    if len(found) > MOST_GROUPS or sum(map(len, found)) > MOST_FILTERS:
        raise BadRequest(f"A list takes at most {MOST_FILTERS} filters in {MOST_GROUPS} groups.")
    return found


def _filter_name(entity: type[Entity], name: str, sees: titles.Sees) -> tuple[int, str, str]:
    parts = name.split(".")
    if len(parts) != 4 or not (parts[1].isascii() and parts[1].isdigit() and len(parts[1]) <= 2):
        raise BadRequest(f"“{clip(name)}” is no filter: write f.0.column.operator=value.")
    column = titles.real_name(entity, parts[2])
    if column is None or column not in sees(entity) or not filters.operators(columns_of(entity)[column].info["column"]):
        raise BadRequest(f"A list can't be filtered by “{clip(parts[2])}”.")
    return int(parts[1]), column, parts[3]


def default_sort(entity: type[Entity]) -> Sort:
    """The order before a person chooses: the screen's, else by title, else the newest first."""
    given = entity.screen.sort or next(iter(entity.screen.title), "")
    name = titles.real_name(entity, given.removeprefix("-")) if given else None
    if name is None or columns_of(entity)[name].info["column"].kind not in paging.SORTABLE:
        return Sort("id", True)
    return Sort(name, given.startswith("-"))


def default_columns(actor: Actor, entity: type[Entity]) -> tuple[str, ...]:
    """The columns before a person chooses: the screen's, else the first eight, as far as the actor may see them."""
    visible = access.visible(actor, entity)
    named = tuple(real for name in entity.screen.columns if (real := titles.real_name(entity, name)))
    first = tuple(name for name in visible if name not in MACHINE and not columns_of(entity)[name].info["column"].wide)[
        :8
    ]
    return tuple(name for name in named if name in visible) or first


def available_columns(actor: Actor, entity: type[Entity]) -> tuple[tuple[str, str], ...]:
    """What the column chooser offers: names with their headings."""
    return tuple(
        (name, column_label(name, columns_of(entity)[name].info["column"]))
        for name in access.visible(actor, entity)
        if name not in ("id", "version")
    )


def sortable(actor: Actor, entity: type[Entity]) -> frozenset[str]:
    """The columns the actor may sort by."""
    sees = titles.seen_by(actor)
    return frozenset(name for name in columns_of(entity) if paging.sortable(entity, name, sees))


def filterable(actor: Actor, entity: type[Entity]) -> tuple[str, ...]:
    """The columns the actor may filter by, in the order of declaration."""
    return tuple(
        name for name in access.visible(actor, entity) if filters.operators(columns_of(entity)[name].info["column"])
    )


def searchable(actor: Actor, entity: type[Entity]) -> bool:
    """Is there a search box?"""
    return search.possible(entity, titles.seen_by(actor))


# --- a query as a URL ----------------------------------------------------------------------------------------------------


def url_args(query: Query, **changes: Any) -> dict[str, list[str]]:
    """The one way to write a query, with some of its fields changed; what is as usual is left out.

    `after`, `before` take a cursor or its token. Any change but of the place leads to the first page.
    """
    if changes:
        query = replace(query, after=None, before=None, last=False)
    sort = changes.get("sort")
    if isinstance(sort, str):
        changes["sort"] = Sort(sort.removeprefix("-"), sort.startswith("-"))
    if "columns" in changes:
        changes = {"chosen": bool(changes["columns"]), **changes}
    query = replace(query, **changes)
    return {name: values for name, values in _written(query).items() if values}


def _written(query: Query) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {"q": [query.search] if query.search else []}
    for number, group in enumerate(query.groups):
        for item in group:
            found.setdefault(f"f.{number}.{item.column}.{item.operator.name}", []).extend(item.values)
    found["sort"] = [] if query.sort == default_sort(query.entity) else [str(query.sort)]
    found["cols"] = [",".join(query.columns)] if query.chosen else []
    found["size"] = [] if query.size == USUAL_SIZE else [str(query.size)]
    found["after"] = _token(query, query.after)
    found["before"] = _token(query, query.before)
    found["page"] = ["last"] if query.last else []
    return found


def _token(query: Query, place: Cursor | str | None) -> list[str]:
    if place is None:
        return []
    return [place if isinstance(place, str) else place.token(query.entity, query.sort)]


def sorted_by(query: Query, column: str) -> dict[str, list[str]]:
    """The URL after a click on a column's heading: ascending, then descending."""
    return url_args(query, sort=Sort(column, query.sort == Sort(column)))


def without(query: Query, group: int, number: int) -> dict[str, list[str]]:
    """The URL with one filter removed."""
    groups = [
        tuple(item for index, item in enumerate(items) if (place, index) != (group, number))
        for place, items in enumerate(query.groups)
    ]
    return url_args(query, groups=tuple(items for items in groups if items))
