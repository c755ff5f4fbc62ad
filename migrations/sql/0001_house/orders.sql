-- orders: What a client ordered, at the location that will fulfil it.

-- Scope: at. Generated from the declaration; not edited by hand.

INSERT INTO backroom.entities VALUES ('order', 'orders', 'order')
    ON CONFLICT (entity) DO UPDATE SET table_name = excluded.table_name, permission_entity = excluded.permission_entity;

CREATE OR REPLACE FUNCTION backroom.audience_orders(record uuid) RETURNS uuid[]
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS $$
    SELECT array_remove(ARRAY[t.location_id], NULL) FROM orders t WHERE t.id = record
$$;
REVOKE EXECUTE ON FUNCTION backroom.audience_orders(uuid) FROM PUBLIC;

CREATE OR REPLACE TRIGGER raise_version BEFORE UPDATE ON orders
    FOR EACH ROW EXECUTE FUNCTION backroom.raise_version();

CREATE OR REPLACE FUNCTION backroom.capture_orders() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp
-- A pooled session would cache a nested loop that is right for one row and ruinous for 20,000.
SET enable_nestloop = off AS $$
BEGIN
    IF TG_OP = 'INSERT' THEN
        INSERT INTO changes (entity, record_id, op, version, audience_before, audience_after, diff)
        SELECT 'order', n.id, 'insert', n.version, '{}', array_remove(ARRAY[n.location_id], NULL), to_jsonb(n)
        FROM new_rows n;
    ELSIF TG_OP = 'UPDATE' THEN
        INSERT INTO changes (entity, record_id, op, version, audience_before, audience_after, diff)
        SELECT 'order', n.id, 'update', n.version, array_remove(ARRAY[o.location_id], NULL), array_remove(ARRAY[n.location_id], NULL),
            CASE WHEN o.number IS DISTINCT FROM n.number THEN jsonb_build_object('number', jsonb_build_array(o.number, n.number)) ELSE '{}' END ||
            CASE WHEN o.client_id IS DISTINCT FROM n.client_id THEN jsonb_build_object('client_id', jsonb_build_array(o.client_id, n.client_id)) ELSE '{}' END ||
            CASE WHEN o.location_id IS DISTINCT FROM n.location_id THEN jsonb_build_object('location_id', jsonb_build_array(o.location_id, n.location_id)) ELSE '{}' END ||
            CASE WHEN o.staff_id IS DISTINCT FROM n.staff_id THEN jsonb_build_object('staff_id', jsonb_build_array(o.staff_id, n.staff_id)) ELSE '{}' END ||
            CASE WHEN o.state IS DISTINCT FROM n.state THEN jsonb_build_object('state', jsonb_build_array(o.state, n.state)) ELSE '{}' END ||
            CASE WHEN o.ordered_on IS DISTINCT FROM n.ordered_on THEN jsonb_build_object('ordered_on', jsonb_build_array(o.ordered_on, n.ordered_on)) ELSE '{}' END ||
            CASE WHEN o.required_on IS DISTINCT FROM n.required_on THEN jsonb_build_object('required_on', jsonb_build_array(o.required_on, n.required_on)) ELSE '{}' END ||
            CASE WHEN o.shipped_on IS DISTINCT FROM n.shipped_on THEN jsonb_build_object('shipped_on', jsonb_build_array(o.shipped_on, n.shipped_on)) ELSE '{}' END ||
            CASE WHEN o.shipper IS DISTINCT FROM n.shipper THEN jsonb_build_object('shipper', jsonb_build_array(o.shipper, n.shipper)) ELSE '{}' END ||
            CASE WHEN o.freight IS DISTINCT FROM n.freight THEN jsonb_build_object('freight', jsonb_build_array(o.freight, n.freight)) ELSE '{}' END ||
            CASE WHEN o.ship_name IS DISTINCT FROM n.ship_name THEN jsonb_build_object('ship_name', jsonb_build_array(o.ship_name, n.ship_name)) ELSE '{}' END ||
            CASE WHEN o.ship_address IS DISTINCT FROM n.ship_address THEN jsonb_build_object('ship_address', jsonb_build_array(o.ship_address, n.ship_address)) ELSE '{}' END ||
            CASE WHEN o.ship_city IS DISTINCT FROM n.ship_city THEN jsonb_build_object('ship_city', jsonb_build_array(o.ship_city, n.ship_city)) ELSE '{}' END ||
            CASE WHEN o.ship_region IS DISTINCT FROM n.ship_region THEN jsonb_build_object('ship_region', jsonb_build_array(o.ship_region, n.ship_region)) ELSE '{}' END ||
            CASE WHEN o.ship_postcode IS DISTINCT FROM n.ship_postcode THEN jsonb_build_object('ship_postcode', jsonb_build_array(o.ship_postcode, n.ship_postcode)) ELSE '{}' END ||
            CASE WHEN o.ship_country IS DISTINCT FROM n.ship_country THEN jsonb_build_object('ship_country', jsonb_build_array(o.ship_country, n.ship_country)) ELSE '{}' END ||
            CASE WHEN o.note IS DISTINCT FROM n.note THEN jsonb_build_object('note', jsonb_build_array(o.note, n.note)) ELSE '{}' END
        FROM new_rows n JOIN old_rows o ON o.id = n.id
        WHERE n.version <> o.version;
    ELSE
        INSERT INTO changes (entity, record_id, op, version, audience_before, audience_after, diff)
        SELECT 'order', o.id, 'delete', o.version + 1, array_remove(ARRAY[o.location_id], NULL), '{}', to_jsonb(o)
        FROM old_rows o;
    END IF;
    IF FOUND THEN
        PERFORM pg_notify('backroom_changes', '');
    END IF;
    RETURN NULL;
