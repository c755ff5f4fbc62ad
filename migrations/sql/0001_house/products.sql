-- products: An article by its sku, the same at every location.

-- Scope: shared. Generated from the declaration; not edited by hand.

INSERT INTO backroom.entities VALUES ('product', 'products', 'product')
    ON CONFLICT (entity) DO UPDATE SET table_name = excluded.table_name, permission_entity = excluded.permission_entity;

CREATE OR REPLACE FUNCTION backroom.audience_products(record uuid) RETURNS uuid[]
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS $$
    SELECT '{00000000-0000-0000-0000-000000000000}'::uuid[] FROM products t WHERE t.id = record
$$;
REVOKE EXECUTE ON FUNCTION backroom.audience_products(uuid) FROM PUBLIC;

CREATE OR REPLACE TRIGGER raise_version BEFORE UPDATE ON products
    FOR EACH ROW EXECUTE FUNCTION backroom.raise_version();

CREATE OR REPLACE FUNCTION backroom.capture_products() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp
-- A pooled session would cache a nested loop that is right for one row and ruinous for 20,000.
SET enable_nestloop = off AS $$
BEGIN
    IF TG_OP = 'INSERT' THEN
        INSERT INTO changes (entity, record_id, op, version, audience_before, audience_after, diff)
        SELECT 'product', n.id, 'insert', n.version, '{}', '{00000000-0000-0000-0000-000000000000}'::uuid[], to_jsonb(n)
        FROM new_rows n;
    ELSIF TG_OP = 'UPDATE' THEN
        INSERT INTO changes (entity, record_id, op, version, audience_before, audience_after, diff)
        SELECT 'product', n.id, 'update', n.version, '{00000000-0000-0000-0000-000000000000}'::uuid[], '{00000000-0000-0000-0000-000000000000}'::uuid[],
            CASE WHEN o.sku IS DISTINCT FROM n.sku THEN jsonb_build_object('sku', jsonb_build_array(o.sku, n.sku)) ELSE '{}' END ||
            CASE WHEN o.name IS DISTINCT FROM n.name THEN jsonb_build_object('name', jsonb_build_array(o.name, n.name)) ELSE '{}' END ||
            CASE WHEN o.category_id IS DISTINCT FROM n.category_id THEN jsonb_build_object('category_id', jsonb_build_array(o.category_id, n.category_id)) ELSE '{}' END ||
            CASE WHEN o.brand_id IS DISTINCT FROM n.brand_id THEN jsonb_build_object('brand_id', jsonb_build_array(o.brand_id, n.brand_id)) ELSE '{}' END ||
            CASE WHEN o.price IS DISTINCT FROM n.price THEN jsonb_build_object('price', jsonb_build_array(o.price, n.price)) ELSE '{}' END ||
            CASE WHEN o.cost IS DISTINCT FROM n.cost THEN jsonb_build_object('cost', jsonb_build_array(o.cost, n.cost)) ELSE '{}' END ||
            CASE WHEN o.unit IS DISTINCT FROM n.unit THEN jsonb_build_object('unit', jsonb_build_array(o.unit, n.unit)) ELSE '{}' END ||
            CASE WHEN o.contents IS DISTINCT FROM n.contents THEN jsonb_build_object('contents', jsonb_build_array(o.contents, n.contents)) ELSE '{}' END ||
            CASE WHEN o.tax_rate_id IS DISTINCT FROM n.tax_rate_id THEN jsonb_build_object('tax_rate_id', jsonb_build_array(o.tax_rate_id, n.tax_rate_id)) ELSE '{}' END ||
            CASE WHEN o.kind IS DISTINCT FROM n.kind THEN jsonb_build_object('kind', jsonb_build_array(o.kind, n.kind)) ELSE '{}' END ||
            CASE WHEN o.active IS DISTINCT FROM n.active THEN jsonb_build_object('active', jsonb_build_array(o.active, n.active)) ELSE '{}' END ||
            CASE WHEN o.picture IS DISTINCT FROM n.picture THEN jsonb_build_object('picture', jsonb_build_array(o.picture, n.picture)) ELSE '{}' END ||
            CASE WHEN o.tracks_stock IS DISTINCT FROM n.tracks_stock THEN jsonb_build_object('tracks_stock', jsonb_build_array(o.tracks_stock, n.tracks_stock)) ELSE '{}' END ||
            CASE WHEN o.description IS DISTINCT FROM n.description THEN jsonb_build_object('description', jsonb_build_array(o.description, n.description)) ELSE '{}' END
        FROM new_rows n JOIN old_rows o ON o.id = n.id
        WHERE n.version <> o.version;
    ELSE
        INSERT INTO changes (entity, record_id, op, version, audience_before, audience_after, diff)
        SELECT 'product', o.id, 'delete', o.version + 1, '{00000000-0000-0000-0000-000000000000}'::uuid[], '{}', to_jsonb(o)
        FROM old_rows o;
    END IF;
    IF FOUND THEN
        PERFORM pg_notify('backroom_changes', '');
    END IF;
    RETURN NULL;
END $$;

CREATE OR REPLACE TRIGGER capture_insert AFTER INSERT ON products
    REFERENCING NEW TABLE AS new_rows FOR EACH STATEMENT EXECUTE FUNCTION backroom.capture_products();

CREATE OR REPLACE TRIGGER capture_update AFTER UPDATE ON products
    REFERENCING OLD TABLE AS old_rows NEW TABLE AS new_rows FOR EACH STATEMENT EXECUTE FUNCTION backroom.capture_products();

CREATE OR REPLACE TRIGGER capture_delete AFTER DELETE ON products
    REFERENCING OLD TABLE AS old_rows FOR EACH STATEMENT EXECUTE FUNCTION backroom.capture_products();

GRANT SELECT ON products TO backroom_scoped, backroom_global;
GRANT INSERT, UPDATE, DELETE ON products TO backroom_scoped, backroom_global;

DO $$ DECLARE
    stale text;
BEGIN
    FOR stale IN SELECT indexname FROM pg_indexes
        WHERE schemaname = 'public' AND tablename = 'products' AND indexname LIKE 'list\_%'
        AND indexname <> ALL (ARRAY['list_products_name', 'list_products_sku', 'list_products_price', 'list_products_cost', 'list_products_search_sku_name'])
    LOOP
        EXECUTE format('DROP INDEX %I', stale);
    END LOOP;
END $$;
CREATE INDEX IF NOT EXISTS list_products_name ON products (lower(name), id);
CREATE INDEX IF NOT EXISTS list_products_sku ON products (sku, id);
CREATE INDEX IF NOT EXISTS list_products_price ON products (price, id);
CREATE INDEX IF NOT EXISTS list_products_cost ON products (cost, id);

CREATE INDEX IF NOT EXISTS list_products_search_sku_name ON products USING gin ((' ' || coalesce(sku, '') || ' ' || coalesce(name, '')) gin_trgm_ops);
