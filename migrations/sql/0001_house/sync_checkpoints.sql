-- sync_checkpoints: How far a terminal has come with one table.

-- Scope: via. Generated from the declaration; not edited by hand.

INSERT INTO backroom.entities VALUES ('sync_checkpoint', 'sync_checkpoints', 'sync_checkpoint')
    ON CONFLICT (entity) DO UPDATE SET table_name = excluded.table_name, permission_entity = excluded.permission_entity;

CREATE OR REPLACE FUNCTION backroom.audience_sync_checkpoints(record uuid) RETURNS uuid[]
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS $$
    SELECT COALESCE((SELECT array_remove(ARRAY[t_parent.location_id], NULL) FROM terminals t_parent WHERE t_parent.id = t.terminal_id), '{}'::uuid[]) FROM sync_checkpoints t WHERE t.id = record
$$;
REVOKE EXECUTE ON FUNCTION backroom.audience_sync_checkpoints(uuid) FROM PUBLIC;

CREATE OR REPLACE TRIGGER raise_version BEFORE UPDATE ON sync_checkpoints
    FOR EACH ROW EXECUTE FUNCTION backroom.raise_version();

CREATE OR REPLACE FUNCTION backroom.capture_sync_checkpoints() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp
-- A pooled session would cache a nested loop that is right for one row and ruinous for 20,000.
SET enable_nestloop = off AS $$
BEGIN
    IF TG_OP = 'INSERT' THEN
        INSERT INTO changes (entity, record_id, op, version, audience_before, audience_after, diff)
        SELECT 'sync_checkpoint', n.id, 'insert', n.version, '{}', COALESCE((SELECT array_remove(ARRAY[n_parent.location_id], NULL) FROM terminals n_parent WHERE n_parent.id = n.terminal_id), '{}'::uuid[]), to_jsonb(n)
        FROM new_rows n;
    ELSIF TG_OP = 'UPDATE' THEN
        INSERT INTO changes (entity, record_id, op, version, audience_before, audience_after, diff)
        SELECT 'sync_checkpoint', n.id, 'update', n.version, COALESCE((SELECT array_remove(ARRAY[o_parent.location_id], NULL) FROM terminals o_parent WHERE o_parent.id = o.terminal_id), '{}'::uuid[]), COALESCE((SELECT array_remove(ARRAY[n_parent.location_id], NULL) FROM terminals n_parent WHERE n_parent.id = n.terminal_id), '{}'::uuid[]),
            CASE WHEN o.entity IS DISTINCT FROM n.entity THEN jsonb_build_object('entity', jsonb_build_array(o.entity, n.entity)) ELSE '{}' END ||
            CASE WHEN o.terminal_id IS DISTINCT FROM n.terminal_id THEN jsonb_build_object('terminal_id', jsonb_build_array(o.terminal_id, n.terminal_id)) ELSE '{}' END ||
            CASE WHEN o.direction IS DISTINCT FROM n.direction THEN jsonb_build_object('direction', jsonb_build_array(o.direction, n.direction)) ELSE '{}' END ||
            CASE WHEN o.cursor IS DISTINCT FROM n.cursor THEN jsonb_build_object('cursor', jsonb_build_array(o.cursor, n.cursor)) ELSE '{}' END
        FROM new_rows n JOIN old_rows o ON o.id = n.id
        WHERE n.version <> o.version;
    ELSE
        INSERT INTO changes (entity, record_id, op, version, audience_before, audience_after, diff)
        SELECT 'sync_checkpoint', o.id, 'delete', o.version + 1, COALESCE((SELECT array_remove(ARRAY[o_parent.location_id], NULL) FROM terminals o_parent WHERE o_parent.id = o.terminal_id), '{}'::uuid[]), '{}', to_jsonb(o)
        FROM old_rows o;
    END IF;
    IF FOUND THEN
        PERFORM pg_notify('backroom_changes', '');
    END IF;
    RETURN NULL;
END $$;

CREATE OR REPLACE TRIGGER capture_insert AFTER INSERT ON sync_checkpoints
    REFERENCING NEW TABLE AS new_rows FOR EACH STATEMENT EXECUTE FUNCTION backroom.capture_sync_checkpoints();

CREATE OR REPLACE TRIGGER capture_update AFTER UPDATE ON sync_checkpoints
    REFERENCING OLD TABLE AS old_rows NEW TABLE AS new_rows FOR EACH STATEMENT EXECUTE FUNCTION backroom.capture_sync_checkpoints();

CREATE OR REPLACE TRIGGER capture_delete AFTER DELETE ON sync_checkpoints
    REFERENCING OLD TABLE AS old_rows FOR EACH STATEMENT EXECUTE FUNCTION backroom.capture_sync_checkpoints();

