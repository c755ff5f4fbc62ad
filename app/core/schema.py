"""What the database gets for an entity besides its table: version, capture, policies, grants, indexes, as readable SQL.

The migration generator writes this text to `migrations/sql/<revision>/<table>.sql`; a test holds the newest text of
each table against what the declaration says today.
"""

from __future__ import annotations

from collections.abc import Iterator

from app.core import listing, search
from app.core.entity import Entity, columns_of, document_of, entities, is_decided, permission_of
from app.core.scope import Audience, Headquarters, Permission, Spread
from app.core.seen import quoted

PLAIN_VERBS = (("SELECT", "see"), ("INSERT", "create"), ("UPDATE", "change"), ("DELETE", "delete"))


def tables() -> list[type[Entity]]:
    """The entities whose tables the machine makes: all but the feed, whose SQL is written by hand."""
    return [cls for cls in entities() if not isinstance(cls.scope, Audience)]


def sql_for(entity: type[Entity]) -> str:
    """Everything behind one table, to be run after all tables exist; running it again changes nothing."""
    parts = [
        f"-- {entity.__tablename__}: {' '.join((entity.__doc__ or '').split())}",
        f"-- Scope: {entity.scope.kind}. Generated from the declaration; not edited by hand.",
        *_catalog(entity),
        *_functions(entity),
        *_version(entity),
        *_capture(entity),
        *_access_epoch(entity),
        *_privileges(entity),
        *_policies(entity),
        *_indexes(entity),
    ]
    return "\n\n".join(part.strip() for part in parts if part.strip()) + "\n"


def sequences(entity: type[Entity]) -> list[str]:
    """The number sequences its columns draw from; they must exist before the table."""
    return [column.info["sequence"].name for column in columns_of(entity).values() if "sequence" in column.info]


def _catalog(entity: type[Entity]) -> Iterator[str]:
    permission = permission_of(entity, "see")[0]
    catalog = (
        f"INSERT INTO backroom.entities VALUES ('{entity.entity}', '{entity.__tablename__}', '{permission}')\n"
        "    ON CONFLICT (entity) DO UPDATE SET table_name = excluded.table_name, permission_entity = excluded.permission_entity;"
    )
    if is_decided(entity):
        # Seeing and deciding it can be handed over for some days.
        catalog += f"\nUPDATE backroom.entities SET decided = true WHERE entity = '{entity.entity}';"
    yield catalog


def _functions(entity: type[Entity]) -> Iterator[str]:
    table, audience = entity.__tablename__, entity.scope.audience("t")
    if isinstance(entity.scope, Spread):
        yield entity.scope.functions()
    yield (
        f"CREATE OR REPLACE FUNCTION backroom.audience_{table}(record uuid) RETURNS uuid[]\n"
        "LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS $$\n"
        f"    SELECT {audience} FROM {table} t WHERE t.id = record\n"
        "$$;\n"
        # It looks past the row rules: where a hidden record is, is nobody's to ask.
        f"REVOKE EXECUTE ON FUNCTION backroom.audience_{table}(uuid) FROM PUBLIC;"
    )


def _version(entity: type[Entity]) -> Iterator[str]:
    table = entity.__tablename__
    computed = ", ".join(f"'{name}'" for name, column in columns_of(entity).items() if column.computed is not None)
    yield (
        f"CREATE OR REPLACE TRIGGER raise_version BEFORE UPDATE ON {table}\n"
        f"    FOR EACH ROW EXECUTE FUNCTION backroom.raise_version({computed});"
    )


def _capture(entity: type[Entity]) -> Iterator[str]:
    if not entity.captured:
        return
    table = entity.__tablename__
    yield _capture_function(entity)
    for event, rows in (
        ("INSERT", "NEW TABLE AS new_rows"),
        ("UPDATE", "OLD TABLE AS old_rows NEW TABLE AS new_rows"),
        ("DELETE", "OLD TABLE AS old_rows"),
    ):
        yield (
            f"CREATE OR REPLACE TRIGGER capture_{event.lower()} AFTER {event} ON {table}\n"
            f"    REFERENCING {rows} FOR EACH STATEMENT EXECUTE FUNCTION backroom.capture_{table}();"
        )


def _capture_function(entity: type[Entity]) -> str:
    table, name, scope = entity.__tablename__, entity.entity, entity.scope
    hidden = [column for column, found in columns_of(entity).items() if found.info["column"].secret]
    without = f" - ARRAY[{', '.join(repr(column) for column in hidden)}]" if hidden else ""
    head = "INSERT INTO changes (entity, record_id, op, version, audience_before, audience_after, diff)"
    return f"""
CREATE OR REPLACE FUNCTION backroom.capture_{table}() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp
-- A pooled session would cache a nested loop that is right for one row and ruinous for 20,000.
SET enable_nestloop = off AS $$
BEGIN
    IF TG_OP = 'INSERT' THEN
        {head}
        SELECT '{name}', n.id, 'insert', n.version, '{{}}', {scope.audience("n")}, to_jsonb(n){without}
        FROM new_rows n;
    ELSIF TG_OP = 'UPDATE' THEN
        {head}
        SELECT '{name}', n.id, 'update', n.version, {scope.audience("o")}, {scope.audience("n")},
{_diff(entity)}
        FROM new_rows n JOIN old_rows o ON o.id = n.id
        WHERE n.version <> o.version;
    ELSE
        {head}
        SELECT '{name}', o.id, 'delete', o.version + 1, {scope.audience("o")}, '{{}}', to_jsonb(o){without}
        FROM old_rows o;
    END IF;
    IF FOUND THEN
        PERFORM pg_notify('backroom_changes', '');
    END IF;
    RETURN NULL;
END $$;"""


