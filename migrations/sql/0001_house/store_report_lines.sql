-- store_report_lines: One product that a report mentions.

-- Scope: part. Generated from the declaration; not edited by hand.

INSERT INTO backroom.entities VALUES ('store_report_line', 'store_report_lines', 'store_report')
    ON CONFLICT (entity) DO UPDATE SET table_name = excluded.table_name, permission_entity = excluded.permission_entity;

CREATE OR REPLACE FUNCTION backroom.audience_store_report_lines(record uuid) RETURNS uuid[]
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS $$
    SELECT COALESCE((SELECT array_remove(ARRAY[t_parent.location_id], NULL) FROM store_reports t_parent WHERE t_parent.id = t.store_report_id), '{}'::uuid[]) FROM store_report_lines t WHERE t.id = record
$$;
REVOKE EXECUTE ON FUNCTION backroom.audience_store_report_lines(uuid) FROM PUBLIC;

CREATE OR REPLACE TRIGGER raise_version BEFORE UPDATE ON store_report_lines
    FOR EACH ROW EXECUTE FUNCTION backroom.raise_version();

CREATE OR REPLACE FUNCTION backroom.capture_store_report_lines() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp
-- A pooled session would cache a nested loop that is right for one row and ruinous for 20,000.
SET enable_nestloop = off AS $$
BEGIN
    IF TG_OP = 'INSERT' THEN
        INSERT INTO changes (entity, record_id, op, version, audience_before, audience_after, diff)
        SELECT 'store_report_line', n.id, 'insert', n.version, '{}', COALESCE((SELECT array_remove(ARRAY[n_parent.location_id], NULL) FROM store_reports n_parent WHERE n_parent.id = n.store_report_id), '{}'::uuid[]), to_jsonb(n)
        FROM new_rows n;
    ELSIF TG_OP = 'UPDATE' THEN
        INSERT INTO changes (entity, record_id, op, version, audience_before, audience_after, diff)
        SELECT 'store_report_line', n.id, 'update', n.version, COALESCE((SELECT array_remove(ARRAY[o_parent.location_id], NULL) FROM store_reports o_parent WHERE o_parent.id = o.store_report_id), '{}'::uuid[]), COALESCE((SELECT array_remove(ARRAY[n_parent.location_id], NULL) FROM store_reports n_parent WHERE n_parent.id = n.store_report_id), '{}'::uuid[]),
            CASE WHEN o.store_report_id IS DISTINCT FROM n.store_report_id THEN jsonb_build_object('store_report_id', jsonb_build_array(o.store_report_id, n.store_report_id)) ELSE '{}' END ||
            CASE WHEN o.product_id IS DISTINCT FROM n.product_id THEN jsonb_build_object('product_id', jsonb_build_array(o.product_id, n.product_id)) ELSE '{}' END ||
            CASE WHEN o.quantity IS DISTINCT FROM n.quantity THEN jsonb_build_object('quantity', jsonb_build_array(o.quantity, n.quantity)) ELSE '{}' END ||
            CASE WHEN o.remark IS DISTINCT FROM n.remark THEN jsonb_build_object('remark', jsonb_build_array(o.remark, n.remark)) ELSE '{}' END
        FROM new_rows n JOIN old_rows o ON o.id = n.id
        WHERE n.version <> o.version;
    ELSE
        INSERT INTO changes (entity, record_id, op, version, audience_before, audience_after, diff)
        SELECT 'store_report_line', o.id, 'delete', o.version + 1, COALESCE((SELECT array_remove(ARRAY[o_parent.location_id], NULL) FROM store_reports o_parent WHERE o_parent.id = o.store_report_id), '{}'::uuid[]), '{}', to_jsonb(o)
        FROM old_rows o;
    END IF;
    IF FOUND THEN
        PERFORM pg_notify('backroom_changes', '');
    END IF;
    RETURN NULL;
END $$;

CREATE OR REPLACE TRIGGER capture_insert AFTER INSERT ON store_report_lines
    REFERENCING NEW TABLE AS new_rows FOR EACH STATEMENT EXECUTE FUNCTION backroom.capture_store_report_lines();

CREATE OR REPLACE TRIGGER capture_update AFTER UPDATE ON store_report_lines
    REFERENCING OLD TABLE AS old_rows NEW TABLE AS new_rows FOR EACH STATEMENT EXECUTE FUNCTION backroom.capture_store_report_lines();

