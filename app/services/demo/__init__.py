"""The demo shop, “Fern & Comb”: a warehouse, two salons and two stores, with six weeks of history up to today."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterator
from pathlib import Path

import sqlalchemy as sa

from app.core import db
from app.core.actor import Actor
from app.models.adjustment import Adjustment, AdjustmentLine
from app.models.approval import Approval
from app.models.cash_request import CashRequest
from app.models.goods_receipt import GoodsReceipt, GoodsReceiptLine
from app.models.location import Location
from app.models.order import Order, OrderLine
from app.models.purchase_order import PurchaseOrder, PurchaseOrderLine
from app.models.register import Shift
from app.models.sale import Payment, Sale, SaleLine
from app.models.stock_count import StockCount, StockCountLine
from app.models.stock_exception import StockException
from app.models.stock_request import StockRequest, StockRequestLine
from app.models.transfer import Transfer, TransferLine
from app.services.demo import (
    catalog,
    clients,
    corrections,
    diary,
    logins,
    office,
    people,
    purchases,
    questions,
    sales,
    transfers,
)
from app.services.demo.catalog import place
from app.services.demo.ground import Ground
from app.services.demo.ledger import Ledger
from app.services.stock import ledger

PAPERS = (
    PurchaseOrder,
    PurchaseOrderLine,
    GoodsReceipt,
    GoodsReceiptLine,
    StockRequest,
    StockRequestLine,
    Transfer,
    TransferLine,
    Adjustment,
    AdjustmentLine,
    StockCount,
    StockCountLine,
    Approval,
    StockException,
    Shift,
    Sale,
    SaleLine,
    Payment,
    Order,
    OrderLine,
    CashRequest,
)
"""The documents of the past, in the order in which they point to each other."""

Part = tuple[str, Callable[[Ground], None]]


def plant(actor: Actor) -> Iterator[str]:
    """Make the demo shop part by part, each whole or not at all; names each part that is done.

    What is there stays as it is: a second run adds nothing, an interrupted one is finished. Raises `Invalid` when
    something of the people's own stands in the way, such as another location with the same code.
    """
    now = _now(actor)
    for name, part in PARTS:
        with db.transaction(actor) as session:
            part(Ground(actor, session, now))
        yield name


def hand_out_logins(folder: Path) -> str:
    """Give the demo people their passwords; returns the table of them, as it is kept in `folder`."""
    return logins.hand_out(folder)


def _now(actor: Actor) -> dt.datetime:
    """The day the shop was first made: an interrupted run goes on where it was, in time too."""
    with db.reading(actor) as session:
        begun = session.scalar(sa.select(Location.created_at).where(Location.id == place("CW")))
    return (begun or dt.datetime.now(dt.UTC)).replace(microsecond=0)


def _history(ground: Ground) -> None:
    """Six weeks of buying, sending, selling and correcting; all of it is one story, so it is made in one go."""
    if ground.has(StockCount, corrections.counted("full-har")):
        return
    story = Ledger(ground)
    purchases.plan(story)
    transfers.plan(story)
    corrections.plan(story)
    earned = sales.plan(story)
    story.run()
    for entity in PAPERS:
        ground.add(entity, story.rows(entity))
    ledger.move(ground.actor, story.moves)
    ledger.reserve(ground.actor, story.holds)
    clients.credit(ground, earned)


PARTS: tuple[Part, ...] = (
    ("Places and price list", catalog.plant),
    ("People", people.plant),
    ("Clients", clients.plant),
    ("Rules for each shelf", office.set_rules),
    ("Cash drawers", sales.open_registers),
    ("Six weeks of goods and sales", _history),
    ("Diary", diary.plant),
    ("Office", office.plant),
    ("What waits for a decision", questions.plant),
)
