-- store_reports: A report from a location: remarks, and products with quantities.

-- Scope: at. Generated from the declaration; not edited by hand.

INSERT INTO backroom.entities VALUES ('store_report', 'store_reports', 'store_report')
    ON CONFLICT (entity) DO UPDATE SET table_name = excluded.table_name, permission_entity = excluded.permission_entity;

CREATE OR REPLACE FUNCTION backroom.audience_store_reports(record uuid) RETURNS uuid[]
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS $$
    SELECT array_remove(ARRAY[t.location_id], NULL) FROM store_reports t WHERE t.id = record
$$;
REVOKE EXECUTE ON FUNCTION backroom.audience_store_reports(uuid) FROM PUBLIC;

CREATE OR REPLACE TRIGGER raise_version BEFORE UPDATE ON store_reports
    FOR EACH ROW EXECUTE FUNCTION backroom.raise_version();

CREATE OR REPLACE FUNCTION backroom.capture_store_reports() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp
-- A pooled session would cache a nested loop that is right for one row and ruinous for 20,000.
SET enable_nestloop = off AS $$
BEGIN
    IF TG_OP = 'INSERT' THEN
        INSERT INTO changes (entity, record_id, op, version, audience_before, audience_after, diff)
        SELECT 'store_report', n.id, 'insert', n.version, '{}', array_remove(ARRAY[n.location_id], NULL), to_jsonb(n)
        FROM new_rows n;
    ELSIF TG_OP = 'UPDATE' THEN
        INSERT INTO changes (entity, record_id, op, version, audience_before, audience_after, diff)
        SELECT 'store_report', n.id, 'update', n.version, array_remove(ARRAY[o.location_id], NULL), array_remove(ARRAY[n.location_id], NULL),
            CASE WHEN o.number IS DISTINCT FROM n.number THEN jsonb_build_object('number', jsonb_build_array(o.number, n.number)) ELSE '{}' END ||
            CASE WHEN o.location_id IS DISTINCT FROM n.location_id THEN jsonb_build_object('location_id', jsonb_build_array(o.location_id, n.location_id)) ELSE '{}' END ||
            CASE WHEN o.reported_on IS DISTINCT FROM n.reported_on THEN jsonb_build_object('reported_on', jsonb_build_array(o.reported_on, n.reported_on)) ELSE '{}' END ||
            CASE WHEN o.author_id IS DISTINCT FROM n.author_id THEN jsonb_build_object('author_id', jsonb_build_array(o.author_id, n.author_id)) ELSE '{}' END ||
            CASE WHEN o.remarks IS DISTINCT FROM n.remarks THEN jsonb_build_object('remarks', jsonb_build_array(o.remarks, n.remarks)) ELSE '{}' END ||
            CASE WHEN o.state IS DISTINCT FROM n.state THEN jsonb_build_object('state', jsonb_build_array(o.state, n.state)) ELSE '{}' END
        FROM new_rows n JOIN old_rows o ON o.id = n.id
        WHERE n.version <> o.version;
    ELSE
        INSERT INTO changes (entity, record_id, op, version, audience_before, audience_after, diff)
        SELECT 'store_report', o.id, 'delete', o.version + 1, array_remove(ARRAY[o.location_id], NULL), '{}', to_jsonb(o)
        FROM old_rows o;
    END IF;
    IF FOUND THEN
        PERFORM pg_notify('backroom_changes', '');
    END IF;
    RETURN NULL;
END $$;

CREATE OR REPLACE TRIGGER capture_insert AFTER INSERT ON store_reports
    REFERENCING NEW TABLE AS new_rows FOR EACH STATEMENT EXECUTE FUNCTION backroom.capture_store_reports();

CREATE OR REPLACE TRIGGER capture_update AFTER UPDATE ON store_reports
    REFERENCING OLD TABLE AS old_rows NEW TABLE AS new_rows FOR EACH STATEMENT EXECUTE FUNCTION backroom.capture_store_reports();

