"""Picking a record by a few letters, and knowing the name of one that was picked."""

from __future__ import annotations

from collections.abc import Mapping
from uuid import UUID

import sqlalchemy as sa
from flask import jsonify, request
from flask.typing import ResponseReturnValue
from wtforms.form import BaseForm

from app.core import access, db, entity, listing, rows
from app.core import titles as names
from app.core.actor import Actor
from app.core.entity import Entity
from app.core.errors import BadRequest
from app.views import fields

MOST = 20
"""Records that a picker offers; the browser has no say in it."""

LONGEST_TERM = 200


def offer(actor: Actor, entity_cls: type[Entity]) -> ResponseReturnValue:
    """The records that fit the letters typed so far."""
    term = request.args.get("q", "")
    if len(term) > LONGEST_TERM:
        raise BadRequest("That is too long to search for.")
    found = listing.pick(actor, entity_cls, term, limit=MOST)
    return jsonify(
        items=[{"id": str(pick.id), "title": pick.title, "subtitle": pick.subtitle} for pick in found],
        may_create=may_create(actor, entity_cls),
    )


def may_create(actor: Actor, entity_cls: type[Entity]) -> bool:
    """May the person make a new one where they pick one?"""
    return entity_cls.screen.writable and access.may(actor, entity_cls, "create")


def titles(actor: Actor, entity_cls: type[Entity], ids: list[UUID]) -> Mapping[UUID, str]:
    """The names of those records that the actor may see; of people, everyone signed in may know the name."""
    public = names.public(entity_cls) is not None
    if not ids or not (public or access.may(actor, entity_cls, "see")):
        return {}
    with db.reading(actor) as session:
        if not public:
            return {id: row.title for id, row in rows.by_ids(session, entity_cls, ids, ()).items()}
        source = names.source_of(entity_cls, "t")
        called = names.title(entity_cls, source, names.seen_by(actor), depth=1)
        found = session.execute(sa.select(source.c.id, called.text).where(source.c.id.in_(ids)))
        return {row[0]: row[1] for row in found}


def name_picked(actor: Actor, form: BaseForm, known: Mapping[str, str] | None = None) -> None:
    """Give each picked record in a form its name; an id that nobody may see keeps none and is refused on saving."""
    wanted: dict[str, list[UUID]] = {}
    for box in form:
        if box.kind == "record" and box.data and known and box.data == box.was:
            box.title, box.about = known.get(box.short_name, ""), fields.about(form)
        if box.kind != "link" or not box.data or box.title:
            continue
        if known and box.data == box.was and box.short_name in known:
            box.title = known[box.short_name]
        else:
            wanted.setdefault(box.column.target, []).extend(fields.ids([box.data]))
    for target, ids in wanted.items():
        found = {str(id): title for id, title in titles(actor, entity.class_named(target), ids).items()}
        for box in form:
            if box.kind == "link" and box.column.target == target and not box.title:
                box.title = found.get(box.data, "")
