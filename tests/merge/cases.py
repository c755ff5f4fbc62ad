"""Two people change one record: every kind of column, and whatever else can happen to a record meanwhile."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True)
class Case:
    """What stood there, what a colleague did, what the person typed, and what has to come of it.

    before    given to the factory; § stands for what makes a value the only one of its kind
    happens   what the colleague did: change it (`theirs`), or delete, move, close or take a right
    mine      column → what was typed
    stored    column → what is there after my save, as text
    asked     the columns a person has to decide about; empty when everything merges
    shown     column → what a form that asks shows beside that, where it isn't what was typed
    set_asks  in a bulk edit, which sets, it is asked about all the same
    refused   the code of the answer when it is not about fields
    """

    name: str
    entity: str
    before: Mapping[str, Any]
    mine: Mapping[str, Any]
    theirs: Mapping[str, Any] = field(default_factory=dict)
    happens: str = "change"
    stored: Mapping[str, str] = field(default_factory=dict)
    asked: tuple[str, ...] = ()
    shown: Mapping[str, str] = field(default_factory=dict)
    set_asks: bool = False
    refused: str = ""
    who: str = "admin"


def _both(kind: str, entity: str, column: str, base: Any, mine: Any, theirs: Any) -> Case:
    """Both changed a field whose values can't be joined."""
    name = f"{kind}: both changed it"
    return Case(name, entity, {column: base}, {column: mine}, {column: theirs}, asked=(column,))


LINES = "first\nsecond\nthird"

