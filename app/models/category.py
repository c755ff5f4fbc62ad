"""Categories: the tree that products and services are sorted into."""

from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, object_session

from app.core.columns import link, long_text, picture, text
from app.core.entity import Entity
from app.core.scope import shared
from app.core.screen import Screen


class Category(Entity):
    """A branch of the catalog's tree, for products and services alike."""

    scope = shared()
    screen = Screen(
        area="Catalog",
        icon="category",
        title=("name",),
        columns=("name", "parent_id", "description", "updated_at"),
        search=("name", "description"),
        sort="name",
        subtitle="parent_id",
        empty="No categories yet. Add the first one, then put products and services into it.",
    )
    constraints = (sa.UniqueConstraint("parent_id", "name", postgresql_nulls_not_distinct=True),)

    name: Mapped[str] = text(longest=80, required=True)
    parent_id: Mapped[UUID | None] = link("Category", index=False, label="Part of")
    description: Mapped[str | None] = long_text(longest=2_000)
    picture: Mapped[str | None] = picture()

    def check(self) -> dict[str, str]:
        return {"parent_id": "It can't be part of one of its own branches."} if self._runs_in_a_circle() else {}

    def _runs_in_a_circle(self) -> bool:
        session = object_session(self)
        if session is None:
            return False
        seen, above = {self.id}, self.parent_id
        with session.no_autoflush:
            while above is not None and above not in seen:
                seen.add(above)
                found = session.get(Category, above)
                above = found.parent_id if found else None
        return above is not None
