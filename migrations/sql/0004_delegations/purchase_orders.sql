-- purchase_orders: An order to a supplier, to be delivered to one location.

-- Scope: at. Generated from the declaration; not edited by hand.

INSERT INTO backroom.entities VALUES ('purchase_order', 'purchase_orders', 'purchase_order')
    ON CONFLICT (entity) DO UPDATE SET table_name = excluded.table_name, permission_entity = excluded.permission_entity;
UPDATE backroom.entities SET decided = true WHERE entity = 'purchase_order';

CREATE OR REPLACE FUNCTION backroom.audience_purchase_orders(record uuid) RETURNS uuid[]
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS $$
    SELECT array_remove(ARRAY[t.location_id], NULL) FROM purchase_orders t WHERE t.id = record
$$;
REVOKE EXECUTE ON FUNCTION backroom.audience_purchase_orders(uuid) FROM PUBLIC;

CREATE OR REPLACE TRIGGER raise_version BEFORE UPDATE ON purchase_orders
    FOR EACH ROW EXECUTE FUNCTION backroom.raise_version();

CREATE OR REPLACE FUNCTION backroom.capture_purchase_orders() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp
-- A pooled session would cache a nested loop that is right for one row and ruinous for 20,000.
SET enable_nestloop = off AS $$
BEGIN
    IF TG_OP = 'INSERT' THEN
        INSERT INTO changes (entity, record_id, op, version, audience_before, audience_after, diff)
        SELECT 'purchase_order', n.id, 'insert', n.version, '{}', array_remove(ARRAY[n.location_id], NULL), to_jsonb(n)
        FROM new_rows n;
    ELSIF TG_OP = 'UPDATE' THEN
        INSERT INTO changes (entity, record_id, op, version, audience_before, audience_after, diff)
        SELECT 'purchase_order', n.id, 'update', n.version, array_remove(ARRAY[o.location_id], NULL), array_remove(ARRAY[n.location_id], NULL),
            CASE WHEN o.number IS DISTINCT FROM n.number THEN jsonb_build_object('number', jsonb_build_array(o.number, n.number)) ELSE '{}' END ||
            CASE WHEN o.supplier_id IS DISTINCT FROM n.supplier_id THEN jsonb_build_object('supplier_id', jsonb_build_array(o.supplier_id, n.supplier_id)) ELSE '{}' END ||
            CASE WHEN o.location_id IS DISTINCT FROM n.location_id THEN jsonb_build_object('location_id', jsonb_build_array(o.location_id, n.location_id)) ELSE '{}' END ||
            CASE WHEN o.state IS DISTINCT FROM n.state THEN jsonb_build_object('state', jsonb_build_array(o.state, n.state)) ELSE '{}' END ||
            CASE WHEN o.expected_on IS DISTINCT FROM n.expected_on THEN jsonb_build_object('expected_on', jsonb_build_array(o.expected_on, n.expected_on)) ELSE '{}' END ||
            CASE WHEN o.supplier_reference IS DISTINCT FROM n.supplier_reference THEN jsonb_build_object('supplier_reference', jsonb_build_array(o.supplier_reference, n.supplier_reference)) ELSE '{}' END ||
            CASE WHEN o.note IS DISTINCT FROM n.note THEN jsonb_build_object('note', jsonb_build_array(o.note, n.note)) ELSE '{}' END ||
            CASE WHEN o.total IS DISTINCT FROM n.total THEN jsonb_build_object('total', jsonb_build_array(o.total, n.total)) ELSE '{}' END ||
            CASE WHEN o.approved_at IS DISTINCT FROM n.approved_at THEN jsonb_build_object('approved_at', jsonb_build_array(o.approved_at, n.approved_at)) ELSE '{}' END ||
            CASE WHEN o.approved_by_id IS DISTINCT FROM n.approved_by_id THEN jsonb_build_object('approved_by_id', jsonb_build_array(o.approved_by_id, n.approved_by_id)) ELSE '{}' END ||
            CASE WHEN o.ordered_at IS DISTINCT FROM n.ordered_at THEN jsonb_build_object('ordered_at', jsonb_build_array(o.ordered_at, n.ordered_at)) ELSE '{}' END ||
            CASE WHEN o.ordered_by_id IS DISTINCT FROM n.ordered_by_id THEN jsonb_build_object('ordered_by_id', jsonb_build_array(o.ordered_by_id, n.ordered_by_id)) ELSE '{}' END ||
            CASE WHEN o.closed_at IS DISTINCT FROM n.closed_at THEN jsonb_build_object('closed_at', jsonb_build_array(o.closed_at, n.closed_at)) ELSE '{}' END ||
            CASE WHEN o.closed_by_id IS DISTINCT FROM n.closed_by_id THEN jsonb_build_object('closed_by_id', jsonb_build_array(o.closed_by_id, n.closed_by_id)) ELSE '{}' END
        FROM new_rows n JOIN old_rows o ON o.id = n.id
        WHERE n.version <> o.version;
    ELSE
        INSERT INTO changes (entity, record_id, op, version, audience_before, audience_after, diff)
        SELECT 'purchase_order', o.id, 'delete', o.version + 1, array_remove(ARRAY[o.location_id], NULL), '{}', to_jsonb(o)
        FROM old_rows o;
    END IF;
    IF FOUND THEN
        PERFORM pg_notify('backroom_changes', '');
    END IF;
    RETURN NULL;
END $$;

CREATE OR REPLACE TRIGGER capture_insert AFTER INSERT ON purchase_orders
    REFERENCING NEW TABLE AS new_rows FOR EACH STATEMENT EXECUTE FUNCTION backroom.capture_purchase_orders();

