"""`/api/v1/changes`: what changed since a cursor, for pages where websockets are blocked, tills and webhooks; its clean-up."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, Final
from uuid import UUID

import sqlalchemy as sa
from flask import Blueprint, Flask, jsonify, request
from flask.typing import ResponseReturnValue

from app.core import access, audience, db
from app.core.actor import Actor
from app.core.audience import sees
from app.core.entity import named
from app.core.errors import BadRequest, Invalid, NotFound
from app.identity import current_actor
from app.services.feed import changes, retention
from app.services.feed.changes import Change

USUAL: Final = 500
MOST: Final = 5_000

blueprint = Blueprint("changes_api", __name__)

_NAMES = sa.text("SELECT id, name FROM people WHERE id = ANY (:ids)")


def init(app: Flask) -> None:
    """Register the address."""
    app.register_blueprint(blueprint)


@blueprint.get("/api/v1/changes")
def feed() -> ResponseReturnValue:
    """`after` a cursor (without one: from now), of each `entity` given or all, at most `limit`.

    Answers `{changes: [{entity, id, op: put|drop, version, at, by}], cursor, more}`; 410 when the cursor expired.
    """
    actor = current_actor()
    wanted = _entities(actor, request.args.getlist("entity"))
    limit = _limit(request.args.get("limit", ""))
    after = request.args.get("after", "")
    with db.reading(actor) as session:
        if not after:
            return jsonify(changes=[], cursor=changes.snapshot(session), more=False)
        batch = changes.since(session, after, entities=wanted, limit=limit)
        names = {
            row.id: row.name
            for row in session.execute(
                _NAMES, {"ids": [change.actor_id for change in batch.changes if change.actor_id]}
            )
        }
        abouts = audience.abouts(session, batch.changes)
    told = [said for change in batch.changes if (said := _said(actor, change, names, abouts))]
    return jsonify(changes=told, cursor=batch.cursor, more=batch.more)


@blueprint.post("/api/v1/changes/cleanup")
def cleanup() -> ResponseReturnValue:
    """`{hoursToKeep?, historyToo?}`: cursors older than that expire, and what is older than `HISTORY_DAYS` goes.

    With `historyToo`, history older than `hoursToKeep` goes as well. Answers `{days, busy, cursorsSince, historySince}`:
    the days that went, whether some are left for next time, and how far back both reach now. For admins.
    """
    actor = current_actor().through("api")
    hours, history = _what_to_keep(request.get_json(silent=True) if request.data else {})
    done = retention.clean(actor, hours=hours, history=history)
    return jsonify(
        days=[day.isoformat() for day in done.days],
        busy=done.busy,
        cursorsSince=done.cursors_since and done.cursors_since.isoformat(),
        historySince=done.history_since and done.history_since.isoformat(),
    )


def _what_to_keep(body: Any) -> tuple[int | None, bool]:
    if not isinstance(body, dict):
        raise BadRequest('Send an object like {"hoursToKeep": 24}.')
    hours, history = body.get("hoursToKeep"), body.get("historyToo", False)
    wrong = {
        name: "There is no such field here." for name in list(body)[:20] if name not in ("hoursToKeep", "historyToo")
    }
    # JSON's true is an int in Python.
    if hours is not None and (not isinstance(hours, int) or isinstance(hours, bool)):
        wrong["hoursToKeep"] = f"Give a whole number of hours from 1 to {retention.MOST_HOURS:,}."
    if not isinstance(history, bool):
        wrong["historyToo"] = "Say true or false."
    if wrong:
        raise Invalid(wrong)
    return hours, bool(history)


def _said(actor: Actor, change: Change, names: Mapping[UUID, str], abouts: Mapping[UUID, str]) -> dict[str, Any] | None:
    op = _op(actor, change, abouts.get(change.record_id))
    if op is None:
        return None
    by = names.get(change.actor_id, "") if change.actor_id else ""
    return {
        "entity": change.entity,
        "id": str(change.record_id),
        "op": op,
        "version": change.version,
        "at": change.at.isoformat(),
        "by": by,
    }


def _op(actor: Actor, change: Change, about: str | None) -> str | None:
    """What the change is for this person: a row that is theirs to see, one that no longer is, or nothing."""
    try:
        entity = named(change.entity)
    except NotFound:
        return None
    if change.op != "delete" and sees(actor, entity, change.after, about):
        return "put"
    return "drop" if sees(actor, entity, change.before, about) else None


def _entities(actor: Actor, given: Iterable[str]) -> list[str]:
    """The entities asked for; one that is closed to the person or doesn't exist is a sentence, the same for both."""
    found = list(dict.fromkeys(given))[:100]
    for name in found:
        try:
            known = access.may(actor, named(name), "see")
        except NotFound:
            known = False
        if not known:
            raise BadRequest("There is no such entity to follow.")
    return found


def _limit(given: str) -> int:
    if not given:
        return USUAL
    if given.isascii() and given.isdigit() and 0 < int(given[:9]) <= MOST and len(given) < 6:
        return int(given)
    raise BadRequest(f"limit is a number from 1 to {MOST}.")
