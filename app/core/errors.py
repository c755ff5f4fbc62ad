"""Every way Backroom says no: one class and one sentence each; `problems` turns them into HTTP."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any, ClassVar
from uuid import UUID


class AppError(Exception):
    """Something the person can understand and act on.

    A subclass' docstring is its message; `{names}` in it are filled from the keyword arguments.
    """

    status: ClassVar[int] = 400
    code: ClassVar[str] = "bad_request"

    def __init__(self, message: str | None = None, /, **facts: Any) -> None:
        self.facts = facts
        template = message or (type(self).__doc__ or "").strip().splitlines()[0]
        self.message = template.format(**facts) if facts and not message else template
        super().__init__(self.message)

    def __getattr__(self, name: str) -> Any:
        facts = self.__dict__.get("facts", {})
        if name in facts:
            return facts[name]
        raise AttributeError(name)


class BadRequest(AppError):
    """That request could not be understood."""


class NotSignedIn(AppError):
    """Please sign in first."""

    status = 401
    code = "not_signed_in"


class SignInRefused(AppError):
    """That name and password do not match."""

    status = 401
    code = "sign_in_refused"


class LockedOut(AppError):
    """Too many wrong passwords. Try again in {minutes} minutes, or ask an admin for a new link."""

    status = 429
    code = "locked_out"


class Forbidden(AppError):
    """You are not allowed to do that."""

    status = 403
    code = "forbidden"


class NotFound(AppError):
    """There is no such record, or it is not yours to see."""

    status = 404
    code = "not_found"


class Gone(AppError):
    """This link has been used, has expired, or was never valid."""

    status = 410
    code = "gone"


class CursorExpired(AppError):
    """That was too long ago to catch up from: load the page again."""

    status = 410
    code = "cursor_expired"


class Invalid(AppError):
    """Please look at the marked fields."""

    status = 422
    code = "invalid"

    def __init__(self, fields: Mapping[str, str], message: str | None = None) -> None:
        self.fields = dict(fields)
        super().__init__(message)


class InUse(AppError):
    """This {entity} can't be deleted: {children} still point to it."""

    status = 409
    code = "in_use"


class SecretLost(AppError):
    """{title} can't come back: its secret was never kept. Make a new one instead."""

    status = 409
    code = "secret_lost"


class NotKept(AppError):
    """These are not kept as they were: look at their history instead."""

    status = 404
    code = "not_kept"


class TooLongAgo(AppError):
    """History is kept for {days} days. Choose a later moment."""

    code = "too_long_ago"


class NotSupported(AppError):
    """A {entity} is not changed by hand."""

    status = 405
    code = "not_supported"


class OperationReused(AppError):
    """This operation was already sent with other contents."""

    status = 422
    code = "operation_reused"


class Busy(AppError):
    """Too many people changed this at the same moment. Please try again."""

    status = 503
    code = "busy"


@dataclass(frozen=True)
class ShortLine:
    """One line that can't be served: what was wanted of a product at a location, and what is free there."""

    location: UUID
    product: UUID
    wanted: Decimal
    available: Decimal


class NotEnoughStock(AppError):
    """{location} has {available} of {product}, not {wanted}."""

    status = 409
    code = "not_enough_stock"

    def __init__(self, lines: Sequence[ShortLine], names: Mapping[UUID, str]) -> None:
        self.lines = tuple(lines)
        super().__init__(" ".join(self._sentence(line, names) for line in self.lines))

    def _sentence(self, line: ShortLine, names: Mapping[UUID, str]) -> str:
        return (type(self).__doc__ or "").format(
            location=names.get(line.location, "This location"),
            product=names.get(line.product, "this product"),
            available=f"{line.available.normalize():f}",
            wanted=f"{line.wanted.normalize():f}",
        )


class WrongState(AppError):
    """{title} is {state} by now, so it can't be {done}. Nothing was changed."""

    status = 409
    code = "wrong_state"


class ChangedMeanwhile(AppError):
    """{title} was changed while you looked at it. Nothing was done: look at it again, then decide."""

    status = 409
    code = "changed_meanwhile"


class YourOwn(AppError):
    """{title} is your own: somebody else has to decide about it."""

    status = 403
    code = "forbidden"


class TheirOwn(AppError):
    """{title} is a wish of the person you decide for: somebody else has to decide about it."""

    status = 403
    code = "forbidden"


class OnlyWhoAsked(AppError):
    """{title} can be withdrawn by whoever asked for it, or by those who decide about it."""

    status = 403
    code = "forbidden"


class OtherSide(AppError):
    """That is for the people of {location} to do."""

    status = 403
    code = "forbidden"


class Deleted(AppError):
    """{title} was deleted by {by} meanwhile. Nothing was saved; copy what you typed if you need it."""

    status = 410
    code = "deleted"


class MovedAway(AppError):
    """{title} was moved by {by} to another location meanwhile, so you no longer see it. Nothing was saved; copy what you typed."""

    status = 410
    code = "moved_away"


class Closed(AppError):
    """{title} is {state}: it can't be edited any more."""

    status = 409
    code = "closed"


class MostlyClosed(Closed):
    """{title} is {state}: of it only these can still be changed: {fields}."""


class BadShopFile(AppError):
    """That file can't be loaded: {reason}. Nothing was changed."""

    status = 422
    code = "bad_shop_file"


class HasClients(AppError):
    """There are clients in this database: volume for measuring only goes into one that nobody works with."""

    status = 409
    code = "has_clients"


@dataclass(frozen=True)
class FieldChange:
    """Who changed one field since the version a person was looking at.

    `old` and `new` are the JSON values of the change feed; `at` is an ISO 8601 time.
    """

    field: str
    label: str
    old: Any
    new: Any
    by: str
    at: str


@dataclass
class Conflict(AppError):
    """A save on a version that is no longer the newest, with fields that both sides changed: nothing was written.

    base    the values the person started from, by field in conflict, where anybody still knows them
    mine    what the person wanted to write in these fields
    theirs  their present values
    version the present version
    changes who changed which field when, newest first
    merged  the values of the other fields as they will be saved: mine, or both sides joined
    typed   everything that was sent, in conflict or not
    joined  what is said of the fields that hold both sides, by field: they are saved with what is decided

    A line of a grid is called by its place in what was sent: `order_line.2.quantity`; `order_line.2` is the whole line,
    where one side removed it, with `None` on that side.
    """

    status: ClassVar[int] = 409
    code: ClassVar[str] = "conflict"

    base: dict[str, Any]
    mine: dict[str, Any]
    theirs: dict[str, Any]
    version: int
    changes: tuple[FieldChange, ...] = ()
    fields: dict[str, str] = field(default_factory=dict)
    merged: dict[str, Any] = field(default_factory=dict)
    typed: dict[str, Any] = field(default_factory=dict)
    joined: dict[str, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        super().__init__(self.sentence())

    @property
    def deciding(self) -> tuple[FieldChange, ...]:
        """The changes of the fields that have to be decided about, in their order; all where nothing is to decide."""
        return tuple(change for name in self.theirs for change in self.changes if change.field == name) or self.changes

    def sentence(self) -> str:
        """Who changed what, and that nothing is lost."""
        return f"{self.meanwhile} Nothing was saved; your typing is still here."

    @property
    def meanwhile(self) -> str:
        """Who changed what, as one readable sentence."""
        if not self.changes:
            return "Someone else changed this meanwhile."
        people = " and ".join(dict.fromkeys(change.by for change in self.deciding))
        labels = ", ".join(dict.fromkeys(change.label for change in self.deciding))
        return f"{people} changed {labels} meanwhile."
