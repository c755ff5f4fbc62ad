-- purchase_order_lines: One product of a purchase order: how much was ordered, how much has come.

-- Scope: part. Generated from the declaration; not edited by hand.

INSERT INTO backroom.entities VALUES ('purchase_order_line', 'purchase_order_lines', 'purchase_order')
    ON CONFLICT (entity) DO UPDATE SET table_name = excluded.table_name, permission_entity = excluded.permission_entity;

CREATE OR REPLACE FUNCTION backroom.audience_purchase_order_lines(record uuid) RETURNS uuid[]
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS $$
    SELECT COALESCE((SELECT array_remove(ARRAY[t_parent.location_id], NULL) FROM purchase_orders t_parent WHERE t_parent.id = t.purchase_order_id), '{}'::uuid[]) FROM purchase_order_lines t WHERE t.id = record
$$;
REVOKE EXECUTE ON FUNCTION backroom.audience_purchase_order_lines(uuid) FROM PUBLIC;

CREATE OR REPLACE TRIGGER raise_version BEFORE UPDATE ON purchase_order_lines
    FOR EACH ROW EXECUTE FUNCTION backroom.raise_version('open_quantity');

CREATE OR REPLACE FUNCTION backroom.capture_purchase_order_lines() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp
-- A pooled session would cache a nested loop that is right for one row and ruinous for 20,000.
SET enable_nestloop = off AS $$
BEGIN
    IF TG_OP = 'INSERT' THEN
        INSERT INTO changes (entity, record_id, op, version, audience_before, audience_after, diff)
        SELECT 'purchase_order_line', n.id, 'insert', n.version, '{}', COALESCE((SELECT array_remove(ARRAY[n_parent.location_id], NULL) FROM purchase_orders n_parent WHERE n_parent.id = n.purchase_order_id), '{}'::uuid[]), to_jsonb(n)
        FROM new_rows n;
    ELSIF TG_OP = 'UPDATE' THEN
        INSERT INTO changes (entity, record_id, op, version, audience_before, audience_after, diff)
        SELECT 'purchase_order_line', n.id, 'update', n.version, COALESCE((SELECT array_remove(ARRAY[o_parent.location_id], NULL) FROM purchase_orders o_parent WHERE o_parent.id = o.purchase_order_id), '{}'::uuid[]), COALESCE((SELECT array_remove(ARRAY[n_parent.location_id], NULL) FROM purchase_orders n_parent WHERE n_parent.id = n.purchase_order_id), '{}'::uuid[]),
            CASE WHEN o.purchase_order_id IS DISTINCT FROM n.purchase_order_id THEN jsonb_build_object('purchase_order_id', jsonb_build_array(o.purchase_order_id, n.purchase_order_id)) ELSE '{}' END ||
            CASE WHEN o.product_id IS DISTINCT FROM n.product_id THEN jsonb_build_object('product_id', jsonb_build_array(o.product_id, n.product_id)) ELSE '{}' END ||
            CASE WHEN o.quantity IS DISTINCT FROM n.quantity THEN jsonb_build_object('quantity', jsonb_build_array(o.quantity, n.quantity)) ELSE '{}' END ||
            CASE WHEN o.received_quantity IS DISTINCT FROM n.received_quantity THEN jsonb_build_object('received_quantity', jsonb_build_array(o.received_quantity, n.received_quantity)) ELSE '{}' END ||
            CASE WHEN o.open_quantity IS DISTINCT FROM n.open_quantity THEN jsonb_build_object('open_quantity', jsonb_build_array(o.open_quantity, n.open_quantity)) ELSE '{}' END ||
            CASE WHEN o.unit_cost IS DISTINCT FROM n.unit_cost THEN jsonb_build_object('unit_cost', jsonb_build_array(o.unit_cost, n.unit_cost)) ELSE '{}' END ||
            CASE WHEN o.note IS DISTINCT FROM n.note THEN jsonb_build_object('note', jsonb_build_array(o.note, n.note)) ELSE '{}' END
        FROM new_rows n JOIN old_rows o ON o.id = n.id
        WHERE n.version <> o.version;
    ELSE
        INSERT INTO changes (entity, record_id, op, version, audience_before, audience_after, diff)
        SELECT 'purchase_order_line', o.id, 'delete', o.version + 1, COALESCE((SELECT array_remove(ARRAY[o_parent.location_id], NULL) FROM purchase_orders o_parent WHERE o_parent.id = o.purchase_order_id), '{}'::uuid[]), '{}', to_jsonb(o)
        FROM old_rows o;
    END IF;
    IF FOUND THEN
        PERFORM pg_notify('backroom_changes', '');
    END IF;
    RETURN NULL;
END $$;

CREATE OR REPLACE TRIGGER capture_insert AFTER INSERT ON purchase_order_lines
    REFERENCING NEW TABLE AS new_rows FOR EACH STATEMENT EXECUTE FUNCTION backroom.capture_purchase_order_lines();

