"""Joining texts: both sides' lines are there, in order, and no text that anybody sends takes long."""

from __future__ import annotations

import random
import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.core import merge, text_lines
from app.core.columns import Column

LINES = st.lists(st.sampled_from("abc"), max_size=9)


@settings(max_examples=300, deadline=None)
@given(LINES, LINES)
def test_a_text_that_only_one_side_changed_is_theirs_line_by_line(base: list[str], side: list[str]) -> None:
    before, after = "\n".join(base), "\n".join(side)
    assert text_lines.joined(before, after, before) == after
    assert text_lines.joined(before, before, after) == after
    assert text_lines.joined(before, after, after) == after


def _blank(edge: str) -> str:
    return f"{edge}{chr(10) * 9_990}{edge}"


def _any(seed: int) -> str:
    return "\n".join(random.Random(seed).choices(["", "a"], k=6_000))


@pytest.mark.parametrize("texts", [tuple(map(_blank, "bqz")), tuple(map(_any, range(3)))], ids=["blank", "any"])
def test_texts_with_a_thousand_differences_are_not_joined_and_cost_nobody_anything(texts: tuple[str, str, str]) -> None:
    begun = time.process_time()
    assert merge.decide(Column("long_text", longest=10_000), *texts) == merge.CONFLICT
    assert time.process_time() - begun < 0.5


def test_a_long_text_with_changes_all_over_it_is_joined() -> None:
    lines = [f"line {number}" for number in range(1_000)]
    mine = [f"{line} mine" if number % 20 == 0 else line for number, line in enumerate(lines)]
    theirs = [f"{line} theirs" if number % 20 == 10 else line for number, line in enumerate(lines)]
    found = text_lines.joined(*("\n".join(side) for side in (lines, mine, theirs)))
    assert found is not None
    assert (found.count("mine"), found.count("theirs"), found.count("\n")) == (50, 50, 999)
