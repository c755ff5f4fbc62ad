-- order_lines: One product on a client's order.

-- Scope: part. Generated from the declaration; not edited by hand.

INSERT INTO backroom.entities VALUES ('order_line', 'order_lines', 'order')
    ON CONFLICT (entity) DO UPDATE SET table_name = excluded.table_name, permission_entity = excluded.permission_entity;

CREATE OR REPLACE FUNCTION backroom.audience_order_lines(record uuid) RETURNS uuid[]
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS $$
    SELECT COALESCE((SELECT array_remove(ARRAY[t_parent.location_id], NULL) FROM orders t_parent WHERE t_parent.id = t.order_id), '{}'::uuid[]) FROM order_lines t WHERE t.id = record
$$;
REVOKE EXECUTE ON FUNCTION backroom.audience_order_lines(uuid) FROM PUBLIC;

CREATE OR REPLACE TRIGGER raise_version BEFORE UPDATE ON order_lines
    FOR EACH ROW EXECUTE FUNCTION backroom.raise_version('total');

CREATE OR REPLACE FUNCTION backroom.capture_order_lines() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp
-- A pooled session would cache a nested loop that is right for one row and ruinous for 20,000.
SET enable_nestloop = off AS $$
BEGIN
    IF TG_OP = 'INSERT' THEN
        INSERT INTO changes (entity, record_id, op, version, audience_before, audience_after, diff)
        SELECT 'order_line', n.id, 'insert', n.version, '{}', COALESCE((SELECT array_remove(ARRAY[n_parent.location_id], NULL) FROM orders n_parent WHERE n_parent.id = n.order_id), '{}'::uuid[]), to_jsonb(n)
        FROM new_rows n;
    ELSIF TG_OP = 'UPDATE' THEN
        INSERT INTO changes (entity, record_id, op, version, audience_before, audience_after, diff)
        SELECT 'order_line', n.id, 'update', n.version, COALESCE((SELECT array_remove(ARRAY[o_parent.location_id], NULL) FROM orders o_parent WHERE o_parent.id = o.order_id), '{}'::uuid[]), COALESCE((SELECT array_remove(ARRAY[n_parent.location_id], NULL) FROM orders n_parent WHERE n_parent.id = n.order_id), '{}'::uuid[]),
            CASE WHEN o.order_id IS DISTINCT FROM n.order_id THEN jsonb_build_object('order_id', jsonb_build_array(o.order_id, n.order_id)) ELSE '{}' END ||
            CASE WHEN o.product_id IS DISTINCT FROM n.product_id THEN jsonb_build_object('product_id', jsonb_build_array(o.product_id, n.product_id)) ELSE '{}' END ||
            CASE WHEN o.quantity IS DISTINCT FROM n.quantity THEN jsonb_build_object('quantity', jsonb_build_array(o.quantity, n.quantity)) ELSE '{}' END ||
            CASE WHEN o.unit_price IS DISTINCT FROM n.unit_price THEN jsonb_build_object('unit_price', jsonb_build_array(o.unit_price, n.unit_price)) ELSE '{}' END ||
            CASE WHEN o.discount IS DISTINCT FROM n.discount THEN jsonb_build_object('discount', jsonb_build_array(o.discount, n.discount)) ELSE '{}' END ||
            CASE WHEN o.total IS DISTINCT FROM n.total THEN jsonb_build_object('total', jsonb_build_array(o.total, n.total)) ELSE '{}' END
        FROM new_rows n JOIN old_rows o ON o.id = n.id
        WHERE n.version <> o.version;
    ELSE
        INSERT INTO changes (entity, record_id, op, version, audience_before, audience_after, diff)
        SELECT 'order_line', o.id, 'delete', o.version + 1, COALESCE((SELECT array_remove(ARRAY[o_parent.location_id], NULL) FROM orders o_parent WHERE o_parent.id = o.order_id), '{}'::uuid[]), '{}', to_jsonb(o)
        FROM old_rows o;
    END IF;
    IF FOUND THEN
        PERFORM pg_notify('backroom_changes', '');
    END IF;
    RETURN NULL;
END $$;

CREATE OR REPLACE TRIGGER capture_insert AFTER INSERT ON order_lines
    REFERENCING NEW TABLE AS new_rows FOR EACH STATEMENT EXECUTE FUNCTION backroom.capture_order_lines();

