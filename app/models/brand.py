"""Brands: who makes what we sell."""

from sqlalchemy.orm import Mapped

from app.core.columns import flag, long_text, picture, text, url
from app.core.entity import Entity
from app.core.scope import shared
from app.core.screen import Screen


class Brand(Entity):
    """A maker's name that products carry."""

    scope = shared()
    screen = Screen(
        area="Catalog",
        icon="award",
        title=("name",),
        columns=("picture", "name", "website", "active", "updated_at"),
        search=("name",),
        sort="name",
        empty="No brands yet. Add one, then choose it on your products.",
    )

    name: Mapped[str] = text(longest=80, required=True, unique=True)
    picture: Mapped[str | None] = picture(label="Logo")
    website: Mapped[str | None] = url()
    active: Mapped[bool] = flag(default=True)
    note: Mapped[str | None] = long_text(longest=2_000)
