"""Benches say their figures in the one shape that others read."""

from __future__ import annotations

import io
import json
import subprocess
import sys
from pathlib import Path

from bench.report import Report, percentile, spread

ROOT = Path(__file__).resolve().parents[2]


def test_the_benches_are_listed_with_what_they_measure() -> None:
    said = subprocess.run(
        [sys.executable, "-m", "bench", "--list"], cwd=ROOT, capture_output=True, text=True, check=True
    ).stdout
    assert any(line.startswith("list ") and "Flask-Admin" in line for line in said.splitlines())
    assert {"dom", "gap", "history", "list", "presence", "push", "stock"} <= {
        line.split()[0] for line in said.splitlines()
    }


def test_a_report_ends_in_one_summary_with_figures_and_aims() -> None:
    out = io.StringIO()
    report = Report("thing", out)
    report.measured("first", rows=10, **spread([1.0, 2.0, 3.0]))
    report.figure("first_ms", 2.0, aim=3)
    report.figure("sent_per_s", 5.0, aim=9, better="higher")
    report.figure("size_mb", 1.23456)
    assert not report.end()
    lines = [json.loads(line) for line in out.getvalue().splitlines()]
    assert lines[0] == {
        "measurement": "first",
        "rows": 10,
        "n": 3,
        "p50_ms": 2.0,
        "p95_ms": 3.0,
        "p99_ms": 3.0,
        "max_ms": 3.0,
    }
    assert lines[1] == {
        "bench": "thing",
        "figures": {"first_ms": 2.0, "sent_per_s": 5.0, "size_mb": 1.235},
        "aims": {
            "first_ms": {"aim": 3, "better": "lower", "met": True},
            "sent_per_s": {"aim": 9, "better": "higher", "met": False},
        },
    }


def test_a_percentile_is_a_value_that_was_measured() -> None:
    assert [percentile(list(range(1, 101)), share) for share in (0.5, 0.95, 1.0)] == [50, 95, 100]
    assert percentile([7.0], 0.95) == 7.0
