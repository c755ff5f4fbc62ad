"""Errors become HTTP here and nowhere else: a page of the product for people, plain JSON for programs."""

from __future__ import annotations

import secrets
from collections.abc import Iterator, Mapping
from dataclasses import asdict
from datetime import date, datetime, time
from decimal import Decimal
from typing import Any
from uuid import UUID

import structlog
from flask import Flask, Response, current_app, g, jsonify, make_response, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_wtf.csrf import CSRFError
from sqlalchemy.exc import DataError, InterfaceError, OperationalError
from sqlalchemy.exc import TimeoutError as PoolTimeout
from werkzeug.exceptions import BadRequestKeyError, HTTPException, InternalServerError

from app.core.columns import spoken
from app.core.errors import (
    AppError,
    BadRequest,
    Conflict,
    Deleted,
    Invalid,
    MovedAway,
    NotEnoughStock,
    NotFound,
    NotSignedIn,
)

log = structlog.get_logger(__name__)

SIGN_IN = "account.sign_in"

MOST_FIELDS = 5_000
"""Fields of a form that are looked through for what was typed."""

SENTENCES: dict[int, tuple[str, str, str]] = {
    400: ("bad_request", "That request could not be understood", "Go back and try it another way."),
    401: ("not_signed_in", "Please sign in", "This page is for people who are signed in."),
    403: ("forbidden", "Not allowed", "You are not allowed to do that."),
    404: ("not_found", "Nothing here", "There is no such page or record, or it is not yours to see."),
    405: ("not_supported", "That doesn't work here", "This page can't do that."),
    409: ("conflict", "Someone was faster", "This was changed meanwhile. Nothing was saved."),
    410: ("gone", "No longer there", "This link has been used, has expired, or was never valid."),
    413: ("too_large", "Too large", "That is more than this page takes. Nothing was saved."),
    414: ("too_large", "Too long", "That address is too long."),
    415: ("bad_request", "That request could not be understood", "Send it as JSON or as a form."),
    422: ("invalid", "Please look again", "Something in it won't do."),
    429: ("too_many_requests", "A little slower, please", "Too many requests. Wait a minute and try again."),
    500: (
        "broken",
        "Something broke",
        "It is not your fault, and nothing was saved. Try again, or tell an admin the number below.",
    ),
    503: ("busy", "One moment", "The database can't be reached just now. Nothing was saved. Try again in a moment."),
}
"""What each HTTP status says: code, title, sentence."""

FORGED = "This page was open too long, or it did not come from here. Nothing was saved: load the page and try again."


PLAIN_PAGE = "<!doctype html><html lang=en><title>{title}</title><h1>{title}</h1><p>{number}</p>"
"""What is left to say when not even the page about errors works."""


def init(app: Flask) -> None:
    """Register the handlers, and refuse text that no database column can hold before any view sees it."""
    app.before_request(_number)
    app.before_request(_readable)
    app.register_error_handler(AppError, _said_no)
    app.register_error_handler(CSRFError, _forged)
    app.register_error_handler(DataError, _unfit)
    for unreachable in (OperationalError, InterfaceError, PoolTimeout):
        app.register_error_handler(unreachable, _unreachable)
    app.register_error_handler(HTTPException, _http)
    app.register_error_handler(InternalServerError, _broken)
    app.after_request(_show_number)


def wants_json() -> bool:
    """Whether the asker is a program: a script of our pages, or a client of the API."""
    if (
        request.path.startswith("/api/")
        or request.is_json
        or request.headers.get("X-Requested-With") == "XMLHttpRequest"
    ):
        return True
    accepted = request.accept_mimetypes
    return accepted["application/json"] > accepted["text/html"]


def as_json(error: AppError) -> dict[str, Any]:
    """An error as the API says it: `{error, message, fields?}`, all sides of a conflict, all lines that fell short."""
    found: dict[str, Any] = {"error": error.code, "message": error.message}
    if isinstance(error, Conflict):
        sides = {"base": error.base, "mine": error.mine, "theirs": error.theirs, "version": error.version}
        sides |= {"merged": error.merged, "typed": error.typed}
        found |= _plain({**sides, "changes": [asdict(change) for change in error.changes]})
    elif isinstance(error, Deleted | MovedAway):
        found |= _plain({name: error.facts.get(name) for name in ("by", "at", "title")})
    elif isinstance(error, Invalid):
        found["fields"] = error.fields
    elif isinstance(error, NotEnoughStock):
        found["lines"] = _plain([asdict(line) for line in error.lines])
    return found


def _said_no(error: AppError) -> ResponseReturnValue:
    if isinstance(error, NotSignedIn) and not wants_json() and not _typed():
        back = request.full_path.rstrip("?") if request.method == "GET" else None
        return redirect(url_for(SIGN_IN, next=back if back not in (None, "/") else None))
    return _answer(error.status, as_json(error))


def _forged(error: CSRFError) -> ResponseReturnValue:
    return _answer(400, {"error": "csrf", "message": FORGED})


