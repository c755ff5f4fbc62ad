"""What became of the rows of a shop that was loaded: placed, already there, or left out and why."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field


@dataclass
class Outcome:
    """One kind of row: how many are in, how many were in before, and the reasons for those that are not."""

    kind: str
    went_to: str
    placed: int = 0
    already: int = 0
    left_out: Counter[str] = field(default_factory=Counter)


@dataclass
class Report:
    """The outcomes by kind, in the order in which they were loaded."""

    outcomes: dict[str, Outcome] = field(default_factory=dict)

    def of(self, kind: str, went_to: str = "") -> Outcome:
        """The outcome of a kind of row, begun when it is first asked for."""
        return self.outcomes.setdefault(kind, Outcome(kind, went_to))

    def leave_out(self, kind: str, reason: str, count: int = 1) -> None:
        """Rows, or facts of rows, that have no place here."""
        if count:
            self.of(kind, "nowhere").left_out[reason] += count