def _diff(entity: type[Entity]) -> str:
    """Only what changed, {column: [old, new]}, compared column by column in the columns' own types."""
    lines = [
        f"            CASE WHEN o.{q} IS DISTINCT FROM n.{q}"
        f" THEN jsonb_build_object('{name}', jsonb_build_array(o.{q}, n.{q})) ELSE '{{}}' END"
        for name, column in columns_of(entity).items()
        if name not in ("id", "version", "created_at", "updated_at") and not column.info["column"].secret
        for q in (quoted(name),)
    ]
    return " ||\n".join(lines) or "            '{}'::jsonb"


def _access_epoch(entity: type[Entity]) -> Iterator[str]:
    if entity.rules_access:
        yield (
            f"CREATE OR REPLACE TRIGGER raise_access_epoch AFTER INSERT OR UPDATE OR DELETE ON {entity.__tablename__}\n"
            "    FOR EACH STATEMENT EXECUTE FUNCTION backroom.raise_access_epoch();"
        )


def _privileges(entity: type[Entity]) -> Iterator[str]:
    """Secrets can't be read or written by any role that acts for people, whatever a query names."""
    table = entity.__tablename__
    people = "backroom_scoped, backroom_global"
    secret = {name for name, column in columns_of(entity).items() if column.info["column"].secret}
    open_columns = ", ".join(quoted(name) for name in columns_of(entity) if name not in secret)
    some = f" ({open_columns})" if secret else ""
    lines = [f"GRANT SELECT{some} ON {table} TO {people};"]
    if not entity.posted:
        lines.append(f"GRANT INSERT{some}, UPDATE{some}, DELETE ON {table} TO {people};")
    writers = people
    if _is_booked(entity):
        lines.append(f"GRANT SELECT, INSERT, UPDATE ON {table} TO backroom_posting;")
        writers += ", backroom_posting"
    lines += [f"GRANT USAGE ON SEQUENCE {sequence} TO {writers};" for sequence in sequences(entity)]
    yield "\n".join(lines)
    if isinstance(entity.scope, Headquarters) and entity.scope.readable:
        yield (
            f"CREATE OR REPLACE VIEW {entity.scope.view} AS SELECT {', '.join(entity.scope.readable)} FROM {table};\n"
            f"GRANT SELECT ON {entity.scope.view} TO {people};"
        )


def _is_booked(entity: type[Entity]) -> bool:
    """Does the posting role write it: the ledger, and documents with their lines on their course?"""
    return entity.posted or document_of(entity) is not None


def _policies(entity: type[Entity]) -> Iterator[str]:
    table, scope = entity.__tablename__, entity.scope
    if scope.policy("t", Permission(entity.entity, "see")) is None:
        return
    lines = [f"ALTER TABLE {table} ENABLE ROW LEVEL SECURITY;"]
    for command, verb in PLAIN_VERBS:
        rule = scope.policy(table, Permission(*permission_of(entity, verb)))
        clauses = {
            "SELECT": f"USING ({rule})",
            "INSERT": f"WITH CHECK ({rule})",
            "UPDATE": f"USING ({rule}) WITH CHECK ({rule})",
            "DELETE": f"USING ({rule})",
        }
        lines.append(f"DROP POLICY IF EXISTS {verb}_row ON {table};")
        lines.append(f"CREATE POLICY {verb}_row ON {table} FOR {command} TO backroom_scoped\n    {clauses[command]};")
    if _is_booked(entity):
        lines.append(f"DROP POLICY IF EXISTS post_row ON {table};")
        lines.append(f"CREATE POLICY post_row ON {table} TO backroom_posting USING (true) WITH CHECK (true);")
    lines.append(
        "DO $$ BEGIN\n"
        f"    DROP POLICY IF EXISTS every_row ON {table};\n"
        "    IF NOT (SELECT rolbypassrls FROM pg_roles WHERE rolname = 'backroom_global') THEN\n"
        f"        CREATE POLICY every_row ON {table} TO backroom_global USING (true) WITH CHECK (true);\n"
        "    END IF;\nEND $$;"
    )
    yield "\n".join(lines)


def _indexes(entity: type[Entity]) -> Iterator[str]:
    yield listing.ddl(entity)
    yield search.ddl(entity)
