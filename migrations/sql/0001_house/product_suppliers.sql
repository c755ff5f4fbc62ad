-- product_suppliers: Where a product can be bought: the supplier's own code, pack size and price.

-- Scope: part. Generated from the declaration; not edited by hand.

INSERT INTO backroom.entities VALUES ('product_supplier', 'product_suppliers', 'product')
    ON CONFLICT (entity) DO UPDATE SET table_name = excluded.table_name, permission_entity = excluded.permission_entity;

CREATE OR REPLACE FUNCTION backroom.audience_product_suppliers(record uuid) RETURNS uuid[]
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS $$
    SELECT '{00000000-0000-0000-0000-000000000000}'::uuid[] FROM product_suppliers t WHERE t.id = record
$$;
REVOKE EXECUTE ON FUNCTION backroom.audience_product_suppliers(uuid) FROM PUBLIC;

CREATE OR REPLACE TRIGGER raise_version BEFORE UPDATE ON product_suppliers
    FOR EACH ROW EXECUTE FUNCTION backroom.raise_version();

CREATE OR REPLACE FUNCTION backroom.capture_product_suppliers() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp
-- A pooled session would cache a nested loop that is right for one row and ruinous for 20,000.
SET enable_nestloop = off AS $$
BEGIN
    IF TG_OP = 'INSERT' THEN
        INSERT INTO changes (entity, record_id, op, version, audience_before, audience_after, diff)
        SELECT 'product_supplier', n.id, 'insert', n.version, '{}', '{00000000-0000-0000-0000-000000000000}'::uuid[], to_jsonb(n)
        FROM new_rows n;
    ELSIF TG_OP = 'UPDATE' THEN
        INSERT INTO changes (entity, record_id, op, version, audience_before, audience_after, diff)
        SELECT 'product_supplier', n.id, 'update', n.version, '{00000000-0000-0000-0000-000000000000}'::uuid[], '{00000000-0000-0000-0000-000000000000}'::uuid[],
            CASE WHEN o.product_id IS DISTINCT FROM n.product_id THEN jsonb_build_object('product_id', jsonb_build_array(o.product_id, n.product_id)) ELSE '{}' END ||
            CASE WHEN o.supplier_id IS DISTINCT FROM n.supplier_id THEN jsonb_build_object('supplier_id', jsonb_build_array(o.supplier_id, n.supplier_id)) ELSE '{}' END ||
            CASE WHEN o.supplier_code IS DISTINCT FROM n.supplier_code THEN jsonb_build_object('supplier_code', jsonb_build_array(o.supplier_code, n.supplier_code)) ELSE '{}' END ||
            CASE WHEN o.pack_size IS DISTINCT FROM n.pack_size THEN jsonb_build_object('pack_size', jsonb_build_array(o.pack_size, n.pack_size)) ELSE '{}' END ||
            CASE WHEN o.price IS DISTINCT FROM n.price THEN jsonb_build_object('price', jsonb_build_array(o.price, n.price)) ELSE '{}' END ||
            CASE WHEN o.lead_days IS DISTINCT FROM n.lead_days THEN jsonb_build_object('lead_days', jsonb_build_array(o.lead_days, n.lead_days)) ELSE '{}' END ||
            CASE WHEN o.preferred IS DISTINCT FROM n.preferred THEN jsonb_build_object('preferred', jsonb_build_array(o.preferred, n.preferred)) ELSE '{}' END
        FROM new_rows n JOIN old_rows o ON o.id = n.id
        WHERE n.version <> o.version;
    ELSE
        INSERT INTO changes (entity, record_id, op, version, audience_before, audience_after, diff)
        SELECT 'product_supplier', o.id, 'delete', o.version + 1, '{00000000-0000-0000-0000-000000000000}'::uuid[], '{}', to_jsonb(o)
        FROM old_rows o;
    END IF;
    IF FOUND THEN
        PERFORM pg_notify('backroom_changes', '');
    END IF;
    RETURN NULL;
END $$;

CREATE OR REPLACE TRIGGER capture_insert AFTER INSERT ON product_suppliers
    REFERENCING NEW TABLE AS new_rows FOR EACH STATEMENT EXECUTE FUNCTION backroom.capture_product_suppliers();

CREATE OR REPLACE TRIGGER capture_update AFTER UPDATE ON product_suppliers
    REFERENCING OLD TABLE AS old_rows NEW TABLE AS new_rows FOR EACH STATEMENT EXECUTE FUNCTION backroom.capture_product_suppliers();

CREATE OR REPLACE TRIGGER capture_delete AFTER DELETE ON product_suppliers
    REFERENCING OLD TABLE AS old_rows FOR EACH STATEMENT EXECUTE FUNCTION backroom.capture_product_suppliers();

GRANT SELECT ON product_suppliers TO backroom_scoped, backroom_global;
GRANT INSERT, UPDATE, DELETE ON product_suppliers TO backroom_scoped, backroom_global;

DO $$ DECLARE
    stale text;
BEGIN
    FOR stale IN SELECT indexname FROM pg_indexes
        WHERE schemaname = 'public' AND tablename = 'product_suppliers' AND indexname LIKE 'list\_%'
        AND indexname <> ALL (ARRAY['list_product_suppliers_created_at', 'list_product_suppliers_search_supplier_code'])
    LOOP
        EXECUTE format('DROP INDEX %I', stale);
    END LOOP;
END $$;
CREATE INDEX IF NOT EXISTS list_product_suppliers_created_at ON product_suppliers (created_at, id);

CREATE INDEX IF NOT EXISTS list_product_suppliers_search_supplier_code ON product_suppliers USING gin ((' ' || coalesce(supplier_code, '')) gin_trgm_ops);
