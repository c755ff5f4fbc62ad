"""Verification: is every stock level still the sum of its moves? It looks and names what is wrong; it never repairs.

All figures of one look belong to one moment, so people go on working meanwhile. Each run is kept as a job run.
"""

from __future__ import annotations

import datetime as dt
import time
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass
from typing import Any, Final
from uuid import UUID

import sqlalchemy as sa

from app.core import access, db, rows
from app.core.actor import Actor, Locations, system
from app.core.ids import uuid7
from app.core.rows import Row
from app.models.job_run import JobRun
from app.models.product import Product
from app.models.stock_account import KINDS as ACCOUNT_KINDS
from app.models.stock_account import StockAccount, StockLevel
from app.services.stock.moves import OUTSIDE

JOB: Final = "verify stock"
"""What its runs are called among the job runs."""

MOST_NAMED: Final = 2_000
"""Problems that one run names; of more it says how many there are."""

KEPT_DAYS: Final = 7
"""How long a run that found nothing is kept; those that found something stay."""


@dataclass(frozen=True)
class Check:
    """One thing that must hold for every level.

    good, words   what holds, and what is wrong where it doesn't, for people
    wrong     SQL that is true of a level that is wrong
    expected, found   SQL of the two figures that should be the same
    guarded   the figures are amounts of money, which not everybody may see
    """

    kind: str
    good: str
    words: str
    wrong: str
    expected: str
    found: str
    guarded: bool = False


# `c` is a level beside the sums of its moves and reservations; without a level, its own figures are NULL. An average is
# rounded to a millionth with each receipt, so the worth of the moves may differ by that much of all that ever came.
CHECKS: Final[tuple[Check, ...]] = (
    Check(
        "missing", "Every move and reservation has its level", "There are moves or reservations, but no level",
        "c.id IS NULL", "'a level'", "'none'",
    ),
    Check(
        "on_hand", "On hand is what the moves add up to", "On hand is not what its moves add up to",
        "c.on_hand <> c.moved", "c.moved", "c.on_hand",
    ),
    Check(
        "count", "The level has counted as many moves as there are",
        "It has counted another number of moves than there are", "c.seq <> c.moves", "c.moves", "c.seq",
    ),
    Check(
        "gap", "The moves' numbers run from 1 without a gap", "The numbers of its moves have a gap or repeat",
        "c.moves <> c.numbers OR c.moves <> c.last", "'1 to ' || c.moves", "c.numbers || ' numbers up to ' || c.last",
    ),
    Check(
        "reserved", "Reserved is what the reservations add up to", "Reserved is not what its reservations add up to",
        "c.reserved <> c.held", "c.held", "c.reserved",
    ),
    Check(
        "below_nothing", "No shelf holds less than nothing", "Less than nothing is there",
        "NOT c.outside AND c.on_hand < 0", "'0 or more'", "c.on_hand",
    ),
    Check(
        "overpromised", "No more is reserved than there is", "More is reserved than there is",
        "NOT c.outside AND c.reserved > c.on_hand", "'at most ' || c.on_hand", "c.reserved",
    ),
    Check(
        "unbounded", "Only accounts of the world outside may fall below nothing", "It has the wrong leave to fall below nothing",
        "c.may_go_negative <> c.outside", "CASE WHEN c.outside THEN 'allowed' ELSE 'not allowed' END",
        "CASE WHEN c.may_go_negative THEN 'allowed' ELSE 'not allowed' END",
    ),
    Check(
        "value", "Value is quantity times cost", "Its value is not quantity times cost",
        "NOT c.outside AND abs(c.value - round(c.on_hand * c.unit_cost, 2)) > 0.01",
        "round(c.on_hand * c.unit_cost, 2)", "c.value", guarded=True,
    ),
    Check(
        "cost", "Cost is the average of what came", "Its cost is not the average of what came",
        "NOT c.outside AND c.on_hand = c.moved AND c.on_hand > 0"
        " AND abs(c.on_hand * c.unit_cost - c.worth) > 0.01 + 0.000001 * c.moves * c.came",
        "round(c.worth / nullif(c.on_hand, 0), 6)", "c.unit_cost", guarded=True,
    ),
    Check(
        "transit", "Nothing is on the way whose transfer is not", "Something is on the way, but its transfer is not",
        "c.kind = 'transit' AND c.on_hand <> 0 AND c.transfer_state NOT IN ('dispatched', 'partly_received')",
        "0", "c.on_hand",
    ),
)  # fmt: skip

