"""Work that would hold up everyone else: the server injects how to get it off the loop."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar

T = TypeVar("T")


def _directly(work: Callable[..., Any], *arguments: Any) -> Any:
    return work(*arguments)


_how: Callable[..., Any] = _directly


def set_offload(how: Callable[..., Any]) -> None:
    """Inject the way: `how(work, *arguments)` runs the work elsewhere and returns its result."""
    global _how
    _how = how


def offload(work: Callable[..., T], *arguments: Any) -> T:
    """Run `work(*arguments)` without holding up the loop, and return its result."""
    result: T = _how(work, *arguments)
    return result
