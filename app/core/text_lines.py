"""Lines of a text: what two people changed in it goes together where they changed different lines.

Anybody may send any text, and comparing two of them can take time without bounds. So what is compared is counted, and
texts that are too different are nobody's to join but a person's.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final

MOST_COMPARED: Final = 40_000
"""Comparisons for one side of a text: some 140 lines that were written anew, or 280 that came or went."""


@dataclass(frozen=True)
class _Hunk:
    """Lines `start` to `end` of the base became `lines`."""

    start: int
    end: int
    lines: tuple[str, ...]

    def meets(self, other: _Hunk) -> bool:
        # New lines have no line of the base to themselves: beside another change their place is a guess.
        if self.start == self.end or other.start == other.end:
            return self.start <= other.end and other.start <= self.end
        return self.start < other.end and other.start < self.end


def joined(base: str, mine: str, theirs: str) -> str | None:
    """The text with both sides' changes; None where they meet, or where a side has too many."""
    lines = base.split("\n")
    ours, others = _hunks(lines, mine.split("\n")), _hunks(lines, theirs.split("\n"))
    hunks = None if ours is None or others is None else _beside(ours, others)
    if hunks is None:
        return None
    found: list[str] = []
    at = 0
    for hunk in hunks:
        found += [*lines[at : hunk.start], *hunk.lines]
        at = hunk.end
    return "\n".join([*found, *lines[at:]])


def _beside(ours: Sequence[_Hunk], others: Sequence[_Hunk]) -> list[_Hunk] | None:
    """Both sides' hunks in the order of the text, what both did once; None where two of them meet."""
    found: list[_Hunk] = []
    one = other = 0
    while one < len(ours) and other < len(others):
        if ours[one] == others[other]:
            found.append(ours[one])
            one, other = one + 1, other + 1
        elif ours[one].meets(others[other]):
            return None
        elif ours[one].start < others[other].start:
            found.append(ours[one])
            one += 1
        else:
            found.append(others[other])
            other += 1
    return [*found, *ours[one:], *others[other:]]


def _hunks(base: Sequence[str], side: Sequence[str]) -> list[_Hunk] | None:
    """What a side made of the base; None where that is too much."""
    shorter = min(len(base), len(side))
    head = next((n for n in range(shorter) if base[n] != side[n]), shorter)
    tail = next((n for n in range(shorter - head) if base[-1 - n] != side[-1 - n]), shorter - head)
    kept = _kept(base[head : len(base) - tail], side[head : len(side) - tail])
    if kept is None:
        return None
    hunks = []
    start = first = head
    for end, last in [*((head + x, head + y) for x, y in kept), (len(base) - tail, len(side) - tail)]:
        if start < end or first < last:
            hunks.append(_Hunk(start, end, tuple(side[first:last])))
        start, first = end + 1, last + 1
    return hunks


def _kept(base: Sequence[str], side: Sequence[str]) -> list[tuple[int, int]] | None:
    """The lines that stayed, by their places in both, with as few others as can be; None after too many comparisons.

    E. Myers, “An O(ND) Difference Algorithm and Its Variations”, 1986: for one difference after the other, how far the
    texts can be followed along each diagonal.
    """
    furthest = {1: 0}
    steps: list[dict[int, int]] = []
    compared = 0
    for number in range(len(base) + len(side) + 1):
        steps.append(dict(furthest))
        for diagonal in range(-number, number + 1, 2):
            x = _entered(furthest, number, diagonal)
            y = x - diagonal
            while x < len(base) and y < len(side) and base[x] == side[y]:
                x, y, compared = x + 1, y + 1, compared + 1
            furthest[diagonal] = x
            if x >= len(base) and y >= len(side):
                return list(_back(steps, len(base), len(side)))[::-1]
            compared += 1
            if compared > MOST_COMPARED:
                return None
    return None


def _entered(furthest: dict[int, int], number: int, diagonal: int) -> int:
    """Where a diagonal is entered: from the one above by a line that is new, or from the one below by one that went."""
    if diagonal == -number or (diagonal != number and furthest[diagonal - 1] < furthest[diagonal + 1]):
        return furthest[diagonal + 1]
    return furthest[diagonal - 1] + 1


def _back(steps: Sequence[dict[int, int]], x: int, y: int) -> Iterator[tuple[int, int]]:
    """The lines along the way that was found, last first."""
    for number in range(len(steps) - 1, -1, -1):
        diagonal = x - y
        entered = _entered(steps[number], number, diagonal)
        while x > entered:
            x, y = x - 1, y - 1
            yield x, y
        if entered == steps[number].get(diagonal + 1):
            y -= 1
        else:
            x -= 1
