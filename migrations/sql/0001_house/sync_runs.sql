-- sync_runs: One exchange with a terminal: what came, what went, how it ended.

-- Scope: via. Generated from the declaration; not edited by hand.

INSERT INTO backroom.entities VALUES ('sync_run', 'sync_runs', 'sync_run')
    ON CONFLICT (entity) DO UPDATE SET table_name = excluded.table_name, permission_entity = excluded.permission_entity;

CREATE OR REPLACE FUNCTION backroom.audience_sync_runs(record uuid) RETURNS uuid[]
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS $$
    SELECT COALESCE((SELECT array_remove(ARRAY[t_parent.location_id], NULL) FROM terminals t_parent WHERE t_parent.id = t.terminal_id), '{}'::uuid[]) FROM sync_runs t WHERE t.id = record
$$;
REVOKE EXECUTE ON FUNCTION backroom.audience_sync_runs(uuid) FROM PUBLIC;

CREATE OR REPLACE TRIGGER raise_version BEFORE UPDATE ON sync_runs
    FOR EACH ROW EXECUTE FUNCTION backroom.raise_version();

CREATE OR REPLACE FUNCTION backroom.capture_sync_runs() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp
-- A pooled session would cache a nested loop that is right for one row and ruinous for 20,000.
SET enable_nestloop = off AS $$
BEGIN
    IF TG_OP = 'INSERT' THEN
        INSERT INTO changes (entity, record_id, op, version, audience_before, audience_after, diff)
        SELECT 'sync_run', n.id, 'insert', n.version, '{}', COALESCE((SELECT array_remove(ARRAY[n_parent.location_id], NULL) FROM terminals n_parent WHERE n_parent.id = n.terminal_id), '{}'::uuid[]), to_jsonb(n)
        FROM new_rows n;
    ELSIF TG_OP = 'UPDATE' THEN
        INSERT INTO changes (entity, record_id, op, version, audience_before, audience_after, diff)
        SELECT 'sync_run', n.id, 'update', n.version, COALESCE((SELECT array_remove(ARRAY[o_parent.location_id], NULL) FROM terminals o_parent WHERE o_parent.id = o.terminal_id), '{}'::uuid[]), COALESCE((SELECT array_remove(ARRAY[n_parent.location_id], NULL) FROM terminals n_parent WHERE n_parent.id = n.terminal_id), '{}'::uuid[]),
            CASE WHEN o.terminal_id IS DISTINCT FROM n.terminal_id THEN jsonb_build_object('terminal_id', jsonb_build_array(o.terminal_id, n.terminal_id)) ELSE '{}' END ||
            CASE WHEN o.state IS DISTINCT FROM n.state THEN jsonb_build_object('state', jsonb_build_array(o.state, n.state)) ELSE '{}' END ||
            CASE WHEN o.received IS DISTINCT FROM n.received THEN jsonb_build_object('received', jsonb_build_array(o.received, n.received)) ELSE '{}' END ||
            CASE WHEN o.sent IS DISTINCT FROM n.sent THEN jsonb_build_object('sent', jsonb_build_array(o.sent, n.sent)) ELSE '{}' END ||
            CASE WHEN o.quarantined IS DISTINCT FROM n.quarantined THEN jsonb_build_object('quarantined', jsonb_build_array(o.quarantined, n.quarantined)) ELSE '{}' END ||
            CASE WHEN o.finished_at IS DISTINCT FROM n.finished_at THEN jsonb_build_object('finished_at', jsonb_build_array(o.finished_at, n.finished_at)) ELSE '{}' END ||
            CASE WHEN o.problem IS DISTINCT FROM n.problem THEN jsonb_build_object('problem', jsonb_build_array(o.problem, n.problem)) ELSE '{}' END
        FROM new_rows n JOIN old_rows o ON o.id = n.id
        WHERE n.version <> o.version;
    ELSE
        INSERT INTO changes (entity, record_id, op, version, audience_before, audience_after, diff)
        SELECT 'sync_run', o.id, 'delete', o.version + 1, COALESCE((SELECT array_remove(ARRAY[o_parent.location_id], NULL) FROM terminals o_parent WHERE o_parent.id = o.terminal_id), '{}'::uuid[]), '{}', to_jsonb(o)
        FROM old_rows o;
    END IF;
    IF FOUND THEN
        PERFORM pg_notify('backroom_changes', '');
    END IF;
    RETURN NULL;
END $$;

CREATE OR REPLACE TRIGGER capture_insert AFTER INSERT ON sync_runs
    REFERENCING NEW TABLE AS new_rows FOR EACH STATEMENT EXECUTE FUNCTION backroom.capture_sync_runs();

CREATE OR REPLACE TRIGGER capture_update AFTER UPDATE ON sync_runs
    REFERENCING OLD TABLE AS old_rows NEW TABLE AS new_rows FOR EACH STATEMENT EXECUTE FUNCTION backroom.capture_sync_runs();