CREATE OR REPLACE TRIGGER capture_delete AFTER DELETE ON store_report_lines
    REFERENCING OLD TABLE AS old_rows FOR EACH STATEMENT EXECUTE FUNCTION backroom.capture_store_report_lines();

GRANT SELECT ON store_report_lines TO backroom_scoped, backroom_global;
GRANT INSERT, UPDATE, DELETE ON store_report_lines TO backroom_scoped, backroom_global;
GRANT SELECT, INSERT, UPDATE ON store_report_lines TO backroom_posting;

ALTER TABLE store_report_lines ENABLE ROW LEVEL SECURITY;
DROP POLICY IF EXISTS see_row ON store_report_lines;
CREATE POLICY see_row ON store_report_lines FOR SELECT TO backroom_scoped
    USING (EXISTS (SELECT 1 FROM store_reports store_report_lines_parent WHERE store_report_lines_parent.id IN (store_report_lines.store_report_id) AND store_report_lines_parent.location_id = ANY ((SELECT backroom.locations('store_report', 'see'))::uuid[])));
DROP POLICY IF EXISTS create_row ON store_report_lines;
CREATE POLICY create_row ON store_report_lines FOR INSERT TO backroom_scoped
    WITH CHECK (EXISTS (SELECT 1 FROM store_reports store_report_lines_parent WHERE store_report_lines_parent.id IN (store_report_lines.store_report_id) AND store_report_lines_parent.location_id = ANY ((SELECT backroom.locations('store_report', 'change'))::uuid[])));
DROP POLICY IF EXISTS change_row ON store_report_lines;
CREATE POLICY change_row ON store_report_lines FOR UPDATE TO backroom_scoped
    USING (EXISTS (SELECT 1 FROM store_reports store_report_lines_parent WHERE store_report_lines_parent.id IN (store_report_lines.store_report_id) AND store_report_lines_parent.location_id = ANY ((SELECT backroom.locations('store_report', 'change'))::uuid[]))) WITH CHECK (EXISTS (SELECT 1 FROM store_reports store_report_lines_parent WHERE store_report_lines_parent.id IN (store_report_lines.store_report_id) AND store_report_lines_parent.location_id = ANY ((SELECT backroom.locations('store_report', 'change'))::uuid[])));
DROP POLICY IF EXISTS delete_row ON store_report_lines;
CREATE POLICY delete_row ON store_report_lines FOR DELETE TO backroom_scoped
    USING (EXISTS (SELECT 1 FROM store_reports store_report_lines_parent WHERE store_report_lines_parent.id IN (store_report_lines.store_report_id) AND store_report_lines_parent.location_id = ANY ((SELECT backroom.locations('store_report', 'change'))::uuid[])));
DROP POLICY IF EXISTS post_row ON store_report_lines;
CREATE POLICY post_row ON store_report_lines TO backroom_posting USING (true) WITH CHECK (true);
DO $$ BEGIN
    DROP POLICY IF EXISTS every_row ON store_report_lines;
    IF NOT (SELECT rolbypassrls FROM pg_roles WHERE rolname = 'backroom_global') THEN
        CREATE POLICY every_row ON store_report_lines TO backroom_global USING (true) WITH CHECK (true);
    END IF;
END $$;

DO $$ DECLARE
    stale text;
BEGIN
    FOR stale IN SELECT indexname FROM pg_indexes
        WHERE schemaname = 'public' AND tablename = 'store_report_lines' AND indexname LIKE 'list\_%'
        AND indexname <> ALL (ARRAY['list_store_report_lines_created_at', 'list_store_report_lines_search_remark'])
    LOOP
        EXECUTE format('DROP INDEX %I', stale);
    END LOOP;
END $$;
CREATE INDEX IF NOT EXISTS list_store_report_lines_created_at ON store_report_lines (created_at, id);
DROP VIEW IF EXISTS backroom.seen_store_report_lines;
CREATE VIEW backroom.seen_store_report_lines AS
    SELECT t.id, t.store_report_id, t.product_id, t.quantity, t.remark, t.version, t.created_at, t.updated_at
    FROM store_report_lines t
    WHERE EXISTS (SELECT 1 FROM store_reports t_parent WHERE t_parent.id IN (t.store_report_id) AND t_parent.location_id = ANY ((SELECT backroom.locations('store_report', 'see'))::uuid[]));
GRANT SELECT ON backroom.seen_store_report_lines TO backroom_scoped;

CREATE INDEX IF NOT EXISTS list_store_report_lines_search_remark ON store_report_lines USING gin ((' ' || coalesce(remark, '')) gin_trgm_ops);
