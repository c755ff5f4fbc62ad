"""Where staff work, what they can do, and when."""

import datetime as dt
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.orm import Mapped

from app.core.columns import choice, date, link, time_of_day, whole
from app.core.entity import Entity
from app.core.scope import via
from app.core.screen import Screen


class StaffLocation(Entity):
    """A further location where somebody works."""

    scope = via("Staff", "staff_id")
    access = {"frontdesk": ("see",)}
    screen = Screen(
        area="People",
        icon="map-pin",
        title=("staff_id", "location_id"),
        columns=("staff_id", "location_id", "since"),
        sort="-created_at",
        menu=False,
        label="Workplace",
        plural="Workplaces",
        empty="No workplaces yet.",
    )
    constraints = (sa.UniqueConstraint("staff_id", "location_id"),)

    staff_id: Mapped[UUID] = link("Staff", required=True)
    location_id: Mapped[UUID] = link("Location", required=True)
    since: Mapped[dt.date | None] = date()


class StaffService(Entity):
    """A service that somebody can do."""

    scope = via("Staff", "staff_id")
    access = {"frontdesk": ("see",)}
    screen = Screen(
        area="People",
        icon="scissors",
        title=("staff_id", "service_id"),
        columns=("staff_id", "service_id", "minutes"),
        sort="-created_at",
        menu=False,
        label="Skill",
        plural="Skills",
        empty="No skills yet.",
    )
    constraints = (sa.UniqueConstraint("staff_id", "service_id"),)

    staff_id: Mapped[UUID] = link("Staff", required=True)
    service_id: Mapped[UUID] = link("Service", required=True)
    minutes: Mapped[int | None] = whole(
        least=1, most=1_440, hint="If they take longer or shorter than usual.", nothing="as usual"
    )


class StaffHours(Entity):
    """Hours of a weekday at which somebody works at a location."""

    scope = via("Staff", "staff_id")
    access = {"frontdesk": ("see",)}
    screen = Screen(
        area="People",
        icon="clock",
        title=("staff_id", "weekday"),
        columns=("staff_id", "weekday", "starts_at", "ends_at", "location_id"),
        sort="-created_at",
        menu=False,
        label="Working hours",
        plural="Working hours",
        empty="No working hours yet.",
    )
    constraints = (
        sa.UniqueConstraint("staff_id", "location_id", "weekday", "starts_at", postgresql_nulls_not_distinct=True),
        sa.CheckConstraint("ends_at > starts_at", name="ends_after_start"),
    )

    staff_id: Mapped[UUID] = link("Staff", required=True)
    location_id: Mapped[UUID | None] = link("Location", hint="Empty: at their home location.", nothing="Home location")
    weekday: Mapped[str] = choice("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
    starts_at: Mapped[dt.time] = time_of_day(required=True, label="From")
    ends_at: Mapped[dt.time] = time_of_day(required=True, label="To")

    def check(self) -> dict[str, str]:
        if self.starts_at and self.ends_at and self.ends_at <= self.starts_at:
            return {"ends_at": "The end comes after the start."}
        return {}
