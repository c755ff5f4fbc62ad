-- goods_receipts: A delivery that came in at one location, against a purchase order or without one.

-- Scope: at. Generated from the declaration; not edited by hand.

INSERT INTO backroom.entities VALUES ('goods_receipt', 'goods_receipts', 'goods_receipt')
    ON CONFLICT (entity) DO UPDATE SET table_name = excluded.table_name, permission_entity = excluded.permission_entity;

CREATE OR REPLACE FUNCTION backroom.audience_goods_receipts(record uuid) RETURNS uuid[]
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS $$
    SELECT array_remove(ARRAY[t.location_id], NULL) FROM goods_receipts t WHERE t.id = record
$$;
REVOKE EXECUTE ON FUNCTION backroom.audience_goods_receipts(uuid) FROM PUBLIC;

CREATE OR REPLACE TRIGGER raise_version BEFORE UPDATE ON goods_receipts
    FOR EACH ROW EXECUTE FUNCTION backroom.raise_version();

CREATE OR REPLACE FUNCTION backroom.capture_goods_receipts() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp
-- A pooled session would cache a nested loop that is right for one row and ruinous for 20,000.
SET enable_nestloop = off AS $$
BEGIN
    IF TG_OP = 'INSERT' THEN
        INSERT INTO changes (entity, record_id, op, version, audience_before, audience_after, diff)
        SELECT 'goods_receipt', n.id, 'insert', n.version, '{}', array_remove(ARRAY[n.location_id], NULL), to_jsonb(n)
        FROM new_rows n;
    ELSIF TG_OP = 'UPDATE' THEN
        INSERT INTO changes (entity, record_id, op, version, audience_before, audience_after, diff)
        SELECT 'goods_receipt', n.id, 'update', n.version, array_remove(ARRAY[o.location_id], NULL), array_remove(ARRAY[n.location_id], NULL),
            CASE WHEN o.number IS DISTINCT FROM n.number THEN jsonb_build_object('number', jsonb_build_array(o.number, n.number)) ELSE '{}' END ||
            CASE WHEN o.supplier_id IS DISTINCT FROM n.supplier_id THEN jsonb_build_object('supplier_id', jsonb_build_array(o.supplier_id, n.supplier_id)) ELSE '{}' END ||
            CASE WHEN o.location_id IS DISTINCT FROM n.location_id THEN jsonb_build_object('location_id', jsonb_build_array(o.location_id, n.location_id)) ELSE '{}' END ||
            CASE WHEN o.purchase_order_id IS DISTINCT FROM n.purchase_order_id THEN jsonb_build_object('purchase_order_id', jsonb_build_array(o.purchase_order_id, n.purchase_order_id)) ELSE '{}' END ||
            CASE WHEN o.state IS DISTINCT FROM n.state THEN jsonb_build_object('state', jsonb_build_array(o.state, n.state)) ELSE '{}' END ||
            CASE WHEN o.received_at IS DISTINCT FROM n.received_at THEN jsonb_build_object('received_at', jsonb_build_array(o.received_at, n.received_at)) ELSE '{}' END ||
            CASE WHEN o.delivery_note IS DISTINCT FROM n.delivery_note THEN jsonb_build_object('delivery_note', jsonb_build_array(o.delivery_note, n.delivery_note)) ELSE '{}' END ||
            CASE WHEN o.document IS DISTINCT FROM n.document THEN jsonb_build_object('document', jsonb_build_array(o.document, n.document)) ELSE '{}' END ||
            CASE WHEN o.note IS DISTINCT FROM n.note THEN jsonb_build_object('note', jsonb_build_array(o.note, n.note)) ELSE '{}' END ||
            CASE WHEN o.value IS DISTINCT FROM n.value THEN jsonb_build_object('value', jsonb_build_array(o.value, n.value)) ELSE '{}' END ||
            CASE WHEN o.posted_at IS DISTINCT FROM n.posted_at THEN jsonb_build_object('posted_at', jsonb_build_array(o.posted_at, n.posted_at)) ELSE '{}' END ||
            CASE WHEN o.posted_by_id IS DISTINCT FROM n.posted_by_id THEN jsonb_build_object('posted_by_id', jsonb_build_array(o.posted_by_id, n.posted_by_id)) ELSE '{}' END ||
            CASE WHEN o.reverses_id IS DISTINCT FROM n.reverses_id THEN jsonb_build_object('reverses_id', jsonb_build_array(o.reverses_id, n.reverses_id)) ELSE '{}' END
        FROM new_rows n JOIN old_rows o ON o.id = n.id
        WHERE n.version <> o.version;
    ELSE
        INSERT INTO changes (entity, record_id, op, version, audience_before, audience_after, diff)
        SELECT 'goods_receipt', o.id, 'delete', o.version + 1, array_remove(ARRAY[o.location_id], NULL), '{}', to_jsonb(o)
        FROM old_rows o;
    END IF;
    IF FOUND THEN
        PERFORM pg_notify('backroom_changes', '');
    END IF;
    RETURN NULL;
END $$;

CREATE OR REPLACE TRIGGER capture_insert AFTER INSERT ON goods_receipts
    REFERENCING NEW TABLE AS new_rows FOR EACH STATEMENT EXECUTE FUNCTION backroom.capture_goods_receipts();

