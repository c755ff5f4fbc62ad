-- sale_lines: One product or service on a sale; a refund's quantity is negative.

-- Scope: part. Generated from the declaration; not edited by hand.

INSERT INTO backroom.entities VALUES ('sale_line', 'sale_lines', 'sale')
    ON CONFLICT (entity) DO UPDATE SET table_name = excluded.table_name, permission_entity = excluded.permission_entity;

CREATE OR REPLACE FUNCTION backroom.audience_sale_lines(record uuid) RETURNS uuid[]
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS $$
    SELECT COALESCE((SELECT array_remove(ARRAY[t_parent.location_id], NULL) FROM sales t_parent WHERE t_parent.id = t.sale_id), '{}'::uuid[]) FROM sale_lines t WHERE t.id = record
$$;
REVOKE EXECUTE ON FUNCTION backroom.audience_sale_lines(uuid) FROM PUBLIC;

CREATE OR REPLACE TRIGGER raise_version BEFORE UPDATE ON sale_lines
    FOR EACH ROW EXECUTE FUNCTION backroom.raise_version('total');

CREATE OR REPLACE FUNCTION backroom.capture_sale_lines() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp
-- A pooled session would cache a nested loop that is right for one row and ruinous for 20,000.
SET enable_nestloop = off AS $$
BEGIN
    IF TG_OP = 'INSERT' THEN
        INSERT INTO changes (entity, record_id, op, version, audience_before, audience_after, diff)
        SELECT 'sale_line', n.id, 'insert', n.version, '{}', COALESCE((SELECT array_remove(ARRAY[n_parent.location_id], NULL) FROM sales n_parent WHERE n_parent.id = n.sale_id), '{}'::uuid[]), to_jsonb(n)
        FROM new_rows n;
    ELSIF TG_OP = 'UPDATE' THEN
        INSERT INTO changes (entity, record_id, op, version, audience_before, audience_after, diff)
        SELECT 'sale_line', n.id, 'update', n.version, COALESCE((SELECT array_remove(ARRAY[o_parent.location_id], NULL) FROM sales o_parent WHERE o_parent.id = o.sale_id), '{}'::uuid[]), COALESCE((SELECT array_remove(ARRAY[n_parent.location_id], NULL) FROM sales n_parent WHERE n_parent.id = n.sale_id), '{}'::uuid[]),
            CASE WHEN o.sale_id IS DISTINCT FROM n.sale_id THEN jsonb_build_object('sale_id', jsonb_build_array(o.sale_id, n.sale_id)) ELSE '{}' END ||
            CASE WHEN o.product_id IS DISTINCT FROM n.product_id THEN jsonb_build_object('product_id', jsonb_build_array(o.product_id, n.product_id)) ELSE '{}' END ||
            CASE WHEN o.service_id IS DISTINCT FROM n.service_id THEN jsonb_build_object('service_id', jsonb_build_array(o.service_id, n.service_id)) ELSE '{}' END ||
            CASE WHEN o.staff_id IS DISTINCT FROM n.staff_id THEN jsonb_build_object('staff_id', jsonb_build_array(o.staff_id, n.staff_id)) ELSE '{}' END ||
            CASE WHEN o.quantity IS DISTINCT FROM n.quantity THEN jsonb_build_object('quantity', jsonb_build_array(o.quantity, n.quantity)) ELSE '{}' END ||
            CASE WHEN o.unit_price IS DISTINCT FROM n.unit_price THEN jsonb_build_object('unit_price', jsonb_build_array(o.unit_price, n.unit_price)) ELSE '{}' END ||
            CASE WHEN o.discount IS DISTINCT FROM n.discount THEN jsonb_build_object('discount', jsonb_build_array(o.discount, n.discount)) ELSE '{}' END ||
            CASE WHEN o.reduction IS DISTINCT FROM n.reduction THEN jsonb_build_object('reduction', jsonb_build_array(o.reduction, n.reduction)) ELSE '{}' END ||
            CASE WHEN o.tax_rate_id IS DISTINCT FROM n.tax_rate_id THEN jsonb_build_object('tax_rate_id', jsonb_build_array(o.tax_rate_id, n.tax_rate_id)) ELSE '{}' END ||
            CASE WHEN o.refund_of_line_id IS DISTINCT FROM n.refund_of_line_id THEN jsonb_build_object('refund_of_line_id', jsonb_build_array(o.refund_of_line_id, n.refund_of_line_id)) ELSE '{}' END ||
            CASE WHEN o.total IS DISTINCT FROM n.total THEN jsonb_build_object('total', jsonb_build_array(o.total, n.total)) ELSE '{}' END
        FROM new_rows n JOIN old_rows o ON o.id = n.id
        WHERE n.version <> o.version;
    ELSE
        INSERT INTO changes (entity, record_id, op, version, audience_before, audience_after, diff)
        SELECT 'sale_line', o.id, 'delete', o.version + 1, COALESCE((SELECT array_remove(ARRAY[o_parent.location_id], NULL) FROM sales o_parent WHERE o_parent.id = o.sale_id), '{}'::uuid[]), '{}', to_jsonb(o)
        FROM old_rows o;
    END IF;
    IF FOUND THEN
        PERFORM pg_notify('backroom_changes', '');
    END IF;
    RETURN NULL;