CASES: tuple[Case, ...] = (
    # --- both changed the same field, each in another way -------------------------------------------------------------
    _both("text", "product", "name", "Tea", "Green tea", "Black tea"),
    _both("code", "product", "sku", "T-0-§", "T-1-§", "T-2-§"),
    _both("money", "product", "price", "10.00", "15.00", "12.00"),
    _both("cost", "product", "cost", "1.000000", "1.25", "1.5"),
    _both("choice", "product", "unit", "piece", "box", "bag"),
    _both("email", "client", "email", "a@example.com", "b@example.com", "c@example.com"),
    _both("phone", "client", "phone", "+49 30 1", "+49 30 2", "+49 30 3"),
    _both("date", "client", "birthday", "1980-01-01", "1980-01-02", "1980-01-03"),
    _both("url", "brand", "website", "https://a.example", "https://b.example", "https://c.example"),
    _both("colour", "service", "colour", "#111111", "#222222", "#333333"),
    _both("whole", "service", "minutes", 30, "45", "60"),
    _both("moment", "attendance", "clocked_out_at", None, "2099-01-02T17:00:00+00:00", "2099-01-02T18:00:00+00:00"),
    _both("time", "staff_hours", "ends_at", "17:00", "18:00", "19:00"),
    _both("link", "product", "category_id", None, "category:one", "category:two"),
    _both(
        "long text, the same line",
        "brand",
        "note",
        LINES,
        LINES.replace("second", "mine"),
        LINES.replace("second", "theirs"),
    ),
    _both("long text, both at the end", "brand", "note", LINES, f"{LINES}\nmine", f"{LINES}\ntheirs"),
    _both("quantity out of bounds", "stock_rule", "reorder_point", 10, "2", "3"),
    _both("quantity from nothing", "stock_rule", "reorder_point", None, "2", "3"),
    # --- emptied, filled ----------------------------------------------------------------------------------------------
    Case("I emptied what they changed", "brand", {"note": "a"}, {"note": ""}, {"note": "b"}, asked=("note",)),
    Case("they emptied what I changed", "brand", {"note": "a"}, {"note": "mine"}, {"note": None}, asked=("note",)),
    Case("both filled it", "brand", {"note": None}, {"note": "mine"}, {"note": "theirs"}, asked=("note",)),
    Case("both emptied it", "brand", {"note": "a"}, {"note": ""}, {"note": None}, stored={"note": "None"}),
    # --- both changed it, and both fit in -----------------------------------------------------------------------------
    Case(
        "quantities add up",
        "stock_rule",
        {"reorder_point": 10},
        {"reorder_point": "15"},
        {"reorder_point": "12"},
        stored={"reorder_point": "17.000"},
        set_asks=True,
    ),
    Case(
        "quantities go down together",
        "stock_rule",
        {"reorder_point": 10},
        {"reorder_point": "8"},
        {"reorder_point": "7"},
        stored={"reorder_point": "5.000"},
        set_asks=True,
    ),
    Case(
        "words of both",
        "client",
        {"preferences": ["tea"]},
        {"preferences": ["tea", "window"]},
        {"preferences": ["tea", "quiet"]},
        stored={"preferences": "['tea', 'quiet', 'window']"},
        set_asks=True,
    ),
    Case(
        "a word that they took away and one that I added",
        "client",
        {"preferences": ["tea", "late"]},
        {"preferences": ["tea", "late", "window"]},
        {"preferences": ["tea"]},
        stored={"preferences": "['tea', 'window']"},
        set_asks=True,
    ),
    Case(
        "different lines of a text",
        "brand",
        {"note": LINES},
        {"note": LINES.replace("first", "mine")},
        {"note": LINES.replace("third", "theirs")},
        stored={"note": "mine\nsecond\ntheirs"},
        set_asks=True,
    ),
    Case(
        "they added lines above, I changed below",
        "brand",
        {"note": LINES},
        {"note": LINES.replace("third", "mine")},
        {"note": f"new\n{LINES}"},
        stored={"note": "new\nfirst\nsecond\nmine"},
        set_asks=True,
    ),
    # --- I give what stood there already: no edit, but a value all the same where many are set ------------------------
    Case(
        "I left it, they changed it",
        "brand",
        {"note": "a"},
        {"note": "a"},
        {"note": "b"},
        stored={"note": "b"},
        set_asks=True,
    ),
    Case(
        "I left the quantity, they changed it",
        "stock_rule",
        {"reorder_point": 10},
        {"reorder_point": "10"},
        {"reorder_point": "12"},
        stored={"reorder_point": "12.000"},
        set_asks=True,
    ),
    # --- the same change ----------------------------------------------------------------------------------------------
    Case("the same text", "brand", {"note": "a"}, {"note": "b"}, {"note": "b"}, stored={"note": "b"}),
    Case("the same price", "product", {"price": "10"}, {"price": "12"}, {"price": "12.00"}, stored={"price": "12.00"}),
    Case(
        "the same flag", "brand", {"active": True}, {"active": "false"}, {"active": False}, stored={"active": "False"}
    ),
    Case(
        "the same quantity is not added twice",
        "stock_rule",
        {"reorder_point": 10},
        {"reorder_point": "15"},
        {"reorder_point": "15"},
        stored={"reorder_point": "15.000"},
    ),
    # --- different fields ---------------------------------------------------------------------------------------------
    Case(
        "another field",
        "brand",
        {"note": "a"},
        {"note": "mine"},
        {"website": "https://b.example"},
        stored={"note": "mine", "website": "https://b.example"},
    ),
    Case(
        "another price",
        "product",
        {"price": "10"},
        {"price": "12"},
        {"cost": "3"},
        stored={"price": "12.00", "cost": "3.000000"},
    ),
    Case(
        "a flag beside a text",
        "brand",
        {"note": "a"},
        {"active": "false"},
        {"note": "theirs"},
        stored={"note": "theirs", "active": "False"},
    ),
    Case(
        "a link beside a name",
        "product",
        {"name": "Tea"},
        {"category_id": "category:one"},
        {"name": "Black tea"},
        stored={"name": "Black tea"},
    ),
    Case(
        "a changed name beside a picked word",
        "client",
        {"preferences": []},
        {"preferences": ["tea"]},
        {"name": "Anna Berg"},
        stored={"name": "Anna Berg", "preferences": "['tea']"},
    ),
    Case(
        "changed and changed back",
        "brand",
        {"note": "a"},
        {"note": "mine"},
        {"note": "a", "website": "https://b.example"},
        stored={"note": "mine"},
    ),
    Case(
        "what merges alone does not fit together",
        "transfer",
        {"note": "x"},
        {"to_location_id": "location:North"},
        {"note": "theirs"},
        refused="invalid",
    ),
    # --- several fields at once ---------------------------------------------------------------------------------------
    Case(
        "one of two fields is in conflict",
        "product",
        {"name": "Tea", "price": "10"},
        {"name": "Green tea", "price": "11"},
        {"name": "Black tea"},
        asked=("name",),
    ),
    Case(
        "one joins, one is in conflict",
        "brand",
        {"note": LINES, "website": "https://a.example"},
        {"note": LINES.replace("first", "mine"), "website": "https://b.example"},
        {"note": LINES.replace("third", "theirs"), "website": "https://c.example"},
        asked=("website",),
        shown={"note": "mine\nsecond\ntheirs"},
    ),
    Case(
        "two fields in conflict",
        "product",
        {"name": "Tea", "price": "10"},
        {"name": "Green tea", "price": "11"},
        {"name": "Black tea", "price": "12"},
        asked=("name", "price"),
    ),
    Case(
        "what won't do is said although it is stale",
        "product",
        {"price": "10"},
        {"price": "cheap"},
        {"name": "Black tea"},
        refused="invalid",
    ),
    # --- by others than people ----------------------------------------------------------------------------------------
    Case(
        "plain SQL changed another field",
        "brand",
        {"note": "a"},
        {"note": "mine"},
        {"website": "https://b.example"},
        happens="sql",
        stored={"note": "mine", "website": "https://b.example"},
    ),
    Case(
        "plain SQL changed the same field",
        "brand",
        {"note": "a"},
        {"note": "mine"},
        {"note": "theirs"},
        happens="sql",
        asked=("note",),
    ),
    Case(
        "the history is gone",
        "brand",
        {"note": "a"},
        {"note": "mine"},
        {"note": "theirs"},
        happens="forgotten",
        asked=("note",),
    ),
    # --- gone meanwhile -----------------------------------------------------------------------------------------------
    Case("deleted", "brand", {"note": "a"}, {"note": "mine"}, happens="delete", refused="deleted"),
    Case(
        "deleted where I am",
        "order",
        {"ship_name": "a"},
        {"ship_name": "mine"},
        happens="delete",
        refused="deleted",
        who="manager",
    ),
    Case(
        "moved to where I am not",
        "order",
        {"ship_name": "a"},
        {"ship_name": "mine"},
        happens="move",
        refused="moved_away",
        who="manager",
    ),
    Case(
        "moved away, then deleted there",
        "order",
        {"ship_name": "a"},
        {"ship_name": "mine"},
        happens="move and delete",
        refused="moved_away",
        who="manager",
    ),
    Case(
        "gone on to another state",
        "order",
        {"ship_name": "a"},
        {"ship_name": "mine"},
        happens="close",
        refused="closed",
        who="manager",
    ),
    Case(
        "the right to change it was taken",
        "order",
        {"ship_name": "a"},
        {"ship_name": "mine"},
        happens="take change",
        refused="forbidden",
        who="manager",
    ),
    Case(
        "the right to see it was taken",
        "order",
        {"ship_name": "a"},
        {"ship_name": "mine"},
        happens="take all",
        refused="not_found",
        who="manager",
    ),
    Case(
        "a field was closed to me",
        "order",
        {"ship_name": "a"},
        {"ship_name": "mine"},
        happens="take field",
        refused="invalid",
        who="manager",
    ),
    Case(
        "a hidden field of theirs is none of my business",
        "adjustment",
        {"note": "a"},
        {"note": "mine"},
        {"value": "77.77"},
        happens="sql",
        stored={"note": "mine"},
        who="north_clerk",
    ),
)
"""The table: it is long on purpose, and each case is a promise."""
