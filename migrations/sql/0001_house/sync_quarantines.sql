-- sync_quarantines: A row from a terminal that did not fit, kept until somebody decides.

-- Scope: via. Generated from the declaration; not edited by hand.

INSERT INTO backroom.entities VALUES ('sync_quarantine', 'sync_quarantines', 'sync_quarantine')
    ON CONFLICT (entity) DO UPDATE SET table_name = excluded.table_name, permission_entity = excluded.permission_entity;

CREATE OR REPLACE FUNCTION backroom.audience_sync_quarantines(record uuid) RETURNS uuid[]
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS $$
    SELECT COALESCE((SELECT array_remove(ARRAY[t_parent.location_id], NULL) FROM terminals t_parent WHERE t_parent.id = t.terminal_id), '{}'::uuid[]) FROM sync_quarantines t WHERE t.id = record
$$;
REVOKE EXECUTE ON FUNCTION backroom.audience_sync_quarantines(uuid) FROM PUBLIC;

CREATE OR REPLACE TRIGGER raise_version BEFORE UPDATE ON sync_quarantines
    FOR EACH ROW EXECUTE FUNCTION backroom.raise_version();

CREATE OR REPLACE FUNCTION backroom.capture_sync_quarantines() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp
-- A pooled session would cache a nested loop that is right for one row and ruinous for 20,000.
SET enable_nestloop = off AS $$
BEGIN
    IF TG_OP = 'INSERT' THEN
        INSERT INTO changes (entity, record_id, op, version, audience_before, audience_after, diff)
        SELECT 'sync_quarantine', n.id, 'insert', n.version, '{}', COALESCE((SELECT array_remove(ARRAY[n_parent.location_id], NULL) FROM terminals n_parent WHERE n_parent.id = n.terminal_id), '{}'::uuid[]), to_jsonb(n)
        FROM new_rows n;
    ELSIF TG_OP = 'UPDATE' THEN
        INSERT INTO changes (entity, record_id, op, version, audience_before, audience_after, diff)
        SELECT 'sync_quarantine', n.id, 'update', n.version, COALESCE((SELECT array_remove(ARRAY[o_parent.location_id], NULL) FROM terminals o_parent WHERE o_parent.id = o.terminal_id), '{}'::uuid[]), COALESCE((SELECT array_remove(ARRAY[n_parent.location_id], NULL) FROM terminals n_parent WHERE n_parent.id = n.terminal_id), '{}'::uuid[]),
            CASE WHEN o.entity IS DISTINCT FROM n.entity THEN jsonb_build_object('entity', jsonb_build_array(o.entity, n.entity)) ELSE '{}' END ||
            CASE WHEN o.terminal_id IS DISTINCT FROM n.terminal_id THEN jsonb_build_object('terminal_id', jsonb_build_array(o.terminal_id, n.terminal_id)) ELSE '{}' END ||
            CASE WHEN o.run_id IS DISTINCT FROM n.run_id THEN jsonb_build_object('run_id', jsonb_build_array(o.run_id, n.run_id)) ELSE '{}' END ||
            CASE WHEN o.row IS DISTINCT FROM n.row THEN jsonb_build_object('row', jsonb_build_array(o.row, n.row)) ELSE '{}' END ||
            CASE WHEN o.reason IS DISTINCT FROM n.reason THEN jsonb_build_object('reason', jsonb_build_array(o.reason, n.reason)) ELSE '{}' END ||
            CASE WHEN o.state IS DISTINCT FROM n.state THEN jsonb_build_object('state', jsonb_build_array(o.state, n.state)) ELSE '{}' END ||
            CASE WHEN o.resolved_by_id IS DISTINCT FROM n.resolved_by_id THEN jsonb_build_object('resolved_by_id', jsonb_build_array(o.resolved_by_id, n.resolved_by_id)) ELSE '{}' END ||
            CASE WHEN o.resolved_at IS DISTINCT FROM n.resolved_at THEN jsonb_build_object('resolved_at', jsonb_build_array(o.resolved_at, n.resolved_at)) ELSE '{}' END
        FROM new_rows n JOIN old_rows o ON o.id = n.id
        WHERE n.version <> o.version;
    ELSE
        INSERT INTO changes (entity, record_id, op, version, audience_before, audience_after, diff)
        SELECT 'sync_quarantine', o.id, 'delete', o.version + 1, COALESCE((SELECT array_remove(ARRAY[o_parent.location_id], NULL) FROM terminals o_parent WHERE o_parent.id = o.terminal_id), '{}'::uuid[]), '{}', to_jsonb(o)
        FROM old_rows o;
    END IF;
    IF FOUND THEN
        PERFORM pg_notify('backroom_changes', '');
    END IF;
    RETURN NULL;
END $$;

CREATE OR REPLACE TRIGGER capture_insert AFTER INSERT ON sync_quarantines
    REFERENCING NEW TABLE AS new_rows FOR EACH STATEMENT EXECUTE FUNCTION backroom.capture_sync_quarantines();

