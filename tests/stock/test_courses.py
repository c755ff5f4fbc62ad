"""Every document has its whole course: a step for each verb, between states that exist, with a button that can be drawn."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from app.core.entity import Entity, class_named, columns_of, entities
from app.services import courses
from app.services.steps import Step

# What has verbs and no state, such as revoking a terminal's key, is no document.
DOCUMENTS = [cls for cls in entities() if cls.verbs and cls.screen.state]
STEPS = [(cls, step) for cls in DOCUMENTS for step in courses.steps_of(cls)]
SPRITE = next((Path(__file__).resolve().parents[2] / "app" / "static" / "vendor").glob("tabler-icons@*/sprite.svg"))


def states(cls: type[Entity]) -> set[str]:
    return {choice.value for choice in columns_of(cls)[cls.screen.state].info["column"].choices}


@pytest.mark.parametrize("cls", DOCUMENTS, ids=lambda cls: cls.entity)
def test_every_verb_is_a_step_and_every_step_a_verb(cls: type[Entity]) -> None:
    assert {step.verb for step in courses.steps_of(cls)} == set(cls.verbs)


@pytest.mark.parametrize(("cls", "step"), STEPS, ids=lambda it: getattr(it, "entity", None) or it.verb)
def test_a_step_leads_between_states_that_exist(cls: type[Entity], step: Step) -> None:
    assert step.at
    assert {*step.at, *([step.to] if step.to else [])} <= states(cls)
    assert not step.side or columns_of(cls)[step.side].info["column"].target == "Location"
    assert step.lines is None or step.lines.entity.scope.kind == "part"
    for column in [*step.asks.values(), *(step.lines.columns.values() if step.lines else ())]:
        assert column.target is None or class_named(column.target)


@pytest.mark.parametrize(("cls", "step"), STEPS, ids=lambda it: getattr(it, "entity", None) or it.verb)
def test_a_step_has_words_and_an_icon(cls: type[Entity], step: Step) -> None:
    icons = set(re.findall(r'id="([^"]+)"', SPRITE.read_text()))
    assert step.icon in icons
    assert step.words
    assert step.tone in ("primary", "plain", "danger")


@pytest.mark.parametrize("cls", [cls for cls in DOCUMENTS if cls.open_in], ids=lambda cls: cls.entity)
def test_a_document_is_edited_only_in_states_it_can_begin_in(cls: type[Entity]) -> None:
    default = columns_of(cls)[cls.screen.state].default
    assert default is not None
    assert default.arg in cls.open_in
    assert set(cls.open_in) <= states(cls)
