"""Settings: what one installation decides for itself."""

from sqlalchemy.orm import Mapped

from app.core.columns import code, long_text, text
from app.core.entity import Entity
from app.core.scope import hq
from app.core.screen import Screen


class Setting(Entity):
    """One decision of the installation: its name, currency, how long history is kept …"""

    scope = hq()
    access = {"manager": ("see",), "viewer": ()}
    screen = Screen(
        area="Office",
        icon="adjustments",
        columns=("name", "value", "description", "updated_at"),
        search=("name", "description"),
        sort="name",
        subtitle="value",
        empty="No settings yet: everything is as it comes.",
    )

    name: Mapped[str] = code(longest=60, words=())
    value: Mapped[str | None] = text(longest=500)
    description: Mapped[str | None] = long_text(longest=500)
