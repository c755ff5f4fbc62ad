-- import_runs: One file that was imported: how many rows came in, and which did not.

-- Scope: hq. Generated from the declaration; not edited by hand.

INSERT INTO backroom.entities VALUES ('import_run', 'import_runs', 'import_run')
    ON CONFLICT (entity) DO UPDATE SET table_name = excluded.table_name, permission_entity = excluded.permission_entity;

CREATE OR REPLACE FUNCTION backroom.audience_import_runs(record uuid) RETURNS uuid[]
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS $$
    SELECT '{}'::uuid[] FROM import_runs t WHERE t.id = record
$$;
REVOKE EXECUTE ON FUNCTION backroom.audience_import_runs(uuid) FROM PUBLIC;

CREATE OR REPLACE TRIGGER raise_version BEFORE UPDATE ON import_runs
    FOR EACH ROW EXECUTE FUNCTION backroom.raise_version();

CREATE OR REPLACE FUNCTION backroom.capture_import_runs() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp
-- A pooled session would cache a nested loop that is right for one row and ruinous for 20,000.
SET enable_nestloop = off AS $$
BEGIN
    IF TG_OP = 'INSERT' THEN
        INSERT INTO changes (entity, record_id, op, version, audience_before, audience_after, diff)
        SELECT 'import_run', n.id, 'insert', n.version, '{}', '{}'::uuid[], to_jsonb(n)
        FROM new_rows n;
    ELSIF TG_OP = 'UPDATE' THEN
        INSERT INTO changes (entity, record_id, op, version, audience_before, audience_after, diff)
        SELECT 'import_run', n.id, 'update', n.version, '{}'::uuid[], '{}'::uuid[],
            CASE WHEN o.entity IS DISTINCT FROM n.entity THEN jsonb_build_object('entity', jsonb_build_array(o.entity, n.entity)) ELSE '{}' END ||
            CASE WHEN o.user_id IS DISTINCT FROM n.user_id THEN jsonb_build_object('user_id', jsonb_build_array(o.user_id, n.user_id)) ELSE '{}' END ||
            CASE WHEN o.file_name IS DISTINCT FROM n.file_name THEN jsonb_build_object('file_name', jsonb_build_array(o.file_name, n.file_name)) ELSE '{}' END ||
            CASE WHEN o.file IS DISTINCT FROM n.file THEN jsonb_build_object('file', jsonb_build_array(o.file, n.file)) ELSE '{}' END ||
            CASE WHEN o.state IS DISTINCT FROM n.state THEN jsonb_build_object('state', jsonb_build_array(o.state, n.state)) ELSE '{}' END ||
            CASE WHEN o.mapping IS DISTINCT FROM n.mapping THEN jsonb_build_object('mapping', jsonb_build_array(o.mapping, n.mapping)) ELSE '{}' END ||
            CASE WHEN o.created IS DISTINCT FROM n.created THEN jsonb_build_object('created', jsonb_build_array(o.created, n.created)) ELSE '{}' END ||
            CASE WHEN o.changed IS DISTINCT FROM n.changed THEN jsonb_build_object('changed', jsonb_build_array(o.changed, n.changed)) ELSE '{}' END ||
            CASE WHEN o.refused IS DISTINCT FROM n.refused THEN jsonb_build_object('refused', jsonb_build_array(o.refused, n.refused)) ELSE '{}' END ||
            CASE WHEN o.refusals IS DISTINCT FROM n.refusals THEN jsonb_build_object('refusals', jsonb_build_array(o.refusals, n.refusals)) ELSE '{}' END ||
            CASE WHEN o.finished_at IS DISTINCT FROM n.finished_at THEN jsonb_build_object('finished_at', jsonb_build_array(o.finished_at, n.finished_at)) ELSE '{}' END ||
            CASE WHEN o.problem IS DISTINCT FROM n.problem THEN jsonb_build_object('problem', jsonb_build_array(o.problem, n.problem)) ELSE '{}' END
        FROM new_rows n JOIN old_rows o ON o.id = n.id
        WHERE n.version <> o.version;
    ELSE
        INSERT INTO changes (entity, record_id, op, version, audience_before, audience_after, diff)
        SELECT 'import_run', o.id, 'delete', o.version + 1, '{}'::uuid[], '{}', to_jsonb(o)
        FROM old_rows o;
    END IF;
    IF FOUND THEN
        PERFORM pg_notify('backroom_changes', '');
    END IF;
    RETURN NULL;