CREATE OR REPLACE TRIGGER capture_delete AFTER DELETE ON sync_runs
    REFERENCING OLD TABLE AS old_rows FOR EACH STATEMENT EXECUTE FUNCTION backroom.capture_sync_runs();

GRANT SELECT ON sync_runs TO backroom_scoped, backroom_global;
GRANT INSERT, UPDATE, DELETE ON sync_runs TO backroom_scoped, backroom_global;

ALTER TABLE sync_runs ENABLE ROW LEVEL SECURITY;
DROP POLICY IF EXISTS see_row ON sync_runs;
CREATE POLICY see_row ON sync_runs FOR SELECT TO backroom_scoped
    USING (EXISTS (SELECT 1 FROM terminals sync_runs_parent WHERE sync_runs_parent.id IN (sync_runs.terminal_id) AND sync_runs_parent.location_id = ANY ((SELECT backroom.locations('sync_run', 'see'))::uuid[])));
DROP POLICY IF EXISTS create_row ON sync_runs;
CREATE POLICY create_row ON sync_runs FOR INSERT TO backroom_scoped
    WITH CHECK (EXISTS (SELECT 1 FROM terminals sync_runs_parent WHERE sync_runs_parent.id IN (sync_runs.terminal_id) AND sync_runs_parent.location_id = ANY ((SELECT backroom.locations('sync_run', 'create'))::uuid[])));
DROP POLICY IF EXISTS change_row ON sync_runs;
CREATE POLICY change_row ON sync_runs FOR UPDATE TO backroom_scoped
    USING (EXISTS (SELECT 1 FROM terminals sync_runs_parent WHERE sync_runs_parent.id IN (sync_runs.terminal_id) AND sync_runs_parent.location_id = ANY ((SELECT backroom.locations('sync_run', 'change'))::uuid[]))) WITH CHECK (EXISTS (SELECT 1 FROM terminals sync_runs_parent WHERE sync_runs_parent.id IN (sync_runs.terminal_id) AND sync_runs_parent.location_id = ANY ((SELECT backroom.locations('sync_run', 'change'))::uuid[])));
DROP POLICY IF EXISTS delete_row ON sync_runs;
CREATE POLICY delete_row ON sync_runs FOR DELETE TO backroom_scoped
    USING (EXISTS (SELECT 1 FROM terminals sync_runs_parent WHERE sync_runs_parent.id IN (sync_runs.terminal_id) AND sync_runs_parent.location_id = ANY ((SELECT backroom.locations('sync_run', 'delete'))::uuid[])));
DO $$ BEGIN
    DROP POLICY IF EXISTS every_row ON sync_runs;
    IF NOT (SELECT rolbypassrls FROM pg_roles WHERE rolname = 'backroom_global') THEN
        CREATE POLICY every_row ON sync_runs TO backroom_global USING (true) WITH CHECK (true);
    END IF;
END $$;

DO $$ DECLARE
    stale text;
BEGIN
    FOR stale IN SELECT indexname FROM pg_indexes
        WHERE schemaname = 'public' AND tablename = 'sync_runs' AND indexname LIKE 'list\_%'
        AND indexname <> ALL (ARRAY['list_sync_runs_created_at', 'list_sync_runs_received', 'list_sync_runs_sent', 'list_sync_runs_quarantined', 'list_sync_runs_finished_at', 'list_sync_runs_search_problem'])
    LOOP
        EXECUTE format('DROP INDEX %I', stale);
    END LOOP;
END $$;
CREATE INDEX IF NOT EXISTS list_sync_runs_created_at ON sync_runs (created_at, id);
CREATE INDEX IF NOT EXISTS list_sync_runs_received ON sync_runs (received, id);
CREATE INDEX IF NOT EXISTS list_sync_runs_sent ON sync_runs (sent, id);
CREATE INDEX IF NOT EXISTS list_sync_runs_quarantined ON sync_runs (quarantined, id);
CREATE INDEX IF NOT EXISTS list_sync_runs_finished_at ON sync_runs (finished_at, id);
DROP VIEW IF EXISTS backroom.seen_sync_runs;
CREATE VIEW backroom.seen_sync_runs AS
    SELECT t.id, t.terminal_id, t.state, t.received, t.sent, t.quarantined, t.finished_at, t.problem, t.version, t.created_at, t.updated_at
    FROM sync_runs t
    WHERE EXISTS (SELECT 1 FROM terminals t_parent WHERE t_parent.id IN (t.terminal_id) AND t_parent.location_id = ANY ((SELECT backroom.locations('sync_run', 'see'))::uuid[]));
GRANT SELECT ON backroom.seen_sync_runs TO backroom_scoped;

CREATE INDEX IF NOT EXISTS list_sync_runs_search_problem ON sync_runs USING gin ((' ' || coalesce(problem, '')) gin_trgm_ops);
