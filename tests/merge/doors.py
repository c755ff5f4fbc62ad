"""The doors through which a person saves: each opens the record, and later sends what was typed to the same place."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Protocol
from uuid import UUID

from app.core.actor import Actor
from app.core.columns import spoken
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
    typed   column → what the answer gives back to go on with; None where whoever asked still holds all of it
    said    the rest of the answer, for who looks at a test that failed
    """

    saved: bool
    asked: frozenset[str] = frozenset()
    code: str = ""
    typed: Mapping[str, Any] | None = None
    said: str = ""


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
            return Answer(False, frozenset(error.theirs), error.code, error.typed)
        except AppError as error:
            return Answer(False, code=error.code, said=error.message)
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
        if answer.status_code == 303:
            return Answer(True)
        asked = frozenset(DECISION.findall(answer.text))
        return Answer(False, asked, CODES[answer.status_code], self._back(answer.text, mine), answer.text)

    def _back(self, page: str, mine: Mapping[str, Any]) -> dict[str, Any]:
        """What stands in the form again; of a field that is no longer in it, what the page says to be copied."""
        fields, found = forms.read(page), {}
        for name in mine:
            if name not in fields:
                found[name] = next(
                    (text for way in COPIED for text in re.findall(way.format(spoken(name)), page, re.M)), None
                )
            elif columns_of(self.entity)[name].info["column"].kind == "tags":
                found[name] = fields.getlist(name)
            else:
                found[name] = fields[name].replace("\r\n", "\n")
        return found


COPIED = (
    r'<textarea[^>]* id="typed"[^>]*>[^<]*^{}: (.*)$[^<]*</textarea>',
    r"{} is no longer yours to change. You typed: (.*)</li>",
)
"""How a page gives back what it has no field for any more, after the field's name."""

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
        return Answer(False, frozenset(said.get("theirs", {})), said["error"], said.get("typed"), str(said))


class Bulk:
    """Many rows at once: here one, for there is an answer for each. It sets: what it says is no difference to anything."""

    def __init__(self, person: Person, entity: type[Entity], id: UUID) -> None:
        self.person, self.place, self.id = person, f"{paths.of_list(entity)}bulk", id

    takes = Cell.takes

    def save(self, mine: Mapping[str, Any]) -> Answer:
        answer = self.person.browser.post(
            self.place, json={"rows": [[str(self.id), 1]], "change": dict(mine)}, headers=JSON
        )
        if answer.status_code != 200:
            return Answer(False, code=answer.json["error"], said=answer.text)
        (result,) = answer.json["results"]
        conflict = result["conflict"] or {}
        asked, code = frozenset(conflict.get("theirs", {})), conflict.get("error", "")
        return Answer(result["ok"], asked, code, conflict.get("typed"), result["message"])


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
        if answer.saved or not answer.said.startswith("{"):
            return answer
        said = json.loads(answer.said)
        return Answer(False, frozenset(said.get("theirs", {})), said["error"], said.get("typed"), answer.said)


DOORS: dict[str, type[Door]] = {"service": Service, "form": Form, "program": Program, "cell": Cell, "bulk": Bulk}
"""Every door there is: a new one gets a line here, and the whole table of cases is tried through it."""