END $$;

CREATE OR REPLACE TRIGGER capture_insert AFTER INSERT ON import_runs
    REFERENCING NEW TABLE AS new_rows FOR EACH STATEMENT EXECUTE FUNCTION backroom.capture_import_runs();

CREATE OR REPLACE TRIGGER capture_update AFTER UPDATE ON import_runs
    REFERENCING OLD TABLE AS old_rows NEW TABLE AS new_rows FOR EACH STATEMENT EXECUTE FUNCTION backroom.capture_import_runs();

CREATE OR REPLACE TRIGGER capture_delete AFTER DELETE ON import_runs
    REFERENCING OLD TABLE AS old_rows FOR EACH STATEMENT EXECUTE FUNCTION backroom.capture_import_runs();

GRANT SELECT ON import_runs TO backroom_scoped, backroom_global;
GRANT INSERT, UPDATE, DELETE ON import_runs TO backroom_scoped, backroom_global;

ALTER TABLE import_runs ENABLE ROW LEVEL SECURITY;
DROP POLICY IF EXISTS see_row ON import_runs;
CREATE POLICY see_row ON import_runs FOR SELECT TO backroom_scoped
    USING ((SELECT backroom.everywhere('import_run', 'see')));
DROP POLICY IF EXISTS create_row ON import_runs;
CREATE POLICY create_row ON import_runs FOR INSERT TO backroom_scoped
    WITH CHECK ((SELECT backroom.everywhere('import_run', 'create')));
DROP POLICY IF EXISTS change_row ON import_runs;
CREATE POLICY change_row ON import_runs FOR UPDATE TO backroom_scoped
    USING ((SELECT backroom.everywhere('import_run', 'change'))) WITH CHECK ((SELECT backroom.everywhere('import_run', 'change')));
DROP POLICY IF EXISTS delete_row ON import_runs;
CREATE POLICY delete_row ON import_runs FOR DELETE TO backroom_scoped
    USING ((SELECT backroom.everywhere('import_run', 'delete')));
DO $$ BEGIN
    DROP POLICY IF EXISTS every_row ON import_runs;
    IF NOT (SELECT rolbypassrls FROM pg_roles WHERE rolname = 'backroom_global') THEN
        CREATE POLICY every_row ON import_runs TO backroom_global USING (true) WITH CHECK (true);
    END IF;
END $$;

DO $$ DECLARE
    stale text;
BEGIN
    FOR stale IN SELECT indexname FROM pg_indexes
        WHERE schemaname = 'public' AND tablename = 'import_runs' AND indexname LIKE 'list\_%'
        AND indexname <> ALL (ARRAY['list_import_runs_created_at', 'list_import_runs_file_name', 'list_import_runs_created', 'list_import_runs_changed', 'list_import_runs_refused', 'list_import_runs_search_file_name_entity'])
    LOOP
        EXECUTE format('DROP INDEX %I', stale);
    END LOOP;
END $$;
CREATE INDEX IF NOT EXISTS list_import_runs_created_at ON import_runs (created_at, id);
CREATE INDEX IF NOT EXISTS list_import_runs_file_name ON import_runs (lower(file_name), id);
CREATE INDEX IF NOT EXISTS list_import_runs_created ON import_runs (created, id);
CREATE INDEX IF NOT EXISTS list_import_runs_changed ON import_runs (changed, id);
CREATE INDEX IF NOT EXISTS list_import_runs_refused ON import_runs (refused, id);
DROP VIEW IF EXISTS backroom.seen_import_runs;
CREATE VIEW backroom.seen_import_runs AS
    SELECT t.id, t.entity, t.user_id, t.file_name, t.file, t.state, t.mapping, t.created, t.changed, t.refused, t.refusals, t.finished_at, t.problem, t.version, t.created_at, t.updated_at
    FROM import_runs t
    WHERE (SELECT backroom.everywhere('import_run', 'see'));
GRANT SELECT ON backroom.seen_import_runs TO backroom_scoped;

CREATE INDEX IF NOT EXISTS list_import_runs_search_file_name_entity ON import_runs USING gin ((' ' || coalesce(file_name, '') || ' ' || coalesce(entity, '')) gin_trgm_ops);
