"""`flask entities`: what there is, who sees which rows of it, and by which doors."""

from __future__ import annotations

import json

import click

from app.core.entity import Entity, class_named
from app.core.entity import entities as all_entities
from app.core.scope import Via

DOORS = ("list", "record", "picker", "live")
"""The doors every entity has; the writable ones have create, change, delete and bulk besides."""


@click.command()
@click.option("--json", "as_json", is_flag=True, help="One JSON array for programs.")
def entities(as_json: bool) -> None:
    """Print every entity with its table, scope, area and doors."""
    rows = [_facts(entity) for entity in all_entities()]
    if as_json:
        click.echo(json.dumps(rows, indent=2))
        return
    for row in rows:
        click.echo(
            f"{row['area']:<9} {row['entity']:<22} {row['table']:<24} {row['scope']:<34} {' '.join(row['doors'])}"
        )
    click.echo(f"\n{len(rows)} entities")


def _facts(entity: type[Entity]) -> dict[str, str | list[str]]:
    writing = ["create", "change", "delete", "bulk"] if entity.screen.writable else []
    return {
        "entity": entity.entity,
        "table": entity.__tablename__,
        "scope": _scope(entity),
        "area": entity.screen.area,
        "doors": [*DOORS, *writing],
    }


def _scope(entity: type[Entity]) -> str:
    scope = entity.scope
    if isinstance(scope, Via):
        return f"{scope.kind} {class_named(scope.target).entity}"
    places = ", ".join(scope.columns)
    return f"{scope.kind} ({places})" if places else scope.kind