END $$;

CREATE OR REPLACE TRIGGER capture_insert AFTER INSERT ON sale_lines
    REFERENCING NEW TABLE AS new_rows FOR EACH STATEMENT EXECUTE FUNCTION backroom.capture_sale_lines();

CREATE OR REPLACE TRIGGER capture_update AFTER UPDATE ON sale_lines
    REFERENCING OLD TABLE AS old_rows NEW TABLE AS new_rows FOR EACH STATEMENT EXECUTE FUNCTION backroom.capture_sale_lines();

CREATE OR REPLACE TRIGGER capture_delete AFTER DELETE ON sale_lines
    REFERENCING OLD TABLE AS old_rows FOR EACH STATEMENT EXECUTE FUNCTION backroom.capture_sale_lines();

GRANT SELECT ON sale_lines TO backroom_scoped, backroom_global;
GRANT INSERT, UPDATE, DELETE ON sale_lines TO backroom_scoped, backroom_global;
GRANT SELECT, INSERT, UPDATE ON sale_lines TO backroom_posting;

ALTER TABLE sale_lines ENABLE ROW LEVEL SECURITY;
DROP POLICY IF EXISTS see_row ON sale_lines;
CREATE POLICY see_row ON sale_lines FOR SELECT TO backroom_scoped
    USING (EXISTS (SELECT 1 FROM sales sale_lines_parent WHERE sale_lines_parent.id IN (sale_lines.sale_id) AND sale_lines_parent.location_id = ANY ((SELECT backroom.locations('sale', 'see'))::uuid[])));
DROP POLICY IF EXISTS create_row ON sale_lines;
CREATE POLICY create_row ON sale_lines FOR INSERT TO backroom_scoped
    WITH CHECK (EXISTS (SELECT 1 FROM sales sale_lines_parent WHERE sale_lines_parent.id IN (sale_lines.sale_id) AND sale_lines_parent.location_id = ANY ((SELECT backroom.locations('sale', 'change'))::uuid[])));
DROP POLICY IF EXISTS change_row ON sale_lines;
CREATE POLICY change_row ON sale_lines FOR UPDATE TO backroom_scoped
    USING (EXISTS (SELECT 1 FROM sales sale_lines_parent WHERE sale_lines_parent.id IN (sale_lines.sale_id) AND sale_lines_parent.location_id = ANY ((SELECT backroom.locations('sale', 'change'))::uuid[]))) WITH CHECK (EXISTS (SELECT 1 FROM sales sale_lines_parent WHERE sale_lines_parent.id IN (sale_lines.sale_id) AND sale_lines_parent.location_id = ANY ((SELECT backroom.locations('sale', 'change'))::uuid[])));
DROP POLICY IF EXISTS delete_row ON sale_lines;
CREATE POLICY delete_row ON sale_lines FOR DELETE TO backroom_scoped
    USING (EXISTS (SELECT 1 FROM sales sale_lines_parent WHERE sale_lines_parent.id IN (sale_lines.sale_id) AND sale_lines_parent.location_id = ANY ((SELECT backroom.locations('sale', 'change'))::uuid[])));
DROP POLICY IF EXISTS post_row ON sale_lines;
CREATE POLICY post_row ON sale_lines TO backroom_posting USING (true) WITH CHECK (true);
DO $$ BEGIN
    DROP POLICY IF EXISTS every_row ON sale_lines;
    IF NOT (SELECT rolbypassrls FROM pg_roles WHERE rolname = 'backroom_global') THEN
        CREATE POLICY every_row ON sale_lines TO backroom_global USING (true) WITH CHECK (true);
    END IF;
END $$;

DO $$ DECLARE
    stale text;
BEGIN
    FOR stale IN SELECT indexname FROM pg_indexes
        WHERE schemaname = 'public' AND tablename = 'sale_lines' AND indexname LIKE 'list\_%'
        AND indexname <> ALL (ARRAY['list_sale_lines_created_at', 'list_sale_lines_search_'])
    LOOP
        EXECUTE format('DROP INDEX %I', stale);
    END LOOP;
END $$;
CREATE INDEX IF NOT EXISTS list_sale_lines_created_at ON sale_lines (created_at, id);
DROP VIEW IF EXISTS backroom.seen_sale_lines;
CREATE VIEW backroom.seen_sale_lines AS
    SELECT t.id, t.sale_id, t.product_id, t.service_id, t.staff_id, t.quantity, t.unit_price, t.discount, t.reduction, t.tax_rate_id, t.refund_of_line_id, t.total, t.version, t.created_at, t.updated_at
    FROM sale_lines t
    WHERE EXISTS (SELECT 1 FROM sales t_parent WHERE t_parent.id IN (t.sale_id) AND t_parent.location_id = ANY ((SELECT backroom.locations('sale', 'see'))::uuid[]));
GRANT SELECT ON backroom.seen_sale_lines TO backroom_scoped;
