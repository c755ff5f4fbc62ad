"""What a bench says: one JSON object per measurement, and last a summary with its figures and aims."""

from __future__ import annotations

import json
import math
import statistics
import sys
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, Literal, TextIO

Better = Literal["lower", "higher"]


def percentile(values: Sequence[float], share: float) -> float:
    """The value that `share` (0…1) of the values do not exceed, by the nearest rank."""
    ranked = sorted(values)
    return ranked[max(1, math.ceil(share * len(ranked))) - 1]


def spread(milliseconds: Sequence[float]) -> dict[str, float]:
    """Times in milliseconds as n, p50, p95, p99 and max."""
    return {
        "n": len(milliseconds),
        "p50_ms": round(statistics.median(milliseconds), 2),
        "p95_ms": round(percentile(milliseconds, 0.95), 2),
        "p99_ms": round(percentile(milliseconds, 0.99), 2),
        "max_ms": round(max(milliseconds), 2),
    }


@dataclass
class Report:
    """Collects what one bench finds.

    Figures' names end in their unit: `_ms`, `_per_s`, `_ratio`, `_mb`.
    """

    bench: str
    out: TextIO = field(default_factory=lambda: sys.stdout)
    figures: dict[str, float] = field(default_factory=dict)
    aims: dict[str, dict[str, Any]] = field(default_factory=dict)

    def measured(self, what: str, **facts: Any) -> None:
        """Say one measurement at once, so that a long bench can be watched."""
        print(json.dumps({"measurement": what, **facts}), file=self.out, flush=True)

    def figure(self, name: str, value: float, *, aim: float | None = None, better: Better = "lower") -> None:
        """Put a number into the summary, with the aim it is held against."""
        self.figures[name] = round(value, 3)
        if aim is not None:
            met = value <= aim if better == "lower" else value >= aim
            self.aims[name] = {"aim": aim, "better": better, "met": met}

    def note(self, text: str) -> None:
        """Say on stderr how far the bench is."""
        print(f"bench {self.bench}: {text}", file=sys.stderr, flush=True)

    def end(self) -> bool:
        """Print the summary; were all aims met?"""
        print(json.dumps({"bench": self.bench, "figures": self.figures, "aims": self.aims}), file=self.out, flush=True)
        return all(aim["met"] for aim in self.aims.values())
