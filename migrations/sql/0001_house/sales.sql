-- sales: One transaction at a register; a refund is a sale that names the one it takes back.

-- Scope: at. Generated from the declaration; not edited by hand.

INSERT INTO backroom.entities VALUES ('sale', 'sales', 'sale')
    ON CONFLICT (entity) DO UPDATE SET table_name = excluded.table_name, permission_entity = excluded.permission_entity;

CREATE OR REPLACE FUNCTION backroom.audience_sales(record uuid) RETURNS uuid[]
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS $$
    SELECT array_remove(ARRAY[t.location_id], NULL) FROM sales t WHERE t.id = record
$$;
REVOKE EXECUTE ON FUNCTION backroom.audience_sales(uuid) FROM PUBLIC;

CREATE OR REPLACE TRIGGER raise_version BEFORE UPDATE ON sales
    FOR EACH ROW EXECUTE FUNCTION backroom.raise_version();

CREATE OR REPLACE FUNCTION backroom.capture_sales() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp
-- A pooled session would cache a nested loop that is right for one row and ruinous for 20,000.
SET enable_nestloop = off AS $$
BEGIN
    IF TG_OP = 'INSERT' THEN
        INSERT INTO changes (entity, record_id, op, version, audience_before, audience_after, diff)
        SELECT 'sale', n.id, 'insert', n.version, '{}', array_remove(ARRAY[n.location_id], NULL), to_jsonb(n)
        FROM new_rows n;
    ELSIF TG_OP = 'UPDATE' THEN
        INSERT INTO changes (entity, record_id, op, version, audience_before, audience_after, diff)
        SELECT 'sale', n.id, 'update', n.version, array_remove(ARRAY[o.location_id], NULL), array_remove(ARRAY[n.location_id], NULL),
            CASE WHEN o.number IS DISTINCT FROM n.number THEN jsonb_build_object('number', jsonb_build_array(o.number, n.number)) ELSE '{}' END ||
            CASE WHEN o.location_id IS DISTINCT FROM n.location_id THEN jsonb_build_object('location_id', jsonb_build_array(o.location_id, n.location_id)) ELSE '{}' END ||
            CASE WHEN o.register_id IS DISTINCT FROM n.register_id THEN jsonb_build_object('register_id', jsonb_build_array(o.register_id, n.register_id)) ELSE '{}' END ||
            CASE WHEN o.shift_id IS DISTINCT FROM n.shift_id THEN jsonb_build_object('shift_id', jsonb_build_array(o.shift_id, n.shift_id)) ELSE '{}' END ||
            CASE WHEN o.client_id IS DISTINCT FROM n.client_id THEN jsonb_build_object('client_id', jsonb_build_array(o.client_id, n.client_id)) ELSE '{}' END ||
            CASE WHEN o.staff_id IS DISTINCT FROM n.staff_id THEN jsonb_build_object('staff_id', jsonb_build_array(o.staff_id, n.staff_id)) ELSE '{}' END ||
            CASE WHEN o.sold_at IS DISTINCT FROM n.sold_at THEN jsonb_build_object('sold_at', jsonb_build_array(o.sold_at, n.sold_at)) ELSE '{}' END ||
            CASE WHEN o.state IS DISTINCT FROM n.state THEN jsonb_build_object('state', jsonb_build_array(o.state, n.state)) ELSE '{}' END ||
            CASE WHEN o.refund_of_id IS DISTINCT FROM n.refund_of_id THEN jsonb_build_object('refund_of_id', jsonb_build_array(o.refund_of_id, n.refund_of_id)) ELSE '{}' END ||
            CASE WHEN o.total IS DISTINCT FROM n.total THEN jsonb_build_object('total', jsonb_build_array(o.total, n.total)) ELSE '{}' END ||
            CASE WHEN o.tax IS DISTINCT FROM n.tax THEN jsonb_build_object('tax', jsonb_build_array(o.tax, n.tax)) ELSE '{}' END ||
            CASE WHEN o.note IS DISTINCT FROM n.note THEN jsonb_build_object('note', jsonb_build_array(o.note, n.note)) ELSE '{}' END
        FROM new_rows n JOIN old_rows o ON o.id = n.id
        WHERE n.version <> o.version;
    ELSE
        INSERT INTO changes (entity, record_id, op, version, audience_before, audience_after, diff)
        SELECT 'sale', o.id, 'delete', o.version + 1, array_remove(ARRAY[o.location_id], NULL), '{}', to_jsonb(o)
        FROM old_rows o;
    END IF;
    IF FOUND THEN
        PERFORM pg_notify('backroom_changes', '');
    END IF;
    RETURN NULL;
