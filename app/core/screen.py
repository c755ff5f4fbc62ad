"""How an entity is shown: the frozen description every screen, picker, card and menu is made from."""

from __future__ import annotations

from dataclasses import dataclass

AREAS: dict[str, str] = {
    "Stock": "packages",
    "Sales": "shopping-cart",
    "People": "users",
    "Schedule": "calendar",
    "Catalog": "tags",
    "Places": "map-pin",
    "Office": "briefcase",
    "Access": "lock",
    "System": "settings",
}
"""The menu's areas in their order, each with its icon."""


@dataclass(frozen=True)
class Section:
    """A titled group of fields in form and detail."""

    title: str
    fields: tuple[str, ...]
    hint: str = ""


@dataclass(frozen=True)
class Screen:
    """What the machine can't derive from the columns.

    area      the menu area, one of `AREAS`
    icon      a Tabler icon
    title     the columns that name a record, most telling first
    columns   shown in the list before a person chooses; empty: the first eight
    search    the columns that the search box looks in
    sort      the list's order: a column name, `-` before it for descending
    subtitle  the second telling field, in pickers and on phone cards
    state     the choice column that says where a document stands
    sections  form and detail in groups; fields in none follow in a last one
    children  classes shown as grids in the parent's form, in order
    label     singular as people read it; empty: from the class name
    plural    empty: from the table name
    menu      has a place in the menu
    usual     the filters that the menu opens the list with, as in its URL: `f.1.kind.any=shelf`
    writable  people create, change and delete it on its screens; else services and the database alone do
    empty     what the empty list says, and what to do first
    """

    area: str
    icon: str = "circle"
    title: tuple[str, ...] = ("name",)
    columns: tuple[str, ...] = ()
    search: tuple[str, ...] = ()
    sort: str = ""
    subtitle: str = ""
    state: str = ""
    sections: tuple[Section, ...] = ()
    children: tuple[str, ...] = ()
    label: str = ""
    plural: str = ""
    menu: bool = True
    usual: str = ""
    writable: bool = True
    empty: str = ""