CREATE OR REPLACE TRIGGER capture_delete AFTER DELETE ON store_reports
    REFERENCING OLD TABLE AS old_rows FOR EACH STATEMENT EXECUTE FUNCTION backroom.capture_store_reports();

GRANT SELECT ON store_reports TO backroom_scoped, backroom_global;
GRANT INSERT, UPDATE, DELETE ON store_reports TO backroom_scoped, backroom_global;
GRANT SELECT, INSERT, UPDATE ON store_reports TO backroom_posting;
GRANT USAGE ON SEQUENCE number_sr TO backroom_scoped, backroom_global, backroom_posting;

ALTER TABLE store_reports ENABLE ROW LEVEL SECURITY;
DROP POLICY IF EXISTS see_row ON store_reports;
CREATE POLICY see_row ON store_reports FOR SELECT TO backroom_scoped
    USING (store_reports.location_id = ANY ((SELECT backroom.locations('store_report', 'see'))::uuid[]));
DROP POLICY IF EXISTS create_row ON store_reports;
CREATE POLICY create_row ON store_reports FOR INSERT TO backroom_scoped
    WITH CHECK (store_reports.location_id = ANY ((SELECT backroom.locations('store_report', 'create'))::uuid[]));
DROP POLICY IF EXISTS change_row ON store_reports;
CREATE POLICY change_row ON store_reports FOR UPDATE TO backroom_scoped
    USING (store_reports.location_id = ANY ((SELECT backroom.locations('store_report', 'change'))::uuid[])) WITH CHECK (store_reports.location_id = ANY ((SELECT backroom.locations('store_report', 'change'))::uuid[]));
DROP POLICY IF EXISTS delete_row ON store_reports;
CREATE POLICY delete_row ON store_reports FOR DELETE TO backroom_scoped
    USING (store_reports.location_id = ANY ((SELECT backroom.locations('store_report', 'delete'))::uuid[]));
DROP POLICY IF EXISTS post_row ON store_reports;
CREATE POLICY post_row ON store_reports TO backroom_posting USING (true) WITH CHECK (true);
DO $$ BEGIN
    DROP POLICY IF EXISTS every_row ON store_reports;
    IF NOT (SELECT rolbypassrls FROM pg_roles WHERE rolname = 'backroom_global') THEN
        CREATE POLICY every_row ON store_reports TO backroom_global USING (true) WITH CHECK (true);
    END IF;
END $$;

DO $$ DECLARE
    stale text;
BEGIN
    FOR stale IN SELECT indexname FROM pg_indexes
        WHERE schemaname = 'public' AND tablename = 'store_reports' AND indexname LIKE 'list\_%'
        AND indexname <> ALL (ARRAY['list_store_reports_reported_on', 'list_store_reports_placed_reported_on', 'list_store_reports_number', 'list_store_reports_placed_number', 'list_store_reports_search_number_remarks'])
    LOOP
        EXECUTE format('DROP INDEX %I', stale);
    END LOOP;
END $$;
CREATE INDEX IF NOT EXISTS list_store_reports_reported_on ON store_reports (reported_on, id);
CREATE INDEX IF NOT EXISTS list_store_reports_placed_reported_on ON store_reports (location_id, reported_on, id);
CREATE INDEX IF NOT EXISTS list_store_reports_number ON store_reports (number, id);
CREATE INDEX IF NOT EXISTS list_store_reports_placed_number ON store_reports (location_id, number, id);
DROP VIEW IF EXISTS backroom.seen_store_reports;
CREATE VIEW backroom.seen_store_reports AS
    SELECT t.id, t.number, t.location_id, t.reported_on, t.author_id, t.remarks, t.state, t.version, t.created_at, t.updated_at
    FROM store_reports t
    WHERE t.location_id = ANY ((SELECT backroom.locations('store_report', 'see'))::uuid[]);
GRANT SELECT ON backroom.seen_store_reports TO backroom_scoped;

CREATE INDEX IF NOT EXISTS list_store_reports_search_number_remarks ON store_reports USING gin ((' ' || coalesce(number, '') || ' ' || coalesce(remarks, '')) gin_trgm_ops);
