"""`flask admin`: the first admin of an installation."""

from __future__ import annotations

import click

from app.cli.connection import connected
from app.core.actor import system
from app.core.errors import AppError, Invalid
from app.services.access import people


@click.group()
def admin() -> None:
    """Admins, from the command line."""


@admin.command()
@click.option("--name", prompt=True, help="How colleagues see the person.")
@click.option("--email", prompt="E-mail", help="What they sign in with.")
@click.option(
    "--address", default="http://127.0.0.1:8000", show_default=True, help="Where this installation is reached."
)
def create(name: str, email: str, address: str) -> None:
    """Make an admin and print the one-time link on which they choose their password."""
    with connected():
        try:
            user = people.add(
                system("flask admin create", source="system"), name=name, email=email, roles=[("admin", None)]
            )
            token = people.one_time_link(system(), user.id)
        except Invalid as error:
            raise click.ClickException(" ".join(error.fields.values()) or error.message) from error
        except AppError as error:
            raise click.ClickException(error.message) from error
    click.echo(f"{name} is an admin. Choose a password at:\n{address.rstrip('/')}/welcome/{token}")
