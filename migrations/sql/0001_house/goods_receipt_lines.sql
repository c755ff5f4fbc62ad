-- goods_receipt_lines: How much of one product came, how much of it broken, and at what cost.

-- Scope: part. Generated from the declaration; not edited by hand.

INSERT INTO backroom.entities VALUES ('goods_receipt_line', 'goods_receipt_lines', 'goods_receipt')
    ON CONFLICT (entity) DO UPDATE SET table_name = excluded.table_name, permission_entity = excluded.permission_entity;

CREATE OR REPLACE FUNCTION backroom.audience_goods_receipt_lines(record uuid) RETURNS uuid[]
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS $$
    SELECT COALESCE((SELECT array_remove(ARRAY[t_parent.location_id], NULL) FROM goods_receipts t_parent WHERE t_parent.id = t.goods_receipt_id), '{}'::uuid[]) FROM goods_receipt_lines t WHERE t.id = record
$$;
REVOKE EXECUTE ON FUNCTION backroom.audience_goods_receipt_lines(uuid) FROM PUBLIC;

CREATE OR REPLACE TRIGGER raise_version BEFORE UPDATE ON goods_receipt_lines
    FOR EACH ROW EXECUTE FUNCTION backroom.raise_version();

CREATE OR REPLACE FUNCTION backroom.capture_goods_receipt_lines() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp
-- A pooled session would cache a nested loop that is right for one row and ruinous for 20,000.
SET enable_nestloop = off AS $$
BEGIN
    IF TG_OP = 'INSERT' THEN
        INSERT INTO changes (entity, record_id, op, version, audience_before, audience_after, diff)
        SELECT 'goods_receipt_line', n.id, 'insert', n.version, '{}', COALESCE((SELECT array_remove(ARRAY[n_parent.location_id], NULL) FROM goods_receipts n_parent WHERE n_parent.id = n.goods_receipt_id), '{}'::uuid[]), to_jsonb(n)
        FROM new_rows n;
    ELSIF TG_OP = 'UPDATE' THEN
        INSERT INTO changes (entity, record_id, op, version, audience_before, audience_after, diff)
        SELECT 'goods_receipt_line', n.id, 'update', n.version, COALESCE((SELECT array_remove(ARRAY[o_parent.location_id], NULL) FROM goods_receipts o_parent WHERE o_parent.id = o.goods_receipt_id), '{}'::uuid[]), COALESCE((SELECT array_remove(ARRAY[n_parent.location_id], NULL) FROM goods_receipts n_parent WHERE n_parent.id = n.goods_receipt_id), '{}'::uuid[]),
            CASE WHEN o.goods_receipt_id IS DISTINCT FROM n.goods_receipt_id THEN jsonb_build_object('goods_receipt_id', jsonb_build_array(o.goods_receipt_id, n.goods_receipt_id)) ELSE '{}' END ||
            CASE WHEN o.product_id IS DISTINCT FROM n.product_id THEN jsonb_build_object('product_id', jsonb_build_array(o.product_id, n.product_id)) ELSE '{}' END ||
            CASE WHEN o.quantity IS DISTINCT FROM n.quantity THEN jsonb_build_object('quantity', jsonb_build_array(o.quantity, n.quantity)) ELSE '{}' END ||
            CASE WHEN o.damaged_quantity IS DISTINCT FROM n.damaged_quantity THEN jsonb_build_object('damaged_quantity', jsonb_build_array(o.damaged_quantity, n.damaged_quantity)) ELSE '{}' END ||
            CASE WHEN o.unit_cost IS DISTINCT FROM n.unit_cost THEN jsonb_build_object('unit_cost', jsonb_build_array(o.unit_cost, n.unit_cost)) ELSE '{}' END ||
            CASE WHEN o.purchase_order_line_id IS DISTINCT FROM n.purchase_order_line_id THEN jsonb_build_object('purchase_order_line_id', jsonb_build_array(o.purchase_order_line_id, n.purchase_order_line_id)) ELSE '{}' END ||
            CASE WHEN o.note IS DISTINCT FROM n.note THEN jsonb_build_object('note', jsonb_build_array(o.note, n.note)) ELSE '{}' END
        FROM new_rows n JOIN old_rows o ON o.id = n.id
        WHERE n.version <> o.version;
    ELSE
        INSERT INTO changes (entity, record_id, op, version, audience_before, audience_after, diff)
        SELECT 'goods_receipt_line', o.id, 'delete', o.version + 1, COALESCE((SELECT array_remove(ARRAY[o_parent.location_id], NULL) FROM goods_receipts o_parent WHERE o_parent.id = o.goods_receipt_id), '{}'::uuid[]), '{}', to_jsonb(o)
        FROM old_rows o;
    END IF;
    IF FOUND THEN
        PERFORM pg_notify('backroom_changes', '');
    END IF;
    RETURN NULL;
END $$;

CREATE OR REPLACE TRIGGER capture_insert AFTER INSERT ON goods_receipt_lines
    REFERENCING NEW TABLE AS new_rows FOR EACH STATEMENT EXECUTE FUNCTION backroom.capture_goods_receipt_lines();

