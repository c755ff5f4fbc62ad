-- stock_request_lines: One product of a request: how much is wanted and how much was approved.

-- Scope: part. Generated from the declaration; not edited by hand.

INSERT INTO backroom.entities VALUES ('stock_request_line', 'stock_request_lines', 'stock_request')
    ON CONFLICT (entity) DO UPDATE SET table_name = excluded.table_name, permission_entity = excluded.permission_entity;

CREATE OR REPLACE FUNCTION backroom.audience_stock_request_lines(record uuid) RETURNS uuid[]
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS $$
    SELECT COALESCE((SELECT array_remove(ARRAY[t_parent.from_location_id, t_parent.to_location_id], NULL) FROM stock_requests t_parent WHERE t_parent.id = t.stock_request_id), '{}'::uuid[]) FROM stock_request_lines t WHERE t.id = record
$$;
REVOKE EXECUTE ON FUNCTION backroom.audience_stock_request_lines(uuid) FROM PUBLIC;

CREATE OR REPLACE TRIGGER raise_version BEFORE UPDATE ON stock_request_lines
    FOR EACH ROW EXECUTE FUNCTION backroom.raise_version();

CREATE OR REPLACE FUNCTION backroom.capture_stock_request_lines() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp
-- A pooled session would cache a nested loop that is right for one row and ruinous for 20,000.
SET enable_nestloop = off AS $$
BEGIN
    IF TG_OP = 'INSERT' THEN
        INSERT INTO changes (entity, record_id, op, version, audience_before, audience_after, diff)
        SELECT 'stock_request_line', n.id, 'insert', n.version, '{}', COALESCE((SELECT array_remove(ARRAY[n_parent.from_location_id, n_parent.to_location_id], NULL) FROM stock_requests n_parent WHERE n_parent.id = n.stock_request_id), '{}'::uuid[]), to_jsonb(n)
        FROM new_rows n;
    ELSIF TG_OP = 'UPDATE' THEN
        INSERT INTO changes (entity, record_id, op, version, audience_before, audience_after, diff)
        SELECT 'stock_request_line', n.id, 'update', n.version, COALESCE((SELECT array_remove(ARRAY[o_parent.from_location_id, o_parent.to_location_id], NULL) FROM stock_requests o_parent WHERE o_parent.id = o.stock_request_id), '{}'::uuid[]), COALESCE((SELECT array_remove(ARRAY[n_parent.from_location_id, n_parent.to_location_id], NULL) FROM stock_requests n_parent WHERE n_parent.id = n.stock_request_id), '{}'::uuid[]),
            CASE WHEN o.stock_request_id IS DISTINCT FROM n.stock_request_id THEN jsonb_build_object('stock_request_id', jsonb_build_array(o.stock_request_id, n.stock_request_id)) ELSE '{}' END ||
            CASE WHEN o.product_id IS DISTINCT FROM n.product_id THEN jsonb_build_object('product_id', jsonb_build_array(o.product_id, n.product_id)) ELSE '{}' END ||
            CASE WHEN o.quantity IS DISTINCT FROM n.quantity THEN jsonb_build_object('quantity', jsonb_build_array(o.quantity, n.quantity)) ELSE '{}' END ||
            CASE WHEN o.approved_quantity IS DISTINCT FROM n.approved_quantity THEN jsonb_build_object('approved_quantity', jsonb_build_array(o.approved_quantity, n.approved_quantity)) ELSE '{}' END ||
            CASE WHEN o.note IS DISTINCT FROM n.note THEN jsonb_build_object('note', jsonb_build_array(o.note, n.note)) ELSE '{}' END
        FROM new_rows n JOIN old_rows o ON o.id = n.id
        WHERE n.version <> o.version;
    ELSE
        INSERT INTO changes (entity, record_id, op, version, audience_before, audience_after, diff)
        SELECT 'stock_request_line', o.id, 'delete', o.version + 1, COALESCE((SELECT array_remove(ARRAY[o_parent.from_location_id, o_parent.to_location_id], NULL) FROM stock_requests o_parent WHERE o_parent.id = o.stock_request_id), '{}'::uuid[]), '{}', to_jsonb(o)
        FROM old_rows o;
    END IF;
    IF FOUND THEN
        PERFORM pg_notify('backroom_changes', '');
    END IF;
    RETURN NULL;
END $$;

CREATE OR REPLACE TRIGGER capture_insert AFTER INSERT ON stock_request_lines
    REFERENCING NEW TABLE AS new_rows FOR EACH STATEMENT EXECUTE FUNCTION backroom.capture_stock_request_lines();

CREATE OR REPLACE TRIGGER capture_update AFTER UPDATE ON stock_request_lines
    REFERENCING OLD TABLE AS old_rows NEW TABLE AS new_rows FOR EACH STATEMENT EXECUTE FUNCTION backroom.capture_stock_request_lines();

CREATE OR REPLACE TRIGGER capture_delete AFTER DELETE ON stock_request_lines
    REFERENCING OLD TABLE AS old_rows FOR EACH STATEMENT EXECUTE FUNCTION backroom.capture_stock_request_lines();

