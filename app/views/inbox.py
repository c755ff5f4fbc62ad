"""What waits for the person who is looking: said at home, one click from deciding."""

from __future__ import annotations

from dataclasses import dataclass

from flask import Flask

from app.identity import current_actor
from app.models.approval import Approval
from app.services import inbox
from app.views import paths


@dataclass(frozen=True)
class Need:
    """Something to do, in words, and where."""

    label: str
    url: str
    icon: str
    action: str = ""


def init(app: Flask) -> None:
    """Give templates what needs the person."""
    app.add_template_global(needs)


def needs() -> list[Need]:
    """What waits for the person who asks: nothing, where nobody waits and they decide for nobody else."""
    found, url = inbox.waiting_for(current_actor()), paths.of_menu(Approval)
    said = []
    if found.count:
        label = f"{found.words} {'document waits' if found.count == 1 else 'documents wait'} for your decision"
        said.append(Need(label, url, Approval.screen.icon, "Decide"))
    if found.standing_in_for:
        names = " and ".join(found.standing_in_for)
        said.append(Need(f"You decide for {names} at present", url, "user-shield"))
    return said