END $$;

CREATE OR REPLACE TRIGGER capture_insert AFTER INSERT ON orders
    REFERENCING NEW TABLE AS new_rows FOR EACH STATEMENT EXECUTE FUNCTION backroom.capture_orders();

CREATE OR REPLACE TRIGGER capture_update AFTER UPDATE ON orders
    REFERENCING OLD TABLE AS old_rows NEW TABLE AS new_rows FOR EACH STATEMENT EXECUTE FUNCTION backroom.capture_orders();

CREATE OR REPLACE TRIGGER capture_delete AFTER DELETE ON orders
    REFERENCING OLD TABLE AS old_rows FOR EACH STATEMENT EXECUTE FUNCTION backroom.capture_orders();

GRANT SELECT ON orders TO backroom_scoped, backroom_global;
GRANT INSERT, UPDATE, DELETE ON orders TO backroom_scoped, backroom_global;
GRANT SELECT, INSERT, UPDATE ON orders TO backroom_posting;
GRANT USAGE ON SEQUENCE number_so TO backroom_scoped, backroom_global, backroom_posting;

ALTER TABLE orders ENABLE ROW LEVEL SECURITY;
DROP POLICY IF EXISTS see_row ON orders;
CREATE POLICY see_row ON orders FOR SELECT TO backroom_scoped
    USING (orders.location_id = ANY ((SELECT backroom.locations('order', 'see'))::uuid[]));
DROP POLICY IF EXISTS create_row ON orders;
CREATE POLICY create_row ON orders FOR INSERT TO backroom_scoped
    WITH CHECK (orders.location_id = ANY ((SELECT backroom.locations('order', 'create'))::uuid[]));
DROP POLICY IF EXISTS change_row ON orders;
CREATE POLICY change_row ON orders FOR UPDATE TO backroom_scoped
    USING (orders.location_id = ANY ((SELECT backroom.locations('order', 'change'))::uuid[])) WITH CHECK (orders.location_id = ANY ((SELECT backroom.locations('order', 'change'))::uuid[]));
DROP POLICY IF EXISTS delete_row ON orders;
CREATE POLICY delete_row ON orders FOR DELETE TO backroom_scoped
    USING (orders.location_id = ANY ((SELECT backroom.locations('order', 'delete'))::uuid[]));
DROP POLICY IF EXISTS post_row ON orders;
CREATE POLICY post_row ON orders TO backroom_posting USING (true) WITH CHECK (true);
DO $$ BEGIN
    DROP POLICY IF EXISTS every_row ON orders;
    IF NOT (SELECT rolbypassrls FROM pg_roles WHERE rolname = 'backroom_global') THEN
        CREATE POLICY every_row ON orders TO backroom_global USING (true) WITH CHECK (true);
    END IF;
END $$;

DO $$ DECLARE
    stale text;
BEGIN
    FOR stale IN SELECT indexname FROM pg_indexes
        WHERE schemaname = 'public' AND tablename = 'orders' AND indexname LIKE 'list\_%'
        AND indexname <> ALL (ARRAY['list_orders_ordered_on', 'list_orders_placed_ordered_on', 'list_orders_number', 'list_orders_placed_number', 'list_orders_required_on', 'list_orders_placed_required_on', 'list_orders_freight', 'list_orders_placed_freight', 'list_orders_search_number_ship_name_ship_city'])
    LOOP
        EXECUTE format('DROP INDEX %I', stale);
    END LOOP;
END $$;
CREATE INDEX IF NOT EXISTS list_orders_ordered_on ON orders (ordered_on, id);
CREATE INDEX IF NOT EXISTS list_orders_placed_ordered_on ON orders (location_id, ordered_on, id);
CREATE INDEX IF NOT EXISTS list_orders_number ON orders (number, id);
CREATE INDEX IF NOT EXISTS list_orders_placed_number ON orders (location_id, number, id);
CREATE INDEX IF NOT EXISTS list_orders_required_on ON orders (required_on, id);
CREATE INDEX IF NOT EXISTS list_orders_placed_required_on ON orders (location_id, required_on, id);
CREATE INDEX IF NOT EXISTS list_orders_freight ON orders (freight, id);
CREATE INDEX IF NOT EXISTS list_orders_placed_freight ON orders (location_id, freight, id);
DROP VIEW IF EXISTS backroom.seen_orders;
CREATE VIEW backroom.seen_orders AS
    SELECT t.id, t.number, t.client_id, t.location_id, t.staff_id, t.state, t.ordered_on, t.required_on, t.shipped_on, t.shipper, t.freight, t.ship_name, t.ship_address, t.ship_city, t.ship_region, t.ship_postcode, t.ship_country, t.note, t.version, t.created_at, t.updated_at
    FROM orders t
    WHERE t.location_id = ANY ((SELECT backroom.locations('order', 'see'))::uuid[]);
GRANT SELECT ON backroom.seen_orders TO backroom_scoped;

CREATE INDEX IF NOT EXISTS list_orders_search_number_ship_name_ship_city ON orders USING gin ((' ' || coalesce(number, '') || ' ' || coalesce(ship_name, '') || ' ' || coalesce(ship_city, '')) gin_trgm_ops);