LABELS: Final[Mapping[str, str]] = {value: label for value, label, _ in ACCOUNT_KINDS}

KINDS: Final[Mapping[str, Check]] = {check.kind: check for check in CHECKS}


@dataclass(frozen=True)
class Problem:
    """One thing that doesn't hold.

    kind    of `CHECKS`
    level   the level's id; None where there is none
    account, location, product   what the level is of; an account may be missing with its level
    where, what   the names of the account and the product
    """

    kind: str
    level: UUID | None
    account: UUID | None
    location: UUID | None
    product: UUID | None
    where: str
    what: str
    expected: str
    found: str

    def __str__(self) -> str:
        words = KINDS[self.kind].words
        return (
            f"{self.what}, {self.where}: {words[0].lower()}{words[1:]} (expected {self.expected}, found {self.found})"
        )


@dataclass(frozen=True)
class Report:
    """What one run found.

    checked   levels that were looked at
    moves     moves that were added up
    wrong     how many problems there are; `problems` names the first `MOST_NAMED` of them
    """

    at: dt.datetime
    checked: int
    moves: int
    seconds: float
    wrong: int = 0
    problems: tuple[Problem, ...] = ()


@dataclass(frozen=True)
class Verdict:
    """The last run, as far as it concerns one person.

    at       when it looked; None before the first run
    age      seconds since then, by the database's clock
    levels   how many levels of the person's don't match
    more     the run found more than it could name: some may be the person's
    """

    at: dt.datetime | None = None
    age: float = 0.0
    checked: int = 0
    milliseconds: int = 0
    problems: tuple[Problem, ...] = ()
    more: bool = False

    @property
    def levels(self) -> int:
        return len({(one.account, one.product) for one in self.problems})

    @property
    def good(self) -> bool:
        return not self.problems and not self.more


def run(actor: Actor) -> Report:
    """Look at everything, and keep what was found as a job run."""
    report = look(actor)
    _keep(actor, report)
    return report


def look(actor: Actor) -> Report:
    """Compare every level with its moves and reservations, as they are at one moment. The actor sees everything."""
    begun = time.perf_counter()
    with db.reading(actor) as session:
        # Its own transaction: one snapshot for all figures, and no way to write.
        session.rollback()
        session.connection(execution_options={"isolation_level": "REPEATABLE READ", "postgresql_readonly": True})
        session.execute(_READ_IT_ALL)
        at, checked, moves = session.execute(_COUNTS).one()
        found = session.execute(_COMPARE, {"outside": sorted(OUTSIDE)}).mappings().all()
        problems = [_problem(check, row) for row in found for check in CHECKS if row[check.kind] is not None]
        session.rollback()
    seconds = time.perf_counter() - begun
    return Report(at, checked, moves, seconds, len(problems), tuple(problems[:MOST_NAMED]))


def latest(actor: Actor) -> Verdict:
    """What the last run found, as far as the actor may see the stock it is about."""
    # Job runs belong to headquarters, but whoever sees stock may know whether it can be trusted.
    with db.reading(system("verification")) as session:
        last = session.execute(_LATEST, {"name": JOB}).one_or_none()
    if last is None:
        return Verdict()
    found = tuple(_read(item) for item in last.result.get("problems", ()))
    return Verdict(
        at=last.started_at,
        age=max(0.0, float(last.age)),
        checked=int(last.result.get("checked", 0)),
        milliseconds=last.milliseconds or 0,
        problems=_seen_by(actor, found),
        more=int(last.result.get("wrong", 0)) > len(found),
    )