def _http(error: HTTPException) -> ResponseReturnValue:
    status = error.code or 500
    if error.response is not None or status < 400:
        return error.get_response()
    code, _, sentence = SENTENCES.get(status, SENTENCES[400 if status < 500 else 500])
    if isinstance(error, BadRequestKeyError):
        sentence = "Something is missing in that request."
    response = _answer(status, {"error": code, "message": sentence})
    for name, value in error.get_headers():
        if name.lower() in ("allow", "retry-after"):
            response.headers[name] = value
    return response


def _unfit(error: DataError) -> ResponseReturnValue:
    # Services check values before the database does; what slips through is still the request's fault.
    log.warning("unfit value", number=_number_of_request(), sqlstate=getattr(error.orig, "sqlstate", None))
    return _answer(400, as_json(BadRequest()))


def _unreachable(error: Exception) -> ResponseReturnValue:
    sqlstate = getattr(getattr(error, "orig", None), "sqlstate", None)
    log.error("database unreachable", number=_number_of_request(), reason=type(error).__name__, sqlstate=sqlstate)
    code, _, sentence = SENTENCES[503]
    response = _answer(503, {"error": code, "message": sentence})
    response.headers["Retry-After"] = "2"
    return response


def _broken(error: InternalServerError) -> ResponseReturnValue:
    code, _, sentence = SENTENCES[500]
    return _answer(500, {"error": code, "message": sentence, "number": _number_of_request()})


def _answer(status: int, body: dict[str, Any]) -> Response:
    if wants_json():
        response = jsonify(body)
    else:
        response = make_response(_page(status, body))
    response.status_code = status
    return response


def _page(status: int, body: Mapping[str, Any]) -> str:
    title = SENTENCES.get(status, SENTENCES[400])[1]
    facts = {"status": status, "title": title, "message": body["message"], "number": body.get("number")}
    facts |= {"typed": _typed(), "at": body.get("at")}
    try:
        return render_template([f"errors/{status}.html", "errors/error.html"], fields=body.get("fields", {}), **facts)
    except Exception:
        log.exception("the error page failed", number=_number_of_request())
        return PLAIN_PAGE.format(title=title, number=_number_of_request())


def _typed() -> list[tuple[str, str]]:
    """What somebody typed into a record's form, as (field, text): a page that refuses it gives it back to be copied."""
    try:
        if request.method != "POST" or "operation" not in request.form:
            return []
    except HTTPException:  # what was sent is too large, or garbage, and that is just what is being said
        return []
    found = []
    for key in list(request.form)[:MOST_FIELDS]:
        name = key.removeprefix("was-")
        given = ", ".join(request.form.getlist(name))
        if name != key and given and given.replace("\r\n", "\n") != request.form[key].replace("\r\n", "\n"):
            found.append((spoken(name.rpartition(".")[2]), given))
    return found


def _number() -> None:
    """Each request has a number that stands in its log lines, its answer and on the page about a breakdown."""
    g.request_number = secrets.token_hex(5)
    structlog.contextvars.clear_contextvars()
    structlog.contextvars.bind_contextvars(number=g.request_number)


def _number_of_request() -> str:
    return str(g.get("request_number", ""))


def _show_number(response: Response) -> Response:
    response.headers["X-Request-Id"] = _number_of_request()
    return response


def _readable() -> None:
    """Refuse NUL characters and broken Unicode wherever a request can carry text."""
    if "\x00" in request.path:
        raise NotFound()
    if request.mimetype != "multipart/form-data":
        # Text without files; the larger limit is for uploads.
        request.max_content_length = current_app.config["MAX_FORM_MEMORY_SIZE"]
    texts = [request.full_path, *_pairs(request.args)]
    if request.method not in ("GET", "HEAD", "OPTIONS"):
        texts += [*_pairs(request.form), *(upload.filename or "" for _, upload in request.files.items(multi=True))]
        texts += _json_texts()
    if any(not _storable(text) for text in texts):
        raise BadRequest("There are characters in that request that can't be stored.")


def _json_texts() -> list[str]:
    if not request.is_json:
        return []
    try:
        return list(_texts(request.get_json(silent=True)))
    except RecursionError:
        raise BadRequest("That request is nested too deeply.") from None


def _pairs(given: Any) -> Iterator[str]:
    for name, value in given.items(multi=True):
        yield name
        yield value


def _texts(value: Any) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict):
        for name, item in value.items():
            yield name
            yield from _texts(item)
    elif isinstance(value, list):
        for item in value:
            yield from _texts(item)


def _storable(text: str) -> bool:
    if "\x00" in text:
        return False
    try:
        text.encode()
    except UnicodeEncodeError:  # half of a surrogate pair, which JSON can smuggle in
        return False
    return True


def _plain(value: Any) -> Any:
    """Values of records as JSON: decimals as text, so that nothing is rounded."""
    if isinstance(value, dict):
        return {name: _plain(item) for name, item in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(item) for item in value]
    if isinstance(value, Decimal | UUID):
        return str(value)
    return value.isoformat() if isinstance(value, date | datetime | time) else value