CREATE OR REPLACE TRIGGER capture_update AFTER UPDATE ON sync_quarantines
    REFERENCING OLD TABLE AS old_rows NEW TABLE AS new_rows FOR EACH STATEMENT EXECUTE FUNCTION backroom.capture_sync_quarantines();

CREATE OR REPLACE TRIGGER capture_delete AFTER DELETE ON sync_quarantines
    REFERENCING OLD TABLE AS old_rows FOR EACH STATEMENT EXECUTE FUNCTION backroom.capture_sync_quarantines();

GRANT SELECT ON sync_quarantines TO backroom_scoped, backroom_global;
GRANT INSERT, UPDATE, DELETE ON sync_quarantines TO backroom_scoped, backroom_global;

ALTER TABLE sync_quarantines ENABLE ROW LEVEL SECURITY;
DROP POLICY IF EXISTS see_row ON sync_quarantines;
CREATE POLICY see_row ON sync_quarantines FOR SELECT TO backroom_scoped
    USING (EXISTS (SELECT 1 FROM terminals sync_quarantines_parent WHERE sync_quarantines_parent.id IN (sync_quarantines.terminal_id) AND sync_quarantines_parent.location_id = ANY ((SELECT backroom.locations('sync_quarantine', 'see'))::uuid[])));
DROP POLICY IF EXISTS create_row ON sync_quarantines;
CREATE POLICY create_row ON sync_quarantines FOR INSERT TO backroom_scoped
    WITH CHECK (EXISTS (SELECT 1 FROM terminals sync_quarantines_parent WHERE sync_quarantines_parent.id IN (sync_quarantines.terminal_id) AND sync_quarantines_parent.location_id = ANY ((SELECT backroom.locations('sync_quarantine', 'create'))::uuid[])));
DROP POLICY IF EXISTS change_row ON sync_quarantines;
CREATE POLICY change_row ON sync_quarantines FOR UPDATE TO backroom_scoped
    USING (EXISTS (SELECT 1 FROM terminals sync_quarantines_parent WHERE sync_quarantines_parent.id IN (sync_quarantines.terminal_id) AND sync_quarantines_parent.location_id = ANY ((SELECT backroom.locations('sync_quarantine', 'change'))::uuid[]))) WITH CHECK (EXISTS (SELECT 1 FROM terminals sync_quarantines_parent WHERE sync_quarantines_parent.id IN (sync_quarantines.terminal_id) AND sync_quarantines_parent.location_id = ANY ((SELECT backroom.locations('sync_quarantine', 'change'))::uuid[])));
DROP POLICY IF EXISTS delete_row ON sync_quarantines;
CREATE POLICY delete_row ON sync_quarantines FOR DELETE TO backroom_scoped
    USING (EXISTS (SELECT 1 FROM terminals sync_quarantines_parent WHERE sync_quarantines_parent.id IN (sync_quarantines.terminal_id) AND sync_quarantines_parent.location_id = ANY ((SELECT backroom.locations('sync_quarantine', 'delete'))::uuid[])));
DO $$ BEGIN
    DROP POLICY IF EXISTS every_row ON sync_quarantines;
    IF NOT (SELECT rolbypassrls FROM pg_roles WHERE rolname = 'backroom_global') THEN
        CREATE POLICY every_row ON sync_quarantines TO backroom_global USING (true) WITH CHECK (true);
    END IF;
END $$;

DO $$ DECLARE
    stale text;
BEGIN
    FOR stale IN SELECT indexname FROM pg_indexes
        WHERE schemaname = 'public' AND tablename = 'sync_quarantines' AND indexname LIKE 'list\_%'
        AND indexname <> ALL (ARRAY['list_sync_quarantines_created_at', 'list_sync_quarantines_reason', 'list_sync_quarantines_resolved_at', 'list_sync_quarantines_search_reason_entity'])
    LOOP
        EXECUTE format('DROP INDEX %I', stale);
    END LOOP;
END $$;
CREATE INDEX IF NOT EXISTS list_sync_quarantines_created_at ON sync_quarantines (created_at, id);
CREATE INDEX IF NOT EXISTS list_sync_quarantines_reason ON sync_quarantines (lower(reason), id);
CREATE INDEX IF NOT EXISTS list_sync_quarantines_resolved_at ON sync_quarantines (resolved_at, id);
DROP VIEW IF EXISTS backroom.seen_sync_quarantines;
CREATE VIEW backroom.seen_sync_quarantines AS
    SELECT t.id, t.entity, t.terminal_id, t.run_id, t.row, t.reason, t.state, t.resolved_by_id, t.resolved_at, t.version, t.created_at, t.updated_at
    FROM sync_quarantines t
    WHERE EXISTS (SELECT 1 FROM terminals t_parent WHERE t_parent.id IN (t.terminal_id) AND t_parent.location_id = ANY ((SELECT backroom.locations('sync_quarantine', 'see'))::uuid[]));
GRANT SELECT ON backroom.seen_sync_quarantines TO backroom_scoped;

CREATE INDEX IF NOT EXISTS list_sync_quarantines_search_reason_entity ON sync_quarantines USING gin ((' ' || coalesce(reason, '') || ' ' || coalesce(entity, '')) gin_trgm_ops);