def sentence(verdict: Verdict) -> str:
    """What the badge says, but for the time."""
    if verdict.at is None:
        return "Not verified yet"
    if verdict.more and not verdict.problems:
        return "Levels don't match their moves"
    if verdict.levels == 1:
        return "1 level doesn't match its moves"
    return f"{verdict.levels:,} levels don't match their moves" if verdict.problems else "Verified"


def _seen_by(actor: Actor, problems: Iterable[Problem]) -> tuple[Problem, ...]:
    """Those about accounts that the actor sees levels of, named as the actor knows them, amounts only where they may."""
    wanted = list(problems)
    places = access.locations(actor, StockLevel, "see")
    costs = "value" in access.visible(actor, StockLevel)
    with db.reading(actor) as session:
        accounts = rows.by_ids(
            session, StockAccount, (one.account for one in wanted if one.account), ("location_id", "other_location_id")
        )
        goods = rows.by_ids(session, Product, (one.product for one in wanted if one.product), ())
    return tuple(_told(one, accounts, goods, costs=costs) for one in wanted if _is_seen(one, accounts, places))


def _is_seen(problem: Problem, accounts: Mapping[UUID, Row], places: Locations) -> bool:
    if problem.account is None:
        return problem.location in places
    account = accounts.get(problem.account)
    return account is not None and any(
        account.values.get(name) in places for name in ("location_id", "other_location_id") if account.values.get(name)
    )


def _told(problem: Problem, accounts: Mapping[UUID, Row], goods: Mapping[UUID, Row], *, costs: bool) -> Problem:
    account = accounts.get(problem.account) if problem.account else None
    product = goods.get(problem.product) if problem.product else None
    hidden = KINDS[problem.kind].guarded and not costs
    facts = asdict(problem) | {
        "where": account.title if account else problem.where,
        "what": product.title if product else "A product",
        "expected": "" if hidden else problem.expected,
        "found": "" if hidden else problem.found,
    }
    return Problem(**facts)


def _keep(actor: Actor, report: Report) -> None:
    result = {
        "checked": report.checked,
        "moves": report.moves,
        "wrong": report.wrong,
        "problems": [{name: _plain(value) for name, value in asdict(one).items()} for one in report.problems],
    }
    problem = None
    if report.problems:
        levels = len({(one.account, one.product) for one in report.problems})
        problem = f"{levels} level{'s' if levels != 1 else ''} wrong. First: {report.problems[0]}"[:4_000]
    with db.transaction(actor) as session:
        session.add(
            JobRun(
                id=uuid7(),
                name=JOB,
                started_at=report.at,
                finished_at=report.at + dt.timedelta(seconds=report.seconds),
                milliseconds=round(report.seconds * 1000),
                state="failed" if report.wrong else "done",
                result=result,
                problem=problem,
            )
        )
        session.flush()
        session.execute(_FORGET, {"name": JOB, "days": KEPT_DAYS})


def _plain(value: Any) -> Any:
    return str(value) if isinstance(value, UUID) else value


def _problem(check: Check, row: Mapping[Any, Any]) -> Problem:
    expected, found = (_trimmed(value) for value in row[check.kind])
    place = row["place"] or "nowhere"
    where = f"{LABELS[row['kind'] or 'shelf']} of {place}" if not row["other"] else f"{place} to {row['other']}"
    return Problem(
        check.kind, row["id"], row["account_id"], row["location_id"], row["product_id"], where, row["product"] or "?",
        expected, found,
    )  # fmt: skip


def _trimmed(value: str | None) -> str:
    """A number without the zeros that say nothing."""
    text = value or "nothing"
    return text.rstrip("0").rstrip(".") if "." in text and text.replace(".", "").lstrip("-").isdigit() else text


