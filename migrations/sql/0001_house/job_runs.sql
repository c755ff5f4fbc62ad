-- job_runs: One run of a scheduled job.

-- Scope: hq. Generated from the declaration; not edited by hand.

INSERT INTO backroom.entities VALUES ('job_run', 'job_runs', 'job_run')
    ON CONFLICT (entity) DO UPDATE SET table_name = excluded.table_name, permission_entity = excluded.permission_entity;

CREATE OR REPLACE FUNCTION backroom.audience_job_runs(record uuid) RETURNS uuid[]
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS $$
    SELECT '{}'::uuid[] FROM job_runs t WHERE t.id = record
$$;
REVOKE EXECUTE ON FUNCTION backroom.audience_job_runs(uuid) FROM PUBLIC;

CREATE OR REPLACE TRIGGER raise_version BEFORE UPDATE ON job_runs
    FOR EACH ROW EXECUTE FUNCTION backroom.raise_version();

CREATE OR REPLACE FUNCTION backroom.capture_job_runs() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp
-- A pooled session would cache a nested loop that is right for one row and ruinous for 20,000.
SET enable_nestloop = off AS $$
BEGIN
    IF TG_OP = 'INSERT' THEN
        INSERT INTO changes (entity, record_id, op, version, audience_before, audience_after, diff)
        SELECT 'job_run', n.id, 'insert', n.version, '{}', '{}'::uuid[], to_jsonb(n)
        FROM new_rows n;
    ELSIF TG_OP = 'UPDATE' THEN
        INSERT INTO changes (entity, record_id, op, version, audience_before, audience_after, diff)
        SELECT 'job_run', n.id, 'update', n.version, '{}'::uuid[], '{}'::uuid[],
            CASE WHEN o.name IS DISTINCT FROM n.name THEN jsonb_build_object('name', jsonb_build_array(o.name, n.name)) ELSE '{}' END ||
            CASE WHEN o.started_at IS DISTINCT FROM n.started_at THEN jsonb_build_object('started_at', jsonb_build_array(o.started_at, n.started_at)) ELSE '{}' END ||
            CASE WHEN o.finished_at IS DISTINCT FROM n.finished_at THEN jsonb_build_object('finished_at', jsonb_build_array(o.finished_at, n.finished_at)) ELSE '{}' END ||
            CASE WHEN o.milliseconds IS DISTINCT FROM n.milliseconds THEN jsonb_build_object('milliseconds', jsonb_build_array(o.milliseconds, n.milliseconds)) ELSE '{}' END ||
            CASE WHEN o.state IS DISTINCT FROM n.state THEN jsonb_build_object('state', jsonb_build_array(o.state, n.state)) ELSE '{}' END ||
            CASE WHEN o.result IS DISTINCT FROM n.result THEN jsonb_build_object('result', jsonb_build_array(o.result, n.result)) ELSE '{}' END ||
            CASE WHEN o.problem IS DISTINCT FROM n.problem THEN jsonb_build_object('problem', jsonb_build_array(o.problem, n.problem)) ELSE '{}' END
        FROM new_rows n JOIN old_rows o ON o.id = n.id
        WHERE n.version <> o.version;
    ELSE
        INSERT INTO changes (entity, record_id, op, version, audience_before, audience_after, diff)
        SELECT 'job_run', o.id, 'delete', o.version + 1, '{}'::uuid[], '{}', to_jsonb(o)
        FROM old_rows o;
    END IF;
    IF FOUND THEN
        PERFORM pg_notify('backroom_changes', '');
    END IF;
    RETURN NULL;
END $$;

CREATE OR REPLACE TRIGGER capture_insert AFTER INSERT ON job_runs
    REFERENCING NEW TABLE AS new_rows FOR EACH STATEMENT EXECUTE FUNCTION backroom.capture_job_runs();

CREATE OR REPLACE TRIGGER capture_update AFTER UPDATE ON job_runs
    REFERENCING OLD TABLE AS old_rows NEW TABLE AS new_rows FOR EACH STATEMENT EXECUTE FUNCTION backroom.capture_job_runs();

CREATE OR REPLACE TRIGGER capture_delete AFTER DELETE ON job_runs
    REFERENCING OLD TABLE AS old_rows FOR EACH STATEMENT EXECUTE FUNCTION backroom.capture_job_runs();

GRANT SELECT ON job_runs TO backroom_scoped, backroom_global;
GRANT INSERT, UPDATE, DELETE ON job_runs TO backroom_scoped, backroom_global;

ALTER TABLE job_runs ENABLE ROW LEVEL SECURITY;
DROP POLICY IF EXISTS see_row ON job_runs;
CREATE POLICY see_row ON job_runs FOR SELECT TO backroom_scoped
    USING ((SELECT backroom.everywhere('job_run', 'see')));
DROP POLICY IF EXISTS create_row ON job_runs;
CREATE POLICY create_row ON job_runs FOR INSERT TO backroom_scoped
    WITH CHECK ((SELECT backroom.everywhere('job_run', 'create')));
DROP POLICY IF EXISTS change_row ON job_runs;
CREATE POLICY change_row ON job_runs FOR UPDATE TO backroom_scoped
    USING ((SELECT backroom.everywhere('job_run', 'change'))) WITH CHECK ((SELECT backroom.everywhere('job_run', 'change')));
DROP POLICY IF EXISTS delete_row ON job_runs;
CREATE POLICY delete_row ON job_runs FOR DELETE TO backroom_scoped
    USING ((SELECT backroom.everywhere('job_run', 'delete')));
DO $$ BEGIN
    DROP POLICY IF EXISTS every_row ON job_runs;
    IF NOT (SELECT rolbypassrls FROM pg_roles WHERE rolname = 'backroom_global') THEN
        CREATE POLICY every_row ON job_runs TO backroom_global USING (true) WITH CHECK (true);
    END IF;
END $$;

DO $$ DECLARE
    stale text;
BEGIN
    FOR stale IN SELECT indexname FROM pg_indexes
        WHERE schemaname = 'public' AND tablename = 'job_runs' AND indexname LIKE 'list\_%'
        AND indexname <> ALL (ARRAY['list_job_runs_started_at', 'list_job_runs_name', 'list_job_runs_milliseconds', 'list_job_runs_search_name_problem'])
    LOOP
        EXECUTE format('DROP INDEX %I', stale);
    END LOOP;
END $$;
CREATE INDEX IF NOT EXISTS list_job_runs_started_at ON job_runs (started_at, id);
CREATE INDEX IF NOT EXISTS list_job_runs_name ON job_runs (lower(name), id);
CREATE INDEX IF NOT EXISTS list_job_runs_milliseconds ON job_runs (milliseconds, id);
DROP VIEW IF EXISTS backroom.seen_job_runs;
CREATE VIEW backroom.seen_job_runs AS
    SELECT t.id, t.name, t.started_at, t.finished_at, t.milliseconds, t.state, t.result, t.problem, t.version, t.created_at, t.updated_at
    FROM job_runs t
    WHERE (SELECT backroom.everywhere('job_run', 'see'));
GRANT SELECT ON backroom.seen_job_runs TO backroom_scoped;

CREATE INDEX IF NOT EXISTS list_job_runs_search_name_problem ON job_runs USING gin ((' ' || coalesce(name, '') || ' ' || coalesce(problem, '')) gin_trgm_ops);