CREATE OR REPLACE TRIGGER capture_update AFTER UPDATE ON purchase_order_lines
    REFERENCING OLD TABLE AS old_rows NEW TABLE AS new_rows FOR EACH STATEMENT EXECUTE FUNCTION backroom.capture_purchase_order_lines();

CREATE OR REPLACE TRIGGER capture_delete AFTER DELETE ON purchase_order_lines
    REFERENCING OLD TABLE AS old_rows FOR EACH STATEMENT EXECUTE FUNCTION backroom.capture_purchase_order_lines();

GRANT SELECT ON purchase_order_lines TO backroom_scoped, backroom_global;
GRANT INSERT, UPDATE, DELETE ON purchase_order_lines TO backroom_scoped, backroom_global;
GRANT SELECT, INSERT, UPDATE ON purchase_order_lines TO backroom_posting;

ALTER TABLE purchase_order_lines ENABLE ROW LEVEL SECURITY;
DROP POLICY IF EXISTS see_row ON purchase_order_lines;
CREATE POLICY see_row ON purchase_order_lines FOR SELECT TO backroom_scoped
    USING (EXISTS (SELECT 1 FROM purchase_orders purchase_order_lines_parent WHERE purchase_order_lines_parent.id IN (purchase_order_lines.purchase_order_id) AND purchase_order_lines_parent.location_id = ANY ((SELECT backroom.locations('purchase_order', 'see'))::uuid[])));
DROP POLICY IF EXISTS create_row ON purchase_order_lines;
CREATE POLICY create_row ON purchase_order_lines FOR INSERT TO backroom_scoped
    WITH CHECK (EXISTS (SELECT 1 FROM purchase_orders purchase_order_lines_parent WHERE purchase_order_lines_parent.id IN (purchase_order_lines.purchase_order_id) AND purchase_order_lines_parent.location_id = ANY ((SELECT backroom.locations('purchase_order', 'change'))::uuid[])));
DROP POLICY IF EXISTS change_row ON purchase_order_lines;
CREATE POLICY change_row ON purchase_order_lines FOR UPDATE TO backroom_scoped
    USING (EXISTS (SELECT 1 FROM purchase_orders purchase_order_lines_parent WHERE purchase_order_lines_parent.id IN (purchase_order_lines.purchase_order_id) AND purchase_order_lines_parent.location_id = ANY ((SELECT backroom.locations('purchase_order', 'change'))::uuid[]))) WITH CHECK (EXISTS (SELECT 1 FROM purchase_orders purchase_order_lines_parent WHERE purchase_order_lines_parent.id IN (purchase_order_lines.purchase_order_id) AND purchase_order_lines_parent.location_id = ANY ((SELECT backroom.locations('purchase_order', 'change'))::uuid[])));
DROP POLICY IF EXISTS delete_row ON purchase_order_lines;
CREATE POLICY delete_row ON purchase_order_lines FOR DELETE TO backroom_scoped
    USING (EXISTS (SELECT 1 FROM purchase_orders purchase_order_lines_parent WHERE purchase_order_lines_parent.id IN (purchase_order_lines.purchase_order_id) AND purchase_order_lines_parent.location_id = ANY ((SELECT backroom.locations('purchase_order', 'change'))::uuid[])));
DROP POLICY IF EXISTS post_row ON purchase_order_lines;
CREATE POLICY post_row ON purchase_order_lines TO backroom_posting USING (true) WITH CHECK (true);
DO $$ BEGIN
    DROP POLICY IF EXISTS every_row ON purchase_order_lines;
    IF NOT (SELECT rolbypassrls FROM pg_roles WHERE rolname = 'backroom_global') THEN
        CREATE POLICY every_row ON purchase_order_lines TO backroom_global USING (true) WITH CHECK (true);
    END IF;
END $$;

DO $$ DECLARE
    stale text;
BEGIN
    FOR stale IN SELECT indexname FROM pg_indexes
        WHERE schemaname = 'public' AND tablename = 'purchase_order_lines' AND indexname LIKE 'list\_%'
        AND indexname <> ALL (ARRAY['list_purchase_order_lines_created_at', 'list_purchase_order_lines_search_'])
    LOOP
        EXECUTE format('DROP INDEX %I', stale);
    END LOOP;
END $$;
CREATE INDEX IF NOT EXISTS list_purchase_order_lines_created_at ON purchase_order_lines (created_at, id);
DROP VIEW IF EXISTS backroom.seen_purchase_order_lines;
CREATE VIEW backroom.seen_purchase_order_lines AS
    SELECT t.id, t.purchase_order_id, t.product_id, t.quantity, t.received_quantity, t.open_quantity, t.unit_cost, t.note, t.version, t.created_at, t.updated_at
    FROM purchase_order_lines t
    WHERE EXISTS (SELECT 1 FROM purchase_orders t_parent WHERE t_parent.id IN (t.purchase_order_id) AND t_parent.location_id = ANY ((SELECT backroom.locations('purchase_order', 'see'))::uuid[]));
GRANT SELECT ON backroom.seen_purchase_order_lines TO backroom_scoped;
