-- terminals: A till or another device at a location, with a key of its own.

-- Scope: at. Generated from the declaration; not edited by hand.

INSERT INTO backroom.entities VALUES ('terminal', 'terminals', 'terminal')
    ON CONFLICT (entity) DO UPDATE SET table_name = excluded.table_name, permission_entity = excluded.permission_entity;

CREATE OR REPLACE FUNCTION backroom.audience_terminals(record uuid) RETURNS uuid[]
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS $$
    SELECT array_remove(ARRAY[t.location_id], NULL) FROM terminals t WHERE t.id = record
$$;
REVOKE EXECUTE ON FUNCTION backroom.audience_terminals(uuid) FROM PUBLIC;

CREATE OR REPLACE TRIGGER raise_version BEFORE UPDATE ON terminals
    FOR EACH ROW EXECUTE FUNCTION backroom.raise_version();

CREATE OR REPLACE FUNCTION backroom.capture_terminals() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp
-- A pooled session would cache a nested loop that is right for one row and ruinous for 20,000.
SET enable_nestloop = off AS $$
BEGIN
    IF TG_OP = 'INSERT' THEN
        INSERT INTO changes (entity, record_id, op, version, audience_before, audience_after, diff)
        SELECT 'terminal', n.id, 'insert', n.version, '{}', array_remove(ARRAY[n.location_id], NULL), to_jsonb(n) - ARRAY['key_hash']
        FROM new_rows n;
    ELSIF TG_OP = 'UPDATE' THEN
        INSERT INTO changes (entity, record_id, op, version, audience_before, audience_after, diff)
        SELECT 'terminal', n.id, 'update', n.version, array_remove(ARRAY[o.location_id], NULL), array_remove(ARRAY[n.location_id], NULL),
            CASE WHEN o.name IS DISTINCT FROM n.name THEN jsonb_build_object('name', jsonb_build_array(o.name, n.name)) ELSE '{}' END ||
            CASE WHEN o.location_id IS DISTINCT FROM n.location_id THEN jsonb_build_object('location_id', jsonb_build_array(o.location_id, n.location_id)) ELSE '{}' END ||
            CASE WHEN o.kind IS DISTINCT FROM n.kind THEN jsonb_build_object('kind', jsonb_build_array(o.kind, n.kind)) ELSE '{}' END ||
            CASE WHEN o.last_seen_at IS DISTINCT FROM n.last_seen_at THEN jsonb_build_object('last_seen_at', jsonb_build_array(o.last_seen_at, n.last_seen_at)) ELSE '{}' END ||
            CASE WHEN o.sync_cursor IS DISTINCT FROM n.sync_cursor THEN jsonb_build_object('sync_cursor', jsonb_build_array(o.sync_cursor, n.sync_cursor)) ELSE '{}' END ||
            CASE WHEN o.app_version IS DISTINCT FROM n.app_version THEN jsonb_build_object('app_version', jsonb_build_array(o.app_version, n.app_version)) ELSE '{}' END ||
            CASE WHEN o.revoked_at IS DISTINCT FROM n.revoked_at THEN jsonb_build_object('revoked_at', jsonb_build_array(o.revoked_at, n.revoked_at)) ELSE '{}' END
        FROM new_rows n JOIN old_rows o ON o.id = n.id
        WHERE n.version <> o.version;
    ELSE
        INSERT INTO changes (entity, record_id, op, version, audience_before, audience_after, diff)
        SELECT 'terminal', o.id, 'delete', o.version + 1, array_remove(ARRAY[o.location_id], NULL), '{}', to_jsonb(o) - ARRAY['key_hash']
        FROM old_rows o;
    END IF;
    IF FOUND THEN
        PERFORM pg_notify('backroom_changes', '');
    END IF;
    RETURN NULL;
END $$;

CREATE OR REPLACE TRIGGER capture_insert AFTER INSERT ON terminals
    REFERENCING NEW TABLE AS new_rows FOR EACH STATEMENT EXECUTE FUNCTION backroom.capture_terminals();

CREATE OR REPLACE TRIGGER capture_update AFTER UPDATE ON terminals
    REFERENCING OLD TABLE AS old_rows NEW TABLE AS new_rows FOR EACH STATEMENT EXECUTE FUNCTION backroom.capture_terminals();

CREATE OR REPLACE TRIGGER capture_delete AFTER DELETE ON terminals
    REFERENCING OLD TABLE AS old_rows FOR EACH STATEMENT EXECUTE FUNCTION backroom.capture_terminals();

