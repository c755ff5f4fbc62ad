"""The words that every entity template may use: addresses, names, headings, the currency's sign."""

from __future__ import annotations

from flask import Flask, current_app
from markupsafe import Markup

from app.core import access, entity
from app.core.entity import Entity
from app.identity import current_actor
from app.views import paths, sections

SIGNS = {
    "EUR": "€",
    "USD": "$",
    "GBP": "£",
    "INR": "₹",
    "JPY": "¥",
    "CNY": "¥",
    "KRW": "₩",
    "TRY": "₺",
    "UAH": "₴",
    "PLN": "zł",
    "CZK": "Kč",
    "ILS": "₪",
    "BRL": "R$",
}
"""Signs of currencies that have one; the others are written with their code."""


def init(app: Flask) -> None:
    """Make the words known to the templates."""
    app.jinja_env.filters["inline"] = inline
    app.jinja_env.globals.update(
        paths=paths,
        label_of=entity.label_of,
        plural_of=entity.plural_of,
        heading=heading,
        heading_text=heading,
        first_sentence=first_sentence,
        column_of=sections.described,
        money=money,
        seen_entities=seen_entities,
        currency_sign=currency_sign(app.config["BACKROOM"].currency),
    )


def currency_sign(code: str) -> str:
    """`€` for EUR; the code itself where there is no sign of its own."""
    return SIGNS.get(code, code)


def heading(entity_cls: type[Entity], name: str, *, sign: bool = False) -> str:
    """A column's heading; in a table an amount's currency stands there, once for all rows."""
    label = sections.label(entity_cls, name)
    if sign and sections.described(entity_cls, name).kind in ("money", "cost"):
        return f"{label}, {current_app.jinja_env.globals['currency_sign']}"
    return label


def inline(words: str) -> str:
    """A heading's words inside a sentence: “stock levels”, but “API tokens”."""
    return " ".join(word if len(word) > 1 and word.isupper() else word.lower() for word in words.split(" "))


def first_sentence(entity_cls: type[Entity]) -> str:
    """What the entity is, in its own words."""
    return (entity_cls.__doc__ or "").strip().splitlines()[0]


def money(entity_cls: type[Entity], name: str, cell: str) -> Markup:
    """A cell that stands alone: an amount carries its currency's sign."""
    html = Markup(cell)
    if sections.described(entity_cls, name).kind not in ("money", "cost") or 'class="cell-number"' not in html:
        return html
    return Markup("{} {}").format(current_app.jinja_env.globals["currency_sign"], html)


def seen_entities() -> list[type[Entity]]:
    """The entities whose records the person may see."""
    actor = current_actor()
    return [cls for cls in entity.entities() if access.may(actor, cls, "see")]
