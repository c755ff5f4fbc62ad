"""The manager's stock pages: where a number came from, what was there when, what it is worth, and whether all of it is true."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from decimal import Decimal
from typing import Final
from urllib.parse import urlencode
from uuid import UUID
from zoneinfo import ZoneInfo

from flask import Blueprint, Flask, current_app, jsonify, render_template, request
from flask.typing import ResponseReturnValue

from app.config import Settings
from app.core import access, db, entity
from app.core.actor import Actor
from app.core.errors import BadRequest, NotFound
from app.identity import current_actor
from app.models.stock_account import StockLevel
from app.models.stock_exception import StockException
from app.models.stock_move import StockMove
from app.models.transfer import Transfer
from app.services.feed import changes
from app.services.stock import overdue, reports, verification
from app.services.stock.reports import Clock
from app.services.stock.verification import Verdict
from app.services.warehouse import reordering
from app.views import cells, menu, paths
from app.views.stock import chain_page, count_review, reorder_page

blueprint = Blueprint("stock_pages", __name__, url_prefix="/stock")

LONGEST_SEARCH: Final = 200
LATE_TURNS: Final = 3
"""After so many turns without a new run, the last one proves little."""

CLOCKS: Final[dict[Clock, str]] = {"posted": "when they were booked", "happened": "when they happened"}

NO_RECORD: Final = UUID(int=0)
"""Stands where a live page is about no record alone: it looks again whenever its parts change."""


@dataclass(frozen=True)
class Tab:
    """One of the stock pages, as the row above each of them shows it."""

    label: str
    url: str
    here: bool


@dataclass(frozen=True)
class Badge:
    """Whether the levels are the sum of their moves: how long ago that was known, or how many are not."""

    tone: str
    words: str
    age: int | None
    url: str


def init(app: Flask) -> None:
    """Register the pages, and the badge for any template."""
    app.register_blueprint(blueprint)
    count_review.init()
    app.jinja_env.globals.update(
        stock_badge=badge, stock_tabs=tabs, quantity_text=cells.plain_number, entity_class=entity.named
    )
    menu.add(
        "Stock",
        menu.Page("Stock as of", "/stock/as-of", "clock", may_see),
        menu.Page("Stock value", "/stock/value", "coins", reports.sees_value),
        menu.Page("In transit", "/stock/in-transit", "truck-delivery", may_see),
        menu.Page("Reorder", "/stock/reorder", "shopping-cart", reordering.may),
        menu.Page("Verification", "/stock/verification", "shield-check", may_see_levels),
    )
    menu.within(StockLevel, "/stock/level/")


def may_see_levels(actor: Actor) -> bool:
    """Are the pages about levels alone the actor's to open?"""
    return access.may(actor, StockLevel, "see")


def may_see(actor: Actor) -> bool:
    """Are the pages about levels and moves the actor's to open?"""
    return may_see_levels(actor) and access.may(actor, StockMove, "see")


def tabs() -> list[Tab]:
    """The stock pages that the person may open."""
    actor = current_actor()
    levels, moves = may_see_levels(actor), may_see(actor)
    found = (
        ("Levels", paths.of_menu(StockLevel), levels),
        ("As of a moment", "/stock/as-of", moves),
        ("Value", "/stock/value", reports.sees_value(actor)),
        ("In transit", "/stock/in-transit", levels),
        ("Reorder", "/stock/reorder", reordering.may(actor)),
        ("To resolve", f"{paths.of_list(StockException)}?f.1.state.any=open", access.may(actor, StockException, "see")),
        ("Verification", "/stock/verification", levels),
    )
    return [Tab(label, url, url.split("?")[0] == request.path) for label, url, may in found if may]


def badge() -> Badge | None:
    """The badge, for whoever may see stock."""
    actor = current_actor()
    return _badge(verification.latest(actor)) if access.may(actor, StockLevel, "see") else None


def _badge(verdict: Verdict) -> Badge:
    settings: Settings = current_app.config["BACKROOM"]
    words = verification.sentence(verdict)
    if verdict.at is None:
        tone = "light"
    elif not verdict.good:
        tone = "danger"
    else:
        tone = "warning" if verdict.age > LATE_TURNS * settings.verify_seconds else "success"
    return Badge(
        tone, words, None if verdict.at is None or not verdict.good else int(verdict.age), "/stock/verification"
    )


@blueprint.get("/verified")
def verified() -> ResponseReturnValue:
    """The badge as JSON, for pages that stay open."""
    access.require(current_actor(), StockLevel, "see")
    shown = badge()
    assert shown is not None
    return jsonify(tone=shown.tone, words=shown.words, age=shown.age)


@blueprint.get("/verification")
def verification_page() -> ResponseReturnValue:
    """What the last run found, level by level."""
    actor = current_actor()
    access.require(actor, StockLevel, "see")
    verdict = verification.latest(actor)
    return render_template(
        "stock/verification.html", verdict=verdict, kinds=verification.KINDS, checks=verification.CHECKS,
        costs=reports.sees_value(actor), every=current_app.config["BACKROOM"].verify_seconds,
    )  # fmt: skip


@blueprint.get("/level/<uuid:id>")
def level(id: UUID) -> ResponseReturnValue:
    """The chain of moves behind one number."""
    return chain_page.show(current_actor(), id, before=_whole(request.args.get("before", "")))


@blueprint.route("/reorder", methods=["GET", "POST"])
def reorder() -> ResponseReturnValue:
    """What runs low; what is ticked of it becomes drafts."""
    return reorder_page.show(current_actor())