CREATE OR REPLACE TRIGGER capture_update AFTER UPDATE ON purchase_orders
    REFERENCING OLD TABLE AS old_rows NEW TABLE AS new_rows FOR EACH STATEMENT EXECUTE FUNCTION backroom.capture_purchase_orders();

CREATE OR REPLACE TRIGGER capture_delete AFTER DELETE ON purchase_orders
    REFERENCING OLD TABLE AS old_rows FOR EACH STATEMENT EXECUTE FUNCTION backroom.capture_purchase_orders();

GRANT SELECT ON purchase_orders TO backroom_scoped, backroom_global;
GRANT INSERT, UPDATE, DELETE ON purchase_orders TO backroom_scoped, backroom_global;
GRANT SELECT, INSERT, UPDATE ON purchase_orders TO backroom_posting;
GRANT USAGE ON SEQUENCE number_po TO backroom_scoped, backroom_global, backroom_posting;

ALTER TABLE purchase_orders ENABLE ROW LEVEL SECURITY;
DROP POLICY IF EXISTS see_row ON purchase_orders;
CREATE POLICY see_row ON purchase_orders FOR SELECT TO backroom_scoped
    USING (purchase_orders.location_id = ANY ((SELECT backroom.locations('purchase_order', 'see'))::uuid[]));
DROP POLICY IF EXISTS create_row ON purchase_orders;
CREATE POLICY create_row ON purchase_orders FOR INSERT TO backroom_scoped
    WITH CHECK (purchase_orders.location_id = ANY ((SELECT backroom.locations('purchase_order', 'create'))::uuid[]));
DROP POLICY IF EXISTS change_row ON purchase_orders;
CREATE POLICY change_row ON purchase_orders FOR UPDATE TO backroom_scoped
    USING (purchase_orders.location_id = ANY ((SELECT backroom.locations('purchase_order', 'change'))::uuid[])) WITH CHECK (purchase_orders.location_id = ANY ((SELECT backroom.locations('purchase_order', 'change'))::uuid[]));
DROP POLICY IF EXISTS delete_row ON purchase_orders;
CREATE POLICY delete_row ON purchase_orders FOR DELETE TO backroom_scoped
    USING (purchase_orders.location_id = ANY ((SELECT backroom.locations('purchase_order', 'delete'))::uuid[]));
DROP POLICY IF EXISTS post_row ON purchase_orders;
CREATE POLICY post_row ON purchase_orders TO backroom_posting USING (true) WITH CHECK (true);
DO $$ BEGIN
    DROP POLICY IF EXISTS every_row ON purchase_orders;
    IF NOT (SELECT rolbypassrls FROM pg_roles WHERE rolname = 'backroom_global') THEN
        CREATE POLICY every_row ON purchase_orders TO backroom_global USING (true) WITH CHECK (true);
    END IF;
END $$;

DO $$ DECLARE
    stale text;
BEGIN
    FOR stale IN SELECT indexname FROM pg_indexes
        WHERE schemaname = 'public' AND tablename = 'purchase_orders' AND indexname LIKE 'list\_%'
        AND indexname <> ALL (ARRAY['list_purchase_orders_created_at', 'list_purchase_orders_placed_created_at', 'list_purchase_orders_number', 'list_purchase_orders_placed_number', 'list_purchase_orders_ordered_at', 'list_purchase_orders_placed_ordered_at', 'list_purchase_orders_expected_on', 'list_purchase_orders_placed_expected_on', 'list_purchase_orders_total', 'list_purchase_orders_placed_total', 'list_purchase_orders_search_number_supplier_reference'])
    LOOP
        EXECUTE format('DROP INDEX %I', stale);
    END LOOP;
END $$;
CREATE INDEX IF NOT EXISTS list_purchase_orders_created_at ON purchase_orders (created_at, id);
CREATE INDEX IF NOT EXISTS list_purchase_orders_placed_created_at ON purchase_orders (location_id, created_at, id);
CREATE INDEX IF NOT EXISTS list_purchase_orders_number ON purchase_orders (number, id);
CREATE INDEX IF NOT EXISTS list_purchase_orders_placed_number ON purchase_orders (location_id, number, id);
CREATE INDEX IF NOT EXISTS list_purchase_orders_ordered_at ON purchase_orders (ordered_at, id);
CREATE INDEX IF NOT EXISTS list_purchase_orders_placed_ordered_at ON purchase_orders (location_id, ordered_at, id);
CREATE INDEX IF NOT EXISTS list_purchase_orders_expected_on ON purchase_orders (expected_on, id);
CREATE INDEX IF NOT EXISTS list_purchase_orders_placed_expected_on ON purchase_orders (location_id, expected_on, id);
CREATE INDEX IF NOT EXISTS list_purchase_orders_total ON purchase_orders (total, id);
CREATE INDEX IF NOT EXISTS list_purchase_orders_placed_total ON purchase_orders (location_id, total, id);
DROP VIEW IF EXISTS backroom.seen_purchase_orders;
CREATE VIEW backroom.seen_purchase_orders AS
    SELECT t.id, t.number, t.supplier_id, t.location_id, t.state, t.expected_on, t.supplier_reference, t.note, t.total, t.approved_at, t.approved_by_id, t.ordered_at, t.ordered_by_id, t.closed_at, t.closed_by_id, t.version, t.created_at, t.updated_at
    FROM purchase_orders t
    WHERE t.location_id = ANY ((SELECT backroom.locations('purchase_order', 'see'))::uuid[]);
GRANT SELECT ON backroom.seen_purchase_orders TO backroom_scoped;

CREATE INDEX IF NOT EXISTS list_purchase_orders_search_number_supplier_reference ON purchase_orders USING gin ((' ' || coalesce(number, '') || ' ' || coalesce(supplier_reference, '')) gin_trgm_ops);