GRANT SELECT ON sync_checkpoints TO backroom_scoped, backroom_global;
GRANT INSERT, UPDATE, DELETE ON sync_checkpoints TO backroom_scoped, backroom_global;

ALTER TABLE sync_checkpoints ENABLE ROW LEVEL SECURITY;
DROP POLICY IF EXISTS see_row ON sync_checkpoints;
CREATE POLICY see_row ON sync_checkpoints FOR SELECT TO backroom_scoped
    USING (EXISTS (SELECT 1 FROM terminals sync_checkpoints_parent WHERE sync_checkpoints_parent.id IN (sync_checkpoints.terminal_id) AND sync_checkpoints_parent.location_id = ANY ((SELECT backroom.locations('sync_checkpoint', 'see'))::uuid[])));
DROP POLICY IF EXISTS create_row ON sync_checkpoints;
CREATE POLICY create_row ON sync_checkpoints FOR INSERT TO backroom_scoped
    WITH CHECK (EXISTS (SELECT 1 FROM terminals sync_checkpoints_parent WHERE sync_checkpoints_parent.id IN (sync_checkpoints.terminal_id) AND sync_checkpoints_parent.location_id = ANY ((SELECT backroom.locations('sync_checkpoint', 'create'))::uuid[])));
DROP POLICY IF EXISTS change_row ON sync_checkpoints;
CREATE POLICY change_row ON sync_checkpoints FOR UPDATE TO backroom_scoped
    USING (EXISTS (SELECT 1 FROM terminals sync_checkpoints_parent WHERE sync_checkpoints_parent.id IN (sync_checkpoints.terminal_id) AND sync_checkpoints_parent.location_id = ANY ((SELECT backroom.locations('sync_checkpoint', 'change'))::uuid[]))) WITH CHECK (EXISTS (SELECT 1 FROM terminals sync_checkpoints_parent WHERE sync_checkpoints_parent.id IN (sync_checkpoints.terminal_id) AND sync_checkpoints_parent.location_id = ANY ((SELECT backroom.locations('sync_checkpoint', 'change'))::uuid[])));
DROP POLICY IF EXISTS delete_row ON sync_checkpoints;
CREATE POLICY delete_row ON sync_checkpoints FOR DELETE TO backroom_scoped
    USING (EXISTS (SELECT 1 FROM terminals sync_checkpoints_parent WHERE sync_checkpoints_parent.id IN (sync_checkpoints.terminal_id) AND sync_checkpoints_parent.location_id = ANY ((SELECT backroom.locations('sync_checkpoint', 'delete'))::uuid[])));
DO $$ BEGIN
    DROP POLICY IF EXISTS every_row ON sync_checkpoints;
    IF NOT (SELECT rolbypassrls FROM pg_roles WHERE rolname = 'backroom_global') THEN
        CREATE POLICY every_row ON sync_checkpoints TO backroom_global USING (true) WITH CHECK (true);
    END IF;
END $$;

DO $$ DECLARE
    stale text;
BEGIN
    FOR stale IN SELECT indexname FROM pg_indexes
        WHERE schemaname = 'public' AND tablename = 'sync_checkpoints' AND indexname LIKE 'list\_%'
        AND indexname <> ALL (ARRAY['list_sync_checkpoints_updated_at', 'list_sync_checkpoints_cursor', 'list_sync_checkpoints_search_entity'])
    LOOP
        EXECUTE format('DROP INDEX %I', stale);
    END LOOP;
END $$;
CREATE INDEX IF NOT EXISTS list_sync_checkpoints_updated_at ON sync_checkpoints (updated_at, id);
CREATE INDEX IF NOT EXISTS list_sync_checkpoints_cursor ON sync_checkpoints (lower(cursor), id);
DROP VIEW IF EXISTS backroom.seen_sync_checkpoints;
CREATE VIEW backroom.seen_sync_checkpoints AS
    SELECT t.id, t.entity, t.terminal_id, t.direction, t.cursor, t.version, t.created_at, t.updated_at
    FROM sync_checkpoints t
    WHERE EXISTS (SELECT 1 FROM terminals t_parent WHERE t_parent.id IN (t.terminal_id) AND t_parent.location_id = ANY ((SELECT backroom.locations('sync_checkpoint', 'see'))::uuid[]));
GRANT SELECT ON backroom.seen_sync_checkpoints TO backroom_scoped;

CREATE INDEX IF NOT EXISTS list_sync_checkpoints_search_entity ON sync_checkpoints USING gin ((' ' || coalesce(entity, '')) gin_trgm_ops);
