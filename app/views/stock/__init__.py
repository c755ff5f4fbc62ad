"""Stock on the screen: where a number comes from, what it is worth, what runs low and what a count found."""

from __future__ import annotations

from flask import Flask


def init(app: Flask) -> None:
    """Register the screens."""
    from app.views.stock import stock_pages

    stock_pages.init(app)
