"""Store reports: staff hand one in, whoever it is for has read it."""

from __future__ import annotations

from app.core.errors import Invalid
from app.models.store_report import StoreReportLine
from app.services.steps import Act, Step


def _submit(act: Act) -> None:
    """A report that says nothing helps nobody."""
    if not act.document.remarks and not act.parts(StoreReportLine):
        raise Invalid({}, "Write something, or add a product: the report is empty.")


def _read(act: Act) -> None:
    """Nothing but the state changes."""


STEPS: tuple[Step, ...] = (
    Step(
        "submit", ("draft",), _submit, "submitted", tone="primary", icon="send", done="submitted",
        label="Hand in", hint="It can't be changed after that.",
    ),
    Step("read", ("submitted",), _read, "read", tone="primary", icon="check", done="read", label="Mark as read"),
)  # fmt: skip