GRANT SELECT ON stock_request_lines TO backroom_scoped, backroom_global;
GRANT INSERT, UPDATE, DELETE ON stock_request_lines TO backroom_scoped, backroom_global;
GRANT SELECT, INSERT, UPDATE ON stock_request_lines TO backroom_posting;

ALTER TABLE stock_request_lines ENABLE ROW LEVEL SECURITY;
DROP POLICY IF EXISTS see_row ON stock_request_lines;
CREATE POLICY see_row ON stock_request_lines FOR SELECT TO backroom_scoped
    USING (EXISTS (SELECT 1 FROM stock_requests stock_request_lines_parent WHERE stock_request_lines_parent.id IN (stock_request_lines.stock_request_id) AND (stock_request_lines_parent.from_location_id = ANY ((SELECT backroom.locations('stock_request', 'see'))::uuid[]) OR stock_request_lines_parent.to_location_id = ANY ((SELECT backroom.locations('stock_request', 'see'))::uuid[]))));
DROP POLICY IF EXISTS create_row ON stock_request_lines;
CREATE POLICY create_row ON stock_request_lines FOR INSERT TO backroom_scoped
    WITH CHECK (EXISTS (SELECT 1 FROM stock_requests stock_request_lines_parent WHERE stock_request_lines_parent.id IN (stock_request_lines.stock_request_id) AND (stock_request_lines_parent.from_location_id = ANY ((SELECT backroom.locations('stock_request', 'change'))::uuid[]) OR stock_request_lines_parent.to_location_id = ANY ((SELECT backroom.locations('stock_request', 'change'))::uuid[]))));
DROP POLICY IF EXISTS change_row ON stock_request_lines;
CREATE POLICY change_row ON stock_request_lines FOR UPDATE TO backroom_scoped
    USING (EXISTS (SELECT 1 FROM stock_requests stock_request_lines_parent WHERE stock_request_lines_parent.id IN (stock_request_lines.stock_request_id) AND (stock_request_lines_parent.from_location_id = ANY ((SELECT backroom.locations('stock_request', 'change'))::uuid[]) OR stock_request_lines_parent.to_location_id = ANY ((SELECT backroom.locations('stock_request', 'change'))::uuid[])))) WITH CHECK (EXISTS (SELECT 1 FROM stock_requests stock_request_lines_parent WHERE stock_request_lines_parent.id IN (stock_request_lines.stock_request_id) AND (stock_request_lines_parent.from_location_id = ANY ((SELECT backroom.locations('stock_request', 'change'))::uuid[]) OR stock_request_lines_parent.to_location_id = ANY ((SELECT backroom.locations('stock_request', 'change'))::uuid[]))));
DROP POLICY IF EXISTS delete_row ON stock_request_lines;
CREATE POLICY delete_row ON stock_request_lines FOR DELETE TO backroom_scoped
    USING (EXISTS (SELECT 1 FROM stock_requests stock_request_lines_parent WHERE stock_request_lines_parent.id IN (stock_request_lines.stock_request_id) AND (stock_request_lines_parent.from_location_id = ANY ((SELECT backroom.locations('stock_request', 'change'))::uuid[]) OR stock_request_lines_parent.to_location_id = ANY ((SELECT backroom.locations('stock_request', 'change'))::uuid[]))));
DROP POLICY IF EXISTS post_row ON stock_request_lines;
CREATE POLICY post_row ON stock_request_lines TO backroom_posting USING (true) WITH CHECK (true);
DO $$ BEGIN
    DROP POLICY IF EXISTS every_row ON stock_request_lines;
    IF NOT (SELECT rolbypassrls FROM pg_roles WHERE rolname = 'backroom_global') THEN
        CREATE POLICY every_row ON stock_request_lines TO backroom_global USING (true) WITH CHECK (true);
    END IF;
END $$;

DO $$ DECLARE
    stale text;
BEGIN
    FOR stale IN SELECT indexname FROM pg_indexes
        WHERE schemaname = 'public' AND tablename = 'stock_request_lines' AND indexname LIKE 'list\_%'
        AND indexname <> ALL (ARRAY['list_stock_request_lines_created_at', 'list_stock_request_lines_search_'])
    LOOP
        EXECUTE format('DROP INDEX %I', stale);
    END LOOP;
END $$;
CREATE INDEX IF NOT EXISTS list_stock_request_lines_created_at ON stock_request_lines (created_at, id);
DROP VIEW IF EXISTS backroom.seen_stock_request_lines;
CREATE VIEW backroom.seen_stock_request_lines AS
    SELECT t.id, t.stock_request_id, t.product_id, t.quantity, t.approved_quantity, t.note, t.version, t.created_at, t.updated_at
    FROM stock_request_lines t
    WHERE EXISTS (SELECT 1 FROM stock_requests t_parent WHERE t_parent.id IN (t.stock_request_id) AND (t_parent.from_location_id = ANY ((SELECT backroom.locations('stock_request', 'see'))::uuid[]) OR t_parent.to_location_id = ANY ((SELECT backroom.locations('stock_request', 'see'))::uuid[])));
GRANT SELECT ON backroom.seen_stock_request_lines TO backroom_scoped;
