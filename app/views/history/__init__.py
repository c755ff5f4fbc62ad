"""History on the screen: what was done, how it was then, and the way back."""

from __future__ import annotations

from flask import Flask


def init(app: Flask) -> None:
    """Register the screens."""
    from app.views.history import differences_pages, feed_page, past_pages, undo_page

    differences_pages.init(app)
    feed_page.init(app)
    past_pages.init(app)
    undo_page.init(app)
