"""Every entity there is, each with the rule for who sees which of its rows: nothing more, nothing less."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
import sqlalchemy as sa
from sqlalchemy.dialects import postgresql
from sqlalchemy.orm import configure_mappers
from sqlalchemy.schema import CreateIndex, CreateTable

import app.models  # noqa: F401  fills the registry
from app.core import builtin
from app.core.access import level
from app.core.actor import Access, Grant, Role, person
from app.core.columns import Column
from app.core.entity import VERBS, Entity, class_named, columns_of, entities, named
from app.core.ids import uuid7
from app.models.role import AREAS, GUARDED, ROLES

SCOPES = {
    # Access
    "user": "hq",
    "role": "hq",
    "permission": "hq",
    "grant": "hq",
    "session": "own",
    "api_token": "own",
    "terminal": "at",
    # Places
    "location": "shared",
    # People
    "staff": "spread",
    "staff_location": "via",
    "staff_service": "via",
    "staff_hours": "via",
    "client": "shared",
    "loyalty_program": "shared",
    "loyalty_account": "via",
    "loyalty_entry": "via",
    # Catalog
    "category": "shared",
    "brand": "shared",
    "tax_rate": "shared",
    "product": "shared",
    "product_barcode": "part",
    "supplier": "shared",
    "product_supplier": "part",
    "service": "shared",
    "location_service": "at",
    # Stock
    "stock_account": "between",
    "stock_level": "via",
    "stock_rule": "at",
    "reservation": "at",
    "stock_exception": "at",
    "stock_move": "via",
    "reason": "shared",
    "adjustment": "at",
    "adjustment_line": "part",
    "transfer": "between",
    "transfer_line": "part",
    "stock_request": "between",
    "stock_request_line": "part",
    "stock_count": "at",
    "stock_count_line": "part",
    "purchase_order": "at",
    "purchase_order_line": "part",
    "goods_receipt": "at",
    "goods_receipt_line": "part",
    # Sales
    "register": "at",
    "shift": "at",
    "order": "at",
    "order_line": "part",
    "sale": "at",
    "sale_line": "part",
    "payment": "part",
    "cash_request": "at",
    # Schedule
    "appointment": "at",
    "attendance": "own",
    "leave": "own",
    "bonus": "own",
    "store_report": "at",
    "store_report_line": "part",
    # Office
    "approval": "as record",
    "delegation": "own",
    "notification": "own",
    "notification_rule": "hq",
    "webhook": "hq",
    "webhook_delivery": "hq",
    "report": "own",
    "saved_view": "own",
    "attachment": "as record",
    "comment": "as record",
    "setting": "hq",
    # System
    "operation": "own",
    "change": "audience",
    "sign_in": "hq",
    "sync_run": "via",
    "sync_checkpoint": "via",
    "sync_quarantine": "via",
    "import_run": "hq",
    "job_run": "hq",
}

POSTED = {"approval", "stock_move", "stock_level", "stock_account", "reservation"}
ACCESS = {"user", "role", "permission", "grant", "delegation"}


def guarded() -> Iterator[tuple[type[Entity], str, Column]]:
    for cls in entities():
        for name, column in columns_of(cls).items():
            if column.info["column"].guarded:
                yield cls, name, column.info["column"]


def holding(role: str, entity: str) -> Role:
    """A built-in role as it starts, as far as it concerns one entity's fields."""
    levels = {
        (entity, where.split(".")[1]): said
        for where, said in builtin.FIELDS[role].items()
        if where.split(".")[0] == entity
    }
    return Role(uuid7(), role, frozenset({("*", "see")}), levels)


def test_the_entities_and_their_scopes_are_these() -> None:
    assert {cls.entity: cls.scope.kind for cls in entities()} == SCOPES


def test_every_link_and_every_grid_finds_its_class() -> None:
    configure_mappers()
    for cls in entities():
        for child in cls.screen.children:
            links = [c.info["column"].target for c in columns_of(class_named(child)).values()]
            assert cls.__name__ in links, f"{child} is a grid of {cls.__name__}, but has no link to it"


