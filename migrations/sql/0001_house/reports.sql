-- reports: A saved question: which records, which columns, grouped how, drawn how, and when it is sent.

-- Scope: own. Generated from the declaration; not edited by hand.

INSERT INTO backroom.entities VALUES ('report', 'reports', 'report')
    ON CONFLICT (entity) DO UPDATE SET table_name = excluded.table_name, permission_entity = excluded.permission_entity;

CREATE OR REPLACE FUNCTION backroom.audience_reports(record uuid) RETURNS uuid[]
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS $$
    SELECT CASE WHEN t.shared THEN '{00000000-0000-0000-0000-000000000000}'::uuid[] ELSE array_remove(ARRAY[t.user_id], NULL) END FROM reports t WHERE t.id = record
$$;
REVOKE EXECUTE ON FUNCTION backroom.audience_reports(uuid) FROM PUBLIC;

CREATE OR REPLACE TRIGGER raise_version BEFORE UPDATE ON reports
    FOR EACH ROW EXECUTE FUNCTION backroom.raise_version();

CREATE OR REPLACE FUNCTION backroom.capture_reports() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp
-- A pooled session would cache a nested loop that is right for one row and ruinous for 20,000.
SET enable_nestloop = off AS $$
BEGIN
    IF TG_OP = 'INSERT' THEN
        INSERT INTO changes (entity, record_id, op, version, audience_before, audience_after, diff)
        SELECT 'report', n.id, 'insert', n.version, '{}', CASE WHEN n.shared THEN '{00000000-0000-0000-0000-000000000000}'::uuid[] ELSE array_remove(ARRAY[n.user_id], NULL) END, to_jsonb(n)
        FROM new_rows n;
    ELSIF TG_OP = 'UPDATE' THEN
        INSERT INTO changes (entity, record_id, op, version, audience_before, audience_after, diff)
        SELECT 'report', n.id, 'update', n.version, CASE WHEN o.shared THEN '{00000000-0000-0000-0000-000000000000}'::uuid[] ELSE array_remove(ARRAY[o.user_id], NULL) END, CASE WHEN n.shared THEN '{00000000-0000-0000-0000-000000000000}'::uuid[] ELSE array_remove(ARRAY[n.user_id], NULL) END,
            CASE WHEN o.entity IS DISTINCT FROM n.entity THEN jsonb_build_object('entity', jsonb_build_array(o.entity, n.entity)) ELSE '{}' END ||
            CASE WHEN o.name IS DISTINCT FROM n.name THEN jsonb_build_object('name', jsonb_build_array(o.name, n.name)) ELSE '{}' END ||
            CASE WHEN o.description IS DISTINCT FROM n.description THEN jsonb_build_object('description', jsonb_build_array(o.description, n.description)) ELSE '{}' END ||
            CASE WHEN o.query IS DISTINCT FROM n.query THEN jsonb_build_object('query', jsonb_build_array(o.query, n.query)) ELSE '{}' END ||
            CASE WHEN o.question IS DISTINCT FROM n.question THEN jsonb_build_object('question', jsonb_build_array(o.question, n.question)) ELSE '{}' END ||
            CASE WHEN o.chart IS DISTINCT FROM n.chart THEN jsonb_build_object('chart', jsonb_build_array(o.chart, n.chart)) ELSE '{}' END ||
            CASE WHEN o.shared IS DISTINCT FROM n.shared THEN jsonb_build_object('shared', jsonb_build_array(o.shared, n.shared)) ELSE '{}' END ||
            CASE WHEN o.schedule IS DISTINCT FROM n.schedule THEN jsonb_build_object('schedule', jsonb_build_array(o.schedule, n.schedule)) ELSE '{}' END ||
            CASE WHEN o.last_run_at IS DISTINCT FROM n.last_run_at THEN jsonb_build_object('last_run_at', jsonb_build_array(o.last_run_at, n.last_run_at)) ELSE '{}' END ||
            CASE WHEN o.user_id IS DISTINCT FROM n.user_id THEN jsonb_build_object('user_id', jsonb_build_array(o.user_id, n.user_id)) ELSE '{}' END
        FROM new_rows n JOIN old_rows o ON o.id = n.id
        WHERE n.version <> o.version;
    ELSE
        INSERT INTO changes (entity, record_id, op, version, audience_before, audience_after, diff)
        SELECT 'report', o.id, 'delete', o.version + 1, CASE WHEN o.shared THEN '{00000000-0000-0000-0000-000000000000}'::uuid[] ELSE array_remove(ARRAY[o.user_id], NULL) END, '{}', to_jsonb(o)
        FROM old_rows o;
    END IF;
    IF FOUND THEN
        PERFORM pg_notify('backroom_changes', '');
    END IF;
    RETURN NULL;