CREATE OR REPLACE TRIGGER capture_update AFTER UPDATE ON goods_receipt_lines
    REFERENCING OLD TABLE AS old_rows NEW TABLE AS new_rows FOR EACH STATEMENT EXECUTE FUNCTION backroom.capture_goods_receipt_lines();

CREATE OR REPLACE TRIGGER capture_delete AFTER DELETE ON goods_receipt_lines
    REFERENCING OLD TABLE AS old_rows FOR EACH STATEMENT EXECUTE FUNCTION backroom.capture_goods_receipt_lines();

GRANT SELECT ON goods_receipt_lines TO backroom_scoped, backroom_global;
GRANT INSERT, UPDATE, DELETE ON goods_receipt_lines TO backroom_scoped, backroom_global;
GRANT SELECT, INSERT, UPDATE ON goods_receipt_lines TO backroom_posting;

ALTER TABLE goods_receipt_lines ENABLE ROW LEVEL SECURITY;
DROP POLICY IF EXISTS see_row ON goods_receipt_lines;
CREATE POLICY see_row ON goods_receipt_lines FOR SELECT TO backroom_scoped
    USING (EXISTS (SELECT 1 FROM goods_receipts goods_receipt_lines_parent WHERE goods_receipt_lines_parent.id IN (goods_receipt_lines.goods_receipt_id) AND goods_receipt_lines_parent.location_id = ANY ((SELECT backroom.locations('goods_receipt', 'see'))::uuid[])));
DROP POLICY IF EXISTS create_row ON goods_receipt_lines;
CREATE POLICY create_row ON goods_receipt_lines FOR INSERT TO backroom_scoped
    WITH CHECK (EXISTS (SELECT 1 FROM goods_receipts goods_receipt_lines_parent WHERE goods_receipt_lines_parent.id IN (goods_receipt_lines.goods_receipt_id) AND goods_receipt_lines_parent.location_id = ANY ((SELECT backroom.locations('goods_receipt', 'change'))::uuid[])));
DROP POLICY IF EXISTS change_row ON goods_receipt_lines;
CREATE POLICY change_row ON goods_receipt_lines FOR UPDATE TO backroom_scoped
    USING (EXISTS (SELECT 1 FROM goods_receipts goods_receipt_lines_parent WHERE goods_receipt_lines_parent.id IN (goods_receipt_lines.goods_receipt_id) AND goods_receipt_lines_parent.location_id = ANY ((SELECT backroom.locations('goods_receipt', 'change'))::uuid[]))) WITH CHECK (EXISTS (SELECT 1 FROM goods_receipts goods_receipt_lines_parent WHERE goods_receipt_lines_parent.id IN (goods_receipt_lines.goods_receipt_id) AND goods_receipt_lines_parent.location_id = ANY ((SELECT backroom.locations('goods_receipt', 'change'))::uuid[])));
DROP POLICY IF EXISTS delete_row ON goods_receipt_lines;
CREATE POLICY delete_row ON goods_receipt_lines FOR DELETE TO backroom_scoped
    USING (EXISTS (SELECT 1 FROM goods_receipts goods_receipt_lines_parent WHERE goods_receipt_lines_parent.id IN (goods_receipt_lines.goods_receipt_id) AND goods_receipt_lines_parent.location_id = ANY ((SELECT backroom.locations('goods_receipt', 'change'))::uuid[])));
DROP POLICY IF EXISTS post_row ON goods_receipt_lines;
CREATE POLICY post_row ON goods_receipt_lines TO backroom_posting USING (true) WITH CHECK (true);
DO $$ BEGIN
    DROP POLICY IF EXISTS every_row ON goods_receipt_lines;
    IF NOT (SELECT rolbypassrls FROM pg_roles WHERE rolname = 'backroom_global') THEN
        CREATE POLICY every_row ON goods_receipt_lines TO backroom_global USING (true) WITH CHECK (true);
    END IF;
END $$;

DO $$ DECLARE
    stale text;
BEGIN
    FOR stale IN SELECT indexname FROM pg_indexes
        WHERE schemaname = 'public' AND tablename = 'goods_receipt_lines' AND indexname LIKE 'list\_%'
        AND indexname <> ALL (ARRAY['list_goods_receipt_lines_created_at', 'list_goods_receipt_lines_search_'])
    LOOP
        EXECUTE format('DROP INDEX %I', stale);
    END LOOP;
END $$;
CREATE INDEX IF NOT EXISTS list_goods_receipt_lines_created_at ON goods_receipt_lines (created_at, id);
DROP VIEW IF EXISTS backroom.seen_goods_receipt_lines;
CREATE VIEW backroom.seen_goods_receipt_lines AS
    SELECT t.id, t.goods_receipt_id, t.product_id, t.quantity, t.damaged_quantity, t.unit_cost, t.purchase_order_line_id, t.note, t.version, t.created_at, t.updated_at
    FROM goods_receipt_lines t
    WHERE EXISTS (SELECT 1 FROM goods_receipts t_parent WHERE t_parent.id IN (t.goods_receipt_id) AND t_parent.location_id = ANY ((SELECT backroom.locations('goods_receipt', 'see'))::uuid[]));
GRANT SELECT ON backroom.seen_goods_receipt_lines TO backroom_scoped;
