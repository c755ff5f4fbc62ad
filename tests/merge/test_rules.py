"""The rule for two changes of one field holds for whatever values: nothing of either side is lost unasked."""

from __future__ import annotations

import ast
import inspect
from collections import Counter
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.core import columns, merge
from app.core.columns import Column

often = settings(max_examples=150, deadline=None)

TEXTS = st.text(alphabet="ab ", max_size=6).map(str.strip)
PARAGRAPHS = st.lists(st.sampled_from("abcde"), max_size=6).map("\n".join)
WORDS = st.lists(st.sampled_from(["red", "blue", "green", "tall", "new"]), unique=True, max_size=5)
NUMBERS = st.decimals(min_value=0, max_value=1000, places=3)
VALUES: dict[str, Any] = {
    "text": TEXTS,
    "long_text": PARAGRAPHS,
    "quantity": NUMBERS,
    "money": st.decimals(min_value=0, max_value=1000, places=2),
    "whole": st.integers(0, 1000),
    "flag": st.booleans(),
    "tags": WORDS,
}
KINDS = st.sampled_from(sorted(VALUES))
SIDES = KINDS.flatmap(lambda kind: st.tuples(st.just(kind), VALUES[kind], VALUES[kind], VALUES[kind]))


def described(kind: str, **facts: Any) -> Column:
    return Column(kind, places={"quantity": 3, "money": 2}.get(kind), **facts)


def test_every_kind_of_column_has_a_rule() -> None:
    kinds = {
        call.args[0].value
        for call in ast.walk(ast.parse(inspect.getsource(columns)))
        if isinstance(call, ast.Call)
        and isinstance(call.func, ast.Name)
        and call.func.id == "_column"
        and isinstance(call.args[0], ast.Constant)
    }
    assert kinds | {"id"} == set(merge.RULES)


@often
@given(SIDES)
def test_what_only_i_changed_is_mine(sides: tuple[str, Any, Any, Any]) -> None:
    kind, base, mine, _ = sides
    assert merge.same(merge.decide(described(kind), base, mine, base).value, mine)


@often
@given(SIDES)
def test_what_only_they_changed_is_theirs(sides: tuple[str, Any, Any, Any]) -> None:
    kind, base, theirs, _ = sides
    assert merge.same(merge.decide(described(kind), base, base, theirs).value, theirs)


@often
@given(SIDES)
def test_the_same_change_of_both_is_no_conflict(sides: tuple[str, Any, Any, Any]) -> None:
    kind, base, both, _ = sides
    verdict = merge.decide(described(kind), base, both, both)
    assert (verdict.side, verdict.value) == ("same", both)


@often
@given(SIDES)
def test_it_does_not_matter_who_was_first(sides: tuple[str, Any, Any, Any]) -> None:
    kind, base, mine, theirs = sides
    one, other = (
        merge.decide(described(kind), base, mine, theirs),
        merge.decide(described(kind), base, theirs, mine),
    )
    assert {"mine": "theirs", "theirs": "mine"}.get(one.side, one.side) == other.side
    if kind == "tags":
        assert Counter(one.value or ()) == Counter(other.value or ())
    else:
        assert one.value == other.value


@often
@given(SIDES)
def test_a_base_that_is_unknown_is_asked_about_unless_both_want_the_same(sides: tuple[str, Any, Any, Any]) -> None:
    kind, _, mine, theirs = sides
    expected = "same" if merge.same(mine, theirs) else "conflict"
    assert merge.decide(described(kind), merge.UNKNOWN, mine, theirs).side == expected


@often
@given(NUMBERS, NUMBERS, NUMBERS)
def test_quantities_keep_both_differences(base: Decimal, mine: Decimal, theirs: Decimal) -> None:
    verdict = merge.decide(described("quantity"), base, mine, theirs)
    if verdict.side == "both":
        assert verdict.value - base == (mine - base) + (theirs - base)
    elif verdict.side == "conflict":
        assert abs(theirs + mine - base) >= Decimal(10) ** 11


@often
@given(WORDS, WORDS, WORDS)
def test_words_that_either_side_added_are_there_and_those_that_either_took_away_are_not(
    base: list[str], mine: list[str], theirs: list[str]
) -> None:
    value = set(merge.decide(described("tags"), base, mine, theirs).value)
    if set(mine) != set(base) and set(theirs) != set(base):
        assert value == (set(base) & set(mine) & set(theirs)) | (set(mine) - set(base)) | (set(theirs) - set(base))


@often
@given(PARAGRAPHS, PARAGRAPHS, PARAGRAPHS)
def test_joined_texts_hold_every_new_line_of_either_side(base: str, mine: str, theirs: str) -> None:
    verdict = merge.decide(described("long_text"), base, mine, theirs)
    if verdict.side != "both":
        return
    lines = set(verdict.value.split("\n")) | {""}
    for side in (mine, theirs):
        assert set(side.split("\n")) - set(base.split("\n")) <= lines


@pytest.mark.parametrize(
    ("kind", "base", "mine", "theirs", "side", "value"),
    [
        ("long_text", "a\nb\nc", "A\nb\nc", "a\nb\nC", "both", "A\nb\nC"),
        ("long_text", "a\nb\nc", "a\nb\nc\nd", "x\na\nb\nc", "both", "x\na\nb\nc\nd"),
        ("long_text", "a\nb", "A\nb", "a\nB", "both", "A\nB"),
        ("long_text", "a", "a\nmine", "a\ntheirs", "conflict", None),
        ("long_text", "", "mine", "theirs", "conflict", None),
        ("long_text", "a\nb", "x\nb", "y\nb", "conflict", None),
        ("quantity", Decimal(10), Decimal(15), Decimal(12), "both", Decimal(17)),
        ("quantity", Decimal(10), Decimal(2), Decimal(3), "conflict", None),
        ("quantity", None, Decimal(2), Decimal(3), "conflict", None),
        ("money", Decimal(10), Decimal(15), Decimal(12), "conflict", None),
        ("tags", ["a", "b"], ["a", "c"], ["a", "b", "d"], "both", ["a", "d", "c"]),
        ("text", "a", "", None, "same", None),
    ],
)
def test_examples(kind: str, base: Any, mine: Any, theirs: Any, side: str, value: Any) -> None:
    assert merge.decide(described(kind, least=0), base, mine, theirs) == merge.Verdict(side, value)  # type: ignore[arg-type]


@often
@given(SIDES)
def test_who_sets_many_records_means_the_value_and_is_asked_wherever_somebody_changed_it(
    sides: tuple[str, Any, Any, Any],
) -> None:
    kind, base, mine, theirs = sides
    verdict = merge.decide(described(kind), base, mine, theirs, meant="set")
    if merge.same(mine, theirs):
        assert verdict.side == "same"
    elif merge.same(base, theirs):
        assert verdict == merge.Verdict("mine", mine)
    else:
        assert verdict.side == "conflict"


@pytest.mark.parametrize("words", [[["a"]], [{"a": 1}], [1], "a, b", {"a": 1}])
def test_words_that_are_none_are_nothing_to_merge(words: Any) -> None:
    tags = described("tags")
    assert merge.decide(tags, [], words, ["a"]) == merge.decide(tags, words, [], ["a"]) == merge.CONFLICT


def test_a_text_that_would_be_too_long_is_asked_about() -> None:
    note = Column("long_text", longest=8)
    assert merge.decide(note, "a\nb\nc", "aaaa\nb\nc", "a\nb\ncccc").side == "conflict"