@blueprint.get("/as-of")
def as_of() -> ResponseReturnValue:
    """What lay on the shelves at a moment."""
    actor = current_actor()
    access.require(actor, StockMove, "see")
    mine = reports.places(actor)
    location = _location(mine)
    zone = _zone(mine, location or actor.chosen)
    now = dt.datetime.now(zone)
    wanted = request.args.get("at", "").strip()
    problem, moment = "", now
    try:
        moment = _moment(wanted, zone) if wanted else now
    except (ValueError, OverflowError):
        problem = "Write a day and a time, like 2026-11-03 18:30."
    if moment <= now < moment + dt.timedelta(minutes=1):
        moment = now  # the field knows no seconds, and this minute's moves are there already
    clock: Clock = "happened" if request.args.get("clock") == "happened" else "posted"
    search = request.args.get("q", "").replace("\x00", "")[:LONGEST_SEARCH].strip()
    stand = reports.as_of(
        actor, moment, location=location, clock=clock, search=search, after=_after(request.args.get("after", ""))
    )
    kept = {name: value for name, value in request.args.items() if name != "after" and value}
    page = render_template(
        "stock/as_of.html",
        stand=stand, moment=moment, wanted=moment.strftime("%Y-%m-%dT%H:%M"), problem=problem, future=moment > now,
        zone=zone.key, places=mine, wanted_place=location, clock=clock, clocks=CLOCKS, search=search,
        presets=_presets(now, kept), narrowed=bool(search),
        next_url=_next(kept, stand.after), first_url=f"/stock/as-of?{urlencode(kept)}" if "after" in request.args else None,
    )  # fmt: skip
    return page, 422 if problem else 200


def _presets(now: dt.datetime, kept: dict[str, str]) -> list[tuple[str, str]]:
    midnight = now.replace(hour=0, minute=0, second=0, microsecond=0)
    moments = {
        "Now": None,
        "Start of today": midnight,
        "A week ago": now - dt.timedelta(days=7),
        "Start of the month": midnight.replace(day=1),
        "End of last year": midnight.replace(month=1, day=1),
    }
    rest = {name: value for name, value in kept.items() if name != "at"}
    return [
        (label, f"/stock/as-of?{urlencode(rest | ({'at': f'{at:%Y-%m-%dT%H:%M}'} if at else {}))}")
        for label, at in moments.items()
    ]


def _next(kept: dict[str, str], after: tuple[str, UUID] | None) -> str | None:
    return f"/stock/as-of?{urlencode(kept | {'after': f'{after[1]}~{after[0]}'})}" if after else None


def _after(given: str) -> tuple[str, UUID] | None:
    if not given:
        return None
    id, tilde, name = given.partition("~")
    try:
        if not tilde or "\x00" in name:
            raise ValueError
        return name, UUID(id)
    except ValueError:
        raise BadRequest("This page address is not valid any more. Start again from the first page.") from None


def _moment(text: str, zone: ZoneInfo) -> dt.datetime:
    """A day and a time as people write it, on the clock of the place; raises ValueError."""
    found = dt.datetime.fromisoformat(text)
    if not 2000 <= found.year <= 2100:
        raise ValueError
    return found.replace(tzinfo=zone) if found.tzinfo is None else found.astimezone(zone)


def _location(mine: list[tuple[UUID, str, str]]) -> UUID | None:
    """The location asked for, if it is one of the person's; any other is as good as none that exists."""
    given = request.args.get("location", "")
    if not given:
        return None
    for id, _, _ in mine:
        if str(id) == given:
            return id
    raise NotFound()


def _zone(mine: list[tuple[UUID, str, str]], location: UUID | None) -> ZoneInfo:
    zones = [zone for id, _, zone in mine if location in (None, id)]
    try:
        return ZoneInfo(max(set(zones), key=zones.count)) if zones else ZoneInfo("UTC")
    except (KeyError, ValueError, OSError):
        return ZoneInfo("UTC")


def _whole(text: str) -> int | None:
    if not text:
        return None
    if text.isascii() and text.isdigit() and 0 < len(text) < 10:
        return int(text)
    raise BadRequest("This page address is not valid any more. Start again from the first page.")


@blueprint.get("/value")
def value() -> ResponseReturnValue:
    """What the stock of each location is worth."""
    actor = current_actor()
    cursor = _cursor(actor)
    worth = reports.value(actor)
    zero = Decimal(0)
    return render_template(
        "stock/value.html",
        worth=worth,
        cursor=cursor,
        no_record=NO_RECORD,
        most=max((one.total for one in worth), default=zero),
        sums={
            name: sum((getattr(one, name) for one in worth), zero) for name in ("shelf", "in_use", "coming", "total")
        },
        levels=paths.of_list(StockLevel),
    )


@blueprint.get("/in-transit")
def in_transit() -> ResponseReturnValue:
    """What is on its way, since when, and what of it is overdue."""
    actor = current_actor()
    cursor = _cursor(actor)
    found = reports.in_transit(actor)
    costs = reports.sees_value(actor)
    columns = ("number", "from_location_id", "to_location_id", "state", "dispatched_at", "expected_on")
    return render_template(
        "stock/in_transit.html",
        lines=[(one, cells.render_cells(Transfer, one.transfer, columns)) for one in found],
        cursor=cursor,
        no_record=NO_RECORD,
        costs=costs,
        total=sum((one.value or Decimal(0) for one in found), Decimal(0)),
        overdue=sum(1 for one in found if one.overdue),
        most=reports.MOST_ON_THE_WAY,
        may_send=access.may(actor, Transfer, "create"),
        days=overdue.days(),
    )


def _cursor(actor: Actor) -> str:
    # Taken before anything is read, so that nothing committed in between is missed.
    with db.reading(actor) as session:
        return changes.snapshot(session)
