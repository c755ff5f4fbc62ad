"""The doors through which a person saves: each opens the record, and later sends what was typed to the same place."""

from __future__ import annotations

import html
import json
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Protocol
from uuid import UUID

from app.core.actor import Actor
from app.core.entity import Entity, columns_of
from app.core.errors import AppError, Conflict
from app.services import records
from app.views import cell_page, paths
from tests.screens import forms
from tests.web import Browser

DECISION = re.compile(r'data-decision="([^"]+)"')
JSON = {"X-Requested-With": "XMLHttpRequest"}


@dataclass(frozen=True)
class Answer:
    """What a save came to.

    asked   the columns to be decided about
    code    why it was refused, in one word
    text    everything that was answered: what was typed has to be in it
    """

    saved: bool
    asked: frozenset[str] = frozenset()
    code: str = ""
    text: str = ""


@dataclass(frozen=True)
class Person:
    """Somebody in all their shapes: as services know them now, and with a browser."""

    actor: Callable[[], Actor]
    browser: Browser


class Door(Protocol):
    """One way to save. Made when the record is opened, before anybody else changes it."""

    def __init__(self, person: Person, entity: type[Entity], id: UUID) -> None: ...

    @staticmethod
    def takes(entity: type[Entity], mine: Mapping[str, Any]) -> bool:
        """Can this be sent here at all?"""

    def save(self, mine: Mapping[str, Any]) -> Answer: ...


class Service:
    """A verb of `records`, as a job or another service calls it: it knows a version, and no base."""

    def __init__(self, person: Person, entity: type[Entity], id: UUID) -> None:
        self.person, self.entity, self.id = person, entity, id

    @staticmethod
    def takes(entity: type[Entity], mine: Mapping[str, Any]) -> bool:
        return True

    def save(self, mine: Mapping[str, Any]) -> Answer:
        try:
            records.merge(self.person.actor(), self.entity, self.id, mine, expected_version=1)
        except Conflict as error:
            return Answer(
                False, frozenset(error.theirs), error.code, str([*error.mine.values(), *error.merged.values()])
            )
        except AppError as error:
            return Answer(False, code=error.code, text=str(mine))
        return Answer(True)


class Form:
    """The record's page with its form, as a browser without scripts has it."""

    def __init__(self, person: Person, entity: type[Entity], id: UUID) -> None:
        self.person, self.place = person, paths.of_form(entity, id)
        self.page = forms.read(person.browser.get(self.place).text)
        self.entity = entity

    @staticmethod
    def takes(entity: type[Entity], mine: Mapping[str, Any]) -> bool:
        return True

    def save(self, mine: Mapping[str, Any]) -> Answer:
        typed = self.page.copy()
        for name, value in mine.items():
            kind = columns_of(self.entity)[name].info["column"].kind
            typed.setlist(name, value if isinstance(value, list) else [value])
            if kind == "flag" and value == "false":
                typed.poplist(name)
        answer = self.person.browser.post(self.place, data=typed)
        text = html.unescape(answer.text)
        if answer.status_code == 303:
            return Answer(True)
        return Answer(False, frozenset(DECISION.findall(answer.text)), CODES.get(answer.status_code, ""), text)


CODES = {403: "forbidden", 404: "not_found", 409: "conflict", 410: "gone", 422: "invalid"}


class Cell:
    """One cell of a list, as its script sends it."""

    def __init__(self, person: Person, entity: type[Entity], id: UUID) -> None:
        self.person, self.place = person, f"{paths.of_record(entity, id)}/cell"

    @staticmethod
    def takes(entity: type[Entity], mine: Mapping[str, Any]) -> bool:
        return len(mine) == 1 and all(cell_page.fits(columns_of(entity)[name].info["column"]) for name in mine)

    def save(self, mine: Mapping[str, Any]) -> Answer:
        ((name, value),) = mine.items()
        answer = self.person.browser.post(self.place, json={"column": name, "value": value, "version": 1}, headers=JSON)
        said = answer.json
        if answer.status_code == 200:
            return Answer(True)
        asked = frozenset(said.get("theirs", {}))
        return Answer(False, asked, said["error"], json.dumps(said, ensure_ascii=False) if asked else str(mine))


class Bulk:
    """Many rows at once: here one, for there is an answer for each."""

    def __init__(self, person: Person, entity: type[Entity], id: UUID) -> None:
        self.person, self.place, self.id = person, f"{paths.of_list(entity)}bulk", id

    takes = Cell.takes

    def save(self, mine: Mapping[str, Any]) -> Answer:
        answer = self.person.browser.post(
            self.place, json={"rows": [[str(self.id), 1]], "change": dict(mine)}, headers=JSON
        )
        if answer.status_code != 200:
            return Answer(False, code=answer.json["error"], text=str(mine))
        (result,) = answer.json["results"]
        conflict = result["conflict"] or {}
        text = json.dumps(conflict, ensure_ascii=False) if conflict else str(mine)
        return Answer(result["ok"], frozenset(conflict.get("theirs", {})), conflict.get("error", ""), text)


class Program:
    """The form's address as a program uses it: the same fields, and JSON for an answer."""

    def __init__(self, person: Person, entity: type[Entity], id: UUID) -> None:
        self.form = Form(person, entity, id)

    takes = Form.takes

    def save(self, mine: Mapping[str, Any]) -> Answer:
        browser = self.form.person.browser
        before, browser.post = (
            browser.post,
            lambda path, **kw: Browser.post(  # type: ignore[method-assign]
                browser, path, headers={"Accept": "application/json"}, **kw
            ),
        )
        try:
            answer = self.form.save(mine)
        finally:
            browser.post = before  # type: ignore[method-assign]
        if answer.saved or not answer.text.startswith("{"):
            return answer
        said = json.loads(answer.text)
        return Answer(
            False, frozenset(said.get("theirs", {})), said["error"], answer.text if "theirs" in said else str(mine)
        )


DOORS: dict[str, type[Door]] = {"service": Service, "form": Form, "program": Program, "cell": Cell, "bulk": Bulk}
"""Every door there is: a new one gets a line here, and the whole table of cases is tried through it."""