CREATE OR REPLACE TRIGGER capture_update AFTER UPDATE ON goods_receipts
    REFERENCING OLD TABLE AS old_rows NEW TABLE AS new_rows FOR EACH STATEMENT EXECUTE FUNCTION backroom.capture_goods_receipts();

CREATE OR REPLACE TRIGGER capture_delete AFTER DELETE ON goods_receipts
    REFERENCING OLD TABLE AS old_rows FOR EACH STATEMENT EXECUTE FUNCTION backroom.capture_goods_receipts();

GRANT SELECT ON goods_receipts TO backroom_scoped, backroom_global;
GRANT INSERT, UPDATE, DELETE ON goods_receipts TO backroom_scoped, backroom_global;
GRANT SELECT, INSERT, UPDATE ON goods_receipts TO backroom_posting;
GRANT USAGE ON SEQUENCE number_gr TO backroom_scoped, backroom_global, backroom_posting;

ALTER TABLE goods_receipts ENABLE ROW LEVEL SECURITY;
DROP POLICY IF EXISTS see_row ON goods_receipts;
CREATE POLICY see_row ON goods_receipts FOR SELECT TO backroom_scoped
    USING (goods_receipts.location_id = ANY ((SELECT backroom.locations('goods_receipt', 'see'))::uuid[]));
DROP POLICY IF EXISTS create_row ON goods_receipts;
CREATE POLICY create_row ON goods_receipts FOR INSERT TO backroom_scoped
    WITH CHECK (goods_receipts.location_id = ANY ((SELECT backroom.locations('goods_receipt', 'create'))::uuid[]));
DROP POLICY IF EXISTS change_row ON goods_receipts;
CREATE POLICY change_row ON goods_receipts FOR UPDATE TO backroom_scoped
    USING (goods_receipts.location_id = ANY ((SELECT backroom.locations('goods_receipt', 'change'))::uuid[])) WITH CHECK (goods_receipts.location_id = ANY ((SELECT backroom.locations('goods_receipt', 'change'))::uuid[]));
DROP POLICY IF EXISTS delete_row ON goods_receipts;
CREATE POLICY delete_row ON goods_receipts FOR DELETE TO backroom_scoped
    USING (goods_receipts.location_id = ANY ((SELECT backroom.locations('goods_receipt', 'delete'))::uuid[]));
DROP POLICY IF EXISTS post_row ON goods_receipts;
CREATE POLICY post_row ON goods_receipts TO backroom_posting USING (true) WITH CHECK (true);
DO $$ BEGIN
    DROP POLICY IF EXISTS every_row ON goods_receipts;
    IF NOT (SELECT rolbypassrls FROM pg_roles WHERE rolname = 'backroom_global') THEN
        CREATE POLICY every_row ON goods_receipts TO backroom_global USING (true) WITH CHECK (true);
    END IF;
END $$;

DO $$ DECLARE
    stale text;
BEGIN
    FOR stale IN SELECT indexname FROM pg_indexes
        WHERE schemaname = 'public' AND tablename = 'goods_receipts' AND indexname LIKE 'list\_%'
        AND indexname <> ALL (ARRAY['list_goods_receipts_created_at', 'list_goods_receipts_placed_created_at', 'list_goods_receipts_number', 'list_goods_receipts_placed_number', 'list_goods_receipts_received_at', 'list_goods_receipts_placed_received_at', 'list_goods_receipts_value', 'list_goods_receipts_placed_value', 'list_goods_receipts_search_number_delivery_note'])
    LOOP
        EXECUTE format('DROP INDEX %I', stale);
    END LOOP;
END $$;
CREATE INDEX IF NOT EXISTS list_goods_receipts_created_at ON goods_receipts (created_at, id);
CREATE INDEX IF NOT EXISTS list_goods_receipts_placed_created_at ON goods_receipts (location_id, created_at, id);
CREATE INDEX IF NOT EXISTS list_goods_receipts_number ON goods_receipts (number, id);
CREATE INDEX IF NOT EXISTS list_goods_receipts_placed_number ON goods_receipts (location_id, number, id);
CREATE INDEX IF NOT EXISTS list_goods_receipts_received_at ON goods_receipts (received_at, id);
CREATE INDEX IF NOT EXISTS list_goods_receipts_placed_received_at ON goods_receipts (location_id, received_at, id);
CREATE INDEX IF NOT EXISTS list_goods_receipts_value ON goods_receipts (value, id);
CREATE INDEX IF NOT EXISTS list_goods_receipts_placed_value ON goods_receipts (location_id, value, id);
DROP VIEW IF EXISTS backroom.seen_goods_receipts;
CREATE VIEW backroom.seen_goods_receipts AS
    SELECT t.id, t.number, t.supplier_id, t.location_id, t.purchase_order_id, t.state, t.received_at, t.delivery_note, t.document, t.note, t.value, t.posted_at, t.posted_by_id, t.reverses_id, t.version, t.created_at, t.updated_at
    FROM goods_receipts t
    WHERE t.location_id = ANY ((SELECT backroom.locations('goods_receipt', 'see'))::uuid[]);
GRANT SELECT ON backroom.seen_goods_receipts TO backroom_scoped;

CREATE INDEX IF NOT EXISTS list_goods_receipts_search_number_delivery_note ON goods_receipts USING gin ((' ' || coalesce(number, '') || ' ' || coalesce(delivery_note, '')) gin_trgm_ops);