@pytest.mark.parametrize("name", SCOPES)
def test_the_table_of_each_entity_can_be_said_in_sql(name: str) -> None:
    table, dialect = named(name).__table__, postgresql.dialect()  # type: ignore[no-untyped-call]
    assert f"CREATE TABLE {dialect.identifier_preparer.quote(table.name)}" in str(
        CreateTable(table).compile(dialect=dialect)
    )
    for index in table.indexes:
        assert str(CreateIndex(index).compile(dialect=dialect))


def test_every_table_and_constraint_has_a_name_of_its_own_that_postgresql_can_hold() -> None:
    for cls in entities():
        names = [str(item.name) for item in (*cls.__table__.constraints, *cls.__table__.indexes)]
        too_long = [name for name in names if len(name) > 63]
        assert not too_long, f"{cls.__name__}: shorten {too_long}"
        assert len(set(names)) == len(names), cls.__name__


def test_every_document_link_to_a_place_is_called_so_that_the_machine_finds_it() -> None:
    for cls in entities():
        for column in cls.scope.columns:
            target = columns_of(cls)[column].info["column"].target
            if cls.scope.kind in ("at", "between", "spread"):
                assert target == "Location", f"{cls.__name__}.{column} places the row, so it links to a location"


def test_only_the_feed_itself_is_not_captured() -> None:
    assert {cls.entity for cls in entities() if not cls.captured} == {"change"}


def test_only_what_stock_postings_write_is_for_the_posting_role_and_only_access_raises_the_epoch() -> None:
    assert {cls.entity for cls in entities() if cls.posted} == POSTED
    assert {cls.entity for cls in entities() if cls.rules_access} == ACCESS


def test_what_decides_a_sign_in_is_secret() -> None:
    secrets = {
        f"{cls.entity}.{name}" for cls in entities() for name, c in columns_of(cls).items() if c.info["column"].secret
    }
    assert secrets == {
        "user.password_hash",
        "user.link_hash",
        "user.totp_secret",
        "session.token_hash",
        "api_token.token_hash",
        "terminal.key_hash",
        "webhook.signing_key",
        "change.audience_before",
        "change.audience_after",
    }


def test_the_built_in_roles_know_every_guarded_field_and_no_other() -> None:
    assert sorted(f"{cls.entity}.{name}" for cls, name, _ in guarded()) == sorted(GUARDED)


def test_a_manager_changes_guarded_fields_and_clerk_and_viewer_do_not_even_see_them() -> None:
    for cls, name, column in guarded():
        for role, expected in {"manager": "change", "clerk": "hidden", "viewer": "hidden"}.items():
            somebody = person(uuid7(), role, Access((Grant(holding(role, cls.entity), uuid7()),)))
            assert level(somebody, cls, name, column) == expected, f"{role}: {cls.entity}.{name}"


def test_the_front_desk_reaches_clients_and_nobody_elses_money() -> None:
    desk = {
        f"{cls.entity}.{name}"
        for cls, name, column in guarded()
        if level(
            person(uuid7(), "desk", Access((Grant(holding("frontdesk", cls.entity), uuid7()),))), cls, name, column
        )
        == "change"
    }
    assert desk == {"client.phone", "client.email", "client.notes"}


def test_built_in_roles_start_with_verbs_that_exist() -> None:
    assert set(AREAS) == set(ROLES)
    for cls in entities():
        assert set(cls.access) <= set(ROLES), f"{cls.__name__}.access names a role that isn't built in"
        for role, verbs in cls.access.items():
            unknown = set(verbs) - {*VERBS, *cls.verbs, "*"}
            assert not unknown, f"{cls.__name__}.access gives {role} {sorted(unknown)}, which it doesn't have"


def test_a_viewer_changes_nothing_and_only_admins_have_access_and_system() -> None:
    for cls in entities():
        assert set(builtin.verbs_for(cls, "viewer")) <= {"see", "export"}, cls.__name__
        if cls.screen.area in ("Access", "System"):
            assert not any(builtin.verbs_for(cls, role) for role in ROLES if role != "admin"), cls.__name__


def test_an_entity_may_have_a_column_called_entity_beside_its_own_name() -> None:
    comment = named("comment")
    record = comment(entity="product", body="Looks good")
    assert (comment.entity, record.entity) == ("comment", "product")
    record.entity = "brand"
    inserted = sa.inspect(record).dict
    assert inserted["entity_"] == "brand"
    assert "entity" in columns_of(comment)