END $$;

CREATE OR REPLACE TRIGGER capture_insert AFTER INSERT ON sales
    REFERENCING NEW TABLE AS new_rows FOR EACH STATEMENT EXECUTE FUNCTION backroom.capture_sales();

CREATE OR REPLACE TRIGGER capture_update AFTER UPDATE ON sales
    REFERENCING OLD TABLE AS old_rows NEW TABLE AS new_rows FOR EACH STATEMENT EXECUTE FUNCTION backroom.capture_sales();

CREATE OR REPLACE TRIGGER capture_delete AFTER DELETE ON sales
    REFERENCING OLD TABLE AS old_rows FOR EACH STATEMENT EXECUTE FUNCTION backroom.capture_sales();

GRANT SELECT ON sales TO backroom_scoped, backroom_global;
GRANT INSERT, UPDATE, DELETE ON sales TO backroom_scoped, backroom_global;
GRANT SELECT, INSERT, UPDATE ON sales TO backroom_posting;

ALTER TABLE sales ENABLE ROW LEVEL SECURITY;
DROP POLICY IF EXISTS see_row ON sales;
CREATE POLICY see_row ON sales FOR SELECT TO backroom_scoped
    USING (sales.location_id = ANY ((SELECT backroom.locations('sale', 'see'))::uuid[]));
DROP POLICY IF EXISTS create_row ON sales;
CREATE POLICY create_row ON sales FOR INSERT TO backroom_scoped
    WITH CHECK (sales.location_id = ANY ((SELECT backroom.locations('sale', 'create'))::uuid[]));
DROP POLICY IF EXISTS change_row ON sales;
CREATE POLICY change_row ON sales FOR UPDATE TO backroom_scoped
    USING (sales.location_id = ANY ((SELECT backroom.locations('sale', 'change'))::uuid[])) WITH CHECK (sales.location_id = ANY ((SELECT backroom.locations('sale', 'change'))::uuid[]));
DROP POLICY IF EXISTS delete_row ON sales;
CREATE POLICY delete_row ON sales FOR DELETE TO backroom_scoped
    USING (sales.location_id = ANY ((SELECT backroom.locations('sale', 'delete'))::uuid[]));
DROP POLICY IF EXISTS post_row ON sales;
CREATE POLICY post_row ON sales TO backroom_posting USING (true) WITH CHECK (true);
DO $$ BEGIN
    DROP POLICY IF EXISTS every_row ON sales;
    IF NOT (SELECT rolbypassrls FROM pg_roles WHERE rolname = 'backroom_global') THEN
        CREATE POLICY every_row ON sales TO backroom_global USING (true) WITH CHECK (true);
    END IF;
END $$;

DO $$ DECLARE
    stale text;
BEGIN
    FOR stale IN SELECT indexname FROM pg_indexes
        WHERE schemaname = 'public' AND tablename = 'sales' AND indexname LIKE 'list\_%'
        AND indexname <> ALL (ARRAY['list_sales_sold_at', 'list_sales_placed_sold_at', 'list_sales_number', 'list_sales_placed_number', 'list_sales_total', 'list_sales_placed_total', 'list_sales_search_number'])
    LOOP
        EXECUTE format('DROP INDEX %I', stale);
    END LOOP;
END $$;
CREATE INDEX IF NOT EXISTS list_sales_sold_at ON sales (sold_at, id);
CREATE INDEX IF NOT EXISTS list_sales_placed_sold_at ON sales (location_id, sold_at, id);
CREATE INDEX IF NOT EXISTS list_sales_number ON sales (lower(number), id);
CREATE INDEX IF NOT EXISTS list_sales_placed_number ON sales (location_id, lower(number), id);
CREATE INDEX IF NOT EXISTS list_sales_total ON sales (total, id);
CREATE INDEX IF NOT EXISTS list_sales_placed_total ON sales (location_id, total, id);
DROP VIEW IF EXISTS backroom.seen_sales;
CREATE VIEW backroom.seen_sales AS
    SELECT t.id, t.number, t.location_id, t.register_id, t.shift_id, t.client_id, t.staff_id, t.sold_at, t.state, t.refund_of_id, t.total, t.tax, t.note, t.version, t.created_at, t.updated_at
    FROM sales t
    WHERE t.location_id = ANY ((SELECT backroom.locations('sale', 'see'))::uuid[]);
GRANT SELECT ON backroom.seen_sales TO backroom_scoped;

CREATE INDEX IF NOT EXISTS list_sales_search_number ON sales USING gin ((' ' || coalesce(number, '')) gin_trgm_ops);