END $$;

CREATE OR REPLACE TRIGGER capture_insert AFTER INSERT ON reports
    REFERENCING NEW TABLE AS new_rows FOR EACH STATEMENT EXECUTE FUNCTION backroom.capture_reports();

CREATE OR REPLACE TRIGGER capture_update AFTER UPDATE ON reports
    REFERENCING OLD TABLE AS old_rows NEW TABLE AS new_rows FOR EACH STATEMENT EXECUTE FUNCTION backroom.capture_reports();

CREATE OR REPLACE TRIGGER capture_delete AFTER DELETE ON reports
    REFERENCING OLD TABLE AS old_rows FOR EACH STATEMENT EXECUTE FUNCTION backroom.capture_reports();

GRANT SELECT ON reports TO backroom_scoped, backroom_global;
GRANT INSERT, UPDATE, DELETE ON reports TO backroom_scoped, backroom_global;

ALTER TABLE reports ENABLE ROW LEVEL SECURITY;
DROP POLICY IF EXISTS see_row ON reports;
CREATE POLICY see_row ON reports FOR SELECT TO backroom_scoped
    USING (((SELECT backroom.everywhere('report', 'see')) OR reports.user_id = (SELECT backroom.actor()) OR reports.shared));
DROP POLICY IF EXISTS create_row ON reports;
CREATE POLICY create_row ON reports FOR INSERT TO backroom_scoped
    WITH CHECK (((SELECT backroom.everywhere('report', 'create')) OR reports.user_id = (SELECT backroom.actor())));
DROP POLICY IF EXISTS change_row ON reports;
CREATE POLICY change_row ON reports FOR UPDATE TO backroom_scoped
    USING (((SELECT backroom.everywhere('report', 'change')) OR reports.user_id = (SELECT backroom.actor()))) WITH CHECK (((SELECT backroom.everywhere('report', 'change')) OR reports.user_id = (SELECT backroom.actor())));
DROP POLICY IF EXISTS delete_row ON reports;
CREATE POLICY delete_row ON reports FOR DELETE TO backroom_scoped
    USING (((SELECT backroom.everywhere('report', 'delete')) OR reports.user_id = (SELECT backroom.actor())));
DO $$ BEGIN
    DROP POLICY IF EXISTS every_row ON reports;
    IF NOT (SELECT rolbypassrls FROM pg_roles WHERE rolname = 'backroom_global') THEN
        CREATE POLICY every_row ON reports TO backroom_global USING (true) WITH CHECK (true);
    END IF;
END $$;

DO $$ DECLARE
    stale text;
BEGIN
    FOR stale IN SELECT indexname FROM pg_indexes
        WHERE schemaname = 'public' AND tablename = 'reports' AND indexname LIKE 'list\_%'
        AND indexname <> ALL (ARRAY['list_reports_name', 'list_reports_last_run_at', 'list_reports_search_name_description'])
    LOOP
        EXECUTE format('DROP INDEX %I', stale);
    END LOOP;
END $$;
CREATE INDEX IF NOT EXISTS list_reports_name ON reports (lower(name), id);
CREATE INDEX IF NOT EXISTS list_reports_last_run_at ON reports (last_run_at, id);
DROP VIEW IF EXISTS backroom.seen_reports;
CREATE VIEW backroom.seen_reports AS
    SELECT t.id, t.entity, t.name, t.description, t.query, t.question, t.chart, t.shared, t.schedule, t.last_run_at, t.user_id, t.version, t.created_at, t.updated_at
    FROM reports t
    WHERE ((SELECT backroom.everywhere('report', 'see')) OR t.user_id = (SELECT backroom.actor()) OR t.shared);
GRANT SELECT ON backroom.seen_reports TO backroom_scoped;

CREATE INDEX IF NOT EXISTS list_reports_search_name_description ON reports USING gin ((' ' || coalesce(name, '') || ' ' || coalesce(description, '')) gin_trgm_ops);
