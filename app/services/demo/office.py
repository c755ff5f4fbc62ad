"""The demo shop's office: rules, notes, views and reports, devices, and the runs of the machinery behind."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from decimal import Decimal
from typing import Any

import sqlalchemy as sa

from app.models.approval import Approval, Delegation
from app.models.comment import Comment
from app.models.import_run import ImportRun
from app.models.job_run import JobRun
from app.models.notification import Notification, NotificationRule
from app.models.report import Report
from app.models.role import Role
from app.models.saved_view import SavedView
from app.models.setting import Setting
from app.models.sign_in import SignIn
from app.models.stock_rule import StockRule
from app.models.sync import SyncCheckpoint, SyncQuarantine, SyncRun
from app.models.terminal import Terminal
from app.models.webhook import Webhook, WebhookDelivery
from app.services.demo.catalog import CODES, PRODUCTS, SALONS, Good, place
from app.services.demo.ground import Ground, Row, fixed
from app.services.demo.people import LOGINS, WITH_PASSWORD, desk_at, manager_of, user_at

SETTINGS = (
    ("company_name", "Fern & Comb", "Stands on reports and messages."),
    ("negative_stock", "never", "Whether a shelf may go below nothing; it may not."),
    ("overdue_transit_days", "2", "After so many days a transfer on its way is something to resolve."),
)

RULES = (
    ("Stock trouble", "stock_exception", "created", None, "manager"),
    ("Transfers on their way", "transfer", "state", "dispatched", "clerk"),
    ("Leave to decide", "leave", "created", None, "manager"),
)

VIEWS = (
    ("To resolve", "stock_exception", "f.1.state.is=open", "clerk.harbour"),
    ("Not yet closed", "transfer", "sort=-created_at", "clerk.warehouse"),
    ("Today's appointments", "appointment", "sort=starts_at", "frontdesk"),
)

REPORTS = (
    ("Sales by location", "sale", "bar", "weekly", {"columns": ["location_id", "total"], "group": ["location_id"]}),
    ("Losses by reason", "adjustment", "pie", "monthly", {"columns": ["reason_id", "value"], "group": ["reason_id"]}),
    ("Stock by product", "stock_level", "table", "never", {"columns": ["product_id", "on_hand"]}),
)


def set_rules(ground: Ground) -> None:
    """How low each product may fall at each location: a rule for every shelf."""
    ground.add(StockRule, [_rule(code, index, good) for code in CODES for index, good in enumerate(PRODUCTS)])


def _rule(code: str, index: int, good: Good) -> Row:
    point = 40 if code == "CW" else 4 if good.professional else 8
    return {
        "id": fixed("stock_rule", code, good.sku),
        "location_id": place(code),
        "product_id": good.id,
        "reorder_point": Decimal(point),
        "reorder_quantity": Decimal(point * 2),
        "place": f"{'ABCD'[index // 6]}{index % 6 + 1}",
    }


def plant(ground: Ground) -> None:
    """Everything an office has on its desk."""
    roles = {row.name: row.id for row in ground.session.execute(sa.select(Role.name, Role.id))}
    ground.add(Setting, [_named("setting", *facts, keys=("name", "value", "description")) for facts in SETTINGS])
    ground.add(NotificationRule, [_notification_rule(roles, *facts) for facts in RULES])
    ground.add(Notification, _notifications(ground))
    ground.add(SavedView, [_view(*facts) for facts in VIEWS])
    ground.add(Report, [_report(*facts) for facts in REPORTS])
    ground.add(Comment, _comments(ground))
    ground.add(Approval, _approvals(ground))
    ground.add(Delegation, [_delegation(ground)])
    _devices(ground)
    _machinery(ground)


def _named(kind: str, *facts: Any, keys: tuple[str, ...]) -> Row:
    return {"id": fixed(kind, facts[0]), **dict(zip(keys, facts, strict=True))}


def _notification_rule(
    roles: Mapping[str, Any], name: str, entity: str, event: str, state: str | None, who: str
) -> Row:
    return {
        "id": fixed("notification_rule", name),
        "name": name,
        "entity": entity,
        "event": event,
        "state": state,
        "role_id": roles[who],
    }


def _notifications(ground: Ground) -> list[Row]:
    told = (
        (desk_at("HAR"), "A shift was short by 2.50", "Harbour, last week.", None, None, 30),
        (manager_of("HAR"), "An adjustment was rejected", "Old Town: theft.", "adjustment", "rejected", 240),
        (manager_of("RIV"), "An adjustment waits for you", "Riverside: theft.", "adjustment", "theft", 140),
        (user_at("STA"), "A transfer is overdue", "From Harbour, with the courier.", "transfer", "overdue", 150),
        (user_at("HAR"), "A transfer is on its way", "From Central Warehouse.", "transfer", "returned", 384),
        (user_at("CW"), "A transfer was asked for", "By Harbour.", "transfer", "requested", 22),
        (LOGINS[0].id, "Twenty people haven't set a password", "Hand them a link.", None, None, 3),
    )
    return [
        {
            "id": fixed("notification", index),
            "user_id": user,
            "title": title,
            "body": body,
            "entity": entity,
            "record_id": fixed(entity, key) if entity else None,
            "read_at": ground.now - dt.timedelta(hours=hours - 1) if hours > 200 else None,
            "created_at": ground.now - dt.timedelta(hours=hours),
        }
        for index, (user, title, body, entity, key, hours) in enumerate(told)
    ]


def _view(name: str, entity: str, query: str, owner: str) -> Row:
    return {
        "id": fixed("saved_view", name),
        "name": name,
        "entity": entity,
        "query": query,
        "shared": True,
        "user_id": fixed("user", owner),
    }


def _report(name: str, entity: str, chart: str, schedule: str, question: dict[str, Any]) -> Row:
    return {
        "id": fixed("report", name),
        "name": name,
        "entity": entity,
        "chart": chart,
        "schedule": schedule,
        "question": question,
        "shared": True,
        "user_id": manager_of("HAR"),
    }


def _comments(ground: Ground) -> list[Row]:
    said = (
        ("transfer", "overdue", user_at("STA"), "Courier says it was delivered. It was not."),
        ("transfer", "overdue", manager_of("STA"), "I have asked for the signature."),
        ("transfer", "partly", user_at("OLD"), "One box came, the driver has no idea about the other."),
        ("product", "LUM-OI-050", manager_of("HAR"), "New label from next month, same product."),
        ("client", "Priya Raman", desk_at("OLD"), "Sent a lovely card. Offer her the new mask."),
    )
    return [
        {
            "id": fixed("comment", index),
            "entity": entity,
            "record_id": fixed(entity, key),
            "author_id": author,
            "body": body,
            "created_at": ground.at(-5 + index, 13, 10),
        }
        for index, (entity, key, author, body) in enumerate(said)
    ]


def _approvals(ground: Ground) -> list[Row]:
    """What waits, and what was decided, of leave and bonuses; adjustments bring their own."""
    asked = (
        ("leave", "Zofia Wójcik", "waiting", "HAR"),
        ("leave", "Darragh Quinn", "rejected", "CW"),
        ("bonus", "Róisín Nolan", "waiting", "CW"),
        ("bonus", "Ailbhe Moran", "approved", "HAR"),
    )
    return [
        {
            "id": fixed("approval", entity, key),
            "entity": entity,
            "record_id": fixed(entity, key),
            "verb": "approve",
            "state": state,
            "asked_by_id": manager_of(code),
            "decided_by_id": None if state == "waiting" else LOGINS[0].id,
            "decided_at": None if state == "waiting" else ground.at(-4, 11, 30),
        }
        for entity, key, state, code in asked
    ]


def _delegation(ground: Ground) -> Row:
    return {
        "id": fixed("delegation", "summer"),
        "user_id": manager_of("RIV"),
        "to_user_id": manager_of("HAR"),
        "starts_on": ground.day(9),
        "ends_on": ground.day(16),
        "note": "On holiday.",
    }


def _devices(ground: Ground) -> None:
    seen = {code: ground.now - dt.timedelta(minutes=3 + 11 * index) for index, code in enumerate(SALONS)}
    tills = [
        {
            "id": fixed("terminal", code),
            "name": f"Till {code}-1",
            "location_id": place(code),
            "kind": "till",
            "last_seen_at": seen[code],
            "app_version": "1.4.2",
        }
        for code in SALONS
    ]
    ground.add(Terminal, tills)
    ground.add(SyncRun, [_run(ground, code, turn) for turn in range(3) for code in SALONS])
    ways = (("sale", "push"), ("product", "pull"))
    ground.add(SyncCheckpoint, [_checkpoint(code, *way) for code in SALONS for way in ways])
    odd = {
        "id": fixed("sync_quarantine", "STA"),
        "terminal_id": fixed("terminal", "STA"),
        "run_id": fixed("sync_run", "STA", 0),
        "entity": "sale",
        "row": {"number": "STA-OFF-17", "product": "4006381333931", "quantity": "1"},
        "reason": "No product has the barcode 4006381333931.",
        "state": "open",
    }
    ground.add(SyncQuarantine, [odd])


def _run(ground: Ground, code: str, turn: int) -> Row:
    begun = ground.now - dt.timedelta(hours=1 + turn, minutes=4 * SALONS.index(code))
    odd = code == "STA" and turn == 0
    return {
        "id": fixed("sync_run", code, turn),
        "terminal_id": fixed("terminal", code),
        "state": "partly" if odd else "done",
        "received": 14 - turn * 3,
        "sent": 3 + turn,
        "quarantined": 1 if odd else 0,
        "finished_at": begun + dt.timedelta(seconds=4),
        "created_at": begun,
        "updated_at": begun,
    }


def _checkpoint(code: str, entity: str, direction: str) -> Row:
    return {
        "id": fixed("sync_checkpoint", code, entity),
        "terminal_id": fixed("terminal", code),
        "entity": entity,
        "direction": direction,
    }


def _machinery(ground: Ground) -> None:
    """What runs behind: an import, jobs, a webhook with its messages, sign-ins."""
    imported = {
        "id": fixed("import_run", "clients"),
        "entity": "client",
        "user_id": LOGINS[0].id,
        "file_name": "clients-old-system.csv",
        "state": "partly",
        "created": 38,
        "refused": 1,
        "refusals": [{"row": 17, "reason": "E-mail: Write it like name@example.com."}],
        "finished_at": ground.at(-40, 10, 4),
        "created_at": ground.at(-40, 10, 3),
    }
    ground.add(ImportRun, [imported])
    ground.add(JobRun, [_job(ground, days) for days in range(-5, 0)])
    hook = {
        "id": fixed("webhook", "accounting"),
        "name": "Accounting",
        "url": "https://accounting.example/hooks/backroom",
        "events": ["sale", "goods_receipt.state"],
        "active": False,
    }
    ground.add(Webhook, [hook])
    ground.add(WebhookDelivery, [_delivery(ground, index) for index in range(3)])
    ground.add(SignIn, [_sign_in(ground, index, login.id, login.address) for index, login in enumerate(WITH_PASSWORD)])


def _job(ground: Ground, days: int) -> Row:
    begun = ground.at(days, 3)
    return {
        "id": fixed("job_run", days),
        "name": "Partitions of the change feed",
        "started_at": begun,
        "finished_at": begun + dt.timedelta(milliseconds=140 - days * 3),
        "milliseconds": 140 - days * 3,
        "state": "done",
        "created_at": begun,
    }


def _delivery(ground: Ground, index: int) -> Row:
    sent = ground.at(-9 + index, 17)
    failed = index == 2
    return {
        "id": fixed("webhook_delivery", index),
        "webhook_id": fixed("webhook", "accounting"),
        "event": "sale",
        "payload": {"entity": "sale", "op": "put"},
        "state": "failed" if failed else "delivered",
        "attempts": 8 if failed else 1,
        "delivered_at": None if failed else sent,
        "answer_status": 503 if failed else 204,
        "created_at": sent,
    }


def _sign_in(ground: Ground, index: int, user: Any, address: str) -> Row:
    return {
        "id": fixed("sign_in", index),
        "email": address,
        "user_id": user,
        "outcome": "refused" if index == 4 else "signed_in",
        "address": f"192.0.2.{10 + index}",
        "agent": "Firefox on Windows",
        "created_at": ground.at(-1, 8, 50 + index),
    }
