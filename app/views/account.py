"""Signing in and out, first passwords, own sessions, and the location one works in."""

from __future__ import annotations

from flask import Blueprint, Flask, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_limiter.util import get_remote_address

from app import identity
from app.core import access
from app.core.errors import AppError, Invalid, LockedOut, SignInRefused
from app.identity import current_actor, open_to_all, safe_next, visitor
from app.models.user import User
from app.services.access import passwords, people, sessions
from app.services.access.sign_in_rules import rules
from app.views.security import limiter, sign_in_limit

blueprint = Blueprint("account", __name__)

slowly = limiter.limit(sign_in_limit, key_func=get_remote_address, methods=["POST"])
"""For what could be guessed at: so many tries a minute from one address."""


def init(app: Flask) -> None:
    """Register the pages."""
    app.register_blueprint(blueprint)


@blueprint.route("/sign-in", methods=["GET", "POST"])
@slowly
@open_to_all
def sign_in() -> ResponseReturnValue:
    """The way in; after it, back to where one wanted to go."""
    target = safe_next(request.values.get("next"))
    if request.method == "GET":
        if identity.actor_if_any() is not None:
            return redirect(target)
        return _sign_in_page(target)
    email = request.form.get("email", "")
    try:
        token = people.sign_in(visitor(), email=email, password=request.form.get("password", ""))
    except (SignInRefused, LockedOut) as error:
        return _sign_in_page(target, email=email[:200], error=error)
    identity.welcome(token)
    return redirect(target, 303)


def _sign_in_page(target: str, *, email: str = "", error: AppError | None = None) -> ResponseReturnValue:
    page = render_template("sign_in.html", next=target, email=email, error=error.message if error else None)
    return page, error.status if error else 200


@blueprint.post("/account/sign-out")
def sign_out() -> ResponseReturnValue:
    """Out of this browser."""
    people.sign_out(current_actor(), visitor())
    identity.forget()
    flash("You are signed out.", "success")
    return redirect(url_for("account.sign_in"), 303)


@blueprint.route("/welcome/<token>", methods=["GET", "POST"])
@limiter.limit(sign_in_limit, key_func=get_remote_address)
@open_to_all
def welcome(token: str) -> ResponseReturnValue:
    """Set a password by the one-time link from an admin. Looking at the page does not use the link up."""
    person = people.invited(token)
    fields: dict[str, str] = {}
    if request.method == "POST":
        try:
            people.set_password(token, _typed_twice("password", "again"), visitor())
        except Invalid as error:
            fields = error.fields
        else:
            identity.forget()
            flash("Your password is saved. Sign in with it now.", "success")
            return redirect(url_for("account.sign_in"), 303)
    page = render_template(
        "account/set_password.html", name=person.name, email=person.email, fields=fields, shortest=passwords.SHORTEST
    )
    return page, 422 if fields else 200


@blueprint.route("/account/password", methods=["GET", "POST"])
@slowly
def password() -> ResponseReturnValue:
    """Change one's own password."""
    fields: dict[str, str] = {}
    if request.method == "POST":
        try:
            new = _typed_twice("new", "again")
            people.change_password(current_actor(), visitor(), current=request.form.get("current", ""), new=new)
        except Invalid as error:
            fields = error.fields
        else:
            flash("Your password is changed, and your other devices are signed out.", "success")
            return redirect(url_for("account.devices"), 303)
    return render_template("account/password.html", fields=fields, shortest=passwords.SHORTEST), 422 if fields else 200


@blueprint.get("/account/sessions")
def devices() -> ResponseReturnValue:
    """Where one is signed in."""
    return render_template("account/sessions.html", sessions=sessions.mine(current_actor()))


@blueprint.post("/account/sessions/<id>/end")
def end_device(id: str) -> ResponseReturnValue:
    """Sign out one of one's own devices."""
    actor = current_actor()
    sessions.end(actor, id)
    if access.as_id(id) == actor.session_id:
        identity.forget()
        return redirect(url_for("account.sign_in"), 303)
    flash("That device is signed out.", "success")
    return redirect(url_for("account.devices"), 303)


@blueprint.post("/account/sessions/end-others")
def end_other_devices() -> ResponseReturnValue:
    """Sign out everywhere else."""
    count = sessions.end_others(current_actor())
    flash(f"{count} other device{'' if count == 1 else 's'} signed out.", "success")
    return redirect(url_for("account.devices"), 303)


@blueprint.post("/account/location")
def location() -> ResponseReturnValue:
    """Narrow the lists to one location, or to none."""
    identity.choose(current_actor(), request.form.get("location", ""))
    return redirect(safe_next(request.form.get("next")), 303)


@blueprint.post("/users/<id>/link")
@slowly
def make_link(id: str) -> ResponseReturnValue:
    """A one-time link for somebody's first or next password: shown once, to be handed over."""
    actor = current_actor()
    user = access.get(actor, User, id, to="change")
    link = url_for("account.welcome", token=people.one_time_link(actor, user.id), _external=True)
    return render_template("account/link.html", user=user, link=link, hours=int(rules().link.total_seconds() // 3600))


@blueprint.post("/users/<id>/sign-out")
def sign_out_user(id: str) -> ResponseReturnValue:
    """Sign somebody out everywhere."""
    count = sessions.end_all_of(current_actor(), id)
    flash(f"{count} session{'' if count == 1 else 's'} ended.", "success")
    return redirect(safe_next(request.form.get("next")), 303)


def _typed_twice(name: str, again: str) -> str:
    typed = request.form.get(name, "")
    if typed != request.form.get(again, ""):
        raise Invalid({again: "That is not the same as above."})
    return typed
