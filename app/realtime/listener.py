"""Waits at the database for changes: one connection of its own per process, and a look each second should a word be lost."""

from __future__ import annotations

import contextlib
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass

import sqlalchemy as sa
import structlog
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Session
from sqlalchemy.pool import NullPool

from app.core.actor import Access, Actor
from app.realtime.async_mode import Mode
from app.realtime.letters import STORM
from app.realtime.reader import SYSTEM, DatabaseReader
from app.services.feed import changes

SAFETY_POLL = 1.0
"""Seconds after which the feed is read even if no word came."""

ENOUGH = 5_000
"""Changes read in one turn; when there were so many, there may be more."""

LONGEST_PAUSE = 10.0
"""Seconds between two tries to reach a database that is away."""

FEED = Actor(None, "feed", Access(), source="system", database_role="backroom_feed")
"""Reads the whole feed and nothing else."""

log = structlog.get_logger("backroom.live")


@dataclass(frozen=True)
class Line:
    """What the pump needs open: the feed to read and to be woken by, and the rows.

    heard   was anything announced since it was last asked? Otherwise the descriptor becomes readable when it is
    """

    feed: Session
    reader: DatabaseReader
    descriptor: int
    heard: Callable[[], bool]


Words = Mapping[str, Callable[[str], None]]
"""What else is listened to: channels, and who hears what is said there."""


@contextlib.contextmanager
def line(url: str, words: Words | None = None) -> Iterator[Line]:
    """Open the two connections and LISTEN; closed at the end.

    Each keeps its role for good and runs every statement by itself: no transaction stays open, which would hold up
    the clean-up of PostgreSQL's queue, and none has to be begun.
    """
    engine = sa.create_engine(
        url, poolclass=NullPool, isolation_level="AUTOCOMMIT", connect_args={"application_name": "backroom live"}
    )
    with engine.connect() as feed, engine.connect() as data:
        driver = feed.connection.driver_connection
        for channel in (changes.CHANNEL, *(words or {})):
            feed.exec_driver_sql(f"LISTEN {channel}")
        sessions = [_as(connection, actor) for connection, actor in ((feed, FEED), (data, SYSTEM))]

        announced: list[str] = []

        def told(channel: str, payload: str) -> None:
            if words and channel in words:
                words[channel](payload)
            else:
                announced.append(channel)

        # A word that comes while a statement runs is taken from the socket with the statement's answer.
        driver.add_notify_handler(lambda word: told(word.channel, word.payload))

        def heard() -> bool:
            driver.pgconn.consume_input()
            while (word := driver.pgconn.notifies()) is not None:
                told(word.relname.decode(), word.extra.decode())
            some = bool(announced)
            announced.clear()
            return some

        yield Line(sessions[0], DatabaseReader(sessions[1]), driver.fileno(), heard)


def _as(connection: sa.Connection, actor: Actor) -> Session:
    connection.execute(
        sa.text("SELECT set_config('role', :role, false), set_config('backroom.source', 'system', false)"),
        {"role": actor.database_role},
    )
    session = Session(bind=connection, expire_on_commit=False, info={"role_is_taken": True})
    session.info["actor"] = actor
    return session


@dataclass
class Pace:
    """How long the pump waits between two batches: the first change goes at once, the next share one message.

    The window widens while there is much to do, and shrinks again. Seconds.
    """

    shortest: float = 0.020
    longest: float = 0.050
    window: float = 0.020

    def after(self, took: float, changes: int) -> float:
        """The window to keep after a batch of so many changes that took so long."""
        busy = took > self.window / 2 or changes > STORM
        self.window = min(self.longest, self.window * 1.5) if busy else max(self.shortest, self.window / 1.25)
        return self.window


class Listener:
    """Runs `turn(line)` whenever something was committed, for as long as the process lives.

    turn    reads and tells what is new; returns how many changes there were
    resume  called with each new line before the first turn
    words   other channels to listen to
    """

    def __init__(
        self,
        url: str,
        way: Mode,
        *,
        turn: Callable[[Line], int],
        resume: Callable[[Line], None],
        words: Words | None = None,
    ) -> None:
        self._url, self._way, self._turn, self._resume, self._words = url, way, turn, resume, words
        self._stopping = False
        self._pace = Pace()
        self._turned = 0.0

    def start(self) -> None:
        """Begin, beside everything else."""
        self._way.spawn(self._run)

    def stop(self) -> None:
        """End with the present turn."""
        self._stopping = True

    @property
    def silent_for(self) -> float:
        """Seconds since the feed was last read to its end: more than a few, and the listener is in trouble."""
        return time.monotonic() - self._turned

    def _run(self) -> None:
        pause = 0.1
        while not self._stopping:
            began = time.monotonic()
            try:
                with line(self._url, self._words) as opened:
                    self._resume(opened)
                    self._follow(opened)
            except Exception as error:  # whatever it was, pages must not stay old without a word
                pause = 0.1 if time.monotonic() - began > LONGEST_PAUSE else min(pause * 2, LONGEST_PAUSE)
                known = isinstance(error, DBAPIError | OSError)
                log.warning(
                    "live_updates_interrupted",
                    reason=str(error).split("\n")[0],
                    again_in=pause,
                    exc_info=None if known else error,
                )
                self._way.sleep(pause)

    def _follow(self, opened: Line) -> None:
        while not self._stopping:
            # Asked before reading: what is announced while we read is read in another turn.
            opened.heard()
            began = time.monotonic()
            told = self._turn(opened)
            self._turned = time.monotonic()
            if told:
                self._way.sleep(max(0.0, self._pace.after(self._turned - began, told) - (self._turned - began)))
            if told < ENOUGH:
                self._wait(opened)

    def _wait(self, opened: Line) -> None:
        """Until a change is announced, or for as long as one may stay unannounced; other words are no reason to read."""
        until = time.monotonic() + SAFETY_POLL
        while not opened.heard() and not self._stopping and (left := until - time.monotonic()) > 0:
            self._way.readable(opened.descriptor, left)
