"""Work: the screens for people on their feet, with a phone or a scanner in the hand."""

from __future__ import annotations

from flask import Flask

from app.views.work import door


def init(app: Flask) -> None:
    """Register the screens."""
    from app.views.work import (  # noqa: F401 - each adds its addresses
        adjust,
        count,
        delivery,
        find,
        labels,
        lines,
        receipt,
        receive,
        refund,
        request,
        sell,
        send,
        start,
        tally,
    )

    app.register_blueprint(door.blueprint)
