"""The people of the demo shop: who signs in, who works where, what they can do and when."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from uuid import UUID

import sqlalchemy as sa

from app.models.grant import Grant
from app.models.role import Role
from app.models.staff import Staff
from app.models.staff_places import StaffHours, StaffLocation, StaffService
from app.models.user import User
from app.services.demo.catalog import place, services_of
from app.services.demo.ground import Ground, Row, fixed

HOST = "fernandcomb.example"
EVERYWHERE = "*"


@dataclass(frozen=True)
class Login:
    """Somebody who signs in, with their role at some locations."""

    name: str
    email: str
    role: str
    places: str

    @property
    def id(self) -> UUID:
        return fixed("user", self.email)

    @property
    def address(self) -> str:
        return f"{self.email}@{HOST}"


LOGINS = (
    Login("Aoife Brennan", "admin", "admin", EVERYWHERE),
    Login("Siobhán Kelly", "manager", "manager", "HAR OLD"),
    Login("Eoin Byrne", "clerk.harbour", "clerk", "HAR"),
    Login("Róisín Nolan", "clerk.warehouse", "clerk", "CW"),
    Login("Clodagh Ryan", "frontdesk", "frontdesk", "HAR"),
    Login("Peter Lindqvist", "viewer", "viewer", EVERYWHERE),
    Login("Conor Walsh", "conor.walsh", "admin", EVERYWHERE),
    Login("Declan Murphy", "declan.murphy", "manager", "RIV STA"),
    Login("Niamh Doyle", "niamh.doyle", "manager", "CW"),
    Login("Orla Fitzgerald", "orla.fitzgerald", "manager", EVERYWHERE),
    Login("Cian O'Sullivan", "cian.osullivan", "clerk", "OLD"),
    Login("Gráinne Power", "grainne.power", "clerk", "RIV"),
    Login("Tadhg Lynch", "tadhg.lynch", "clerk", "STA"),
    Login("Darragh Quinn", "darragh.quinn", "clerk", "CW HAR"),
    Login("Sinéad Burke", "sinead.burke", "frontdesk", "OLD"),
    Login("Maeve Gallagher", "maeve.gallagher", "frontdesk", "RIV"),
    Login("Ciara Daly", "ciara.daly", "frontdesk", "STA"),
    Login("Fionn Kavanagh", "fionn.kavanagh", "frontdesk", "HAR OLD"),
    Login("Ailbhe Moran", "ailbhe.moran", "frontdesk", "HAR"),
    Login("Oisín Keane", "oisin.keane", "frontdesk", "OLD"),
    Login("Saoirse Flynn", "saoirse.flynn", "frontdesk", "RIV STA"),
    Login("Éabha Nolan", "eabha.nolan", "frontdesk", "RIV"),
    Login("Ronan Healy", "ronan.healy", "frontdesk", "STA"),
    Login("Kate O'Connor", "kate.oconnor", "viewer", "HAR OLD"),
    Login("Brian Cusack", "brian.cusack", "viewer", "RIV"),
    Login("Lena Hartmann", "lena.hartmann", "viewer", EVERYWHERE),
)

WITH_PASSWORD = LOGINS[:6]
"""Those who get a password: the demo logins."""


@dataclass(frozen=True)
class Worker:
    """A member of staff: name, job, home location and further ones, the login if any, and skills by category."""

    name: str
    job: str
    home: str
    further: str = ""
    email: str = ""
    skills: str = ""

    @property
    def id(self) -> UUID:
        return fixed("staff", self.name)

    @property
    def places(self) -> list[str]:
        return [self.home, *self.further.split()]


STAFF = (
    Worker("Niamh Doyle", "Warehouse manager", "CW", email="niamh.doyle"),
    Worker("Róisín Nolan", "Stock clerk", "CW", email="clerk.warehouse"),
    Worker("Darragh Quinn", "Driver and stock clerk", "CW", "HAR", email="darragh.quinn"),
    Worker("Siobhán Kelly", "Salon manager", "HAR", "OLD", email="manager"),
    Worker("Eoin Byrne", "Stock clerk", "HAR", email="clerk.harbour"),
    Worker("Clodagh Ryan", "Receptionist", "HAR", email="frontdesk"),
    Worker("Ailbhe Moran", "Senior stylist", "HAR", email="ailbhe.moran", skills="Cuts|Colour"),
    Worker("Fionn Kavanagh", "Barber", "HAR", "OLD", email="fionn.kavanagh", skills="Barbering|Cuts"),
    Worker("Zofia Wójcik", "Colour specialist", "HAR", skills="Colour|Styling"),
    Worker("Cian O'Sullivan", "Stock clerk", "OLD", email="cian.osullivan"),
    Worker("Sinéad Burke", "Receptionist", "OLD", email="sinead.burke"),
    Worker("Oisín Keane", "Stylist", "OLD", email="oisin.keane", skills="Cuts|Styling"),
    Worker("Marta Kowalska", "Beauty therapist", "OLD", skills="Facials|Waxing"),
    Worker("Isabelle Martin", "Nail technician", "OLD", skills="Hands and nails|Feet"),
    Worker("Maeve Gallagher", "Receptionist", "RIV", email="maeve.gallagher"),
    Worker("Éabha Nolan", "Stylist", "RIV", email="eabha.nolan", skills="Hair treatments|Cuts"),
    Worker("Saoirse Flynn", "Beauty therapist", "RIV", "STA", email="saoirse.flynn", skills="Brows and lashes|Facials"),
    Worker("Tomás Ribeiro", "Massage therapist", "RIV", skills="Massage|Feet"),
    Worker("Hannah Schmidt", "Make-up artist", "RIV", skills="Make-up|Brows and lashes"),
    Worker("Ciara Daly", "Receptionist and stylist", "STA", email="ciara.daly", skills="Styling|Hair treatments"),
    Worker("Ronan Healy", "Barber", "STA", "RIV", email="ronan.healy", skills="Barbering|Hair treatments"),
    Worker("Ifeoma Eze", "Beauty therapist", "STA", skills="Waxing|Massage"),
)

PERFORMERS = tuple(worker for worker in STAFF if worker.skills)
SKILLS_EACH = 21
COLOURS = ("#2f6fed", "#d6336c", "#0ca678", "#f59f00", "#7048e8", "#1098ad", "#e8590c", "#5c940d")
WEEKDAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday")


def user_at(code: str) -> UUID:
    """The login of the clerk, or whoever sees to stock, at a location."""
    return next(login.id for login in LOGINS if login.role == "clerk" and code in login.places.split())


def manager_of(code: str) -> UUID:
    """The login of the manager of a location."""
    return next(login.id for login in LOGINS if login.role == "manager" and code in login.places.split())


def desk_at(code: str) -> UUID:
    """The login of who sits at the front desk of a location."""
    return next(login.id for login in LOGINS if login.role == "frontdesk" and code in login.places.split())


def plant(ground: Ground) -> None:
    """Users with their grants, staff with their places, skills and hours."""
    _logins(ground)
    ground.add(Staff, [_staff(ground, index, worker) for index, worker in enumerate(STAFF)])
    ground.add(StaffLocation, [_workplace(ground, worker, code) for worker in STAFF for code in worker.places])
    ground.add(StaffService, _skills())
    ground.add(StaffHours, [_hours(worker, day) for worker in STAFF for day in _days(worker)])


def _logins(ground: Ground) -> None:
    roles = {row.name: row.id for row in ground.session.execute(sa.select(Role.name, Role.id))}
    ground.add(
        User,
        [
            {"id": login.id, "name": login.name, "email": login.address, "phone": f"+353 86 555 {index:04d}"}
            for index, login in enumerate(LOGINS, 101)
        ],
    )
    ground.add(
        Grant,
        [
            {
                "id": fixed("grant", login.email, code),
                "user_id": login.id,
                "role_id": roles[login.role],
                "location_id": None if code == EVERYWHERE else place(code),
            }
            for login in LOGINS
            for code in login.places.split()
        ],
    )


def _staff(ground: Ground, index: int, worker: Worker) -> Row:
    chance = ground.chance(f"staff/{worker.name}")
    return {
        "id": worker.id,
        "name": worker.name,
        "user_id": fixed("user", worker.email) if worker.email else None,
        "location_id": place(worker.home),
        "job": worker.job,
        "employee_number": f"FC-{index + 1:03d}",
        "phone": f"+353 87 555 {1000 + index * 37}",
        "colour": COLOURS[index % len(COLOURS)],
        "birthday": dt.date(chance.randint(1968, 2003), chance.randint(1, 12), chance.randint(1, 28)),
        "joined_on": ground.day(-chance.randint(120, 3000)),
        "status": "away" if worker.name == "Isabelle Martin" else "active",
    }


def _workplace(ground: Ground, worker: Worker, code: str) -> Row:
    since = ground.day(-ground.chance(f"workplace/{worker.name}/{code}").randint(60, 900))
    return {
        "id": fixed("staff_location", worker.name, code),
        "staff_id": worker.id,
        "location_id": place(code),
        "since": since,
    }


def _skills() -> list[Row]:
    return [
        {
            "id": fixed("staff_service", worker.name, service),
            "staff_id": worker.id,
            "service_id": service,
            "minutes": None,
        }
        for worker in PERFORMERS
        for service in skills_of(worker)
    ]


def skills_of(worker: Worker) -> list[UUID]:
    """The services that a member of staff does: all of their first category, then of the second until it is enough."""
    return [service for category in worker.skills.split("|") for service in services_of(category)][:SKILLS_EACH]


def _days(worker: Worker) -> tuple[str, ...]:
    return WEEKDAYS[:5] if worker.home == "CW" else WEEKDAYS[1:]


def _hours(worker: Worker, day: str) -> Row:
    late = day == "thursday" and worker.home != "CW"
    return {
        "id": fixed("staff_hours", worker.name, day),
        "staff_id": worker.id,
        "location_id": None,
        "weekday": day,
        "starts_at": dt.time(11, 0) if late else dt.time(9, 0),
        "ends_at": dt.time(20, 0) if late else dt.time(17, 30),
    }