CREATE OR REPLACE TRIGGER capture_update AFTER UPDATE ON order_lines
    REFERENCING OLD TABLE AS old_rows NEW TABLE AS new_rows FOR EACH STATEMENT EXECUTE FUNCTION backroom.capture_order_lines();

CREATE OR REPLACE TRIGGER capture_delete AFTER DELETE ON order_lines
    REFERENCING OLD TABLE AS old_rows FOR EACH STATEMENT EXECUTE FUNCTION backroom.capture_order_lines();

GRANT SELECT ON order_lines TO backroom_scoped, backroom_global;
GRANT INSERT, UPDATE, DELETE ON order_lines TO backroom_scoped, backroom_global;
GRANT SELECT, INSERT, UPDATE ON order_lines TO backroom_posting;

ALTER TABLE order_lines ENABLE ROW LEVEL SECURITY;
DROP POLICY IF EXISTS see_row ON order_lines;
CREATE POLICY see_row ON order_lines FOR SELECT TO backroom_scoped
    USING (EXISTS (SELECT 1 FROM orders order_lines_parent WHERE order_lines_parent.id IN (order_lines.order_id) AND order_lines_parent.location_id = ANY ((SELECT backroom.locations('order', 'see'))::uuid[])));
DROP POLICY IF EXISTS create_row ON order_lines;
CREATE POLICY create_row ON order_lines FOR INSERT TO backroom_scoped
    WITH CHECK (EXISTS (SELECT 1 FROM orders order_lines_parent WHERE order_lines_parent.id IN (order_lines.order_id) AND order_lines_parent.location_id = ANY ((SELECT backroom.locations('order', 'change'))::uuid[])));
DROP POLICY IF EXISTS change_row ON order_lines;
CREATE POLICY change_row ON order_lines FOR UPDATE TO backroom_scoped
    USING (EXISTS (SELECT 1 FROM orders order_lines_parent WHERE order_lines_parent.id IN (order_lines.order_id) AND order_lines_parent.location_id = ANY ((SELECT backroom.locations('order', 'change'))::uuid[]))) WITH CHECK (EXISTS (SELECT 1 FROM orders order_lines_parent WHERE order_lines_parent.id IN (order_lines.order_id) AND order_lines_parent.location_id = ANY ((SELECT backroom.locations('order', 'change'))::uuid[])));
DROP POLICY IF EXISTS delete_row ON order_lines;
CREATE POLICY delete_row ON order_lines FOR DELETE TO backroom_scoped
    USING (EXISTS (SELECT 1 FROM orders order_lines_parent WHERE order_lines_parent.id IN (order_lines.order_id) AND order_lines_parent.location_id = ANY ((SELECT backroom.locations('order', 'change'))::uuid[])));
DROP POLICY IF EXISTS post_row ON order_lines;
CREATE POLICY post_row ON order_lines TO backroom_posting USING (true) WITH CHECK (true);
DO $$ BEGIN
    DROP POLICY IF EXISTS every_row ON order_lines;
    IF NOT (SELECT rolbypassrls FROM pg_roles WHERE rolname = 'backroom_global') THEN
        CREATE POLICY every_row ON order_lines TO backroom_global USING (true) WITH CHECK (true);
    END IF;
END $$;

DO $$ DECLARE
    stale text;
BEGIN
    FOR stale IN SELECT indexname FROM pg_indexes
        WHERE schemaname = 'public' AND tablename = 'order_lines' AND indexname LIKE 'list\_%'
        AND indexname <> ALL (ARRAY['list_order_lines_created_at', 'list_order_lines_search_'])
    LOOP
        EXECUTE format('DROP INDEX %I', stale);
    END LOOP;
END $$;
CREATE INDEX IF NOT EXISTS list_order_lines_created_at ON order_lines (created_at, id);
DROP VIEW IF EXISTS backroom.seen_order_lines;
CREATE VIEW backroom.seen_order_lines AS
    SELECT t.id, t.order_id, t.product_id, t.quantity, t.unit_price, t.discount, t.total, t.version, t.created_at, t.updated_at
    FROM order_lines t
    WHERE EXISTS (SELECT 1 FROM orders t_parent WHERE t_parent.id IN (t.order_id) AND t_parent.location_id = ANY ((SELECT backroom.locations('order', 'see'))::uuid[]));
GRANT SELECT ON backroom.seen_order_lines TO backroom_scoped;