GRANT SELECT (id, name, location_id, kind, last_seen_at, sync_cursor, app_version, revoked_at, version, created_at, updated_at) ON terminals TO backroom_scoped, backroom_global;
GRANT INSERT (id, name, location_id, kind, last_seen_at, sync_cursor, app_version, revoked_at, version, created_at, updated_at), UPDATE (id, name, location_id, kind, last_seen_at, sync_cursor, app_version, revoked_at, version, created_at, updated_at), DELETE ON terminals TO backroom_scoped, backroom_global;
GRANT SELECT, INSERT, UPDATE ON terminals TO backroom_posting;

ALTER TABLE terminals ENABLE ROW LEVEL SECURITY;
DROP POLICY IF EXISTS see_row ON terminals;
CREATE POLICY see_row ON terminals FOR SELECT TO backroom_scoped
    USING (terminals.location_id = ANY ((SELECT backroom.locations('terminal', 'see'))::uuid[]));
DROP POLICY IF EXISTS create_row ON terminals;
CREATE POLICY create_row ON terminals FOR INSERT TO backroom_scoped
    WITH CHECK (terminals.location_id = ANY ((SELECT backroom.locations('terminal', 'create'))::uuid[]));
DROP POLICY IF EXISTS change_row ON terminals;
CREATE POLICY change_row ON terminals FOR UPDATE TO backroom_scoped
    USING (terminals.location_id = ANY ((SELECT backroom.locations('terminal', 'change'))::uuid[])) WITH CHECK (terminals.location_id = ANY ((SELECT backroom.locations('terminal', 'change'))::uuid[]));
DROP POLICY IF EXISTS delete_row ON terminals;
CREATE POLICY delete_row ON terminals FOR DELETE TO backroom_scoped
    USING (terminals.location_id = ANY ((SELECT backroom.locations('terminal', 'delete'))::uuid[]));
DROP POLICY IF EXISTS post_row ON terminals;
CREATE POLICY post_row ON terminals TO backroom_posting USING (true) WITH CHECK (true);
DO $$ BEGIN
    DROP POLICY IF EXISTS every_row ON terminals;
    IF NOT (SELECT rolbypassrls FROM pg_roles WHERE rolname = 'backroom_global') THEN
        CREATE POLICY every_row ON terminals TO backroom_global USING (true) WITH CHECK (true);
    END IF;
END $$;

DO $$ DECLARE
    stale text;
BEGIN
    FOR stale IN SELECT indexname FROM pg_indexes
        WHERE schemaname = 'public' AND tablename = 'terminals' AND indexname LIKE 'list\_%'
        AND indexname <> ALL (ARRAY['list_terminals_name', 'list_terminals_placed_name', 'list_terminals_last_seen_at', 'list_terminals_placed_last_seen_at', 'list_terminals_app_version', 'list_terminals_placed_app_version', 'list_terminals_revoked_at', 'list_terminals_placed_revoked_at', 'list_terminals_search_name'])
    LOOP
        EXECUTE format('DROP INDEX %I', stale);
    END LOOP;
END $$;
CREATE INDEX IF NOT EXISTS list_terminals_name ON terminals (lower(name), id);
CREATE INDEX IF NOT EXISTS list_terminals_placed_name ON terminals (location_id, lower(name), id);
CREATE INDEX IF NOT EXISTS list_terminals_last_seen_at ON terminals (last_seen_at, id);
CREATE INDEX IF NOT EXISTS list_terminals_placed_last_seen_at ON terminals (location_id, last_seen_at, id);
CREATE INDEX IF NOT EXISTS list_terminals_app_version ON terminals (lower(app_version), id);
CREATE INDEX IF NOT EXISTS list_terminals_placed_app_version ON terminals (location_id, lower(app_version), id);
CREATE INDEX IF NOT EXISTS list_terminals_revoked_at ON terminals (revoked_at, id);
CREATE INDEX IF NOT EXISTS list_terminals_placed_revoked_at ON terminals (location_id, revoked_at, id);
DROP VIEW IF EXISTS backroom.seen_terminals;
CREATE VIEW backroom.seen_terminals AS
    SELECT t.id, t.name, t.location_id, t.kind, t.last_seen_at, t.sync_cursor, t.app_version, t.revoked_at, t.version, t.created_at, t.updated_at
    FROM terminals t
    WHERE t.location_id = ANY ((SELECT backroom.locations('terminal', 'see'))::uuid[]);
GRANT SELECT ON backroom.seen_terminals TO backroom_scoped;

CREATE INDEX IF NOT EXISTS list_terminals_search_name ON terminals USING gin ((' ' || coalesce(name, '')) gin_trgm_ops);
