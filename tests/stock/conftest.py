"""After every test the ledger is looked at: whatever was tried, stock is the sum of its moves."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.cast import Cast
from tests.stock import shop


@pytest.fixture(autouse=True)
def _sound(cast: Cast) -> Iterator[None]:
    yield
    assert shop.wrong_levels() == []
