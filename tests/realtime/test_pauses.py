"""Nobody waits for housekeeping: what start-up made is not looked through again and again."""

from __future__ import annotations

import gc

from app.realtime import server


def test_a_full_collection_leaves_out_what_start_up_made() -> None:
    loaded = len(gc.get_objects())
    server.keep_what_is_loaded()
    try:
        assert len(gc.get_objects()) < loaded / 10
        assert gc.get_freeze_count() > loaded / 2
    finally:
        gc.unfreeze()