def _read(item: Mapping[str, Any]) -> Problem:
    ids = {name: UUID(item[name]) if item[name] else None for name in ("level", "account", "location", "product")}
    words = {name: str(item[name]) for name in ("kind", "where", "what", "expected", "found")}
    return Problem(**ids, **words)  # type: ignore[arg-type]


# Every row is wanted: through the indexes, a million moves took 16 s instead of 3.5.
_READ_IT_ALL = sa.text(
    "SELECT set_config('enable_indexscan', 'off', true), set_config('enable_indexonlyscan', 'off', true),"
    " set_config('enable_bitmapscan', 'off', true), set_config('work_mem', '64MB', true)"
)
_COUNTS = sa.text("SELECT now(), (SELECT count(*) FROM stock_levels), (SELECT count(*) FROM stock_moves)")

# The checks' own words are constants of this module.
_COMPARE = sa.text(
    f"""
WITH sides AS (
    SELECT to_account_id AS account_id, product_id, quantity, unit_cost, to_seq AS seq FROM stock_moves
    UNION ALL
    SELECT from_account_id, product_id, -quantity, unit_cost, from_seq FROM stock_moves
), sums AS (
    SELECT account_id, product_id, sum(quantity) AS moved, sum(quantity * unit_cost) AS worth,
        sum(quantity) FILTER (WHERE quantity > 0) AS came, count(*) AS moves, max(seq) AS last,
        count(DISTINCT seq) AS numbers
    FROM sides GROUP BY account_id, product_id
), held AS (
    SELECT a.id AS account_id, r.location_id, r.product_id, sum(r.quantity) AS held
    FROM reservations r LEFT JOIN stock_accounts a ON a.location_id = r.location_id AND a.kind = 'shelf'
    WHERE r.state = 'held' GROUP BY a.id, r.location_id, r.product_id
), c AS (
    SELECT l.id, account_id, product_id, a.kind, coalesce(a.location_id, h.location_id) AS location_id,
        a.other_location_id, t.state AS transfer_state, a.kind = ANY (:outside) AS outside,
        l.on_hand, l.reserved, l.value, l.unit_cost, l.seq, l.may_go_negative,
        coalesce(s.moved, 0) AS moved, coalesce(s.worth, 0) AS worth, coalesce(s.came, 0) AS came,
        coalesce(s.moves, 0) AS moves, coalesce(s.last, 0) AS last, coalesce(s.numbers, 0) AS numbers,
        coalesce(h.held, 0) AS held
    FROM stock_levels l
    FULL JOIN sums s USING (account_id, product_id)
    FULL JOIN held h USING (account_id, product_id)
    LEFT JOIN stock_accounts a ON a.id = account_id
    LEFT JOIN transfers t ON t.id = a.transfer_id
)
SELECT c.id, c.account_id, c.location_id, c.product_id, c.kind, place.name AS place, other.name AS other,
    p.name AS product,
    {", ".join(f'CASE WHEN {one.wrong} THEN ARRAY[({one.expected})::text, ({one.found})::text] END AS "{one.kind}"' for one in CHECKS)}
FROM c
LEFT JOIN products p ON p.id = c.product_id
LEFT JOIN locations place ON place.id = c.location_id
LEFT JOIN locations other ON other.id = c.other_location_id
WHERE {" OR ".join(f"({one.wrong})" for one in CHECKS)}
ORDER BY place.name, p.name, c.kind, c.account_id
"""
)
_LATEST = sa.text(
    "SELECT started_at, milliseconds, result, extract(epoch FROM now() - started_at) AS age FROM job_runs"
    " WHERE name = :name AND state <> 'running' ORDER BY started_at DESC, id DESC LIMIT 1"
)
_FORGET = sa.text(
    "DELETE FROM job_runs WHERE name = :name AND state = 'done' AND started_at < now() - make_interval(days => :days)"
)
